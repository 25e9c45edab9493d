/* SPDX-License-Identifier: Apache-2.0 */
/* The one way through: records in, findings out. The same for a live host and for a recording. */
#ifndef UIDZERO_CMD_PIPELINE_H
#define UIDZERO_CMD_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "container/knowledge.h"
#include "judge/finding.h"

struct pipeline;

struct pipeline_options {
	const struct config *config; /* the allow-list; lives as long as the pipeline */
	struct knowledge knowledge;
	bool wants_all;
	/* Takes each finding. Returns 0 or a negative errno that ends the run. `container` is finding->container. */
	int (*emit)(void *data, const struct finding *finding, struct container *container);
	void *emit_data;
};

int pipeline__new(const struct pipeline_options *options, struct pipeline **ret_pipeline);
void pipeline__free(struct pipeline *pipeline);

/* All of these return 0, or what emit returned. Times are CLOCK_BOOTTIME in ns. */
int pipeline__start(struct pipeline *pipeline, const struct agent_facts *agent, uint64_t time_ns);
int pipeline__stop(struct pipeline *pipeline, uint64_t time_ns);
int pipeline__loss(struct pipeline *pipeline, const struct loss_facts *loss);
/* A cgroup that was there at the start; parents come before. */
int pipeline__add_cgroup(struct pipeline *pipeline, uint64_t key, uint64_t parent_key, struct span path);
/* What is due without a record: something to look for again, or to forget. */
bool pipeline__is_due(const struct pipeline *pipeline, uint64_t time_ns);
int pipeline__tick(struct pipeline *pipeline, uint64_t time_ns);
/* A record that does not decode is counted and dropped. */
int pipeline__handle(struct pipeline *pipeline, const void *record, size_t size);

struct pipeline_counts {
	uint64_t records, undecodable, findings;
	uint64_t by_finding[FINDING_END];
	uint64_t lost;
	uint32_t containers;
};
void pipeline__count(const struct pipeline *pipeline, struct pipeline_counts *ret_counts);

#endif
