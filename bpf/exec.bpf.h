/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that start: the credentials are committed and bprm still has the file. */
#ifndef UIDZERO_EXEC_BPF_H
#define UIDZERO_EXEC_BPF_H

#include "emit.bpf.h"
#include "rings.bpf.h"
#include "stub.bpf.h"

enum entrance {
	ENTRANCE_NONE,      /* none of our business */
	ENTRANCE_AS_KNOWN,  /* it is where it was, or has merely moved */
	ENTRANCE_AS_PARENT, /* forked before its parent was entered, by a snapshot that had not come so far */
	ENTRANCE_NOW,       /* by this exec */
	ENTRANCE_AS_HOOK,   /* a program that the runtime runs before its set-up has ended */
};

/* What an entrance depends on of a parent's entry. By copies, which leave the verifier one course. */
struct parent_entry {
	__u64 cgroup;
	__u32 container;
	__u32 flags; /* 0: it has no entry, or one by a cgroup of the host */
};

static __always_inline void copy_parent_entry(const struct task_entry *known, struct parent_entry *ret)
{
	if (!known)
		return;
	ret->cgroup = known->cgroup;
	ret->container = known->container;
	ret->flags = known->flags;
	barrier_var(ret->flags);
}

/* A service with files of its own was entered before its cgroup was classified as the host's. */
static __always_inline void read_parent_entry(struct task_struct *parent, struct parent_entry *ret)
{
	__u32 tid = BPF_CORE_READ(parent, tgid);
	struct task_entry *known = task_entry(false, tid, BPF_CORE_READ(parent, group_leader));

	if (known && (find_container(tid) || pidns_level(parent)))
		copy_parent_entry(known, ret);
}

/*
 * How has a thread come in that has no entry yet, or is in another cgroup than when it got it?
 *
 * @is_known: it has one, by a cgroup that is not the host's
 */
static __always_inline enum entrance find_entrance(struct task_struct *task, struct task_struct *parent,
						   const bool is_known, const struct task_entry *entry,
						   const struct parent_entry *known_parent,
						   const struct placement *placement)
{
	bool is_other;

	if (is_known) {
		is_other = placement->state == CGROUP_CONTAINER
				   ? placement->container != entry->container
				   : placement->state == CGROUP_UNKNOWN && placement->cgroup != entry->cgroup;
		/* Or it has left a parent's root that is outside before, and says nothing by that now. */
		if (!is_other || !known_parent->flags || known_parent->cgroup != entry->cgroup)
			return ENTRANCE_AS_KNOWN;
		/* A descendant of a container's process comes into what is nested in that container, and into no other.
		 */
		if (!is_within(placement->cgroup, entry->container, entry->cgroup))
			return ENTRANCE_AS_KNOWN;
	} else if (known_parent->flags &&
		   !is_within(placement->cgroup, known_parent->container, known_parent->cgroup)) {
		return ENTRANCE_AS_PARENT;
	}
	/* A container's cgroup is entered by leaving the parent's root, not by a mere move. */
	if (is_apart(task, parent))
		return ENTRANCE_NOW;
	return is_known ? ENTRANCE_AS_KNOWN : known_parent->flags ? ENTRANCE_AS_PARENT : ENTRANCE_NONE;
}

/* What the thread was, where it may turn out to have moved within its container. */
static __always_inline __u16 flags_before(const struct task_entry *entry, const bool is_known,
					  const struct placement *placement)
{
	__u16 flags = TASK_WAS_INSIDE;

	if (!is_known || !(entry->flags & TASK_INSIDE) || placement->state != CGROUP_UNKNOWN)
		return 0;
	if (entry->flags & TASK_ENTRY)
		flags |= ENTRY_WAS_ENTRY;
	if (entry->flags & TASK_SESSION)
		flags |= ENTRY_WAS_SESSION;
	return flags;
}

/*
 * The same for a thread below a process that never execs. What such a stub forks has an entry as the stub has, and
 * becomes a part of the container by its exec.
 *
 * @ret_flags: those that the entry gets, beside the ones for this entrance
 */
static __always_inline enum entrance find_entrance_by_stub(struct task_struct *task, const struct placement *placement,
							   __u32 *ret_flags, __u32 *ret_parent)
{
	__u64 result = find_judged_stub(task, placement);

	*ret_parent = STUB_RESULT_TID(result);
	switch (STUB_RESULT_KIND(result)) {
	case STUB_SETUP:
		return ENTRANCE_AS_HOOK;
	case STUB_FIRST:
		*ret_flags = enter_stub((__u64)task, STUB_RESULT_LEVELS(result), placement->cgroup,
					placement->container, SCRATCH_EXEC);
		return ENTRANCE_NOW;
	case STUB_CHILD:
		return ENTRANCE_AS_PARENT;
	default:
		return ENTRANCE_NONE;
	}
}

/* A stub that execs after all: what has run below it before was a hook inside. */
static __always_inline bool is_stub_itself(const struct task_entry *entry)
{
	return (entry->flags & (TASK_INSIDE | TASK_ENTRY)) == TASK_ENTRY;
}

/*
 * Enter the current thread, which execs, or see that it is still where it was. A function of its own that takes numbers
 * only: the verifier looks at it once.
 *
 * Returns 0 for one that is none of our business: on the host, or what a runtime starts in a container's
 * cgroup before it has entered the container.
 */
__noinline int enter(__u32 former_tid)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *parent;
	struct task_entry *known = entry_of_tid(former_tid), *entry;
	struct parent_entry known_parent = {};
	__u32 tid = BPF_CORE_READ(task, pid), generation = current_generation();
	__u64 start_ns = BPF_CORE_READ(task, start_boottime);
	const struct placement *placement;
	__u32 family = SCRATCH_EXEC;
	struct scratch *scratch;
	__u32 stub_flags = 0, parent_tid = 0;
	enum entrance entrance;
	bool is_tracked = false, is_known = false;

	/* But where another thread than the leader called: de_thread() gave it the leader's tid and start time. */
	if (known && (tid != former_tid || known->start_ns == start_ns)) {
		if (known->flags & TASK_HELPER)
			return 1;
		if (tid == former_tid && known->container && known->flags & TASK_INSIDE && is_where_it_was(task, known))
			return 1;
		is_known = find_container(former_tid);
		is_tracked = true;
	}
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	entry = &scratch->entry;
	/* From here on by a copy: where it came from would double what the verifier looks at. */
	if (is_tracked)
		*entry = *known;
	else
		__builtin_memset(entry, 0, sizeof(*entry));
	barrier_var(is_known);
	barrier_var(is_tracked);
	place_in_scratch((__u64)task, SCRATCH_EXEC);
	placement = &scratch->placement;
	if (!is_tracked && placement->state == CGROUP_HOST && !pidns_level(task))
		return 0;
	parent = BPF_CORE_READ(task, group_leader, real_parent);
	read_parent_entry(parent, &known_parent);
	if (is_tracked && !is_known)
		is_known = pidns_level(parent);
	if (is_tracked && !is_known && placement->state == CGROUP_HOST && !pidns_level(task))
		entrance = ENTRANCE_NONE;
	else
		entrance = find_entrance(task, parent, is_known, entry, &known_parent, placement);
	if (!is_tracked && entrance == ENTRANCE_NONE) {
		entrance = find_entrance_by_stub(task, placement, &stub_flags, &parent_tid);
		copy_parent_entry(entry_of_tid(parent_tid), &known_parent);
	} else if (is_known && entrance == ENTRANCE_AS_KNOWN && is_stub_itself(entry)) {
		entrance = ENTRANCE_NOW;
	}
	if (is_tracked && (entrance == ENTRANCE_NONE || tid != former_tid))
		untrack(former_tid);
	if (entrance == ENTRANCE_AS_HOOK)
		return 0;
	if (entrance == ENTRANCE_NONE) {
		/* Before the walks of the start are over, it may be of a container that they have not come to. */
		if (!is_known && placement->state == CGROUP_UNKNOWN && !pidns_level(task) && walk_reports == WALK_LEVEL)
			note_of_host(task, generation, true);
		return 0;
	}
	if (entrance == ENTRANCE_AS_PARENT) {
		entry->cgroup = known_parent.cgroup;
		entry->container = known_parent.container;
		entry->flags = known_parent.flags & ~(TASK_ENTRY | ENTRY_WAS_ENTRY);
	}
	if (entrance == ENTRANCE_NOW) {
		entry->cgroup = placement->cgroup;
		entry->css_set = (__u64)BPF_CORE_READ(task, cgroups);
		entry->generation = generation;
		entry->container = placement->container;
		entry->flags = (entry->flags & TASK_IO_URING) | TASK_ENTRY | TASK_ENTERING | stub_flags |
			       flags_before(entry, is_known, placement);
		/* One that user space has not told of yet may be the same container's: what was known goes on. */
		if (placement->state != CGROUP_UNKNOWN) {
			entry->creds.is_known = 0;
			entry->root = EVENT_ROOT_UNTOLD;
		}
	}
	entry->flags |= TASK_INSIDE;
	entry->start_ns = start_ns;
	entry->tid = tid;
	track(entry, TRACK_SEEN);
	return 1;
}

/* Most that have no entry are the host's, which typed pointers tell at once. */
static __always_inline bool is_of_host(struct task_struct *via, __u32 former_tid)
{
	return !via->thread_pid->level && !entry_of_tid(former_tid) &&
	       (is_noted_of_host(via) || is_in_host_cgroups(via));
}

/* The entry of a thread that execs; NULL where it is none of our business. */
static __always_inline struct task_entry *exec_entry(const bool is_typed, struct task_struct *task,
						     struct task_struct *via, __u32 former_tid)
{
	__u32 tid = GET(is_typed, task, pid);
	struct task_entry *known;

	if (tid == former_tid) {
		known = task_entry(is_typed, tid, task);
		if (known && known->container && known->flags & TASK_INSIDE &&
		    is_seen_there(GET(is_typed, via, cgroups), known))
			return known;
	}
	if (is_typed && is_of_host(via, former_tid))
		return NULL;
	return enter(former_tid) ? entry_of_tid(tid) : NULL;
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

/*
 * Did the credentials come from the file that a handler of binfmt_misc opens as a descriptor (flag C), and not from the
 * interpreter that runs? Only where the interpreter is another file.
 */
static __always_inline bool counts_execfd(const bool is_typed, struct linux_binprm *bprm)
{
	return is_typed ? BPF_CORE_READ_BITFIELD(bprm, execfd_creds)
			: BPF_CORE_READ_BITFIELD_PROBED(bprm, execfd_creds);
}

/*
 * Read that file into the record: the binprm has handed it over to the current task's table by now. A function of its
 * own that takes a number only: the verifier looks at it once.
 */
__noinline int read_execfd(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 family = SCRATCH_EXEC;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (!scratch || fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	files = BPF_CORE_READ(table, fd);
	if (bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file)
		return 0;
	read_file(false, scratch, file, &scratch->event.file);
	read_shown_owner(file, &scratch->event.file);
	return 0;
}

static __always_inline int handle_exec(const bool is_typed, enum event_hook hook, struct task_struct *task,
				       struct task_struct *via, __u32 former_tid, struct linux_binprm *bprm)
{
	__u32 family = SCRATCH_EXEC;
	struct process_event *event;
	const char *filename, *interp;
	struct task_entry *entry;
	struct scratch *scratch;
	const struct cred *cred;
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct file *file;
	__u32 lost_ring = 0;
	bool is_routine;

	entry = exec_entry(is_typed, task, via, former_tid);
	if (!entry)
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	event = &scratch->event;
	cred = task_creds(is_typed, via);
	/* The exec has closed the descriptors that are to be closed by then. */
	if (entry->flags & TASK_IO_URING && task_rings(via) == RINGS_NONE) {
		entry->flags &= ~TASK_IO_URING;
		lost_ring = TASK_HAD_IO_URING;
	}
	event->before = entry->creds;
	event->before_root = entry->root;
	read_creds(is_typed, cred, &event->after);
	event->after_root = root_of(&event->after, cred);
	is_routine = !(entry->flags & TASK_ENTERING) && event->before_root == event->after_root && !lost_ring;
	/* In the record, where it doubles nothing of what the verifier looks at until it is read again. */
	event->header.ring = is_routine ? RING_EVENTS : RING_ALERTS;
	entry->creds = event->after;
	entry->root = event->after_root;
	/* A saved uid 0 that the exec took away is the end of a drop. */
	if (is_routine && event->after_root < EVENT_ROOT_MAPPED && have_same_uids(&event->before, &event->after) &&
	    !gains_root_group(event) && !wants_all)
		return 0;

	/* Who execs is the group's one thread by now. */
	read_entry(is_typed, via, entry, entry->container, &event->task);
	event->task.flags |= lost_ring;
	if ((entry->flags & (TASK_ENTERING | TASK_STUB | TASK_HELPER)) == TASK_ENTERING && event->task.vpid != 1) {
		event->task.flags |= TASK_SESSION;
		entry->flags |= TASK_SESSION;
	}
	entry->flags &= ~TASK_ENTERING;
	/* From here on the entry, at a place or in the hash table, is not needed: the verifier has one course left. */
	read_userns(cred, event->after.userns_level, &event->userns);
	read_task(is_typed, task, via, via, &event->task);
	/* What the kernel starts is the host's after its exec. */
	if (event->task.flags & TASK_HELPER)
		untrack(event->task.tid);
	fs = GET(is_typed, via, fs);
	mm = GET(is_typed, via, mm);
	begin_record(is_typed, scratch, fs);
	file = GET(is_typed, mm, exe_file);
	read_file(is_typed, scratch, file, &event->file);
	read_shown_owner(file, &event->file);
	if (event->task.flags & TASK_HELPER)
		event->file.mntns_inum = mount_namespace_of(BPF_CORE_READ(file, f_path.mnt));
	event->argc = GET(is_typed, bprm, argc);
	filename = GET(is_typed, bprm, filename);
	interp = GET(is_typed, bprm, interp);
	if (filename != interp) {
		if (counts_execfd(is_typed, bprm))
			read_execfd(BPF_CORE_READ(bprm, execfd));
		event->file.flags |= FILE_SCRIPT;
		event->filename_size = copy_string(scratch, filename);
		event->interp_size = copy_string(scratch, interp);
	}
	copy_paths(is_typed, scratch, SCRATCH_EXEC, fs, file);
	copy_args(is_typed, scratch, mm);
	if (!is_explained(event)) {
		hook = HOOK_DRIFT;
		event->syscall = sees_every_commit ? SYSCALL_UNEXPECTED : SYSCALL_NONE;
	}
	emit_process(scratch, event->header.ring == RING_EVENTS ? RING_EVENTS : RING_ALERTS, EVENT_EXEC, hook);
	return 0;
}

/* A function of its own, so that what the host's execs run is short and has no stack to warm. */
static __noinline int handle_typed_exec(struct task_struct *task, __u32 former_tid, struct linux_binprm *bprm)
{
	return handle_exec(true, HOOK_TP_BTF_EXEC, task, untrusted(task), former_tid, bprm);
}

/*
 * Most execs are the host's. They are told by as few cache lines as can be: after an exec the caches are cold,
 * and each line, of code too, costs more than the rest of this.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_tp_btf, struct task_struct *task, pid_t former_tid, struct linux_binprm *bprm)
{
	struct task_struct *via = untrusted(task);

	if (!*nr_tracked(former_tid) && is_noted_of_host(via) && !via->thread_pid->level)
		return 0;
	return handle_typed_exec(task, former_tid, bprm);
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(exec_raw_tp, struct task_struct *task, pid_t former_tid, struct linux_binprm *bprm)
{
	return handle_exec(false, HOOK_RAW_TP_EXEC, task, task, former_tid, bprm);
}

#endif
