/* SPDX-License-Identifier: Apache-2.0 */
/* What gVisor's runsc keeps of a container: <root>/<id>_sandbox:<id of the sandbox>.state, and a .lock beside it. */
#ifndef UIDZERO_CONTAINER_RUNTIMES_RUNSC_H
#define UIDZERO_CONTAINER_RUNTIMES_RUNSC_H

#include <stdbool.h>

#include "container/facts.h"
#include "container/safe_file.h"

/**
 * Does runsc have this container? The lock is there before the container's first process, the state after it.
 *
 * @root: the directory with the states
 *
 * Returns false also where runc has a state of the same id there: of two that claim it, the host's kernel counts.
 */
bool runsc__has_container(const struct safe_root *root, const char *id);

/**
 * Find the container that runsc has made this cgroup for, or is making: then the process's parent holds its lock.
 *
 * Returns 1 with ret_identity set, 0 where there is none, or -ENOMEM.
 */
int runsc__find(const struct facts_roots *roots, const struct cgroup_search *search,
		struct container_identity *ret_identity);

#endif
