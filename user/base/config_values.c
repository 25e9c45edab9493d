/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the text of a configuration's value means. */
#include "base/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS_PER_DAY 86400

/* Reads digits and moves *text behind them. */
static int parse_number(const char **text, uint64_t *ret)
{
	uint64_t number = 0;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	for (; **text >= '0' && **text <= '9'; ++*text) {
		unsigned digit = **text - '0';

		if (number > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		number = number * 10 + digit;
	}
	*ret = number;
	return 0;
}

int config_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	uint64_t number;
	unsigned shift = 0;
	int err;

	err = parse_number(&text, &number);
	if (err)
		return err;
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

int config_parse_grace(const char *text, uint32_t *ret_s)
{
	uint64_t number;
	int err;

	err = parse_number(&text, &number);
	if (err)
		return err;
	if (number > CONFIG_GRACE_S_MAX)
		return -ERANGE;
	if (!strcmp(text, "m"))
		number *= 60;
	else if (*text && strcmp(text, "s") != 0)
		return -EINVAL;
	if (number > CONFIG_GRACE_S_MAX)
		return -ERANGE;
	*ret_s = number;
	return 0;
}

/* By hand: strptime(3) takes blanks and single digits too. */
int config_parse_last_day(const char *text, int64_t *ret_end_s)
{
	static const char form[] = "0000-00-00";
	struct tm day, real;
	int64_t start_s;

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return -EINVAL;
	day = (struct tm){
		.tm_year = atoi(text) - 1900,
		.tm_mon = atoi(text + 5) - 1,
		.tm_mday = atoi(text + 8),
	};
	real = day;
	start_s = timegm(&real);
	/* It makes March 1 of February 29 where there is none: whatever is no day lies in another month then. */
	if (real.tm_mon != day.tm_mon)
		return -EINVAL;
	*ret_end_s = start_s + SECONDS_PER_DAY;
	return 0;
}
