/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence of a finding says what the credentials before and after show, and nothing else. */
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "encode/message.h"
#include "judge/history.h"

#define UIDS(r, e, s, f) .ruid = (r), .euid = (e), .suid = (s), .fsuid = (f), .is_known = 1

static const struct message_row {
	const char *name;
	enum finding_kind kind;
	enum root_kind root;
	enum root_cause cause;
	enum event_kind event;
	enum event_syscall syscall;
	struct event_creds before, after;
	uint32_t mode, gid; /* of the file */
	bool is_regain, is_whole;
	const char *expected;
} rows[] = {
	{.name = "root for files only is not root",
	 .kind = FINDING_GAIN_ROOT,
	 .root = ROOT_REAL,
	 .cause = CAUSE_SET_UID,
	 .event = EVENT_CREDS,
	 .syscall = SYSCALL_SETFSUID,
	 .before = {UIDS(1000, 1000, 0, 1000)},
	 .after = {UIDS(1000, 1000, 0, 0)},
	 .is_regain = true,
	 .expected = "a process (pid 7) went from uid 1000 back to root for files only (fsuid 0) by setfsuid()"},
	{.name = "and its end is the end of that",
	 .kind = FINDING_DROP_ROOT,
	 .event = EVENT_CREDS,
	 .before = {UIDS(1000, 1000, 0, 0)},
	 .after = {UIDS(1000, 1000, 0, 1000)},
	 .expected = "a process (pid 7) went from root for files only (fsuid 0) to uid 1000 but can become root again"},
	{.name = "setfsuid alone",
	 .kind = FINDING_UID_CHANGE,
	 .event = EVENT_CREDS,
	 .syscall = SYSCALL_SETFSUID,
	 .before = {UIDS(0, 0, 0, 0)},
	 .after = {UIDS(0, 0, 0, 33)},
	 .expected = "a process (pid 7) changed its file system uid from 0 to 33, the effective one stays 0"},
	{.name = "a set-user-id file of another user",
	 .kind = FINDING_UID_CHANGE,
	 .cause = CAUSE_SETUID_FILE,
	 .event = EVENT_EXEC,
	 .before = {UIDS(1000, 1000, 1000, 1000)},
	 .after = {UIDS(1000, 33, 33, 33)},
	 .expected = "a process (pid 7) changed its effective and saved uid from 1000 to 33 by a set-user-id file"},
	{.name = "a set-group-id file",
	 .kind = FINDING_GID_CHANGE,
	 .event = EVENT_EXEC,
	 .before = {UIDS(1000, 1000, 1000, 1000), .rgid = 5, .egid = 5, .sgid = 5, .fsgid = 5},
	 .after = {UIDS(1000, 1000, 1000, 1000), .rgid = 5},
	 .mode = S_IFREG | S_ISGID | 0755,
	 .expected = "a process (pid 7) changed its effective and saved gid from 5 to 0 by a set-group-id file"},
	{.name = "root by a set-user-id file that a scan found",
	 .kind = FINDING_ROOT_FOUND,
	 .root = ROOT_REAL,
	 .cause = CAUSE_SETUID_FILE,
	 .event = EVENT_TASK,
	 .after = {UIDS(1001, 0, 0, 0)},
	 .expected = "a process (pid 7) runs as root by a set-user-id file, before uidzero started"},
	{.name = "the same in a container that started later",
	 .kind = FINDING_ROOT_FOUND,
	 .root = ROOT_REAL,
	 .cause = CAUSE_SETUID_FILE,
	 .event = EVENT_TASK,
	 .after = {UIDS(1001, 0, 0, 0)},
	 .is_whole = true,
	 .expected = "a process (pid 7) runs as root by a set-user-id file, before uidzero saw the process"},
	{.name = "root without a cause that a scan found",
	 .kind = FINDING_ROOT_FOUND,
	 .root = ROOT_REAL,
	 .event = EVENT_TASK,
	 .after = {UIDS(1001, 0, 0, 0)},
	 .expected = "a process (pid 7) runs as root; how it became root was not seen"},
	{.name = "root that was root from the start",
	 .kind = FINDING_ROOT_FOUND,
	 .root = ROOT_REAL,
	 .event = EVENT_TASK,
	 .after = {UIDS(0, 0, 0, 0)},
	 .expected = "a process (pid 7) runs as root"},
};

static void is_said(void **state)
{
	const struct message_row *row = *state;
	const struct process_event event = {
		.header = {.kind = row->event, .hook = row->event == EVENT_TASK ? HOOK_ITER_TASK : HOOK_NONE},
		.task = {.tgid = 7, .tid = 7},
		.before = row->before,
		.after = row->after,
		.file = {.flags = FILE_KNOWN, .mode = row->mode, .gid = row->gid},
		.syscall = row->syscall,
	};
	const struct process_view view = {.event = &event};
	struct root_history history = {.is_whole = row->is_whole};
	const struct container container = {.history = &history};
	const struct finding finding = {
		.kind = row->kind,
		.root = row->root,
		.cause = row->cause,
		.is_regain = row->is_regain,
		.process = &view,
		.container = &container,
	};
	char buffer[512], expected[512];
	struct json_writer writer;

	json_writer__init(&writer, buffer, sizeof(buffer));
	json_open_object(&writer, NULL);
	message__write(&writer, "message", &finding, (struct span){NULL, 0});
	json_close_object(&writer);
	snprintf(expected, sizeof(expected), "{\"message\":\"%s\"}", row->expected);
	buffer[writer.size] = '\0';
	assert_string_equal(buffer, expected);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, is_said);
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
