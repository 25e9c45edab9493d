/* SPDX-License-Identifier: Apache-2.0 */
/* Reads which container a cgroup's path names. Pure. */
#ifndef UIDZERO_CONTAINER_CGROUP_PATH_H
#define UIDZERO_CONTAINER_CGROUP_PATH_H

#include <stdint.h>

#include "base/span.h"

#define CONTAINER_ID_MAX 256 /* LXC and nspawn allow names; the others use 64 hex digits */

enum container_runtime {
	RUNTIME_UNKNOWN,
	RUNTIME_DOCKER,
	RUNTIME_CONTAINERD,
	RUNTIME_CRIO,
	RUNTIME_PODMAN,
	RUNTIME_RUNC, /* found by its state on disk only, never by a path */
	RUNTIME_CRUN,
	RUNTIME_LXC,
	RUNTIME_NSPAWN,
	RUNTIME_RUNSC, /* as RUNTIME_RUNC */
	RUNTIME_END,
};

struct container_identity {
	enum container_runtime runtime;
	char id[CONTAINER_ID_MAX];
	char outer_id[CONTAINER_ID_MAX]; /* the outermost container's; "" where not nested */
	/* Of those between these two, the outermost first, each ended by '/'; as many as have room. */
	char between_ids[2 * CONTAINER_ID_MAX];
	uint32_t user_uid; /* the cgroup was delegated to this user's manager (rootless); 0: the system's */
};

/**
 * Tell the innermost container that a cgroup path names, and the outermost one around it.
 *
 * @path: from the root of its hierarchy, e.g. "/system.slice/docker-<64 hex>.scope/init.scope"
 *
 * Returns 1 for a container; 0 where the path says nothing (an arbitrary name can still be one);
 * -EXDEV for what surely is none though it looks like one (conmon, lxc.monitor: monitors).
 * Forms and sources: tests/data/cgroup-paths.tsv.
 */
int cgroup_path_parse(struct span path, struct container_identity *ret_identity);

/* What the identity names runs in that container, of which its path says nothing. */
void container_identity__nest(struct container_identity *identity, const struct container_identity *outer);

/* As container.runtime has it: "docker", "containerd", "cri-o", "podman", "runc", "crun", "lxc", "systemd-nspawn",
 * "runsc"; NULL if unknown. */
const char *container_runtime_name(enum container_runtime runtime);

#endif
