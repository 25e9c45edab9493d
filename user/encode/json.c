/* SPDX-License-Identifier: Apache-2.0 */
/* A streaming JSON writer over a bounded buffer: no allocation, no recursion, never half a value. */
#include "encode/json.h"

#include <endian.h>
#include <string.h>

#include "base/safe_text.h"

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

static inline size_t decimal_length(uint64_t value)
{
	size_t length = 1;

	for (; value >= 10000; value /= 10000)
		length += 4;
	return length + (value >= 10) + (value >= 100) + (value >= 1000);
}

char *json__put_decimal(char *at, uint64_t value)
{
	char *end = at + decimal_length(value), *digit = end;

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

void json_members(struct json_writer *writer, struct span members)
{
	char *at;

	if (members.size == 0)
		return;
	at = json__begin(writer, NULL, members.size);
	if (!at)
		return;
	memcpy(at, members.data, members.size);
	json__end(writer, at + members.size, true);
}

#define EACH_BYTE(value) (0x0101010101010101ULL * (value))

/* How many bytes of eight stand for themselves in a JSON string, from the first on. */
static inline size_t plain_bytes(uint64_t little_endian_word)
{
	uint64_t word = little_endian_word, low = word & EACH_BYTE(0x7f);
	/* The high bit of each byte that is neither a control character nor a quote nor a backslash. No sum carries. */
	uint64_t usual = (low + EACH_BYTE(0x60)) & ((low ^ EACH_BYTE('"')) + EACH_BYTE(0x7f)) &
			 ((low ^ EACH_BYTE('\\')) + EACH_BYTE(0x7f));
	/* DEL, and what is not ASCII, are not plain either. */
	uint64_t special = (~usual | (low + EACH_BYTE(0x01)) | word) & EACH_BYTE(0x80);

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

		json__copy((char *)&word, text, limit);
		plain = plain_bytes(le64toh(word));
		if (plain > limit)
			plain = limit;
		json__copy(at, text, plain);
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

char *json__put_text(struct json_writer *writer, char *at, struct span text)
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
	if (at == end) {
		writer->has_overflowed = true;
		return NULL;
	}
	return at;
}

void json_key(struct json_writer *writer, struct span key)
{
	char *at;

	json_bytes(writer, NULL, key);
	at = json__reserve(writer, 1);
	if (!at)
		return;
	*at++ = ':';
	json__end(writer, at, false);
}

void json_piece(struct json_writer *writer, struct span text)
{
	char *at = json__reserve(writer, 0);

	if (!at)
		return;
	at = json__put_text(writer, at, text);
	if (at)
		json__end(writer, at, false);
}
