/* SPDX-License-Identifier: Apache-2.0 */
/* A streaming JSON writer over a bounded buffer: no allocation, no recursion, never half a value. */
#ifndef UIDZERO_ENCODE_JSON_H
#define UIDZERO_ENCODE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

struct json_writer {
	char *buffer;
	size_t size, capacity;
	bool needs_comma;
	bool has_overflowed; /* sticky: nothing more is written, what was written must not be used */
	bool has_lossy_text; /* some byte was no UTF-8 and became U+FFFD */
};

void json_writer__init(struct json_writer *writer, char *buffer, size_t capacity);

/* Members or elements that were encoded before, without the braces: "\"a\":1,\"b\":2". Empty: nothing. */
void json_members(struct json_writer *writer, struct span members);

/* The next value's key, for one that is not ours: escaped as a string is. The value's own key is NULL then. */
void json_key(struct json_writer *writer, struct span key);

/* A piece of a string that was begun. */
void json_piece(struct json_writer *writer, struct span text);

/*
 * The rest is inline, always: most of a line is keys, and so their lengths are known where they are written. Keys are
 * ours: constant, never escaped. NULL inside arrays and for the outermost value.
 */
#define JSON_ALWAYS_INLINE static inline __attribute__((always_inline))

#define JSON_DECIMAL_MAX 20 /* digits of UINT64_MAX */

/* Returns the end of what was written. */
char *json__put_decimal(char *at, uint64_t value);
/* The same; behind it is room for a byte. NULL where it does not fit: then the writer has overflowed. */
char *json__put_text(struct json_writer *writer, char *at, struct span text);

/* Room for so many bytes at the end, or NULL once anything did not fit. */
static inline char *json__reserve(struct json_writer *writer, size_t size)
{
	if (__builtin_expect(writer->has_overflowed || size > writer->capacity - writer->size, 0)) {
		writer->has_overflowed = true;
		return NULL;
	}
	return writer->buffer + writer->size;
}

JSON_ALWAYS_INLINE void json__end(struct json_writer *writer, const char *at, bool needs_comma)
{
	writer->size = at - writer->buffer;
	writer->needs_comma = needs_comma;
}

/* memcpy(3) for few bytes, where a call would cost more than the copy. */
static inline char *json__copy(char *to, const char *from, size_t size)
{
	uint64_t first, last;
	uint32_t first_half, last_half;

	if (__builtin_constant_p(size) || size > 16) {
		memcpy(to, from, size);
	} else if (size >= 8) {
		memcpy(&first, from, 8);
		memcpy(&last, from + size - 8, 8);
		memcpy(to, &first, 8);
		memcpy(to + size - 8, &last, 8);
	} else if (size >= 4) {
		memcpy(&first_half, from, 4);
		memcpy(&last_half, from + size - 4, 4);
		memcpy(to, &first_half, 4);
		memcpy(to + size - 4, &last_half, 4);
	} else {
		for (size_t i = 0; i < size; i++)
			to[i] = from[i];
	}
	return to + size;
}

/* Comma, key and as much room as the value needs at most, so that all of it fits or nothing is written. */
JSON_ALWAYS_INLINE char *json__begin(struct json_writer *writer, const char *key, size_t value_size)
{
	size_t key_size = key ? strlen(key) : 0;
	char *at = json__reserve(writer, key_size + 4 + value_size);

	if (!at)
		return NULL;
	*at = ',';
	at += writer->needs_comma;
	if (key) {
		*at++ = '"';
		at = json__copy(at, key, key_size);
		*at++ = '"';
		*at++ = ':';
	}
	return at;
}

JSON_ALWAYS_INLINE void json__open(struct json_writer *writer, const char *key, char bracket)
{
	char *at = json__begin(writer, key, 1);

	if (!at)
		return;
	*at++ = bracket;
	json__end(writer, at, false);
}

JSON_ALWAYS_INLINE void json__close(struct json_writer *writer, char bracket)
{
	char *at = json__reserve(writer, 1);

	if (!at)
		return;
	*at++ = bracket;
	json__end(writer, at, true);
}

JSON_ALWAYS_INLINE void json_open_object(struct json_writer *writer, const char *key)
{
	json__open(writer, key, '{');
}

JSON_ALWAYS_INLINE void json_close_object(struct json_writer *writer)
{
	json__close(writer, '}');
}

JSON_ALWAYS_INLINE void json_open_array(struct json_writer *writer, const char *key)
{
	json__open(writer, key, '[');
}

JSON_ALWAYS_INLINE void json_close_array(struct json_writer *writer)
{
	json__close(writer, ']');
}

/*
 * Any bytes: what is no UTF-8 becomes U+FFFD; control characters are escaped, DEL and C1 ones too, so that
 * a line shown on a terminal does nothing to it.
 */
JSON_ALWAYS_INLINE void json_bytes(struct json_writer *writer, const char *key, struct span text)
{
	char *at = json__begin(writer, key, 2);

	if (!at)
		return;
	*at++ = '"';
	at = json__put_text(writer, at, text);
	if (!at)
		return;
	*at++ = '"';
	json__end(writer, at, true);
}

/* NULL: no member at all. */
JSON_ALWAYS_INLINE void json_cstring(struct json_writer *writer, const char *key, const char *text)
{
	if (text)
		json_bytes(writer, key, (struct span){text, strlen(text)});
}

/* The same of a word that is ours, as keys are. */
JSON_ALWAYS_INLINE void json_word(struct json_writer *writer, const char *key, const char *word)
{
	size_t size = word ? strlen(word) : 0;
	char *at = word ? json__begin(writer, key, size + 2) : NULL;

	if (!at)
		return;
	*at++ = '"';
	at = json__copy(at, word, size);
	*at++ = '"';
	json__end(writer, at, true);
}

static inline char *json__put_number(char *at, uint64_t value)
{
	if (value >= 10)
		return json__put_decimal(at, value);
	*at = '0' + value; /* root, mostly */
	return at + 1;
}

/* A number, below 2^53 by contract. */
JSON_ALWAYS_INLINE void json_u64(struct json_writer *writer, const char *key, uint64_t value)
{
	char *at = json__begin(writer, key, JSON_DECIMAL_MAX);

	if (at)
		json__end(writer, json__put_number(at, value), true);
}

/* "123" */
JSON_ALWAYS_INLINE void json_u64_string(struct json_writer *writer, const char *key, uint64_t value)
{
	char *at = json__begin(writer, key, JSON_DECIMAL_MAX + 2);

	if (!at)
		return;
	*at++ = '"';
	at = json__put_number(at, value);
	*at++ = '"';
	json__end(writer, at, true);
}

JSON_ALWAYS_INLINE void json_i64(struct json_writer *writer, const char *key, int64_t value)
{
	char *at = json__begin(writer, key, JSON_DECIMAL_MAX + 1);

	if (!at)
		return;
	if (value < 0)
		*at++ = '-';
	json__end(writer, json__put_number(at, value < 0 ? -(uint64_t)value : (uint64_t)value), true);
}

JSON_ALWAYS_INLINE void json_bool(struct json_writer *writer, const char *key, bool value)
{
	char *at = json__begin(writer, key, sizeof("false") - 1);

	if (at)
		json__end(writer, value ? json__copy(at, "true", 4) : json__copy(at, "false", 5), true);
}

/* A string in pieces: begin, then any number of texts, then end. A character must not lie in two of them. */
JSON_ALWAYS_INLINE void json_begin_string(struct json_writer *writer, const char *key)
{
	json__open(writer, key, '"');
}

JSON_ALWAYS_INLINE void json_piece_cstring(struct json_writer *writer, const char *text)
{
	if (text)
		json_piece(writer, (struct span){text, strlen(text)});
}

JSON_ALWAYS_INLINE void json_piece_u64(struct json_writer *writer, uint64_t value)
{
	char *at = json__reserve(writer, JSON_DECIMAL_MAX);

	if (at)
		json__end(writer, json__put_number(at, value), false);
}

/* A text that was escaped before. */
JSON_ALWAYS_INLINE void json_piece_escaped(struct json_writer *writer, struct span text)
{
	char *at = json__reserve(writer, text.size);

	if (at)
		json__end(writer, json__copy(at, text.data, text.size), false);
}

JSON_ALWAYS_INLINE void json_end_string(struct json_writer *writer)
{
	json__close(writer, '"');
}

#endif
