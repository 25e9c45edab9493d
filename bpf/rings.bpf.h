/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* io_uring instances that keep credentials of root beside those of their process's tasks. */
#ifndef UIDZERO_RINGS_BPF_H
#define UIDZERO_RINGS_BPF_H

#include "task.bpf.h"

#define ANON_INODE_FS_MAGIC 0x09041934
#define IO_URING_NAME       0x6e6972755f6f695bULL /* "[io_urin", which no other file's name begins with; little-endian */
#define XA_NODE_SLOTS       64
#define XA_ENTRY_BITS       3  /* of a pointer in an xarray: not 0 for what is no plain entry */
#define XA_NODE_BITS        2  /* of a pointer to an inner node */
#define XA_NODE_SHIFT       6  /* of a node whose slots hold nodes of entries */
#define FD_WORDS_MAX        64 /* of 64 descriptors, that are looked through */
#define REGISTERED_RINGS    16 /* IO_RINGFD_REG_MAX of the kernel */

/* Before 5.13 personalities were in an IDR, which is such an array; those of the thread had another name before 5.12.
 */
struct io_ring_ctx___5_10 {
	struct idr personality_idr;
	const struct cred *creds;
} __attribute__((preserve_access_index));

/* Kernel 5.18 has it first (e7a6c00dc77a "io_uring: add support for registering ring file descriptors"). */
struct io_uring_task___5_18 {
	struct file *registered_rings[REGISTERED_RINGS];
} __attribute__((preserve_access_index));

/*
 * The functions below use one variable for all that they read: their stacks, and that of the program which calls them,
 * share 512 bytes, and before 6.7 each is rounded up to 32.
 */
static __always_inline __u64 read_pointer(__u64 *value, const void *from)
{
	if (bpf_probe_read_kernel(value, sizeof(*value), from))
		*value = 0;
	return *value;
}

static __always_inline __u32 read_u32(__u64 *value, const void *from)
{
	return (__u32)read_pointer(value, from);
}

#define FIELD(source, field) ((void *)(source) + bpf_core_field_offset((source)->field))

/* Is the host's uid 0 in a user namespace's map? As host_root_uid(), with less stack. */
static __always_inline bool contains_host_root(__u64 *value, struct user_namespace *userns)
{
	__u32 nr_extents = read_u32(value, FIELD(userns, uid_map.nr_extents)), i;
	struct uid_gid_extent *extents = FIELD(userns, uid_map.extent);

	if (nr_extents > EVENT_USERNS_EXTENTS) {
		extents = (void *)read_pointer(value, FIELD(userns, uid_map.reverse));
		nr_extents = 1;
	}
	/* An extent's first kuid, and behind it the count. */
	for (i = 0; i < EVENT_USERNS_EXTENTS && i < nr_extents; i++) {
		if (read_pointer(value, &extents[i].lower_first) && !(__u32)*value)
			return true;
		barrier_var(nr_extents); /* see userns_knows() */
	}
	return false;
}

/* Requests are made with these credentials: do they act as the host's root? Root of a user namespace is none. */
static __always_inline int are_roots(__u64 *value, const struct cred *cred)
{
	struct user_namespace *userns;
	__u64 uids;

	uids = !read_u32(value, FIELD(cred, uid.val));
	uids |= !read_u32(value, FIELD(cred, suid.val));
	uids |= !read_u32(value, FIELD(cred, euid.val));
	uids |= !read_u32(value, FIELD(cred, fsuid.val));
	barrier_var(uids);
	if (uids)
		return 1;
	if (!(read_pointer(value, FIELD(cred, cap_permitted)) & ROOT_EQUIVALENT_CAPS))
		return 0;
	userns = (void *)read_pointer(value, FIELD(cred, user_ns));
	return !read_u32(value, FIELD(userns, level)) || contains_host_root(value, userns);
}

/*
 * What a slot of an xarray points to: credentials here, or in the next two functions a node. These functions take
 * numbers, so that the verifier looks at each once; each reads its slot itself, so that it looks little at their loops.
 */
__noinline int entry_holds_root(__u64 slot_address)
{
	__u64 value, entry = read_pointer(&value, (void *)slot_address);

	return entry && !(entry & XA_ENTRY_BITS) && are_roots(&value, (void *)entry);
}

/* The first slot of the node; 0 where the slot points to no node. */
static __always_inline __u64 slots_of_node(__u64 slot_address)
{
	__u64 entry = 0;

	bpf_probe_read_kernel(&entry, sizeof(entry), (void *)slot_address);
	if ((entry & XA_ENTRY_BITS) != XA_NODE_BITS)
		return 0;
	return entry - XA_NODE_BITS + bpf_core_field_offset(struct xa_node, slots);
}

__noinline int entries_hold_root(__u64 slot_address)
{
	__u64 slots = slots_of_node(slot_address);
	__u32 i;

	for (i = 0; i < XA_NODE_SLOTS && slots; i++)
		if (entry_holds_root(slots + i * sizeof(void *)))
			return 1;
	return 0;
}

__noinline int nodes_hold_root(__u64 slot_address)
{
	__u64 slots = slots_of_node(slot_address);
	__u32 i;

	for (i = 0; i < XA_NODE_SLOTS && slots; i++)
		if (entries_hold_root(slots + i * sizeof(void *)))
			return 1;
	return 0;
}

/* The root of the array of personalities. */
static __always_inline __u64 personalities(struct io_ring_ctx *ring)
{
	struct io_ring_ctx___5_10 *former = (void *)ring;

	if (bpf_core_field_exists(ring->personalities))
		return (__u64)ring + bpf_core_field_offset(ring->personalities.xa_head);
	return (__u64)ring + bpf_core_field_offset(former->personality_idr.idr_rt.xa_head);
}

/* With these the kernel's thread that polls the submission queue does what it finds there. */
static __always_inline const struct cred *poller_creds(__u64 *value, struct io_ring_ctx *ring)
{
	struct io_ring_ctx___5_10 *former = (void *)ring;

	if (bpf_core_field_exists(ring->sq_creds))
		return (void *)read_pointer(value, FIELD(ring, sq_creds));
	return (void *)read_pointer(value, FIELD(former, creds));
}

/*
 * Does an io_uring instance act as root for its process, by a personality or by its polling thread? That is what is
 * registered now, whatever was asked for. Of more than 4096 personalities it is taken for granted.
 */
static __always_inline int ring_holds_root(__u64 *value, struct io_ring_ctx *ring)
{
	struct xa_node *node;
	__u8 shift;

	if (!bpf_core_type_exists(struct io_ring_ctx))
		return 0;
	if (read_pointer(value, FIELD(ring, sq_data)) && are_roots(value, poller_creds(value, ring)))
		return 1;
	if ((read_pointer(value, (void *)personalities(ring)) & XA_ENTRY_BITS) != XA_NODE_BITS)
		return 0;
	node = (void *)(*value - XA_NODE_BITS);
	shift = (__u8)read_pointer(value, FIELD(node, shift));
	if (!shift)
		return entries_hold_root(personalities(ring));
	return shift == XA_NODE_SHIFT ? nodes_hold_root(personalities(ring)) : 1;
}

/* Only the kernel names files of that file system. */
static __always_inline bool is_ring(__u64 *value, struct file *file)
{
	struct dentry *dentry = (void *)read_pointer(value, FIELD(file, f_path.dentry));
	struct super_block *sb = (void *)read_pointer(value, FIELD(dentry, d_sb));

	if (read_u32(value, FIELD(sb, s_magic)) != ANON_INODE_FS_MAGIC)
		return false;
	return read_pointer(value, (void *)read_pointer(value, FIELD(dentry, d_name.name))) == IO_URING_NAME;
}

/* @slot_address: of the pointer to the file */
__noinline int file_holds_root(__u64 slot_address)
{
	__u64 value;
	struct file *file = (void *)read_pointer(&value, (void *)slot_address);

	if (!file || !is_ring(&value, file))
		return 0;
	return ring_holds_root(&value, (void *)read_pointer(&value, FIELD(file, private_data)));
}

/* @word_address: of the bits for 64 descriptors that say which are in use */
__noinline int files_hold_root(__u64 files_address, __u64 word_address)
{
	__u64 word = 0;
	__u32 i;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)word_address);
	for (i = 0; i < 64 && word; i++)
		if (file_holds_root(files_address + i * sizeof(struct file *)))
			return 1;
	return 0;
}

/* Registered rings need no descriptor. */
__noinline int registered_hold_root(__u64 io_uring_address)
{
	struct io_uring_task___5_18 *registered = (void *)io_uring_address;
	__u64 files;
	__u32 i;

	if (!registered || !bpf_core_field_exists(registered->registered_rings))
		return 0;
	files = io_uring_address + bpf_core_field_offset(registered->registered_rings);
	for (i = 0; i < REGISTERED_RINGS; i++)
		if (file_holds_root(files + i * sizeof(struct file *)))
			return 1;
	return 0;
}

enum rings {
	RINGS_NONE,
	RINGS_ROOT,
	RINGS_UNKNOWN, /* none in the part of a large table that is looked through */
};

/* @files_address, @io_uring_address: a task's tables; either may be 0 */
__noinline int rings_hold_root(__u64 files_address, __u64 io_uring_address)
{
	struct files_struct *tables = (void *)files_address;
	struct fdtable *table = BPF_CORE_READ(tables, fdt);
	__u64 files = (__u64)BPF_CORE_READ(table, fd);
	__u64 words = (__u64)BPF_CORE_READ(table, open_fds);
	__u32 nr_words = BPF_CORE_READ(table, max_fds) / 64, i;

	if (registered_hold_root(io_uring_address))
		return RINGS_ROOT;
	for (i = 0; i < FD_WORDS_MAX && i < nr_words; i++) {
		if (files_hold_root(files + 64 * i * sizeof(struct file *), words + i * sizeof(__u64)))
			return RINGS_ROOT;
		barrier_var(nr_words); /* see userns_knows() */
	}
	return nr_words > FD_WORDS_MAX ? RINGS_UNKNOWN : RINGS_NONE;
}

/* Does a task have such an instance, as a descriptor or registered without one? Returns enum rings. */
static __always_inline int task_rings(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->io_uring))
		return RINGS_NONE;
	return rings_hold_root((__u64)BPF_CORE_READ(task, files), (__u64)BPF_CORE_READ(task, io_uring));
}

#endif
