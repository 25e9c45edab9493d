/* SPDX-License-Identifier: Apache-2.0 */
/* A streaming JSON writer over a bounded buffer: no allocation, no recursion, never half a value. */
#include "encode/json.h"

#include <endian.h>
#include <string.h>

#include "base/safe_text.h"

#define DECIMAL_MAX 20 /* digits of UINT64_MAX */

static const char digit_pairs[] = "00010203040506070809"
				  "10111213141516171819"
				  "20212223242526272829"
				  "30313233343536373839"
				  "40414243444546474849"
				  "50515253545556575859"
				  "60616263646566676869"
				  "70717273747576777879"
				  "80818283848586878889"
				  "90919293949596979899";

void json_writer__init(struct json_writer *writer, char *buffer, size_t capacity)
{
	*writer = (struct json_writer){.buffer = buffer, .capacity = capacity};
}

/* Room for so many bytes at the end, or NULL once anything did not fit. */
static inline char *reserve(struct json_writer *writer, size_t size)
{
	if (__builtin_expect(writer->has_overflowed || size > writer->capacity - writer->size, 0)) {
		writer->has_overflowed = true;
		return NULL;
	}
	return writer->buffer + writer->size;
}

/* memcpy(3) for the few bytes of a key, where a call would cost more than the copy. */
static inline void copy_short(char *to, const char *from, size_t size)
{
	uint64_t first, last;
	uint32_t first_half, last_half;

	if (size > 16) {
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
}

/* Comma, key and as much room as the value needs at most, so that all of it fits or nothing is written. */
static inline char *begin_value(struct json_writer *writer, const char *key, size_t value_size)
{
	size_t key_size = key ? strlen(key) : 0;
	char *at = reserve(writer, key_size + 4 + value_size);

	if (!at)
		return NULL;
	if (writer->needs_comma)
		*at++ = ',';
	if (key) {
		*at++ = '"';
		copy_short(at, key, key_size);
		at += key_size;
		*at++ = '"';
		*at++ = ':';
	}
	return at;
}

static inline void end_value(struct json_writer *writer, const char *at)
{
	writer->size = at - writer->buffer;
	writer->needs_comma = true;
}

static void open_nested(struct json_writer *writer, const char *key, char bracket)
{
	char *at = begin_value(writer, key, 1);

	if (!at)
		return;
	*at++ = bracket;
	end_value(writer, at);
	writer->needs_comma = false;
}

static void close_nested(struct json_writer *writer, char bracket)
{
	char *at = reserve(writer, 1);

	if (!at)
		return;
	*at++ = bracket;
	end_value(writer, at);
}

void json_open_object(struct json_writer *writer, const char *key)
{
	open_nested(writer, key, '{');
}

void json_close_object(struct json_writer *writer)
{
	close_nested(writer, '}');
}

void json_open_array(struct json_writer *writer, const char *key)
{
	open_nested(writer, key, '[');
}

void json_close_array(struct json_writer *writer)
{
	close_nested(writer, ']');
}

static inline size_t decimal_length(uint64_t value)
{
	size_t length = 1;

	for (; value >= 10000; value /= 10000)
		length += 4;
	return length + (value >= 10) + (value >= 100) + (value >= 1000);
}

static inline char *put_decimal(char *at, uint64_t value)
{
	char *end, *digit;

	if (value < 10) { /* root, mostly */
		*at = '0' + value;
		return at + 1;
	}
	end = digit = at + decimal_length(value);
	while (value >= 100) {
		digit -= 2;
		memcpy(digit, digit_pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (value >= 10)
		memcpy(digit - 2, digit_pairs + 2 * value, 2);
	else
		digit[-1] = '0' + value;
	return end;
}

void json_u64(struct json_writer *writer, const char *key, uint64_t value)
{
	char *at = begin_value(writer, key, DECIMAL_MAX);

	if (at)
		end_value(writer, put_decimal(at, value));
}

void json_u64_string(struct json_writer *writer, const char *key, uint64_t value)
{
	char *at = begin_value(writer, key, DECIMAL_MAX + 2);

	if (!at)
		return;
	*at++ = '"';
	at = put_decimal(at, value);
	*at++ = '"';
	end_value(writer, at);
}

void json_i64(struct json_writer *writer, const char *key, int64_t value)
{
	char *at = begin_value(writer, key, DECIMAL_MAX + 1);

	if (!at)
		return;
	if (value < 0)
		*at++ = '-';
	end_value(writer, put_decimal(at, value < 0 ? -(uint64_t)value : (uint64_t)value));
}

void json_bool(struct json_writer *writer, const char *key, bool value)
{
	char *at = begin_value(writer, key, sizeof("false"));

	if (!at)
		return;
	memcpy(at, value ? "true" : "false", value ? 4 : 5);
	end_value(writer, at + (value ? 4 : 5));
}

void json_members(struct json_writer *writer, struct span members)
{
	char *at;

	if (members.size == 0)
		return;
	at = begin_value(writer, NULL, members.size);
	if (!at)
		return;
	memcpy(at, members.data, members.size);
	end_value(writer, at + members.size);
}

#define EACH_BYTE(value) (0x0101010101010101ULL * (value))

/* The high bit of each byte that is zero; above the first such byte it can be wrong. */
static inline uint64_t zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80);
}

/* How many bytes of eight stand for themselves in a JSON string, from the first on. */
static inline size_t plain_bytes(uint64_t little_endian_word)
{
	uint64_t word = little_endian_word;
	uint64_t special = ((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) | (word & EACH_BYTE(0x80)) |
			   zero_bytes(word ^ EACH_BYTE('"')) | zero_bytes(word ^ EACH_BYTE('\\')) |
			   zero_bytes(word ^ EACH_BYTE(0x7f));

	return special ? (size_t)__builtin_ctzll(special) / 8 : 8;
}

/* Copies the plain bytes at the front of text; returns how many. No more than `room` bytes of `at` are touched. */
static inline size_t copy_plain(const char *text, size_t size, char *at, size_t room)
{
	size_t done = 0, limit = size < room ? size : room;

	while (limit - done >= 8) {
		uint64_t word;
		size_t plain;

		memcpy(&word, text + done, 8);
		memcpy(at + done, &word, 8);
		plain = plain_bytes(le64toh(word));
		done += plain;
		if (plain < 8)
			return done;
	}
	if (done == limit)
		return done;
	if (done) { /* at least eight: the tail as the last word, of which the front was plain */
		uint64_t word;

		memcpy(&word, text + limit - 8, 8);
		memcpy(at + limit - 8, &word, 8);
		return limit - 8 + plain_bytes(le64toh(word));
	} else { /* the tail as a word of its own, filled up with plain bytes; many strings are no longer */
		uint64_t word = EACH_BYTE('a');
		size_t plain;

		copy_short((char *)&word, text, limit);
		plain = plain_bytes(le64toh(word));
		if (plain > limit)
			plain = limit;
		copy_short(at, text, plain);
		return plain;
	}
}

static size_t escape_ascii(unsigned char byte, char *at)
{
	static const char short_escapes[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};

	at[0] = '\\';
	if (byte < sizeof(short_escapes) && short_escapes[byte]) {
		at[1] = short_escapes[byte];
		return 2;
	}
	memcpy(at + 1, "u00", 3);
	at[4] = "0123456789abcdef"[byte >> 4];
	at[5] = "0123456789abcdef"[byte & 0xf];
	return 6;
}

/* One character that is not plain: at most six bytes. Returns how many of the text it took. */
static size_t escape_one(struct json_writer *writer, struct span text, char escaped[6], size_t *ret_size)
{
	unsigned char first = text.data[0];
	uint32_t code;
	size_t taken;

	if (first < 0x80) {
		*ret_size = escape_ascii(first, escaped);
		return 1;
	}
	taken = utf8_decode(text.data, text.size, &code);
	if (code < 0xa0) {
		*ret_size = escape_ascii(code, escaped);
		return taken;
	}
	if (code == 0xfffd && (taken < 3 || first != 0xef)) {
		memcpy(escaped, "\xef\xbf\xbd", 3);
		*ret_size = 3;
		writer->has_lossy_text = true;
		return taken;
	}
	memcpy(escaped, text.data, taken);
	*ret_size = taken;
	return taken;
}

/* Returns the end of what was written, or NULL where it does not fit; then the writer has overflowed. */
static char *put_text(struct json_writer *writer, char *at, struct span text)
{
	char *end = writer->buffer + writer->capacity;

	while (text.size > 0) {
		size_t plain = copy_plain(text.data, text.size, at, end - at);
		size_t taken, size;
		char escaped[6];

		at += plain;
		text.data += plain;
		text.size -= plain;
		if (text.size == 0)
			break;
		taken = escape_one(writer, text, escaped, &size);
		if (size > (size_t)(end - at)) {
			writer->has_overflowed = true;
			return NULL;
		}
		memcpy(at, escaped, size);
		at += size;
		text.data += taken;
		text.size -= taken;
	}
	return at;
}

void json_bytes(struct json_writer *writer, const char *key, struct span text)
{
	char *at = begin_value(writer, key, 2);

	if (!at)
		return;
	*at++ = '"';
	at = put_text(writer, at, text);
	if (!at)
		return;
	if (at == writer->buffer + writer->capacity) {
		writer->has_overflowed = true;
		return;
	}
	*at++ = '"';
	end_value(writer, at);
}

void json_cstring(struct json_writer *writer, const char *key, const char *text)
{
	if (text)
		json_bytes(writer, key, (struct span){text, strlen(text)});
}

void json_key(struct json_writer *writer, struct span key)
{
	char *at;

	json_bytes(writer, NULL, key);
	at = reserve(writer, 1);
	if (!at)
		return;
	*at++ = ':';
	end_value(writer, at);
	writer->needs_comma = false;
}

void json_begin_string(struct json_writer *writer, const char *key)
{
	char *at = begin_value(writer, key, 1);

	if (!at)
		return;
	*at++ = '"';
	end_value(writer, at);
}

void json_piece(struct json_writer *writer, struct span text)
{
	char *at = reserve(writer, 0);

	if (!at)
		return;
	at = put_text(writer, at, text);
	if (at)
		end_value(writer, at);
}

void json_piece_cstring(struct json_writer *writer, const char *text)
{
	if (text)
		json_piece(writer, (struct span){text, strlen(text)});
}

void json_piece_u64(struct json_writer *writer, uint64_t value)
{
	char *at = reserve(writer, DECIMAL_MAX);

	if (at)
		end_value(writer, put_decimal(at, value));
}

void json_piece_escaped(struct json_writer *writer, struct span text)
{
	char *at = reserve(writer, text.size);

	if (!at)
		return;
	copy_short(at, text.data, text.size);
	end_value(writer, at + text.size);
}

void json_end_string(struct json_writer *writer)
{
	char *at = reserve(writer, 1);

	if (!at)
		return;
	*at++ = '"';
	end_value(writer, at);
}
