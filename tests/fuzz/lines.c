/* SPDX-License-Identifier: Apache-2.0 */
/* Holds lines against what docs/events.md and encode/columns.h promise, by other means than they were written. */
#include "fuzz.h"

#include <string.h>

#include "encode/ecs.h"

#define EXACT_MAX (1LL << 53)

static void require_utf8(struct span text)
{
	json_t *json = json_stringn(text.data, text.size);

	REQUIRE(json);
	json_decref(json);
}

/* C1 controls are two bytes in UTF-8. */
static bool is_control(const char *text, size_t size)
{
	unsigned char first = text[0], second = size > 1 ? text[1] : 0;

	return first < 0x20 || first == 0x7f || (first == 0xc2 && second >= 0x80 && second < 0xa0);
}

void require_plain_text(struct span text)
{
	require_utf8(text);
	for (size_t i = 0; i < text.size; i++)
		REQUIRE(!is_control(text.data + i, text.size - i));
}

/* Beyond 2^53 a number is another one to many readers. */
static void require_exact_numbers(json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	REQUIRE(!json_is_real(json));
	if (json_is_integer(json))
		REQUIRE(json_integer_value(json) < EXACT_MAX && json_integer_value(json) > -EXACT_MAX);
	json_object_foreach(json, key, value) require_exact_numbers(value);
	json_array_foreach(json, i, value) require_exact_numbers(value);
}

json_t *require_json_line(struct span line)
{
	json_t *json;

	REQUIRE(line.size > 2 && line.size <= ECS_LINE_MAX && line.data[line.size - 1] == '\n');
	line.size--;
	require_plain_text(line);
	json = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	REQUIRE(json_is_object(json));
	require_exact_numbers(json);
	return json;
}

/* "\033[", numbers with semicolons, "m". Returns 0 where text begins with nothing of the kind. */
static size_t color_size(struct span text)
{
	size_t size = 2;

	if (text.size < 3 || memcmp(text.data, "\033[", 2))
		return 0;
	while (size < text.size && strchr("0123456789;", text.data[size]))
		size++;
	return size < text.size && text.data[size] == 'm' ? size + 1 : 0;
}

/* U+202A to 202E and U+2066 to 2069: what turns the direction of text around shows other commands than were run. */
static bool is_bidirectional(const char *text, size_t size)
{
	unsigned char last = size > 2 ? text[2] : 0;

	if (size < 3 || (unsigned char)text[0] != 0xe2)
		return false;
	return ((unsigned char)text[1] == 0x80 && last >= 0xaa && last <= 0xae) ||
	       ((unsigned char)text[1] == 0x81 && last >= 0xa6 && last <= 0xa9);
}

void require_terminal_line(struct span line, bool has_color)
{
	REQUIRE(line.size > 0 && line.data[line.size - 1] == '\n');
	line.size--;
	require_utf8(line);
	while (line.size > 0) {
		size_t taken = has_color ? color_size(line) : 0;

		REQUIRE(taken || !is_control(line.data, line.size));
		REQUIRE(!is_bidirectional(line.data, line.size));
		taken += !taken;
		line.data += taken;
		line.size -= taken;
	}
}
