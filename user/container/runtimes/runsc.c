/* SPDX-License-Identifier: Apache-2.0 */
/* What gVisor's runsc keeps of a container that no engine above it knows: its state, and in there the bundle. */
#include "container/runtimes/runsc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "container/facts_fill.h"
#include "container/facts_find.h"
#include "container/facts_text.h"
#include "container/json_read.h"
#include "container/process_stat.h"
#include "container/runtimes/oci.h"
#include "container/runtimes/runtime.h"

#define SANDBOX "_sandbox:"
#define STATE   ".state"
#define LOCK    ".lock"

static bool has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name), suffix_size = strlen(suffix);

	return size > suffix_size && strcmp(name + size - suffix_size, suffix) == 0;
}

static bool is_of_container(const char *name, const char *id)
{
	size_t size = strlen(id);

	return strncmp(name, id, size) == 0 && strncmp(name + size, SANDBOX, strlen(SANDBOX)) == 0;
}

static bool exists(const struct safe_root *root, const char *path)
{
	_cleanup_close_ int fd = safe_root__open_entry(root, path);

	return fd >= 0;
}

/* The first file of the container with that suffix. Its sandbox is mostly called as itself, but in a pod. */
static bool find_file(const struct safe_root *root, const char *id, const char *suffix, char ret_name[NAME_MAX + 1])
{
	bool is_found = false;
	unsigned count = 0;
	const char *name;
	DIR *dir;

	if (snprintf(ret_name, NAME_MAX + 1, "%s" SANDBOX "%s%s", id, id, suffix) <= NAME_MAX && exists(root, ret_name))
		return true;
	if (safe_root__list(root, ".", &dir) < 0)
		return false;
	while (!is_found && (name = safe_dir__next(dir, &count))) {
		is_found = is_of_container(name, id) && has_suffix(name, suffix);
		if (is_found)
			snprintf(ret_name, NAME_MAX + 1, "%s", name);
	}
	closedir(dir);
	return is_found;
}

bool runsc__has_container(const struct safe_root *root, const char *id)
{
	char name[NAME_MAX + 1], runc_state[PATH_MAX];

	snprintf(runc_state, sizeof(runc_state), "%s/state.json", id);
	return find_file(root, id, LOCK, name) && !exists(root, runc_state);
}

/* "/a" is a path from the hierarchy's root; a relative one is below the cgroup that runsc was in. */
static bool is_in_v1(json_t *cgroup, const char *path)
{
	const char *name = json_string_value(json_object_get(cgroup, "name")), *controller;
	char joined[PATH_MAX];
	json_t *parent;

	if (!name)
		return false;
	if (name[0] == '/')
		return state_is_at_or_below(path, name);
	json_object_foreach(json_object_get(cgroup, "parents"), controller, parent)
	{
		if (json_is_string(parent) &&
		    snprintf(joined, sizeof(joined), "%s/%s", json_string_value(parent), name) < (int)sizeof(joined) &&
		    state_is_at_or_below(path, joined))
			return true;
	}
	return false;
}

static bool is_in_cgroup(json_t *state, const char *path)
{
	json_t *cgroup = json_at(state, "sandbox", "cgroup");
	json_t *v2 = json_object_get(cgroup, "cgroupv2");
	const char *v2_path = json_string_value(json_object_get(v2, "Path") ?: json_object_get(v2, "path"));

	return is_in_v1(json_object_get(cgroup, "cgroupv1"), path) || (v2_path && state_is_at_or_below(path, v2_path));
}

static void identify(const char *name, struct container_identity *ret_identity)
{
	size_t size = (size_t)(strstr(name, SANDBOX) - name);

	memset(ret_identity, 0, sizeof(*ret_identity));
	if (size >= CONTAINER_ID_MAX)
		return;
	ret_identity->runtime = RUNTIME_RUNSC;
	memcpy(ret_identity->id, name, size);
}

static int match_state(const struct safe_root *root, const char *name, const struct cgroup_search *search)
{
	json_auto_t *state = NULL;
	int err = json_read__members(root, name, &state, "sandbox");

	if (err)
		return err == -ENOMEM ? err : 0;
	return is_in_cgroup(state, search->path);
}

/* The descriptors of the process's parent; NULL where either has ended. */
static DIR *open_parents_files(const char *host_root, const struct cgroup_search *search)
{
	_cleanup_close_ int proc_fd = -1, files_fd = -1;
	struct process_stat stat;
	char path[PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc/%" PRIu32, host_root, search->tgid);
	proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0 || !process_stat__read(proc_fd, &stat) || stat.start_ticks != clock_ticks(search->start_ns))
		return NULL;
	snprintf(path, sizeof(path), "%s/proc/%" PRIu32 "/fd", host_root, stat.parent);
	files_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = files_fd < 0 ? NULL : fdopendir(files_fd);
	if (dir)
		steal_fd(&files_fd);
	return dir;
}

static bool get_status(const struct safe_root *root, const char *path, struct stat *ret_stat)
{
	_cleanup_close_ int fd = safe_root__open_entry(root, path);

	return fd >= 0 && fstat(fd, ret_stat) == 0;
}

/* Without asking a file server, which may not answer. */
static bool is_same_file(int dir_fd, const char *name, const struct stat *wanted)
{
	struct statx st;

	return statx(dir_fd, name, AT_STATX_DONT_SYNC, STATX_INO, &st) == 0 && st.stx_ino == wanted->st_ino &&
	       makedev(st.stx_dev_major, st.stx_dev_minor) == wanted->st_dev;
}

/* While runsc makes a container, it has the lock open; the process that it starts does not. */
static bool is_held_by_parent(const struct safe_root *root, const char *lock, const struct cgroup_search *search)
{
	struct stat wanted;
	bool is_held = false;
	unsigned count = 0;
	const char *name;
	DIR *dir;

	if (!get_status(root, lock, &wanted) || !S_ISREG(wanted.st_mode))
		return false;
	dir = open_parents_files(root->host_root, search);
	while (dir && !is_held && (name = safe_dir__next(dir, &count)))
		is_held = is_same_file(dirfd(dir), name, &wanted);
	if (dir)
		closedir(dir);
	return is_held;
}

static int match(const struct safe_root *root, const char *name, const struct cgroup_search *search)
{
	char state[NAME_MAX + 1];

	if (!strstr(name, SANDBOX))
		return 0;
	if (has_suffix(name, STATE))
		return match_state(root, name, search);
	if (!has_suffix(name, LOCK))
		return 0;
	snprintf(state, sizeof(state), "%.*s" STATE, (int)(strlen(name) - strlen(LOCK)), name);
	return !exists(root, state) && is_held_by_parent(root, name, search);
}

static int find_in(const struct safe_root *root, const struct cgroup_search *search,
		   struct container_identity *ret_identity)
{
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int found = 0;

	if (safe_root__list(root, ".", &dir) < 0)
		return 0;
	while (found == 0 && (name = safe_dir__next(dir, &count))) {
		found = match(root, name, search);
		if (found == 1)
			identify(name, ret_identity);
	}
	closedir(dir);
	return found == 1 ? ret_identity->id[0] != '\0' : found;
}

int runsc__find(const struct facts_roots *roots, const struct cgroup_search *search,
		struct container_identity *ret_identity)
{
	int found = 0;

	for (char **path = roots->runsc; *path && found == 0; path++) {
		struct safe_root root;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		found = find_in(&root, search, ret_identity);
		safe_root__close(&root);
	}
	return found;
}

static int read_state(const char *host_root, const struct safe_root *root, struct container_facts *facts)
{
	json_auto_t *state = NULL, *spec = NULL;
	struct safe_root bundle;
	char name[NAME_MAX + 1];
	const char *path;
	int err;

	if (!find_file(root, facts->identity.id, STATE, name))
		return 0;
	err = json_read__members(root, name, &state, "bundleDir");
	if (err)
		return err == -ENOMEM ? err : 0;
	path = json_string_value(json_object_get(state, "bundleDir"));
	if (!path || path[0] != '/' || safe_root__open(host_root, path, &bundle) < 0)
		return 0;
	err = oci__read_bundle(&bundle, ".", facts, &spec);
	safe_root__close(&bundle);
	if (err != 1)
		return err;
	return facts_fill__labels(json_object_get(spec, "annotations"), NULL, facts);
}

static int runsc__read(const struct facts_roots *roots, struct container_facts *facts)
{
	int err = 0;

	/* A cgroup's name alone makes none: others choose it. */
	if (facts->identity.runtime != RUNTIME_RUNSC)
		return 0;
	facts->isolation = ISOLATION_GVISOR;
	for (char **path = roots->runsc; *path && !err && !facts->bundle; path++) {
		struct safe_root root;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		err = read_state(roots->host_root, &root, facts);
		safe_root__close(&root);
	}
	if (!err && !facts->name)
		err = facts_text__set(&facts->name, span_of(facts->identity.id));
	return err ?: 1;
}

const struct runtime_reader runsc_reader = {{RUNTIME_RUNSC}, runsc__read};
