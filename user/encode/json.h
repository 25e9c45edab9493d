/* SPDX-License-Identifier: Apache-2.0 */
/* A streaming JSON writer over a bounded buffer: no allocation, no recursion, never half a value. */
#ifndef UIDZERO_ENCODE_JSON_H
#define UIDZERO_ENCODE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct json_writer {
	char *buffer;
	size_t size, capacity;
	bool needs_comma;
	bool has_overflowed; /* sticky: nothing more is written, what was written must not be used */
	bool has_lossy_text; /* some byte was no UTF-8 and became U+FFFD */
};

void json_writer__init(struct json_writer *writer, char *buffer, size_t capacity);

/* key == NULL inside arrays and for the outermost value. Keys are ours: constant, never escaped. */
void json_open_object(struct json_writer *writer, const char *key);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer, const char *key);
void json_close_array(struct json_writer *writer);
/*
 * Any bytes: what is no UTF-8 becomes U+FFFD; control characters are escaped, DEL and C1 ones too, so that
 * a line shown on a terminal does nothing to it.
 */
void json_bytes(struct json_writer *writer, const char *key, struct span text);
void json_cstring(struct json_writer *writer, const char *key, const char *text); /* NULL: no member at all */
void json_u64(struct json_writer *writer, const char *key, uint64_t value);       /* a number; below 2^53 by contract */
void json_u64_string(struct json_writer *writer, const char *key, uint64_t value); /* "123" */
void json_i64(struct json_writer *writer, const char *key, int64_t value);
void json_bool(struct json_writer *writer, const char *key, bool value);
/* Members or elements that were encoded before, without the braces: "\"a\":1,\"b\":2". Empty: nothing. */
void json_members(struct json_writer *writer, struct span members);

/* The next value's key, for one that is not ours: escaped as a string is. The value's own key is NULL then. */
void json_key(struct json_writer *writer, struct span key);

/* A string in pieces: begin, then any number of texts, then end. A character must not lie in two of them. */
void json_begin_string(struct json_writer *writer, const char *key);
void json_piece(struct json_writer *writer, struct span text);
void json_piece_cstring(struct json_writer *writer, const char *text);
void json_piece_u64(struct json_writer *writer, uint64_t value);
void json_piece_escaped(struct json_writer *writer, struct span text); /* escaped before */
void json_end_string(struct json_writer *writer);

#endif
