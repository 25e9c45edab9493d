// SPDX-License-Identifier: Apache-2.0
/* Wires the stages: decode, attribute, enrich, track, judge. */
#include "cmd/pipeline_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "container/index.h"
#include "judge/policy.h"

#define LOOKS_MAX 16

/* Only what its processes do is reported of a namespace that no runtime claims and that holds no root. */
static bool is_withheld(const struct pipeline *pipeline, const struct finding *finding,
			const struct container *container)
{
	return container && container->is_unclaimed && !pipeline->options.wants_all &&
	       (finding->kind == FINDING_CONTAINER_START || finding->kind == FINDING_CONTAINER_STOP ||
		finding->kind == FINDING_VERDICT || finding->kind == FINDING_METADATA);
}

int pipeline__emit(struct pipeline *pipeline, struct finding *finding, struct container *container)
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
	return pipeline__emit(data, finding, container);
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

static int emit_due_drops(struct pipeline *pipeline, uint64_t now_ns)
{
	return now_ns < DROPS_WAIT_NS ? 0 : pipeline__emit_drops(pipeline, now_ns - DROPS_WAIT_NS, NULL, now_ns);
}

int pipeline__start(struct pipeline *pipeline, const struct agent_facts *agent, uint64_t time_ns)
{
	struct finding finding = {.kind = FINDING_AGENT_START, .time_ns = time_ns, .agent = agent};

	return pipeline__emit(pipeline, &finding, NULL);
}

int pipeline__stop(struct pipeline *pipeline, uint64_t time_ns)
{
	struct finding finding = {.kind = FINDING_AGENT_STOP, .time_ns = time_ns};
	int err = pipeline__emit_drops(pipeline, UINT64_MAX, NULL, time_ns);

	return err ? err : pipeline__emit(pipeline, &finding, NULL);
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
	return pipeline__emit(pipeline, &finding, NULL);
}

int pipeline__add_cgroup(struct pipeline *pipeline, uint64_t key, uint64_t parent_key, struct span path)
{
	return container_index__add_cgroup(pipeline->index, key, parent_key, path);
}

int pipeline__emit_metadata(struct pipeline *pipeline, uint64_t time_ns, struct container *container)
{
	struct finding finding = {.kind = FINDING_METADATA, .time_ns = time_ns};

	return pipeline__emit(pipeline, &finding, container);
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
			err = pipeline__emit_metadata(pipeline, time_ns, container);
	return err;
}

int pipeline__tick(struct pipeline *pipeline, uint64_t time_ns)
{
	int err = emit_due_drops(pipeline, time_ns);

	container_index__reap(pipeline->index, time_ns);
	return err ? err : look_again(pipeline, time_ns, LOOKS_MAX);
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
		return container && container_index__has_cgroup(container)
			       ? pipeline__stop_container(pipeline, &view, container)
			       : 0;
	case EVENT_EXEC:
		if (view.process.event->task.flags & TASK_HELPER)
			return pipeline__handle_helper(pipeline, &view);
		return pipeline__handle_process(pipeline, &view);
	default:
		return pipeline__handle_process(pipeline, &view);
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
		err = pipeline__note_init_exit(walked->pipeline, container);
	return err ?: verdicts__note_walk(&walked->pipeline->verdicts, container, walked->begin_ns, walked->end_ns);
}

int pipeline__walked(struct pipeline *pipeline, uint64_t begin_ns, uint64_t end_ns)
{
	struct walked walked = {pipeline, begin_ns, end_ns};
	int err = pipeline__emit_drops(pipeline, begin_ns, NULL, begin_ns);

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
