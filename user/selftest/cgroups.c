// SPDX-License-Identifier: Apache-2.0
/* Makes, locks, clears and removes the self-test's cgroups. */
#include "selftest/cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"

/* How long what was killed may take to be gone. */
#define REMOVAL_TRIES    1000
#define REMOVAL_NAP_NS   10000000
#define CONTAINER_PREFIX "lxc.payload." /* a container by its name, as LXC gives it */

static void kill_members(const char *path)
{
	_cleanup_fclose_ FILE *file = NULL;
	char procs[PATH_MAX];
	int pid;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	file = fopen(procs, "re");
	/* 0 stands for a process of another pid namespace than ours and its children. */
	while (file && fscanf(file, "%d", &pid) == 1)
		if (pid > 0)
			kill(pid, SIGKILL);
}

/* Returns 0 where nothing is left, else the negative errno that a directory was kept by. */
static int try_to_remove(const char *path)
{
	char *const paths[] = {(char *)path, NULL};
	FTSENT *entry;
	int err = 0;
	FTS *fts;

	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!fts)
		return -errno;
	while ((entry = fts_read(fts))) {
		if (entry->fts_info != FTS_DP)
			continue;
		kill_members(entry->fts_path);
		if (rmdir(entry->fts_path) && errno != ENOENT)
			err = -errno;
	}
	fts_close(fts);
	return err;
}

static int remove_tree(const char *path)
{
	const struct timespec nap = {.tv_nsec = REMOVAL_NAP_NS};
	int err, tries;

	for (tries = 0; (err = try_to_remove(path)) == -EBUSY && tries < REMOVAL_TRIES; tries++)
		nanosleep(&nap, NULL);
	return err;
}

/* A run that lives holds its lock, whichever process namespace it is in. */
static void remove_if_dead(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		remove_tree(path);
}

static void remove_dead(const char *mount)
{
	DIR *dir = opendir(mount);
	char path[PATH_MAX];
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, SELFTEST_NAME "-", strlen(SELFTEST_NAME "-")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", mount, entry->d_name);
		remove_if_dead(path);
	}
	if (dir)
		closedir(dir);
}

/* Another run may look for dead ones between the making and the locking. */
static int make_locked(const char *path, int *ret_fd)
{
	struct stat by_path, by_fd;
	int fd, tries, err;

	for (tries = 0; tries < 10; tries++) {
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && !flock(fd, LOCK_EX) && !fstat(fd, &by_fd) && !stat(path, &by_path) &&
		    by_fd.st_ino == by_path.st_ino) {
			*ret_fd = fd;
			return 0;
		}
		err = -errno;
		if (fd >= 0)
			close(fd);
		if (err != -ENOENT)
			return err;
	}
	return -EBUSY;
}

static int add_dir(struct run_cgroups *cgroups, const char *mount, char ret_path[PATH_MAX])
{
	typeof(cgroups->dirs[0]) *dir = &cgroups->dirs[cgroups->nr];
	int err;

	if (!mount[0])
		return 0;
	remove_dead(mount);
	snprintf(dir->path, sizeof(dir->path), "%s/" SELFTEST_NAME "-%s", mount, cgroups->run);
	err = make_locked(dir->path, &dir->lock_fd);
	if (err)
		snprintf(ret_path, PATH_MAX, "%s", dir->path);
	else
		cgroups->nr++;
	return err;
}

int run_cgroups__make(const struct hierarchy *hierarchy, struct run_cgroups *ret_cgroups, char ret_path[PATH_MAX])
{
	struct run_cgroups cgroups = {};
	uint32_t random = 0;
	int err;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	snprintf(cgroups.run, sizeof(cgroups.run), "%08x", random);
	err = add_dir(&cgroups, hierarchy->v2_mount, ret_path);
	if (!err)
		err = add_dir(&cgroups, hierarchy->v1_mount, ret_path);
	if (err)
		run_cgroups__remove(&cgroups);
	else
		*ret_cgroups = cgroups;
	return err;
}

int run_cgroups__remove(struct run_cgroups *cgroups)
{
	int err = 0, each;

	while (cgroups->nr) {
		cgroups->nr--;
		each = remove_tree(cgroups->dirs[cgroups->nr].path);
		if (each)
			err = each;
		close(cgroups->dirs[cgroups->nr].lock_fd);
	}
	return err;
}

const char *run_cgroups__case_name(const struct run_cgroups *cgroups, const char *container_id)
{
	char prefix[sizeof(SELFTEST_NAME) + sizeof(cgroups->run) + 1];
	int size = snprintf(prefix, sizeof(prefix), SELFTEST_NAME "-%s-", cgroups->run);

	return strncmp(container_id, prefix, size) ? NULL : container_id + size;
}

static void case_path(const struct run_cgroups *cgroups, unsigned i, const char *name, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/" CONTAINER_PREFIX SELFTEST_NAME "-%s-%s", cgroups->dirs[i].path, cgroups->run,
		 name);
}

int run_cgroups__add_case(const struct run_cgroups *cgroups, const char *name)
{
	char path[PATH_MAX];
	unsigned i;

	for (i = 0; i < cgroups->nr; i++) {
		case_path(cgroups, i, name, path);
		if (mkdir(path, 0755))
			return -errno;
	}
	return 0;
}

int run_cgroups__enter_case(const struct run_cgroups *cgroups, const char *name, pid_t pid)
{
	char path[PATH_MAX];
	unsigned i;

	for (i = 0; i < cgroups->nr; i++) {
		_cleanup_close_ int fd = -1;
		size_t size;

		case_path(cgroups, i, name, path);
		size = strlen(path);
		snprintf(path + size, sizeof(path) - size, "/cgroup.procs");
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || dprintf(fd, "%d", pid) < 0)
			return -errno;
	}
	return 0;
}

static int remove_named(const struct run_cgroups *cgroups, const char *name)
{
	char path[PATH_MAX];
	int err = 0, each;
	unsigned i;

	for (i = 0; i < cgroups->nr; i++) {
		case_path(cgroups, i, name, path);
		each = remove_tree(path);
		if (each)
			err = each;
	}
	return err;
}

int run_cgroups__remove_case(const struct run_cgroups *cgroups, const char *name)
{
	char other[NAME_MAX];
	int err = remove_named(cgroups, name);

	snprintf(other, sizeof(other), "%s" SELFTEST_OTHER, name);
	return remove_named(cgroups, other) ?: err;
}
