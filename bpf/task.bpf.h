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
static __always_inline const struct cred *task_creds(const bool is_typed, struct task_struct *task)
{
	return GET(is_typed, task, real_cred);
}

static __always_inline void read_ids_and_caps(const struct cred *cred, struct event_creds *creds)
{
	/* Eight ids and securebits, and the five sets, lie side by side: a read or two and not fourteen. */
	if (bpf_core_field_offset(cred->cap_inheritable) - bpf_core_field_offset(cred->uid) ==
	    offsetof(struct event_creds, cap_inheritable)) {
		bpf_core_read(&creds->ruid, offsetofend(struct event_creds, cap_ambient), &cred->uid);
	} else {
		bpf_core_read(&creds->ruid, offsetofend(struct event_creds, securebits), &cred->uid);
		bpf_core_read(&creds->cap_inheritable, 5 * sizeof(__u64), &cred->cap_inheritable);
	}
	creds->is_known = 1;
}

static __always_inline void read_creds(const bool is_typed, const struct cred *cred, struct event_creds *creds)
{
	struct user_namespace *userns = GET(is_typed, cred, user_ns);
	struct group_info *groups = GET(is_typed, cred, group_info);
	__u32 nr_groups = GET(is_typed, groups, ngroups), first = GET(is_typed, groups, gid[0].val);

	read_ids_and_caps(cred, creds);
	/* They are sorted since 4.15 (bdcf0a423ea1 "kernel: make groups_sort calling a responsibility ..."). */
	barrier_var(nr_groups);
	barrier_var(first);
	creds->has_root_group = !!nr_groups & !first;
	creds->userns_level = GET(is_typed, userns, level);
	creds->userns_inum = GET(is_typed, userns, ns.inum);
}

enum userns_facts {
	USERNS_MAPS_TO_ROOT = 1 << 0,  /* it calls one of the kuids 0 */
	USERNS_HAS_HOST_ROOT = 1 << 1, /* kuid 0 is in its map: capabilities in it are capabilities over that uid */
};

/* 1 or 0. */
static __always_inline __u32 is_zero(__u32 number)
{
	__u64 below = (__u64)number - 1;

	barrier_var(below);
	return below >> 63;
}

struct userns_extents {
	struct uid_gid_extent extents[EVENT_USERNS_EXTENTS];
};

/*
 * enum userns_facts. A function of its own that takes numbers only: the verifier looks at its loop once. Maps of more
 * extents lie behind a pointer, sorted by their first uid inside, and behind another one, sorted by their first kuid.
 */
__noinline int userns_knows(__u64 userns_address, __u32 euid, __u32 fsuid)
{
	struct user_namespace *userns = (void *)userns_address;
	__u32 nr_extents = BPF_CORE_READ(userns, uid_map.nr_extents), i;
	struct userns_extents map = {};
	struct uid_gid_extent *extent = map.extents;
	void *extents = (void *)userns + bpf_core_field_offset(struct user_namespace, uid_map.extent);
	__u32 is_unused, is_root;
	int facts = 0;

	if (nr_extents > EVENT_USERNS_EXTENTS)
		extents = BPF_CORE_READ(userns, uid_map.forward);
	if (bpf_probe_read_kernel(&map, sizeof(map), extents))
		return 0;
	/* Without branches, of which the verifier would follow both in each turn. */
	for (i = 0; i < EVENT_USERNS_EXTENTS && i < nr_extents; i++) {
		is_unused = is_zero(extent[i].count);
		is_root = is_zero(extent[i].lower_first ^ euid) | is_zero(extent[i].lower_first ^ fsuid);
		facts |= (is_zero(extent[i].first | is_unused) & is_root) * USERNS_MAPS_TO_ROOT;
		facts |= is_zero(extent[i].lower_first | is_unused) * USERNS_HAS_HOST_ROOT;
		/* Else there is one end of the loop, the lower one; and in a spilled one older verifiers see no number.
		 */
		barrier_var(nr_extents);
	}
	if (nr_extents > EVENT_USERNS_EXTENTS &&
	    !bpf_probe_read_kernel(&map, sizeof(*extent), BPF_CORE_READ(userns, uid_map.reverse)) && extent->count &&
	    !extent->lower_first)
		facts |= USERNS_HAS_HOST_ROOT;
	return facts;
}

/* The uid that a user namespace gives to the host's uid 0; EVENT_NO_UID where its map does not contain it. */
__noinline int host_root_uid(__u64 userns_address)
{
	struct user_namespace *userns = (void *)userns_address;
	__u32 nr_extents = BPF_CORE_READ(userns, uid_map.nr_extents), i;
	struct uid_gid_extent *extents, extent;

	extents = (void *)userns + bpf_core_field_offset(struct user_namespace, uid_map.extent);
	if (nr_extents > EVENT_USERNS_EXTENTS) {
		extents = BPF_CORE_READ(userns, uid_map.reverse);
		nr_extents = 1;
	}
	for (i = 0; i < EVENT_USERNS_EXTENTS && i < nr_extents; i++) {
		if (bpf_probe_read_kernel(&extent, sizeof(extent), extents + i))
			break;
		if (extent.count && !extent.lower_first)
			return extent.first;
		barrier_var(nr_extents); /* see userns_knows() */
	}
	return EVENT_NO_UID;
}

static __always_inline void read_large_map(struct user_namespace *userns, const struct cred *cred,
					   struct event_userns *map)
{
	map->host_root_uid = host_root_uid((__u64)userns);
	map->is_root_inside =
		userns_knows((__u64)userns, BPF_CORE_READ(cred, euid.val), BPF_CORE_READ(cred, fsuid.val)) &
		USERNS_MAPS_TO_ROOT;
}

static __always_inline void read_userns(const struct cred *cred, __u32 level, struct event_userns *map)
{
	struct user_namespace *userns;

	map->nr_extents = 0;
	map->host_root_uid = EVENT_NO_UID;
	map->is_root_inside = 0;
	if (!level)
		return;
	userns = BPF_CORE_READ(cred, user_ns);
	map->nr_extents = BPF_CORE_READ(userns, uid_map.nr_extents);
	if (map->nr_extents <= EVENT_USERNS_EXTENTS)
		bpf_core_read(map->uid_extents, sizeof(map->uid_extents), &userns->uid_map.extent);
	else
		read_large_map(userns, cred, map);
}

/* What credentials amount to now. `cred` is where they were read from. */
static __always_inline enum event_root root_of(const struct event_creds *creds, const struct cred *cred)
{
	bool has_caps = creds->cap_permitted & ROOT_EQUIVALENT_CAPS;
	int map;

	if (!creds->euid || !creds->fsuid)
		return EVENT_ROOT_REAL;
	if (!creds->userns_level)
		return has_caps ? EVENT_ROOT_EQUIVALENT : EVENT_ROOT_NONE;
	map = userns_knows((__u64)BPF_CORE_READ(cred, user_ns), creds->euid, creds->fsuid);
	if (has_caps && map & USERNS_HAS_HOST_ROOT)
		return EVENT_ROOT_EQUIVALENT;
	return map & USERNS_MAPS_TO_ROOT ? EVENT_ROOT_MAPPED : EVENT_ROOT_NONE;
}

static __always_inline bool have_same_uids(const struct event_creds *a, const struct event_creds *b)
{
	return a->ruid == b->ruid && a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid &&
	       a->userns_inum == b->userns_inum;
}

/* Is group 0 in force? */
static __always_inline bool has_root_group(const struct event_creds *creds)
{
	return !creds->egid || !creds->fsgid || creds->has_root_group;
}

/* Without being the host's root, which has no use for it. As the judge's judge_gains_root_group(). */
static __always_inline bool gains_root_group(const struct process_event *event)
{
	return has_root_group(&event->after) && !has_root_group(&event->before) &&
	       event->before_root != EVENT_ROOT_REAL && event->after_root != EVENT_ROOT_REAL;
}

static __always_inline bool have_same_gids_and_caps(const struct event_creds *a, const struct event_creds *b)
{
	return a->rgid == b->rgid && a->egid == b->egid && a->sgid == b->sgid && a->fsgid == b->fsgid &&
	       a->cap_permitted == b->cap_permitted && a->cap_effective == b->cap_effective &&
	       a->cap_inheritable == b->cap_inheritable && a->cap_ambient == b->cap_ambient &&
	       a->cap_bounding == b->cap_bounding && a->securebits == b->securebits &&
	       a->has_root_group == b->has_root_group;
}

static __always_inline __u32 virtual_pid(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);

	return BPF_CORE_READ(pid, numbers[level].nr);
}

static __always_inline void read_comm(const bool is_typed, struct task_struct *task, char ret[EVENT_COMM_SIZE])
{
	if (is_typed) {
		((__u64 *)ret)[0] = *(__u64 *)&task->comm[0];
		((__u64 *)ret)[1] = *(__u64 *)&task->comm[8];
	} else {
		bpf_core_read(ret, EVENT_COMM_SIZE, &task->comm);
	}
}

/* What the entry tells of a task, and what is kept in it. @leader: of its thread group */
static __always_inline void read_entry(const bool is_typed, struct task_struct *leader, const struct task_entry *entry,
				       __u32 container, struct event_task *ret)
{
	struct pid *pid = GET(is_typed, leader, thread_pid);
	__u32 level = GET(is_typed, pid, level);
	struct upid upid = {};

	/* Typed pointers take no variable index, and before 6.7 not this one. */
	if (is_typed && level == 1 && !bpf_core_field_size(pid->numbers)) {
		ret->vpid = pid->numbers[1].nr;
		ret->pidns_inum = pid->numbers[1].ns->ns.inum;
	} else {
		bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
		ret->vpid = upid.nr;
		ret->pidns_inum = BPF_CORE_READ(upid.ns, ns.inum);
	}
	ret->flags = entry->flags & ~ENTRY_FLAGS;
	if (!level)
		ret->flags |= TASK_HOST_PIDNS;
	ret->cgroup = entry->cgroup;
	ret->container = container;
}

/* The rest. @via: the task too, by the pointer that others are to be followed from. Returns its signal structure. */
static __always_inline struct signal_struct *read_task(const bool is_typed, struct task_struct *task,
						       struct task_struct *via, struct task_struct *leader,
						       struct event_task *ret)
{
	struct task_struct *parent = GET(is_typed, leader, real_parent);
	struct task_struct *parent_leader = GET(is_typed, parent, group_leader);
	struct signal_struct *signal = GET(is_typed, via, signal);
	struct tty_struct *tty = GET(is_typed, signal, tty);

	ret->tgid = GET(is_typed, task, tgid);
	ret->tid = GET(is_typed, task, pid);
	if (GET(is_typed, task, atomic_flags) & 1 << PFA_NO_NEW_PRIVS)
		ret->flags |= TASK_NO_NEW_PRIVS;
	ret->start_ns = GET(is_typed, leader, start_boottime);
	ret->mntns_inum = GET(is_typed, via, nsproxy, mnt_ns, ns.inum);
	ret->parent_tgid = GET(is_typed, parent_leader, tgid);
	ret->parent_start_ns = GET(is_typed, parent_leader, start_boottime);
	ret->parent_euid = GET(is_typed, parent, real_cred, euid.val);
	ret->tty_major = 0;
	ret->tty_minor = 0;
	if (tty) {
		ret->tty_major = GET(is_typed, tty, driver, major);
		ret->tty_minor = GET(is_typed, tty, driver, minor_start) + GET(is_typed, tty, index);
	}
	ret->seccomp_mode = GET(is_typed, task, seccomp.mode);
	read_comm(is_typed, task, ret->comm);
	read_comm(is_typed, parent_leader, ret->parent_comm);
	return signal;
}

/* Both, where nothing else is done with the entry in between. */
static __always_inline struct signal_struct *read_known_task(struct task_struct *task, const struct task_entry *entry,
							     __u32 container, struct event_task *ret)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	read_entry(false, leader, entry, container, ret);
	return read_task(false, task, task, leader, ret);
}

/*
 * Which layer of the overlay that is the process's root the file is in. Another overlay's layers say nothing of an
 * image: a volume's, or the host's own with the container's root in a directory below.
 *
 * Returns 0 for any other file, and where the layers are not what they are taken for.
 */
static __always_inline __u32 file_layer(const bool is_typed, struct inode *inode, struct super_block *sb,
					struct dentry *root)
{
	struct overlay_layers layers;
	struct dentry *upper;
	struct inode *real;

	if (GET(is_typed, sb, s_magic) != OVERLAYFS_SUPER_MAGIC || GET(is_typed, sb, s_root) != root ||
	    !read_overlay_layers(inode, &layers))
		return 0;
	upper = layers.upper;
	if (!upper)
		return layers.lower ? FILE_LOWER : 0;
	real = BPF_CORE_READ(upper, d_inode);
	return real && BPF_CORE_READ(real, i_sb) == BPF_CORE_READ(upper, d_sb) ? FILE_UPPER : 0;
}

/* A binary search among 340 extents, which is the most that a map has, needs no more turns. */
#define SEARCH_TURNS 9

/* What is left to search, as one number: the extents from `low` to the one before `high`. Or, with this bit, the end.
 */
#define SEARCH_RANGE(low, high) ((low) | (__u64)(high) << 16)
#define SEARCH_ENDED            (1ULL << 63)

/*
 * One turn of the search for an id in a map. More than EVENT_USERNS_EXTENTS extents lie behind a pointer, sorted by the
 * side to search. A function of its own that takes numbers only: the verifier looks at it once for all turns.
 *
 * Returns what is left to search, or SEARCH_ENDED with the id that it is mapped to, EVENT_NO_UID where the map lacks
 * it.
 */
__noinline __u64 search_map(__u64 map_address, __u32 id, __u32 is_up, __u32 is_sorted, __u64 range)
{
	struct uid_gid_map *map = (void *)map_address;
	struct uid_gid_extent *extents, extent;
	__u32 low = (__u16)range, high = (__u16)(range >> 16), at = is_sorted ? (low + high) / 2 : low, first;

	extents = !is_sorted ? (void *)map + bpf_core_field_offset(struct uid_gid_map, extent)
		  : is_up    ? BPF_CORE_READ(map, reverse)
			     : BPF_CORE_READ(map, forward);
	if (low >= high || bpf_probe_read_kernel(&extent, sizeof(extent), extents + at))
		return SEARCH_ENDED | EVENT_NO_UID;
	first = is_up ? extent.lower_first : extent.first;
	if (id >= first && id - first < extent.count)
		return SEARCH_ENDED | (__u32)(id - first + (is_up ? extent.first : extent.lower_first));
	return is_sorted && id < first ? SEARCH_RANGE(low, at) : SEARCH_RANGE(at + 1, high);
}

/*
 * Translate an id by a map: down from a namespace's inside to the outside, or up, as map_id_down() and map_id_up() do
 * it in the kernel. A function of its own that takes numbers only: the verifier looks at it once.
 *
 * Returns the id where there is no map, and EVENT_NO_UID where the map lacks it.
 */
__noinline __u32 map_id(__u64 map, __u32 id, __u32 is_up)
{
	__u32 nr_extents, i;
	__u64 found;

	if (!map || id == EVENT_NO_UID)
		return id;
	nr_extents = BPF_CORE_READ((struct uid_gid_map *)map, nr_extents);
	found = SEARCH_RANGE(0, nr_extents);
	for (i = 0; i < SEARCH_TURNS && !(found & SEARCH_ENDED); i++)
		found = search_map(map, id, is_up, nr_extents > EVENT_USERNS_EXTENTS, found);
	return found & SEARCH_ENDED ? found : EVENT_NO_UID;
}

/*
 * A file's owner, or its group, as the mount shows it: with an idmapped mount, that one is the set-user-id bit's. The
 * map's lower side is what the file system itself shows, in its own user namespace. EVENT_NO_UID where it shows none.
 */
static __always_inline __u32 shown_owner(__u64 mnt, __u32 id, bool is_gid)
{
	__u64 map = mount_id_map(mnt, is_gid);

	return map ? map_id(map, map_id(fs_id_map(mnt, is_gid), id, true), false) : id;
}

/* After begin_record(), which has the process's root. */
static __always_inline void read_file(const bool is_typed, const struct scratch *scratch, struct file *file,
				      struct event_file *ret)
{
	struct inode *inode = GET(is_typed, file, f_inode);
	struct super_block *sb = GET(is_typed, inode, i_sb);
	__u32 dev = GET(is_typed, sb, s_dev);

	ret->inode = GET(is_typed, inode, i_ino);
	ret->dev_major = dev >> MINORBITS;
	ret->dev_minor = dev & ((1 << MINORBITS) - 1);
	ret->mode = GET(is_typed, inode, i_mode);
	ret->uid = GET(is_typed, inode, i_uid.val);
	ret->gid = GET(is_typed, inode, i_gid.val);
	ret->mntns_inum = 0;
	ret->flags = FILE_KNOWN | file_layer(is_typed, inode, sb, scratch->root.dentry);
	if (GET(is_typed, file, f_path.mnt, mnt_flags) & MNT_NOSUID)
		ret->flags |= FILE_NOSUID;
	if (!GET(is_typed, inode, i_nlink))
		ret->flags |= FILE_UNLINKED;
}

/*
 * After read_file(): the owner of a file with a set-user-id or set-group-id bit as its mount shows it. Not where a
 * drift is found by a fork or an exit: little is left of the stack there.
 */
static __always_inline void read_shown_owner(struct file *file, struct event_file *ret)
{
	__u64 mnt;

	if (!(ret->mode & (S_ISUID | S_ISGID)))
		return;
	mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
	ret->uid = shown_owner(mnt, ret->uid, false);
	ret->gid = shown_owner(mnt, ret->gid, true);
}

/* Everything of a record but its kind: the strings are copied by whoever knows which there are. */
static __always_inline void begin_record(const bool is_typed, struct scratch *scratch, struct fs_struct *fs)
{
	struct process_event *event = &scratch->event;

	scratch->used = 0;
	scratch->root.dentry = GET(is_typed, fs, root.dentry);
	scratch->root.mnt = GET(is_typed, fs, root.mnt);
	*(__u64 *)&event->others = 0;
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

/* The file that runs, and where the process is. */
static __always_inline void copy_paths(const bool is_typed, struct scratch *scratch, __u32 family, struct fs_struct *fs,
				       struct file *file)
{
	struct process_event *event = &scratch->event;
	__u32 size;

	size = copy_path(is_typed, scratch, family, GET(is_typed, file, f_path.dentry),
			 GET(is_typed, file, f_path.mnt));
	event->executable_size = size & 0xffff;
	event->executable_is_whole = !!(size & PATH_IS_WHOLE);
	size = copy_path(is_typed, scratch, family, GET(is_typed, fs, pwd.dentry), GET(is_typed, fs, pwd.mnt));
	event->cwd_size = size & 0xffff;
	event->cwd_is_whole = !!(size & PATH_IS_WHOLE);
}

static __always_inline void emit_process(struct scratch *scratch, enum event_ring ring, enum event_kind kind,
					 enum event_hook hook)
{
	emit(ring, kind, hook, &scratch->event.header, sizeof(scratch->event) + scratch->used,
	     sizeof(scratch->event) + PROCESS_EVENT_STRINGS_MAX);
}

#endif
