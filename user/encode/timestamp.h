/* SPDX-License-Identifier: Apache-2.0 */
/* Writes RFC 3339 timestamps with nanoseconds, fast where the day stays the same. */
#ifndef UIDZERO_ENCODE_TIMESTAMP_H
#define UIDZERO_ENCODE_TIMESTAMP_H

#include <stdint.h>

#define TIMESTAMP_SIZE 30 /* "2024-11-22T03:46:12.123456789Z", no NUL */

/* The date that was written last; zeroed to begin with. */
struct day_cache {
	uint64_t day;  /* since 1970-01-01 */
	char date[11]; /* "2024-11-22T" */
};

/* UTC, nanoseconds since 1970; years up to 2554 are what 64 bits hold. */
void timestamp_write(struct day_cache *cache, uint64_t realtime_ns, char ret[TIMESTAMP_SIZE]);

#endif
