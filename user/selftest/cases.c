// SPDX-License-Identifier: Apache-2.0
/* The list of all cases. */
#include "selftest/case.h"

#include <errno.h>
#include <string.h>

const struct selftest_group selftest_groups[] = {
	{"Gains", selftest_gains},
	{"User namespaces", selftest_user_namespaces},
	{"Drops", selftest_drops},
	{"Threads", selftest_threads},
	{"Root kept outside of credentials", selftest_urings},
	{"Hiding", selftest_hides},
	{"Coming from elsewhere, going elsewhere", selftest_moves},
	{"Files and groups", selftest_files},
	{"First processes that do not exec", selftest_stubs},
	{"Nothing to find", selftest_nothings},
	{NULL, NULL},
};

const struct selftest_case *selftest_case_at(size_t number)
{
	const struct selftest_group *group;
	const struct selftest_case *each;

	for (group = selftest_groups; group->heading; group++)
		for (each = group->cases; each->name; each++)
			if (!number--)
				return each;
	return NULL;
}

int selftest_case_find(const char *name, size_t size)
{
	const struct selftest_case *each;
	size_t number;

	for (number = 0; (each = selftest_case_at(number)); number++)
		if (strlen(each->name) == size && !memcmp(each->name, name, size))
			return number;
	return -ENOENT;
}

const char *selftest_case_lines(const struct selftest_case *which, enum creds_hook hook)
{
	return which->lines_by[hook] ? which->lines_by[hook] : which->lines;
}
