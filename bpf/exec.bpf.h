/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that start: the credentials are committed and bprm still has the file. */
#ifndef UIDZERO_EXEC_BPF_H
#define UIDZERO_EXEC_BPF_H

#include "emit.bpf.h"
#include "task.bpf.h"

/* A thread that has no entry yet, or is in another cgroup than when it got it. */
static __always_inline bool enter(const bool is_typed, struct task_struct *task, struct task_entry *known,
				  struct task_entry *entry)
{
	__u32 level = pidns_level(is_typed, task), parent_tid;
	struct task_entry *known_parent;
	struct placement placement;
	struct task_struct *parent;
	bool is_other;

	place_task(is_typed, task, &placement);
	if (!known && placement.state == CGROUP_HOST && !level)
		return false;
	parent = BPF_CORE_READ(task, group_leader, real_parent);
	parent_tid = BPF_CORE_READ(parent, tgid);
	known_parent = task_entry(parent_tid, BPF_CORE_READ(parent, group_leader));
	if (known) {
		*entry = *known;
		if (!find_container(entry) && placement.state == CGROUP_HOST && !level)
			return false;
		is_other = placement.state == CGROUP_CONTAINER
				   ? placement.container != entry->container
				   : placement.state == CGROUP_UNKNOWN && placement.cgroup != entry->cgroup;
		if (!is_other)
			return true;
		/* It has left a parent's root that is outside before, and says nothing by that now. */
		if (!known_parent || known_parent->cgroup != entry->cgroup)
			return true;
	} else {
		__builtin_memset(entry, 0, sizeof(*entry));
		/* Forked before its parent was entered, by a snapshot that had not come so far. */
		if (known_parent && known_parent->container == placement.container) {
			entry->cgroup = known_parent->cgroup;
			entry->container = known_parent->container;
			entry->flags = known_parent->flags & ~TASK_ENTRY;
			return true;
		}
	}
	/* A container's cgroup is entered by leaving the parent's root, not by a mere move. */
	if (!is_apart(task, parent))
		return known != NULL;
	entry->cgroup = placement.cgroup;
	entry->container = placement.container;
	entry->flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING;
	/* One that user space has not told of yet may be the same container's: what was known goes on. */
	if (placement.state != CGROUP_UNKNOWN) {
		entry->creds.is_known = 0;
		entry->root = EVENT_ROOT_UNTOLD;
	}
	return true;
}

/*
 * The entry of a thread that execs, made where there is none.
 *
 * Returns NULL for a task that is none of our business: on the host, or what a runtime starts in a
 * container's cgroup before it has entered the container.
 */
static __always_inline struct task_entry *exec_entry(const bool is_typed, struct task_struct *task, __u32 former_tid)
{
	struct task_entry *known = entry_of_tid(former_tid), entry;
	__u32 tid = GET(is_typed, task, pid);
	__u64 start_ns = GET(is_typed, task, start_boottime);

	/* Another thread than the leader called: de_thread() gave it the leader's tid and start time. */
	if (known && tid == former_tid && known->start_ns != start_ns)
		known = NULL;
	if (known && tid == former_tid && known->container && is_in_cgroup(is_typed, task, known->cgroup))
		return known;
	if (!enter(is_typed, task, known, &entry)) {
		if (known)
			untrack(former_tid);
		return NULL;
	}
	if (tid != former_tid)
		untrack(former_tid);
	entry.start_ns = start_ns;
	track(tid, &entry, false);
	return entry_of_tid(tid);
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

/* What lies side by side in struct linux_binprm: one read and not three. */
struct binprm_part {
	int argc, envc;
	const char *filename, *interp;
};

static __always_inline int handle_exec(const bool is_typed, enum event_hook hook, struct task_struct *task,
				       __u32 former_tid, struct linux_binprm *bprm)
{
	__u32 family = SCRATCH_EXEC;
	struct binprm_part part = {};
	struct process_event *event;
	struct task_entry *entry;
	struct scratch *scratch;
	const struct cred *cred;
	struct file *file;
	bool is_routine;

	entry = exec_entry(is_typed, task, former_tid);
	if (!entry)
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	event = &scratch->event;
	cred = task_creds(is_typed, task);
	event->before = entry->creds;
	event->before_root = entry->root;
	read_creds(is_typed, cred, &event->after);
	event->after_root = root_of(&event->after, cred);
	is_routine = !(entry->flags & TASK_ENTERING) && event->before_root == event->after_root;
	entry->creds = event->after;
	entry->root = event->after_root;
	/* A saved uid 0 that the exec took away is the end of a drop. */
	if (is_routine && event->after_root < EVENT_ROOT_MAPPED && have_same_uids(&event->before, &event->after) &&
	    !wants_all)
		return 0;

	read_userns(cred, event->after.userns_level, &event->userns);
	read_task(is_typed, task, entry, entry->container, &event->task);
	if (entry->flags & TASK_ENTERING && event->task.vpid != 1) {
		event->task.flags |= TASK_SESSION;
		entry->flags |= TASK_SESSION;
	}
	entry->flags &= ~TASK_ENTERING;
	begin_record(is_typed, scratch, task);
	file = GET(is_typed, task, mm, exe_file);
	read_file(is_typed, scratch, file, &event->file);
	bpf_core_read(&part, sizeof(part), &bprm->argc);
	event->argc = part.argc;
	if (part.filename != part.interp) {
		event->file.flags |= FILE_SCRIPT;
		event->filename_size = copy_string(scratch, part.filename);
		event->interp_size = copy_string(scratch, part.interp);
	}
	copy_paths(is_typed, scratch, SCRATCH_EXEC, task, file);
	copy_args(is_typed, scratch, GET(is_typed, task, mm));
	if (!is_explained(event)) {
		hook = HOOK_DRIFT;
		event->syscall = sees_every_commit ? SYSCALL_UNEXPECTED : SYSCALL_NONE;
	}
	emit_process(scratch, is_routine ? RING_EVENTS : RING_ALERTS, EVENT_EXEC, hook);
	return 0;
}

/*
 * Most execs are the host's. They are told by as few cache lines as can be: after an exec the caches are cold,
 * and each line costs more than the rest of this.
 */
static __always_inline bool is_host_exec(struct task_struct *task, __u32 former_tid)
{
	return !tracked[former_tid % TRACKED_PLACES] && is_in_host_cgroups(task) && !task->thread_pid->level;
}

/*
 * The thread group has one thread after an exec, and curr_target is always one of its threads: the task
 * itself, but as a pointer that the verifier does not trust. From a trusted one it looks up each field's
 * type by name among all of the kernel's, which made loading ten times as long.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_tp_btf, struct task_struct *task, pid_t former_tid, struct linux_binprm *bprm)
{
	if (is_host_exec(task, former_tid))
		return 0;
	return handle_exec(true, HOOK_TP_BTF_EXEC, task->signal->curr_target, former_tid, bprm);
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(exec_raw_tp, struct task_struct *task, pid_t former_tid, struct linux_binprm *bprm)
{
	return handle_exec(false, HOOK_RAW_TP_EXEC, task, former_tid, bprm);
}

#endif
