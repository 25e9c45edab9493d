/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads what a record tells of a task. */
#ifndef UIDZERO_TASK_BPF_H
#define UIDZERO_TASK_BPF_H

#include "attribute.bpf.h"
#include "path.bpf.h"

#define PFA_NO_NEW_PRIVS 0

/*
 * The objective credentials: what commit_creds() wrote. `cred` can be another's for a moment (overlayfs
 * works on files with its mounter's), which is neither a gain nor a drop.
 */
static __always_inline const struct cred *task_creds(struct task_struct *task)
{
	return BPF_CORE_READ(task, real_cred);
}

/* Eight ids and securebits, and the five sets, lie side by side in struct cred: two reads and not fourteen. */
static __always_inline void read_creds(const struct cred *cred, struct event_creds *creds)
{
	struct user_namespace *userns = BPF_CORE_READ(cred, user_ns);

	bpf_core_read(&creds->ruid, 9 * sizeof(__u32), &cred->uid);
	bpf_core_read(&creds->cap_inheritable, 5 * sizeof(__u64), &cred->cap_inheritable);
	creds->userns_level = BPF_CORE_READ(userns, level);
	creds->userns_inum = BPF_CORE_READ(userns, ns.inum);
	creds->is_known = 1;
}

static __always_inline void read_userns(const struct cred *cred, __u32 level, struct event_userns *map)
{
	struct user_namespace *userns;

	__builtin_memset(map, 0, sizeof(*map));
	if (!level)
		return;
	userns = BPF_CORE_READ(cred, user_ns);
	map->nr_extents = BPF_CORE_READ(userns, uid_map.nr_extents);
	if (map->nr_extents <= EVENT_USERNS_EXTENTS)
		bpf_core_read(map->uid_extents, sizeof(map->uid_extents), &userns->uid_map.extent);
}

/*
 * Does the user namespace call one of the kuids 0? A function of its own that takes numbers
 * only: the verifier looks at its loop once. Maps of more extents lie, sorted by their first, behind a pointer.
 */
__noinline int is_mapped_root(__u64 userns_address, __u32 euid, __u32 fsuid)
{
	struct user_namespace *userns = (void *)userns_address;
	__u32 nr_extents = BPF_CORE_READ(userns, uid_map.nr_extents), i;
	struct uid_gid_extent *extents, extent;

	extents = nr_extents > EVENT_USERNS_EXTENTS
			  ? BPF_CORE_READ(userns, uid_map.forward)
			  : (void *)userns + bpf_core_field_offset(struct user_namespace, uid_map.extent);
	for (i = 0; i < EVENT_USERNS_EXTENTS && i < nr_extents; i++) {
		if (bpf_probe_read_kernel(&extent, sizeof(extent), extents + i))
			break;
		if (!extent.first && extent.count)
			return extent.lower_first == euid || extent.lower_first == fsuid;
	}
	return 0;
}

/* What the credentials amount to now. `cred` is where they were read from. */
static __always_inline enum event_root root_of(const struct event_creds *creds, const struct cred *cred)
{
	if (!creds->euid || !creds->fsuid)
		return EVENT_ROOT_REAL;
	if (creds->userns_level)
		return is_mapped_root((__u64)BPF_CORE_READ(cred, user_ns), creds->euid, creds->fsuid)
			       ? EVENT_ROOT_MAPPED
			       : EVENT_ROOT_NONE;
	return creds->cap_permitted & ROOT_EQUIVALENT_CAPS ? EVENT_ROOT_EQUIVALENT : EVENT_ROOT_NONE;
}

static __always_inline bool have_same_uids(const struct event_creds *a, const struct event_creds *b)
{
	return a->ruid == b->ruid && a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid &&
	       a->userns_inum == b->userns_inum;
}

static __always_inline bool have_same_gids_and_caps(const struct event_creds *a, const struct event_creds *b)
{
	return a->rgid == b->rgid && a->egid == b->egid && a->sgid == b->sgid && a->fsgid == b->fsgid &&
	       a->cap_permitted == b->cap_permitted && a->cap_effective == b->cap_effective &&
	       a->cap_inheritable == b->cap_inheritable && a->cap_ambient == b->cap_ambient &&
	       a->cap_bounding == b->cap_bounding && a->securebits == b->securebits;
}

static __always_inline __u32 virtual_pid(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);

	return BPF_CORE_READ(pid, numbers[level].nr);
}

static __always_inline void read_task(struct task_struct *task, const struct task_entry *entry, __u32 container,
				      struct event_task *ret)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct task_struct *parent = BPF_CORE_READ(leader, real_parent);
	struct task_struct *parent_leader = BPF_CORE_READ(parent, group_leader);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct tty_struct *tty = BPF_CORE_READ(signal, tty);
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
	ret->tgid = BPF_CORE_READ(task, tgid);
	ret->tid = BPF_CORE_READ(task, pid);
	ret->vpid = upid.nr;
	ret->pidns_inum = BPF_CORE_READ(upid.ns, ns.inum);
	ret->flags = entry->flags;
	if (BPF_CORE_READ(task, atomic_flags) & 1 << PFA_NO_NEW_PRIVS)
		ret->flags |= TASK_NO_NEW_PRIVS;
	if (!level)
		ret->flags |= TASK_HOST_PIDNS;
	ret->start_ns = BPF_CORE_READ(leader, start_boottime);
	ret->cgroup = entry->cgroup;
	ret->container = container;
	ret->mntns_inum = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	ret->parent_tgid = BPF_CORE_READ(parent_leader, tgid);
	ret->parent_start_ns = BPF_CORE_READ(parent_leader, start_boottime);
	ret->parent_euid = BPF_CORE_READ(parent, real_cred, euid.val);
	ret->tty_major = 0;
	ret->tty_minor = 0;
	if (tty) {
		ret->tty_major = BPF_CORE_READ(tty, driver, major);
		ret->tty_minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
	}
	ret->seccomp_mode = BPF_CORE_READ(task, seccomp.mode);
	bpf_core_read(ret->comm, sizeof(ret->comm), &task->comm);
	bpf_core_read(ret->parent_comm, sizeof(ret->parent_comm), &parent_leader->comm);
}

static __always_inline void read_file(struct file *file, struct event_file *ret)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	__u32 dev = BPF_CORE_READ(sb, s_dev);

	ret->inode = BPF_CORE_READ(inode, i_ino);
	ret->dev_major = dev >> MINORBITS;
	ret->dev_minor = dev & ((1 << MINORBITS) - 1);
	ret->mode = BPF_CORE_READ(inode, i_mode);
	ret->uid = BPF_CORE_READ(inode, i_uid.val);
	ret->gid = BPF_CORE_READ(inode, i_gid.val);
	ret->flags = FILE_KNOWN;
	if (BPF_CORE_READ(file, f_path.mnt, mnt_flags) & MNT_NOSUID)
		ret->flags |= FILE_NOSUID;
	if (!BPF_CORE_READ(inode, i_nlink))
		ret->flags |= FILE_UNLINKED;
}

/* Everything of a record but its kind: the strings are copied by whoever knows which there are. */
static __always_inline void begin_record(struct scratch *scratch, struct task_struct *task)
{
	struct process_event *event = &scratch->event;
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	scratch->used = 0;
	bpf_core_read(&scratch->root, sizeof(scratch->root), &fs->root);
	event->argc = 0;
	event->args_full_size = 0;
	event->syscall = SYSCALL_NONE;
	event->filename_size = 0;
	event->interp_size = 0;
	event->executable_size = 0;
	event->cwd_size = 0;
	event->args_size = 0;
	event->executable_is_whole = 0;
	event->cwd_is_whole = 0;
	event->exit_code = 0;
}

static __always_inline void copy_executable(struct scratch *scratch, __u32 family, struct file *file)
{
	__u32 size = copy_path(scratch, family, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));

	scratch->event.executable_size = size & 0xffff;
	scratch->event.executable_is_whole = !!(size & PATH_IS_WHOLE);
}

static __always_inline void copy_cwd(struct scratch *scratch, __u32 family, struct task_struct *task)
{
	__u32 size = copy_path(scratch, family, BPF_CORE_READ(task, fs, pwd.dentry), BPF_CORE_READ(task, fs, pwd.mnt));

	scratch->event.cwd_size = size & 0xffff;
	scratch->event.cwd_is_whole = !!(size & PATH_IS_WHOLE);
}

static __always_inline void emit_process(struct scratch *scratch, enum event_ring ring, enum event_kind kind,
					 enum event_hook hook)
{
	emit(ring, kind, hook, &scratch->event.header, sizeof(scratch->event) + scratch->used,
	     sizeof(scratch->event) + PROCESS_EVENT_STRINGS_MAX);
}

#endif
