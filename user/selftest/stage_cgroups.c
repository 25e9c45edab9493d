// SPDX-License-Identifier: Apache-2.0
/* Moves between cgroups from inside a self-test's container, which sees the host's hierarchies. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"
#include "source/hierarchy.h"

/* Of the caller, in the hierarchy of that number. Returns 0 or a negative errno. */
static int read_own_path(uint32_t hierarchy, char ret_path[PATH_MAX / 2])
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		char *path = strchr(line, '/');

		if (!path || strtoul(line, NULL, 10) != hierarchy || strlen(path) >= PATH_MAX / 2)
			continue;
		path[strcspn(path, "\n")] = '\0';
		strcpy(ret_path, path);
		return 0;
	}
	return file ? -ENOENT : -errno;
}

static int enter(const char *dir)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "0", 1) != 1 ? stage_fails(path) : STAGE_DONE;
}

static int enter_below(const char *mount, uint32_t hierarchy, const char *name)
{
	char path[PATH_MAX / 2], dir[PATH_MAX - 32];

	if (!mount[0])
		return STAGE_DONE;
	if (!name)
		return enter(mount);
	errno = -read_own_path(hierarchy, path);
	if (errno)
		return stage_fails("/proc/self/cgroup");
	if (snprintf(dir, sizeof(dir), "%s%s/%s", mount, path, name) >= (int)sizeof(dir) ||
	    (mkdir(dir, 0755) && errno != EEXIST))
		return stage_fails(dir);
	return enter(dir);
}

int stage_enter_cgroup(const char *name)
{
	struct hierarchy hierarchy;
	int status;

	errno = -hierarchy__detect(&hierarchy);
	if (errno)
		return stage_fails("the cgroup hierarchies");
	status = enter_below(hierarchy.v2_mount, 0, name);
	return status ? status : enter_below(hierarchy.v1_mount, hierarchy.v1_id, name);
}
