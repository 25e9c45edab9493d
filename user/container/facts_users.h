/* SPDX-License-Identifier: Apache-2.0 */
/* Users as the container's own passwd names them. */
#ifndef UIDZERO_CONTAINER_FACTS_USERS_H
#define UIDZERO_CONTAINER_FACTS_USERS_H

#include <stdbool.h>

#include "base/span.h"
#include "container/facts.h"

/* Take what a passwd says, where nothing is known yet. Returns 0 or -ENOMEM. */
int facts_users__fill(struct container_facts *facts, struct span passwd);

/* Note that a uid has a name; the first one stays. Beyond FACTS_USERS_MAX nothing is noted. Returns 0 or -ENOMEM. */
int facts_users__add(struct facts_users *users, uint32_t uid, struct span name);

/**
 * Read the passwd of the container's root file system, where the runtime has it mounted on the host.
 *
 * Returns 0, whatever was found, or -ENOMEM.
 */
int facts_users__read_rootfs(const char *host_root, struct container_facts *facts);

/* Is the process of this directory of /proc the one that started then? @start_ns: CLOCK_BOOTTIME */
bool process_has_started_at(int proc_fd, uint64_t start_ns);

#endif
