// SPDX-License-Identifier: Apache-2.0
/* What the record of a process means for its container, and which findings come of it. */
#include "cmd/pipeline_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/index.h"
#include "judge/history.h"
#include "judge/judge.h"
#include "judge/threads.h"
#include "judge/toggles.h"
#include "judge/track.h"

/* Emit what was found, if anything was, and let the verdict know. @now_ns: CLOCK_BOOTTIME, not before the finding */
static int conclude(struct pipeline *pipeline, struct container *container, struct finding *finding, bool is_told,
		    uint64_t now_ns)
{
	int err = is_told ? pipeline__emit(pipeline, finding, container) : 0;

	return err ? err : verdicts__note(&pipeline->verdicts, container, finding, is_told, now_ns);
}

/* A kept drop stays what it was: nothing has completed it. */
static int emit_drop(struct pipeline *pipeline, const struct kept_drop *kept, uint64_t now_ns)
{
	struct kept_drop drop;
	_cleanup_free_ struct process_event *record = NULL;
	struct finding finding = {};
	struct event_view view;

	drops__take(&pipeline->drops, kept, &drop);
	record = drop.record;
	if (event_decode(record, record->header.size, &view))
		return 0;
	finding.time_ns = view.header->time_ns;
	finding.process = &view.process;
	finding.role = drop.role;
	return conclude(pipeline, drop.container, &finding, judge_process(pipeline->options.wants_all, &finding),
			now_ns > finding.time_ns ? now_ns : finding.time_ns);
}

/* Those that began until then, in that container or in any. */
int pipeline__emit_drops(struct pipeline *pipeline, uint64_t until_ns, const struct container *container,
			 uint64_t now_ns)
{
	const struct kept_drop *drop;
	int err = 0;

	while (!err && (drop = drops__oldest(&pipeline->drops, until_ns, container)))
		err = emit_drop(pipeline, drop, now_ns);
	return err;
}

static int lifecycle(struct pipeline *pipeline, enum finding_kind kind, const struct event_view *view,
		     struct container *container)
{
	struct finding finding = {.kind = kind, .time_ns = view->header->time_ns};

	/* A sandboxed runtime's process is none of the container's programs. */
	if (kind == FINDING_CONTAINER_START && !container->facts.isolation) {
		finding.process = &view->process;
		finding.role = ROLE_INIT;
		finding.root = judge_root_now(view->process.event);
	}
	return pipeline__emit(pipeline, &finding, container);
}

int pipeline__stop_container(struct pipeline *pipeline, const struct event_view *view, struct container *container)
{
	int err = pipeline__emit_drops(pipeline, UINT64_MAX, container, view->header->time_ns);

	container_index__ended(pipeline->index, container, view->header->time_ns);
	if (err || !track_stop(container))
		return err;
	if (container_index__look_last(pipeline->index, container))
		err = pipeline__emit_metadata(pipeline, view->header->time_ns, container);
	if (!err)
		err = verdicts__end(&pipeline->verdicts, container, view->header->time_ns);
	return err ? err : lifecycle(pipeline, FINDING_CONTAINER_STOP, view, container);
}

/* With the first process most containers end: that it ended before others is noted once there is one. */
static int handle_exit(struct pipeline *pipeline, const struct event_view *view, struct container *container)
{
	const struct process_event *event = view->process.event;
	const struct kept_drop *drop = drops__find(&pipeline->drops, &event->task);
	int err = drop ? emit_drop(pipeline, drop, event->header.time_ns) : 0;

	if (err)
		return err;
	if (!track_ends(container, &event->task)) {
		/* The stub ends as soon as its program has: until then the verdict is the one of before. */
		if (track_role(container, &event->task) == ROLE_INIT)
			return 0;
		return verdicts__note_exit(&pipeline->verdicts, container, event);
	}
	if (!container_index__has_cgroup(container))
		return pipeline__stop_container(pipeline, view, container);
	container->init_exit_ns = view->header->time_ns;
	return 0;
}

/* Its first process ended before, and the container did not. */
int pipeline__note_init_exit(struct pipeline *pipeline, struct container *container)
{
	const struct process_event event = {
		.header.time_ns = container->init_exit_ns,
		.task = {.tgid = container->init_tgid, .start_ns = container->init_start_ns},
	};

	if (!container->init_exit_ns)
		return 0;
	container->init_exit_ns = 0;
	return verdicts__note_exit(&pipeline->verdicts, container, &event);
}

/* The start of an unclaimed namespace is reported once a process in it holds root. Without memory it is not. */
static void keep_start(struct container *container, const struct process_event *event)
{
	free(container->start_record);
	container->start_record = malloc(event->header.size);
	if (container->start_record)
		memcpy(container->start_record, event, event->header.size);
}

/* A process of a container is there, so that the container is. */
static int note_alive(struct pipeline *pipeline, const struct event_view *view, struct container *container)
{
	const struct process_event *event = view->process.event;
	bool is_starting = event->task.flags & TASK_ENTERING;
	/* A stub that execs after all: what ran below it was a hook, and the container has started already. */
	bool has_run_hook = container->is_running && container->has_stub;
	int err;

	if (!track_start(container, &event->task)) {
		if (!container_index__has_cgroup(container) || !track_revive(container))
			return pipeline__note_init_exit(pipeline, container);
		container_index__hold(pipeline->index, container);
		return verdicts__begin(&pipeline->verdicts, container, event);
	}
	container_index__hold(pipeline->index, container);
	if (is_starting)
		container_index__complete_facts(pipeline->index, container);
	if (!container->facts.isolation)
		container_index__note_first(pipeline->index, container, event);
	err = verdicts__begin(&pipeline->verdicts, container, event);
	if (!err && is_starting && !has_run_hook)
		err = lifecycle(pipeline, FINDING_CONTAINER_START, view, container);
	if (container->is_unclaimed && is_starting)
		keep_start(container, event);
	return err;
}

static int report_withheld_start(struct pipeline *pipeline, struct container *container)
{
	const struct event_header *header = container->start_record;
	struct event_view view;
	int err = 0;

	container->is_unclaimed = false;
	container__drop_encoded(container);
	if (header && !pipeline->options.wants_all && event_decode(header, header->size, &view) == 0)
		err = lifecycle(pipeline, FINDING_CONTAINER_START, &view, container);
	free(container->start_record);
	container->start_record = NULL;
	return err;
}

/*
 * The host's processes of a gVisor or Kata container are its runtime's, root by design. One that was not root and
 * became it is reported in any container: the runtime never does that, but what breaks out of it does.
 */
static bool is_of_sandboxed_runtime(const struct container *container, const struct finding *finding)
{
	return container->facts.isolation && !(judge_is_gain(finding) && finding->root == ROOT_REAL);
}

/* What is not complete waits for what may complete it, while the container runs: its end does not wait. */
static int keep_or_conclude(struct pipeline *pipeline, struct container *container, struct finding *finding,
			    bool is_told, uint64_t since_ns)
{
	const struct kept_drop *oldest;
	int err;

	if (!is_told || !container->is_running || !drops_can_continue(finding))
		return conclude(pipeline, container, finding, is_told, finding->time_ns);
	if (pipeline->drops.nr == DROPS_MAX) {
		oldest = drops__oldest(&pipeline->drops, UINT64_MAX, NULL);
		err = emit_drop(pipeline, oldest, finding->time_ns);
		if (err)
			return err;
	}
	return drops__keep(&pipeline->drops, finding, container, since_ns);
}

/* The process has dropped a part of its root a moment ago, and goes on with that, or does another thing. */
static int handle_after_drop(struct pipeline *pipeline, const struct kept_drop *kept, struct container *container,
			     struct finding *finding, bool is_told)
{
	_cleanup_free_ struct process_event *former = NULL, *joined = NULL;
	struct kept_drop drop;
	struct event_view view;
	int err;

	if (!drops_continues(kept, finding, is_told)) {
		err = emit_drop(pipeline, kept, finding->time_ns);
		return err ? err : keep_or_conclude(pipeline, container, finding, is_told, finding->time_ns);
	}
	drops__take(&pipeline->drops, kept, &drop);
	former = drop.record;
	joined = drops_join(&drop, finding->process->event, is_told);
	if (!joined)
		return -ENOMEM;
	err = event_decode(joined, joined->header.size, &view);
	if (err)
		return err;
	finding->time_ns = view.header->time_ns;
	finding->process = &view.process;
	is_told = judge_process(pipeline->options.wants_all, finding);
	return keep_or_conclude(pipeline, container, finding, is_told, drop.since_ns);
}

/* Without memory, each regain is an alert. */
static void fold(struct container *container, struct finding *finding)
{
	if (!container->toggles)
		container->toggles = calloc(1, sizeof(*container->toggles));
	if (container->toggles)
		toggles_fold(container->toggles, finding);
}

/* A program that the kernel started by itself, of which nothing is reported unless a container can have written it. */
int pipeline__handle_helper(struct pipeline *pipeline, const struct event_view *view)
{
	struct container *container = container_index__find_by_file(pipeline->index, &view->process);
	struct finding finding = {.time_ns = view->header->time_ns, .process = &view->process};
	int err;

	if (!container)
		return 0;
	judge_host_exec(&finding);
	err = pipeline__emit(pipeline, &finding, container);
	return err ? err : verdicts__note_host_exec(&pipeline->verdicts, container, &finding);
}

/* What runs in them is the container's, wherever the kernel finds it. */
static void note_mount_namespace(struct container *container, const struct event_task *task)
{
	for (unsigned i = 0; i < CONTAINER_MNTNS_MAX; i++)
		if (container->mntns_inums[i] == task->mntns_inum)
			return;
	container->mntns_inums[container->next_mntns++ % CONTAINER_MNTNS_MAX] = task->mntns_inum;
}

/* The same process in a container that it has come into: nothing was known of it in that one. */
static void read_entered(const struct process_view *view, struct process_event *ret_event,
			 struct process_view *ret_view)
{
	*ret_event = *view->event;
	ret_event->before = (struct event_creds){};
	ret_event->before_root = EVENT_ROOT_UNTOLD;
	*ret_view = *view;
	ret_view->event = ret_event;
}

int pipeline__handle_process(struct pipeline *pipeline, const struct event_view *view)
{
	struct process_event entered;
	struct process_view entered_view;
	const struct process_event *event = view->process.event;
	struct container *container = container_index__resolve(pipeline->index, &event->task);
	struct finding finding = {.time_ns = view->header->time_ns, .process = &view->process};
	const struct kept_drop *drop;
	bool is_told, has_moved;
	int err;

	if (!container)
		return 0;
	if (event->header.kind == EVENT_EXIT)
		return handle_exit(pipeline, view, container);
	has_moved = container_index__has_moved(pipeline->index, event);
	err = has_moved ? 0 : note_alive(pipeline, view, container);
	if (event->task.flags & TASK_WAS_INSIDE && event->task.flags & TASK_ENTERING && !has_moved) {
		finding.process = &entered_view;
		read_entered(&view->process, &entered, &entered_view);
	}
	if (!err && container->is_unclaimed && judge_holds_host_root(event))
		err = report_withheld_start(pipeline, container);
	note_mount_namespace(container, &event->task);
	finding.role = track_role(container, &event->task);
	if (has_moved && finding.role == ROLE_SESSION)
		finding.role = ROLE_CHILD;
	if (event->header.kind == EVENT_CREDS && threads_repeat(container, event))
		return err;
	is_told = judge_process(pipeline->options.wants_all, &finding);
	if (err || is_of_sandboxed_runtime(container, &finding))
		return err;
	if (is_told && finding.is_regain)
		fold(container, &finding);
	drop = drops__find(&pipeline->drops, &event->task);
	return drop ? handle_after_drop(pipeline, drop, container, &finding, is_told)
		    : keep_or_conclude(pipeline, container, &finding, is_told, finding.time_ns);
}
