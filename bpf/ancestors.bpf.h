/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the ancestors of a task that a scan has come to say of its container. */
#ifndef UIDZERO_ANCESTORS_BPF_H
#define UIDZERO_ANCESTORS_BPF_H

#include "attribute.bpf.h"

#define ANCESTORS_MAX 32

/*
 * Is the ancestor in no cgroup of the container that the scratch's placement is of? In the host's cgroups the pid
 * namespace decides: `runc exec` enters that before the cgroup.
 */
static __always_inline bool is_outside(struct task_struct *ancestor, const struct placement *inside)
{
	struct placement placement;

	if (BPF_CORE_READ(ancestor, tgid) <= 1)
		return true;
	place_task(ancestor, &placement);
	if (placement.state == CGROUP_HOST)
		return !BPF_CORE_READ(ancestor, thread_pid, level);
	return placement.cgroup != inside->cgroup && !(inside->container && placement.container == inside->container);
}

/*
 * One process on the way up. A function of its own that takes numbers only: the verifier looks at it once for all turns
 * of the loop.
 *
 * Returns the address of its parent; 0: that one, in the scratch, is outside.
 */
__noinline __u64 step_outside(__u64 task_address)
{
	struct task_struct *leader = BPF_CORE_READ((struct task_struct *)task_address, group_leader), *parent;
	__u32 family = SCRATCH_ITER;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);

	if (!scratch)
		return 0;
	parent = BPF_CORE_READ(leader, real_parent);
	scratch->first = (__u64)leader;
	scratch->outside = (__u64)parent;
	scratch->passed_flags &= BPF_CORE_READ(leader, flags);
	return is_outside(parent, &scratch->placement) ? 0 : (__u64)parent;
}

/*
 * The nearest ancestor that is outside; the farthest one looked at where there is none within reach. In the scratch
 * then:
 *
 * passed_flags: those that the leaders of the task's thread group and of all between have
 * first:        the last leader before, which is the one that came in
 */
static __always_inline struct task_struct *ancestor_outside(struct scratch *scratch, __u64 task_address)
{
	int i;

	scratch->passed_flags = ~0;
	for (i = 0; i < ANCESTORS_MAX && task_address; i++)
		task_address = step_outside(task_address);
	return (void *)scratch->outside;
}

enum lineage {
	LINEAGE_NONE,  /* the process shows none */
	LINEAGE_SEEN,  /* it entered a container from its parent's root */
	LINEAGE_KNOWN, /* it has an entry, in which the lineage of its ancestors is accounted for */
	LINEAGE_END,   /* there are no more ancestors */
};

struct shown_lineage {
	__u64 cgroup;
	__u32 container, flags;
};

/* Which container does an ancestor belong to? */
static __always_inline enum lineage see_lineage(struct task_struct *leader, struct shown_lineage *ret)
{
	struct placement placement;
	struct task_entry *known;
	struct cgroup_entry *cgroup;

	if (BPF_CORE_READ(leader, tgid) <= 1)
		return LINEAGE_END;
	known = task_entry(false, BPF_CORE_READ(leader, pid), leader);
	if (known) {
		ret->cgroup = known->cgroup;
		ret->container = known->container;
		ret->flags = known->flags & TASK_SESSION;
		if (!known->container) {
			cgroup = bpf_map_lookup_elem(&cgroups, &ret->cgroup);
			ret->container = cgroup ? cgroup->container : 0;
		}
		return ret->container ? LINEAGE_KNOWN : LINEAGE_NONE;
	}
	place_task(leader, &placement);
	if (placement.state != CGROUP_CONTAINER || !is_apart(leader, BPF_CORE_READ(leader, real_parent)))
		return LINEAGE_NONE;
	ret->cgroup = placement.cgroup;
	ret->container = placement.container;
	ret->flags = 0;
	return LINEAGE_SEEN;
}

/*
 * Examine an ancestor; what it shows is in the scratch. A function of its own that takes numbers only: the verifier
 * looks at it once for all turns of the loop.
 *
 * Returns the address of the next one; 0: it was the last one that matters.
 */
__noinline __u64 step_lineage(__u64 leader_address)
{
	struct task_struct *leader = (void *)leader_address;
	__u32 family = SCRATCH_ITER;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct shown_lineage shown = {};
	enum lineage lineage;

	if (!scratch)
		return 0;
	lineage = see_lineage(leader, &shown);
	if (lineage == LINEAGE_END)
		return 0;
	if (lineage != LINEAGE_NONE && shown.container != scratch->lineage_within &&
	    !is_nested_in(scratch->lineage_within, shown.container)) {
		scratch->lineage_within = shown.container;
		scratch->lineage_container = shown.container;
		scratch->lineage_cgroup = shown.cgroup;
		scratch->lineage_flags = shown.flags;
	}
	return lineage == LINEAGE_KNOWN ? 0 : (__u64)BPF_CORE_READ(leader, real_parent, group_leader);
}

/*
 * Is a task that is seen for the first time a descendant of another container's process than its own cgroup says?
 * Where its cgroup's container is nested in that one, the cgroup decides.
 *
 * Returns the container's number, with the rest in the scratch space; 0: its cgroup decides.
 */
__noinline int find_lineage(__u64 leader_address, __u32 container)
{
	__u64 ancestor = (__u64)BPF_CORE_READ((struct task_struct *)leader_address, real_parent, group_leader);
	__u32 family = SCRATCH_ITER;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	int i;

	if (!scratch)
		return 0;
	scratch->lineage_within = container;
	scratch->lineage_container = 0;
	scratch->lineage_cgroup = 0;
	scratch->lineage_flags = 0;
	for (i = 0; i < ANCESTORS_MAX && ancestor; i++)
		ancestor = step_lineage(ancestor);
	return scratch->lineage_container;
}

#endif
