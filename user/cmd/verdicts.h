/* SPDX-License-Identifier: Apache-2.0 */
/* Judges containers as the pipeline goes, and tells each verdict that is another one than before. */
#ifndef UIDZERO_CMD_VERDICTS_H
#define UIDZERO_CMD_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "judge/verdict.h"

#define VERDICTS_SPARES_MAX 16

struct verdicts {
	const struct config *config; /* grace times and exceptions */
	int64_t boot_to_realtime_ns;
	uint64_t walk_due_ns; /* when one of them needs a walk over all tasks; UINT64_MAX: none does */
	int (*emit)(void *data, struct finding *finding, struct container *container);
	void *data;
	/*
	 * Histories of containers that have ended, for those that come: given back to the heap, small things that stay
	 * longer would take their places, and thousands of short containers make it grow.
	 */
	struct root_history *spares[VERDICTS_SPARES_MAX];
	unsigned nr_spares;
};

void verdicts__init(struct verdicts *verdicts, const struct config *config, int64_t boot_to_realtime_ns,
		    int (*emit)(void *data, struct finding *finding, struct container *container), void *data);

void verdicts__destroy(struct verdicts *verdicts);

/* A container's first process was seen. Returns 0 or -ENOMEM. The verdict is due at the grace time at the latest. */
int verdicts__begin(struct verdicts *verdicts, struct container *container, const struct process_event *event);

/*
 * The rest return 0 or what emit returned. They do nothing for a container of which no first process was seen.
 */

/* The kernel has started one of the container's files on the host: its finding was emitted. */
int verdicts__note_host_exec(struct verdicts *verdicts, struct container *container, const struct finding *finding);

/*
 * @is_told: the finding was; its process and role count in any case
 * @now_ns:  later than the finding's where that was kept for a while; CLOCK_BOOTTIME
 */
int verdicts__note(struct verdicts *verdicts, struct container *container, const struct finding *finding, bool is_told,
		   uint64_t now_ns);
int verdicts__note_exit(struct verdicts *verdicts, struct container *container, const struct process_event *event);
/* A walk over all tasks between these times is over. Set walk_due_ns to UINT64_MAX before the first container. */
int verdicts__note_walk(struct verdicts *verdicts, struct container *container, uint64_t begin_ns, uint64_t end_ns);
/* The container ends: tells what was not told yet, and forgets its history. */
int verdicts__end(struct verdicts *verdicts, struct container *container, uint64_t time_ns);

/**
 * The verdict as it is now; it is not told by that.
 *
 * @ret_facts, ret_finding: kind, severity, time_ns, container and verdict are set
 *
 * Returns false for a container that does not run.
 */
bool verdicts__look(const struct verdicts *verdicts, struct container *container, uint64_t now_ns,
		    struct verdict_facts *ret_facts, struct finding *ret_finding);

#endif
