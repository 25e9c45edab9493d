// SPDX-License-Identifier: Apache-2.0
/* Roles by who came first. */
#include "judge/track.h"

static bool is_init(const struct container *container, const struct event_task *task)
{
	return container->init_tgid == task->tgid && container->init_start_ns == task->start_ns;
}

bool track_start(struct container *container, const struct event_task *task)
{
	bool is_pid_one = !(task->flags & TASK_HOST_PIDNS) && task->vpid == 1;
	bool is_first_of_stub = task->flags & TASK_STUB && !container->is_running;

	if (!(task->flags & TASK_ENTRY) || is_init(container, task))
		return false;
	/* In a pid namespace of its own the first process is pid 1, whoever was seen before it. */
	if (container->init_tgid && !is_pid_one && !is_first_of_stub)
		return false;
	container->init_tgid = task->tgid;
	container->init_start_ns = task->start_ns;
	container->is_running = true;
	container->has_stub = task->flags & TASK_STUB;
	return true;
}

bool track_ends(const struct container *container, const struct event_task *task)
{
	if (container->has_stub)
		return !(task->flags & TASK_INSIDE);
	return is_init(container, task);
}

enum process_role track_role(const struct container *container, const struct event_task *task)
{
	if (!(task->flags & TASK_ENTRY))
		return ROLE_CHILD;
	return is_init(container, task) ? ROLE_INIT : ROLE_SESSION;
}

bool track_stop(struct container *container)
{
	bool was_running = container->is_running;

	container->is_running = false;
	return was_running;
}
