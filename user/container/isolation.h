/* SPDX-License-Identifier: Apache-2.0 */
/* Does a container's workload run on a kernel other than the host's? By what sandboxed runtimes leave on the host. */
#ifndef UIDZERO_CONTAINER_ISOLATION_H
#define UIDZERO_CONTAINER_ISOLATION_H

#include "base/span.h"
#include "container/facts.h"
#include "container/safe_file.h"

/*
 * Each sets facts->isolation where its source shows one, and leaves it else. They believe files of the host only: the
 * caller keeps those of a container or of a plain user away.
 */

/* The runtime that Docker notes in hostconfig.json: "io.containerd.runsc.v1". Other names are the administrator's. */
void isolation__note_runtime(struct span name, struct container_facts *facts);

/**
 * A task's directory as containerd keeps it: which shim serves it, and where its runtime has its states.
 *
 * @directory: below root
 * @namespace: containerd's; a component of paths
 *
 * Returns 0 or -ENOMEM.
 */
int isolation__read_task(const struct safe_root *root, const char *directory, const char *namespace,
			 struct container_facts *facts);

/* The states of sandboxed runtimes in their usual or configured directories. */
void isolation__find(const struct facts_roots *roots, struct container_facts *facts);

#endif
