// SPDX-License-Identifier: Apache-2.0
/* Ends containers of which scans of all tasks saw no thread: their last record was lost, or an exit was missed. */
#include "cmd/emptied.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define NUMBERS_MAX CONTAINER_SLOTS

/* The kernel's count alone is not enough, as it is too high after a missed exit: two scans in a row are. */
static bool is_empty(const struct hooks *hooks, uint32_t number, const uint32_t scans[2])
{
	if (hooks__saw_container(hooks, number, scans[1]))
		return false;
	return !hooks__has_live_threads(hooks, number) || !hooks__saw_container(hooks, number, scans[0]);
}

int emptied__find(const struct hooks *hooks, const struct pipeline *pipeline, uint64_t begin_ns,
		  const uint32_t scans[2], int (*handle)(void *data, const void *record, size_t size), void *data)
{
	_cleanup_free_ uint32_t *numbers = calloc(NUMBERS_MAX, sizeof(*numbers));
	struct cgroup_event event = {
		.header = {.abi = EVENT_ABI,
			   .kind = EVENT_CONTAINER_EMPTY,
			   .size = sizeof(event),
			   .time_ns = boottime_ns(),
			   .ring = RING_ALERTS,
			   .hook = HOOK_ITER_TASK},
	};
	size_t nr, i;
	int err = 0;

	if (!numbers)
		return -ENOMEM;
	nr = pipeline__running(pipeline, begin_ns, numbers, NUMBERS_MAX);
	for (i = 0; i < nr && !err; i++) {
		if (!is_empty(hooks, numbers[i], scans))
			continue;
		event.container = numbers[i];
		err = handle(data, &event, sizeof(event));
	}
	return err;
}
