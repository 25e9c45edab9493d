/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that start: the credentials are committed and bprm still has the file. */
#ifndef UIDZERO_EXEC_BPF_H
#define UIDZERO_EXEC_BPF_H

#include "emit.bpf.h"
#include "task.bpf.h"

/*
 * Find or make the entry of a thread that execs. `entry` is the caller's copy.
 *
 * Returns false for a task that is none of our business: on the host, or what a runtime starts in a
 * container's cgroup before it has entered the container.
 */
static __always_inline bool enter(const bool is_typed, struct task_struct *task, __u32 former_tid,
				  struct task_entry *entry, struct placement *placement)
{
	struct task_entry *known = task_entry(former_tid, task);
	struct task_struct *parent;
	__u32 level, parent_tid;

	place_task(is_typed, task, placement);
	level = pidns_level(is_typed, task);
	if (!known && placement->state == CGROUP_HOST && !level)
		return false;
	parent = BPF_CORE_READ(task, group_leader, real_parent);
	if (known) {
		*entry = *known;
		if (!entry->container && placement->cgroup == entry->cgroup)
			entry->container = placement->container;
		/* It came in by a cgroup that user space since told to be the host's. */
		if (!entry->container && placement->state == CGROUP_HOST && !level) {
			bpf_map_delete_elem(&tasks, &former_tid);
			return false;
		}
	} else {
		__builtin_memset(entry, 0, sizeof(*entry));
		/* Forked before its parent was entered, by a snapshot that had not come so far. */
		parent_tid = BPF_CORE_READ(parent, tgid);
		known = task_entry(parent_tid, BPF_CORE_READ(parent, group_leader));
		if (known && known->container == placement->container) {
			entry->cgroup = known->cgroup;
			entry->container = known->container;
			entry->flags = known->flags & ~TASK_ENTRY;
		} else {
			known = NULL;
		}
		entry->start_ns = BPF_CORE_READ(task, start_boottime);
	}
	/* Another container's cgroup is entered by leaving the parent's root, not by a mere move. */
	if (!known || (placement->state == CGROUP_CONTAINER && placement->container != entry->container)) {
		if (is_apart(task, parent)) {
			entry->cgroup = placement->cgroup;
			entry->container = placement->container;
			entry->flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING;
			entry->creds.is_known = 0;
			entry->root = EVENT_ROOT_UNTOLD;
			return true;
		}
		return known != NULL;
	}
	return true;
}

/*
 * Do the credentials before and the file account for those after? An exec changes no real uid, and the
 * effective one only by a set-user-id bit that the mount does not ignore.
 */
static __always_inline bool is_explained(const struct process_event *event)
{
	const struct event_creds *before = &event->before, *after = &event->after;

	if (!before->is_known || before->userns_inum != after->userns_inum)
		return true;
	if (before->ruid != after->ruid)
		return false;
	return before->euid == after->euid || (!(event->task.flags & TASK_NO_NEW_PRIVS) && event->file.mode & S_ISUID &&
					       !(event->file.flags & FILE_NOSUID) && event->file.uid == after->euid);
}

static __always_inline int handle_exec(const bool is_typed, enum event_hook hook, struct task_struct *task,
				       __u32 former_tid, struct linux_binprm *bprm)
{
	__u32 family = SCRATCH_EXEC, tid;
	struct placement placement;
	struct scratch *scratch;
	struct process_event *event;
	struct task_entry entry;
	const struct cred *cred;
	struct file *file;
	const char *filename, *interp;
	bool is_routine;

	if (!enter(is_typed, task, former_tid, &entry, &placement))
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	event = &scratch->event;
	cred = task_creds(task);
	event->before = entry.creds;
	read_creds(cred, &event->after);
	read_userns(cred, event->after.userns_level, &event->userns);

	tid = BPF_CORE_READ(task, pid);
	if (tid != former_tid) /* another thread than the leader called: it takes the leader's tid */
		bpf_map_delete_elem(&tasks, &former_tid);
	event->before_root = entry.root;
	event->after_root = root_of(&event->after, cred);
	is_routine = !(entry.flags & TASK_ENTERING) && event->before_root == event->after_root;
	entry.creds = event->after;
	entry.root = event->after_root;
	read_task(task, &entry, entry.container, &event->task);
	entry.flags &= ~TASK_ENTERING;
	track(tid, &entry);
	if (is_routine && event->after_root < EVENT_ROOT_MAPPED && !wants_all)
		return 0;

	begin_record(scratch, task);
	file = BPF_CORE_READ(bprm, file);
	read_file(file, &event->file);
	if (BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec))
		event->file.flags |= FILE_SECUREEXEC;
	event->argc = BPF_CORE_READ(bprm, argc);
	filename = BPF_CORE_READ(bprm, filename);
	interp = BPF_CORE_READ(bprm, interp);
	if (filename != interp) {
		event->file.flags |= FILE_SCRIPT;
		event->filename_size = copy_string(scratch, filename);
		event->interp_size = copy_string(scratch, interp);
	}
	copy_executable(scratch, SCRATCH_EXEC, file);
	copy_cwd(scratch, SCRATCH_EXEC, task);
	copy_args(scratch, BPF_CORE_READ(task, mm));
	if (!is_explained(event)) {
		hook = HOOK_DRIFT;
		event->syscall = sees_every_commit ? SYSCALL_UNEXPECTED : SYSCALL_NONE;
	}
	emit_process(scratch, is_routine ? RING_EVENTS : RING_ALERTS, EVENT_EXEC, hook);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_tp_btf, struct task_struct *task, pid_t former_tid, struct linux_binprm *bprm)
{
	return handle_exec(true, HOOK_TP_BTF_EXEC, task, former_tid, bprm);
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(exec_raw_tp, struct task_struct *task, pid_t former_tid, struct linux_binprm *bprm)
{
	return handle_exec(false, HOOK_RAW_TP_EXEC, task, former_tid, bprm);
}

#endif
