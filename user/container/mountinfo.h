/* SPDX-License-Identifier: Apache-2.0 */
/* Reads proc(5)'s mountinfo, whose paths containers choose, and finds files in it. Pure. */
#ifndef UIDZERO_CONTAINER_MOUNTINFO_H
#define UIDZERO_CONTAINER_MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Where a file is, whatever is mounted where. */
struct file_place {
	uint32_t major, minor;
	char path[PATH_MAX]; /* from the root of the file system */
};

/**
 * Which process's view does an absolute path lead through, as "/proc/123/root/file" does? Empty components, "." and
 * ".." before that one are followed, since the kernel follows them too.
 *
 * Returns the process id; 0 for any other path.
 */
unsigned path_process(const char *path);

/**
 * Make an absolute path one without "//", "." and "..".
 *
 * Returns false for a path that is relative or too long.
 */
bool path_normalize(const char *path, char ret_path[PATH_MAX]);

/**
 * Find the place of a file by the mount that it is reached through. Symlinks are not followed.
 *
 * @mountinfo: of the mount namespace that the path is of
 * @path:      normalized
 *
 * Returns false where no mount has it.
 */
bool mountinfo_locate(struct span mountinfo, const char *path, struct file_place *ret_place);

/**
 * Does a file lie in a container's root, in one of the layers of that, or below a mount that the container can write?
 *
 * A mount of the host's own root directory, and what is mounted below that, does not count: every program of the host
 * lies there.
 *
 * @mountinfo: of the container's first process
 * @place:     NULL where it is not known
 * @host_path: normalized, as the host has it; NULL where it is not known
 * @host_root: the place of the host's root directory
 */
bool mountinfo_holds(struct span mountinfo, const struct file_place *place, const char *host_path,
		     const struct file_place *host_root);

/* The device of the overlay that is mounted as "/", which no other container has. Returns false for any other root. */
bool mountinfo_root_overlay(struct span mountinfo, uint32_t *ret_major, uint32_t *ret_minor);

#endif
