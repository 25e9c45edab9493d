// SPDX-License-Identifier: Apache-2.0
/* Moves between cgroups from inside a self-test's container, which sees the host's hierarchies. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"
#include "selftest/cgroups.h"
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

/* Of the caller, as a directory. */
static int own_directory(const char *mount, uint32_t hierarchy, const char *suffix, char ret_dir[PATH_MAX - 32])
{
	char path[PATH_MAX / 2];

	errno = -read_own_path(hierarchy, path);
	if (errno)
		return stage_fails("/proc/self/cgroup");
	return snprintf(ret_dir, PATH_MAX - 32, "%s%s%s", mount, path, suffix) >= PATH_MAX - 32 ? stage_fails(path)
												: STAGE_DONE;
}

static int enter_beside(const char *mount, uint32_t hierarchy, const char *suffix)
{
	char dir[PATH_MAX - 32];
	int status = own_directory(mount, hierarchy, suffix, dir);

	if (!status && mkdir(dir, 0755) && errno != EEXIST)
		status = stage_fails(dir);
	return status ? status : enter(dir);
}

static int leave_and_remove(const char *mount, uint32_t hierarchy, const char *name)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	char dir[PATH_MAX - 32];
	int status = own_directory(mount, hierarchy, name, dir);

	if (!status)
		status = enter(mount);
	/* What has just ended may still be on its way out. */
	while (!status && rmdir(dir)) {
		if (errno != EBUSY)
			status = stage_fails(dir);
		nanosleep(&nap, NULL);
	}
	return status;
}

/* In each hierarchy that is mounted. */
static int in_each(int (*act)(const char *mount, uint32_t hierarchy, const char *name), const char *name)
{
	struct hierarchy hierarchy;
	int status = STAGE_DONE;

	errno = -hierarchy__detect(&hierarchy);
	if (errno)
		return stage_fails("the cgroup hierarchies");
	if (hierarchy.v2_mount[0])
		status = act(hierarchy.v2_mount, 0, name);
	if (!status && hierarchy.v1_mount[0])
		status = act(hierarchy.v1_mount, hierarchy.v1_id, name);
	return status;
}

int stage_enter_cgroup(const char *name)
{
	return in_each(enter_below, name);
}

int stage_enter_other_cgroup(void)
{
	return in_each(enter_beside, SELFTEST_OTHER);
}

int stage_remove_cgroups(void)
{
	return in_each(leave_and_remove, "");
}
