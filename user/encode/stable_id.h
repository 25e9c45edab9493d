/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that the same facts always give again: 128 bits of a hash that is no secret and resists no forger. */
#ifndef UIDZERO_ENCODE_STABLE_ID_H
#define UIDZERO_ENCODE_STABLE_ID_H

#include <stddef.h>
#include <stdint.h>

#define STABLE_ID_SIZE 32 /* hexadecimal digits, no NUL */

struct stable_id {
	uint64_t high, low;
};

/* An id of some text, such as the boot's: what others are derived from. */
struct stable_id stable_id_of_text(const char *text);

/* An id derived from another one and some numbers, whose order counts. */
struct stable_id stable_id_derive(struct stable_id id, const uint64_t *values, size_t nr);

void stable_id_write(struct stable_id id, char ret[STABLE_ID_SIZE]);

#endif
