// SPDX-License-Identifier: Apache-2.0
/* Judges what runs now, without an agent: the walk over all tasks, and the runtimes' files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/live.h"
#include "cmd/pipeline.h"
#include "cmd/verdict_lines.h"
#include "cmd/verdict_source.h"
#include "source/snapshot.h"

struct look {
	struct live live;
	struct host host;
	struct pipeline *pipeline;
};

static int add_cgroup(void *data, uint64_t key, uint64_t parent_key, const char *path)
{
	struct look *look = data;

	return pipeline__add_cgroup(look->pipeline, key, parent_key, (struct span){path, strlen(path)});
}

static int handle_record(void *data, const void *record, size_t size)
{
	struct look *look = data;

	return pipeline__handle(look->pipeline, record, size);
}

/* Only the verdicts are asked for. */
static int drop_finding(void *data, const struct finding *finding, struct container *container)
{
	(void)data, (void)finding, (void)container;
	return 0;
}

static int walk(struct look *look, const struct config *config)
{
	const struct pipeline_options options = {
		.config = config,
		.knowledge = knowledge_live(&look->live),
		.boot_to_realtime_ns = look->host.boot_to_realtime_ns,
		.emit = drop_finding,
	};
	uint64_t begin_ns;
	int err = pipeline__new(&options, &look->pipeline);

	if (!err)
		err = hierarchy__walk(&look->live.hierarchy, add_cgroup, look);
	begin_ns = boottime_ns();
	if (!err)
		err = snapshot__walk_by_age(look->live.hooks, handle_record, look);
	return err ? err : pipeline__walked(look->pipeline, begin_ns, boottime_ns());
}

/* Returns what take returned last. */
static int hand_over(struct look *look, const struct config *config, const struct verdict_question *question,
		     verdict_take_fn take, void *data)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *read = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int err;

	if (!out)
		return -errno;
	err = verdict_lines__write(look->pipeline, config, &look->host, question, out);
	if (fclose(out) && !err)
		err = -errno;
	if (err)
		return err;
	read = fmemopen(text, size, "r");
	return read ? verdict_source_lines(read, take, data) : -errno;
}

int verdict_source__look(const struct config *config, const struct verdict_question *question, verdict_take_fn take,
			 void *data, char ret_reason[VERDICT_REASON_MAX])
{
	const struct hooks_options options = {
		.events_ring_size = CONFIG_RING_KIB_MIN << 10,
		.alerts_ring_size = CONFIG_RING_KIB_MIN << 10,
		.creds_hook = -1,
		.walks_only = true,
	};
	struct look look = {};
	int err;

	host__detect(config->host_root, &look.host);
	err = live__open(&look.live, config, &options, ret_reason);
	if (!err)
		err = walk(&look, config);
	if (!err)
		err = hand_over(&look, config, question, take, data);
	pipeline__free(look.pipeline);
	live__close(&look.live);
	if (err < 0 && !ret_reason[0])
		snprintf(ret_reason, VERDICT_REASON_MAX, "what runs now cannot be judged: %s", strerror(-err));
	return err < 0 ? err : 0;
}
