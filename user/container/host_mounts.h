/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the host's files that containers have mounted, never at those of another machine or of a program. */
#ifndef UIDZERO_CONTAINER_HOST_MOUNTS_H
#define UIDZERO_CONTAINER_HOST_MOUNTS_H

#include "base/span.h"
#include "container/facts.h"

/* Fill in owner and mode of each source that can be looked at. Returns 0 or -ENOMEM. */
int host_mounts__examine(const char *host_root, struct facts_mount *mounts, size_t nr_mounts);

/**
 * Are all file systems on the way to a path of a kind that answers by itself? Pure.
 *
 * @mountinfo: as proc(5) has it
 * @path:      absolute, without "." and ".."
 */
bool mountinfo_is_local(struct span mountinfo, const char *path);

/* Are all file systems of such a kind? Pure. */
bool mountinfo_is_all_local(struct span mountinfo);

#endif
