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
	int64_t boot_to_realtime_ns; /* added to CLOCK_BOOTTIME: exceptions end by the calendar */
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

/*
 * All tasks were walked over, and what was found handed over: between these two times, who holds root in a
 * container was among it. Tells the verdicts that this decides.
 */
int pipeline__walked(struct pipeline *pipeline, uint64_t begin_ns, uint64_t end_ns);

/* The numbers of containers that began before and run, as many as there is room for. Returns how many. */
size_t pipeline__running(const struct pipeline *pipeline, uint64_t begun_before_ns, uint32_t *ret_numbers, size_t max);

/* Read the names of all containers anew: somebody asks. */
int pipeline__refresh_names(struct pipeline *pipeline);
/* When a verdict needs the next walk; UINT64_MAX: none does. */
uint64_t pipeline__walk_due(const struct pipeline *pipeline);
/*
 * Hands the verdict of each container that runs to tell, as it is now; nothing is emitted.
 *
 * @wants_all: also of pid namespaces that no runtime claims and in which no process held the host's root
 */
int pipeline__tell_verdicts(struct pipeline *pipeline, uint64_t now_ns, bool wants_all,
			    int (*tell)(void *data, const struct finding *finding, struct container *container),
			    void *data);

struct pipeline_counts {
	uint64_t records, undecodable, findings;
	uint64_t by_finding[FINDING_END];
	uint64_t lost;
	uint32_t containers;
};
void pipeline__count(const struct pipeline *pipeline, struct pipeline_counts *ret_counts);

#endif
