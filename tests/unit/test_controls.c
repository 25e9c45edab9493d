/* SPDX-License-Identifier: Apache-2.0 */
/* Each control says what the facts decide, and nothing where they do not. */
#include <string.h>

#include "judge/controls.h"
#include "table.h"

#define TEXT(literal) ((char *)(literal))
#define NOT_KNOWN     .is_privileged = -1, .no_new_privs = -1
#define POD           .pod_name = TEXT("web-0"), .identity.runtime = RUNTIME_CONTAINERD, NOT_KNOWN

struct row {
	const char *name;
	enum control control;
	struct container_facts facts;
	struct root_history history;
	bool has_no_history;
	enum control_result result, expected;
};

static const struct row rows[] = {
	{"4.1 is the verdict", CONTROL_DOCKER_4_1, {NOT_KNOWN}, {0}, false, CONTROL_WARN, CONTROL_WARN},

	{"2.9 with a user namespace",
	 CONTROL_DOCKER_2_9,
	 {.identity.runtime = RUNTIME_DOCKER, .risk = {.is_known = true, .has_user_namespace = true}},
	 .expected = CONTROL_PASS},
	{"2.9 in the host's",
	 CONTROL_DOCKER_2_9,
	 {.identity.runtime = RUNTIME_DOCKER, .risk = {.is_known = true}},
	 .expected = CONTROL_WARN},
	{"2.9 by what was seen",
	 CONTROL_DOCKER_2_9,
	 {.identity.runtime = RUNTIME_DOCKER},
	 {.was_mapped = true},
	 .expected = CONTROL_PASS},
	{"2.9 of a plain user's daemon",
	 CONTROL_DOCKER_2_9,
	 {.identity = {.runtime = RUNTIME_DOCKER, .user_uid = 1000}, .risk = {.is_known = true}},
	 .expected = CONTROL_PASS},
	{"2.9 without a bundle", CONTROL_DOCKER_2_9, {.identity.runtime = RUNTIME_DOCKER}, .expected = CONTROL_UNKNOWN},
	{"2.9 without Docker",
	 CONTROL_DOCKER_2_9,
	 {.identity.runtime = RUNTIME_PODMAN, .risk = {.is_known = true}},
	 .expected = CONTROL_UNKNOWN},

	{"5.4 with none added", CONTROL_DOCKER_5_4, {.risk = {.is_known = true}}, .expected = CONTROL_PASS},
	{"5.4 with one added",
	 CONTROL_DOCKER_5_4,
	 {.risk = {.is_known = true, .added_capabilities = 1ULL << 21}},
	 .expected = CONTROL_FAIL},
	{"5.4 without a bundle", CONTROL_DOCKER_5_4, {NOT_KNOWN}, .expected = CONTROL_UNKNOWN},

	{"5.5 privileged", CONTROL_DOCKER_5_5, {.is_privileged = 1}, .expected = CONTROL_FAIL},
	{"5.5 not privileged", CONTROL_DOCKER_5_5, {.is_privileged = 0}, .expected = CONTROL_PASS},
	{"5.5 not known", CONTROL_DOCKER_5_5, {NOT_KNOWN}, .expected = CONTROL_UNKNOWN},

	{"5.24 with nobody, all seen", CONTROL_DOCKER_5_24, {NOT_KNOWN}, {.is_whole = true}, .expected = CONTROL_PASS},
	{"5.24 with nobody since it was seen", CONTROL_DOCKER_5_24, {NOT_KNOWN}, .expected = CONTROL_UNKNOWN},
	{"5.24 beside a user",
	 CONTROL_DOCKER_5_24,
	 {.resolved_user = TEXT("1001:0")},
	 {.nr_sessions = 1},
	 .expected = CONTROL_FAIL},
	{"5.24 where root is the user anyway",
	 CONTROL_DOCKER_5_24,
	 {.resolved_user = TEXT("0:0")},
	 {.nr_sessions = 1},
	 .expected = CONTROL_WARN},
	{"5.24 where the user is not known",
	 CONTROL_DOCKER_5_24,
	 {NOT_KNOWN},
	 {.nr_sessions = 1},
	 .expected = CONTROL_WARN},
	{"5.24 without a history", CONTROL_DOCKER_5_24, {NOT_KNOWN}, .has_no_history = true},

	{"5.26 set", CONTROL_DOCKER_5_26, {.no_new_privs = 1}, .expected = CONTROL_PASS},
	{"5.26 not set", CONTROL_DOCKER_5_26, {.no_new_privs = 0}, .expected = CONTROL_FAIL},
	{"5.26 not known", CONTROL_DOCKER_5_26, {NOT_KNOWN}, .expected = CONTROL_UNKNOWN},

	{"5.31 with a user namespace",
	 CONTROL_DOCKER_5_31,
	 {.identity.runtime = RUNTIME_DOCKER, .risk = {.is_known = true, .has_user_namespace = true}},
	 .expected = CONTROL_PASS},
	{"5.31 where the daemon may have none",
	 CONTROL_DOCKER_5_31,
	 {.identity.runtime = RUNTIME_DOCKER, .risk = {.is_known = true}},
	 .expected = CONTROL_UNKNOWN},

	{"a pod's that never was root",
	 CONTROL_PSS_RUN_AS_NON_ROOT,
	 {POD, .resolved_user = TEXT("1001:0")},
	 .result = CONTROL_PASS,
	 .expected = CONTROL_PASS},
	{"a pod's that dropped root",
	 CONTROL_PSS_RUN_AS_NON_ROOT,
	 {POD},
	 {.was_root = true},
	 .result = CONTROL_PASS,
	 .expected = CONTROL_FAIL},
	{"a pod's that dropped root before it was seen",
	 CONTROL_KUBERNETES_ROOT,
	 {POD, .resolved_user = TEXT("0:0")},
	 .result = CONTROL_PASS,
	 .expected = CONTROL_FAIL},
	{"a pod's whose root is mapped",
	 CONTROL_KUBERNETES_ROOT,
	 {POD, .resolved_user = TEXT("0:0")},
	 {.was_mapped = true},
	 .result = CONTROL_PASS,
	 .expected = CONTROL_WARN},
	{"a pod's whose root is mapped, and that escalated",
	 CONTROL_KUBERNETES_ROOT,
	 {POD, .resolved_user = TEXT("0:0")},
	 {.was_mapped = true},
	 .result = CONTROL_FAIL,
	 .expected = CONTROL_FAIL},
	{"a pod's with a session",
	 CONTROL_KUBERNETES_ROOT,
	 {POD, .resolved_user = TEXT("1001:0")},
	 .result = CONTROL_WARN,
	 .expected = CONTROL_WARN},
	{"a pod's that nothing is known of",
	 CONTROL_KUBERNETES_ROOT,
	 {.pod_uid = TEXT("u"), NOT_KNOWN},
	 .has_no_history = true},
	{"a pod's pause container",
	 CONTROL_KUBERNETES_ROOT,
	 {POD, .is_sandbox = true},
	 {.was_root = true},
	 .result = CONTROL_FAIL},
	{"no pod's", CONTROL_PSS_RUN_AS_NON_ROOT, {NOT_KNOWN}, {.was_root = true}, .result = CONTROL_FAIL},
};

static void is_decided_by_the_facts(void **state)
{
	const struct row *row = *state;
	const struct container container = {.facts = row->facts};
	const struct verdict_facts facts = {.result = row->result,
					    .history = row->has_no_history ? NULL : &row->history};

	assert_int_equal(control__judge(row->control, &container, &facts), row->expected);
}

static void each_names_its_source(void **state)
{
	(void)state;
	for (int i = 0; i < CONTROL_END; i++) {
		const struct control_description *control = &control_descriptions[i];

		assert_true(control->id && control->name && control->benchmark && control->benchmark_id &&
			    control->section && control->reference);
		assert_non_null(strstr(control->benchmark, control->version));
		assert_non_null(strstr(control->id, control->number));
		assert_memory_equal(control->reference, "https://", 8);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(control->id, control_descriptions[j].id);
	}
	assert_string_equal(control_descriptions[CONTROL_DOCKER_5_31].id, "CIS-Docker-5.31");
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows) + 1];
	size_t nr = 0;

	ADD_ROWS(tests, nr, rows, is_decided_by_the_facts);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(each_names_its_source);
	return _cmocka_run_group_tests("controls", tests, nr, NULL, NULL);
}
