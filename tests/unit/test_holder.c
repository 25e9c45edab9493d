/* SPDX-License-Identifier: Apache-2.0 */
/* Which thread of a process holds root, to what is kept of it. */
#include "table.h"

#include <string.h>

#include "judge/history.h"

#define PID              100
#define THREAD           105
#define NOT_KNOWN        UINT32_MAX
#define ALL(uid)         UIDS(uid, uid, uid, uid)
#define OTHER_ROOT       .others = {.tid = THREAD, .root = EVENT_ROOT_REAL}
#define LEADER_ROOT      .others = {.tid = PID, .root = EVENT_ROOT_REAL}
#define OTHER(kept_)     .others = {.tid = THREAD, .root = EVENT_ROOT_NONE, .kept = (kept_)}
#define UIDS(r, e, s, f) .ruid = (r), .euid = (e), .suid = (s), .fsuid = (f), .is_known = 1

static const struct holder_row {
	const char *name;
	uint32_t tid; /* of the record; 0: the first thread */
	enum event_hook hook;
	struct event_creds after;
	enum event_root after_root;
	struct event_threads others;
	enum hold hold; /* HOLD_END: none */
	uint32_t holder, euid, suid;
} rows[] = {
	{"a process of one thread", .after = {ALL(0)}, .after_root = EVENT_ROOT_REAL, .hold = HOLD_ROOT},
	{"the first thread beside another one, both root", .after = {ALL(0)}, .after_root = EVENT_ROOT_REAL, OTHER_ROOT,
	 .hold = HOLD_ROOT},
	{"another thread beside the first one, both root", .tid = THREAD, .after = {ALL(0)},
	 .after_root = EVENT_ROOT_REAL, LEADER_ROOT, .hold = HOLD_ROOT, .euid = NOT_KNOWN, .suid = NOT_KNOWN},
	{"the first thread, which dropped beside another one", .after = {ALL(999)}, .after_root = EVENT_ROOT_NONE,
	 OTHER_ROOT, .hold = HOLD_ROOT, .holder = THREAD, .euid = NOT_KNOWN, .suid = NOT_KNOWN},
	{"another thread, which dropped beside the first one", .tid = THREAD, .after = {ALL(999)},
	 .after_root = EVENT_ROOT_NONE, LEADER_ROOT, .hold = HOLD_ROOT, .euid = NOT_KNOWN, .suid = NOT_KNOWN},
	{"another thread with fsuid 0", .tid = THREAD, .after = {UIDS(999, 999, 999, 0)}, .after_root = EVENT_ROOT_REAL,
	 .hold = HOLD_ROOT, .holder = THREAD, .euid = 999, .suid = 999},
	{"the saved uid of another thread", .after = {ALL(999)}, .after_root = EVENT_ROOT_NONE,
	 OTHER(EVENT_KEPT_SAVED_UID), .hold = HOLD_SAVED, .holder = THREAD, .euid = NOT_KNOWN},
	{"the real uid of another thread", .after = {ALL(999)}, .after_root = EVENT_ROOT_NONE,
	 OTHER(EVENT_KEPT_REAL_UID), .hold = HOLD_SAVED, .holder = THREAD, .euid = NOT_KNOWN, .suid = NOT_KNOWN},
	{"capabilities of another thread", .after = {ALL(999)}, .after_root = EVENT_ROOT_NONE,
	 OTHER(EVENT_KEPT_CAPABILITIES), .hold = HOLD_EQUIVALENT, .holder = THREAD, .euid = NOT_KNOWN,
	 .suid = NOT_KNOWN},
	{"another thread's saved uid that is mapped root's gives nothing on the host", .after = {ALL(999)},
	 .after_root = EVENT_ROOT_NONE, OTHER(EVENT_KEPT_MAPPED_UID), .hold = HOLD_END},
	{"an io_uring instance of the process", .after = {ALL(999)}, .after_root = EVENT_ROOT_NONE,
	 .others = {.kept = EVENT_KEPT_IO_URING}, .hold = HOLD_SAVED, .euid = 999, .suid = 999},
	{"threads that hold nothing", .after = {ALL(999)}, .after_root = EVENT_ROOT_NONE, .hold = HOLD_END},
	{"a thread's end that leaves the first one's saved uid", .tid = THREAD, .hook = HOOK_TP_BTF_EXIT,
	 .after = {UIDS(999, 999, 0, 999)}, .after_root = EVENT_ROOT_NONE, .others = {.tid = PID}, .hold = HOLD_SAVED,
	 .euid = 999},
	{"a thread's end that leaves a third one's saved uid", .tid = THREAD, .hook = HOOK_RAW_TP_EXIT,
	 .after = {UIDS(999, 999, 0, 999)}, .after_root = EVENT_ROOT_NONE, .others = {.tid = 106}, .hold = HOLD_SAVED,
	 .holder = 106, .euid = 999},
};

static void holder_is_named(void **state)
{
	const struct holder_row *row = *state;
	const struct process_event event = {
		.header = {.kind = EVENT_CREDS, .hook = row->hook, .time_ns = 5},
		.task = {.tgid = PID, .tid = row->tid ? row->tid : PID, .start_ns = 1},
		.after = row->after,
		.after_root = row->after_root,
		.others = row->others,
	};
	const struct process_view view = {.event = &event};
	struct root_history history = {};
	const struct stretch *stretch = &history.stretches[0];

	history__note(&history, &view, ROLE_INIT, NULL);
	assert_int_equal(history.nr_stretches, row->hold != HOLD_END);
	if (row->hold == HOLD_END)
		return;
	assert_int_equal(stretch->hold, row->hold);
	assert_int_equal(stretch->tid, row->holder);
	assert_int_equal(stretch->euid, row->euid);
	assert_int_equal(stretch->suid, row->suid);
}

static void more_threads_than_were_examined_end_nothing(void **state)
{
	struct process_event event = {
		.header = {.kind = EVENT_CREDS, .time_ns = 5},
		.task = {.tgid = PID, .tid = PID, .start_ns = 1},
		.after = {ALL(0)},
		.after_root = EVENT_ROOT_REAL,
	};
	const struct process_view view = {.event = &event};
	struct root_history history = {};

	(void)state;
	assert_true(history__note(&history, &view, ROLE_INIT, NULL));
	event.after = (struct event_creds){ALL(999)};
	event.after_root = EVENT_ROOT_NONE;
	event.others.is_partial = 1;
	assert_false(history__note(&history, &view, ROLE_INIT, NULL));
	assert_int_equal(history.stretches[0].until_ns, 0);
	event.others.is_partial = 0;
	assert_true(history__note(&history, &view, ROLE_INIT, NULL));
	assert_int_equal(history.stretches[0].until_ns, 5);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows) + 1] = {cmocka_unit_test(more_threads_than_were_examined_end_nothing)};
	size_t nr_tests = 1;

	ADD_ROWS(tests, nr_tests, rows, holder_is_named);
	return cmocka_run_group_tests_name("holder", tests, NULL, NULL);
}
