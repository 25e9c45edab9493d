// SPDX-License-Identifier: Apache-2.0
/* Tells the threads of a process that follow one another from one that acts alone. */
#include "judge/threads.h"

#include <string.h>

#define SAME_ACT_NS 1000000000ULL

static struct container_change *find(struct container *container, const struct event_task *task)
{
	unsigned i;

	for (i = 0; i < CONTAINER_CHANGES; i++)
		if (container->changes[i].tgid == task->tgid && container->changes[i].start_ns == task->start_ns)
			return &container->changes[i];
	return &container->changes[container->next_change++ % CONTAINER_CHANGES];
}

/* What no call accounts for is told of each thread. */
static bool is_seen_call(const struct process_event *event)
{
	return event->header.hook != HOOK_DRIFT && event->syscall != SYSCALL_UNEXPECTED;
}

/* How much of root threads hold, to compare. */
static int rank(const struct event_threads *threads)
{
	const int unknown = 5;

	if (threads->is_partial || threads->root >= EVENT_ROOT_REAL)
		return unknown;
	if (threads->root == EVENT_ROOT_EQUIVALENT || threads->kept & EVENT_KEPT_CAPABILITIES)
		return 4;
	if (threads->kept & (EVENT_KEPT_REAL_UID | EVENT_KEPT_SAVED_UID))
		return 3;
	return threads->root == EVENT_ROOT_MAPPED ? 2 : !!(threads->kept & EVENT_KEPT_MAPPED_UID);
}

bool threads_keep_root(const struct event_threads *others)
{
	return others->root >= EVENT_ROOT_EQUIVALENT || others->kept & ~EVENT_KEPT_IO_URING || others->is_partial;
}

bool threads_is_end(const struct process_event *event)
{
	return event->header.kind == EVENT_CREDS &&
	       (event->header.hook == HOOK_TP_BTF_EXIT || event->header.hook == HOOK_RAW_TP_EXIT);
}

bool threads_repeat(struct container *container, const struct process_event *event)
{
	const struct container_change change = {
		.tgid = event->task.tgid,
		.tid = event->task.tid,
		.start_ns = event->task.start_ns,
		.time_ns = event->header.time_ns,
		.before = event->before,
		.after = event->after,
		.others = event->others,
	};
	struct container_change *last;

	if (threads_is_end(event))
		return false;
	last = find(container, &event->task);
	if (last->tgid == change.tgid && last->start_ns == change.start_ns && last->tid != change.tid &&
	    change.time_ns - last->time_ns < SAME_ACT_NS && is_seen_call(event) &&
	    !memcmp(&last->before, &change.before, sizeof(change.before)) &&
	    !memcmp(&last->after, &change.after, sizeof(change.after)) && rank(&change.others) >= rank(&last->others))
		return true;
	*last = change;
	return false;
}
