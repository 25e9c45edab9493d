/* SPDX-License-Identifier: Apache-2.0 */
/* The names of findings and of what they say, as events have them. */
#include "judge/finding.h"

#include <errno.h>
#include <string.h>

static const char *const findings[FINDING_END] = {
	[FINDING_EXEC] = "exec",
	[FINDING_EXEC_ROOT] = "exec_root",
	[FINDING_GAIN_ROOT] = "gain_root",
	[FINDING_DROP_ROOT] = "drop_root",
	[FINDING_UID_CHANGE] = "uid_change",
	[FINDING_GID_CHANGE] = "gid_change",
	[FINDING_ROOT_FOUND] = "root_found",
	[FINDING_CONTAINER_START] = "container_start",
	[FINDING_CONTAINER_STOP] = "container_stop",
	[FINDING_LOSS] = "loss",
	[FINDING_AGENT_START] = "agent_start",
	[FINDING_AGENT_STOP] = "agent_stop",
	[FINDING_GAIN_CAPS] = "gain_caps",
	[FINDING_UNEXPLAINED_ROOT] = "unexplained_root",
	[FINDING_METADATA] = "metadata",
	[FINDING_VERDICT] = "verdict",
	[FINDING_CAPABILITY_CHANGE] = "capability_change",
	[FINDING_HOST_EXEC] = "host_exec",
	[FINDING_KEEP_ROOT] = "keep_root",
};

const char *finding_name(enum finding_kind kind)
{
	return (unsigned)kind < FINDING_END ? findings[kind] : NULL;
}

int finding_from_name(const char *name, enum finding_kind *ret_kind)
{
	for (int kind = 0; kind < FINDING_END; kind++) {
		if (strcmp(name, findings[kind]) == 0) {
			*ret_kind = kind;
			return 0;
		}
	}
	return -ENOENT;
}

const char *process_role_name(enum process_role role)
{
	static const char *const names[] = {
		[ROLE_INIT] = "init",
		[ROLE_SESSION] = "session",
		[ROLE_CHILD] = "child",
	};

	return (unsigned)role < sizeof(names) / sizeof(names[0]) ? names[role] : NULL;
}

const char *root_kind_name(enum root_kind root)
{
	static const char *const names[] = {
		[ROOT_NONE] = "none",
		[ROOT_REAL] = "real",
		[ROOT_MAPPED] = "mapped",
		[ROOT_EQUIVALENT] = "equivalent",
	};

	return (unsigned)root < sizeof(names) / sizeof(names[0]) ? names[root] : NULL;
}

const char *root_cause_name(enum root_cause cause)
{
	static const char *const names[] = {
		[CAUSE_INHERITED] = "inherited",         [CAUSE_SET_UID] = "set_uid",
		[CAUSE_SETUID_FILE] = "setuid_file",     [CAUSE_USER_NAMESPACE] = "user_namespace",
		[CAUSE_UNEXPLAINED] = "unexplained",     [CAUSE_FILE_CAPS] = "file_caps",
		[CAUSE_AMBIENT_CAPS] = "ambient_caps",   [CAUSE_CAPSET] = "capset",
		[CAUSE_KERNEL_HELPER] = "kernel_helper", [CAUSE_IO_URING] = "io_uring",
	};

	return (unsigned)cause < sizeof(names) / sizeof(names[0]) ? names[cause] : NULL;
}

const char *drop_kept_name(enum drop_kept kept)
{
	switch (kept) {
	case KEPT_REAL_UID:
		return "real_uid";
	case KEPT_SAVED_UID:
		return "saved_uid";
	case KEPT_CAPABILITIES:
		return "capabilities";
	case KEPT_GID:
		return "gid";
	case KEPT_GROUPS:
		return "groups";
	case KEPT_IO_URING:
		return "io_uring";
	case KEPT_THREAD:
		return "thread";
	}
	return NULL;
}
