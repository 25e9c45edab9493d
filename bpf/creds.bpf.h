/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Credentials that change outside of exec: told by what was committed, never by a call's arguments. */
#ifndef UIDZERO_CREDS_BPF_H
#define UIDZERO_CREDS_BPF_H

#include "emit.bpf.h"
#include "task.bpf.h"
#include "threads.bpf.h"

/* Which call the current task is in, as far as it may change credentials; SYSCALL_UNEXPECTED for any other. */
static __always_inline enum event_syscall current_syscall(struct task_struct *task)
{
	__u64 nr = syscall_number(task);
	__u8 syscall = SYSCALL_NONE;

	barrier_var(nr);
	if (nr < sizeof(creds_syscalls))
		syscall = is_compat_task(task) ? creds_compat_syscalls[nr] : creds_syscalls[nr];
	return syscall ? syscall : SYSCALL_UNEXPECTED;
}

/*
 * Compare a thread's entry with credentials that it has, or is about to get, and tell of the difference.
 *
 * @cred:  the current task's, or the ones that are being committed to it
 */
static __always_inline void compare_creds(struct task_struct *task, __u32 tid, struct task_entry *entry,
					  const struct cred *cred, enum event_hook hook, enum event_syscall syscall)
{
	__u32 family = SCRATCH_CREDS;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	struct signal_struct *signal;
	struct process_event *event;
	bool has_new_uids;
	struct file *file;

	if (!scratch)
		return;
	event = &scratch->event;
	read_creds(false, cred, &event->after);
	has_new_uids = !have_same_uids(&event->after, &entry->creds);
	event->after_root = root_of(&event->after, cred);
	/* The same ids amount to another thing once their user namespace's map was written, which no hook tells. */
	if (!has_new_uids && event->after_root == entry->root && have_same_gids_and_caps(&event->after, &entry->creds))
		return;
	read_userns(cred, event->after.userns_level, &event->userns);
	event->before = entry->creds;
	event->before_root = entry->root;
	entry->creds = event->after;
	entry->root = event->after_root;
	if (!has_new_uids && event->before_root == event->after_root && !wants_all && !gains_root_group(event))
		return;
	/* A stub, or what it has forked: it is still the runtime's. */
	if (!(entry->flags & TASK_INSIDE))
		return;

	if (!entry->container && !find_container(tid) && !pidns_level(task)) {
		untrack(tid);
		return;
	}
	signal = read_known_task(task, entry, entry->container, &event->task);
	begin_record(false, scratch, BPF_CORE_READ(task, fs));
	read_others(scratch, signal, task, SCRATCH_CREDS);
	event->syscall = syscall;
	file = BPF_CORE_READ(task, mm, exe_file);
	read_file(false, scratch, file, &event->file);
	if (hook != HOOK_DRIFT)
		read_shown_owner(file, &event->file);
	copy_paths(false, scratch, SCRATCH_CREDS, BPF_CORE_READ(task, fs), file);
	copy_args(false, scratch, BPF_CORE_READ(task, mm));
	emit_process(scratch, event->before_root != event->after_root ? RING_ALERTS : RING_EVENTS, EVENT_CREDS, hook);
}

/*
 * The current thread's credentials are not those last known: something was not seen, or was no commit. A function of
 * its own that takes a number only: the verifier looks at it once.
 */
__noinline int compare_for_drift(__u32 tid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_entry *entry = entry_of_tid(tid);

	if (entry)
		compare_creds(task, tid, entry, task_creds(false, task), HOOK_DRIFT,
			      sees_every_commit ? SYSCALL_UNEXPECTED : SYSCALL_NONE);
	return 0;
}

/* Read first: the word is shared by all CPUs, and written once. */
static __always_inline void note_fired(void)
{
	if (!has_fired)
		has_fired = true;
}

/*
 * Every commit, whoever made it. Those of an exec are told by the exec itself, which also knows the file.
 */
static __always_inline int handle_commit(enum event_hook hook, const struct cred *cred)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 tid = bpf_get_current_pid_tgid();
	struct task_entry *entry;

	note_fired();
	entry = task_entry(false, tid, task);
	if (!entry || BPF_CORE_READ_BITFIELD_PROBED(task, in_execve))
		return 0;
	compare_for_drift(tid);
	compare_creds(task, tid, entry, cred, hook, current_syscall(task));
	return 0;
}

SEC("fentry/commit_creds")
int BPF_PROG(commit_fentry, struct cred *cred)
{
	return handle_commit(HOOK_FENTRY_COMMIT_CREDS, cred);
}

SEC("kprobe/commit_creds")
int BPF_KPROBE(commit_kprobe, struct cred *cred)
{
	return handle_commit(HOOK_KPROBE_COMMIT_CREDS, cred);
}

/* A call that failed, or changed nothing, leaves the credentials as they were last known. */
static __always_inline int handle_syscall(enum event_hook hook, enum event_syscall syscall)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 tid = bpf_get_current_pid_tgid();
	struct task_entry *entry;

	note_fired();
	entry = task_entry(false, tid, task);
	if (entry)
		compare_creds(task, tid, entry, task_creds(false, task), hook, syscall);
	return 0;
}

/* For the exits of all calls that change credentials: of each the exit alone, since what was before is known. */
SEC("tracepoint/syscalls/sys_exit_setuid")
int creds_sys_exit(struct trace_event_raw_sys_exit *ctx)
{
	__u32 nr = ctx->id; /* since 6.6 an int, and what follows it is not initialised */

	barrier_var(nr);
	return handle_syscall(HOOK_TP_SYS_EXIT, nr < sizeof(creds_syscalls) ? creds_syscalls[nr] : SYSCALL_NONE);
}

/* Where tracefs cannot be read: every system call's exit. It pays for all of them, and sees 32-bit calls. */
SEC("raw_tp/sys_exit")
int BPF_PROG(creds_raw_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 nr = regs_syscall_number(regs);
	__u8 syscall;

	barrier_var(nr);
	if (nr >= sizeof(creds_syscalls) || !(creds_syscalls[nr] | creds_compat_syscalls[nr]))
		return 0;
	syscall = is_compat_task(task) ? creds_compat_syscalls[nr] : creds_syscalls[nr];
	return syscall ? handle_syscall(HOOK_RAW_TP_SYS_EXIT, syscall) : 0;
}

#endif
