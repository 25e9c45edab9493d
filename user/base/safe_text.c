/* SPDX-License-Identifier: Apache-2.0 */
/* Makes hostile bytes fit for a terminal or a JSON string. Pure. */
#include "base/safe_text.h"

#include <string.h>

#include "base/code_point.h"

#define REPLACEMENT       0xfffd
#define GENERATED_ID_SIZE 64
#define SHORT_ID_SIZE     12

/* What the first byte says: how many follow, and where the second one must lie. */
struct lead {
	unsigned char following, second_min, second_max;
};

static struct lead read_lead(unsigned char byte)
{
	if (byte >= 0xc2 && byte <= 0xdf)
		return (struct lead){1, 0x80, 0xbf};
	if (byte == 0xe0)
		return (struct lead){2, 0xa0, 0xbf};
	if (byte == 0xed)
		return (struct lead){2, 0x80, 0x9f};
	if (byte >= 0xe1 && byte <= 0xef)
		return (struct lead){2, 0x80, 0xbf};
	if (byte == 0xf0)
		return (struct lead){3, 0x90, 0xbf};
	if (byte >= 0xf1 && byte <= 0xf3)
		return (struct lead){3, 0x80, 0xbf};
	if (byte == 0xf4)
		return (struct lead){3, 0x80, 0x8f};
	return (struct lead){0, 0, 0};
}

size_t utf8_decode(const char *data, size_t size, uint32_t *ret_code)
{
	const unsigned char *bytes = (const unsigned char *)data;
	struct lead lead;
	uint32_t code;
	size_t i;

	if (size == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*ret_code = bytes[0];
		return 1;
	}

	lead = read_lead(bytes[0]);
	code = bytes[0] & (0x3f >> lead.following);
	for (i = 1; i <= lead.following; i++) {
		unsigned char min = i == 1 ? lead.second_min : 0x80;
		unsigned char max = i == 1 ? lead.second_max : 0xbf;

		if (i == size || bytes[i] < min || bytes[i] > max)
			break;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (lead.following == 0 || i <= lead.following)
		code = REPLACEMENT;
	*ret_code = code;
	return i;
}

static bool is_continuation(char byte)
{
	return (byte & 0xc0) == 0x80;
}

struct span utf8_prefix(struct span text, size_t max_size)
{
	size_t size = max_size;

	if (text.size <= max_size)
		return text;
	while (size > 0 && max_size - size < 4 && is_continuation(text.data[size]))
		size--;
	/* Four continuation bytes in a row are no character. */
	if (is_continuation(text.data[size]))
		size = max_size;
	return (struct span){text.data, size};
}

struct span short_id(const char *id)
{
	size_t size = strlen(id);
	bool is_generated = size == GENERATED_ID_SIZE && strspn(id, "0123456789abcdef") == size;

	return (struct span){id, is_generated ? SHORT_ID_SIZE : size};
}

struct span utf8_whole(struct span text)
{
	for (size_t back = 1; back <= 3 && back <= text.size; back++) {
		char byte = text.data[text.size - back];

		if (is_continuation(byte))
			continue;
		if (read_lead(byte).following >= back)
			text.size -= back;
		break;
	}
	return text;
}

static size_t put_hex(char *at, uint32_t value, unsigned digits)
{
	for (unsigned i = 0; i < digits; i++)
		at[i] = "0123456789abcdef"[value >> (4 * (digits - 1 - i)) & 0xf];
	return digits;
}

/* At most "\u{10ffff}". */
#define ESCAPE_MAX 10

static size_t escape_code(uint32_t code, char *at)
{
	unsigned digits = code > 0xfffff ? 6 : code > 0xffff ? 5 : 4;
	size_t size = 0;

	at[size++] = '\\';
	if (code == '\n' || code == '\t') {
		at[size++] = code == '\n' ? 'n' : 't';
		return size;
	}
	if (code < 0x80) {
		at[size++] = 'x';
		return size + put_hex(at + size, code, 2);
	}
	at[size++] = 'u';
	at[size++] = '{';
	size += put_hex(at + size, code, digits);
	at[size++] = '}';
	return size;
}

/* Each byte of a broken sequence, so that nothing of it is hidden. */
static size_t escape_bytes(const char *bytes, size_t nr, char *at)
{
	size_t size = 0;

	for (size_t i = 0; i < nr; i++) {
		at[size++] = '\\';
		at[size++] = 'x';
		size += put_hex(at + size, (unsigned char)bytes[i], 2);
	}
	return size;
}

/* Whether the text itself says U+FFFD, which is not broken. */
static bool is_replacement(const char *bytes, size_t nr)
{
	return nr == 3 && memcmp(bytes, "\xef\xbf\xbd", 3) == 0;
}

size_t terminal_text(struct span text, char *ret, size_t ret_size)
{
	size_t size = 0;

	if (ret_size == 0)
		return 0;
	for (size_t at = 0; at < text.size;) {
		char escaped[3 * 4 > ESCAPE_MAX ? 3 * 4 : ESCAPE_MAX];
		const char *piece = text.data + at;
		uint32_t code;
		size_t taken = utf8_decode(piece, text.size - at, &code);
		size_t piece_size = taken;

		if (code == REPLACEMENT && !is_replacement(piece, taken)) {
			piece_size = escape_bytes(piece, taken, escaped);
			piece = escaped;
		} else if (code_point_is_control(code)) {
			piece_size = escape_code(code, escaped);
			piece = escaped;
		}
		if (size + piece_size >= ret_size)
			break;
		memcpy(ret + size, piece, piece_size);
		size += piece_size;
		at += taken;
	}
	ret[size] = '\0';
	return size;
}

size_t terminal_width(const char *text)
{
	size_t size = strlen(text), width = 0;

	for (size_t at = 0; at < size;) {
		uint32_t code;

		at += utf8_decode(text + at, size - at, &code);
		width += code_point_width(code);
	}
	return width;
}
