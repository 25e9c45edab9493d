/* SPDX-License-Identifier: Apache-2.0 */
/* What all threads of a process do, one after the other, is one thing that the process does. Pure. */
#ifndef UIDZERO_JUDGE_THREADS_H
#define UIDZERO_JUDGE_THREADS_H

#include <stdbool.h>

#include "container/container.h"

/*
 * Note a CREDS record. Returns true where another thread of that process told the very same change less than a second
 * ago, and none of its threads another one since: nothing is new in it, unless the rest of the threads hold less than
 * then. Where they hold more, the record was made before the one that came first: two threads did so at once.
 */
bool threads_repeat(struct container *container, const struct process_event *event);

/* Is another thread root, or can it become root again? So it is where there are more threads than were examined. */
bool threads_keep_root(const struct event_threads *others);

/* The record is of a thread's end, which changed what is left of root in its process. */
bool threads_is_end(const struct process_event *event);

#endif
