// SPDX-License-Identifier: Apache-2.0
/* The self-test's table of cases is one that can be gone through: names, stages, lines. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "selftest/case.h"
#include "selftest/cgroups.h"
#include "selftest/stage.h"

static void each_case_is_found_by_its_name(void **state)
{
	const struct selftest_case *which;
	size_t number;

	(void)state;
	for (number = 0; (which = selftest_case_at(number)); number++) {
		assert_int_equal(selftest_case_find(which->name, strlen(which->name)), number);
		assert_int_equal(strspn(which->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(which->name));
		assert_non_null(which->summary);
		assert_non_null(which->stages[0]);
	}
	assert_in_range(number, 1, SELFTEST_CASES_MAX);
	assert_true(selftest_case_find("no_such_case", 12) < 0);
	assert_true(selftest_case_find("", 0) < 0);
}

static void expected_lines_are_whole_lines(void **state)
{
	const struct selftest_case *which;
	enum creds_hook hook;
	size_t number;

	(void)state;
	for (number = 0; (which = selftest_case_at(number)); number++)
		for (hook = 0; hook < CREDS_HOOK_END; hook++) {
			const char *lines = selftest_case_lines(which, hook);

			assert_non_null(lines);
			assert_true(!lines[0] || lines[strlen(lines) - 1] == '\n');
			assert_null(strstr(lines, "\n\n"));
		}
}

static void a_container_is_known_by_its_run_and_case(void **state)
{
	const struct run_cgroups cgroups = {.run = "0123abcd"};

	(void)state;
	assert_string_equal(run_cgroups__case_name(&cgroups, "uidzero-selftest-0123abcd-setuid"), "setuid");
	assert_null(run_cgroups__case_name(&cgroups, "uidzero-selftest-0123abce-setuid"));
	assert_null(run_cgroups__case_name(&cgroups, "uidzero-selftest-0123abcd"));
	assert_null(run_cgroups__case_name(&cgroups, "web"));
}

static void only_its_own_command_lines_are_stages(void **state)
{
	char *stage[] = {"uidzero", "selftest", STAGE_OPTION, "no_such_case", "0", NULL};
	char *plain[] = {"uidzero", "selftest", "--list", NULL};
	char *other[] = {"uidzero", "run", STAGE_OPTION, NULL};
	char *hostile[][3] = {
		{"no_such_case", "0", NULL}, {"setuid", "9", NULL}, {"setuid", "3", NULL},
		{"setuid", "00", NULL},      {"setuid", "", NULL},  {"setuid", "-", NULL},
	};
	size_t i;

	(void)state;
	assert_true(stage_is_asked_for(5, stage));
	assert_true(stage_is_asked_for(3, stage));
	assert_false(stage_is_asked_for(2, stage));
	assert_false(stage_is_asked_for(3, plain));
	assert_false(stage_is_asked_for(3, other));
	assert_int_equal(stage_run(0, stage + 3), STAGE_FAILED);
	for (i = 0; i < NR_ROWS(hostile); i++)
		assert_int_equal(stage_run(2, hostile[i]), STAGE_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_is_found_by_its_name),
		cmocka_unit_test(expected_lines_are_whole_lines),
		cmocka_unit_test(a_container_is_known_by_its_run_and_case),
		cmocka_unit_test(only_its_own_command_lines_are_stages),
	};

	return cmocka_run_group_tests_name("selftest cases", tests, NULL, NULL);
}
