/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Births and deaths: threads inside containers, and cgroups. */
#ifndef UIDZERO_LIFECYCLE_BPF_H
#define UIDZERO_LIFECYCLE_BPF_H

#include "creds.bpf.h"
#include "emit.bpf.h"
#include "task.bpf.h"
#include "threads.bpf.h"

/*
 * A known task's entry with credentials: those that it has now, or those that its child has just got.
 *
 * Returns whether they are others than those last known.
 */
static __always_inline bool refresh(const bool is_typed, const struct task_entry *known, const struct cred *cred,
				    struct task_entry *ret_entry)
{
	*ret_entry = *known;
	read_creds(is_typed, cred, &ret_entry->creds);
	ret_entry->root = root_of(&ret_entry->creds, cred);
	return ret_entry->root != known->root || !have_same_uids(&ret_entry->creds, &known->creds) ||
	       !have_same_gids_and_caps(&ret_entry->creds, &known->creds);
}

/* Look at once for all children of the current thread. */
__noinline int see_where_it_is(__u32 tid)
{
	struct task_entry *known = entry_of_tid(tid);

	if (known)
		is_where_it_was((void *)bpf_get_current_task(), known);
	return 0;
}

/*
 * The child inherits what its parent is; only a new user namespace makes its credentials others. They were
 * copied a moment ago: where they are not those last known of the parent, the parent's had changed unseen.
 *
 * Returns whether that is so.
 */
static __always_inline bool handle_fork(const bool is_typed, struct task_struct *parent, struct task_struct *child,
					const struct cred *cred)
{
	__u32 parent_tid = GET(is_typed, parent, pid);
	struct task_entry *known = task_entry(is_typed, parent_tid, parent), entry;
	bool has_drifted;

	if (!known)
		return false;
	/* Before its child is counted: a container with a thread that is not counted would look empty. */
	if (!known->container)
		find_container(parent_tid);
	if (known->generation != current_generation())
		see_where_it_is(parent_tid);
	has_drifted = refresh(is_typed, known, cred, &entry);
	entry.tid = GET(is_typed, child, pid);
	entry.start_ns = GET(is_typed, child, start_boottime);
	entry.is_doubted = 0;
	if ((__u32)GET(is_typed, child, tgid) == entry.tid)
		entry.flags &= ~(TASK_ENTRY | ENTRY_WAS_ENTRY);
	track(&entry, TRACK_FORKED);
	return has_drifted;
}

/*
 * A program that the kernel starts by itself begins as a fork of a kernel thread (call_usermodehelper()); threads of
 * the kernel are forks of kthreadd. What such a fork executes is reported by its exec, and its entry ends with that.
 */
static __always_inline bool is_helper_fork(const bool is_typed, struct task_struct *parent)
{
	return GET(is_typed, parent, flags) & PF_KTHREAD && GET(is_typed, parent, pid) > KTHREADD_PID;
}

/* A function of its own that takes numbers only: the verifier looks at it once. */
__noinline int enter_helper(__u32 tid, __u64 start_ns)
{
	struct task_entry entry = {};

	entry.tid = tid;
	entry.start_ns = start_ns;
	entry.flags = TASK_HELPER | TASK_ENTERING;
	track(&entry, TRACK_FORKED);
	return 0;
}

/* As with execs, most are the host's. Functions, so that their frames are gone when the rest needs the stack. */
static __noinline bool handle_typed_fork(struct task_struct *parent, struct task_struct *child)
{
	return handle_fork(true, parent, child, untrusted(child)->real_cred);
}

static __noinline bool handle_untyped_fork(struct task_struct *parent, struct task_struct *child)
{
	return handle_fork(false, parent, child, task_creds(false, child));
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(fork_tp_btf, struct task_struct *parent, struct task_struct *child)
{
	if (untrusted(parent)->cgroups != untrusted(child)->cgroups)
		begin_generation();
	if (is_helper_fork(true, parent))
		return enter_helper(child->pid, child->start_boottime);
	if (*nr_tracked(parent->pid) && handle_typed_fork(parent, child))
		compare_for_drift(parent->pid);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(fork_raw_tp, struct task_struct *parent, struct task_struct *child)
{
	if (BPF_CORE_READ(parent, cgroups) != BPF_CORE_READ(child, cgroups))
		begin_generation();
	if (is_helper_fork(false, parent))
		return enter_helper(BPF_CORE_READ(child, pid), BPF_CORE_READ(child, start_boottime));
	if (handle_untyped_fork(parent, child))
		compare_for_drift(BPF_CORE_READ(parent, pid));
	return 0;
}

/* The end of the current thread, the last one of a process that came in. */
__noinline int tell_exit(__u32 tid, __u32 hook)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_entry *entry = entry_of_tid(tid);
	__u32 family = SCRATCH_CREDS;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct process_event *event;

	if (!entry || !scratch)
		return 0;
	event = &scratch->event;
	event->before = entry->creds;
	event->after = entry->creds;
	event->before_root = entry->root;
	event->after_root = entry->root;
	read_known_task(task, entry, entry->container, &event->task);
	begin_record(false, scratch, BPF_CORE_READ(task, fs));
	read_userns(task_creds(false, task), event->after.userns_level, &event->userns);
	__builtin_memset(&event->file, 0, sizeof(event->file));
	event->exit_code = BPF_CORE_READ(task, exit_code);
	emit_process(scratch, RING_ALERTS, EVENT_EXIT, hook);
	return 0;
}

struct cgroup_scratch {
	struct cgroup_event event;
	char path[EVENT_CGROUP_PATH_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cgroup_scratch);
} cgroup_scratches SEC(".maps");

/* The container's last thread ended. A function of its own that takes numbers only: the verifier looks at it once. */
__noinline int emit_empty(__u32 container, __u64 cgroup)
{
	__u32 zero = 0;
	struct cgroup_scratch *scratch = bpf_map_lookup_elem(&cgroup_scratches, &zero);

	if (!scratch)
		return 0;
	scratch->event.key = cgroup;
	scratch->event.parent_key = 0;
	scratch->event.container = container;
	scratch->event.maker = 0;
	scratch->event.maker_cgroup = 0;
	scratch->event.path_size = 0;
	emit(RING_ALERTS, EVENT_CONTAINER_EMPTY, HOOK_NONE, &scratch->event.header, sizeof(scratch->event),
	     sizeof(*scratch));
	return 0;
}

/*
 * The end of the current thread, which others of its process outlive: what the process holds can end with it. A record
 * of credentials then, from those of the thread that ends to those of the one that holds the most of the rest.
 */
__noinline int tell_thread_exit(__u32 tid, __u32 hook)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *rest;
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct task_entry *entry = entry_of_tid(tid);
	__u32 family = SCRATCH_CREDS, strength;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct process_event *event;
	struct file *file;

	if (!entry || !scratch)
		return 0;
	event = &scratch->event;
	strength = strength_of(&entry->creds, entry->root, (__u64)BPF_CORE_READ(task, real_cred, user_ns));
	/* Where the process ends, all of its threads do, and some have not seen it yet. */
	if (strength == HOLDS_NOTHING || BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		return 0;
	survey_threads((__u64)signal, (__u64)task, strength, SCRATCH_CREDS);
	rest = (void *)scratch->strongest;
	if (!rest || scratch->strength >= strength || (!find_container(tid) && !pidns_level(task)))
		return 0;
	event->before = entry->creds;
	event->before_root = entry->root;
	read_after((__u64)rest, SCRATCH_CREDS);
	read_known_task(task, entry, entry->container, &event->task);
	begin_record(false, scratch, BPF_CORE_READ(task, fs));
	/* What that one holds is in the record, and the rest hold no more. */
	event->others.tid = scratch->others.tid;
	event->others.kept = scratch->others.kept & EVENT_KEPT_IO_URING;
	event->others.is_partial = scratch->others.is_partial;
	/* Older kernels have taken the mm off the thread that ends. */
	file = BPF_CORE_READ(rest, mm, exe_file);
	read_file(false, scratch, file, &event->file);
	copy_paths(false, scratch, SCRATCH_CREDS, BPF_CORE_READ(task, fs), file);
	emit_process(scratch, RING_ALERTS, EVENT_CREDS, hook);
	return 0;
}

/* Functions, so that their frames are gone when the rest needs the stack. */
static __noinline bool has_drifted(const struct task_entry *known, const struct cred *cred)
{
	struct task_entry entry;

	return refresh(false, known, cred, &entry);
}

static __noinline bool has_drifted_typed(const struct task_entry *known, const struct cred *cred)
{
	struct task_entry entry;

	return refresh(true, known, cred, &entry);
}

static __always_inline int handle_exit(const bool is_typed, enum event_hook hook, struct task_struct *task,
				       const struct cred *cred, struct signal_struct *signal)
{
	__u32 tid = GET(is_typed, task, pid);
	struct task_entry *known = entry_of_tid(tid);
	__u32 flags, container;
	__u64 cgroup;

	if (!known)
		return 0;
	flags = known->flags;
	if (!known->container)
		find_container(tid);
	container = known->container;
	cgroup = known->cgroup;
	if (!(flags & TASK_HELPER) && (is_typed ? has_drifted_typed(known, cred) : has_drifted(known, cred)))
		compare_for_drift(tid);
	/* It was counted down before: 0 in the group's last thread. */
	if (GET(is_typed, signal, live.counter))
		tell_thread_exit(tid, hook);
	else if (flags & TASK_ENTRY)
		tell_exit(tid, hook);
	untrack(tid);
	if (is_empty(container, cgroup))
		emit_empty(container, cgroup);
	return 0;
}

static __noinline int handle_typed_exit(struct task_struct *task)
{
	struct task_struct *via = untrusted(task);

	return handle_exit(true, HOOK_TP_BTF_EXIT, task, via->real_cred, via->signal);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exit_tp_btf, struct task_struct *task)
{
	return *nr_tracked(task->pid) ? handle_typed_exit(task) : 0;
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(exit_raw_tp, struct task_struct *task)
{
	return handle_exit(false, HOOK_RAW_TP_EXIT, task, task_creds(false, task), BPF_CORE_READ(task, signal));
}

/* Hierarchies that are not read for tasks are not listed either. */
static __always_inline bool is_watched(__u32 hierarchy)
{
	return !hierarchy || (v1_controller != V1_NONE && hierarchy == v1_hierarchy);
}

/* Of the cgroup that the current thread makes. Until the first scan is over, a container's can have no entry yet. */
static __always_inline void find_maker(struct cgroup_entry *cgroup)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 tid = bpf_get_current_pid_tgid();
	struct task_entry *known = task_entry(false, tid, task);

	if (known) {
		find_container(tid);
		cgroup->maker = known->container;
		cgroup->maker_cgroup = known->cgroup;
	} else if (walk_reports != WALK_LEVEL) {
		cgroup->maker = CGROUP_MAKER_UNKNOWN;
	}
}

/*
 * Before any task can be in it: whatever execs there later finds the entry. Below a container's cgroup it can
 * be that one's or a nested container's: user space tells by the name, and gets what enters it meanwhile.
 */
static __always_inline int handle_cgroup_mkdir(struct cgroup *cgroup, const char *path)
{
	__u32 zero = 0, hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	struct cgroup_entry entry = {};
	struct cgroup_scratch *scratch;
	struct cpu_counters *counter;
	struct kernfs_node *kn;
	__u64 key;
	long size;

	if (!is_watched(hierarchy))
		return 0;
	begin_generation();
	kn = BPF_CORE_READ(cgroup, kn);
	key = cgroup_key(BPF_CORE_READ(kn, id), hierarchy);
	entry.parent_key = cgroup_key(BPF_CORE_READ(kernfs_parent(kn), id), hierarchy);
	bpf_probe_read_kernel_str(entry.name, sizeof(entry.name), BPF_CORE_READ(kn, name));
	find_maker(&entry);
	if (bpf_map_update_elem(&cgroups, &key, &entry, BPF_ANY)) {
		counter = bpf_map_lookup_elem(&counters, &zero);
		if (counter)
			counter->unlisted++;
	}

	scratch = bpf_map_lookup_elem(&cgroup_scratches, &zero);
	if (!scratch)
		return 0;
	size = bpf_probe_read_kernel_str(scratch->path, sizeof(scratch->path), path);
	if (size < 0 || size > EVENT_CGROUP_PATH_MAX)
		size = 0;
	scratch->event.key = key;
	scratch->event.parent_key = entry.parent_key;
	scratch->event.container = 0;
	scratch->event.maker = entry.maker;
	scratch->event.maker_cgroup = entry.maker_cgroup;
	scratch->event.path_size = size;
	emit(RING_ALERTS, EVENT_CGROUP_MKDIR, HOOK_NONE, &scratch->event.header, sizeof(scratch->event) + size,
	     sizeof(*scratch));
	return 0;
}

/* The entry stays until user space has drained what may refer to it, and deletes it. */
static __always_inline int handle_cgroup_rmdir(struct cgroup *cgroup)
{
	__u32 zero = 0, hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	struct cgroup_scratch *scratch = bpf_map_lookup_elem(&cgroup_scratches, &zero);
	struct cgroup_entry *entry;

	if (!scratch || !is_watched(hierarchy))
		return 0;
	scratch->event.key = cgroup_key(BPF_CORE_READ(cgroup, kn, id), hierarchy);
	entry = bpf_map_lookup_elem(&cgroups, &scratch->event.key);
	scratch->event.parent_key = entry ? entry->parent_key : 0;
	scratch->event.container = entry ? entry->container : 0;
	scratch->event.maker = 0;
	scratch->event.maker_cgroup = 0;
	scratch->event.path_size = 0;
	emit(RING_ALERTS, EVENT_CGROUP_RMDIR, HOOK_NONE, &scratch->event.header, sizeof(scratch->event),
	     sizeof(*scratch));
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_tp_btf, struct cgroup *cgroup, const char *path)
{
	return handle_cgroup_mkdir(cgroup, path);
}

SEC("raw_tp/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_raw_tp, struct cgroup *cgroup, const char *path)
{
	return handle_cgroup_mkdir(cgroup, path);
}

/* After the move. What is said of a set of cgroups by its address ends, since another set can have that now. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task_tp_btf)
{
	begin_generation();
	return 0;
}

SEC("raw_tp/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task_raw_tp)
{
	begin_generation();
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir_tp_btf, struct cgroup *cgroup, const char *path)
{
	return handle_cgroup_rmdir(cgroup);
}

SEC("raw_tp/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir_raw_tp, struct cgroup *cgroup, const char *path)
{
	return handle_cgroup_rmdir(cgroup);
}

#endif
