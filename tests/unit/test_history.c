/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's history hands out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "judge/history.h"

static void evidence_is_in_order_of_time(void **state)
{
	static const struct {
		uint64_t times[EVIDENCE_END]; /* by class; 0: none */
		enum evidence_class order[EVIDENCE_END];
		unsigned nr;
	} cases[] = {
		{.nr = 0},
		{{[EVIDENCE_START] = 1}, {EVIDENCE_START}, 1},
		{{5, 4, 3, 2, 1}, {EVIDENCE_CHILD, EVIDENCE_SESSION, EVIDENCE_GAIN, EVIDENCE_DROP, EVIDENCE_START}, 5},
		{{[EVIDENCE_START] = 2, [EVIDENCE_DROP] = 9, [EVIDENCE_GAIN] = 7},
		 {EVIDENCE_START, EVIDENCE_GAIN, EVIDENCE_DROP},
		 3},
		/* Of the same time: in the order of the classes. */
		{{3, 3, 3, 0, 1}, {EVIDENCE_CHILD, EVIDENCE_START, EVIDENCE_DROP, EVIDENCE_GAIN}, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct evidence *evidence[EVIDENCE_END];
		struct root_history history = {};

		for (int class = 0; class < EVIDENCE_END; class ++) {
			history.evidence[class].kind = cases[i].times[class] ? FINDING_EXEC_ROOT : FINDING_EXEC;
			history.evidence[class].time_ns = cases[i].times[class];
		}
		assert_int_equal(history__evidence(&history, evidence), cases[i].nr);
		for (unsigned at = 0; at < cases[i].nr; at++)
			assert_ptr_equal(evidence[at], &history.evidence[cases[i].order[at]]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_is_in_order_of_time),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
