/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline has found: the facts that an encoder turns into one line. */
#ifndef UIDZERO_JUDGE_FINDING_H
#define UIDZERO_JUDGE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "container/container.h"
#include "event/decode.h"

enum finding_kind {
	FINDING_EXEC, /* a program that is not root; only with --all */
	FINDING_EXEC_ROOT,
	FINDING_GAIN_ROOT,
	FINDING_DROP_ROOT,
	FINDING_UID_CHANGE, /* set*uid that neither gained nor dropped root */
	FINDING_GID_CHANGE, /* set*gid; only with --all, but where group 0 is gained */
	FINDING_ROOT_FOUND, /* root when the walk over all tasks came by */
	FINDING_CONTAINER_START,
	FINDING_CONTAINER_STOP,
	FINDING_LOSS,
	FINDING_AGENT_START,
	FINDING_AGENT_STOP,
	FINDING_GAIN_CAPS,         /* capabilities that amount to root, without uid 0 */
	FINDING_UNEXPLAINED_ROOT,  /* root by no call that could have made it so */
	FINDING_METADATA,          /* completes what earlier findings of this container did not know of it */
	FINDING_VERDICT,           /* what all this makes of the container */
	FINDING_KEEP_ROOT,         /* root's credentials are kept by an io_uring instance */
	FINDING_CAPABILITY_CHANGE, /* capabilities or securebits changed, and no id; only with --all */
	FINDING_HOST_EXEC,         /* the kernel started a container's file as root on the host */
	FINDING_END,
};

enum finding_severity { /* the numbers of event.severity */
			SEVERITY_INFO = 0,
			SEVERITY_LOW = 21,
			SEVERITY_MEDIUM = 47,
			SEVERITY_HIGH = 73,
			SEVERITY_CRITICAL = 99,
};

enum process_role { ROLE_NONE, ROLE_INIT, ROLE_SESSION, ROLE_CHILD };
enum root_kind { ROOT_NONE, ROOT_REAL, ROOT_MAPPED, ROOT_EQUIVALENT };
enum root_cause {
	CAUSE_NONE,
	CAUSE_INHERITED,
	CAUSE_SET_UID,
	CAUSE_SETUID_FILE,
	CAUSE_USER_NAMESPACE,
	CAUSE_UNEXPLAINED,
	CAUSE_FILE_CAPS,
	CAUSE_AMBIENT_CAPS,
	CAUSE_CAPSET,
	CAUSE_IO_URING,
	CAUSE_KERNEL_HELPER, /* started by the kernel itself */
};

/*
 * What a drop left behind. By real_uid, saved_uid, capabilities, io_uring and thread the process can become root again,
 * or still is, so they make the drop incomplete.
 */
enum drop_kept {
	KEPT_REAL_UID = 1 << 0,
	KEPT_SAVED_UID = 1 << 1,
	KEPT_CAPABILITIES = 1 << 2, /* those that amount to root */
	KEPT_GID = 1 << 3,          /* a real, effective, saved or file system gid is 0 */
	KEPT_GROUPS = 1 << 4,       /* a supplementary group is 0 */
	KEPT_IO_URING = 1 << 5,     /* an io_uring instance of the process acts with root's credentials */
	KEPT_THREAD = 1 << 6,       /* another thread is root, or can become it */
};

/* What an agent_start says of the host side. */
struct agent_facts {
	const char *kernel_release;
	const char *cgroup_mode; /* "v2", "hybrid", "v1" */
	const char *hooks[13];   /* NULL-terminated: "tp_btf/sched_process_exec" ... */
};

struct loss_facts {
	uint64_t total;
	uint64_t by_kind[EVENT_KIND_END];
	uint32_t nr_cpus;
	const uint64_t *by_cpu;
	uint64_t since_ns, until_ns; /* CLOCK_BOOTTIME */
	const char *reason;          /* "ring full", "recursion" ... */
};

struct verdict_facts;

struct finding {
	enum finding_kind kind;
	enum finding_severity severity;
	bool is_alert;
	bool is_allowed; /* an allow-list entry matched; allow_reason says which */
	const char *allow_reason;
	uint64_t time_ns;  /* CLOCK_BOOTTIME */
	uint64_t sequence; /* per run of the agent, without a hole */

	const struct process_view *process; /* NULL for loss, metadata, agent_* and container_stop */
	const struct container *container;  /* NULL for loss and agent_* */
	enum process_role role;
	enum root_kind root;
	enum root_cause cause;
	bool drop_is_complete;
	unsigned drop_kept; /* enum drop_kept */
	bool is_regain;     /* FINDING_GAIN_ROOT: a set*uid call took back what the process had laid aside */
	uint64_t repeated;  /* with is_regain: how often this process had done the same before */

	const struct loss_facts *loss;       /* FINDING_LOSS */
	const struct agent_facts *agent;     /* FINDING_AGENT_START */
	const struct verdict_facts *verdict; /* FINDING_VERDICT */
};

const char *finding_name(enum finding_kind kind); /* "exec_root" ... as uidzero.finding */
/* The reverse. Returns 0 or -ENOENT. */
int finding_from_name(const char *name, enum finding_kind *ret_kind);
const char *process_role_name(enum process_role role); /* NULL for ROLE_NONE */
const char *root_kind_name(enum root_kind root);       /* "none", "real", "mapped" */
const char *root_cause_name(enum root_cause cause);    /* NULL for CAUSE_NONE */
const char *drop_kept_name(enum drop_kept kept);       /* of one of them: "saved_uid"; NULL for another number */

#endif
