/* SPDX-License-Identifier: Apache-2.0 */
/* Root that a process takes back again and again is one alert; the rest are counted. */
#include "table.h"

#include <stdbool.h>

#include "judge/toggles.h"

#define STEPS_MAX 8

struct step {
	bool is_step;
	uint32_t tgid;            /* 0: 10 */
	uint64_t start_ns, inode; /* 0: 1, 5 */
	uint32_t from, to;        /* effective uids, from 1 where it is 0; the file system's is 0 after it */
	bool is_no_regain;
	uint64_t repeated; /* 0: it is an alert */
};

#define REGAIN(...)                                                                                                    \
	{                                                                                                              \
		.is_step = true, ##__VA_ARGS__                                                                         \
	}
#define AGAIN(times) .repeated = (times)

static const struct toggles_row {
	const char *name;
	struct step steps[STEPS_MAX];
} rows[] = {
	{"the first regain is an alert, the rest are counted", {REGAIN(), REGAIN(AGAIN(1)), REGAIN(AGAIN(2))}},
	{"another pair of uids is an alert",
	 {REGAIN(), REGAIN(.from = 33), REGAIN(AGAIN(1)), REGAIN(.from = 33, AGAIN(1))}},
	{"root for files only is another pair",
	 {REGAIN(), REGAIN(.to = 1), REGAIN(AGAIN(1)), REGAIN(.to = 1, AGAIN(1))}},
	{"another process is an alert", {REGAIN(), REGAIN(.tgid = 11)}},
	{"a reused pid is another process", {REGAIN(), REGAIN(.start_ns = 2)}},
	{"another program of the process is an alert", {REGAIN(), REGAIN(.inode = 6)}},
	{"a gain that is no regain is never folded",
	 {REGAIN(.is_no_regain = true), REGAIN(.is_no_regain = true), REGAIN()}},
};

static uint64_t or_else(uint64_t value, uint64_t other)
{
	return value ? value : other;
}

static void fold(struct toggles *toggles, const struct step *step, struct finding *ret_finding)
{
	const struct process_event event = {
		.header = {.kind = EVENT_CREDS},
		.task = {.tgid = or_else(step->tgid, 10), .start_ns = or_else(step->start_ns, 1)},
		.before = {.euid = or_else(step->from, 1), .fsuid = or_else(step->from, 1), .is_known = 1},
		.after = {.euid = step->to, .is_known = 1},
		.file = {.inode = or_else(step->inode, 5)},
	};
	const struct process_view view = {.event = &event};

	*ret_finding = (struct finding){
		.kind = FINDING_GAIN_ROOT,
		.severity = SEVERITY_MEDIUM,
		.is_alert = true,
		.is_regain = !step->is_no_regain,
		.process = &view,
	};
	toggles_fold(toggles, ret_finding);
	ret_finding->process = NULL;
}

static void is_folded(void **state)
{
	const struct toggles_row *row = *state;
	struct toggles toggles = {};

	for (const struct step *step = row->steps; step->is_step; step++) {
		struct finding finding;

		fold(&toggles, step, &finding);
		assert_int_equal(finding.repeated, step->repeated);
		assert_int_equal(finding.is_alert, !step->repeated);
		assert_int_equal(finding.severity, step->repeated ? SEVERITY_INFO : SEVERITY_MEDIUM);
	}
}

/* Never silent: what there is no room for is an alert again. */
static void the_one_used_longest_ago_is_forgotten(void **state)
{
	struct toggles toggles = {};
	struct finding finding;

	(void)state;
	for (uint32_t tgid = 1; tgid <= TOGGLES_MAX; tgid++) {
		fold(&toggles, &(struct step)REGAIN(.tgid = tgid), &finding);
		assert_true(finding.is_alert);
	}
	fold(&toggles, &(struct step)REGAIN(.tgid = 1), &finding);
	assert_int_equal(finding.repeated, 1);
	fold(&toggles, &(struct step)REGAIN(.tgid = TOGGLES_MAX + 1), &finding);
	assert_true(finding.is_alert);
	fold(&toggles, &(struct step)REGAIN(.tgid = 1), &finding);
	assert_int_equal(finding.repeated, 2);
	fold(&toggles, &(struct step)REGAIN(.tgid = 2), &finding);
	assert_true(finding.is_alert);
	assert_int_equal(finding.severity, SEVERITY_MEDIUM);
}

static void server_for_200_users_raises_one_alert_for_each(void **state)
{
	struct toggles toggles = {};
	struct finding finding;

	(void)state;
	for (uint64_t round = 0; round < 3; round++) {
		for (uint32_t user = 1; user <= 200; user++) {
			fold(&toggles, &(struct step)REGAIN(.from = 1000 + user), &finding);
			assert_int_equal(finding.is_alert, round == 0);
			assert_int_equal(finding.repeated, round);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows) + 2];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, is_folded);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(the_one_used_longest_ago_is_forgotten);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(server_for_200_users_raises_one_alert_for_each);
	return cmocka_run_group_tests_name("toggles", tests, NULL, NULL);
}
