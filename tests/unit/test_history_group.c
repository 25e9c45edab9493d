/* SPDX-License-Identifier: Apache-2.0 */
/* What a history keeps of group 0, and of processes that a scan found. */
#include "table.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "judge/history.h"
#include "judge/judge.h"

#define CREDS(uid, gid)                                                                                                \
	{                                                                                                              \
		.ruid = (uid), .euid = (uid), .suid = (uid), .fsuid = (uid), .rgid = (gid), .egid = (gid),             \
		.sgid = (gid), .fsgid = (gid), .is_known = 1                                                           \
	}

static const struct event_creds root = CREDS(0, 0), plain = CREDS(1000, 1000), in_group = CREDS(1000, 0);

static void note(struct root_history *history, uint32_t tgid, enum event_kind kind, enum event_hook hook,
		 const struct event_creds *before, const struct event_creds *after, uint32_t mode)
{
	struct process_event event = {
		.header = {.kind = kind, .hook = hook, .time_ns = 5},
		.task = {.tgid = tgid, .start_ns = 1, .flags = TASK_INSIDE},
		.after = *after,
		.file = {.flags = FILE_KNOWN, .mode = mode},
		.syscall = kind == EVENT_CREDS ? SYSCALL_SETRESUID : SYSCALL_NONE,
	};
	const struct process_view view = {.event = &event};
	struct finding finding = {.process = &view, .role = ROLE_CHILD};

	if (before)
		event.before = *before;
	history__note(history, &view, ROLE_CHILD, judge_process(false, &finding) ? &finding : NULL);
}

static void group_0_that_a_drop_keeps_is_noted_until_it_goes(void **state)
{
	struct root_history *history = calloc(1, sizeof(*history));

	(void)state;
	assert_non_null(history);
	note(history, 10, EVENT_CREDS, HOOK_TP_SYS_EXIT, &root, &plain, 0755);
	assert_int_equal(history->group.tgid, 0);
	note(history, 11, EVENT_CREDS, HOOK_TP_SYS_EXIT, &root, &in_group, 0755);
	assert_int_equal(history->group.tgid, 11);
	assert_false(history->group.is_gain);
	/* The first one is kept. */
	note(history, 12, EVENT_CREDS, HOOK_TP_SYS_EXIT, &root, &in_group, 0755);
	assert_int_equal(history->group.tgid, 11);
	note(history, 11, EVENT_CREDS, HOOK_TP_SYS_EXIT, &in_group, &plain, 0755);
	assert_int_equal(history->group.tgid, 0);
	free(history);
}

static void group_0_of_a_file_is_noted(void **state)
{
	struct root_history *history = calloc(1, sizeof(*history));
	struct event_creds gained = in_group;

	(void)state;
	assert_non_null(history);
	gained.rgid = 1000;
	note(history, 10, EVENT_EXEC, HOOK_TP_BTF_EXEC, &plain, &gained, S_IFREG | S_ISGID | 0755);
	assert_int_equal(history->group.tgid, 10);
	assert_true(history->group.is_gain);
	assert_true(history->group.is_by_file);
	free(history);
}

/* The records of later scans repeat the credentials as those before. */
static void what_a_scan_found_has_no_uid_before(void **state)
{
	struct root_history *history = calloc(1, sizeof(*history));
	struct event_creds sudo = root;

	(void)state;
	assert_non_null(history);
	sudo.ruid = 1000;
	note(history, 10, EVENT_TASK, HOOK_ITER_KNOWN, &sudo, &sudo, S_IFREG | S_ISUID | 0755);
	assert_int_equal(history->nr_stretches, 1);
	assert_int_equal(history->stretches[0].former_euid, UINT32_MAX);
	assert_int_equal(history->stretches[0].cause, CAUSE_SETUID_FILE);
	assert_true(history->stretches[0].was_found);
	assert_true(history->stretches[0].is_gain);
	free(history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_0_that_a_drop_keeps_is_noted_until_it_goes),
		cmocka_unit_test(group_0_of_a_file_is_noted),
		cmocka_unit_test(what_a_scan_found_has_no_uid_before),
	};

	return cmocka_run_group_tests_name("history group", tests, NULL, NULL);
}
