/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that the same facts always give again: 128 bits of a hash that is no secret and resists no forger. */
#include "encode/stable_id.h"

#include <endian.h>
#include <string.h>

#define HIGH_PRIME 0x9e3779b185ebca87ULL
#define LOW_PRIME  0xc2b2ae3d27d4eb4fULL

#define EACH_BYTE(value) (0x0101010101010101ULL * (value))

static inline uint64_t mix(uint64_t state, uint64_t value, uint64_t prime)
{
	state = (state ^ value) * prime;
	state ^= state >> 29;
	state *= 0x165667b19e3779f9ULL;
	return state ^ state >> 32;
}

static inline struct stable_id absorb(struct stable_id id, uint64_t value)
{
	id.high = mix(id.high, value, HIGH_PRIME);
	/* The second lane sees the first, so that the two never fall together. */
	id.low = mix(id.low, value + id.high, LOW_PRIME);
	return id;
}

struct stable_id stable_id_of_text(const char *text)
{
	struct stable_id id = {HIGH_PRIME, LOW_PRIME};

	for (; *text; text++)
		id = absorb(id, (unsigned char)*text);
	return id;
}

struct stable_id stable_id_derive(struct stable_id id, const uint64_t *values, size_t nr)
{
	id = absorb(id, nr);
	for (size_t i = 0; i < nr; i++)
		id = absorb(id, values[i]);
	return id;
}

/* Eight digits at a time: one nibble in each byte, then '0' or, from ten on, 'a' - 10 added to all at once. */
static void put_hex32(uint32_t value, char *at)
{
	uint64_t nibbles = value, letters;

	nibbles = (nibbles << 16 | nibbles) & 0x0000ffff0000ffffULL;
	nibbles = (nibbles << 8 | nibbles) & 0x00ff00ff00ff00ffULL;
	nibbles = (nibbles << 4 | nibbles) & 0x0f0f0f0f0f0f0f0fULL;
	letters = (nibbles + EACH_BYTE(6)) >> 4 & EACH_BYTE(1);
	nibbles = htobe64(nibbles + EACH_BYTE('0') + letters * ('a' - '0' - 10));
	memcpy(at, &nibbles, sizeof(nibbles));
}

static void put_hex64(uint64_t value, char *at)
{
	put_hex32(value >> 32, at);
	put_hex32(value, at + 8);
}

void stable_id_write(struct stable_id id, char ret[STABLE_ID_SIZE])
{
	put_hex64(id.high, ret);
	put_hex64(id.low, ret + 16);
}
