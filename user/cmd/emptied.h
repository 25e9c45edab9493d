/* SPDX-License-Identifier: Apache-2.0 */
/* Ends containers of which scans of all tasks saw no thread. */
#ifndef UIDZERO_CMD_EMPTIED_H
#define UIDZERO_CMD_EMPTIED_H

#include "cmd/pipeline.h"
#include "source/hooks.h"

/**
 * Hand over a record of kind EVENT_CONTAINER_EMPTY for each container that ran before the last scan and was not seen.
 *
 * @begin_ns: when the last scan began, CLOCK_BOOTTIME
 * @scans:    hooks__scan_number() before the scan before that, and before the last one
 *
 * Returns 0, -ENOMEM, or what handle returned.
 */
int emptied__find(const struct hooks *hooks, const struct pipeline *pipeline, uint64_t begin_ns,
		  const uint32_t scans[2], int (*handle)(void *data, const void *record, size_t size), void *data);

#endif
