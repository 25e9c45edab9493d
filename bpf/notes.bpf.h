/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Remembers for each processor which sets of cgroups are the host's. */
#ifndef UIDZERO_NOTES_BPF_H
#define UIDZERO_NOTES_BPF_H

#include "maps.bpf.h"

static __always_inline struct host_notes *own_host_notes(void)
{
	return &host_notes[bpf_get_smp_processor_id() % HOST_NOTES_CPUS];
}

/* Code that keeps something by a set's address reads this first: if it ends meanwhile, so does what was kept. */
static __always_inline __u32 current_generation(void)
{
	return *(volatile __u32 *)&own_host_notes()->generation;
}

#define NOTES_CHUNK 16

/* Of some processors. A function of its own that takes a number only: the verifier looks at its loop once. */
__noinline int begin_generation_from(__u32 cpu)
{
	__u32 i;

	for (i = 0; i < NOTES_CHUNK && cpu + i < nr_host_notes; i++)
		__sync_fetch_and_add(&host_notes[(cpu + i) % HOST_NOTES_CPUS].generation, 1);
	return 0;
}

__noinline int begin_generation(void)
{
	__u32 cpu;

	for (cpu = 0; cpu < HOST_NOTES_CPUS && cpu < nr_host_notes; cpu += NOTES_CHUNK)
		begin_generation_from(cpu);
	return 0;
}

/* By typed pointers. */
static __always_inline bool is_noted_of_host(struct task_struct *task)
{
	const struct host_notes *noted = own_host_notes();
	const struct css_set *set = task->cgroups;
	const struct host_view *view = NULL;
	__u32 has_view = 0, i;

	for (i = 0; i < HOST_NOTES && !view; i++) {
		if (noted->css_sets[i] == (__u64)set && noted->generations[i] == noted->generation) {
			view = &noted->views[i];
			has_view = noted->has_view[i];
		}
	}
	if (!view || !has_view)
		return view;
	return view->nsproxy == (__u64)task->nsproxy && view->root == (__u64)task->fs->root.dentry;
}

/* @generation: from before it was seen that the task is the host's */
static __always_inline void note_of_host(struct task_struct *task, __u32 generation, const bool has_view)
{
	struct host_notes *noted = own_host_notes();
	__u32 i = noted->next++ % HOST_NOTES;

	/* Newer kernels may preempt this for another exec: the entry has no owner until it is complete. */
	noted->css_sets[i] = 0;
	barrier();
	noted->has_view[i] = has_view;
	if (has_view) {
		noted->views[i].nsproxy = (__u64)BPF_CORE_READ(task, nsproxy);
		noted->views[i].root = (__u64)BPF_CORE_READ(task, fs, root.dentry);
	}
	noted->generations[i] = generation;
	barrier();
	noted->css_sets[i] = (__u64)BPF_CORE_READ(task, cgroups);
}

#endif
