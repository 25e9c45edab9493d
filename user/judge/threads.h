/* SPDX-License-Identifier: Apache-2.0 */
/* What all threads of a process do, one after the other, is one thing that the process does. Pure. */
#ifndef UIDZERO_JUDGE_THREADS_H
#define UIDZERO_JUDGE_THREADS_H

#include <stdbool.h>

#include "container/container.h"

/*
 * Note a CREDS record. Returns true where another thread of that process told the very same change less than a second
 * ago, and none of its threads another one since: nothing is new in it.
 */
bool threads_repeat(struct container *container, const struct process_event *event);

#endif
