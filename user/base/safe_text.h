/* SPDX-License-Identifier: Apache-2.0 */
/* Makes hostile bytes fit for a terminal or a JSON string. Pure. */
#ifndef UIDZERO_BASE_SAFE_TEXT_H
#define UIDZERO_BASE_SAFE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/**
 * Decode one UTF-8 sequence as Unicode 15 table 3-7 allows it (no overlong forms, no surrogates).
 *
 * @ret_code: the code point, or U+FFFD for bytes that are no such sequence
 *
 * Returns how many bytes it takes (1 to 4; for bad input the maximal subpart, at least 1), 0 at size 0.
 */
size_t utf8_decode(const char *data, size_t size, uint32_t *ret_code);

/* The longest front of a text of at most so many bytes that cuts no character in two. */
struct span utf8_prefix(struct span text, size_t max_size);

/* A container's id as people see it: of 64 hexadecimal digits the first twelve, any other id whole. */
struct span short_id(const char *id);

/* The text without a character at its end whose last bytes are missing, as cutting bytes leaves it. */
struct span utf8_whole(struct span text);

/**
 * Copy text for a terminal: control bytes, C1 controls, bidirectional and other format characters and
 * invalid UTF-8 become \n, \t, \xNN (a control or broken byte) or \u{NNNN}; a backslash stays itself.
 *
 * @ret: always ended by NUL where ret_size > 0; cut between whole characters
 *
 * Returns the length written without the NUL.
 */
size_t terminal_text(struct span text, char *ret, size_t ret_size);

/* Columns that such text takes: two for wide East Asian characters and emoji, none for combining marks (own tables). */
size_t terminal_width(const char *text);

#endif
