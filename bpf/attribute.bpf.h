/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells whose a task is: by the cgroup it is in, and by what it shares with its parent. */
#ifndef UIDZERO_ATTRIBUTE_BPF_H
#define UIDZERO_ATTRIBUTE_BPF_H

#include "maps.bpf.h"

struct placement {
	__u64 cgroup;    /* key of the cgroup that decided; 0: the root of each hierarchy */
	__u32 container; /* number; 0: none yet */
	__u32 state;     /* enum cgroup_state */
};

static __always_inline __u64 cgroup_key(__u64 kernfs_id, __u32 hierarchy)
{
	return kernfs_id | (__u64)hierarchy << CGROUP_KEY_SHIFT;
}

/* A root cgroup is the host's and needs no lookup. */
static __always_inline void place_in_cgroup(const bool is_typed, struct cgroup *cgroup, __u32 hierarchy,
					    struct placement *placement)
{
	struct cgroup_entry *entry;
	struct kernfs_node *kn;
	__u64 key;

	if (!GET(is_typed, cgroup, level))
		return;
	kn = GET(is_typed, cgroup, kn);
	key = cgroup_key(GET(is_typed, kn, id), hierarchy);
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

/* v2 first; a v1 controller's answer counts where v2 does not know a container. */
static __always_inline void place_task(const bool is_typed, struct task_struct *task, struct placement *placement)
{
	struct css_set *set = GET(is_typed, task, cgroups);

	placement->cgroup = 0;
	placement->container = 0;
	placement->state = CGROUP_HOST;
	place_in_cgroup(is_typed, GET(is_typed, set, dfl_cgrp), 0, placement);
	if (v1_controller != V1_NONE && placement->state != CGROUP_CONTAINER) {
		struct cgroup_subsys_state *css = NULL;
		__u64 offset = bpf_core_field_offset(struct css_set, subsys);

		bpf_probe_read_kernel(&css, sizeof(css), (void *)set + offset + sizeof(css) * v1_subsys());
		place_in_cgroup(false, BPF_CORE_READ(css, cgroup), v1_hierarchy, placement);
	}
}

/* 0: the initial pid namespace. */
static __always_inline __u32 pidns_level(const bool is_typed, struct task_struct *task)
{
	struct pid *pid = GET(is_typed, task, thread_pid);

	return GET(is_typed, pid, level);
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

/* The entry of a thread; one that a former thread of that tid left is no entry. */
static __always_inline struct task_entry *task_entry(__u32 tid, struct task_struct *task)
{
	struct task_entry *entry = bpf_map_lookup_elem(&tasks, &tid);

	if (entry && entry->start_ns != BPF_CORE_READ(task, start_boottime))
		return NULL;
	return entry;
}

static __always_inline void track(__u32 tid, struct task_entry *entry)
{
	__u32 zero = 0;
	struct cpu_counters *counter;

	if (!bpf_map_update_elem(&tasks, &tid, entry, BPF_ANY))
		return;
	counter = bpf_map_lookup_elem(&counters, &zero);
	if (counter)
		counter->untracked++;
}

#endif
