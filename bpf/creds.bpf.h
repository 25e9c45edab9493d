/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Credentials that a system call changed: told by what was committed, never by its arguments. */
#ifndef UIDZERO_CREDS_BPF_H
#define UIDZERO_CREDS_BPF_H

#include "emit.bpf.h"
#include "task.bpf.h"

/* A call that failed, or changed nothing, leaves the credentials as they were last known. */
static __always_inline int handle_creds(enum event_hook hook, enum event_syscall syscall)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 family = SCRATCH_CREDS, tid = bpf_get_current_pid_tgid();
	struct task_entry *entry = bpf_map_lookup_elem(&tasks, &tid);
	struct process_event *event;
	struct scratch *scratch;
	const struct cred *cred;
	struct file *file;
	bool has_new_uids, was_root, is_now_root;
	__u32 container;

	if (!entry || entry->start_ns != BPF_CORE_READ(task, start_boottime))
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch)
		return 0;
	event = &scratch->event;
	cred = task_creds(task);
	read_creds(cred, &event->after);
	event->before = entry->creds;
	has_new_uids = !have_same_uids(&event->before, &event->after);
	if (!has_new_uids && have_same_gids_and_caps(&event->before, &event->after))
		return 0;
	entry->creds = event->after;
	if (!has_new_uids && !wants_all)
		return 0;
	read_userns(cred, event->after.userns_level, &event->userns);
	was_root = is_root(&event->before, &event->userns);
	is_now_root = is_root(&event->after, &event->userns);

	container = entry->container;
	if (!container) {
		struct cgroup_entry *cgroup = bpf_map_lookup_elem(&cgroups, &entry->cgroup);

		if (cgroup)
			container = entry->container = cgroup->container;
		/* It came in by a cgroup that user space since told to be the host's. */
		if (cgroup && cgroup->state == CGROUP_HOST && !pidns_level(false, task)) {
			bpf_map_delete_elem(&tasks, &tid);
			return 0;
		}
	}
	read_task(task, entry, container, &event->task);
	begin_record(scratch, task);
	event->syscall = syscall;
	file = BPF_CORE_READ(task, mm, exe_file);
	read_file(file, &event->file);
	copy_executable(scratch, SCRATCH_CREDS, file);
	copy_cwd(scratch, SCRATCH_CREDS, task);
	copy_args(scratch, BPF_CORE_READ(task, mm));
	emit_process(scratch, was_root != is_now_root ? RING_ALERTS : RING_EVENTS, EVENT_CREDS, hook);
	return 0;
}

/* One program per call: the exit alone, since the credentials before are known. */
#define CREDS_PROGRAM(name, syscall)                                                                                   \
	SEC("tracepoint/syscalls/sys_exit_" #name)                                                                     \
	int exit_##name(void *ctx)                                                                                     \
	{                                                                                                              \
		return handle_creds(HOOK_TP_SYS_EXIT, syscall);                                                        \
	}

CREDS_PROGRAM(setuid, SYSCALL_SETUID)
CREDS_PROGRAM(setreuid, SYSCALL_SETREUID)
CREDS_PROGRAM(setresuid, SYSCALL_SETRESUID)
CREDS_PROGRAM(setfsuid, SYSCALL_SETFSUID)
CREDS_PROGRAM(setgid, SYSCALL_SETGID)
CREDS_PROGRAM(setregid, SYSCALL_SETREGID)
CREDS_PROGRAM(setresgid, SYSCALL_SETRESGID)
CREDS_PROGRAM(setfsgid, SYSCALL_SETFSGID)
CREDS_PROGRAM(capset, SYSCALL_CAPSET)

/*
 * Where tracefs cannot be read: every system call's exit. It pays for all of them, and sees 32-bit calls.
 * Numbers of the two tables are not told apart: a number that means another call in the other table finds
 * credentials unchanged.
 */
const volatile __u8 creds_syscalls[512] = {}; /* by number: enum event_syscall */

SEC("raw_tp/sys_exit")
int BPF_PROG(creds_raw_sys_exit, struct pt_regs *regs, long ret)
{
	__u64 nr;

#if defined(__TARGET_ARCH_x86)
	nr = BPF_CORE_READ(regs, orig_ax);
#else
	nr = BPF_CORE_READ((struct user_pt_regs___arm64 *)regs, syscallno);
#endif
	if (nr >= sizeof(creds_syscalls) || !creds_syscalls[nr])
		return 0;
	return handle_creds(HOOK_RAW_TP_SYS_EXIT, creds_syscalls[nr]);
}

#endif
