/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is wanted out of JSON that may hold anything. */
#include "container/json_read.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/safe_text.h"
#include "container/facts.h"

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
