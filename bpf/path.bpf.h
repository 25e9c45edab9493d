/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies strings of varying length behind a record. */
#ifndef UIDZERO_PATH_BPF_H
#define UIDZERO_PATH_BPF_H

#include "maps.bpf.h"

#define NAME_SIZE          256 /* NAME_MAX and a NUL */
#define PATH_IS_WHOLE      (1U << 31)
#define EVENT_PATH_SHALLOW 6 /* components that are followed by typed pointers */

/* Room for one more string of at most EVENT_PATH_MAX bytes behind which argv still fits. */
#define STRINGS_BEFORE_LAST_PATH (3 * EVENT_PATH_MAX)

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* 0: the mount has been detached. */
static __always_inline __u32 mount_namespace_of(struct vfsmount *mnt)
{
	return BPF_CORE_READ(mount_of(mnt), mnt_ns, ns.inum);
}

enum path_step { STEP_MORE, STEP_WHOLE, STEP_CUT };

/* Append a component's name. */
static __always_inline enum path_step append_name(struct scratch *scratch, const unsigned char *name)
{
	__u64 used = scratch->used;
	long size;

	barrier_var(used);
	if (used > STRINGS_BEFORE_LAST_PATH + EVENT_PATH_MAX - NAME_SIZE ||
	    used - scratch->path_begin > EVENT_PATH_MAX - NAME_SIZE)
		return STEP_CUT;
	size = bpf_probe_read_kernel_str(scratch->strings + used, NAME_SIZE, name);
	if (size <= 0)
		return STEP_CUT;
	scratch->used = used + size;
	return STEP_MORE;
}

/*
 * One step, up or across a mount. A function of its own that takes a number only: the verifier looks at it
 * once for all turns of the loop. What the turns share lives in the map, of whose contents it assumes nothing.
 */
__noinline __u32 step_path(__u32 family)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct dentry *dentry, *parent;
	struct vfsmount *mnt;

	if (!scratch)
		return STEP_CUT;
	dentry = scratch->dentry;
	mnt = scratch->mnt;
	if (dentry == scratch->root.dentry && mnt == scratch->root.mnt)
		return STEP_WHOLE;
	if (dentry == scratch->mnt_root) {
		struct mount *mount = mount_of(mnt), *outer = BPF_CORE_READ(mount, mnt_parent);

		if (outer != mount) {
			mnt = (void *)outer + bpf_core_field_offset(struct mount, mnt);
			scratch->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			scratch->mnt = mnt;
			scratch->mnt_root = BPF_CORE_READ(mnt, mnt_root);
			return STEP_MORE;
		}
		if (scratch->used != scratch->path_begin) /* the root of everything, outside of the task's own */
			return STEP_CUT;
	}
	if (append_name(scratch, BPF_CORE_READ(dentry, d_name.name)) != STEP_MORE)
		return STEP_CUT;
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry) /* a file without a directory: memfd */
		return STEP_WHOLE;
	scratch->dentry = parent;
	return STEP_MORE;
}

/* All steps that are left. A function of its own that takes a number only, for the same reason. */
__noinline __u32 climb_path(__u32 family)
{
	__u32 step = STEP_MORE, i;

	for (i = 0; i < EVENT_PATH_DEPTH && step == STEP_MORE; i++)
		step = step_path(family);
	return step;
}

/*
 * Append a path's components, leaf first, up to the record's root.
 *
 * Returns the bytes appended, with PATH_IS_WHOLE where the root was reached.
 */
static __always_inline __u32 copy_path(const bool is_typed, struct scratch *scratch, __u32 family,
				       struct dentry *dentry, struct vfsmount *mnt)
{
	__u32 step = STEP_MORE, i;

	scratch->path_begin = scratch->used;
	scratch->mnt = mnt;
	scratch->mnt_root = GET(is_typed, mnt, mnt_root);
	/* Typed pointers lead up to the mount's root, which in a container mostly is all the way. */
	for (i = 0; is_typed && i < EVENT_PATH_SHALLOW && step == STEP_MORE; i++) {
		if (dentry == scratch->root.dentry && mnt == scratch->root.mnt)
			return (scratch->used - scratch->path_begin) | PATH_IS_WHOLE;
		if (dentry == scratch->mnt_root)
			break;
		step = append_name(scratch, dentry->d_name.name);
		dentry = dentry->d_parent;
	}
	scratch->dentry = dentry;
	if (step == STEP_MORE)
		step = climb_path(family);
	return (scratch->used - scratch->path_begin) | (step == STEP_WHOLE ? PATH_IS_WHOLE : 0);
}

static __always_inline __u16 copy_string(struct scratch *scratch, const char *string)
{
	__u32 begin = scratch->used;
	long size;

	if (begin > STRINGS_BEFORE_LAST_PATH)
		return 0;
	size = bpf_probe_read_kernel_str(scratch->strings + begin, EVENT_PATH_MAX, string);
	if (size <= 0 || size > EVENT_PATH_MAX)
		return 0;
	scratch->used = begin + size;
	return size;
}

/*
 * argv as it lies on the new stack: the caller of execve(2) cannot rewrite it any more. The pages were
 * written a moment ago, so that reading them needs no page fault.
 */
static __always_inline void copy_args(const bool is_typed, struct scratch *scratch, struct mm_struct *mm)
{
	__u64 start = GET(is_typed, mm, arg_start), end = GET(is_typed, mm, arg_end);
	__u32 begin = scratch->used;
	__u64 size = end - start;

	scratch->event.args_size = 0;
	scratch->event.args_full_size = 0;
	if (end < start || begin > STRINGS_BEFORE_LAST_PATH + EVENT_PATH_MAX)
		return;
	scratch->event.args_full_size = size;
	if (size > EVENT_ARGS_MAX)
		size = EVENT_ARGS_MAX;
	if (bpf_probe_read_user(scratch->strings + begin, size, (void *)start))
		return;
	scratch->event.args_size = size;
	scratch->used = begin + size;
}

#endif
