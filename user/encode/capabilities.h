/* SPDX-License-Identifier: Apache-2.0 */
/* Capability sets as elements of a JSON array, the last few sets kept as they were encoded. */
#ifndef UIDZERO_ENCODE_CAPABILITIES_H
#define UIDZERO_ENCODE_CAPABILITIES_H

#include <stdint.h>

#include "base/span.h"

#define CAPABILITIES_TEXT_MAX 1024
#define CAPABILITIES_CACHED   8

/* Zeroed to begin with; a set of none is never kept. */
struct capabilities_cache {
	struct {
		uint64_t set;
		char text[CAPABILITIES_TEXT_MAX];
		uint16_t size;
	} entries[CAPABILITIES_CACHED];
	unsigned next;
};

/* "\"CAP_CHOWN\",\"CAP_KILL\""; a bit without a name is its number, "\"63\"". Valid until the next call. */
struct span capabilities_elements(struct capabilities_cache *cache, uint64_t set);

/* "CAP_SYS_ADMIN"; NULL where this program knows none. */
const char *capability_name(unsigned bit);

#endif
