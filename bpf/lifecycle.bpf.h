/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Births and deaths: threads inside containers, and cgroups. */
#ifndef UIDZERO_LIFECYCLE_BPF_H
#define UIDZERO_LIFECYCLE_BPF_H

#include "creds.bpf.h"
#include "emit.bpf.h"
#include "task.bpf.h"

/*
 * The child inherits what its parent is; only a new user namespace makes its credentials others. They were
 * copied a moment ago: where they are not those last known of the parent, the parent's had changed unseen.
 */
static __always_inline int handle_fork(struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tid = BPF_CORE_READ(parent, pid), child_tid;
	struct task_entry *known = task_entry(parent_tid, parent);
	const struct cred *cred;
	struct task_entry entry;

	if (!known)
		return 0;
	entry = *known;
	cred = task_creds(false, child);
	read_creds(false, cred, &entry.creds);
	entry.root = root_of(&entry.creds, cred);
	if (entry.root != known->root || !have_same_uids(&entry.creds, &known->creds) ||
	    !have_same_gids_and_caps(&entry.creds, &known->creds))
		compare_for_drift(parent, parent_tid, known);
	child_tid = BPF_CORE_READ(child, pid);
	entry.start_ns = BPF_CORE_READ(child, start_boottime);
	entry.is_doubted = 0;
	if ((__u32)BPF_CORE_READ(child, tgid) == child_tid)
		entry.flags &= ~TASK_ENTRY;
	track(child_tid, &entry, false);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(fork_tp_btf, struct task_struct *parent, struct task_struct *child)
{
	return handle_fork(parent, child);
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(fork_raw_tp, struct task_struct *parent, struct task_struct *child)
{
	return handle_fork(parent, child);
}

static __always_inline int handle_exit(enum event_hook hook, struct task_struct *task)
{
	__u32 family = SCRATCH_CREDS, tid = BPF_CORE_READ(task, pid);
	struct task_entry *known = entry_of_tid(tid);
	struct process_event *event;
	struct scratch *scratch;
	struct task_entry entry;

	if (!known)
		return 0;
	compare_for_drift(task, tid, known);
	entry = *known;
	untrack(tid);
	/* signal->live was counted down before: 0 in the group's last thread. */
	if (!(entry.flags & TASK_ENTRY) || BPF_CORE_READ(task, signal, live.counter))
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	event = &scratch->event;
	read_task(false, task, &entry, entry.container, &event->task);
	begin_record(false, scratch, task);
	event->before = entry.creds;
	read_creds(false, task_creds(false, task), &event->after);
	read_userns(task_creds(false, task), event->after.userns_level, &event->userns);
	event->before_root = entry.root;
	event->after_root = entry.root;
	__builtin_memset(&event->file, 0, sizeof(event->file));
	event->exit_code = BPF_CORE_READ(task, exit_code);
	emit_process(scratch, RING_ALERTS, EVENT_EXIT, hook);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exit_tp_btf, struct task_struct *task)
{
	return handle_exit(HOOK_TP_BTF_EXIT, task);
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(exit_raw_tp, struct task_struct *task)
{
	return handle_exit(HOOK_RAW_TP_EXIT, task);
}

/* Hierarchies that are not read for tasks are not listed either. */
static __always_inline bool is_watched(__u32 hierarchy)
{
	return !hierarchy || (v1_controller != V1_NONE && hierarchy == v1_hierarchy);
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
	__sync_fetch_and_add(&host_generation, 1);
	kn = BPF_CORE_READ(cgroup, kn);
	key = cgroup_key(BPF_CORE_READ(kn, id), hierarchy);
	entry.parent_key = cgroup_key(BPF_CORE_READ(kernfs_parent(kn), id), hierarchy);
	bpf_probe_read_kernel_str(entry.name, sizeof(entry.name), BPF_CORE_READ(kn, name));
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
