// SPDX-License-Identifier: Apache-2.0
/* Finds the cgroup mounts and walks them. */
#include "source/hierarchy.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* Best first: every runtime sets pids; the others stand in where it is not compiled in. */
static const struct {
	const char *name;
	enum v1_controller controller;
} v1_controllers[] = {
	{"pids", V1_PIDS},       {"memory", V1_MEMORY}, {"devices", V1_DEVICES},
	{"freezer", V1_FREEZER}, {"cpu", V1_CPU},       {"cpuset", V1_CPUSET},
};

#define V1_CONTROLLERS (sizeof(v1_controllers) / sizeof(v1_controllers[0]))

/* Does a comma-separated list hold the word? */
static bool list_has(const char *list, const char *word)
{
	size_t size = strlen(word);

	for (;;) {
		size_t item = strcspn(list, ",\n");

		if (item == size && !strncmp(list, word, size))
			return true;
		if (list[item] != ',')
			return false;
		list += item + 1;
	}
}

/* A container's own part can be mounted alone; the root of the whole hierarchy is kernfs node 1. */
static bool is_whole(const char *mount)
{
	struct stat st;

	return !stat(mount, &st) && st.st_ino == 1;
}

/* "36 25 0:31 / /sys/fs/cgroup/pids rw,... shared:9 - cgroup cgroup rw,pids" */
static void read_mount(char *line, struct hierarchy *hierarchy, size_t *best)
{
	char mount[256], type[32], options[256];
	char *tail = strstr(line, " - ");
	size_t i;

	if (!tail || sscanf(line, "%*s %*s %*s %*s %255s", mount) != 1 ||
	    sscanf(tail, " - %31s %*s %255s", type, options) != 2 || strncmp(type, "cgroup", 6) || !is_whole(mount))
		return;
	if (!strcmp(type, "cgroup2") && !hierarchy->v2_mount[0])
		snprintf(hierarchy->v2_mount, sizeof(hierarchy->v2_mount), "%s", mount);
	if (strcmp(type, "cgroup"))
		return;
	for (i = 0; i < *best; i++) {
		if (!list_has(options, v1_controllers[i].name))
			continue;
		*best = i;
		hierarchy->v1_controller = v1_controllers[i].controller;
		snprintf(hierarchy->v1_name, sizeof(hierarchy->v1_name), "%s", v1_controllers[i].name);
		snprintf(hierarchy->v1_mount, sizeof(hierarchy->v1_mount), "%s", mount);
	}
}

/* "8:pids:/path" */
static int read_v1_id(struct hierarchy *hierarchy)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		char *controllers = strchr(line, ':'), *path;

		if (!controllers)
			continue;
		*controllers++ = '\0';
		path = strchr(controllers, ':');
		if (!path)
			continue;
		*path = '\0';
		if (list_has(controllers, hierarchy->v1_name)) {
			hierarchy->v1_id = strtoul(line, NULL, 10);
			return 0;
		}
	}
	return -ENOENT;
}

int hierarchy__detect(struct hierarchy *ret_hierarchy)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	struct hierarchy found = {};
	size_t size = 0, best = V1_CONTROLLERS;
	int err;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0)
		read_mount(line, &found, &best);
	if (found.v1_controller != V1_NONE) {
		err = read_v1_id(&found);
		if (err)
			return err;
	}
	*ret_hierarchy = found;
	return 0;
}

const char *hierarchy__mode(const struct hierarchy *hierarchy)
{
	if (hierarchy->v1_controller == V1_NONE)
		return hierarchy->v2_mount[0] ? "v2" : "none";
	return hierarchy->v2_mount[0] ? "hybrid" : "v1";
}

/* On 64-bit kernels the inode's number is the whole kernfs id (kernfs_ino()). */
static uint64_t key_of(const FTSENT *entry, uint32_t hierarchy_id)
{
	return (uint64_t)entry->fts_statp->st_ino | (uint64_t)hierarchy_id << CGROUP_KEY_SHIFT;
}

static int walk_mount(char *mount, uint32_t hierarchy_id,
		      int (*visit)(void *data, uint64_t key, uint64_t parent_key, const char *path), void *data)
{
	char *const paths[] = {mount, NULL};
	size_t prefix = strlen(mount);
	FTSENT *entry;
	int err = 0;
	FTS *fts;

	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!fts)
		return -errno;
	while (!err && (entry = fts_read(fts))) {
		if (entry->fts_info != FTS_D || entry->fts_level == FTS_ROOTLEVEL)
			continue;
		err = visit(data, key_of(entry, hierarchy_id), key_of(entry->fts_parent, hierarchy_id),
			    entry->fts_path + prefix);
	}
	fts_close(fts);
	return err;
}

int hierarchy__walk(const struct hierarchy *hierarchy,
		    int (*visit)(void *data, uint64_t key, uint64_t parent_key, const char *path), void *data)
{
	char mount[sizeof(hierarchy->v2_mount)];
	int err = 0;

	if (hierarchy->v2_mount[0]) {
		memcpy(mount, hierarchy->v2_mount, sizeof(mount));
		err = walk_mount(mount, 0, visit, data);
	}
	if (!err && hierarchy->v1_mount[0]) {
		memcpy(mount, hierarchy->v1_mount, sizeof(mount));
		err = walk_mount(mount, hierarchy->v1_id, visit, data);
	}
	return err;
}
