/* SPDX-License-Identifier: Apache-2.0 */
/* Strings as struct container_facts holds them, made of hostile bytes. */
#include "container/facts_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "container/facts.h"

#define REPLACEMENT      "\xef\xbf\xbd" /* U+FFFD */
#define REPLACEMENT_CODE 0xfffd

struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

int facts_text__copy(struct span text, char **ret_text)
{
	size_t bound = text.size * strlen(REPLACEMENT);
	size_t size = 0;
	char *copy;

	copy = malloc((bound < FACTS_STRING_MAX ? bound : FACTS_STRING_MAX) + 1);
	if (!copy)
		return -ENOMEM;
	while (text.size > 0) {
		uint32_t code;
		size_t taken = utf8_decode(text.data, text.size, &code);
		const char *from = text.data;
		size_t written = taken;

		if (code == 0 || code == REPLACEMENT_CODE) {
			from = REPLACEMENT;
			written = strlen(REPLACEMENT);
		}
		if (size + written > FACTS_STRING_MAX)
			break;
		memcpy(copy + size, from, written);
		size += written;
		text.data += taken;
		text.size -= taken;
	}
	copy[size] = '\0';
	*ret_text = copy;
	return 0;
}

int facts_text__set(char **text, struct span value)
{
	char *copy;
	int err = facts_text__copy(value, &copy);

	if (err)
		return err;
	free(*text);
	*text = copy;
	return 0;
}

static bool is_hex(struct span text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!memchr("0123456789abcdef", text.data[i], 16))
			return false;
	return true;
}

void image_reference__split(struct span reference, struct span *ret_name, struct span *ret_tag)
{
	const char *digest = reference.size ? memchr(reference.data, '@', reference.size) : NULL;
	struct span name = reference, tag = {"", 0};
	bool is_id;

	if (digest)
		name.size = (size_t)(digest - name.data);
	is_id = !digest && ((name.size == 64 && is_hex(name)) ||
			    (name.size == 71 && memcmp(name.data, "sha256:", strlen("sha256:")) == 0));

	/* A colon before the last '/' is the registry's port. */
	for (size_t i = name.size; !is_id && i > 0 && name.data[i - 1] != '/'; i--) {
		if (name.data[i - 1] != ':')
			continue;
		tag = (struct span){name.data + i, name.size - i};
		name.size = i - 1;
		break;
	}
	*ret_name = is_id ? (struct span){"", 0} : name;
	*ret_tag = tag;
}
