/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Layouts of the map values that both sides touch. */
#ifndef UIDZERO_MAPS_H
#define UIDZERO_MAPS_H

#include "event.h"

#define CGROUPS_MAX      8192
#define TASKS_MAX        32768
#define CGROUP_NAME_SIZE 256 /* NAME_MAX and a NUL */

/* What the reader of the rings does; only who does not look by itself is woken. */
enum reader_state {
	READER_AWAKE,
	READER_NAPS,   /* looks again in a moment: alerts wake it, other events wait until the ring is half full */
	READER_SLEEPS, /* everything wakes it */
};

/* What the walk over all tasks reports of those that were known already. */
enum walk {
	WALK_CHANGED, /* whose credentials changed unseen */
	WALK_FIRST,   /* all that matter, as if they were found now */
	WALK_LEVEL,   /* all that matter, as known: who is not among them is gone */
};

/* Controllers of which one tells a task's v1 cgroup; the kernel's numbers for them depend on its build. */
enum v1_controller { V1_NONE, V1_PIDS, V1_MEMORY, V1_DEVICES, V1_FREEZER, V1_CPU, V1_CPUSET };

/* A cgroup of a watched hierarchy, by cgroup_event.key. */
struct cgroup_entry {
	__u64 parent_key;            /* 0: the root, or not known */
	__u32 container;             /* number; 0: none */
	__u32 state;                 /* enum cgroup_state */
	char name[CGROUP_NAME_SIZE]; /* of its directory; "" where user space entered it */
};

/* Capabilities in the initial user namespace by which a process makes itself root, or acts as root does. */
#define ROOT_EQUIVALENT_CAPS                                                                                           \
	(1ULL << 0 /* CHOWN */ | 1ULL << 1 /* DAC_OVERRIDE */ | 1ULL << 2 /* DAC_READ_SEARCH */ |                      \
	 1ULL << 3 /* FOWNER */ | 1ULL << 6 /* SETGID */ | 1ULL << 7 /* SETUID */ | 1ULL << 16 /* SYS_MODULE */ |      \
	 1ULL << 17 /* SYS_RAWIO */ | 1ULL << 19 /* SYS_PTRACE */ | 1ULL << 21 /* SYS_ADMIN */ |                       \
	 1ULL << 31 /* SETFCAP */ | 1ULL << 39 /* BPF */)

/* Stand for the numbers of the kernel's function bpf_rdonly_cast(), in a call, and of its struct task_struct. */
#define RDONLY_CAST      0x7fff0001
#define TASK_STRUCT_TYPE 0x7fff0002

/* Places for the entries of forked threads, two cache lines each. */
#define TASK_PLACES 8192

/* A thread inside a container. */
struct task_entry {
	__u64 start_ns;           /* the thread's start_boottime: a reused tid is not this thread */
	__u64 cgroup;             /* key of the cgroup in which its lineage entered the container */
	__u64 css_set;            /* the address by which it was seen to be in that cgroup */
	__u32 generation;         /* of the host's notes, in which css_set stands for that cgroup */
	__u32 container;          /* number; 0: the cgroup was not classified yet */
	__u32 tid;                /* 0: a place that is nobody's */
	__u16 flags;              /* TASK_INSIDE, TASK_ENTRY */
	__u8 root;                /* enum event_root of creds, as it was when they were seen */
	__u8 is_doubted;          /* a walk saw other credentials: the next one believes it */
	struct event_creds creds; /* the last ones known */
};

_Static_assert(sizeof(struct task_entry) == 128, "two cache lines");

/*
 * Which sets of cgroups (struct css_set, by its address) this CPU has seen to be the host's: spares the next ones in
 * them the cold lines behind them. A note of an older generation is void. A new one begins whenever a task comes into
 * another set (by a move, or born into it), and whenever user space decides on a cgroup: within one the address of a
 * set that tasks are in stands for the same cgroups. One cache line, with a generation of its own.
 *
 * Of most cgroups (a service's, a session's) nobody can say whose they are: what is in them is the host's until it
 * enters a container, and then it sees other things. So a note of such a set holds for who sees the same as the one
 * that was seen to be the host's, and has a view, in a second line.
 */
#define HOST_NOTES      4
#define HOST_NOTES_CPUS 128 /* those of higher numbers share */

/*
 * By the kernel's addresses: struct nsproxy, and the root directory's struct dentry. Whoever has the same directory as
 * its root by another mount of the same mount namespace sees the same files.
 */
struct host_view {
	__u64 nsproxy, root;
};

struct host_notes {
	__u32 generation;
	__u32 next; /* note to be written */
	__u64 css_sets[HOST_NOTES];
	__u32 generations[HOST_NOTES];
	__u8 has_view[HOST_NOTES];
	struct host_view views[HOST_NOTES] __attribute__((aligned(64)));
} __attribute__((aligned(64)));

struct cpu_counters {
	__u64 seq[RING_END];
	__u64 lost[RING_END][EVENT_KIND_END];
	__u64 untracked; /* threads for which `tasks` had no room */
	__u64 unlisted;  /* cgroups for which `cgroups` had no room */
};

#endif
