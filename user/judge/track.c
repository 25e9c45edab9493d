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
	bool is_restart = !container->is_running && task->flags & (TASK_ENTERING | TASK_STUB);

	if (!(task->flags & TASK_ENTRY) || is_init(container, task))
		return false;
	/* In a pid namespace of its own the first process is pid 1, whoever was seen before it. */
	if (container->init_tgid && !is_pid_one && !is_restart)
		return false;
	container->init_tgid = task->tgid;
	container->init_start_ns = task->start_ns;
	container->init_exit_ns = 0;
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

bool track_revive(struct container *container)
{
	if (container->is_running || !container->init_tgid)
		return false;
	container->is_running = true;
	return true;
}

bool track_stop(struct container *container)
{
	bool was_running = container->is_running;

	container->is_running = false;
	return was_running;
}
