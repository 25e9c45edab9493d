/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells whose a task is: by the cgroup it is in, and by what it shares with its parent. */
#ifndef UIDZERO_ATTRIBUTE_BPF_H
#define UIDZERO_ATTRIBUTE_BPF_H

#include "notes.bpf.h"

static __always_inline __u64 cgroup_key(__u64 kernfs_id, __u32 hierarchy)
{
	return kernfs_id | (__u64)hierarchy << CGROUP_KEY_SHIFT;
}

/* A root cgroup is the host's and needs no lookup. */
static __always_inline void place_in_cgroup(struct cgroup *cgroup, __u32 hierarchy, struct placement *placement)
{
	struct cgroup_entry *entry;
	struct kernfs_node *kn;
	__u64 key;

	if (!BPF_CORE_READ(cgroup, level))
		return;
	kn = BPF_CORE_READ(cgroup, kn);
	key = cgroup_key(BPF_CORE_READ(kn, id), hierarchy);
	entry = bpf_map_lookup_elem(&cgroups, &key);
	if (entry && entry->state == CGROUP_CONTAINER) {
		placement->cgroup = key;
		placement->container = entry->container;
		placement->state = CGROUP_CONTAINER;
	} else if (!entry || entry->state == CGROUP_UNKNOWN) {
		placement->cgroup = key;
		placement->state = CGROUP_UNKNOWN;
	} else if (!placement->cgroup) {
		placement->cgroup = key;
	}
}

/*
 * Threads with an entry: of the container, or of those that entered by that cgroup before it was classified. A function
 * of its own that takes numbers only: the verifier looks at it once.
 */
__noinline int count_live(__u32 container, __u64 cgroup, int change)
{
	struct container_slot *slot = &container_slots[container % CONTAINER_SLOTS];

	if (!container)
		__sync_fetch_and_add(&waiting[cgroup % WAITING_SLOTS], change);
	else if (slot->number == container)
		__sync_fetch_and_add(&slot->live, change);
	return 0;
}

/* Did the last one end? A thread that was just counted down reads this after that. */
static __always_inline bool is_empty(__u32 container, __u64 cgroup)
{
	if (container && *(volatile __s32 *)&container_slots[container % CONTAINER_SLOTS].live > 0)
		return false;
	return *(volatile __s32 *)&waiting[cgroup % WAITING_SLOTS] <= 0;
}

#define NESTING_MAX 8

/* A function of its own that takes numbers only: the verifier looks at its loop once. */
__noinline int is_nested_in(__u32 inner, __u32 outer)
{
	struct container_slot *slot;
	int i;

	for (i = 0; i < NESTING_MAX && inner; i++) {
		slot = &container_slots[inner % CONTAINER_SLOTS];
		inner = slot->number == inner ? slot->outer : 0;
		if (inner && inner == outer)
			return 1;
	}
	return 0;
}

#define CGROUP_LEVELS_MAX 16

/* The container of the next cgroup above that is classified; 0: none. Numbers only, as above. */
__noinline int container_above(__u64 key)
{
	struct cgroup_entry *entry;
	int i;

	for (i = 0; i < CGROUP_LEVELS_MAX; i++) {
		entry = bpf_map_lookup_elem(&cgroups, &key);
		if (!entry)
			return 0;
		if (entry->state != CGROUP_UNKNOWN)
			return entry->container;
		key = entry->parent_key;
	}
	return 0;
}

/* Where the cgroup turned out to be a part of the container that it was made in, the thread has merely moved. */
static __always_inline void settle_move(struct task_entry *entry, const struct cgroup_entry *cgroup)
{
	__u32 number = cgroup->maker;

	if (!number)
		number = container_above(cgroup->maker_cgroup ? cgroup->maker_cgroup : cgroup->parent_key);
	if (number == cgroup->container) {
		entry->flags &= ~(TASK_ENTRY | TASK_SESSION);
		if (entry->flags & ENTRY_WAS_ENTRY)
			entry->flags |= TASK_ENTRY;
		if (entry->flags & ENTRY_WAS_SESSION)
			entry->flags |= TASK_SESSION;
	}
	entry->flags &= ~(ENTRY_FLAGS | TASK_WAS_INSIDE);
}

static __always_inline __u32 v1_subsys(void)
{
	switch (v1_controller) {
	case V1_PIDS:
		return bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	case V1_MEMORY:
		return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	case V1_DEVICES:
		return bpf_core_enum_value(enum cgroup_subsys_id, devices_cgrp_id);
	case V1_FREEZER:
		return bpf_core_enum_value(enum cgroup_subsys_id, freezer_cgrp_id);
	case V1_CPU:
		return bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
	default:
		return bpf_core_enum_value(enum cgroup_subsys_id, cpuset_cgrp_id);
	}
}

static __always_inline struct cgroup *v1_cgroup(struct css_set *set)
{
	struct cgroup_subsys_state *css = NULL;

	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) + sizeof(css) * v1_subsys());
	return BPF_CORE_READ(css, cgroup);
}

/*
 * v2 first; a v1 controller's answer counts where v2 does not know a container, or is not as deep: a runtime
 * inside a container often sees one of the hierarchies only, and its containers stay in the outer one's cgroup in
 * the other.
 */
static __always_inline void place_task(struct task_struct *task, struct placement *placement)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *v2 = BPF_CORE_READ(set, dfl_cgrp), *v1;

	placement->cgroup = 0;
	placement->container = 0;
	placement->state = CGROUP_HOST;
	place_in_cgroup(v2, 0, placement);
	if (v1_controller == V1_NONE)
		return;
	v1 = v1_cgroup(set);
	if (placement->state != CGROUP_CONTAINER || BPF_CORE_READ(v1, level) > BPF_CORE_READ(v2, level))
		place_in_cgroup(v1, v1_hierarchy, placement);
}

/*
 * The same into the scratch. A function of its own that takes numbers only: the verifier looks at it once, and assumes
 * nothing of what it finds there, where each combination of constants on the stack would be a course of its own.
 */
__noinline int place_in_scratch(__u64 task_address, __u32 family)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);

	if (scratch)
		place_task((struct task_struct *)task_address, &scratch->placement);
	return 0;
}

/* Is the task in cgroups of the host? Noted for the next one. */
static __always_inline bool is_in_host_cgroups(struct task_struct *task)
{
	__u32 generation = current_generation();
	struct placement placement;

	place_task(task, &placement);
	if (placement.state != CGROUP_HOST)
		return false;
	note_of_host(task, generation, false);
	return true;
}

/* Is the task in that cgroup, and in no deeper one of the other hierarchy? */
static __always_inline bool is_in_cgroup(struct task_struct *task, __u64 key)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *v2 = BPF_CORE_READ(set, dfl_cgrp), *v1;
	int v2_level, v1_level;

	if (v1_controller == V1_NONE)
		return cgroup_key(BPF_CORE_READ(v2, kn, id), 0) == key;
	v1 = v1_cgroup(set);
	v2_level = BPF_CORE_READ(v2, level);
	v1_level = BPF_CORE_READ(v1, level);
	if (v1_level <= v2_level && cgroup_key(BPF_CORE_READ(v2, kn, id), 0) == key)
		return true;
	return v2_level <= v1_level && cgroup_key(BPF_CORE_READ(v1, kn, id), v1_hierarchy) == key;
}

/* Is a known task, which is in this set, known to be in the cgroup in which its lineage came in? */
static __always_inline bool is_seen_there(struct css_set *set, const struct task_entry *known)
{
	return known->css_set == (__u64)set && known->generation == current_generation();
}

/* The same by a look, which stands for this generation. */
static __always_inline bool is_where_it_was(struct task_struct *task, struct task_entry *known)
{
	known->generation = current_generation();
	known->css_set = is_in_cgroup(task, known->cgroup) ? (__u64)BPF_CORE_READ(task, cgroups) : 0;
	return known->css_set;
}

/* 0: the initial pid namespace. */
static __always_inline __u32 pidns_level(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_pid, level);
}

/*
 * Does the task see other files or processes than `outside` does? What a runtime starts in a container's
 * cgroup keeps its parent's namespaces and root until it has entered the container; monitors (conmon) always do.
 */
static __always_inline bool is_apart(struct task_struct *task, struct task_struct *outside)
{
	if (BPF_CORE_READ(task, thread_pid, level) != BPF_CORE_READ(outside, thread_pid, level))
		return true;
	if (BPF_CORE_READ(task, nsproxy, mnt_ns) != BPF_CORE_READ(outside, nsproxy, mnt_ns))
		return true;
	return BPF_CORE_READ(task, fs, root.dentry) != BPF_CORE_READ(outside, fs, root.dentry) ||
	       BPF_CORE_READ(task, fs, root.mnt) != BPF_CORE_READ(outside, fs, root.mnt);
}

/* Of tids that fall together with this one. */
static __always_inline __u32 *nr_tracked(__u32 tid)
{
	return &tracked[tid / TRACKED_TIDS % TRACKED_GROUPS];
}

static __always_inline struct task_entry *place_of(__u32 tid)
{
	__u32 place = tid % TASK_PLACES;

	return bpf_map_lookup_elem(&places, &place);
}

/* The entry of a tid, whichever thread left it. */
static __always_inline struct task_entry *entry_of_tid(__u32 tid)
{
	struct task_entry *place;

	if (!*nr_tracked(tid))
		return NULL;
	place = place_of(tid);
	if (place && place->tid == tid)
		return place;
	return bpf_map_lookup_elem(&tasks, &tid);
}

/* The entry of a thread; one that a former thread of that tid left is no entry. */
static __always_inline struct task_entry *task_entry(const bool is_typed, __u32 tid, struct task_struct *task)
{
	struct task_entry *entry = entry_of_tid(tid);

	if (entry && entry->start_ns != GET(is_typed, task, start_boottime))
		return NULL;
	return entry;
}

/*
 * Give a stored entry the container's number where its cgroup was classified since the thread came in by it. A function
 * of its own that takes numbers only: the verifier looks at it once.
 *
 * Returns 0 where that cgroup is the host's, else 1.
 */
__noinline int find_container(__u32 tid)
{
	struct task_entry *entry = entry_of_tid(tid);
	struct cgroup_entry *cgroup;

	if (!entry || entry->container)
		return 1;
	cgroup = bpf_map_lookup_elem(&cgroups, &entry->cgroup);
	if (!cgroup)
		return 1;
	if (cgroup->container) {
		count_live(cgroup->container, entry->cgroup, 1);
		count_live(0, entry->cgroup, -1);
		entry->container = cgroup->container;
		if (entry->flags & TASK_WAS_INSIDE)
			settle_move(entry, cgroup);
	}
	return cgroup->state != CGROUP_HOST;
}

/*
 * Is a cgroup a container's within the one that a lineage belongs to, or can it become one? A pid namespace without a
 * cgroup of its own has no number here: what was made from it is within it. Numbers only, as above.
 */
__noinline int is_within(__u64 key, __u32 container, __u64 cgroup)
{
	struct cgroup_entry *entry = bpf_map_lookup_elem(&cgroups, &key);
	__u32 above;

	if (!entry || entry->state == CGROUP_HOST)
		return 0;
	if (entry->state == CGROUP_CONTAINER && container)
		return is_nested_in(entry->container, container);
	/* One that the host made below: the first thread that enters it decides what it is. */
	if (entry->state == CGROUP_UNKNOWN && container && !entry->maker_cgroup) {
		above = container_above(entry->parent_key);
		return above == container || is_nested_in(above, container);
	}
	return entry->maker_cgroup && (entry->maker_cgroup == cgroup || (container && entry->maker == container));
}

enum tracking {
	TRACK_FORKED, /* whatever a former thread of that tid has left is overwritten */
	TRACK_SEEN,
	TRACK_FOUND, /* by a walk: what is there knows better */
};

/* Enter a thread. */
static __always_inline void track(const struct task_entry *entry, const enum tracking tracking)
{
	struct task_entry *place = place_of(entry->tid), *former;
	__u32 tid = entry->tid, zero = 0;
	struct cpu_counters *counter;

	if (place && !place->tid && tracking == TRACK_FORKED) {
		__sync_fetch_and_add(nr_tracked(tid), 1);
		count_live(entry->container, entry->cgroup, 1);
		*place = *entry;
		return;
	}
	if (place && place->tid == tid) {
		if (tracking != TRACK_FOUND) {
			count_live(entry->container, entry->cgroup, 1);
			count_live(place->container, place->cgroup, -1);
			*place = *entry;
		}
		return;
	}
	if (!bpf_map_update_elem(&tasks, &tid, entry, BPF_NOEXIST)) {
		__sync_fetch_and_add(nr_tracked(tid), 1);
		count_live(entry->container, entry->cgroup, 1);
		return;
	}
	former = bpf_map_lookup_elem(&tasks, &tid);
	if (former && tracking == TRACK_FOUND)
		return;
	if (former) {
		count_live(entry->container, entry->cgroup, 1);
		count_live(former->container, former->cgroup, -1);
		*former = *entry;
		return;
	}
	counter = bpf_map_lookup_elem(&counters, &zero);
	if (counter)
		counter->untracked++;
}

/* A walk may have entered a thread that was being forked: what is left of the tid then goes with its place. */
__noinline int untrack(__u32 tid)
{
	struct task_entry *place = place_of(tid);

	struct task_entry *former;

	if (place && place->tid == tid) {
		place->tid = 0;
		__sync_fetch_and_add(nr_tracked(tid), -1);
		count_live(place->container, place->cgroup, -1);
	}
	if (!*(volatile __u32 *)nr_tracked(tid))
		return 0;
	former = bpf_map_lookup_elem(&tasks, &tid);
	if (!former)
		return 0;
	count_live(former->container, former->cgroup, -1);
	if (!bpf_map_delete_elem(&tasks, &tid))
		__sync_fetch_and_add(nr_tracked(tid), -1);
	return 0;
}

#endif
