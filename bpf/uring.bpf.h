/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reports an io_uring instance that begins to hold root for its process, and marks that process. */
#ifndef UIDZERO_URING_BPF_H
#define UIDZERO_URING_BPF_H

#include "emit.bpf.h"
#include "rings.bpf.h"
#include "task.bpf.h"

#define THREADS_MARKED 128

__noinline int mark_thread(__u64 thread_address)
{
	struct task_struct *thread = (void *)thread_address;
	struct task_entry *entry = task_entry(false, BPF_CORE_READ(thread, pid), thread);

	if (entry)
		entry->flags |= TASK_IO_URING;
	return 0;
}

/* All threads of the current process use its instances; what they start later inherits the mark. */
__noinline int mark_process(__u64 task_address)
{
	struct task_struct *task = (void *)task_address;
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	void *head = (void *)signal + bpf_core_field_offset(signal->thread_head);
	struct list_head *node = BPF_CORE_READ(signal, thread_head.next);
	__u32 i;

	mark_thread(task_address);
	mark_thread((__u64)BPF_CORE_READ(task, group_leader));
	for (i = 0; i < THREADS_MARKED && node && node != head; i++) {
		mark_thread((__u64)((void *)node - bpf_core_field_offset(task->thread_node)));
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

/*
 * The current process did something with an io_uring instance: when that holds root the first time, it is reported. The
 * instance itself decides, so that a call which failed changes nothing.
 *
 * One program for two tracepoints, since each costs its time at the start. What was made has its descriptor as the
 * first argument and itself as the second; what was registered with comes first. Only the kernel's pointers are
 * negative.
 */
SEC("raw_tp/io_uring_register")
int BPF_PROG(io_uring_raw_tp, __s64 first, __s64 second)
{
	/* Without a branch, of which the verifier would follow both. */
	__s64 is_first = first >> 63;
	__u32 is_old = is_first & 1;
	struct io_ring_ctx *ring = (void *)((first & is_first) | (second & ~is_first));
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 tid = bpf_get_current_pid_tgid(), family = SCRATCH_URING;
	struct task_entry *entry = task_entry(false, tid, task);
	struct process_event *event;
	struct scratch *scratch;
	const struct cred *cred;
	struct file *file;
	__u64 value;

	if (!entry || entry->flags & TASK_IO_URING || !ring_holds_root(&value, ring))
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &family);
	if (!scratch || (!find_container(tid) && !pidns_level(task)))
		return 0;
	mark_process((__u64)task);
	has_seen_rings = true;
	event = &scratch->event;
	cred = task_creds(false, task);
	read_creds(false, cred, &event->after);
	read_userns(cred, event->after.userns_level, &event->userns);
	event->after_root = root_of(&event->after, cred);
	event->before = entry->creds;
	event->before_root = entry->root;
	read_known_task(task, entry, entry->container, &event->task);
	begin_record(false, scratch, BPF_CORE_READ(task, fs));
	event->syscall = SYSCALL_IO_URING_SETUP + is_old;
	file = BPF_CORE_READ(task, mm, exe_file);
	read_file(false, scratch, file, &event->file);
	copy_paths(false, scratch, SCRATCH_URING, BPF_CORE_READ(task, fs), file);
	copy_args(false, scratch, BPF_CORE_READ(task, mm));
	emit_process(scratch, RING_ALERTS, EVENT_IO_URING, HOOK_RAW_TP_IO_URING_CREATE + is_old);
	return 0;
}

#endif
