/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Differences between kernels, each told by what BTF has, never by a version. */
#ifndef UIDZERO_COMPAT_BPF_H
#define UIDZERO_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "maps.h"

#define KTHREADD_PID      2 /* the parent of all kernel threads but itself */
#define PF_KTHREAD        0x00200000
#define PF_EXITING        0x00000004
#define PF_FORKNOEXEC     0x00000040
#define PF_IO_WORKER      0x00000010 /* before 5.12 PF_VCPU has this bit */
#define PF_USER_WORKER    0x00004000 /* since 6.4 */
#define SIGNAL_GROUP_EXIT 0x00000004 /* of struct signal_struct */
#define MNT_NOSUID        0x01       /* of struct vfsmount */
#define MINORBITS         20
#define S_ISUID           0004000
#define S_ISGID           0002000

#define OVERLAYFS_SUPER_MAGIC 0x794c7630

/* Kernel 6.15 renamed parent to __parent (633488947ef6 "kernfs: Use RCU to access kernfs_node::parent"). */
struct kernfs_node___6_15 {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___6_15 *renamed = (void *)kn;

	if (bpf_core_field_exists(renamed->__parent))
		return BPF_CORE_READ(renamed, __parent);
	return BPF_CORE_READ(kn, parent);
}

/*
 * Kernel 5.12 made io_uring's threads threads of their process (3bfe6106693b "io-wq: fork worker threads from original
 * task"), with a pointer that only a worker's thread sets, and 5.17 renamed it (e32cf5dfbe22 "kthread: Generalize
 * pf_io_worker so it can point to struct kthread"). Kernel 6.4 has more such threads, vhost's (f9010dbdce91 "fork,
 * vhost: Use CLONE_THREAD to fix freezer/ps regression").
 */
struct task_struct___5_12 {
	void *pf_io_worker;
} __attribute__((preserve_access_index));

struct task_struct___5_17 {
	void *worker_private;
} __attribute__((preserve_access_index));

struct kernel_clone_args___6_4 {
	__u32 user_worker : 1;
} __attribute__((preserve_access_index));

enum thread_kind {
	THREAD_OF_PROGRAM,
	THREAD_SQPOLL,        /* submits an io_uring instance's requests with the credentials of the instance's maker */
	THREAD_KERNEL_WORKER, /* runs with the credentials of each request, or runs no request of the program */
};

/* A thread that runs the program, or one that the kernel made for the process. @flags: the thread's */
static __always_inline enum thread_kind thread_kind(struct task_struct *task, __u32 flags)
{
	struct task_struct___5_12 *before_5_17 = (void *)task;
	struct task_struct___5_17 *since_5_17 = (void *)task;
	struct kernel_clone_args___6_4 *args = NULL;

	if (bpf_core_field_exists(since_5_17->worker_private)) {
		if (flags & PF_IO_WORKER)
			return BPF_CORE_READ(since_5_17, worker_private) ? THREAD_KERNEL_WORKER : THREAD_SQPOLL;
	} else if (bpf_core_field_exists(before_5_17->pf_io_worker)) {
		if (flags & PF_IO_WORKER)
			return BPF_CORE_READ(before_5_17, pf_io_worker) ? THREAD_KERNEL_WORKER : THREAD_SQPOLL;
	}
	return bpf_core_field_exists(args->user_worker) && flags & PF_USER_WORKER ? THREAD_KERNEL_WORKER
										  : THREAD_OF_PROGRAM;
}

/*
 * What overlayfs keeps right behind an inode. Its struct ovl_inode is mostly a module's, whose types are not among the
 * kernel's; but since 4.13 (09d8b586731b "ovl: move __upperdentry to ovl_inode") these two follow vfs_inode.
 */
struct overlay_layers {
	struct dentry *upper; /* NULL: the file is only below */
	void *lower;          /* first an inode, later a layer, now a list of them: NULL only for what is above alone */
};

static __always_inline bool read_overlay_layers(struct inode *inode, struct overlay_layers *ret)
{
	return !bpf_probe_read_kernel(ret, sizeof(*ret), (void *)inode + bpf_core_type_size(struct inode));
}

/*
 * How a mount shows the owners of its files since 5.12: by a user namespace; since 6.2 (256c8aed2b42 "fs: introduce
 * dedicated idmap type for mounts") by a type for that, which refers to the namespace at first, and now has the maps
 * in itself.
 */
struct mnt_idmap___owner {
	struct user_namespace *owner;
} __attribute__((preserve_access_index));

struct mnt_idmap___maps {
	struct uid_gid_map uid_map, gid_map;
} __attribute__((preserve_access_index));

struct vfsmount___6_2 {
	void *mnt_idmap;
} __attribute__((preserve_access_index));

/* The address of a user namespace's map of uids, or of gids. */
static __always_inline __u64 userns_id_map(struct user_namespace *userns, bool is_gid)
{
	return (__u64)userns + (is_gid ? bpf_core_field_offset(struct user_namespace, gid_map)
				       : bpf_core_field_offset(struct user_namespace, uid_map));
}

/*
 * The address of the map from a file's owners, or groups, to those that a mount shows.
 * A function of its own that takes numbers only: the verifier looks at it once.
 *
 * Returns 0 for a mount that shows them as they are.
 */
__noinline __u64 mount_id_map(__u64 mnt_address, __u32 is_gid)
{
	struct vfsmount *mnt = (void *)mnt_address;
	struct vfsmount___6_2 *newer = (void *)mnt;
	struct user_namespace *userns = NULL;

	if (bpf_core_field_exists(newer->mnt_idmap)) {
		struct mnt_idmap___maps *maps = BPF_CORE_READ(newer, mnt_idmap);
		struct mnt_idmap___owner *owner = (void *)maps;

		/* The one for mounts that show them as they are has no extents, which no other one lacks. */
		if (bpf_core_field_exists(maps->uid_map) && !BPF_CORE_READ(maps, uid_map.nr_extents))
			return 0;
		if (bpf_core_field_exists(maps->uid_map))
			return (__u64)maps + (is_gid ? bpf_core_field_offset(struct mnt_idmap___maps, gid_map)
						     : bpf_core_field_offset(struct mnt_idmap___maps, uid_map));
		userns = BPF_CORE_READ(owner, owner);
	} else if (bpf_core_field_exists(mnt->mnt_userns)) {
		userns = BPF_CORE_READ(mnt, mnt_userns);
	}
	/* The initial one's is the identity; the file system's own one says that there is no map. */
	if (!userns || !BPF_CORE_READ(userns, level) || userns == BPF_CORE_READ(mnt, mnt_sb, s_user_ns))
		return 0;
	return userns_id_map(userns, is_gid);
}

/* The same from the file system's own user namespace to those on disk; 0 for the initial one. */
__noinline __u64 fs_id_map(__u64 mnt_address, __u32 is_gid)
{
	struct user_namespace *userns = BPF_CORE_READ((struct vfsmount *)mnt_address, mnt_sb, s_user_ns);

	return BPF_CORE_READ(userns, level) ? userns_id_map(userns, is_gid) : 0;
}

/*
 * The same task by a pointer that the verifier does not trust. From one that it trusts, since 6.2, it looks up the
 * type behind each pointer by name among all of the kernel's, which makes loading ten times as long. Its numbers are
 * best read from the trusted one: those loads need no guard.
 *
 * The kernel's function bpf_rdonly_cast(), which costs no instruction. Who loads the programs puts its number there,
 * and that of the type; and a mere copy where the kernel has no such function, and trusts no pointer.
 */
static __always_inline struct task_struct *untrusted(struct task_struct *task)
{
	struct task_struct *(*rdonly_cast)(const struct task_struct *task, __u32 type) = (void *)RDONLY_CAST;

	return rdonly_cast(task, TASK_STRUCT_TYPE);
}

#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/*
 * The registers with which the current task entered the kernel. The helper came in 5.15; before it, they lie
 * at the very end of the stack (since 6.9 two words may follow: CONFIG_X86_FRED), whose size is this but for
 * arm64 with pages of 64 KiB.
 */
#define THREAD_SIZE (16 << 10)

static __always_inline struct pt_regs *user_regs(struct task_struct *task)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return BPF_CORE_READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs);
}

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT 2

static __always_inline __u64 regs_syscall_number(struct pt_regs *regs)
{
	return BPF_CORE_READ(regs, orig_ax);
}

/* In a system call of the 32-bit table, whatever the program is. */
static __always_inline bool is_compat_task(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
}
#elif defined(__TARGET_ARCH_arm64)
#define PSR_MODE32_BIT 0x10 /* of the ABI, unlike the bits in thread_info */

static __always_inline __u64 regs_syscall_number(struct pt_regs *regs)
{
	return BPF_CORE_READ(regs, syscallno);
}

/* A program's mode is its table, and changes by exec alone. */
static __always_inline bool is_compat_task(struct task_struct *task)
{
	return BPF_CORE_READ(user_regs(task), pstate) & PSR_MODE32_BIT;
}
#endif

static __always_inline __u64 syscall_number(struct task_struct *task)
{
	return regs_syscall_number(user_regs(task));
}

/*
 * Reads a field, through pointers. Where a program may follow typed pointers itself (tp_btf) that costs a
 * load each; elsewhere a helper is asked, which with the return thunks of today's mitigations is ten times
 * as dear. `is_typed` is a constant in each program.
 */
#define GET(is_typed, source, field, ...)                                                                              \
	((is_typed) ? ___arrow((source), field, ##__VA_ARGS__) : BPF_CORE_READ((source), field, ##__VA_ARGS__))

#endif
