/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a container's life: its first process, and what part each process plays. Pure. */
#ifndef UIDZERO_JUDGE_TRACK_H
#define UIDZERO_JUDGE_TRACK_H

#include <stdbool.h>

#include "container/container.h"
#include "event.h"
#include "judge/finding.h"

/* Note a process that came from outside. Returns true where it is the first of the container, or since its end. */
bool track_start(struct container *container, const struct event_task *task);

/* init for the container's first process, session for another that came from outside, child for their children. */
enum process_role track_role(const struct container *container, const struct event_task *task);

/* Does a process that has ended end the container? The first one does, or the stub above it. */
bool track_ends(const struct container *container, const struct event_task *task);
/* A process is there that was inside before. Returns true where the container was taken for ended: too early. */
bool track_revive(struct container *container);

/* The container has ended. Returns false where that was known, or nothing ever ran in it. */
bool track_stop(struct container *container);

#endif
