/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Containers whose first process is a fork of the runtime that never executes a program. */
#ifndef UIDZERO_STUB_BPF_H
#define UIDZERO_STUB_BPF_H

#include "task.bpf.h"

#define STUB_LEVELS_MAX 8 /* forks without an exec, from the program up to the runtime */

enum stub_result {
	STUB_NONE,  /* the parent is no stub */
	STUB_SETUP, /* a hook of the runtime, which has not finished the set-up */
	STUB_FIRST, /* the first program below a stub, which is entered now */
	STUB_CHILD, /* a further one: the stub has an entry */
};

/* The result, a process id, and how many parents above the program that process is, as one number. */
#define STUB_RESULT(result, tid, levels) ((result) | (__u64)(tid) << 8 | (__u64)(levels) << 40)
#define STUB_RESULT_KIND(result)         ((__u8)(result))
#define STUB_RESULT_TID(result)          ((__u32)((result) >> 8))
#define STUB_RESULT_LEVELS(result)       ((__u32)((result) >> 40))

/*
 * Is a program, whose parent is a stub, a hook that the runtime runs before it has finished the set-up? All of these
 * hold for hooks (LXC's mount and autodev, createContainer of OCI runtimes, measured), and not all for any program that
 * was meant to run: the runtime has moved the stub into a cgroup that it made for it; the stub has mounts of its own,
 * but its root directory is still the outside's; and the hook is in the stub's session.
 */
static __always_inline bool is_setup_hook(struct task_struct *task, struct task_struct *outside, __u64 cgroup,
					  __u32 state)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	return state != CGROUP_HOST && !is_in_cgroup(outside, cgroup) &&
	       BPF_CORE_READ(task, nsproxy, mnt_ns) != BPF_CORE_READ(outside, nsproxy, mnt_ns) &&
	       BPF_CORE_READ(task, fs, root.dentry) == BPF_CORE_READ(outside, fs, root.dentry) &&
	       !BPF_CORE_READ_BITFIELD_PROBED(signal, leader);
}

/*
 * A sandbox that a plain user starts, be it by a set-user-id program, is no container of the host's, unless a runtime's
 * cgroup marks it as one.
 */
static __always_inline bool is_of_plain_user(struct task_struct *outside, __u32 state)
{
	return state != CGROUP_CONTAINER && BPF_CORE_READ(outside, real_cred, uid.val);
}

/* The leader that many parents above a process. */
static __always_inline struct task_struct *ancestor_of(__u64 task_address, __u32 levels)
{
	struct task_struct *ancestor = BPF_CORE_READ((struct task_struct *)task_address, group_leader);
	__u32 i;

	for (i = 0; i <= STUB_LEVELS_MAX && i < levels; i++)
		ancestor = BPF_CORE_READ(ancestor, real_parent, group_leader);
	return ancestor;
}

/*
 * What is a program below the stub that is so many parents above it? A function of its own beside find_stub(): together
 * they would need more stack than kernels before 6.13 have.
 *
 * Returns STUB_FIRST, or why it is none.
 */
__noinline int judge_stub(__u64 task_address, __u32 levels, __u64 cgroup, __u32 state)
{
	struct task_struct *outside = ancestor_of(task_address, levels + 1);

	if (is_of_plain_user(outside, state))
		return STUB_NONE;
	return is_setup_hook((void *)task_address, outside, cgroup, state) ? STUB_SETUP : STUB_FIRST;
}

/*
 * Enter a stub: its children are found by the entry, and its end is reported. It is no part of the container, so the
 * flags are without TASK_INSIDE. In the scratch, since the stack of the programs that call this has no room; and not
 * called by find_stub(), whose frame has none either on kernels before 6.13.
 *
 * @levels: how many parents above the process
 *
 * Returns the flags of the stub that its program gets too.
 */
__noinline int enter_stub(__u64 task_address, __u32 levels, __u64 cgroup, __u32 container, __u32 family)
{
	struct task_struct *stub = ancestor_of(task_address, levels);
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct task_entry *entry;

	if (!scratch)
		return 0;
	entry = &scratch->stub;
	/* What they amount to is seen when it forks: one more call would need more stack than there is. */
	read_creds(false, task_creds(false, stub), &entry->creds);
	entry->root = EVENT_ROOT_UNTOLD;
	entry->start_ns = BPF_CORE_READ(stub, start_boottime);
	entry->cgroup = cgroup;
	entry->container = container;
	entry->tid = BPF_CORE_READ(stub, pid);
	entry->flags = TASK_ENTRY;
	if (pidns_level(stub) && virtual_pid(stub) == 1)
		entry->flags |= TASK_STUB;
	track(entry, TRACK_FOUND);
	return entry->flags & TASK_STUB;
}

/*
 * One ancestor of a process, see find_stub(). A function of its own that takes numbers only: the verifier looks at it
 * once for all turns of the loop.
 *
 * @levels: how many parents above the process it is, less one
 *
 * Returns the address of the next ancestor, of which the uppermost bit is set, or the result.
 */
__noinline __u64 step_stub(__u64 task_address, __u64 ancestor_address, __u32 levels)
{
	struct task_struct *ancestor = (void *)ancestor_address;
	__u32 tid = BPF_CORE_READ(ancestor, pid);

	if (is_apart((void *)task_address, ancestor))
		return levels ? STUB_RESULT(STUB_FIRST, 0, levels) : STUB_NONE;
	if (task_entry(false, tid, ancestor))
		return STUB_RESULT(STUB_CHILD, tid, 0);
	if (!(BPF_CORE_READ(ancestor, flags) & PF_FORKNOEXEC))
		return STUB_NONE;
	return (__u64)BPF_CORE_READ(ancestor, real_parent, group_leader);
}

/*
 * Look for a stub above a process that has executed a program and sees what its parent sees: the ancestors that have
 * not executed any, up to one from which the process is apart. A function of its own that takes numbers only: the
 * verifier examines its loop once.
 *
 * Returns STUB_RESULT(): of a stub that judge_stub() is asked about, or of the nearest process above that has an entry.
 */
__noinline __u64 find_stub(__u64 task_address)
{
	__s64 ancestor = (__s64)ancestor_of(task_address, 1);
	__u32 i;

	for (i = 0; i < STUB_LEVELS_MAX && ancestor < 0; i++)
		ancestor = step_stub(task_address, ancestor, i);
	return ancestor < 0 ? STUB_NONE : ancestor;
}

/* Both. */
static __always_inline __u64 find_judged_stub(struct task_struct *task, const struct placement *placement)
{
	__u64 result = find_stub((__u64)task);

	if (STUB_RESULT_KIND(result) != STUB_FIRST)
		return result;
	return STUB_RESULT(judge_stub((__u64)task, STUB_RESULT_LEVELS(result), placement->cgroup, placement->state), 0,
			   STUB_RESULT_LEVELS(result));
}

#endif
