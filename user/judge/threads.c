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

bool threads_repeat(struct container *container, const struct process_event *event)
{
	const struct container_change change = {
		.tgid = event->task.tgid,
		.tid = event->task.tid,
		.start_ns = event->task.start_ns,
		.time_ns = event->header.time_ns,
		.before = event->before,
		.after = event->after,
	};
	struct container_change *last = find(container, &event->task);

	if (last->tgid == change.tgid && last->start_ns == change.start_ns && last->tid != change.tid &&
	    change.time_ns - last->time_ns < SAME_ACT_NS && is_seen_call(event) &&
	    !memcmp(&last->before, &change.before, sizeof(change.before)) &&
	    !memcmp(&last->after, &change.after, sizeof(change.after)))
		return true;
	*last = change;
	return false;
}
