/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is wanted out of JSON that may hold anything. */
#include "container/json_read.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/safe_text.h"
#include "container/facts.h"

#define JSON_KEYS_MAX 16 /* that a caller names */

static int replace_bad_utf8(struct span text, char **ret_text, size_t *ret_size)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	size_t size = 0;
	char *copy = malloc(text.size * strlen(replacement) + 1);

	if (!copy)
		return -ENOMEM;
	while (text.size > 0) {
		uint32_t code;
		size_t taken = utf8_decode(text.data, text.size, &code);
		bool is_bad = code == 0xfffd;
		size_t written = is_bad ? strlen(replacement) : taken;

		memcpy(copy + size, is_bad ? replacement : text.data, written);
		size += written;
		text.data += taken;
		text.size -= taken;
	}
	*ret_text = copy;
	*ret_size = size;
	return 0;
}

int json_read__parse(struct span text, bool is_prefix, json_t **ret_json)
{
	size_t flags = JSON_ALLOW_NUL | (is_prefix ? JSON_DISABLE_EOF_CHECK : 0);
	_cleanup_free_ char *repaired = NULL;
	json_error_t error;
	json_t *json;

	json = json_loadb(text.data, text.size, flags, &error);
	if (!json && json_error_code(&error) == json_error_invalid_utf8) {
		size_t size;
		int err = replace_bad_utf8(text, &repaired, &size);

		if (err)
			return err;
		json = json_loadb(repaired, size, flags, &error);
	}
	if (!json)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	*ret_json = json;
	return 0;
}

/* Views of text that shrink from the front as it is read. */

static void skip_blanks(struct span *rest)
{
	while (rest->size > 0 && memchr(" \t\r\n", rest->data[0], 4))
		*rest = (struct span){rest->data + 1, rest->size - 1};
}

static bool skip_char(struct span *rest, char c)
{
	skip_blanks(rest);
	if (rest->size == 0 || rest->data[0] != c)
		return false;
	*rest = (struct span){rest->data + 1, rest->size - 1};
	return true;
}

/* Returns false where the string does not end. */
static bool skip_string(struct span *rest)
{
	for (size_t i = 1; i < rest->size; i++) {
		if (rest->data[i] == '\\') {
			i++;
		} else if (rest->data[i] == '"') {
			*rest = (struct span){rest->data + i + 1, rest->size - i - 1};
			return true;
		}
	}
	return false;
}

/* Counts brackets, whichever: what is kept is parsed yet, what is not does not matter. */
static bool skip_value(struct span *rest)
{
	size_t depth = 0;

	while (rest->size > 0) {
		char c = rest->data[0];

		if (depth == 0 && (c == ',' || c == '}'))
			return true; /* of a number or a word */
		if (c == '"') {
			if (!skip_string(rest))
				return false;
			if (depth == 0)
				return true;
			continue;
		}
		*rest = (struct span){rest->data + 1, rest->size - 1};
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0))
			return true;
	}
	return false;
}

/*
 * Is the member wanted, whole or some members of its own? Those are listed then, else the list is empty.
 */
static bool is_among(struct span quoted, const char *const *keys, const char *ret_below[JSON_KEYS_MAX + 1])
{
	size_t size = quoted.size - 2, nr = 0;
	bool is_wanted = false;

	for (; *keys && nr < JSON_KEYS_MAX; keys++) {
		if (strlen(*keys) < size || memcmp(quoted.data + 1, *keys, size) != 0)
			continue;
		is_wanted |= (*keys)[size] == '\0' || (*keys)[size] == '/';
		if ((*keys)[size] == '/')
			ret_below[nr++] = *keys + size + 1;
	}
	ret_below[nr] = NULL;
	return is_wanted;
}

/* Returns how much was written, 0 where text is not an object and nothing more. As deep as the keys are. */
static size_t copy_members(struct span text, const char *const *keys, char *ret_text)
{
	struct span rest = text;
	size_t size = 0;

	if (!skip_char(&rest, '{'))
		return 0;
	ret_text[size++] = '{';
	do {
		const char *below[JSON_KEYS_MAX + 1];
		struct span member, key, value;
		size_t copied;

		skip_blanks(&rest);
		member = rest;
		if (rest.size == 0 || rest.data[0] != '"' || !skip_string(&rest))
			return 0;
		key = (struct span){member.data, member.size - rest.size};
		if (!skip_char(&rest, ':'))
			return 0;
		skip_blanks(&rest);
		value = rest;
		if (!skip_value(&rest))
			return 0;
		if (!is_among(key, keys, below))
			continue;
		if (size > 1)
			ret_text[size++] = ',';
		value.size -= rest.size;
		copied = below[0] ? member.size - rest.size - value.size : member.size - rest.size;
		memcpy(ret_text + size, member.data, copied);
		size += copied;
		if (!below[0])
			continue;
		copied = copy_members(value, below, ret_text + size);
		if (copied == 0)
			return 0;
		size += copied;
	} while (skip_char(&rest, ','));
	if (!skip_char(&rest, '}'))
		return 0;
	ret_text[size++] = '}';
	skip_blanks(&rest);
	return rest.size == 0 ? size : 0;
}

int json_read__parse_members(struct span text, const char *const *keys, json_t **ret_json)
{
	_cleanup_free_ char *members = malloc(text.size + 1);
	size_t size;

	if (!members)
		return -ENOMEM;
	size = copy_members(text, keys, members);
	return json_read__parse(size ? (struct span){members, size} : text, false, ret_json);
}

int json_read__file_members(const struct safe_root *root, const char *path, const char *const *keys, json_t **ret_json)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int err = safe_file__read(root, path, FACTS_FILE_MAX, &data, &size);

	return err ? err : json_read__parse_members((struct span){data, size}, keys, ret_json);
}

int json_read__file(const struct safe_root *root, const char *path, json_t **ret_json)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int err = safe_file__read(root, path, FACTS_FILE_MAX, &data, &size);

	return err ? err : json_read__parse((struct span){data, size}, false, ret_json);
}

json_t *json_at_keys(json_t *json, const char *const *keys)
{
	for (; json && *keys; keys++)
		json = json_object_get(json, *keys);
	return json;
}

struct span json_text(const json_t *json)
{
	if (!json_is_string(json))
		return (struct span){NULL, 0};
	return (struct span){json_string_value(json), json_string_length(json)};
}

int json_flag(const json_t *json, int otherwise)
{
	return json_is_boolean(json) ? json_boolean_value(json) : otherwise;
}
