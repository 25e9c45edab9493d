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
	__u64 parent_key;   /* 0: the root, or not known */
	__u32 container;    /* number; 0: none */
	__u32 state;        /* enum cgroup_state */
	__u64 maker_cgroup; /* as cgroup_event has them; 0 where user space entered it */
	__u32 maker, padding;
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

/*
 * With TASK_WAS_INSIDE an exec is an entrance if its cgroup turns out to be a nested container's. If it does not, the
 * thread is again what it was before. No records carry these.
 */
enum entry_flags {
	ENTRY_WAS_ENTRY = 1 << 14, /* with TASK_WAS_INSIDE */
	ENTRY_WAS_SESSION = 1 << 15,
	ENTRY_FLAGS = ENTRY_WAS_ENTRY | ENTRY_WAS_SESSION,
};

/* A thread inside a container. */
struct task_entry {
	__u64 start_ns;           /* the thread's start_boottime: a reused tid is not this thread */
	__u64 cgroup;             /* key of the cgroup in which its lineage entered the container */
	__u64 css_set;            /* the address by which it was seen to be in that cgroup */
	__u32 generation;         /* of the host's notes, in which css_set stands for that cgroup */
	__u32 container;          /* number; 0: the cgroup was not classified yet */
	__u32 tid;                /* 0: a place that is nobody's */
	__u16 flags;              /* TASK_INSIDE, TASK_ENTRY, and those of enum entry_flags */
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

/*
 * What the kernel side keeps of a container, at its number modulo CONTAINER_SLOTS. A cache line each: forks in two
 * containers do not share one.
 */
#define CONTAINER_SLOTS 8192

struct container_slot {
	__u32 number; /* 0: of no container */
	__u32 outer;  /* the number of the next outer container; 0: it is not nested */
	__s32 live;   /* threads with an entry */
	__u32 scan;   /* the last scan of all tasks that saw one of them */
} __attribute__((aligned(64)));

/* Threads that entered by a cgroup before it was classified are counted by that cgroup's key, modulo this. */
#define WAITING_SLOTS 1024

struct cpu_counters {
	__u64 seq[RING_END];
	__u64 lost[RING_END][EVENT_KIND_END];
	__u64 untracked; /* threads for which `tasks` had no room */
	__u64 unlisted;  /* cgroups for which `cgroups` had no room */
};

#endif
