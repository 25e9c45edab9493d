// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the hooks cost by themselves: empty programs, and one that copies argv and does nothing else. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "floor.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct floor_record);
} scratch SEC(".maps");

/* Set by the reader before it sleeps, cleared by whoever wakes it. */
volatile __u32 reader_sleeps;
__u64 nr_lost;

SEC("tp_btf/sched_process_exec")
int BPF_PROG(empty_exec)
{
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(empty_exit)
{
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(empty_fork)
{
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_setresuid")
int empty_setresuid(void *ctx)
{
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(copy_argv, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct mm_struct *mm = task->mm;
	struct floor_record *record;
	__u64 start, size;
	__u32 zero = 0;
	void *nothing;

	record = bpf_map_lookup_elem(&scratch, &zero);
	if (!record || !mm)
		return 0;
	start = mm->arg_start;
	size = mm->arg_end - start;
	if (size > FLOOR_ARGS_MAX)
		size = FLOOR_ARGS_MAX;
	if (bpf_probe_read_user(record->args, size, (void *)start))
		size = 0;
	record->time_ns = bpf_ktime_get_boot_ns();
	record->tgid = task->tgid;
	record->args_size = size;
	if (bpf_ringbuf_output(&records, record, offsetof(struct floor_record, args) + size, BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&nr_lost, 1);
	/* Looked at only behind the record (its commit is a full barrier), or a reader just going to sleep misses it.
	 */
	if (reader_sleeps) {
		reader_sleeps = 0;
		nothing = bpf_ringbuf_reserve(&records, 8, 0);
		if (nothing)
			bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
	}
	return 0;
}
