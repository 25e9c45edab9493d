/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies strings of varying length behind a record. */
#ifndef UIDZERO_PATH_BPF_H
#define UIDZERO_PATH_BPF_H

#include "maps.bpf.h"

#define NAME_SIZE     256 /* NAME_MAX and a NUL */
#define PATH_IS_WHOLE (1U << 31)

/* Room for one more string of at most EVENT_PATH_MAX bytes behind which argv still fits. */
#define STRINGS_BEFORE_LAST_PATH (3 * EVENT_PATH_MAX)

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/*
 * Append a path's components, leaf first, up to the record's root, crossing mounts. A function of its own
 * that takes numbers only, so that the verifier walks the loop once and not per caller. The cursor lives in
 * the map and not in a register: the verifier forgets its value, so that the loop's branches join again.
 *
 * Returns the bytes appended, with PATH_IS_WHOLE where the root was reached.
 */
__noinline __u32 copy_path(__u32 family, __u64 dentry_address, __u64 mnt_address)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct dentry *dentry = (void *)dentry_address, *mnt_root;
	struct vfsmount *mnt = (void *)mnt_address;
	__u32 begin, i;

	if (!scratch)
		return 0;
	begin = scratch->used;
	mnt_root = BPF_CORE_READ(mnt, mnt_root);
	for (i = 0; i < EVENT_PATH_DEPTH; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		__u64 used = scratch->used;
		long size;

		if (dentry == scratch->root.dentry && mnt == scratch->root.mnt)
			return (used - begin) | PATH_IS_WHOLE;
		if (dentry == mnt_root) {
			struct mount *mount = mount_of(mnt), *outer = BPF_CORE_READ(mount, mnt_parent);

			if (outer != mount) {
				dentry = BPF_CORE_READ(mount, mnt_mountpoint);
				mnt = (void *)outer + bpf_core_field_offset(struct mount, mnt);
				mnt_root = BPF_CORE_READ(mnt, mnt_root);
				continue;
			}
			if (used != begin) /* the root of everything, outside of the task's own */
				break;
		}
		barrier_var(used);
		if (used > STRINGS_BEFORE_LAST_PATH + EVENT_PATH_MAX - NAME_SIZE ||
		    used - begin > EVENT_PATH_MAX - NAME_SIZE)
			break;
		size = bpf_probe_read_kernel_str(scratch->strings + used, NAME_SIZE,
						 BPF_CORE_READ(dentry, d_name.name));
		if (size <= 0)
			break;
		scratch->used = used + size;
		if (parent == dentry) /* a file without a directory: memfd */
			return size | PATH_IS_WHOLE;
		dentry = parent;
	}
	return scratch->used - begin;
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
static __always_inline void copy_args(struct scratch *scratch, struct mm_struct *mm)
{
	__u64 start = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
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
