/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroups of one run of the self-test, and the removal of what runs left behind. */
#ifndef UIDZERO_SELFTEST_CGROUPS_H
#define UIDZERO_SELFTEST_CGROUPS_H

#include <limits.h>
#include <sys/types.h>

#include "source/hierarchy.h"

#define SELFTEST_NAME  "uidzero-selftest"
#define SELFTEST_OTHER ".other" /* a case's name and this: another container that the case needs */

/* A directory in each watched hierarchy, below which each case has its own. */
struct run_cgroups {
	unsigned nr;
	struct {
		char path[PATH_MAX / 2];
		int lock_fd; /* held as long as the run lives: who gets the lock may remove it */
	} dirs[2];
	char run[9]; /* tells runs apart */
};

/**
 * Make them, and remove those of runs that were killed.
 *
 * @ret_path: on failure the path that it failed for
 *
 * Returns 0 or a negative errno.
 */
int run_cgroups__make(const struct hierarchy *hierarchy, struct run_cgroups *ret_cgroups, char ret_path[PATH_MAX]);

/* Kill what is left in them and remove them. Takes a zeroed one. Returns 0 or a negative errno. */
int run_cgroups__remove(struct run_cgroups *cgroups);

/* The id of a case's container, as uidzero names it. Returns the case's name within the id, NULL for another's. */
const char *run_cgroups__case_name(const struct run_cgroups *cgroups, const char *container_id);

/* Make a case's cgroups, put a process into them, remove them with its other ones. Return 0 or a negative errno. */
int run_cgroups__add_case(const struct run_cgroups *cgroups, const char *name);
int run_cgroups__enter_case(const struct run_cgroups *cgroups, const char *name, pid_t pid);
int run_cgroups__remove_case(const struct run_cgroups *cgroups, const char *name);

#endif
