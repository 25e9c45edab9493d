/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a verdict say what was seen, and hold any name. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "encode/verdict_text.h"
#include "table.h"

#define TEXT(literal) ((char *)(literal))
#define MS            1000000ULL
#define S             (1000 * MS)
#define MIN           (60 * S)
#define H             (60 * MIN)
#define GRACE         .grace_ns = 10 * S
#define NOW(time)     .now_ns = (time)
#define DOCKER        .identity.runtime = RUNTIME_DOCKER, .no_new_privs = -1
#define HOSTILE       "\"\\\n\x1b[2J\xff`\xc3" /* a quote, what moves the cursor, no UTF-8, and half a character */

struct row {
	const char *name;
	struct container_facts facts;
	struct verdict_facts verdict;
	struct root_history history;
	bool has_no_history;
	struct stretch decisive; /* without tgid: none */
	unsigned remedy;         /* 0: the reason */
	const char *expected;
};

static const struct row rows[] = {
	{
		.name = "root since its start",
		.verdict = {.verdict = VERDICT_ROOT_INIT, GRACE, NOW(3 * H + 12 * MIN + 5 * S), .nr_root_now = 1},
		.decisive = {.tgid = 4711, .role = ROLE_INIT, .comm = "nginx", .since_is_exact = true},
		.expected = "nginx (pid 4711), the first process, has been root for 3 h 12 min; the grace time is 10 s",
	},
	{
		.name = "root until its end",
		.verdict = {.verdict = VERDICT_ROOT_INIT, GRACE, NOW(29 * S), .has_ended = true},
		.decisive =
			{.tgid = 4711, .role = ROLE_INIT, .comm = "nginx", .since_ns = 5 * S, .since_is_exact = true},
		.expected = "nginx (pid 4711), the first process, was root for 24 s, until it ended; the grace time is "
			    "10 s",
	},
	{
		.name = "only its init is",
		.verdict = {.verdict = VERDICT_ROOT_INIT, GRACE, NOW(61 * S), .nr_root_now = 1},
		.history = {.nr_drops = 1},
		.decisive = {.tgid = 1, .role = ROLE_INIT, .comm = "tini"},
		.expected = "tini (pid 1), the first process, has been root for about 1 min 1 s, but nothing that it "
			    "runs is; the grace time is 10 s",
	},
	{
		.name = "a child",
		.verdict = {.verdict = VERDICT_ROOT_CHILD, GRACE, NOW(25 * H)},
		.history = {.init_euid = 101},
		.decisive =
			{.tgid = 8, .role = ROLE_CHILD, .comm = "cron", .cause = CAUSE_SET_UID, .since_is_exact = true},
		.expected = "cron (pid 8) has been root by a set*uid call for 1 d 1 h, while the first process is uid "
			    "101; the "
			    "grace time is 10 s",
	},
	{
		.name = "escalated",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.history = {.nr_gains = 1},
		.decisive = {.tgid = 7, .comm = "cat", .cause = CAUSE_SETUID_FILE, .executable = "/usr/bin/cat"},
		.expected = "cat (pid 7) was not root and became root by a set-user-id file (/usr/bin/cat)",
	},
	{
		.name = "escalated, by nothing, and more often",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.history = {.nr_gains = 3},
		.decisive = {.tgid = 7, .cause = CAUSE_UNEXPLAINED},
		.expected =
			"a process (pid 7) was not root and became root by nothing that was seen, the first of 3 times "
			"so far",
	},
	{
		.name = "escalated, and who did is forgotten",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.expected = "a process was not root and became it",
	},
	{
		.name = "a set-user-id program that ran before",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.decisive = {.tgid = 7,
			     .comm = "sudo",
			     .cause = CAUSE_SETUID_FILE,
			     .executable = "/usr/bin/sudo",
			     .is_gain = true,
			     .was_found = true,
			     .former_euid = UINT32_MAX},
		.expected = "sudo (pid 7) was not root and became root by a set-user-id file, before uidzero started "
			    "(/usr/bin/sudo)",
	},
	{
		.name = "a set-user-id program that a later scan found",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.history = {.is_whole = true},
		.decisive = {.tgid = 7, .comm = "sudo", .cause = CAUSE_SETUID_FILE, .was_found = true},
		.expected = "sudo (pid 7) was not root and became root by a set-user-id file, before uidzero saw the "
			    "process",
	},
	{
		.name = "root that was found, and nothing that shows how it came about",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.decisive = {.tgid = 7, .comm = "sh", .was_found = true},
		.expected = "sh (pid 7) was not root and became root; how it became root was not seen",
	},
	{
		.name = "file capabilities that were found",
		.verdict = {.verdict = VERDICT_ROOT_EQUIVALENT},
		.decisive = {.tgid = 5,
			     .hold = HOLD_EQUIVALENT,
			     .comm = "app",
			     .euid = 1000,
			     .ns_euid = UINT32_MAX,
			     .cause = CAUSE_FILE_CAPS,
			     .executable = "/app",
			     .was_found = true},
		.expected = "app (pid 5) runs as uid 1000 with capabilities that amount to root by the file's "
			    "capabilities, before uidzero started (/app)",
	},
	{
		.name = "group 0 that was kept",
		.verdict = {.verdict = VERDICT_NONROOT},
		.history = {.is_whole = true, .group = {.tgid = 9, .comm = "app"}},
		.expected = "nobody in it was ever root; app (pid 9) kept group 0 when it dropped root",
	},
	{
		.name = "group 0 by a call",
		.verdict = {.verdict = VERDICT_NONROOT},
		.history = {.is_whole = true, .group = {.tgid = 9, .comm = "app", .is_gain = true}},
		.expected = "nobody in it was ever root; app (pid 9) gained group 0",
	},
	{
		.name = "group 0 by a file",
		.verdict = {.verdict = VERDICT_NONROOT},
		.history = {.is_whole = true,
			    .group = {.tgid = 9, .is_gain = true, .is_by_file = true, .executable = "/bin/wall"}},
		.expected = "nobody in it was ever root; a process (pid 9) gained group 0 by a set-group-id file "
			    "(/bin/wall)",
	},
	{
		.name = "group 0 is less than a failure",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.history = {.group = {.tgid = 9, .comm = "app"}},
		.expected = "a process was not root and became it",
	},
	{
		.name = "sessions",
		.verdict = {.verdict = VERDICT_ROOT_SESSION},
		.history = {.nr_sessions = 12, .init_euid = 1000},
		.decisive = {.tgid = 99, .role = ROLE_SESSION, .comm = "sh"},
		.expected = "sh (pid 99) came in from outside as root (an exec or a health check), 12 times so far; "
			    "the first "
			    "process is uid 1000",
	},
	{
		.name = "a session's child",
		.verdict = {.verdict = VERDICT_ROOT_SESSION},
		.history = {.nr_sessions = 1, .init_euid = UINT32_MAX},
		.decisive = {.tgid = 99, .role = ROLE_CHILD, .comm = "top"},
		.expected =
			"top (pid 99) was started as root by somebody who came in from outside (an exec or a health "
			"check)",
	},
	{
		.name = "a saved uid",
		.verdict = {.verdict = VERDICT_INCOMPLETE_DROP},
		.decisive = {.tgid = 5,
			     .hold = HOLD_SAVED,
			     .comm = "app",
			     .ruid = 1000,
			     .euid = 1000,
			     .ns_euid = UINT32_MAX},
		.expected = "app (pid 5) runs as uid 1000 but keeps the saved uid 0: it can become root again",
	},
	{
		.name = "a thread that is root",
		.verdict = {.verdict = VERDICT_ROOT_INIT, GRACE, NOW(29 * S)},
		.decisive = {.tgid = 5, .tid = 7, .role = ROLE_INIT, .comm = "app", .since_is_exact = true},
		.expected =
			"thread 7 of app (pid 5), the first process, has been root for 29 s; the grace time is 10 s",
	},
	{
		.name = "a thread that keeps a saved uid",
		.verdict = {.verdict = VERDICT_INCOMPLETE_DROP},
		.decisive = {.tgid = 5,
			     .tid = 7,
			     .hold = HOLD_SAVED,
			     .comm = "app",
			     .ruid = UINT32_MAX,
			     .euid = UINT32_MAX,
			     .ns_euid = UINT32_MAX},
		.expected = "thread 7 of app (pid 5) keeps the saved uid 0: it can become root again",
	},
	{
		.name = "a first thread that keeps a saved uid, known by another one",
		.verdict = {.verdict = VERDICT_INCOMPLETE_DROP},
		.decisive = {.tgid = 5,
			     .hold = HOLD_SAVED,
			     .comm = "app",
			     .ruid = UINT32_MAX,
			     .euid = UINT32_MAX,
			     .ns_euid = UINT32_MAX},
		.expected = "app (pid 5) keeps the saved uid 0: it can become root again",
	},
	{
		.name = "a thread that keeps capabilities",
		.verdict = {.verdict = VERDICT_INCOMPLETE_DROP},
		.decisive = {.tgid = 5,
			     .tid = 7,
			     .hold = HOLD_EQUIVALENT,
			     .comm = "app",
			     .ruid = UINT32_MAX,
			     .euid = UINT32_MAX,
			     .suid = UINT32_MAX,
			     .ns_euid = UINT32_MAX},
		.expected = "thread 7 of app (pid 5) keeps capabilities: it can become root again",
	},
	{
		.name = "a thread with capabilities, whose uid is not known",
		.verdict = {.verdict = VERDICT_ROOT_EQUIVALENT},
		.decisive = {.tgid = 5,
			     .tid = 7,
			     .hold = HOLD_EQUIVALENT,
			     .comm = "app",
			     .euid = UINT32_MAX,
			     .ns_euid = UINT32_MAX,
			     .cause = CAUSE_FILE_CAPS},
		.expected = "thread 7 of app (pid 5) has capabilities that amount to root by the file's capabilities",
	},
	{
		.name = "capabilities",
		.verdict = {.verdict = VERDICT_ROOT_EQUIVALENT},
		.decisive = {.tgid = 5,
			     .hold = HOLD_EQUIVALENT,
			     .comm = "app",
			     .euid = 1000,
			     .ns_euid = UINT32_MAX,
			     .cause = CAUSE_AMBIENT_CAPS},
		.expected =
			"app (pid 5) runs as uid 1000 with capabilities that amount to root by ambient capabilities",
	},
	{
		.name = "capabilities that were gained for a moment",
		.verdict = {.verdict = VERDICT_ROOT_EQUIVALENT, NOW(2 * H)},
		.history = {.nr_gains = 3},
		.decisive = {.tgid = 5,
			     .hold = HOLD_EQUIVALENT,
			     .comm = "cap",
			     .euid = 1001,
			     .ns_euid = UINT32_MAX,
			     .cause = CAUSE_FILE_CAPS,
			     .executable = "/bin/cap",
			     .since_ns = 60 * S,
			     .until_ns = 65 * S,
			     .since_is_exact = true,
			     .until_is_exact = true},
		.expected = "cap (pid 5) ran as uid 1001 with capabilities that amount to root by the file's "
			    "capabilities (/bin/cap), and no longer does after 5 s, 3 times so far",
	},
	{
		.name = "capabilities that were gained by a process that is forgotten",
		.verdict = {.verdict = VERDICT_ROOT_EQUIVALENT},
		.expected = "a process had capabilities that amount to root, and no longer does",
	},
	{
		.name = "capabilities over the host's root",
		.verdict = {.verdict = VERDICT_ROOT_EQUIVALENT},
		.decisive = {.tgid = 5,
			     .hold = HOLD_EQUIVALENT,
			     .comm = "app",
			     .euid = 100000,
			     .ns_euid = 0,
			     .has_host_root = true,
			     .host_root_uid = 1000},
		.expected =
			"app (pid 5) runs as uid 100000 with capabilities that amount to root: uid 1000 in its user "
			"namespace is the host's uid 0",
	},
	{
		.name = "an io_uring instance",
		.verdict = {.verdict = VERDICT_INCOMPLETE_DROP},
		.decisive = {.tgid = 5,
			     .hold = HOLD_SAVED,
			     .comm = "app",
			     .ruid = 1000,
			     .euid = 1000,
			     .suid = 1000,
			     .ns_euid = UINT32_MAX,
			     .keeps_ring = true},
		.expected = "app (pid 5) runs as uid 1000 but keeps root's credentials in an io_uring instance: it can "
			    "still act as root",
	},
	{
		.name = "an io_uring instance beside a saved uid",
		.verdict = {.verdict = VERDICT_INCOMPLETE_DROP},
		.decisive = {.tgid = 5,
			     .hold = HOLD_SAVED,
			     .comm = "app",
			     .ruid = 1000,
			     .euid = 1000,
			     .ns_euid = UINT32_MAX,
			     .keeps_ring = true},
		.expected = "app (pid 5) runs as uid 1000 but keeps the saved uid 0: it can become root again, and its "
			    "io_uring instance keeps root's credentials too",
	},
	{
		.name = "an io_uring instance after the drop",
		.decisive = {.tgid = 5, .comm = "app"},
		.remedy = REMEDY_RING_AFTER_DROP,
		.expected = "Let app set its io_uring instances up, personalities and SQPOLL threads too, after it has "
			    "dropped root; or forbid io_uring by seccomp, or by the sysctl kernel.io_uring_disabled",
	},
	{
		.name = "a map without the host's root",
		.decisive = {.tgid = 5, .host_root_uid = 1000},
		.remedy = REMEDY_UNMAP_ROOT,
		.expected = "Leave the host's uid 0 out of the map of its user namespace, where it is uid 1000 (CIS "
			    "Docker 2.9)",
	},
	{
		.name = "a free uid is not the host's root",
		.facts = {DOCKER},
		.history = {.host_root_uid = 1000},
		.remedy = REMEDY_SET_USER,
		.expected = "Add `USER 1001` to the image or start it with --user 1001, and let that uid own what the "
			    "application writes (CIS Docker 4.1)",
	},
	{
		.name = "a name whose number is the host's root gets none",
		.facts = {DOCKER, .declared_user = TEXT("app"), .declared_ids = {true, 1000, 1000, 3}},
		.history = {.host_root_uid = 1000},
		.remedy = REMEDY_NUMERIC_USER,
		.expected = "Write a number for `app`: what a name amounts to shows only once it runs, and Kubernetes "
			    "refuses one under runAsNonRoot",
	},
	{
		.name = "a user namespace",
		.verdict = {.verdict = VERDICT_MAPPED_ROOT},
		.decisive = {.tgid = 5, .hold = HOLD_MAPPED, .comm = "app", .euid = 100000},
		.expected = "app (pid 5) is root in a user namespace only: uid 100000 on the host",
	},
	{
		.name = "a drop",
		.verdict = {.verdict = VERDICT_DROPS_ROOT},
		.decisive = {.tgid = 1,
			     .role = ROLE_INIT,
			     .until_ns = 38 * MS,
			     .since_is_exact = true,
			     .until_is_exact = true},
		.history = {.was_root = true, .init_euid = 999, .is_whole = true},
		.expected = "its first process was root for 38 ms, then uid 999",
	},
	{
		.name = "a drop to a user that has a name",
		.facts = {.users = {.is_known = true, .nr = 1, .uids = (uint32_t[]){999}, .names = TEXT("po\"stgres")}},
		.verdict = {.verdict = VERDICT_DROPS_ROOT},
		.decisive = {.tgid = 1,
			     .role = ROLE_INIT,
			     .until_ns = 38 * MS,
			     .since_is_exact = true,
			     .until_is_exact = true},
		.history = {.was_root = true, .init_euid = 999, .is_whole = true},
		.expected = "its first process was root for 38 ms, then uid 999 (po\"stgres)",
	},
	{
		.name = "a drop before anybody looked",
		.verdict = {.verdict = VERDICT_DROPS_ROOT},
		.history = {.was_root = true, .init_euid = 999},
		.expected = "it was started as root; its first process is uid 999 now",
	},
	{
		.name = "an end within the grace time",
		.verdict = {.verdict = VERDICT_DROPS_ROOT, NOW(1200 * MS), .has_ended = true},
		.history = {.was_root = true, .is_whole = true},
		.decisive = {.tgid = 2, .role = ROLE_CHILD, .since_is_exact = true},
		.expected = "somebody in it was root for 1 s, until it ended",
	},
	{
		.name = "never root",
		.verdict = {.verdict = VERDICT_NONROOT},
		.history = {.is_whole = true, .init_euid = 1000},
		.expected = "nobody in it was ever root; the first process is uid 1000",
	},
	{
		.name = "not root since it was seen",
		.verdict = {.verdict = VERDICT_NONROOT},
		.history = {.init_euid = UINT32_MAX},
		.expected = "nobody in it was seen as root; what was before it was first seen is not known",
	},
	{
		.name = "its start was not seen",
		.verdict = {.verdict = VERDICT_UNKNOWN},
		.history = {.init_euid = 1000},
		.expected = "nobody in it is root now, but its start was not seen, and no file of its runtime says as "
			    "whom it was started; the first process is uid 1000",
	},
	{
		.name = "root that may go yet",
		.verdict = {.verdict = VERDICT_UNKNOWN, GRACE},
		.decisive = {.tgid = 1, .comm = "sh"},
		.expected = "sh (pid 1) is root, which is not judged before its grace time of 10 s is over",
	},
	{
		.name = "a kernel of its own, and a user of the image",
		.facts = {DOCKER, .isolation = ISOLATION_GVISOR, .declared_user = TEXT("1001"),
			  .resolved_user = TEXT("1001:0")},
		.verdict = {.verdict = VERDICT_UNKNOWN},
		.expected =
			"its programs run on a kernel of their own (gVisor), and the host's kernel does not show as "
			"which user; the declared user is 1001 (class numeric), which the runtime resolved to "
			"1001:0",
	},
	{
		.name = "a virtual machine, and no user of the image",
		.facts = {DOCKER, .isolation = ISOLATION_VM, .declared_user = TEXT("")},
		.verdict = {.verdict = VERDICT_UNKNOWN},
		.expected = "its programs run on a kernel of their own (a virtual machine), and the host's kernel does "
			    "not show as which user; the declared user is not set (class root)",
	},
	{
		.name = "a kernel of its own, and a bundle alone",
		.facts = {.isolation = ISOLATION_GVISOR, .resolved_user = TEXT("0:0")},
		.verdict = {.verdict = VERDICT_UNKNOWN},
		.expected =
			"its programs run on a kernel of their own (gVisor), and the host's kernel does not show as "
			"which user; its runtime resolved 0:0 for it",
	},
	{
		.name = "nothing was seen",
		.verdict = {.verdict = VERDICT_UNKNOWN},
		.has_no_history = true,
		.expected = "nothing of it was seen",
	},
	{
		.name = "hostile names in a reason",
		.verdict = {.verdict = VERDICT_ESCALATED},
		.decisive = {.tgid = 7, .comm = HOSTILE, .cause = CAUSE_FILE_CAPS, .executable = HOSTILE},
		.expected = "\"\\\n\x1b[2J\xef\xbf\xbd`\xef\xbf\xbd (pid 7) was not root and became root by the file's "
			    "capabilities (\"\\\n\x1b[2J\xef\xbf\xbd`\xef\xbf\xbd)",
	},

	{
		.name = "name a user",
		.facts = {DOCKER, .declared_user = TEXT(""),
			  .users = {.is_known = true, .nr = 1, .uids = (uint32_t[]){1000}, .names = TEXT("node")}},
		.remedy = REMEDY_SET_USER,
		.expected = "Add `USER 1001` to the image, a number that its passwd gives to nobody, or start it with "
			    "--user "
			    "1001, and let that uid own what the application writes (CIS Docker 4.1)",
	},
	{
		.name = "name a pod's user",
		.facts = {.pod_name = TEXT("p")},
		.remedy = REMEDY_SET_USER,
		.expected = "Add `USER 1000` to the image or set runAsUser: 1000 and runAsNonRoot: true, and let that "
			    "uid own "
			    "what the application writes (CIS Docker 4.1)",
	},
	{
		.name = "write the number",
		.facts = {DOCKER, .declared_user = TEXT("app:web"), .declared_ids = {true, 1001, 1001, 20}},
		.remedy = REMEDY_NUMERIC_USER,
		.expected =
			"Write `USER 1001` for `app`: what a name amounts to shows only once it runs, and Kubernetes "
			"refuses one under runAsNonRoot",
	},
	{
		.name = "write a number",
		.facts = {DOCKER, .declared_user = TEXT("app")},
		.remedy = REMEDY_NUMERIC_USER,
		.expected = "Write a number for `app`: what a name amounts to shows only once it runs, and Kubernetes "
			    "refuses one under runAsNonRoot",
	},
	{
		.name = "a line of passwd",
		.facts = {DOCKER, .declared_user = TEXT("app"), .declared_ids = {true, 0, 0, 12}},
		.remedy = REMEDY_NAME_IS_ROOT,
		.expected =
			"`app` is another name of uid 0, by line 12 of its passwd: give it a uid of its own there, or "
			"write `USER 1000` (CIS Docker 4.1)",
	},
	{
		.name = "a hostile user",
		.facts = {DOCKER, .declared_user = TEXT("1001"), .requested_user = TEXT("\"\\\n" HOSTILE)},
		.remedy = REMEDY_NAME_IS_ROOT,
		.expected =
			"`\"\\\n\"\\\n\x1b[2J\xef\xbf\xbd`\xef\xbf\xbd` is another name of uid 0: give it a uid of its "
			"own there, or write `USER 1000` (CIS Docker 4.1)",
	},
	{
		.name = "no uid",
		.facts = {DOCKER, .declared_user = TEXT("4294967296:0")},
		.remedy = REMEDY_USER_OVERFLOWS,
		.expected = "`4294967296` is no uid, and runtimes made 0 of such numbers (CVE-2024-40635): write one "
			    "from 1 "
			    "to 2147483647, such as 1000",
	},
	{
		.name = "overridden",
		.facts = {DOCKER, .declared_user = TEXT("1001:0"), .requested_user = TEXT("0:0")},
		.remedy = REMEDY_OVERRIDDEN,
		.expected = "The image's own user is `1001:0`, but it was started as `0:0`: leave out --user (CIS "
			    "Docker 4.1)",
	},
	{
		.name = "overridden in a pod",
		.facts = {.pod_name = TEXT("p"), .declared_user = TEXT("1001")},
		.remedy = REMEDY_OVERRIDDEN,
		.expected = "The image's own user is `1001`, but it was started as root: leave out runAsUser (CIS "
			    "Docker 4.1)",
	},
	{
		.name = "tini after the drop",
		.decisive = {.tgid = 1, .comm = "tini"},
		.remedy = REMEDY_EXEC_DROP,
		.expected = "Only tini stays root, since it starts before the drop: start it after, as `exec gosu USER "
			    "tini -- "
			    "PROGRAM` does, or name the user by USER (CIS Docker 4.1)",
	},
	{
		.name = "exec in place of waiting",
		.decisive = {.tgid = 1, .comm = "su"},
		.remedy = REMEDY_EXEC_DROP,
		.expected = "Only su stays root, since it waits for what it ran: end it with `exec gosu USER PROGRAM`, "
			    "so that "
			    "pid 1 itself drops (CIS Docker 4.1)",
	},
	{
		.name = "all three uids",
		.decisive = {.tgid = 1, .comm = "app", .hold = HOLD_SAVED},
		.remedy = REMEDY_DROP_FOR_GOOD,
		.expected = "Let app set its real and saved uid too when it drops root, as setresuid() does; or let "
			    "gosu or "
			    "setpriv start it, after which nothing is left",
	},
	{
		.name = "all threads",
		.decisive = {.tgid = 1, .tid = 7, .comm = "app", .hold = HOLD_SAVED},
		.remedy = REMEDY_DROP_FOR_GOOD,
		.expected = "Let all threads of app drop root, as the C library's setresuid() does; the system call by "
			    "itself changes one thread; or let gosu or setpriv start it, after which nothing is left",
	},
	{
		.name = "no new privileges",
		.facts = {DOCKER},
		.remedy = REMEDY_NO_NEW_PRIVS,
		.expected = "Start it with --security-opt no-new-privileges: then no file gives more rights than its "
			    "caller "
			    "has (CIS Docker 5.26)",
	},
	{
		.name = "a set-user-id bit",
		.decisive = {.tgid = 1, .cause = CAUSE_SETUID_FILE, .executable = "/bin/su"},
		.remedy = REMEDY_REMOVE_SETUID,
		.expected = "Take the set-user-id bit off `/bin/su` in the image (chmod u-s), unless users need it "
			    "(CIS Docker "
			    "4.8)",
	},
	{
		.name = "a file's capabilities",
		.decisive = {.tgid = 1, .cause = CAUSE_FILE_CAPS},
		.remedy = REMEDY_REMOVE_SETUID,
		.expected = "Take the capabilities off the file in the image (setcap -r), unless users need it (CIS "
			    "Docker 4.8)",
	},
	{
		.name = "added capabilities",
		.facts = {DOCKER,
			  .risk = {.is_known = true, .added_capabilities = 1ULL << 21 | 1ULL << 19 | 1ULL << 12}},
		.remedy = REMEDY_DROP_CAPABILITIES,
		.expected = "Do not add CAP_SYS_PTRACE, CAP_SYS_ADMIN, and drop all (--cap-drop ALL) but those that it "
			    "needs "
			    "(CIS Docker 5.4)",
	},
	{
		.name = "the default capabilities of a pod",
		.facts = {.pod_name = TEXT("p"), .risk = {.is_known = true}},
		.remedy = REMEDY_DROP_CAPABILITIES,
		.expected = "Drop all (capabilities: drop: [ALL]) but those that it needs (CIS Docker 5.4)",
	},
	{
		.name = "privileged",
		.facts = {.is_privileged = 1},
		.remedy = REMEDY_DROP_CAPABILITIES,
		.expected = "Start it without privileged, and add the capabilities that it needs (CIS Docker 5.5)",
	},
	{
		.name = "a session's user",
		.facts = {DOCKER, .resolved_user = TEXT("1001:1001")},
		.remedy = REMEDY_EXEC_AS_USER,
		.expected = "Exec into it as its own user, and let a health check drop to it too: `docker exec --user "
			    "1001` (CIS "
			    "Docker 5.24)",
	},
	{
		.name = "the user that it dropped to",
		.facts = {DOCKER, .resolved_user = TEXT("0:0")},
		.history = {.init_euid = 999},
		.remedy = REMEDY_EXEC_AS_USER,
		.expected = "Exec into it as its own user, and let a health check drop to it too: `docker exec --user "
			    "999` (CIS "
			    "Docker 5.24)",
	},
	{
		.name = "a pod's exec",
		.facts = {.pod_name = TEXT("p")},
		.history = {.init_euid = UINT32_MAX},
		.remedy = REMEDY_EXEC_AS_USER,
		.expected = "An exec and a probe get the user that the container starts as: set runAsUser: UID (CIS "
			    "Docker 5.24)",
	},
	{
		.name = "map it",
		.facts = {DOCKER},
		.remedy = REMEDY_USER_NAMESPACE,
		.expected = "If it must be root, map that to a plain uid of the host by `userns-remap` in dockerd's "
			    "daemon.json "
			    "(CIS Docker 2.9)",
	},
	{
		.name = "map what nobody knows",
		.remedy = REMEDY_USER_NAMESPACE,
		.expected =
			"If it must be root, map that to a plain uid of the host by a user namespace (CIS Docker 2.9)",
	},
	{
		.name = "find out",
		.decisive = {.tgid = 1, .comm = "sh"},
		.remedy = REMEDY_INVESTIGATE,
		.expected =
			"Find out how sh became root: no file or call that was seen explains it, as with an exploit",
	},
	{
		.name = "find out what was before",
		.decisive = {.tgid = 1, .comm = "sh", .was_found = true},
		.remedy = REMEDY_INVESTIGATE,
		.expected = "Find out how sh became root: it was root when it was first seen, and neither its ids nor "
			    "its file show why",
	},
	{
		.name = "give up group 0",
		.history = {.group = {.tgid = 9, .comm = "app"}},
		.remedy = REMEDY_DROP_GROUP,
		.expected = "Let app give up group 0 too when it drops root, by setgroups() and setresgid() before "
			    "setresuid(); or let gosu or setpriv start it",
	},
	{
		.name = "take the set-group-id bit off",
		.history = {.group = {.tgid = 9, .executable = "/bin/wall"}},
		.remedy = REMEDY_REMOVE_SETGID,
		.expected = "Take the set-group-id bit off `/bin/wall` in the image (chmod g-s), unless users need it "
			    "(CIS Docker 4.8)",
	},
};

static char buffer[16 << 10];
static struct json_writer writer;

static void begin(void)
{
	json_writer__init(&writer, buffer, sizeof(buffer));
	json_begin_string(&writer, NULL);
}

/* As a strict reader has it; the caller frees. */
static json_t *end(void)
{
	json_error_t error;
	json_t *json;

	json_end_string(&writer);
	assert_false(writer.has_overflowed);
	for (size_t i = 0; i < writer.size; i++)
		assert_in_range((unsigned char)buffer[i], ' ', 0xf4);
	json = json_loadb(buffer, writer.size, JSON_DECODE_ANY, &error);
	if (!json)
		fail_msg("%s: %.*s", error.text, (int)writer.size, buffer);
	return json;
}

static void assert_sentence(const char *expected)
{
	json_t *json = end();

	assert_string_equal(json_string_value(json), expected);
	json_decref(json);
}

static void says(void **state)
{
	const struct row *row = *state;
	const struct container container = {.facts = row->facts};
	struct verdict_facts facts = row->verdict;

	facts.history = row->has_no_history ? NULL : &row->history;
	facts.decisive = row->decisive.tgid ? &row->decisive : NULL;
	begin();
	if (row->remedy)
		verdict_text__write_remedy(&writer, (enum remedy)row->remedy, &container, &facts);
	else
		verdict_text__write_reason(&writer, &container, &facts);
	assert_sentence(row->expected);
}

/* Whatever a caller combines has a sentence, without a process and without facts too. */
static void nothing_is_left_unsaid(void **state)
{
	static const struct root_history history;
	const struct container container = {.facts = {.no_new_privs = -1, .is_privileged = -1}};
	struct verdict_facts facts = {.history = &history};

	(void)state;
	for (int verdict = 0; verdict < VERDICT_END; verdict++) {
		json_t *json;

		facts.verdict = (enum verdict)verdict;
		begin();
		verdict_text__write_reason(&writer, &container, &facts);
		json = end();
		assert_true(json_string_length(json) > 10);
		json_decref(json);
	}
	for (unsigned remedy = 1; remedy < REMEDY_END; remedy <<= 1) {
		json_t *json;

		begin();
		verdict_text__write_remedy(&writer, (enum remedy)remedy, &container, &facts);
		json = end();
		assert_true(json_string_length(json) > 10);
		json_decref(json);
	}
}

static void durations_have_two_units_at_most(void **state)
{
	static const struct {
		uint64_t ns;
		const char *expected;
	} durations[] = {
		{0, "less than 1 ms"},
		{999999, "less than 1 ms"},
		{38 * MS, "38 ms"},
		{999 * MS, "999 ms"},
		{S, "1 s"},
		{59 * S + 999 * MS, "59 s"},
		{MIN, "1 min"},
		{H - S, "59 min 59 s"},
		{H, "1 h"},
		{3 * H + 12 * MIN, "3 h 12 min"},
		{24 * H, "1 d"},
		{49 * H + MIN, "2 d 1 h"},
		{UINT64_MAX, "213503 d 23 h"},
	};

	(void)state;
	for (size_t i = 0; i < NR_ROWS(durations); i++) {
		begin();
		verdict_text__write_duration(&writer, durations[i].ns);
		assert_sentence(durations[i].expected);
	}
}

static void controls_say_what_they_stand_on(void **state)
{
	static const struct {
		enum control control;
		struct container_facts facts;
		struct root_history history;
		const char *expected;
	} controls[] = {
		{CONTROL_DOCKER_4_1, {.no_new_privs = -1}, {0}, "its verdict is nonroot"},
		{CONTROL_DOCKER_2_9, {.no_new_privs = -1}, {.was_mapped = true}, "it runs in a user namespace"},
		{CONTROL_DOCKER_2_9, {.no_new_privs = -1}, {0}, "it runs in the host's user namespace"},
		{CONTROL_DOCKER_5_4, {.no_new_privs = -1}, {0}, "it adds none"},
		{CONTROL_DOCKER_5_4,
		 {.risk.added_capabilities = 3ULL << 20},
		 {0},
		 "it adds CAP_SYS_PACCT, CAP_SYS_ADMIN"},
		{CONTROL_DOCKER_5_4,
		 {.risk.added_capabilities = UINT64_MAX << 38},
		 {0},
		 "it adds CAP_PERFMON, CAP_BPF, CAP_CHECKPOINT_RESTORE and 23 more"},
		{CONTROL_DOCKER_5_5, {.is_privileged = 1}, {0}, "it is privileged"},
		{CONTROL_DOCKER_5_5, {.is_privileged = 0}, {0}, "it is not privileged"},
		{CONTROL_DOCKER_5_24, {.no_new_privs = -1}, {0}, "nobody came in as root"},
		{CONTROL_DOCKER_5_24, {.no_new_privs = -1}, {.nr_sessions = 1}, "root came in from outside once"},
		{CONTROL_DOCKER_5_24, {.no_new_privs = -1}, {.nr_sessions = 12}, "root came in from outside 12 times"},
		{CONTROL_DOCKER_5_26, {.no_new_privs = 1}, {0}, "it has no_new_privs"},
		{CONTROL_DOCKER_5_26, {.no_new_privs = 0}, {0}, "it does not have no_new_privs"},
		{CONTROL_KUBERNETES_ROOT,
		 {.no_new_privs = 0},
		 {.was_root = true},
		 "it started as root; its verdict is nonroot"},
		{CONTROL_KUBERNETES_ROOT,
		 {.no_new_privs = 0},
		 {.was_mapped = true},
		 "it started as root of a user namespace; its verdict is nonroot"},
		{CONTROL_PSS_RUN_AS_NON_ROOT,
		 {.no_new_privs = 0},
		 {0},
		 "it did not start as root; its verdict is nonroot"},
	};

	(void)state;
	for (size_t i = 0; i < NR_ROWS(controls); i++) {
		const struct container container = {.facts = controls[i].facts};
		const struct verdict_facts facts = {.verdict = VERDICT_NONROOT, .history = &controls[i].history};

		begin();
		verdict_text__write_control_detail(&writer, controls[i].control, &container, &facts);
		assert_sentence(controls[i].expected);
	}
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows) + 3];
	size_t nr = 0;

	ADD_ROWS(tests, nr, rows, says);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(nothing_is_left_unsaid);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(durations_have_two_units_at_most);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(controls_say_what_they_stand_on);
	return _cmocka_run_group_tests("verdict text", tests, nr, NULL, NULL);
}
