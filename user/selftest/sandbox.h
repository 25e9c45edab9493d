/* SPDX-License-Identifier: Apache-2.0 */
/* A case's container: what a runtime does between the clone and the first exec inside. */
#ifndef UIDZERO_SELFTEST_SANDBOX_H
#define UIDZERO_SELFTEST_SANDBOX_H

#include <sys/types.h>

struct run_cgroups;
struct selftest_case;

/**
 * Start the process that becomes the container's first one. It waits for a first answer, then sets the container
 * up and runs the case's first stage.
 *
 * @messages_fd, @answers_fd: its ends; the caller closes its own copies
 *
 * Returns the pid or a negative errno.
 */
pid_t sandbox_start(const struct selftest_case *which, int messages_fd, int answers_fd);

/* One visit from outside: to which container. */
struct visit {
	const struct run_cgroups *cgroups;
	pid_t init;
};

/* Start a process of the host that pays the case's visit. Returns the pid or a negative errno. */
pid_t sandbox_visit(const struct selftest_case *which, const struct visit *visit, int messages_fd, int answers_fd);

#endif
