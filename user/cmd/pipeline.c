// SPDX-License-Identifier: Apache-2.0
/* Wires the stages: decode, attribute, enrich, track, judge. */
#include "cmd/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/drops.h"
#include "cmd/verdicts.h"
#include "container/index.h"
#include "event/decode.h"
#include "judge/history.h"
#include "judge/judge.h"
#include "judge/policy.h"
#include "judge/threads.h"
#include "judge/toggles.h"
#include "judge/track.h"

#define LOOKS_MAX 16

struct pipeline {
	struct pipeline_options options;
	struct container_index *index;
	struct pipeline_counts counts;
	struct verdicts verdicts;
	struct drops drops;
};

/* Only what its processes do is reported of a namespace that no runtime claims and that holds no root. */
static bool is_withheld(const struct pipeline *pipeline, const struct finding *finding,
			const struct container *container)
{
	return container && container->is_unclaimed && !pipeline->options.wants_all &&
	       (finding->kind == FINDING_CONTAINER_START || finding->kind == FINDING_CONTAINER_STOP ||
		finding->kind == FINDING_VERDICT || finding->kind == FINDING_METADATA);
}

static int emit(struct pipeline *pipeline, struct finding *finding, struct container *container)
{
	if (is_withheld(pipeline, finding, container))
		return 0;
	finding->container = container;
	policy_apply(pipeline->options.config, finding);
	finding->sequence = ++pipeline->counts.findings;
	pipeline->counts.by_finding[finding->kind]++;
	if (container)
		container_index__note_told(pipeline->index, container, finding->time_ns);
	return pipeline->options.emit(pipeline->options.emit_data, finding, container);
}

static int emit_verdict(void *data, struct finding *finding, struct container *container)
{
	return emit(data, finding, container);
}

int pipeline__new(const struct pipeline_options *options, struct pipeline **ret_pipeline)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	int err;

	if (!pipeline)
		return -ENOMEM;
	pipeline->options = *options;
	verdicts__init(&pipeline->verdicts, options->config, options->boot_to_realtime_ns, emit_verdict, pipeline);
	err = container_index__new(&options->knowledge, &pipeline->index);
	if (err) {
		free(pipeline);
		return err;
	}
	*ret_pipeline = pipeline;
	return 0;
}

void pipeline__free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	drops__destroy(&pipeline->drops);
	verdicts__destroy(&pipeline->verdicts);
	container_index__free(pipeline->index);
	free(pipeline);
}

/* Emit what was found, if anything was, and let the verdict know. @now_ns: CLOCK_BOOTTIME, not before the finding */
static int conclude(struct pipeline *pipeline, struct container *container, struct finding *finding, bool is_told,
		    uint64_t now_ns)
{
	int err = is_told ? emit(pipeline, finding, container) : 0;

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
static int emit_drops(struct pipeline *pipeline, uint64_t until_ns, const struct container *container, uint64_t now_ns)
{
	const struct kept_drop *drop;
	int err = 0;

	while (!err && (drop = drops__oldest(&pipeline->drops, until_ns, container)))
		err = emit_drop(pipeline, drop, now_ns);
	return err;
}

static int emit_due_drops(struct pipeline *pipeline, uint64_t now_ns)
{
	return now_ns < DROPS_WAIT_NS ? 0 : emit_drops(pipeline, now_ns - DROPS_WAIT_NS, NULL, now_ns);
}

int pipeline__start(struct pipeline *pipeline, const struct agent_facts *agent, uint64_t time_ns)
{
	struct finding finding = {.kind = FINDING_AGENT_START, .time_ns = time_ns, .agent = agent};

	return emit(pipeline, &finding, NULL);
}

int pipeline__stop(struct pipeline *pipeline, uint64_t time_ns)
{
	struct finding finding = {.kind = FINDING_AGENT_STOP, .time_ns = time_ns};
	int err = emit_drops(pipeline, UINT64_MAX, NULL, time_ns);

	return err ? err : emit(pipeline, &finding, NULL);
}

int pipeline__loss(struct pipeline *pipeline, const struct loss_facts *loss)
{
	struct finding finding = {
		.kind = FINDING_LOSS,
		.severity = SEVERITY_MEDIUM,
		.time_ns = loss->until_ns,
		.loss = loss,
	};

	pipeline->counts.lost += loss->total;
	return emit(pipeline, &finding, NULL);
}

int pipeline__add_cgroup(struct pipeline *pipeline, uint64_t key, uint64_t parent_key, struct span path)
{
	return container_index__add_cgroup(pipeline->index, key, parent_key, path);
}

static int emit_metadata(struct pipeline *pipeline, uint64_t time_ns, struct container *container)
{
	struct finding finding = {.kind = FINDING_METADATA, .time_ns = time_ns};

	return emit(pipeline, &finding, container);
}

bool pipeline__is_due(const struct pipeline *pipeline, uint64_t time_ns)
{
	return container_index__is_due(pipeline->index, time_ns) ||
	       (time_ns >= DROPS_WAIT_NS && drops__oldest(&pipeline->drops, time_ns - DROPS_WAIT_NS, NULL));
}

/* Each look reads files: so many at a time, that the rings do not wait. */
static int look_again(struct pipeline *pipeline, uint64_t time_ns, int nr_max)
{
	struct container *container;
	int err = 0;

	while (!err && nr_max-- && container_index__look_again(pipeline->index, time_ns, &container))
		if (container)
			err = emit_metadata(pipeline, time_ns, container);
	return err;
}

int pipeline__tick(struct pipeline *pipeline, uint64_t time_ns)
{
	int err = emit_due_drops(pipeline, time_ns);

	container_index__reap(pipeline->index, time_ns);
	return err ? err : look_again(pipeline, time_ns, LOOKS_MAX);
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
	return emit(pipeline, &finding, container);
}

static int stop_container(struct pipeline *pipeline, const struct event_view *view, struct container *container)
{
	int err = emit_drops(pipeline, UINT64_MAX, container, view->header->time_ns);

	container_index__ended(pipeline->index, container, view->header->time_ns);
	if (err || !track_stop(container))
		return err;
	if (container_index__look_last(pipeline->index, container))
		err = emit_metadata(pipeline, view->header->time_ns, container);
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
		return stop_container(pipeline, view, container);
	container->init_exit_ns = view->header->time_ns;
	return 0;
}

/* Its first process ended before, and the container did not. */
static int note_init_exit(struct pipeline *pipeline, struct container *container)
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
			return note_init_exit(pipeline, container);
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
static int handle_helper(struct pipeline *pipeline, const struct event_view *view)
{
	struct container *container = container_index__find_by_file(pipeline->index, &view->process);
	struct finding finding = {.time_ns = view->header->time_ns, .process = &view->process};
	int err;

	if (!container)
		return 0;
	judge_host_exec(&finding);
	err = emit(pipeline, &finding, container);
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

static int handle_process(struct pipeline *pipeline, const struct event_view *view)
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

int pipeline__handle(struct pipeline *pipeline, const void *record, size_t size)
{
	struct container *container;
	struct event_view view;
	int err;

	pipeline->counts.records++;
	err = event_decode(record, size, &view);
	if (err) {
		if (!pipeline->counts.undecodable++)
			log_warning("a record of %zu bytes does not decode and is dropped, as later ones will be",
				    size);
		return 0;
	}
	err = emit_due_drops(pipeline, view.header->time_ns);
	if (err)
		return err;
	container_index__reap(pipeline->index, view.header->time_ns);
	err = look_again(pipeline, view.header->time_ns, 1);
	if (err)
		return err;
	switch (view.header->kind) {
	case EVENT_CGROUP_MKDIR:
		return container_index__make_cgroup(pipeline->index, view.cgroup.event, view.cgroup.path);
	case EVENT_CGROUP_RMDIR:
		container =
			container_index__remove_cgroup(pipeline->index, view.cgroup.event->key, view.header->time_ns);
		/* Its processes have left it, or their end was not seen. */
		if (container && container->is_running)
			pipeline->verdicts.walk_due_ns = view.header->time_ns;
		return 0;
	case EVENT_CONTAINER_EMPTY:
		container =
			container_index__find(pipeline->index, view.cgroup.event->container, view.cgroup.event->key);
		return container && container_index__has_cgroup(container) ? stop_container(pipeline, &view, container)
									   : 0;
	case EVENT_EXEC:
		if (view.process.event->task.flags & TASK_HELPER)
			return handle_helper(pipeline, &view);
		return handle_process(pipeline, &view);
	default:
		return handle_process(pipeline, &view);
	}
}

struct walked {
	struct pipeline *pipeline;
	uint64_t begin_ns, end_ns;
};

static int note_walked(void *data, struct container *container)
{
	const struct walked *walked = data;
	int err = 0;

	if (container->init_exit_ns && container->init_exit_ns < walked->begin_ns)
		err = note_init_exit(walked->pipeline, container);
	return err ?: verdicts__note_walk(&walked->pipeline->verdicts, container, walked->begin_ns, walked->end_ns);
}

int pipeline__walked(struct pipeline *pipeline, uint64_t begin_ns, uint64_t end_ns)
{
	struct walked walked = {pipeline, begin_ns, end_ns};
	int err = emit_drops(pipeline, begin_ns, NULL, begin_ns);

	pipeline->verdicts.walk_due_ns = UINT64_MAX;
	return err ? err : container_index__visit(pipeline->index, note_walked, &walked);
}

struct running {
	uint64_t begun_before_ns;
	uint32_t *numbers;
	size_t nr, max;
};

static int add_running(void *data, struct container *container)
{
	struct running *running = data;

	if (container->is_running && container->history && container->history->started_ns < running->begun_before_ns &&
	    container_index__has_cgroup(container) && running->nr < running->max)
		running->numbers[running->nr++] = container->number;
	return 0;
}

size_t pipeline__running(const struct pipeline *pipeline, uint64_t begun_before_ns, uint32_t *ret_numbers, size_t max)
{
	struct running running = {begun_before_ns, ret_numbers, 0, max};

	container_index__visit(pipeline->index, add_running, &running);
	return running.nr;
}

static int refresh_name(void *data, struct container *container)
{
	container_index__refresh_name(data, container);
	return 0;
}

int pipeline__refresh_names(struct pipeline *pipeline)
{
	return container_index__visit(pipeline->index, refresh_name, pipeline->index);
}

uint64_t pipeline__walk_due(const struct pipeline *pipeline)
{
	return pipeline->verdicts.walk_due_ns;
}

struct telling {
	struct verdicts *verdicts;
	uint64_t now_ns, sequence;
	bool wants_all;
	int (*tell)(void *data, const struct finding *finding, struct container *container);
	void *data;
};

static int tell_verdict(void *data, struct container *container)
{
	struct telling *telling = data;
	struct verdict_facts facts;
	struct finding finding = {.sequence = telling->sequence + 1};

	if ((container->is_unclaimed && !telling->wants_all) ||
	    !verdicts__look(telling->verdicts, container, telling->now_ns, &facts, &finding))
		return 0;
	telling->sequence++;
	return telling->tell(telling->data, &finding, container);
}

int pipeline__tell_verdicts(struct pipeline *pipeline, uint64_t now_ns, bool wants_all,
			    int (*tell)(void *data, const struct finding *finding, struct container *container),
			    void *data)
{
	struct telling telling = {&pipeline->verdicts, now_ns, 0, wants_all, tell, data};

	return container_index__visit(pipeline->index, tell_verdict, &telling);
}

void pipeline__count(const struct pipeline *pipeline, struct pipeline_counts *ret_counts)
{
	*ret_counts = pipeline->counts;
	ret_counts->containers = container_index__nr_seen(pipeline->index);
}
