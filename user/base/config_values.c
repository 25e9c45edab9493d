/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the text of a configuration's value means. */
#include "base/config.h"

#include <errno.h>
#include <string.h>

int config_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	uint64_t number = 0;
	unsigned shift = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		unsigned digit = *text - '0';

		if (number > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		number = number * 10 + digit;
	}
	if (*text) {
		suffix = strchr(suffixes, *text);
		if (!suffix || (text[1] && strcmp(text + 1, "iB")))
			return -EINVAL;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (number > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = number << shift;
	return 0;
}
