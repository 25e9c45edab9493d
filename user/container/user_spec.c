/* SPDX-License-Identifier: Apache-2.0 */
/* What a user as images and `--user` write it, "user[:group]", amounts to. Pure. */
#include "container/user_spec.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define RUNTIME_ID_MAX INT32_MAX /* containerd's and moby's limit, which is runc's */

int number_parse(struct span text, int64_t *ret_number)
{
	bool is_negative = text.size > 0 && text.data[0] == '-';
	size_t at = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
	int64_t number = 0;
	bool is_too_large = false;

	*ret_number = 0;
	if (at == text.size)
		return -EINVAL;
	for (; at < text.size; at++) {
		int digit = text.data[at] - '0';

		if (digit < 0 || digit > 9)
			return -EINVAL;
		is_too_large |= __builtin_mul_overflow(number, 10, &number) ||
				__builtin_sub_overflow(number, digit, &number); /* the negative side reaches further */
	}
	if (!is_negative && !is_too_large)
		is_too_large = __builtin_sub_overflow(0, number, &number);
	*ret_number = !is_too_large ? number : is_negative ? INT64_MIN : INT64_MAX;
	return is_too_large ? -ERANGE : 0;
}

struct span user_spec__user(const char *spec)
{
	return (struct span){spec, strcspn(spec, ":")};
}

/* What follows the first colon. Returns false where there is none. */
static bool get_group(const char *spec, struct span *ret_group)
{
	const char *colon = strchr(spec, ':');

	if (colon)
		*ret_group = (struct span){colon + 1, strlen(colon + 1)};
	return colon;
}

static bool span_is(struct span text, const char *other)
{
	return text.size == strlen(other) && memcmp(text.data, other, text.size) == 0;
}

static bool is_number(struct span text, int64_t *ret_number)
{
	return number_parse(text, ret_number) != -EINVAL;
}

static bool is_out_of_range(struct span text)
{
	int64_t number;

	return is_number(text, &number) && (number < 0 || number > RUNTIME_ID_MAX);
}

bool user_spec__has_root_group(const char *spec)
{
	struct span group;
	int64_t number;

	if (!get_group(spec, &group))
		return false;
	return span_is(group, "root") || (number_parse(group, &number) == 0 && number == 0);
}

enum user_class user_spec__classify(const char *spec, struct user_ids passwd, struct user_ids runtime)
{
	struct span user, group = {"", 0};
	int64_t number;

	if (!spec)
		return USER_UNKNOWN;
	user = user_spec__user(spec);
	get_group(spec, &group);
	if (group.size > 0 && memchr(group.data, ':', group.size))
		return USER_UNKNOWN;
	if (is_out_of_range(user) || is_out_of_range(group))
		return USER_OVERFLOW;
	if (user.size == 0 || span_is(user, "root"))
		return USER_ROOT;
	if (is_number(user, &number))
		return number == 0 ? USER_ROOT : USER_NUMERIC;
	if ((passwd.is_known && passwd.uid == 0) || (runtime.is_known && runtime.uid == 0))
		return USER_NAME_IS_ROOT;
	return USER_NAME;
}

const char *user_class_name(enum user_class class)
{
	static const char *const names[] = {
		[USER_UNKNOWN] = "unknown", [USER_NUMERIC] = "numeric",           [USER_NAME] = "name",
		[USER_ROOT] = "root",       [USER_NAME_IS_ROOT] = "name_is_root", [USER_OVERFLOW] = "overflow",
	};

	return names[class];
}

struct user_ids user_ids_parse(const char *text)
{
	struct span user, group;
	int64_t uid, gid;

	if (!text || !get_group(text, &group))
		return (struct user_ids){0};
	user = user_spec__user(text);
	if (number_parse(user, &uid) || number_parse(group, &gid) || uid < 0 || uid > UINT32_MAX || gid < 0 ||
	    gid > UINT32_MAX)
		return (struct user_ids){0};
	return (struct user_ids){.is_known = true, .uid = (uint32_t)uid, .gid = (uint32_t)gid};
}
