/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that follow one another, and such as act alone. */
#include "table.h"

#include <stdbool.h>

#include "judge/threads.h"

#define STEPS_MAX 8
#define SECOND_NS 1000000000ULL
#define SETS(tid_, before_, after_, ...)                                                                               \
	{                                                                                                              \
		.tid = (tid_), .before = (before_), .after = (after_), __VA_ARGS__                                     \
	}
#define DROP(tid_, ...) SETS(tid_, 0, 1000, __VA_ARGS__)
#define GAIN(tid_, ...) SETS(tid_, 1000, 0, __VA_ARGS__)
#define AGAIN           .is_repeated = true
#define BESIDE_ROOT     .others = {.tid = 10, .root = EVENT_ROOT_REAL}

struct step {
	uint32_t tid, before, after; /* uids */
	uint64_t later_ns;           /* than the former step */
	uint32_t tgid;               /* 0: the usual one */
	enum event_hook hook;
	enum event_syscall syscall;
	struct event_threads others;
	bool is_repeated;
};

static const struct threads_row {
	const char *name;
	struct step steps[STEPS_MAX];
} acts[] = {
	{"what each thread does is told once", {DROP(10), DROP(11, AGAIN), DROP(12, AGAIN)}},
	{"a thread's own second time is told", {DROP(10), DROP(10)}},
	{"the way back is told once too",
	 {DROP(10), DROP(11, AGAIN), GAIN(11), GAIN(10, AGAIN), DROP(10), DROP(11, AGAIN)}},
	{"what another thread does a second later is told", {DROP(10), DROP(11, .later_ns = SECOND_NS)}},
	{"threads that become another user are told", {DROP(10), SETS(11, 0, 1001)}},
	{"threads that were another user are told", {DROP(10), SETS(11, 33, 1000)}},
	{"what another process does is told", {DROP(10), DROP(11, .tgid = 11)}},
	{"processes do not disturb one another",
	 {DROP(10), DROP(20, .tgid = 20), DROP(11, AGAIN), DROP(21, .tgid = 20, AGAIN)}},
	{"what was not seen is told of each thread", {GAIN(10), GAIN(11, .hook = HOOK_DRIFT)}},
	{"the one after which no thread is root is reported",
	 {DROP(10, BESIDE_ROOT), DROP(11, BESIDE_ROOT, AGAIN), DROP(12)}},
	{"the one after which another way back is left is reported",
	 {DROP(10, BESIDE_ROOT),
	  DROP(11, .others = {.tid = 12, .root = EVENT_ROOT_NONE, .kept = EVENT_KEPT_SAVED_UID})}},
	{"one that was made before the last one, and came later, is not reported",
	 {DROP(10), DROP(11, BESIDE_ROOT, AGAIN), DROP(12, AGAIN)}},
	{"which thread it is that is root makes no difference",
	 {DROP(10, BESIDE_ROOT), DROP(11, .others = {.tid = 77, .root = EVENT_ROOT_REAL}, AGAIN)}},
	{"the end of a thread is no act that others repeat",
	 {DROP(10), DROP(11, .hook = HOOK_TP_BTF_EXIT), DROP(12, .hook = HOOK_RAW_TP_EXIT), DROP(13, AGAIN)}},
	{"what no call explains is told of each thread", {GAIN(10), GAIN(11, .syscall = SYSCALL_UNEXPECTED)}},
};

static void is_told(void **state)
{
	const struct threads_row *row = *state;
	const struct step *step;
	struct container container = {};
	uint64_t time_ns = 5;

	for (step = row->steps; step->tid; step++) {
		struct process_event event = {
			.header = {.kind = EVENT_CREDS, .hook = step->hook, .time_ns = time_ns += step->later_ns},
			.task = {.tgid = step->tgid ? step->tgid : 10, .tid = step->tid, .start_ns = 1},
			.before = {.euid = step->before},
			.after = {.euid = step->after},
			.syscall = step->syscall,
			.others = step->others,
		};

		if (threads_repeat(&container, &event) != step->is_repeated)
			fail_msg("step %td is %srepeated", step - row->steps, step->is_repeated ? "not " : "");
	}
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(acts)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, acts, is_told);
	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
