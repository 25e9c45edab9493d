// SPDX-License-Identifier: Apache-2.0
/* Compares the counts of what was lost with those of the last look. */
#include "cmd/losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/frames.h"
#include "cmd/host.h"

struct losses {
	const struct hooks *hooks;
	struct hooks_losses now, former;
	uint64_t since_ns;
};

int losses__new(const struct hooks *hooks, struct losses **ret_losses)
{
	struct losses *losses = calloc(1, sizeof(*losses));

	if (!losses)
		return -ENOMEM;
	losses->hooks = hooks;
	losses->now.by_cpu = calloc(hooks__nr_cpus(hooks), sizeof(uint64_t));
	losses->former.by_cpu = calloc(hooks__nr_cpus(hooks), sizeof(uint64_t));
	if (!losses->now.by_cpu || !losses->former.by_cpu) {
		losses__free(losses);
		return -ENOMEM;
	}
	losses->since_ns = boottime_ns();
	*ret_losses = losses;
	return 0;
}

void losses__free(struct losses *losses)
{
	if (!losses)
		return;
	free(losses->now.by_cpu);
	free(losses->former.by_cpu);
	free(losses);
}

/* Where one look tells what it found. */
struct look {
	const struct losses *losses;
	struct pipeline *pipeline;
	struct recording_writer *writer;
};

static int tell(const struct look *look, const char *reason, uint64_t total, const uint64_t by_kind[EVENT_KIND_END],
		const uint64_t *by_cpu)
{
	_cleanup_free_ char *json = NULL;
	struct loss_facts loss = {
		.total = total,
		.nr_cpus = by_cpu ? hooks__nr_cpus(look->losses->hooks) : 0,
		.by_cpu = by_cpu,
		.since_ns = look->losses->since_ns,
		.until_ns = boottime_ns(),
		.reason = reason,
	};
	int err;

	if (!total)
		return 0;
	memcpy(loss.by_kind, by_kind, sizeof(loss.by_kind));
	if (look->writer) {
		err = frame_from_loss(&loss, &json);
		if (err)
			return err;
		recording_writer__add(look->writer, FRAME_LOSS, json, strlen(json));
	}
	return pipeline__loss(look->pipeline, &loss);
}

static int tell_of(const struct look *look, const char *reason, enum event_kind kind, uint64_t total)
{
	uint64_t by_kind[EVENT_KIND_END] = {};

	by_kind[kind] = total;
	return tell(look, reason, total, by_kind, NULL);
}

/* What was added to the former counts, by kind. Returns the sum. */
static uint64_t added(const uint64_t now[EVENT_KIND_END], const uint64_t former[EVENT_KIND_END],
		      uint64_t ret_by_kind[EVENT_KIND_END])
{
	uint64_t total = 0;
	int kind;

	for (kind = 0; kind < EVENT_KIND_END; kind++) {
		ret_by_kind[kind] = now[kind] - former[kind];
		total += ret_by_kind[kind];
	}
	return total;
}

int losses__look(struct losses *losses, struct pipeline *pipeline, struct recording_writer *writer)
{
	const struct look look = {losses, pipeline, writer};
	struct hooks_losses *now = &losses->now, *former = &losses->former, swapped;
	uint64_t *by_cpu = former->by_cpu; /* the former counts give way to what was added to them */
	uint64_t by_kind[EVENT_KIND_END], total;
	uint32_t cpu;
	int err;

	err = hooks__read_losses(losses->hooks, now);
	if (err)
		return err;
	for (cpu = 0; cpu < hooks__nr_cpus(losses->hooks); cpu++)
		by_cpu[cpu] = now->by_cpu[cpu] - by_cpu[cpu];
	total = added(now->by_kind, former->by_kind, by_kind);
	err = tell(&look, "ring full", total, by_kind, by_cpu);
	if (!err) {
		total = added(now->missed, former->missed, by_kind);
		err = tell(&look, "program already running", total, by_kind, NULL);
	}
	if (!err)
		err = tell_of(&look, "no room for more threads", EVENT_TASK, now->untracked - former->untracked);
	if (!err)
		err = tell_of(&look, "no room for more cgroups", EVENT_CGROUP_MKDIR, now->unlisted - former->unlisted);
	losses->since_ns = boottime_ns();
	swapped = *former;
	*former = *now;
	*now = swapped;
	return err;
}
