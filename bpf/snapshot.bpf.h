/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk over all tasks: enters those inside containers into `tasks`, and reports who is root. */
#ifndef UIDZERO_SNAPSHOT_BPF_H
#define UIDZERO_SNAPSHOT_BPF_H

#include "ancestors.bpf.h"
#include "emit.bpf.h"
#include "rings.bpf.h"
#include "stub.bpf.h"
#include "threads.bpf.h"

/* A container of whose threads a scan sees one has not ended. */
static __always_inline void note_alive(__u32 container, __u64 key)
{
	struct cgroup_entry *cgroup;

	if (!container) {
		cgroup = bpf_map_lookup_elem(&cgroups, &key);
		container = cgroup ? cgroup->container : 0;
	}
	if (container)
		container_slots[container % CONTAINER_SLOTS].scan = scan_number;
}

/* Does the program come from a mount that the task itself has? */
static __always_inline bool is_of_own_mounts(struct task_struct *task)
{
	struct vfsmount *mnt = BPF_CORE_READ(task, mm, exe_file, f_path.mnt);
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

	return BPF_CORE_READ(mount, mnt_ns) == BPF_CORE_READ(task, nsproxy, mnt_ns);
}

/*
 * A process is reported when the scan comes to its leader, or to the first live thread where the leader has ended. The
 * answer for a group is kept: threads of one follow one another, and each would pass the same ended ones again.
 */
static __always_inline bool represents_process(struct scratch *scratch, struct task_struct *task,
					       struct task_struct *leader, __u64 session)
{
	__u64 signal;

	if (task->pid == BPF_CORE_READ(leader, pid))
		return true;
	if (BPF_CORE_READ(leader, mm) && !(BPF_CORE_READ(leader, flags) & PF_EXITING))
		return false;
	signal = (__u64)BPF_CORE_READ(leader, signal);
	if (scratch->group != signal || scratch->group_session != session) {
		survey_threads(signal, 0, HOLDS_NOTHING, SCRATCH_ITER);
		scratch->group = signal;
		scratch->group_session = session;
		scratch->group_speaker = scratch->strongest;
	}
	return scratch->group_speaker == (__u64)task;
}

/* Root, or what can become it. */
static __always_inline bool holds_root(const struct process_event *event, const struct event_threads *others)
{
	return event->after_root >= EVENT_ROOT_EQUIVALENT || !event->after.ruid || !event->after.suid ||
	       others->kept & EVENT_KEPT_IO_URING;
}

/* Of more threads than are examined each one that holds something is reported too. */
static __always_inline bool is_reported(struct scratch *scratch, struct task_struct *task, struct task_struct *leader,
					__u32 nr_threads, __u64 session)
{
	const struct event_threads none = {};

	return represents_process(scratch, task, leader, session) ||
	       (nr_threads > SURVEY_MAX && holds_root(&scratch->event, &none));
}

/*
 * A process is reported by the one of its threads that holds the most. That one's credentials into the record, with
 * what the others hold. Where they are not those last known, the latter count: their change has a record of its own,
 * and a scan believes it only at its second sight.
 *
 * @address: of the thread that the scan has come to, whose credentials the record has
 *
 * Returns the address of the thread that is reported.
 */
__noinline __u64 read_strongest(__u64 address)
{
	__u32 family = SCRATCH_ITER, strength;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct task_struct *other;
	struct task_entry *known;
	__u64 signal;

	if (!scratch)
		return address;
	signal = (__u64)BPF_CORE_READ((struct task_struct *)address, signal);
	/* A change is that of the thread that the scan has come to. */
	strength = scratch->event.header.hook == HOOK_DRIFT ? HOLDS_ROOT : strength_in_record(address, SCRATCH_ITER);
	survey_threads(signal, address, HOLDS_ROOT, SCRATCH_ITER);
	if (scratch->strength <= strength)
		return address;
	other = (void *)scratch->strongest;
	read_after((__u64)other, SCRATCH_ITER);
	known = task_entry(false, scratch->others.tid, other);
	if (known && !known->is_doubted) {
		scratch->event.after = known->creds;
		scratch->event.after_root = known->root;
		if (strength_in_record((__u64)other, SCRATCH_ITER) <= strength) {
			read_after(address, SCRATCH_ITER);
			*(__u64 *)&scratch->others = 0;
			return address;
		}
	}
	/* Known of it is the thread's own record, and here it is another one's. */
	scratch->event.before.is_known = 0;
	scratch->event.before_root = EVENT_ROOT_UNTOLD;
	survey_threads(signal, (__u64)other, HOLDS_ROOT, SCRATCH_ITER);
	return (__u64)other;
}

/*
 * How has a process come in that has no entry and did not come in by its own pid namespace or cgroup? As its exec would
 * have shown it, see find_entrance_by_stub(). The children of a hook are hooks too.
 *
 * @leader: of the process's threads, by a pointer that is a number to the verifier
 * @first:  the last ancestor before `outside`, or the process itself
 *
 * Returns false for a hook.
 */
static __always_inline bool find_by_stub(struct task_struct *leader, struct task_struct *first,
					 struct task_struct *outside, const struct placement *placement, __u16 *flags)
{
	__u64 result = find_judged_stub(leader, placement);
	struct task_entry *parent;

	switch (STUB_RESULT_KIND(result)) {
	case STUB_SETUP:
		return false;
	case STUB_FIRST:
		*flags |= TASK_ENTRY | enter_stub((__u64)leader, STUB_RESULT_LEVELS(result), placement->cgroup,
						  placement->container, SCRATCH_ITER);
		return true;
	case STUB_CHILD:
		parent = entry_of_tid(STUB_RESULT_TID(result));
		if (parent && parent->flags & TASK_STUB)
			*flags |= TASK_STUB;
		return true;
	default:
		return !(BPF_CORE_READ(first, flags) & PF_FORKNOEXEC) ||
		       !is_setup_hook(leader, outside, placement->cgroup, placement->state);
	}
}

/* A fork or exec may have told better meanwhile. */
static __always_inline void enter_found(const struct task_entry *entry)
{
	track(entry, TRACK_FOUND);
}

/*
 * TASK_IO_URING where the process has such an instance. Its first thread is asked, or where that has ended each one;
 * the others follow the first one's mark.
 */
static __always_inline __u32 rings_of(struct task_struct *task, struct task_struct *leader, __u32 tid)
{
	__u32 tgid = BPF_CORE_READ(leader, tgid);
	struct task_entry *known;

	if (tid == tgid || !BPF_CORE_READ(leader, files)) {
		if (task_rings(task) != RINGS_ROOT)
			return 0;
		has_seen_rings = true;
		return TASK_IO_URING;
	}
	known = task_entry(false, tgid, leader);
	return known ? known->flags & TASK_IO_URING : 0;
}

/*
 * The entry of a task that the scan has come to, into the scratch; all zero where it has none. From there on by this
 * copy: an entry at a place, one in the hash table and none would each be a course of its own to the verifier. A
 * function of its own that takes numbers only, as the next one.
 *
 * Returns whether it has one.
 */
__noinline int copy_known(__u32 tid, __u64 start_ns)
{
	__u32 family = SCRATCH_ITER;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct task_entry *known = entry_of_tid(tid);

	if (!scratch)
		return 0;
	if (!known || known->start_ns != start_ns) {
		__builtin_memset(&scratch->entry, 0, sizeof(scratch->entry));
		return 0;
	}
	scratch->entry = *known;
	note_alive(known->container, known->cgroup);
	return 1;
}

enum known_change {
	KNOWN_HAS_RINGS,
	KNOWN_IS_DOUBTED,
	KNOWN_IS_BELIEVED,
	KNOWN_HAS_CREDS, /* those in the record */
};

/* Change the entry that was copied. */
__noinline int change_known(__u32 change)
{
	__u32 family = SCRATCH_ITER;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct task_entry *known;

	if (!scratch)
		return 0;
	known = entry_of_tid(scratch->entry.tid);
	if (!known || known->start_ns != scratch->entry.start_ns)
		return 0;
	if (change == KNOWN_HAS_RINGS) {
		known->flags |= TASK_IO_URING;
		return 0;
	}
	known->is_doubted = change == KNOWN_IS_DOUBTED;
	if (change == KNOWN_HAS_CREDS) {
		known->creds = scratch->event.after;
		known->root = scratch->event.after_root;
	}
	return 0;
}

SEC("iter/task")
int snapshot_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader, *outside, *first, *strongest;
	struct seq_file *seq = ctx->meta->seq;
	__u32 family = SCRATCH_ITER, tid, generation, lineage;
	__u64 size;
	struct task_entry *entry;
	const struct placement *placement;
	struct scratch *scratch;
	struct process_event *event;
	const struct cred *cred;
	struct file *file;
	bool is_silent = false, is_in_exec;
	__u32 nr_threads;
	int is_known;

	if (!task || task->flags & PF_KTHREAD || !task->mm || thread_kind(task, task->flags) != THREAD_OF_PROGRAM)
		return 0;
	tid = task->pid;
	is_known = copy_known(tid, task->start_boottime);
	/* In the middle of an exec, which is about to be told: it may have its new credentials, and runs nothing. */
	is_in_exec = BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
	if (is_in_exec && !(is_known && walk_reports == WALK_LEVEL))
		return 0;
	generation = current_generation();
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	/* By way of a map: a typed pointer, cast or not, is no number to the verifier. */
	*(volatile __u64 *)&scratch->task = (__u64)task;
	place_in_scratch(*(volatile __u64 *)&scratch->task, SCRATCH_ITER);
	placement = &scratch->placement;
	leader = BPF_CORE_READ(task, group_leader);
	lineage = is_known ? 0 : find_lineage((__u64)leader, placement->container);
	if (!is_known && !lineage && placement->state == CGROUP_HOST && !pidns_level(task))
		return 0;
	cred = task_creds(false, task);
	event = &scratch->event;
	entry = &scratch->entry;
	read_creds(false, cred, &event->after);
	read_userns(cred, event->after.userns_level, &event->userns);
	event->after_root = root_of(&event->after, cred);
	event->header.hook = HOOK_ITER_TASK;
	/* A stub, or what it has forked. */
	if (is_known && !(entry->flags & TASK_INSIDE)) {
		change_known(KNOWN_HAS_CREDS);
		return 0;
	}
	nr_threads = BPF_CORE_READ(task, signal, nr_threads);
	if (is_known) {
		bool has_changed;

		if (has_seen_rings && !(entry->flags & TASK_IO_URING) && rings_of(task, leader, tid)) {
			entry->flags |= TASK_IO_URING;
			change_known(KNOWN_HAS_RINGS);
		}
		if (is_in_exec) {
			event->after = entry->creds;
			event->after_root = entry->root;
		}
		has_changed = entry->root != event->after_root || !have_same_uids(&entry->creds, &event->after);
		/* A change that is on its way to its own record looks the same, but not a moment later. */
		if (has_changed && !entry->is_doubted) {
			change_known(KNOWN_IS_DOUBTED);
			walk_has_doubts = true;
			return 0;
		}
		if (entry->is_doubted && !has_changed)
			change_known(KNOWN_IS_BELIEVED);
		if (has_changed)
			event->header.hook = HOOK_DRIFT;
		else if (walk_reports == WALK_CHANGED ||
			 !is_reported(scratch, task, leader, nr_threads, ctx->meta->session_id))
			return 0;
		else if (walk_reports == WALK_LEVEL)
			event->header.hook = HOOK_ITER_KNOWN;
	} else if (lineage) {
		entry->tid = tid;
		entry->start_ns = BPF_CORE_READ(task, start_boottime);
		entry->cgroup = scratch->lineage_cgroup;
		entry->container = lineage;
		entry->flags = TASK_INSIDE | scratch->lineage_flags | rings_of(task, leader, tid);
		is_silent = !is_reported(scratch, task, leader, nr_threads, ctx->meta->session_id);
		note_alive(lineage, 0);
	} else {
		outside = ancestor_outside(scratch, *(volatile __u64 *)&scratch->task);
		first = (void *)scratch->first;
		if (!is_apart(task, outside))
			return 0;
		/* A runtime's set-up: nobody has exec'ed inside yet, and the program is still the runtime's. */
		if (scratch->passed_flags & PF_FORKNOEXEC && !is_of_own_mounts(task))
			return 0;
		/* One of the set-up's threads, which end before the flag of the one that execs does. */
		if (BPF_CORE_READ(task, flags) & PF_EXITING)
			return 0;
		entry->tid = tid;
		entry->start_ns = BPF_CORE_READ(task, start_boottime);
		entry->cgroup = placement->cgroup;
		entry->css_set = (__u64)BPF_CORE_READ(task, cgroups);
		entry->generation = generation;
		entry->container = placement->container;
		entry->flags = TASK_INSIDE;
		if (virtual_pid(leader) == 1 || BPF_CORE_READ(leader, real_parent) == outside)
			entry->flags |= TASK_ENTRY;
		if (!(entry->flags & TASK_ENTRY) && !find_by_stub(leader, first, outside, placement, &entry->flags))
			return 0;
		if (pidns_level(task) && virtual_pid(first) != 1 && !(entry->flags & TASK_STUB))
			entry->flags |= TASK_SESSION;
		entry->flags |= rings_of(task, leader, tid);
		is_silent = !is_reported(scratch, task, leader, nr_threads, ctx->meta->session_id);
		note_alive(entry->container, entry->cgroup);
	}
	event->before = entry->creds;
	event->before_root = entry->root;
	if (!is_known) {
		entry->creds = event->after;
		entry->root = event->after_root;
	}
	strongest = task;
	*(__u64 *)&scratch->others = 0;
	if (nr_threads > 1 && !is_silent)
		strongest = (void *)read_strongest(*(volatile __u64 *)&scratch->task);
	if (event->header.hook != HOOK_DRIFT &&
	    (is_silent || (!(entry->flags & (TASK_ENTRY | TASK_IO_URING)) && !holds_root(event, &scratch->others)))) {
		if (!is_known)
			enter_found(entry);
		return 0;
	}
	if (!entry->container)
		entry->container = placement->container;
	read_known_task(strongest, entry, entry->container, &event->task);
	begin_record(false, scratch, BPF_CORE_READ(task, fs));
	event->others = scratch->others;
	if (event->header.hook == HOOK_DRIFT && sees_every_commit)
		event->syscall = SYSCALL_UNEXPECTED;
	file = BPF_CORE_READ(task, mm, exe_file);
	read_file(false, scratch, file, &event->file);
	read_shown_owner(file, &event->file);
	copy_paths(false, scratch, SCRATCH_ITER, BPF_CORE_READ(task, fs), file);
	event->header.abi = EVENT_ABI;
	event->header.kind = EVENT_TASK;
	event->header.time_ns = bpf_ktime_get_boot_ns();
	event->header.seq = ctx->meta->seq_num;
	event->header.cpu = bpf_get_smp_processor_id();
	event->header.ring = RING_EVENTS;
	size = sizeof(*event) + scratch->used;
	barrier_var(size);
	if (size > sizeof(*event) + 2 * EVENT_PATH_MAX)
		return 0;
	event->header.size = size;
	/* Where there is no room the kernel comes again with this task: then it must still be news. */
	if (bpf_seq_write(seq, event, size))
		return 0;
	if (!is_known)
		enter_found(entry);
	else if (event->header.hook == HOOK_DRIFT)
		change_known(KNOWN_HAS_CREDS);
	return 0;
}

#endif
