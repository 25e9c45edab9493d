/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroup hierarchies this host has, and which of them are read. */
#ifndef UIDZERO_SOURCE_HIERARCHY_H
#define UIDZERO_SOURCE_HIERARCHY_H

#include <stdint.h>

#include "maps.h"

struct hierarchy {
	char v2_mount[256]; /* "" where cgroup v2 is not mounted */
	char v1_mount[256]; /* "" where no v1 controller of ours is */
	char v1_name[16];   /* "pids" ... */
	enum v1_controller v1_controller;
	uint32_t v1_id; /* the kernel's number of that hierarchy */
};

/* Reads /proc/self/{mountinfo,cgroup}. Returns 0 or a negative errno. */
int hierarchy__detect(struct hierarchy *ret_hierarchy);

/* "v2", "hybrid", "v1" or "none". */
const char *hierarchy__mode(const struct hierarchy *hierarchy);

/**
 * Walk the cgroups that are there now, parents first, roots left out.
 *
 * @visit: gets cgroup_event.key of the cgroup and of its parent, and the path from its hierarchy's root
 *
 * Returns 0, a negative errno, or what visit returned other than 0.
 */
int hierarchy__walk(const struct hierarchy *hierarchy,
		    int (*visit)(void *data, uint64_t key, uint64_t parent_key, const char *path), void *data);

#endif
