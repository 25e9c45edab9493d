/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict gets the remedies that help its case, and no others. */
#include <stdio.h>
#include <string.h>

#include "judge/remedy.h"
#include "table.h"

#define DOCKER        .identity.runtime = RUNTIME_DOCKER, .is_privileged = 0, .no_new_privs = 0
#define TEXT(literal) ((char *)(literal))

struct row {
	const char *name;
	struct container_facts facts;
	struct root_history history;
	struct stretch decisive; /* without comm: none */
	enum verdict verdict;
	unsigned nr_root_now;
	unsigned expected;
};

static const struct row rows[] = {
	{
		.name = "nothing is known",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.verdict = VERDICT_UNKNOWN,
	},
	{
		.name = "a number that never was root",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.verdict = VERDICT_NONROOT,
	},
	{
		.name = "a number that kept group 0",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.history = {.group = {.tgid = 9}},
		.verdict = VERDICT_NONROOT,
		.expected = REMEDY_DROP_GROUP,
	},
	{
		.name = "a number with a set-group-id file",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.history = {.group = {.tgid = 9, .is_gain = true, .is_by_file = true}},
		.verdict = VERDICT_NONROOT,
		.expected = REMEDY_REMOVE_SETGID,
	},
	{
		.name = "a set-group-id file where more is wrong",
		.facts = {DOCKER},
		.history = {.group = {.tgid = 9, .is_gain = true, .is_by_file = true}},
		.verdict = VERDICT_ESCALATED,
		.expected = REMEDY_INVESTIGATE,
	},
	{
		.name = "a name that never was root",
		.facts = {DOCKER, .declared_user = TEXT("app")},
		.verdict = VERDICT_NONROOT,
		.expected = REMEDY_NUMERIC_USER,
	},
	{
		.name = "a name in place of the image's number",
		.facts = {DOCKER, .declared_user = TEXT("1001"), .requested_user = TEXT("app")},
		.verdict = VERDICT_NONROOT,
		.expected = REMEDY_NUMERIC_USER,
	},
	{
		.name = "a number in place of the image's name",
		.facts = {DOCKER, .declared_user = TEXT("app"), .requested_user = TEXT("1001")},
		.verdict = VERDICT_NONROOT,
	},
	{
		.name = "a drop that works",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.was_root = true, .nr_drops = 1, .is_whole = true},
		.verdict = VERDICT_DROPS_ROOT,
	},
	{
		.name = "a drop from a name that hides root",
		.facts = {DOCKER, .declared_user = TEXT("app"), .declared_ids = {.is_known = true}},
		.history = {.was_root = true, .nr_drops = 1, .is_whole = true},
		.verdict = VERDICT_DROPS_ROOT,
		.expected = REMEDY_NAME_IS_ROOT,
	},
	{
		.name = "root of a user namespace",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.was_mapped = true},
		.decisive = {.comm = "sh", .hold = HOLD_MAPPED, .role = ROLE_INIT},
		.verdict = VERDICT_MAPPED_ROOT,
	},
	{
		.name = "an image without a user",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "app", .role = ROLE_INIT, .cause = CAUSE_INHERITED},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_SET_USER | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "neither image nor run has a user",
		.facts = {DOCKER, .declared_user = TEXT("root"), .requested_user = TEXT("0:0")},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_SET_USER | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a user namespace that it has already",
		.facts = {DOCKER, .declared_user = TEXT(""), .risk = {.is_known = true, .has_user_namespace = true}},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_SET_USER,
	},
	{
		.name = "a privileged container cannot be mapped",
		.facts = {.identity.runtime = RUNTIME_DOCKER, .is_privileged = 1, .declared_user = TEXT("")},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_SET_USER,
	},
	{
		.name = "a name of uid 0",
		.facts = {DOCKER, .declared_user = TEXT("app"), .declared_ids = {.is_known = true}},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_NAME_IS_ROOT | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a number that wraps to 0",
		.facts = {DOCKER, .declared_user = TEXT("4294967296")},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_USER_OVERFLOWS | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "--user root over a user",
		.facts = {DOCKER, .declared_user = TEXT("1001"), .requested_user = TEXT("root")},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_OVERRIDDEN | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "runAsUser 0 over a user, which no file tells",
		.facts = {DOCKER, .declared_user = TEXT("1001"), .resolved_user = TEXT("0:0")},
		.decisive = {.comm = "app", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_OVERRIDDEN | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a system container",
		.facts = {.identity.runtime = RUNTIME_LXC, .is_privileged = -1, .no_new_privs = -1},
		.decisive = {.comm = "systemd", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_USER_NAMESPACE,
	},
	{
		.name = "tini above an app that dropped",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.is_whole = true, .nr_drops = 1},
		.decisive = {.comm = "tini", .executable = "/usr/bin/tini", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_EXEC_DROP | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "tini above an app that dropped before it was seen",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "tini", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_EXEC_DROP | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "tini above an app that is root",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.is_whole = true, .nr_drops = 1},
		.decisive = {.comm = "tini", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 2,
		.expected = REMEDY_SET_USER | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a script that waits for gosu",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.is_whole = true, .nr_drops = 1},
		.decisive = {.comm = "entrypoint.sh", .executable = "/usr/bin/bash", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_EXEC_DROP | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a shell alone, whatever was before it was seen",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "sh", .executable = "/bin/sh", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_SET_USER | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a master whose workers drop",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.is_whole = true, .nr_drops = 4},
		.decisive = {.comm = "nginx", .executable = "/usr/sbin/nginx", .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_SET_USER | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a first process that took root back",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "app", .role = ROLE_INIT, .cause = CAUSE_SET_UID},
		.verdict = VERDICT_ROOT_INIT,
		.expected = REMEDY_DROP_FOR_GOOD | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a first process of which one thread stays root",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.was_root = true, .nr_drops = 1, .is_whole = true},
		.decisive = {.comm = "sh", .tid = 7, .role = ROLE_INIT},
		.verdict = VERDICT_ROOT_INIT,
		.nr_root_now = 1,
		.expected = REMEDY_DROP_FOR_GOOD | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a child that its init left as root",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.history = {.was_root = true, .init_euid = 1000},
		.decisive = {.comm = "cron", .role = ROLE_CHILD, .cause = CAUSE_INHERITED},
		.verdict = VERDICT_ROOT_CHILD,
		.expected = REMEDY_SET_USER | REMEDY_USER_NAMESPACE,
	},
	{
		.name = "a child that is root by nothing",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "cron", .role = ROLE_CHILD, .cause = CAUSE_UNEXPLAINED},
		.verdict = VERDICT_ROOT_CHILD,
		.expected = REMEDY_INVESTIGATE,
	},
	{
		.name = "escalated by a set-user-id file",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "su", .cause = CAUSE_SETUID_FILE, .is_gain = true},
		.verdict = VERDICT_ESCALATED,
		.expected = REMEDY_NO_NEW_PRIVS | REMEDY_REMOVE_SETUID,
	},
	{
		.name = "escalated by a file though nothing should",
		.facts = {.no_new_privs = 1, .declared_user = TEXT("1001")},
		.decisive = {.comm = "su", .cause = CAUSE_FILE_CAPS, .is_gain = true},
		.verdict = VERDICT_ESCALATED,
		.expected = REMEDY_REMOVE_SETUID,
	},
	{
		.name = "escalated by CAP_SETUID",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "app", .cause = CAUSE_SET_UID, .is_gain = true},
		.verdict = VERDICT_ESCALATED,
		.expected = REMEDY_DROP_CAPABILITIES,
	},
	{
		.name = "escalated by nothing",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "app", .cause = CAUSE_UNEXPLAINED, .is_gain = true},
		.verdict = VERDICT_ESCALATED,
		.expected = REMEDY_INVESTIGATE,
	},
	{
		.name = "escalated, and who did is forgotten",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.verdict = VERDICT_ESCALATED,
		.expected = REMEDY_INVESTIGATE,
	},
	{
		.name = "a session",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "sh", .role = ROLE_SESSION, .cause = CAUSE_INHERITED},
		.verdict = VERDICT_ROOT_SESSION,
		.expected = REMEDY_EXEC_AS_USER,
	},
	{
		.name = "a drop that kept the saved uid",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "app", .hold = HOLD_SAVED},
		.verdict = VERDICT_INCOMPLETE_DROP,
		.expected = REMEDY_DROP_FOR_GOOD,
	},
	{
		.name = "capabilities given at the start",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "app", .hold = HOLD_EQUIVALENT, .cause = CAUSE_AMBIENT_CAPS},
		.verdict = VERDICT_ROOT_EQUIVALENT,
		.expected = REMEDY_DROP_CAPABILITIES,
	},
	{
		.name = "capabilities of a file",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "app", .hold = HOLD_EQUIVALENT, .cause = CAUSE_FILE_CAPS},
		.verdict = VERDICT_ROOT_EQUIVALENT,
		.expected = REMEDY_NO_NEW_PRIVS | REMEDY_REMOVE_SETUID,
	},
	{
		.name = "an io_uring instance that kept root",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "app", .hold = HOLD_SAVED, .ruid = 1, .suid = 1, .keeps_ring = true},
		.verdict = VERDICT_INCOMPLETE_DROP,
		.expected = REMEDY_RING_AFTER_DROP,
	},
	{
		.name = "an io_uring instance and a saved uid",
		.facts = {DOCKER, .declared_user = TEXT("")},
		.decisive = {.comm = "app", .hold = HOLD_SAVED, .ruid = 1, .keeps_ring = true},
		.verdict = VERDICT_INCOMPLETE_DROP,
		.expected = REMEDY_DROP_FOR_GOOD | REMEDY_RING_AFTER_DROP,
	},
	{
		.name = "the host's root in the user namespace",
		.facts = {DOCKER, .declared_user = TEXT("1001")},
		.decisive = {.comm = "app", .hold = HOLD_EQUIVALENT, .has_host_root = true, .host_root_uid = 1000},
		.verdict = VERDICT_ROOT_EQUIVALENT,
		.expected = REMEDY_UNMAP_ROOT,
	},
};

static void gets_what_helps_it(void **state)
{
	const struct row *row = *state;
	const struct container container = {.facts = row->facts};
	const struct verdict_facts facts = {
		.verdict = row->verdict,
		.nr_root_now = row->nr_root_now,
		.decisive = row->decisive.comm[0] ? &row->decisive : NULL,
		.history = &row->history,
	};

	assert_int_equal(remedies(&container, &facts), row->expected);
}

static void a_free_uid_is_nobodys(void **state)
{
	uint32_t uids[] = {1001, 0, 1000, 1003};
	char names[] = "a\0root\0b\0c";
	struct container_facts facts = {.users = {.is_known = true, .uids = uids, .names = names}};
	struct root_history history = {.host_root_uid = 1002};

	(void)state;
	assert_int_equal(remedy_free_uid(&facts, NULL), 1000);
	facts.users.nr = 4;
	assert_int_equal(remedy_free_uid(&facts, NULL), 1002);
	assert_int_equal(remedy_free_uid(&facts, &history), 1004);
	history.host_root_uid = EVENT_NO_UID;
	assert_int_equal(remedy_free_uid(&facts, &history), 1002);
}

/* Runtimes bind their own init over a file, whose name the kernel tells or not. */
static void inits_are_told_by_program_or_name(void **state)
{
	static const struct {
		struct stretch init;
		enum init_kind expected;
	} inits[] = {
		{{.comm = "docker-init", .executable = "/sbin/docker-init"}, INIT_REAPER},
		{{.comm = "docker-init", .executable = "/dev/init"}, INIT_REAPER},
		{{.comm = "entry", .executable = "\xe2\x80\xa6/tini-static"}, INIT_REAPER},
		{{.comm = "su", .executable = ""}, INIT_WAITING},
		{{.comm = "entrypoint.sh", .executable = "/bin/busybox"}, INIT_WAITING},
		{{.comm = "sh", .executable = "/usr/bin/python3"}, INIT_OTHER},
		{{.comm = "", .executable = ""}, INIT_OTHER},
		{{.comm = {'s', 'i', 'x', 't', 'e', 'e', 'n', 'b', 'y', 't', 'e', 's', 'l', 'o', 'n', 'g'}},
		 INIT_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < NR_ROWS(inits); i++)
		if (remedy_init_kind(&inits[i].init) != inits[i].expected)
			fail_msg("%s, %s", inits[i].init.comm, inits[i].init.executable);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows) + 2];
	size_t nr = 0;

	ADD_ROWS(tests, nr, rows, gets_what_helps_it);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(a_free_uid_is_nobodys);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(inits_are_told_by_program_or_name);
	return _cmocka_run_group_tests("remedy", tests, nr, NULL, NULL);
}
