/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, and what user space sets before loading. */
#ifndef UIDZERO_MAPS_BPF_H
#define UIDZERO_MAPS_BPF_H

#include "compat.bpf.h"
#include "event.h"
#include "maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} alerts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, __u64);
	__type(value, struct cgroup_entry);
} cgroups SEC(".maps");

/*
 * Threads inside containers, by tid. Host threads have no entry. A forked one's is at its tid's place, which needs no
 * helper and no lock: two forks that want the same place are thousands of forks apart. Whoever finds it taken, or
 * was not seen to be forked, is in the hash table.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TASK_PLACES);
	__uint(map_flags,
	       BPF_F_MMAPABLE); /* from a page's begin on, so that an entry has two cache lines and not three */
	__type(key, __u32);
	__type(value, struct task_entry);
} places SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TASKS_MAX);
	__type(key, __u32);
	__type(value, struct task_entry);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

/*
 * Room to put a record together, one per program family: a program can be preempted on kernels that only
 * disable migration, and another family's program then runs on the same CPU.
 */
enum scratch_family { SCRATCH_EXEC, SCRATCH_CREDS, SCRATCH_ITER, SCRATCH_URING, SCRATCH_END };

struct placement {
	__u64 cgroup;    /* key of the cgroup that decided; 0: the root of each hierarchy */
	__u32 container; /* number; 0: none yet */
	__u32 state;     /* enum cgroup_state */
};

struct scratch {
	struct process_event event;
	char strings[PROCESS_EVENT_STRINGS_MAX];
	__u32 used;       /* bytes of strings */
	struct path root; /* where paths of this record end */
	/* How far the copy of a path has come. */
	struct dentry *dentry, *mnt_root;
	struct vfsmount *mnt;
	__u32 path_begin;
	/* What survey_threads() has found so far. */
	struct event_creds thread_creds;
	struct event_threads others;
	__u64 fence;     /* of no meaning but for the barrier that an addition is */
	__u64 strongest; /* address of the live thread that holds the most, the first one of several; 0: none is live */
	__u64 surveyed_cred;
	/* Of the thread that it has come to: the stack is short at that depth of calls. */
	struct cred *thread_cred;
	struct user_namespace *thread_userns;
	__u64 thread_next, thread_head; /* of the list of threads */
	__u64 except;                   /* address of the thread that is not examined */
	__u32 thread_flags;
	__u32 strength; /* enum strength, of that thread */
	__u32 enough;   /* enum strength: one that holds as much ends the survey */
	/* Of a program that execs or that a scan has come to: the calls are too deep for it to be on the stack. */
	struct task_entry entry;
	struct placement placement;
	__u64 task; /* address of the one that a scan has come to */
	/* Of the process whose threads a scan came to last. */
	__u64 group, group_session, group_speaker;
	struct task_entry stub; /* to be entered; what is 0 in it is never written */
	__u64 outside, first; /* its nearest ancestor that is outside of its container, and the last one that is not */
	__u32 passed_flags;   /* those that all leaders up to that one have */
	/* The container that a task's ancestors show, so far; and the one in which another would be no news. */
	__u64 lineage_cgroup;
	__u32 lineage_container, lineage_flags, lineage_within;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_END);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The v1 controller that is read beside v2. */
const volatile __u32 v1_controller = V1_NONE;
const volatile __u32 v1_hierarchy = 0;
/* How many of host_notes are in use. */
const volatile __u32 nr_host_notes = HOST_NOTES_CPUS;
/* Send non-root execs and gid changes too. */
const volatile bool wants_all = false;

/* Every commit of credentials is seen: credentials that changed without one were changed by other means. */
const volatile bool sees_every_commit = false;
/* Which calls may change credentials, by number, in this machine's table and the 32-bit one: enum event_syscall. */
const volatile __u8 creds_syscalls[512] = {};
const volatile __u8 creds_compat_syscalls[512] = {};

/* What the next walk over all tasks reports. */
volatile __u32 walk_reports = WALK_CHANGED;
/* The walk saw credentials that it does not believe yet: another one has to follow. */
volatile bool walk_has_doubts = false;
/* An io_uring instance that holds root was seen: from then on walks look for it where it may have been passed to. */
volatile bool has_seen_rings = false;
/* The hook for credentials has run: one that attaches need not fire. */
volatile bool has_fired = false;

/*
 * How many threads have an entry, by groups of tids: 0 says that there is none without a look at it, which would be
 * cold. Consecutive tids share a line, which stays warm.
 */
#define TRACKED_GROUPS 8192
#define TRACKED_TIDS   4 /* in a group */
__u32 tracked[TRACKED_GROUPS] = {};

struct host_notes host_notes[HOST_NOTES_CPUS] = {};

struct container_slot container_slots[CONTAINER_SLOTS] = {};
__s32 waiting[WAITING_SLOTS] = {};
/* The number of the scan of all tasks that runs, or ran last. */
volatile __u32 scan_number = 0;

/* enum reader_state: set by the reader before it waits, cleared by whoever wakes it. */
volatile __u32 reader_state = READER_AWAKE;

#endif
