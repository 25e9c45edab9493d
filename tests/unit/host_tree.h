/* SPDX-License-Identifier: Apache-2.0 */
/* A host's root of a test's own, with files as runtimes leave them. */
#ifndef UIDZERO_TESTS_HOST_TREE_H
#define UIDZERO_TESTS_HOST_TREE_H

#include "table.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char host_tree[] = "/tmp/uidzero-test-XXXXXX";

static inline int host_tree__set_up(void **state)
{
	(void)state;
	strcpy(host_tree + strlen(host_tree) - 6, "XXXXXX");
	return mkdtemp(host_tree) ? 0 : -1;
}

static inline int host_tree__remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

static inline int host_tree__tear_down(void **state)
{
	(void)state;
	return nftw(host_tree, host_tree__remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The full path, whose directories are made. The next call overwrites it. */
static inline const char *host_tree__path(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", host_tree, path);
	for (char *slash = strchr(full + strlen(host_tree) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	return full;
}

/* NULL: a directory */
static inline void host_tree__put(const char *path, const char *text)
{
	FILE *file;

	if (!text) {
		assert_true(mkdir(host_tree__path(path), 0755) == 0 || errno == EEXIST);
		return;
	}
	file = fopen(host_tree__path(path), "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

#endif
