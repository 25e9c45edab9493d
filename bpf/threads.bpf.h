/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Examines what the threads of a process hold: credentials are each thread's, root is the process's. */
#ifndef UIDZERO_THREADS_BPF_H
#define UIDZERO_THREADS_BPF_H

#include "task.bpf.h"

/* Threads of one process that are examined: chunks of a loop, since the verifier follows each turn. */
#define SURVEY_CHUNK  64
#define SURVEY_CHUNKS 64
#define SURVEY_MAX    (SURVEY_CHUNK * SURVEY_CHUNKS)

/* What a thread holds, by what it opens on the host: root there, what becomes root there, root of a namespace. */
enum strength {
	HOLDS_NOTHING,
	HOLDS_MAPPED_ASIDE, /* as its real or saved uid alone */
	HOLDS_MAPPED,
	HOLDS_ASIDE, /* uid 0 as its real or saved uid alone */
	HOLDS_EQUIVALENT,
	HOLDS_ROOT,
};

/* @root: enum event_root of the credentials; @userns: address of their user namespace */
static __always_inline enum strength strength_of(const struct event_creds *creds, __u32 root, __u64 userns)
{
	if (root == EVENT_ROOT_REAL)
		return HOLDS_ROOT;
	if (root == EVENT_ROOT_EQUIVALENT)
		return HOLDS_EQUIVALENT;
	if (!creds->ruid || !creds->suid)
		return HOLDS_ASIDE;
	if (root == EVENT_ROOT_MAPPED)
		return HOLDS_MAPPED;
	if (creds->userns_level && userns_knows(userns, creds->ruid, creds->suid) & USERNS_MAPS_TO_ROOT)
		return HOLDS_MAPPED_ASIDE;
	return HOLDS_NOTHING;
}

static __always_inline __u32 kept_by(const struct event_creds *creds, enum strength strength)
{
	__u32 kept = strength == HOLDS_MAPPED_ASIDE ? EVENT_KEPT_MAPPED_UID : 0;

	if (!creds->ruid)
		kept |= EVENT_KEPT_REAL_UID;
	if (!creds->suid)
		kept |= EVENT_KEPT_SAVED_UID;
	if (!creds->userns_level && creds->cap_permitted & ROOT_EQUIVALENT_CAPS)
		kept |= EVENT_KEPT_CAPABILITIES;
	return kept;
}

/*
 * The hooks of commit_creds() run before the commit, and the entry is first: of two threads that drop at the same time
 * on two processors each would see the other's former credentials. Where each commit is seen, the entry's are
 * the ones that come next. Returns whether they are others than the thread has.
 */
static __always_inline bool is_in_commit(struct scratch *scratch, struct task_struct *task, __u32 *ret_root)
{
	struct task_entry *known;
	__u32 tid = 0;

	bpf_core_read(&tid, sizeof(tid), &task->pid);
	known = task_entry(false, tid, task);
	if (!known || have_same_uids(&known->creds, &scratch->thread_creds))
		return false;
	scratch->thread_creds = known->creds;
	*ret_root = known->root;
	return true;
}

/* What a thread holds, into the survey. */
static __always_inline void take_thread(struct scratch *scratch, struct task_struct *task, const struct cred *cred,
					enum thread_kind kind)
{
	struct event_creds *creds = &scratch->thread_creds;
	struct user_namespace *userns;
	enum strength strength;
	__u32 root;

	read_ids_and_caps(cred, creds);
	bpf_core_read(&scratch->thread_userns, sizeof(scratch->thread_userns), &cred->user_ns);
	userns = scratch->thread_userns;
	bpf_core_read(&creds->userns_level, sizeof(creds->userns_level), &userns->level);
	root = root_of(creds, cred);
	strength = strength_of(creds, root, (__u64)userns);
	if (kind == THREAD_SQPOLL) {
		if (strength >= HOLDS_ASIDE)
			scratch->others.kept |= EVENT_KEPT_IO_URING;
		return;
	}
	if (sees_every_commit && strength != HOLDS_NOTHING && is_in_commit(scratch, task, &root))
		strength = strength_of(creds, root, (__u64)userns);
	else
		scratch->surveyed_cred = (__u64)cred;
	scratch->others.kept |= kept_by(creds, strength);
	if (scratch->strongest && strength <= scratch->strength)
		return;
	scratch->strongest = (__u64)task;
	scratch->strength = strength;
	scratch->others.tid = 0;
	if (strength != HOLDS_NOTHING)
		bpf_core_read(&scratch->others.tid, sizeof(scratch->others.tid), &task->pid);
	scratch->others.root = root;
}

/*
 * Examine the thread of a list's node, and return the next node; 0: it was the last one, or enough is known. A global
 * function that takes numbers only: the verifier looks at it once. Most threads have the credentials of the one before,
 * by reference.
 */
__noinline __u64 survey_thread(__u64 node, __u32 family)
{
	struct task_struct *task = (void *)node - bpf_core_field_offset(struct task_struct, thread_node);
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	enum thread_kind kind;

	if (!scratch)
		return 0;
	if ((__u64)task != scratch->except) {
		bpf_core_read(&scratch->thread_cred, sizeof(scratch->thread_cred), &task->real_cred);
		if ((__u64)scratch->thread_cred != scratch->surveyed_cred) {
			bpf_core_read(&scratch->thread_flags, sizeof(scratch->thread_flags), &task->flags);
			kind = thread_kind(task, scratch->thread_flags);
			if (!(scratch->thread_flags & PF_EXITING) && kind != THREAD_KERNEL_WORKER)
				take_thread(scratch, task, scratch->thread_cred, kind);
			if (scratch->strongest && scratch->strength >= scratch->enough)
				return 0;
		}
	}
	bpf_core_read(&scratch->thread_next, sizeof(scratch->thread_next), &task->thread_node.next);
	return scratch->thread_next == scratch->thread_head ? 0 : scratch->thread_next;
}

/* The next nodes from that one on. Returns the one after them; 0: that was all, or enough. */
__noinline __u64 survey_chunk(__u64 node, __u32 family)
{
	__u32 i;

	for (i = 0; i < SURVEY_CHUNK && node; i++)
		node = survey_thread(node, family);
	return node;
}

/*
 * Examine the live threads of a process: what they hold is in the family's scratch then.
 *
 * @signal: address of the process's struct signal_struct, which has the list of threads
 * @except: address of the one thread that is not examined; 0: none is left out
 * @enough: enum strength; the first thread that holds as much ends the survey
 */
__noinline int survey_threads(__u64 signal, __u64 except, __u32 enough, __u32 family)
{
	__u64 head = signal + bpf_core_field_offset(struct signal_struct, thread_head), node;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	__u32 i;

	if (!scratch)
		return 0;
	*(__u64 *)&scratch->others = 0;
	scratch->strongest = 0;
	scratch->surveyed_cred = 0;
	scratch->strength = HOLDS_NOTHING;
	scratch->enough = enough;
	scratch->thread_head = head;
	scratch->except = except;
	node = (__u64)BPF_CORE_READ((struct signal_struct *)signal, thread_head.next);
	if (node == head)
		return 0;
	for (i = 0; i < SURVEY_CHUNKS && node; i++)
		node = survey_chunk(node, family);
	scratch->others.is_partial = !!node;
	return 0;
}

/* What the other threads of a record's process hold. A process of one thread costs one read. */
static __always_inline void read_others(struct scratch *scratch, struct signal_struct *signal, struct task_struct *task,
					__u32 family)
{
	if (BPF_CORE_READ(signal, nr_threads) <= 1)
		return;
	/* A full barrier between this thread's entry, just written, and the others': one of two sees the other. */
	__sync_fetch_and_add(&scratch->fence, 1);
	survey_threads((__u64)signal, (__u64)task, HOLDS_ROOT, family);
	scratch->event.others = scratch->others;
}

/* The credentials of a thread into the record. A global function that takes numbers only. */
__noinline int read_after(__u64 address, __u32 family)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);
	const struct cred *cred = task_creds(false, (struct task_struct *)address);
	struct process_event *event;

	if (!scratch)
		return 0;
	event = &scratch->event;
	read_creds(false, cred, &event->after);
	read_userns(cred, event->after.userns_level, &event->userns);
	event->after_root = root_of(&event->after, cred);
	return 0;
}

/* enum strength of the record's credentials, which are the thread's. A global function that takes numbers only. */
__noinline __u32 strength_in_record(__u64 address, __u32 family)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &family);

	if (!scratch)
		return HOLDS_NOTHING;
	return strength_of(&scratch->event.after, scratch->event.after_root,
			   (__u64)BPF_CORE_READ((struct task_struct *)address, real_cred, user_ns));
}

#endif
