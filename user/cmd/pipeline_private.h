/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline's files share: its state (pipeline.c), and the handling of processes (pipeline_process.c). */
#ifndef UIDZERO_CMD_PIPELINE_PRIVATE_H
#define UIDZERO_CMD_PIPELINE_PRIVATE_H

#include "cmd/drops.h"
#include "cmd/pipeline.h"
#include "cmd/verdicts.h"
#include "event/decode.h"

struct pipeline {
	struct pipeline_options options;
	struct container_index *index;
	struct pipeline_counts counts;
	struct verdicts verdicts;
	struct drops drops;
};

/* All of these return 0, or what the options' emit returned. */
int pipeline__emit(struct pipeline *pipeline, struct finding *finding, struct container *container);
int pipeline__emit_metadata(struct pipeline *pipeline, uint64_t time_ns, struct container *container);

/* The kept drops from before until_ns; @container: NULL: of all; @now_ns: the time at which they come out */
int pipeline__emit_drops(struct pipeline *pipeline, uint64_t until_ns, const struct container *container,
			 uint64_t now_ns);

/* The last process of a container has ended. */
int pipeline__stop_container(struct pipeline *pipeline, const struct event_view *view, struct container *container);

/* The first process of a container has ended, and the container has not. */
int pipeline__note_init_exit(struct pipeline *pipeline, struct container *container);

/* An EXEC record of a program that the kernel itself started. */
int pipeline__handle_helper(struct pipeline *pipeline, const struct event_view *view);

/* Any other record of a process. */
int pipeline__handle_process(struct pipeline *pipeline, const struct event_view *view);

#endif
