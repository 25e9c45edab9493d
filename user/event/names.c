/* SPDX-License-Identifier: Apache-2.0 */
/* The names of hooks, system calls and kinds of records, as events and people see them. */
#include "event/decode.h"

/* clang-format off */
static const char *const hooks[HOOK_END] = {
	[HOOK_TP_BTF_EXEC] = "tp_btf/sched_process_exec",
	[HOOK_RAW_TP_EXEC] = "raw_tp/sched_process_exec",
	[HOOK_TP_SYS_EXIT] = "tp/syscalls/sys_exit",
	[HOOK_FENTRY_COMMIT_CREDS] = "fentry/commit_creds",
	[HOOK_KPROBE_COMMIT_CREDS] = "kprobe/commit_creds",
	[HOOK_ITER_TASK] = "iter/task",
	[HOOK_PROC] = "proc",
	[HOOK_DRIFT] = "drift",
	[HOOK_TP_BTF_EXIT] = "tp_btf/sched_process_exit",
	[HOOK_RAW_TP_EXIT] = "raw_tp/sched_process_exit",
	[HOOK_RAW_TP_SYS_EXIT] = "raw_tp/sys_exit",
	[HOOK_ITER_KNOWN] = "iter/task",
	[HOOK_RAW_TP_IO_URING_CREATE] = "raw_tp/io_uring_create",
	[HOOK_RAW_TP_IO_URING_REGISTER] = "raw_tp/io_uring_register",
};

static const char *const syscalls[SYSCALL_END] = {
	[SYSCALL_SETUID] = "setuid",
	[SYSCALL_SETREUID] = "setreuid",
	[SYSCALL_SETRESUID] = "setresuid",
	[SYSCALL_SETFSUID] = "setfsuid",
	[SYSCALL_SETGID] = "setgid",
	[SYSCALL_SETREGID] = "setregid",
	[SYSCALL_SETRESGID] = "setresgid",
	[SYSCALL_SETFSGID] = "setfsgid",
	[SYSCALL_CAPSET] = "capset",
	[SYSCALL_SETGROUPS] = "setgroups",
	[SYSCALL_UNSHARE] = "unshare",
	[SYSCALL_SETNS] = "setns",
	[SYSCALL_PRCTL] = "prctl",
	[SYSCALL_KEYCTL] = "keyctl",
	[SYSCALL_LANDLOCK] = "landlock_restrict_self",
	[SYSCALL_UNEXPECTED] = "another call",
	[SYSCALL_IO_URING_SETUP] = "io_uring_setup",
	[SYSCALL_IO_URING_REGISTER] = "io_uring_register",
};

static const char *const kinds[EVENT_KIND_END] = {
	[EVENT_EXEC] = "exec",
	[EVENT_CREDS] = "credentials",
	[EVENT_TASK] = "task",
	[EVENT_EXIT] = "lifecycle",
	[EVENT_CGROUP_MKDIR] = "lifecycle",
	[EVENT_CGROUP_RMDIR] = "lifecycle",
	[EVENT_IO_URING] = "io_uring",
	[EVENT_CONTAINER_EMPTY] = "lifecycle",
};
/* clang-format on */

const char *event_hook_name(enum event_hook hook)
{
	return (unsigned)hook < HOOK_END ? hooks[hook] : NULL;
}

const char *event_syscall_name(enum event_syscall syscall)
{
	return (unsigned)syscall < SYSCALL_END ? syscalls[syscall] : NULL;
}

const char *event_kind_name(enum event_kind kind)
{
	return (unsigned)kind < EVENT_KIND_END ? kinds[kind] : NULL;
}
