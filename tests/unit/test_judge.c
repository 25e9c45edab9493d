/* SPDX-License-Identifier: Apache-2.0 */
/* What credentials before and after mean: root, gained, dropped, and by which cause. */
#include "table.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "judge/judge.h"

#define CAP(cap) (1ULL << CAP_##cap)

enum { HOST_USERNS = 1, INNER_USERNS, OTHER_USERNS, NESTED_USERNS };

/* ruid, euid, suid, fsuid. */
#define UIDS(r, e, s, f)                                                                                               \
	.ruid = (r), .euid = (e), .suid = (s), .fsuid = (f), .is_known = 1, .userns_inum = HOST_USERNS,                \
	.userns_level = 0
#define INNER_UIDS(r, e, s, f)                                                                                         \
	.ruid = (r), .euid = (e), .suid = (s), .fsuid = (f), .is_known = 1, .userns_inum = INNER_USERNS,               \
	.userns_level = 1
#define OTHER_UIDS(r, e, s, f)                                                                                         \
	.ruid = (r), .euid = (e), .suid = (s), .fsuid = (f), .is_known = 1, .userns_inum = OTHER_USERNS,               \
	.userns_level = 1
#define NESTED_ALL(uid)                                                                                                \
	.ruid = (uid), .euid = (uid), .suid = (uid), .fsuid = (uid), .is_known = 1, .userns_inum = NESTED_USERNS,      \
	.userns_level = 2
#define ALL(uid)       UIDS(uid, uid, uid, uid)
#define INNER_ALL(uid) INNER_UIDS(uid, uid, uid, uid)
#define OTHER_ALL(uid) OTHER_UIDS(uid, uid, uid, uid)

#define GIDS(r, e, s, f) .rgid = (r), .egid = (e), .sgid = (s), .fsgid = (f)

#define ONE_EXTENT                                                                                                     \
	{                                                                                                              \
		.nr_extents = 1, .uid_extents = { {0, 100000, 65536} }                                                 \
	}
/* 0 is the last one's. */
#define FIVE_EXTENTS                                                                                                   \
	{                                                                                                              \
		.nr_extents = 5, .uid_extents = {                                                                      \
			{1, 200000, 10},                                                                               \
			{11, 200100, 10},                                                                              \
			{21, 200200, 10},                                                                              \
			{31, 200300, 10},                                                                              \
			{0, 300000, 1}                                                                                 \
		}                                                                                                      \
	}
/* The kernel has six and copied none. */
#define SIX_EXTENTS                                                                                                    \
	{                                                                                                              \
		.nr_extents = 6                                                                                        \
	}
#define WITHOUT_ZERO                                                                                                   \
	{                                                                                                              \
		.nr_extents = 1, .uid_extents = { {1, 100000, 65536} }                                                 \
	}

#define WITH_HOST_ROOT                                                                                                 \
	{                                                                                                              \
		.nr_extents = 2, .uid_extents = { {0, 100000, 1000}, {1000, 0, 1} }                                    \
	}
#define SETUID_ROOT_FILE                                                                                               \
	{                                                                                                              \
		.flags = FILE_KNOWN, .mode = S_IFREG | S_ISUID | 0755, .uid = 0                                        \
	}
#define SETUID_FILE(owner)                                                                                             \
	{                                                                                                              \
		.flags = FILE_KNOWN, .mode = S_IFREG | S_ISUID | 0755, .uid = (owner)                                  \
	}
#define SETGID_FILE(group)                                                                                             \
	{                                                                                                              \
		.flags = FILE_KNOWN, .mode = S_IFREG | S_ISGID | 0755, .gid = (group)                                  \
	}
#define PLAIN_FILE                                                                                                     \
	{                                                                                                              \
		.flags = FILE_KNOWN, .mode = S_IFREG | 0755, .uid = 0                                                  \
	}

struct expected {
	enum finding_kind kind;
	enum finding_severity severity;
	bool is_alert;
	enum root_kind root;
	enum root_cause cause;
	bool drop_is_complete;
	bool is_regain;
};

struct judged_row {
	const char *name;
	enum event_kind kind;
	enum process_role role;
	bool wants_all;
	uint32_t task_flags;
	enum event_syscall syscall; /* CREDS: setresuid unless given */
	enum event_hook hook;
	enum event_root before_root, after_root; /* as the kernel told */
	struct event_creds before, after;
	struct event_userns userns;
	struct event_file file;
	struct event_threads others;
	bool is_silent;
	struct expected expected;
	unsigned kept; /* of a drop, where others have a part in it: enum drop_kept without the groups */
};

#define EXEC_ROOT_SEVERITY(severity, cause)                                                                            \
	{                                                                                                              \
		FINDING_EXEC_ROOT, severity, false, ROOT_REAL, cause, false                                            \
	}
#define EXEC_ROOT(cause) EXEC_ROOT_SEVERITY(SEVERITY_LOW, cause)
#define EXEC_MAPPED_ROOT(cause)                                                                                        \
	{                                                                                                              \
		FINDING_EXEC_ROOT, SEVERITY_INFO, false, ROOT_MAPPED, cause, false                                     \
	}
#define GAIN(cause)                                                                                                    \
	{                                                                                                              \
		FINDING_GAIN_ROOT, SEVERITY_HIGH, true, ROOT_REAL, cause, false                                        \
	}
#define REGAIN                                                                                                         \
	{                                                                                                              \
		FINDING_GAIN_ROOT, SEVERITY_MEDIUM, true, ROOT_REAL, CAUSE_SET_UID, false, true                        \
	}
#define GAIN_MAPPED(cause)                                                                                             \
	{                                                                                                              \
		FINDING_GAIN_ROOT, SEVERITY_INFO, false, ROOT_MAPPED, cause, false                                     \
	}
#define COMPLETE_DROP                                                                                                  \
	{                                                                                                              \
		FINDING_DROP_ROOT, SEVERITY_INFO, false, ROOT_NONE, CAUSE_NONE, true                                   \
	}
#define INCOMPLETE_DROP                                                                                                \
	{                                                                                                              \
		FINDING_DROP_ROOT, SEVERITY_LOW, false, ROOT_NONE, CAUSE_NONE, false                                   \
	}
#define GAINS_GROUP                                                                                                    \
	{                                                                                                              \
		FINDING_GID_CHANGE, SEVERITY_LOW, false, ROOT_NONE, CAUSE_NONE, false                                  \
	}
#define NOTABLE(kind)                                                                                                  \
	{                                                                                                              \
		kind, SEVERITY_INFO, false, ROOT_NONE, CAUSE_NONE, false                                               \
	}

static const struct judged_row execs[] = {
	{"an exec as root by who was never seen before has no cause", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .after = {ALL(0)}, .expected = EXEC_ROOT(CAUSE_NONE)},
	{"an operator's session that enters as root is more severe", .kind = EVENT_EXEC, .role = ROLE_SESSION,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .after = {ALL(0)},
	 .expected = EXEC_ROOT_SEVERITY(SEVERITY_MEDIUM, CAUSE_NONE)},
	{"entering by a set-user-id file gains, though nothing was known before", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .after = {UIDS(1000, 0, 0, 0)},
	 .file = SETUID_ROOT_FILE,
	 .expected = {FINDING_GAIN_ROOT, SEVERITY_HIGH, true, ROOT_REAL, CAUSE_SETUID_FILE, false}},
	{"a runtime's set-up that enters a cgroup nobody knew yet drops nothing", .kind = EVENT_EXEC,
	 .role = ROLE_SESSION, .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .before = {ALL(0)},
	 .after = {ALL(1000)}, .is_silent = true},
	{"who enters a new cgroup of the container's own hides no gain", .kind = EVENT_EXEC, .role = ROLE_SESSION,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .before = {ALL(1000)}, .after = {ALL(0)},
	 .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a child of root inherits", .kind = EVENT_EXEC, .role = ROLE_CHILD, .before = {ALL(0)}, .after = {ALL(0)},
	 .expected = EXEC_ROOT(CAUSE_INHERITED)},
	{"root that runs a set-user-id file of root's inherits", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(0)}, .after = {ALL(0)}, .file = SETUID_ROOT_FILE, .expected = EXEC_ROOT(CAUSE_INHERITED)},
	{"root with another fsuid inherits: an exec sets fsuid to euid", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {UIDS(0, 0, 0, 1000)}, .after = {ALL(0)}, .expected = EXEC_ROOT(CAUSE_INHERITED)},
	{"an effective root with another ruid inherits", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {UIDS(1000, 0, 1000, 0)}, .after = {UIDS(1000, 0, 0, 0)}, .expected = EXEC_ROOT(CAUSE_INHERITED)},
	{"a set-user-id file of root's gains", .kind = EVENT_EXEC, .role = ROLE_CHILD, .before = {ALL(1000)},
	 .after = {UIDS(1000, 0, 0, 0)}, .file = SETUID_ROOT_FILE, .expected = GAIN(CAUSE_SETUID_FILE)},
	{"a gain in a session is as severe as any", .kind = EVENT_EXEC, .role = ROLE_SESSION, .before = {ALL(1000)},
	 .after = {UIDS(1000, 0, 0, 0)}, .file = SETUID_ROOT_FILE, .expected = GAIN(CAUSE_SETUID_FILE)},
	{"a gain by a file without the set-user-id bit is unexplained", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 0, 0, 0)}, .file = PLAIN_FILE,
	 .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a set-group-id bit alone does not explain a gain", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 0, 0, 0)},
	 .file = {.flags = FILE_KNOWN, .mode = S_IFREG | S_ISGID | 0755}, .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a set-user-id file of another owner does not explain a gain", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 0, 0, 0)},
	 .file = {.flags = FILE_KNOWN, .mode = S_IFREG | S_ISUID | 0755, .uid = 33},
	 .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a set-user-id file on a nosuid mount does not explain a gain", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 0, 0, 0)},
	 .file = {.flags = FILE_KNOWN | FILE_NOSUID, .mode = S_IFREG | S_ISUID | 0755},
	 .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a set-user-id file does not explain a gain under no_new_privs", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .task_flags = TASK_INSIDE | TASK_NO_NEW_PRIVS, .before = {ALL(1000)}, .after = {UIDS(1000, 0, 0, 0)},
	 .file = SETUID_ROOT_FILE, .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a set-user-id file does not explain another ruid", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {ALL(0)}, .file = SETUID_ROOT_FILE, .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a gain by a file of which nothing is known is unexplained", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 0, 0, 0)}, .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"a set-user-id file of an ordinary user's drops root, which the saved uid does not keep", .kind = EVENT_EXEC,
	 .role = ROLE_CHILD, .before = {UIDS(1000, 0, 0, 0)}, .after = {UIDS(1000, 33, 33, 33)},
	 .file = {.flags = FILE_KNOWN, .mode = S_IFREG | S_ISUID | 0755, .uid = 33}, .expected = COMPLETE_DROP},
	{"root that execs another's set-user-id file stays root by its ruid", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(0)}, .after = {UIDS(0, 33, 33, 33)},
	 .file = {.flags = FILE_KNOWN, .mode = S_IFREG | S_ISUID | 0755, .uid = 33}, .expected = INCOMPLETE_DROP},
	{"root for files alone ends with the exec", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {UIDS(1000, 1000, 1000, 0)}, .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"root for files alone that an exec leaves behind is unexplained", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 1000, 1000, 0)}, .file = SETUID_ROOT_FILE,
	 .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"an ordinary exec is not told", .kind = EVENT_EXEC, .role = ROLE_CHILD, .before = {ALL(1000)},
	 .after = {ALL(1000)}, .is_silent = true},
	{"an ordinary exec is told to who wants all", .kind = EVENT_EXEC, .role = ROLE_CHILD, .wants_all = true,
	 .before = {ALL(1000)}, .after = {ALL(1000)}, .expected = NOTABLE(FINDING_EXEC)},
	{"entering as nobody special is told to who wants all", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .wants_all = true, .after = {ALL(1000)}, .expected = NOTABLE(FINDING_EXEC)},
	{"another user's set-user-id file is a change of uids", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {UIDS(1000, 33, 33, 33)}, .file = SETUID_FILE(33),
	 .expected = {FINDING_UID_CHANGE, SEVERITY_INFO, false, ROOT_NONE, CAUSE_SETUID_FILE, false}},
	{"another user's set-user-id file that starts a container is a change of uids", .kind = EVENT_EXEC,
	 .role = ROLE_INIT, .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .after = {UIDS(1000, 33, 33, 33)},
	 .file = SETUID_FILE(33),
	 .expected = {FINDING_UID_CHANGE, SEVERITY_INFO, false, ROOT_NONE, CAUSE_SETUID_FILE, false}},
	{"an exec between two ordinary users that no file explains is a change of uids", .kind = EVENT_EXEC,
	 .role = ROLE_CHILD, .before = {ALL(1000)}, .after = {UIDS(1000, 33, 33, 33)}, .file = PLAIN_FILE,
	 .expected = {FINDING_UID_CHANGE, SEVERITY_INFO, false, ROOT_NONE, CAUSE_UNEXPLAINED, false}},
	{"an exec that resets a saved uid is not reported", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {UIDS(1000, 1000, 33, 1000)}, .after = {ALL(1000)}, .is_silent = true},
	{"with --all an exec that resets saved ids stays an exec", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .wants_all = true, .before = {UIDS(1000, 1000, 33, 1000), GIDS(5, 5, 6, 5)},
	 .after = {ALL(1000), GIDS(5, 5, 5, 5)}, .expected = NOTABLE(FINDING_EXEC)},
	{"a runtime's set-up that enters an unknown cgroup changes no uids", .kind = EVENT_EXEC, .role = ROLE_SESSION,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .before = {ALL(33)}, .after = {ALL(1000)},
	 .is_silent = true},
	{"group 0 by a set-group-id file is reported", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000), GIDS(1000, 1000, 1000, 1000)}, .after = {ALL(1000), GIDS(1000, 0, 0, 0)},
	 .file = SETGID_FILE(0), .expected = GAINS_GROUP},
	{"group 0 by the container's first program is reported", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .after = {ALL(1000), GIDS(1000, 0, 0, 0)},
	 .file = SETGID_FILE(0), .expected = GAINS_GROUP},
	{"group 0 that a container starts with is not gained", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING, .after = {ALL(1000), GIDS(0, 0, 0, 0)},
	 .file = SETGID_FILE(0), .is_silent = true},
	{"another group by a set-group-id file is reported with --all", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .wants_all = true, .before = {ALL(1000), GIDS(1000, 1000, 1000, 1000)},
	 .after = {ALL(1000), GIDS(1000, 5, 5, 5)}, .file = SETGID_FILE(5), .expected = NOTABLE(FINDING_GID_CHANGE)},
	{"another group by a set-group-id file is not reported without --all", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000), GIDS(1000, 1000, 1000, 1000)}, .after = {ALL(1000), GIDS(1000, 5, 5, 5)},
	 .file = SETGID_FILE(5), .is_silent = true},
	{"with --all a program without another id stays an exec", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .wants_all = true, .before = {ALL(1000), .cap_bounding = 1}, .after = {ALL(1000)},
	 .expected = NOTABLE(FINDING_EXEC)},
	{"root that runs a set-group-id file gains no group", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(0), GIDS(5, 5, 5, 5)}, .after = {ALL(0), GIDS(5, 0, 0, 0)}, .file = SETGID_FILE(0),
	 .expected = EXEC_ROOT(CAUSE_INHERITED)},
	{"a saved uid of root's alone is not root", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {UIDS(1000, 1000, 0, 1000)}, .after = {UIDS(1000, 1000, 0, 1000)}, .is_silent = true},
	{"credentials that were not seen are not root's", .kind = EVENT_EXEC, .role = ROLE_CHILD, .is_silent = true},
};

static const struct judged_row user_namespaces[] = {
	{"mapped root is informational", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(100000)},
	 .userns = ONE_EXTENT, .expected = EXEC_MAPPED_ROOT(CAUSE_NONE)},
	{"a session as mapped root is informational too", .kind = EVENT_EXEC, .role = ROLE_SESSION,
	 .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT, .expected = EXEC_MAPPED_ROOT(CAUSE_NONE)},
	{"mapped root inherits in its namespace", .kind = EVENT_EXEC, .role = ROLE_CHILD, .before = {INNER_ALL(100000)},
	 .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT, .expected = EXEC_MAPPED_ROOT(CAUSE_INHERITED)},
	{"setfsuid to mapped root gains", .kind = EVENT_CREDS, .role = ROLE_CHILD, .before = {INNER_ALL(100001)},
	 .after = {INNER_UIDS(100001, 100001, 100001, 100000)}, .userns = ONE_EXTENT,
	 .expected = GAIN_MAPPED(CAUSE_SET_UID)},
	{"another uid of the map is not root", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(100001)},
	 .userns = ONE_EXTENT, .is_silent = true},
	{"the fifth extent is looked at", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(300000)},
	 .userns = FIVE_EXTENTS, .expected = EXEC_MAPPED_ROOT(CAUSE_NONE)},
	{"a uid behind an extent's end is not mapped", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after = {INNER_ALL(300001)}, .userns = FIVE_EXTENTS, .is_silent = true},
	{"a uid that is not mapped is not root", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(99999)},
	 .userns = ONE_EXTENT, .is_silent = true},
	{"a map without 0 has no root", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(100000)},
	 .userns = WITHOUT_ZERO, .is_silent = true},
	{"a namespace whose map was not written has no root", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after = {INNER_ALL(65534)}, .is_silent = true},
	{"nothing is known by more extents than were copied", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after = {INNER_ALL(100000)}, .userns = SIX_EXTENTS, .is_silent = true},
	{"the host's root is real in any namespace", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(0)},
	 .userns = SIX_EXTENTS, .expected = EXEC_ROOT(CAUSE_NONE)},
	{"a map says nothing in the initial namespace", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {ALL(100000)},
	 .userns = ONE_EXTENT, .is_silent = true},
	{"a user who makes a namespace gains mapped root by it", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(100000)}, .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = GAIN_MAPPED(CAUSE_USER_NAMESPACE)},
	{"a set-user-id file gains mapped root", .kind = EVENT_EXEC, .role = ROLE_CHILD, .before = {INNER_ALL(101000)},
	 .after = {INNER_UIDS(101000, 100000, 100000, 100000)}, .userns = ONE_EXTENT,
	 .file = {.flags = FILE_KNOWN, .mode = S_IFREG | S_ISUID | 0755, .uid = 100000},
	 .expected = GAIN_MAPPED(CAUSE_SETUID_FILE)},
	{"real root that goes into a namespace is root by it", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(0)}, .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = EXEC_MAPPED_ROOT(CAUSE_USER_NAMESPACE)},
	{"the host's root reached from mapped root is a gain", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {INNER_ALL(100000)}, .after = {ALL(0)}, .file = PLAIN_FILE, .expected = GAIN(CAUSE_USER_NAMESPACE)},
	{"the new map does not make who came from another namespace root before", .kind = EVENT_EXEC,
	 .role = ROLE_CHILD, .before = {OTHER_ALL(100000)}, .after = {INNER_ALL(100001)}, .userns = ONE_EXTENT,
	 .expected = {FINDING_UID_CHANGE, SEVERITY_INFO, false, ROOT_NONE, CAUSE_USER_NAMESPACE, false}},
	{"mapped root drops by an exec", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {INNER_UIDS(100033, 100000, 100000, 100000)}, .after = {INNER_ALL(100033)}, .userns = ONE_EXTENT,
	 .expected = COMPLETE_DROP},
	{"set*uid to mapped root gains", .kind = EVENT_CREDS, .role = ROLE_CHILD, .before = {INNER_ALL(100033)},
	 .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT, .expected = GAIN_MAPPED(CAUSE_SET_UID)},
	{"a saved uid that is mapped to 0 is mapped root taken back", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {INNER_UIDS(100033, 100033, 100000, 100033)}, .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = {FINDING_GAIN_ROOT, SEVERITY_INFO, false, ROOT_MAPPED, CAUSE_SET_UID, false, true}},
	{"a nested user namespace drops nothing, before it is mapped", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {INNER_ALL(100000)}, .before_root = EVENT_ROOT_MAPPED, .after = {NESTED_ALL(100000)},
	 .syscall = SYSCALL_UNSHARE, .is_silent = true},
	{"set*uid from mapped root drops", .kind = EVENT_CREDS, .role = ROLE_CHILD, .before = {INNER_ALL(100000)},
	 .after = {INNER_ALL(100033)}, .userns = ONE_EXTENT, .expected = COMPLETE_DROP},
	{"mapped root that a namespace gave is not set*uid's doing", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(100000)}, .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = GAIN_MAPPED(CAUSE_USER_NAMESPACE)},
};

#define EXEC_EQUIVALENT(cause)                                                                                         \
	{                                                                                                              \
		FINDING_EXEC_ROOT, SEVERITY_LOW, false, ROOT_EQUIVALENT, cause, false                                  \
	}
#define GAIN_CAPS(cause)                                                                                               \
	{                                                                                                              \
		FINDING_GAIN_CAPS, SEVERITY_HIGH, true, ROOT_EQUIVALENT, cause, false                                  \
	}

/* User namespaces that contain the host's uid 0 under another number. */
static const struct judged_row host_roots[] = {
	{"a first program with capabilities over the host's root is equivalent", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,
	 .after = {INNER_ALL(100000), .cap_permitted = CAP(SETUID)}, .userns = WITH_HOST_ROOT,
	 .expected = EXEC_EQUIVALENT(CAUSE_NONE)},
	{"without capabilities it is mapped root", .kind = EVENT_EXEC, .role = ROLE_INIT, .after = {INNER_ALL(100000)},
	 .userns = WITH_HOST_ROOT, .expected = EXEC_MAPPED_ROOT(CAUSE_NONE)},
	{"a user without capabilities is nothing there", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after = {INNER_ALL(100500)}, .userns = WITH_HOST_ROOT, .is_silent = true},
	{"the host's root by its number inside is real", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after = {INNER_ALL(0), .cap_permitted = CAP(SETUID)}, .userns = WITH_HOST_ROOT,
	 .expected = EXEC_ROOT(CAUSE_NONE)},
	{"set*uid from there to the host's root gains", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .before = {INNER_ALL(100000), .cap_permitted = CAP(SETUID)}, .after = {INNER_ALL(0)}, .userns = WITH_HOST_ROOT,
	 .expected = GAIN(CAUSE_SET_UID)},
	{"a drop of both is complete", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .before = {INNER_ALL(100000), .cap_permitted = CAP(SETUID)}, .after = {INNER_ALL(100500)},
	 .userns = WITH_HOST_ROOT, .expected = COMPLETE_DROP},
	{"a saved uid that is the host's root is not", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {INNER_ALL(0)},
	 .after = {INNER_UIDS(100500, 100500, 0, 100500)}, .userns = WITH_HOST_ROOT, .expected = INCOMPLETE_DROP},
	{"capabilities by such a namespace are gained", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .syscall = SYSCALL_SETNS, .before = {ALL(100000)}, .after = {INNER_ALL(100000), .cap_permitted = ~0ULL},
	 .userns = WITH_HOST_ROOT, .expected = GAIN_CAPS(CAUSE_USER_NAMESPACE)},
	{"so are those that a map made, which was written after", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .hook = HOOK_DRIFT, .before_root = EVENT_ROOT_NONE, .before = {INNER_ALL(100000), .cap_permitted = ~0ULL},
	 .after = {INNER_ALL(100000), .cap_permitted = ~0ULL}, .userns = WITH_HOST_ROOT,
	 .expected = GAIN_CAPS(CAUSE_USER_NAMESPACE)},
	{"of a map that was not copied the kernel's word counts", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {INNER_ALL(100500)}, .after = {INNER_ALL(100500), .cap_permitted = CAP(SETUID)},
	 .userns = {.nr_extents = 6, .host_root_uid = 1000}, .expected = GAIN_CAPS(CAUSE_FILE_CAPS)},
	{"and its word that it is root inside", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,
	 .after = {INNER_ALL(100000), .cap_permitted = CAP(SETUID)},
	 .userns = {.nr_extents = 6, .host_root_uid = 1000, .is_root_inside = 1},
	 .expected = EXEC_EQUIVALENT(CAUSE_NONE)},
	{"and its word that there is no such uid", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {INNER_ALL(100500)}, .after = {INNER_ALL(100500), .cap_permitted = CAP(SETUID)},
	 .userns = {.nr_extents = 6, .host_root_uid = EVENT_NO_UID}, .is_silent = true},
};

#define KEEP(root)                                                                                                     \
	{                                                                                                              \
		FINDING_KEEP_ROOT, SEVERITY_MEDIUM, false, root, CAUSE_IO_URING, false                                 \
	}

static const struct judged_row rings[] = {
	{"root that is left in an io_uring instance is kept", .kind = EVENT_IO_URING, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_IO_URING, .syscall = SYSCALL_IO_URING_REGISTER, .before = {ALL(0)},
	 .after = {ALL(0)}, .expected = KEEP(ROOT_REAL)},
	{"it is by a process that got such an instance", .kind = EVENT_IO_URING, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_IO_URING, .before = {ALL(1000)}, .after = {ALL(1000)},
	 .expected = KEEP(ROOT_NONE)},
	{"an instance makes a drop incomplete", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_IO_URING, .before = {ALL(0)}, .after = {ALL(1000)},
	 .expected = INCOMPLETE_DROP},
	{"a saved uid that goes then completes nothing", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_IO_URING, .before = {UIDS(1000, 1000, 0, 1000)}, .after = {ALL(1000)},
	 .expected = NOTABLE(FINDING_UID_CHANGE)},
	{"an exec that closes it completes the drop", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_HAD_IO_URING, .before = {ALL(1000)}, .after = {ALL(1000)},
	 .expected = COMPLETE_DROP},
	{"an exec that does not is not reported", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_IO_URING, .before = {ALL(1000)}, .after = {ALL(1000)}, .is_silent = true},
	{"an exec that closes it drops nothing where root stays", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_HAD_IO_URING, .before = {ALL(0)}, .after = {ALL(0)},
	 .expected = EXEC_ROOT(CAUSE_INHERITED)},
};

static const struct judged_row changes[] = {
	{"set*uid to root gains", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(1000), .cap_permitted = CAP(SETUID)}, .after = {ALL(0)}, .expected = GAIN(CAUSE_SET_UID)},
	{"a saved uid of root's is root taken back, a lesser alert", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {UIDS(1000, 1000, 0, 1000)}, .after = {ALL(0)}, .expected = REGAIN},
	{"a ruid of root's is root taken back too", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {UIDS(0, 1000, 1000, 1000)}, .after = {ALL(0)}, .expected = REGAIN},
	{"root taken back by no call that was seen is an alert", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .hook = HOOK_DRIFT, .before = {UIDS(1000, 1000, 0, 1000)}, .after = {ALL(0)},
	 .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"setfsuid to root gains", .kind = EVENT_CREDS, .role = ROLE_CHILD, .before = {ALL(1000)},
	 .after = {UIDS(1000, 1000, 1000, 0)}, .expected = GAIN(CAUSE_SET_UID)},
	{"set*uid to an ordinary user drops", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"a saved uid of root's makes the drop incomplete", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {UIDS(1000, 1000, 0, 1000)}, .expected = INCOMPLETE_DROP},
	{"a ruid of root's makes the drop incomplete", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {UIDS(0, 1000, 1000, 1000)}, .expected = INCOMPLETE_DROP},
	{"capabilities that were kept make the drop incomplete", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .before = {ALL(0)}, .after = {ALL(1000), .cap_permitted = CAP(SETUID)},
	 .expected = {FINDING_DROP_ROOT, SEVERITY_LOW, false, ROOT_EQUIVALENT, CAUSE_NONE, false}},
	{"a euid without fsuid is no drop", .kind = EVENT_CREDS, .role = ROLE_CHILD, .before = {ALL(0)},
	 .after = {UIDS(0, 1000, 0, 0)},
	 .expected = {FINDING_UID_CHANGE, SEVERITY_INFO, false, ROOT_REAL, CAUSE_NONE, false}},
	{"a saved uid that goes completes the drop", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {UIDS(1000, 1000, 0, 1000)}, .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"a saved uid that goes where the ruid stays is a change of uids", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {UIDS(0, 1000, 0, 1000)}, .after = {UIDS(0, 1000, 1000, 1000)},
	 .expected = NOTABLE(FINDING_UID_CHANGE)},
	{"capset completes the drop", .kind = EVENT_CREDS, .role = ROLE_CHILD, .syscall = SYSCALL_CAPSET,
	 .before = {ALL(1000), .cap_permitted = CAP(SETUID)}, .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"an exec that leaves the capabilities behind completes the drop", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000), .cap_permitted = CAP(SETUID)}, .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"set*uid between ordinary users is a change of uids", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(33)}, .after = {ALL(34)}, .expected = NOTABLE(FINDING_UID_CHANGE)},
	{"a change of groups is not told", .kind = EVENT_CREDS, .role = ROLE_CHILD, .before = {ALL(33), .egid = 33},
	 .after = {ALL(33), .egid = 34}, .is_silent = true},
	{"a change of groups is told to who wants all", .kind = EVENT_CREDS, .role = ROLE_CHILD, .wants_all = true,
	 .before = {ALL(33), .egid = 33}, .after = {ALL(33), .egid = 34}, .expected = NOTABLE(FINDING_GID_CHANGE)},
	{"root that changes its groups stays root", .kind = EVENT_CREDS, .role = ROLE_CHILD, .wants_all = true,
	 .before = {ALL(0)}, .after = {ALL(0), .egid = 34},
	 .expected = {FINDING_GID_CHANGE, SEVERITY_INFO, false, ROOT_REAL, CAUSE_NONE, false}},
	{"group 0 gained by a call is reported", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(33), GIDS(33, 33, 0, 33)}, .after = {ALL(33), GIDS(33, 0, 0, 0)}, .expected = GAINS_GROUP},
	{"group 0 for files is reported", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(33), GIDS(33, 33, 0, 33)}, .after = {ALL(33), GIDS(33, 33, 0, 0)}, .expected = GAINS_GROUP},
	{"the supplementary group 0 is reported", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(33), GIDS(33, 33, 33, 33)}, .after = {ALL(33), GIDS(33, 33, 33, 33), .has_root_group = 1},
	 .expected = GAINS_GROUP},
	{"group 0 that was supplementary is no gain", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(33), GIDS(33, 33, 33, 33), .has_root_group = 1}, .after = {ALL(33), GIDS(0, 0, 0, 0)},
	 .is_silent = true},
	{"root that takes its group gains nothing", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(0), GIDS(33, 33, 33, 33)}, .after = {ALL(0)}, .is_silent = true},
	{"a change of a supplementary group is a change of gids", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .wants_all = true, .before = {ALL(33), .has_root_group = 1}, .after = {ALL(33)},
	 .expected = NOTABLE(FINDING_GID_CHANGE)},
	{"a change of capabilities is no change of gids", .kind = EVENT_CREDS, .role = ROLE_CHILD, .wants_all = true,
	 .syscall = SYSCALL_CAPSET, .before = {ALL(33), .cap_permitted = CAP(NET_RAW)}, .after = {ALL(33)},
	 .expected = NOTABLE(FINDING_CAPABILITY_CHANGE)},
	{"a change of securebits is no change of gids", .kind = EVENT_CREDS, .role = ROLE_CHILD, .wants_all = true,
	 .syscall = SYSCALL_PRCTL, .before = {ALL(33)}, .after = {ALL(33), .securebits = 1},
	 .expected = NOTABLE(FINDING_CAPABILITY_CHANGE)},
	{"a user namespace without a map changes capabilities", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .wants_all = true, .syscall = SYSCALL_UNSHARE, .before = {ALL(33)},
	 .after = {INNER_ALL(33), .cap_effective = CAP(SETUID)}, .expected = NOTABLE(FINDING_CAPABILITY_CHANGE)},
	{"a change of capabilities is not reported without --all", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .syscall = SYSCALL_CAPSET, .before = {ALL(33), .cap_permitted = CAP(NET_RAW)}, .after = {ALL(33)},
	 .is_silent = true},
};

static const struct judged_row others[] = {
	{"the walk over all tasks finds root", .kind = EVENT_TASK, .role = ROLE_CHILD, .after = {ALL(0)},
	 .expected = {FINDING_ROOT_FOUND, SEVERITY_LOW, false, ROOT_REAL, CAUSE_NONE, false}},
	{"the scan finds a set-user-id program that became root before", .kind = EVENT_TASK, .role = ROLE_CHILD,
	 .hook = HOOK_ITER_TASK, .after = {UIDS(1000, 0, 0, 0)}, .file = SETUID_ROOT_FILE,
	 .expected = {FINDING_ROOT_FOUND, SEVERITY_LOW, false, ROOT_REAL, CAUSE_SETUID_FILE, false}},
	{"the scan finds root with another real uid and a plain file", .kind = EVENT_TASK, .role = ROLE_CHILD,
	 .hook = HOOK_ITER_TASK, .after = {UIDS(1000, 0, 0, 0)}, .file = PLAIN_FILE,
	 .expected = {FINDING_ROOT_FOUND, SEVERITY_LOW, false, ROOT_REAL, CAUSE_NONE, false}},
	{"the scan finds root that runs its own set-user-id file", .kind = EVENT_TASK, .role = ROLE_CHILD,
	 .hook = HOOK_ITER_TASK, .after = {ALL(0)}, .file = SETUID_ROOT_FILE,
	 .expected = {FINDING_ROOT_FOUND, SEVERITY_LOW, false, ROOT_REAL, CAUSE_NONE, false}},
	{"the walk over all tasks finds root for files alone", .kind = EVENT_TASK, .role = ROLE_CHILD,
	 .after = {UIDS(1000, 1000, 1000, 0)},
	 .expected = {FINDING_ROOT_FOUND, SEVERITY_LOW, false, ROOT_REAL, CAUSE_NONE, false}},
	{"the walk over all tasks finds mapped root", .kind = EVENT_TASK, .role = ROLE_INIT,
	 .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = {FINDING_ROOT_FOUND, SEVERITY_INFO, false, ROOT_MAPPED, CAUSE_NONE, false}},
	{"the walk over all tasks does not tell others", .kind = EVENT_TASK, .role = ROLE_INIT, .wants_all = true,
	 .after = {ALL(1000)}, .is_silent = true},
	{"the end of a process is nothing to judge", .kind = EVENT_EXIT, .role = ROLE_INIT, .wants_all = true,
	 .before = {ALL(0)}, .after = {ALL(0)}, .is_silent = true},
};

#define UNEXPLAINED(root)                                                                                              \
	{                                                                                                              \
		FINDING_UNEXPLAINED_ROOT, SEVERITY_CRITICAL, true, root, CAUSE_UNEXPLAINED, false                      \
	}

static const struct judged_row causes[] = {
	{"root by no call that may is unexplained", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .syscall = SYSCALL_UNEXPECTED, .before = {ALL(1000)}, .after = {ALL(0)}, .expected = UNEXPLAINED(ROOT_REAL)},
	{"the host's root out of a namespace by no call that may is unexplained", .kind = EVENT_CREDS,
	 .role = ROLE_CHILD, .syscall = SYSCALL_UNEXPECTED, .before_root = EVENT_ROOT_MAPPED,
	 .after_root = EVENT_ROOT_REAL, .before = {INNER_ALL(100000)}, .after = {ALL(0)},
	 .expected = UNEXPLAINED(ROOT_REAL)},
	{"the host's root out of a namespace by an exec is a gain", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before_root = EVENT_ROOT_MAPPED, .after_root = EVENT_ROOT_REAL, .before = {INNER_ALL(100000)},
	 .after = {ALL(0)}, .expected = GAIN(CAUSE_USER_NAMESPACE)},
	{"the host's root in a namespace that maps it beside another is a gain", .kind = EVENT_CREDS,
	 .role = ROLE_CHILD, .before_root = EVENT_ROOT_MAPPED, .after_root = EVENT_ROOT_REAL,
	 .before = {INNER_ALL(100000)}, .after = {INNER_ALL(0)}, .expected = GAIN(CAUSE_SET_UID)},
	{"the host's root that goes into a namespace is no gain", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before_root = EVENT_ROOT_REAL, .after_root = EVENT_ROOT_MAPPED, .before = {ALL(0)},
	 .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT, .expected = EXEC_MAPPED_ROOT(CAUSE_USER_NAMESPACE)},
	{"the kernel saw more extents than it copied", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after_root = EVENT_ROOT_MAPPED, .after = {INNER_ALL(100000)}, .userns = SIX_EXTENTS,
	 .expected = EXEC_MAPPED_ROOT(CAUSE_NONE)},
	{"mapped root by more extents than were copied does not drop where it stays so", .kind = EVENT_EXEC,
	 .role = ROLE_CHILD, .before_root = EVENT_ROOT_MAPPED, .after_root = EVENT_ROOT_MAPPED,
	 .before = {INNER_ALL(100000)}, .after = {INNER_ALL(100000)}, .userns = SIX_EXTENTS,
	 .expected = EXEC_MAPPED_ROOT(CAUSE_INHERITED)},
	{"a map that was written after counts from then on", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before_root = EVENT_ROOT_NONE, .after_root = EVENT_ROOT_MAPPED, .before = {INNER_ALL(100000)},
	 .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT, .expected = GAIN_MAPPED(CAUSE_USER_NAMESPACE)},
	{"what the kernel told counts only where it is known", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .after_root = EVENT_ROOT_REAL + 1, .after = {ALL(1000)}, .is_silent = true},
	{"mapped root by unshare is the namespace's doing", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .syscall = SYSCALL_UNSHARE, .before = {ALL(100000)}, .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = GAIN_MAPPED(CAUSE_USER_NAMESPACE)},
	{"mapped root by setns is the namespace's doing", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .syscall = SYSCALL_SETNS, .before = {ALL(1000)}, .after = {INNER_ALL(100000)}, .userns = ONE_EXTENT,
	 .expected = GAIN_MAPPED(CAUSE_USER_NAMESPACE)},
	{"root that only drifted is unexplained", .kind = EVENT_CREDS, .role = ROLE_CHILD, .hook = HOOK_DRIFT,
	 .before = {ALL(1000)}, .after = {ALL(0)}, .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"capset gains what amounts to root", .kind = EVENT_CREDS, .role = ROLE_CHILD, .syscall = SYSCALL_CAPSET,
	 .before = {ALL(1000)}, .after = {ALL(1000), .cap_permitted = CAP(SYS_ADMIN)},
	 .expected = GAIN_CAPS(CAUSE_CAPSET)},
	{"a file's capabilities gain what amounts to root", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {ALL(1000), .cap_permitted = CAP(DAC_OVERRIDE)},
	 .expected = GAIN_CAPS(CAUSE_FILE_CAPS)},
	{"a container's first program gains by its file's capabilities", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,
	 .after = {ALL(1000), .cap_permitted = CAP(DAC_OVERRIDE)}, .expected = GAIN_CAPS(CAUSE_FILE_CAPS)},
	{"a container's first program does not gain what the runtime gave", .kind = EVENT_EXEC, .role = ROLE_INIT,
	 .task_flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,
	 .after = {ALL(1000), .cap_permitted = CAP(SETUID), .cap_ambient = CAP(SETUID)}, .is_silent = true},
	{"ambient capabilities gain what amounts to root", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {ALL(1000), .cap_permitted = CAP(SETUID), .cap_ambient = CAP(SETUID)},
	 .expected = GAIN_CAPS(CAUSE_AMBIENT_CAPS)},
	{"a file's capabilities that do not amount to root are not told", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000)}, .after = {ALL(1000), .cap_permitted = CAP(NET_BIND_SERVICE)}, .is_silent = true},
	{"capabilities inside a user namespace gain nothing", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .syscall = SYSCALL_UNSHARE, .before = {ALL(1000)}, .after = {INNER_ALL(1000), .cap_permitted = ~0ULL},
	 .is_silent = true},
	{"what amounts to root is not gained twice", .kind = EVENT_EXEC, .role = ROLE_CHILD,
	 .before = {ALL(1000), .cap_permitted = CAP(SETUID)}, .after = {ALL(1000), .cap_permitted = CAP(SETUID)},
	 .is_silent = true},
	{"who could become root does so by set*uid", .kind = EVENT_CREDS, .role = ROLE_CHILD,
	 .before = {ALL(1000), .cap_permitted = CAP(SETUID)}, .after = {ALL(0), .cap_permitted = CAP(SETUID)},
	 .expected = GAIN(CAUSE_SET_UID)},
	{"one thread's drop beside one that is root is incomplete", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .before = {ALL(0)}, .after = {ALL(1000)}, .others = {.tid = 7, .root = EVENT_ROOT_REAL},
	 .expected = INCOMPLETE_DROP, .kept = KEPT_THREAD},
	{"beside one that keeps the saved uid", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {ALL(1000)}, .others = {.tid = 7, .root = EVENT_ROOT_NONE, .kept = EVENT_KEPT_SAVED_UID},
	 .expected = INCOMPLETE_DROP, .kept = KEPT_THREAD},
	{"beside one that keeps the real uid", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {ALL(1000)}, .others = {.tid = 7, .root = EVENT_ROOT_NONE, .kept = EVENT_KEPT_REAL_UID},
	 .expected = INCOMPLETE_DROP, .kept = KEPT_THREAD},
	{"beside one that keeps capabilities", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {ALL(1000)}, .others = {.tid = 7, .root = EVENT_ROOT_EQUIVALENT, .kept = EVENT_KEPT_CAPABILITIES},
	 .expected = INCOMPLETE_DROP, .kept = KEPT_THREAD},
	{"beside mapped root", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {INNER_ALL(100000)},
	 .after = {INNER_ALL(101000)}, .userns = ONE_EXTENT, .others = {.tid = 7, .root = EVENT_ROOT_MAPPED},
	 .expected = INCOMPLETE_DROP, .kept = KEPT_THREAD},
	{"beside one whose saved uid is mapped root's", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .before = {INNER_ALL(100000)}, .after = {INNER_ALL(101000)}, .userns = ONE_EXTENT,
	 .others = {.tid = 7, .root = EVENT_ROOT_NONE, .kept = EVENT_KEPT_MAPPED_UID}, .expected = INCOMPLETE_DROP,
	 .kept = KEPT_THREAD},
	{"beside more threads than were examined", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {ALL(1000)}, .others = {.is_partial = 1}, .expected = INCOMPLETE_DROP, .kept = KEPT_THREAD},
	{"beside io_uring's own thread with root's credentials", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .before = {ALL(0)}, .after = {ALL(1000)}, .others = {.kept = EVENT_KEPT_IO_URING}, .expected = INCOMPLETE_DROP,
	 .kept = KEPT_IO_URING},
	{"beside threads that hold nothing it is complete", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {ALL(1000)}, .others = {.root = EVENT_ROOT_NONE}, .expected = COMPLETE_DROP},
	{"a thread's own ways back are reported beside", .kind = EVENT_CREDS, .role = ROLE_INIT, .before = {ALL(0)},
	 .after = {UIDS(1000, 1000, 0, 1000)}, .others = {.tid = 7, .root = EVENT_ROOT_REAL},
	 .expected = INCOMPLETE_DROP, .kept = KEPT_SAVED_UID | KEPT_THREAD},
	{"the end of the last thread that was root is a drop", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .hook = HOOK_TP_BTF_EXIT, .before = {ALL(0)}, .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"of the last one that kept the saved uid too", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .hook = HOOK_RAW_TP_EXIT, .before = {UIDS(1000, 1000, 0, 1000)}, .after = {ALL(1000)},
	 .expected = COMPLETE_DROP},
	{"the end of a thread that leaves a way back is none", .kind = EVENT_CREDS, .role = ROLE_INIT,
	 .hook = HOOK_TP_BTF_EXIT, .before = {ALL(1000), .cap_permitted = CAP(SETUID)},
	 .after = {UIDS(1001, 1001, 0, 1001)}, .is_silent = true},
	{"the walk tells a drift to root as a gain", .kind = EVENT_TASK, .role = ROLE_CHILD, .hook = HOOK_DRIFT,
	 .before = {ALL(1000)}, .after = {ALL(0)}, .expected = GAIN(CAUSE_UNEXPLAINED)},
	{"the walk tells a drift from root as a drop", .kind = EVENT_TASK, .role = ROLE_CHILD, .hook = HOOK_DRIFT,
	 .before = {ALL(0)}, .after = {ALL(1000)}, .expected = COMPLETE_DROP},
	{"the walk does not tell root again that drifted otherwise", .kind = EVENT_TASK, .role = ROLE_CHILD,
	 .hook = HOOK_DRIFT, .before = {ALL(0)}, .after = {UIDS(1000, 0, 0, 0)}, .is_silent = true},
};

static void is_judged(void **state)
{
	const struct judged_row *row = *state;
	const struct process_event event = {
		.header = {.kind = row->kind, .hook = row->hook},
		.task = {.flags = row->task_flags ? row->task_flags : TASK_INSIDE},
		.before = row->before,
		.after = row->after,
		.userns = row->userns,
		.file = row->file,
		.others = row->others,
		.syscall = row->kind == EVENT_CREDS && !row->syscall ? SYSCALL_SETRESUID : row->syscall,
		.before_root = row->before_root,
		.after_root = row->after_root,
	};
	const struct process_view view = {.event = &event};
	struct finding finding = {.process = &view, .role = row->role};

	assert_int_equal(judge_process(row->wants_all, &finding), !row->is_silent);
	if (row->is_silent)
		return;
	assert_string_equal(finding_name(finding.kind), finding_name(row->expected.kind));
	assert_int_equal(finding.severity, row->expected.severity);
	assert_int_equal(finding.is_alert, row->expected.is_alert);
	assert_string_equal(root_kind_name(finding.root), root_kind_name(row->expected.root));
	assert_int_equal(finding.cause, row->expected.cause);
	if (finding.kind == FINDING_DROP_ROOT)
		assert_int_equal(finding.drop_is_complete, row->expected.drop_is_complete);
	if (row->kept)
		assert_int_equal(finding.drop_kept & ~(unsigned)(KEPT_GID | KEPT_GROUPS), row->kept);
	assert_int_equal(finding.is_regain, row->expected.is_regain);
	assert_false(finding.is_allowed);
}

static const struct drop_row {
	const char *name;
	struct event_creds creds;
	bool is_complete;
} drops[] = {
	{"without ids and capabilities of root's a drop is complete", {ALL(1000)}, true},
	{"ruid 0 regains", {UIDS(0, 1000, 1000, 1000)}, false},
	{"euid 0 is root", {UIDS(1000, 0, 1000, 1000)}, false},
	{"suid 0 regains", {UIDS(1000, 1000, 0, 1000)}, false},
	{"fsuid 0 is root for files", {UIDS(1000, 1000, 1000, 0)}, false},
	{"CAP_SETUID regains", {ALL(1000), .cap_permitted = CAP(SETUID)}, false},
	{"CAP_SETGID opens files of root's group", {ALL(1000), .cap_permitted = CAP(SETGID)}, false},
	{"CAP_SETFCAP makes a file that regains", {ALL(1000), .cap_permitted = CAP(SETFCAP)}, false},
	{"CAP_SYS_ADMIN amounts to root", {ALL(1000), .cap_permitted = CAP(SYS_ADMIN)}, false},
	{"CAP_SYS_MODULE amounts to root", {ALL(1000), .cap_permitted = CAP(SYS_MODULE)}, false},
	{"CAP_SYS_PTRACE amounts to root", {ALL(1000), .cap_permitted = CAP(SYS_PTRACE)}, false},
	{"CAP_SYS_RAWIO amounts to root", {ALL(1000), .cap_permitted = CAP(SYS_RAWIO)}, false},
	{"CAP_DAC_OVERRIDE amounts to root", {ALL(1000), .cap_permitted = CAP(DAC_OVERRIDE)}, false},
	{"CAP_DAC_READ_SEARCH amounts to root", {ALL(1000), .cap_permitted = CAP(DAC_READ_SEARCH)}, false},
	{"CAP_FOWNER amounts to root", {ALL(1000), .cap_permitted = CAP(FOWNER)}, false},
	{"CAP_CHOWN amounts to root", {ALL(1000), .cap_permitted = CAP(CHOWN)}, false},
	{"CAP_NET_BIND_SERVICE is harmless", {ALL(1000), .cap_permitted = CAP(NET_BIND_SERVICE)}, true},
	{"CAP_KILL and CAP_NET_RAW are harmless", {ALL(1000), .cap_permitted = CAP(KILL) | CAP(NET_RAW)}, true},
	{"capabilities that are only bounding are not held", {ALL(1000), .cap_bounding = ~0ULL}, true},
	{"capabilities that are only inheritable are not held", {ALL(1000), .cap_inheritable = ~0ULL}, true},
	{"capabilities inside a user namespace are not the host's", {INNER_ALL(101000), .cap_permitted = ~0ULL}, true},
	{"the host's root inside a user namespace is root", {INNER_UIDS(101000, 101000, 0, 101000)}, false},
	{"a saved uid that maps to 0 regains mapped root", {INNER_UIDS(101000, 101000, 100000, 101000)}, false},
	{"inside a user namespace other uids are a complete drop", {INNER_ALL(101000)}, true},
};

static void drop_is_as_complete(void **state)
{
	const struct event_userns userns = ONE_EXTENT;
	const struct drop_row *row = *state;

	assert_int_equal(judge_drop_is_complete(&row->creds, &userns), row->is_complete);
}

static void a_drop_says_what_it_kept(void **state)
{
	static const struct {
		struct event_creds creds;
		unsigned kept;
	} rows[] = {
		{{ALL(1000), .rgid = 5, .egid = 5, .sgid = 5, .fsgid = 5}, 0},
		{{ALL(1000), .egid = 5, .sgid = 5, .fsgid = 5}, KEPT_GID},
		{{ALL(1000), .rgid = 5, .egid = 5, .sgid = 5, .fsgid = 5, .has_root_group = 1}, KEPT_GROUPS},
		{{UIDS(0, 1000, 0, 1000), .cap_permitted = CAP(SETUID)},
		 KEPT_REAL_UID | KEPT_SAVED_UID | KEPT_CAPABILITIES | KEPT_GID},
	};
	static const char *const names[] = {"real_uid", "saved_uid", "capabilities", "gid",
					    "groups",   "io_uring",  "thread"};
	size_t i;

	(void)state;
	for (i = 0; i < NR_ROWS(rows); i++)
		assert_int_equal(judge_kept(&rows[i].creds, NULL), rows[i].kept);
	for (i = 0; i < NR_ROWS(names); i++)
		assert_string_equal(drop_kept_name(1U << i), names[i]);
	assert_null(drop_kept_name(1U << i));
}

static void a_scan_finds_what_made_a_process_root(void **state)
{
	static const struct {
		struct event_creds after;
		struct event_file file;
		uint32_t flags;
		enum root_cause cause;
	} rows[] = {
		{{UIDS(1000, 0, 0, 0)}, SETUID_ROOT_FILE, 0, CAUSE_SETUID_FILE},
		{{UIDS(1000, 0, 0, 0)}, SETUID_FILE(33), 0, CAUSE_NONE},
		{{UIDS(1000, 0, 0, 0)}, SETUID_ROOT_FILE, TASK_NO_NEW_PRIVS, CAUSE_NONE},
		{{ALL(0)}, SETUID_ROOT_FILE, 0, CAUSE_NONE},
		{{ALL(1000), .cap_permitted = CAP(SETUID)}, PLAIN_FILE, 0, CAUSE_FILE_CAPS},
		{{ALL(1000), .cap_permitted = CAP(SETUID), .cap_ambient = CAP(SETUID)}, PLAIN_FILE, 0, CAUSE_NONE},
		{{ALL(1000), .cap_permitted = CAP(SETUID), .securebits = 1 << 4}, PLAIN_FILE, 0, CAUSE_NONE},
		{{UIDS(1000, 1000, 0, 1000), .cap_permitted = CAP(SETUID)}, PLAIN_FILE, 0, CAUSE_NONE},
		{{ALL(1000)}, PLAIN_FILE, 0, CAUSE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < NR_ROWS(rows); i++) {
		const struct process_event event = {
			.header = {.kind = EVENT_TASK, .hook = HOOK_ITER_TASK},
			.task = {.flags = rows[i].flags},
			.after = rows[i].after,
			.file = rows[i].file,
		};

		assert_int_equal(judge_found_cause(&event), rows[i].cause);
	}
}

static void names_lead_to_findings_and_back(void **state)
{
	enum finding_kind kind, found;

	(void)state;
	for (kind = 0; kind < FINDING_END; kind++) {
		assert_int_equal(finding_from_name(finding_name(kind), &found), 0);
		assert_int_equal(found, kind);
	}
	found = FINDING_LOSS;
	assert_int_equal(finding_from_name("no_such", &found), -ENOENT);
	assert_int_equal(finding_from_name("", &found), -ENOENT);
	assert_int_equal(found, FINDING_LOSS);
	assert_null(finding_name(FINDING_END));
	assert_null(process_role_name(ROLE_NONE));
	assert_null(root_cause_name(CAUSE_NONE));
	assert_string_equal(process_role_name(ROLE_SESSION), "session");
	assert_string_equal(root_kind_name(ROOT_MAPPED), "mapped");
	assert_string_equal(root_cause_name(CAUSE_SETUID_FILE), "setuid_file");
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(execs) + NR_ROWS(user_namespaces) + NR_ROWS(changes) + NR_ROWS(others) +
				NR_ROWS(host_roots) + NR_ROWS(rings) + NR_ROWS(causes) + NR_ROWS(drops) + 3];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, execs, is_judged);
	ADD_ROWS(tests, nr_tests, user_namespaces, is_judged);
	ADD_ROWS(tests, nr_tests, host_roots, is_judged);
	ADD_ROWS(tests, nr_tests, rings, is_judged);
	ADD_ROWS(tests, nr_tests, changes, is_judged);
	ADD_ROWS(tests, nr_tests, others, is_judged);
	ADD_ROWS(tests, nr_tests, causes, is_judged);
	ADD_ROWS(tests, nr_tests, drops, drop_is_as_complete);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(a_drop_says_what_it_kept);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(a_scan_finds_what_made_a_process_root);
	tests[nr_tests] = (struct CMUnitTest)cmocka_unit_test(names_lead_to_findings_and_back);
	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
