/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that the kernel side writes and the user side reads: the only header both include. */
#ifndef UIDZERO_EVENT_H
#define UIDZERO_EVENT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Grows when a layout below changes; records and recordings of another ABI are refused. */
#define EVENT_ABI 2

#define EVENT_COMM_SIZE       16
#define EVENT_USERNS_EXTENTS  5    /* the kernel keeps more only behind a pointer */
#define EVENT_PATH_MAX        1024 /* bytes of one path, components and separators */
#define EVENT_PATH_DEPTH      24   /* components of one path */
#define EVENT_ARGS_MAX        8192 /* bytes of argv that are copied */
#define EVENT_CGROUP_PATH_MAX 1024

enum event_kind {
	EVENT_EXEC = 1,        /* struct process_event: a program was started */
	EVENT_CREDS,           /* struct process_event: set*uid, set*gid, capset changed credentials */
	EVENT_TASK,            /* struct process_event: seen by the walk over all tasks */
	EVENT_EXIT,            /* struct process_event: the last thread of an entry process ended */
	EVENT_CGROUP_MKDIR,    /* struct cgroup_event */
	EVENT_CGROUP_RMDIR,    /* struct cgroup_event, path empty */
	EVENT_IO_URING,        /* struct process_event: root's credentials were left in an io_uring instance */
	EVENT_CONTAINER_EMPTY, /* struct cgroup_event, path empty: the last thread of a container ended */
	EVENT_KIND_END,
};

enum event_ring {
	RING_ALERTS, /* gains, drops, lifecycle: always wakes the reader */
	RING_EVENTS, /* the routine: execs */
	RING_END,
};

/* Which program told. Order and names are part of recordings: append only. */
enum event_hook {
	HOOK_NONE,
	HOOK_TP_BTF_EXEC,
	HOOK_RAW_TP_EXEC,
	HOOK_TP_SYS_EXIT,
	HOOK_FENTRY_COMMIT_CREDS,
	HOOK_KPROBE_COMMIT_CREDS,
	HOOK_ITER_TASK,
	HOOK_PROC,
	HOOK_DRIFT, /* the task's credentials were not those last known */
	HOOK_TP_BTF_EXIT,
	HOOK_RAW_TP_EXIT,
	HOOK_RAW_TP_SYS_EXIT,
	HOOK_ITER_KNOWN, /* the walk saw what was told before */
	HOOK_RAW_TP_IO_URING_CREATE,
	HOOK_RAW_TP_IO_URING_REGISTER,
	HOOK_END,
};

/* Every record starts so. */
struct event_header {
	__u16 abi;
	__u16 kind;    /* enum event_kind */
	__u32 size;    /* of the whole record, this header included */
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u64 seq;     /* per CPU and ring, from 0; a record that was lost took a number too */
	__u32 cpu;
	__u16 ring; /* enum event_ring */
	__u16 hook; /* enum event_hook */
};

/* One task's credentials, ids as the initial user namespace sees them. */
struct event_creds {
	__u32 ruid, rgid, suid, sgid, euid, egid, fsuid, fsgid; /* the order of struct cred */
	__u32 securebits;
	__u16 is_known;       /* 0: nothing below or above was seen */
	__u16 has_root_group; /* gid 0 is among the supplementary groups */
	__u64 cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	__u32 userns_inum;
	__u32 userns_level; /* 0: the initial user namespace */
};

/* How a user namespace maps its uids, so that kuids can be told as the process sees them. */
struct event_userns {
	__u32 nr_extents; /* the kernel's count; more than EVENT_USERNS_EXTENTS are not copied */
	struct {
		__u32 first, lower_first, count;
	} uid_extents[EVENT_USERNS_EXTENTS];
	/* Where the extents are not copied: the uid inside that is uid 0 of the host (EVENT_NO_UID: none is). */
	__u32 host_root_uid;
	__u32 is_root_inside; /* and whether the effective or file system uid is 0 inside */
};

#define EVENT_NO_UID ((__u32)-1)

/* What the other live threads of a process hold; all zero for a process with one thread. */
struct event_threads {
	__u32 tid; /* of the other thread that holds the most; of a thread's end that of `after`; 0: none holds anything
		    */
	__u8 root; /* enum event_root of that thread's credentials */
	__u8 kept; /* enum event_kept, of all others together; where root is EVENT_ROOT_REAL not all were examined */
	__u8 is_partial; /* there were more threads than are examined */
	__u8 padding;
};

/* Ways back to root that credentials keep. */
enum event_kept {
	EVENT_KEPT_REAL_UID = 1 << 0,
	EVENT_KEPT_SAVED_UID = 1 << 1,
	EVENT_KEPT_CAPABILITIES = 1 << 2, /* root-equivalent ones */
	EVENT_KEPT_IO_URING = 1 << 3,     /* a kernel thread of the process's io_uring instance has root credentials */
	EVENT_KEPT_MAPPED_UID = 1 << 4,   /* a real or saved uid is 0 in its user namespace only */
};

enum event_task_flags {
	TASK_INSIDE = 1 << 0,   /* it or an ancestor has exec'ed inside the container */
	TASK_ENTRY = 1 << 1,    /* this process came from outside: the container's init or a session */
	TASK_ENTERING = 1 << 2, /* this very exec is the first of that process inside */
	TASK_NO_NEW_PRIVS = 1 << 3,
	TASK_HOST_PIDNS = 1 << 4, /* it lives in the initial pid namespace */
	TASK_SESSION = 1 << 5, /* it or an ancestor came from outside into a pid namespace that had its first process */
	TASK_IO_URING = 1 << 6,     /* an io_uring instance that it or an ancestor made holds root's credentials */
	TASK_STUB = 1 << 7,         /* its pid namespace's first process has not exec'ed and is a part of the runtime */
	TASK_HELPER = 1 << 8,       /* started by the kernel itself, as a child of a kernel thread */
	TASK_HAD_IO_URING = 1 << 9, /* EXEC: TASK_IO_URING was set, and this exec has closed the last such instance */
	TASK_WAS_INSIDE = 1 << 13,  /* with TASK_ENTERING: of the container above a cgroup that was not classified */
};

struct event_task {
	__u32 tgid, tid; /* in the initial pid namespace */
	__u32 vpid;      /* tgid in its own pid namespace */
	__u32 flags;     /* enum event_task_flags */
	__u64 start_ns;  /* of the thread group's leader, CLOCK_BOOTTIME */
	__u64 cgroup;    /* key of the cgroup that decided, see cgroup_event.key */
	__u32 container; /* the number that user space gave it; 0: none yet */
	__u32 pidns_inum, mntns_inum;
	__u32 parent_tgid; /* real_parent's */
	__u64 parent_start_ns;
	__u32 parent_euid;
	__u32 tty_major, tty_minor; /* 0, 0: no terminal */
	__u32 seccomp_mode;         /* 0 off, 1 strict, 2 filter */
	char comm[EVENT_COMM_SIZE];
	char parent_comm[EVENT_COMM_SIZE];
};

enum event_file_flags {
	FILE_KNOWN = 1 << 0,
	FILE_NOSUID = 1 << 1,   /* the mount ignores set-user-id bits and file capabilities */
	FILE_SCRIPT = 1 << 2,   /* filename is a script, interp runs it */
	FILE_UNLINKED = 1 << 3, /* no name leads to it any more, or never did (memfd) */
	/* On the overlay that is the process's root: neither is set elsewhere, or where it cannot be told. */
	FILE_LOWER = 1 << 4, /* as the image has it */
	FILE_UPPER = 1 << 5, /* written or changed since the container was made */
};

/* The executable file. */
struct event_file {
	__u64 inode;
	__u32 dev_major, dev_minor;
	__u32 mode;       /* as in stat(2), type and permission bits */
	__u32 uid, gid;   /* kuid and kgid of the owner */
	__u32 flags;      /* enum event_file_flags */
	__u32 mntns_inum; /* TASK_HELPER: of the mount that the file was opened by; else 0 */
	__u32 padding;
};

/*
 * What is told of a process. The strings follow the struct in the order of the *_size fields, without
 * separators. A path stands as its components from the leaf to the root, each ended by NUL; one that
 * did not fit ends without having reached the root (path_is_whole == 0). args is what lies between the
 * mm's arg_start and arg_end, NUL after each.
 */
struct process_event {
	struct event_header header;
	struct event_task task;
	struct event_creds before; /* as last known; is_known == 0 where nothing was */
	struct event_creds after;
	struct event_userns userns;  /* of `after`; nr_extents == 0 at level 0 */
	struct event_threads others; /* CREDS, TASK and EXIT: the process's other threads at that moment */
	struct event_file file;
	__u32 argc;            /* EXEC: the kernel's count; else 0 */
	__u32 args_full_size;  /* bytes of argv before truncation */
	__s32 syscall;         /* CREDS, IO_URING: enum event_syscall; else 0 */
	__u16 filename_size;   /* EXEC of a script: bprm->filename, with its NUL */
	__u16 interp_size;     /* EXEC of a script: bprm->interp, with its NUL */
	__u16 executable_size; /* path of the file that runs */
	__u16 cwd_size;
	__u16 args_size;
	__u8 executable_is_whole, cwd_is_whole;
	__u32 exit_code;  /* EXIT: as in wait(2) */
	__u8 before_root; /* enum event_root, as it was then: a user namespace's map can be written later */
	__u8 after_root;
	__u16 padding;
	char strings[];
};

/* What credentials amount to, the least first. */
enum event_root {
	EVENT_ROOT_UNTOLD, /* nothing was known */
	EVENT_ROOT_NONE,
	EVENT_ROOT_EQUIVALENT, /* no uid 0, but capabilities over the host's uid 0 that amount to it */
	EVENT_ROOT_MAPPED,     /* 0 in a user namespace that maps it to another uid */
	EVENT_ROOT_REAL,
};

/* What changed the credentials; names are in user/event/names.c. */
enum event_syscall {
	SYSCALL_NONE,
	SYSCALL_SETUID,
	SYSCALL_SETREUID,
	SYSCALL_SETRESUID,
	SYSCALL_SETFSUID,
	SYSCALL_SETGID,
	SYSCALL_SETREGID,
	SYSCALL_SETRESGID,
	SYSCALL_SETFSGID,
	SYSCALL_CAPSET,
	SYSCALL_SETGROUPS,
	SYSCALL_UNSHARE,
	SYSCALL_SETNS,
	SYSCALL_PRCTL,
	SYSCALL_KEYCTL,
	SYSCALL_LANDLOCK,
	SYSCALL_UNEXPECTED, /* none that may: the kernel's own code was made to do it, or its memory was written */
	SYSCALL_IO_URING_SETUP,
	SYSCALL_IO_URING_REGISTER,
	SYSCALL_END,
};

#define PROCESS_EVENT_STRINGS_MAX (4 * EVENT_PATH_MAX + EVENT_ARGS_MAX)
#define PROCESS_EVENT_MAX         (sizeof(struct process_event) + PROCESS_EVENT_STRINGS_MAX)

/* A cgroup was made or removed in one of the hierarchies that are watched, or a container's last thread ended. */
struct cgroup_event {
	struct event_header header;
	__u64 key; /* kernfs id | hierarchy id << CGROUP_KEY_SHIFT; EMPTY: by which the thread's lineage entered */
	__u64 parent_key; /* 0: none */
	__u32 container;  /* RMDIR: whose it was; EMPTY: the container, 0 if its cgroup was not classified; else 0 */
	__u32 path_size;  /* with its NUL; 0 but for MKDIR */
	/* MKDIR: the container of the process that made it; 0: see maker_cgroup; CGROUP_MAKER_UNKNOWN */
	__u32 maker;
	__u32 padding;
	__u64 maker_cgroup; /* MKDIR: the cgroup by which the maker's lineage entered; 0: it is the host's */
	char path[];        /* from the root of its hierarchy, "/docker/<id>" */
};

/*
 * The ids of kernfs are unique within one hierarchy only. Their upper half counts wrap-arounds of the
 * lower one and stays tiny, so that the top byte is free for the hierarchy's number (0 is v2).
 */
#define CGROUP_KEY_SHIFT 56

/* The process had no entry, and the first scan of all tasks had not ended: it can be a container's. */
#define CGROUP_MAKER_UNKNOWN ((__u32)-1)

enum cgroup_state {
	CGROUP_UNKNOWN,   /* user space has not decided yet: send */
	CGROUP_HOST,      /* not a container's: drop */
	CGROUP_CONTAINER, /* belongs to `container` */
};

_Static_assert(sizeof(struct event_header) == 32, "ABI");
_Static_assert(sizeof(struct event_creds) == 88, "ABI");
_Static_assert(sizeof(struct event_userns) == 72, "ABI");
_Static_assert(sizeof(struct event_threads) == 8, "ABI");
_Static_assert(sizeof(struct event_task) == 104, "ABI");
_Static_assert(sizeof(struct event_file) == 40, "ABI");
_Static_assert(sizeof(struct process_event) == 464, "ABI");
_Static_assert(sizeof(struct cgroup_event) == 72, "ABI");

#endif
