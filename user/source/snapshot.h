/* SPDX-License-Identifier: Apache-2.0 */
/* Walks all tasks that run now; those inside containers become records. */
#ifndef UIDZERO_SOURCE_SNAPSHOT_H
#define UIDZERO_SOURCE_SNAPSHOT_H

#include <stddef.h>

#include "source/hooks.h"

/**
 * Let the kernel walk and hand over an EVENT_TASK record for each process that is root or a container's
 * first; argv is added from /proc. Threads inside containers are tracked from here on.
 *
 * @handle: NULL only tracks
 *
 * Returns 0, a negative errno, or what handle returned other than 0.
 */
int snapshot__walk(const struct hooks *hooks, int (*handle)(void *data, const void *record, size_t size), void *data);

/**
 * The same, the eldest process first: the kernel goes by pids, and those begin anew at some time, so that a container's
 * first process can come behind its children. For who knows nothing of them yet; what a record says of its time
 * does not rise with the next one's.
 */
int snapshot__walk_by_age(const struct hooks *hooks, int (*handle)(void *data, const void *record, size_t size),
			  void *data);

#endif
