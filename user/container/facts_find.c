/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the container of a cgroup whose path says nothing, by the states that runc and crun leave. */
#include "container/facts_find.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "container/facts.h"
#include "container/facts_text.h"
#include "container/json_read.h"
#include "container/runtimes/runsc.h"
#include "container/safe_file.h"

#define CGROUP_MOUNTS "/sys/fs/cgroup"

struct search {
	const struct cgroup_search *cgroup;
	struct span first_component; /* must be somewhere in the text of a state that matches */
	struct container_identity *ret_identity;
};

bool state_is_at_or_below(const char *path, const char *ancestor)
{
	size_t size = strlen(ancestor);

	while (size > 0 && ancestor[size - 1] == '/')
		size--;
	return size > 0 && strncmp(path, ancestor, size) == 0 && (path[size] == '\0' || path[size] == '/');
}

/* Step over one component: "/memory/a" -> "/a". */
static const char *skip_component(const char *path)
{
	return path[0] == '/' ? path + 1 + strcspn(path + 1, "/") : path;
}

/*
 * "cgroup_paths" holds mount point and path as one: /sys/fs/cgroup/<path> where v2 is alone, else
 * /sys/fs/cgroup/<mount>/<path>.
 */
static bool is_in_runc_state(json_t *state, const char *cgroup_path)
{
	json_t *paths = json_object_get(state, "cgroup_paths");
	bool is_pure_v2 = json_object_size(paths) == 1 && json_object_get(paths, "");
	const char *key;
	json_t *value;

	json_object_foreach(paths, key, value)
	{
		const char *path = json_string_value(value);

		if (!path || strncmp(path, CGROUP_MOUNTS "/", strlen(CGROUP_MOUNTS "/")) != 0)
			continue;
		path += strlen(CGROUP_MOUNTS);
		if (!is_pure_v2)
			path = skip_component(path);
		if (state_is_at_or_below(cgroup_path, path))
			return true;
	}
	return false;
}

static bool is_in_crun_status(json_t *status, const char *cgroup_path)
{
	const char *path = json_string_value(json_object_get(status, "cgroup-path"));

	if (!path)
		return false;
	/* Some versions leave out the leading slash. */
	return state_is_at_or_below(path[0] == '/' ? cgroup_path : cgroup_path + 1, path);
}

#define RUNC_STATES(runtime)                                                                                           \
	{                                                                                                              \
		"state.json", {RUNC_MEMBERS}, is_in_runc_state, runtime                                                \
	}
#define RUNC_MEMBERS "cgroup_paths", "init_process_pid", "init_process_start"
#define CRUN_MEMBERS "cgroup-path", "pid", "process-start-time"

const struct state_store runc_states = RUNC_STATES(RUNTIME_RUNC);
const struct state_store containerd_states = RUNC_STATES(RUNTIME_CONTAINERD);
const struct state_store docker_states = RUNC_STATES(RUNTIME_DOCKER);
const struct state_store crun_states = {"status", {CRUN_MEMBERS}, is_in_crun_status, RUNTIME_CRUN};

int state_store__read(const struct state_store *store, const struct safe_root *root, const char *id, struct span needle,
		      json_t **ret_state)
{
	_cleanup_free_ char *data = NULL;
	char path[PATH_MAX];
	size_t size;
	int err;

	if (strlen(id) >= CONTAINER_ID_MAX ||
	    snprintf(path, sizeof(path), "%s/%s", id, store->file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = safe_file__read(root, path, FACTS_FILE_MAX, &data, &size);
	if (err)
		return err;
	/* Parsing costs far more than this look. */
	if (!memmem(data, size, needle.data, needle.size))
		return -ENOENT;
	return json_read__parse_members((struct span){data, size}, store->members, ret_state);
}

/*
 * A container's first process is its oldest. Who is older was moved in, where the cgroup was there before the agent;
 * where it was made since, it is rather a former container's. A state's pid can be another pid namespace's.
 */
enum state_match state_store__match(const struct state_store *store, json_t *state, const struct cgroup_search *search)
{
	uint64_t start = clock_ticks(search->start_ns);
	json_int_t first_start = json_integer_value(json_object_get(state, store->members[STATE_START]));
	json_int_t first_pid = json_integer_value(json_object_get(state, store->members[STATE_PID]));

	if (!store->is_in(state, search->path))
		return STATE_OF_OTHER;
	if (first_start <= 0 || !start)
		return STATE_POSSIBLE;
	if ((uint64_t)first_start > start)
		return search->made_ns ? STATE_OF_OTHER : STATE_POSSIBLE;
	return (uint64_t)first_start == start && first_pid == search->tgid ? STATE_OF_FIRST : STATE_POSSIBLE;
}

void state_store__identify(const struct state_store *store, const char *id, struct container_identity *ret_identity)
{
	memset(ret_identity, 0, sizeof(*ret_identity));
	ret_identity->runtime = store->runtime;
	memcpy(ret_identity->id, id, strlen(id));
}

/* The cgroup itself, and not one above it. */
static bool is_exactly_in(const struct state_store *store, json_t *state, const char *path)
{
	const char *leaf = strrchr(path, '/');
	_cleanup_free_ char *parent = leaf > path ? strndup(path, leaf - path) : NULL;

	return store->is_in(state, path) && !(parent && store->is_in(state, parent));
}

static int match_state(const struct safe_root *root, const char *id, const struct state_store *store,
		       const struct search *search)
{
	json_auto_t *state = NULL;
	int err = state_store__read(store, root, id, search->first_component, &state);

	if (err)
		return err == -ENOMEM ? err : 0;
	if (search->cgroup->id ? !is_exactly_in(store, state, search->cgroup->path)
			       : state_store__match(store, state, search->cgroup) == STATE_OF_OTHER)
		return 0;
	state_store__identify(store, id, search->ret_identity);
	return 1;
}

/* By default a container's cgroup is called after its id. */
static int match_by_component(const struct safe_root *root, const struct state_store *store,
			      const struct search *search)
{
	const char *component = search->cgroup->path;
	int found = 0;

	if (search->cgroup->id)
		return match_state(root, search->cgroup->id, store, search);
	while (found == 0 && *component) {
		char id[CONTAINER_ID_MAX];
		size_t size;

		component += strspn(component, "/");
		size = strcspn(component, "/");
		if (size > 0 && size < sizeof(id)) {
			memcpy(id, component, size);
			id[size] = '\0';
			if (strcmp(id, ".") != 0 && strcmp(id, "..") != 0)
				found = match_state(root, id, store, search);
		}
		component += size;
	}
	return found;
}

static int match_any(const struct safe_root *root, const struct state_store *store, const struct search *search)
{
	unsigned count = 0;
	const char *id;
	DIR *dir;
	int found = 0;

	if (safe_root__list(root, ".", &dir) < 0)
		return 0;
	while (found == 0 && (id = safe_dir__next(dir, &count)))
		found = match_state(root, id, store, search);
	closedir(dir);
	return found;
}

static int search_directory(const char *host_root, const char *path, const struct state_store *store,
			    const struct search *search)
{
	struct safe_root root;
	int found;

	if (safe_root__open(host_root, path, &root) < 0)
		return 0;
	found = match_by_component(&root, store, search);
	if (found == 0 && !search->cgroup->id)
		found = match_any(&root, store, search);
	safe_root__close(&root);
	return found;
}

bool state_store__is_named_by_id(const char *namespace)
{
	return strcmp(namespace, "k8s.io") == 0 || strcmp(namespace, "moby") == 0;
}

static int search_namespaces(const char *host_root, const char *path, const struct search *search)
{
	struct safe_root root, below;
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int found = 0;

	if (safe_root__open(host_root, path, &root) < 0)
		return 0;
	if (safe_root__list(&root, ".", &dir) == 0) {
		while (found == 0 && (name = safe_dir__next(dir, &count))) {
			const struct state_store *store =
				strcmp(name, "moby") == 0 ? &docker_states : &containerd_states;

			if (safe_root__open_below(&root, name, &below) < 0)
				continue;
			found = match_by_component(&below, store, search);
			if (found == 0 && !search->cgroup->id && !state_store__is_named_by_id(name))
				found = match_any(&below, store, search);
			safe_root__close(&below);
		}
		closedir(dir);
	}
	safe_root__close(&root);
	return found;
}

int container_facts__find_by_cgroup(const struct facts_roots *roots, const struct cgroup_search *cgroup,
				    struct container_identity *ret_identity)
{
	struct search search = {.cgroup = cgroup, .ret_identity = ret_identity};
	const char *cgroup_path = cgroup->path;
	int found = 0;

	if (cgroup_path[0] != '/' || cgroup_path[strspn(cgroup_path, "/")] == '\0')
		return 0;
	search.first_component = (struct span){cgroup_path + 1, strcspn(cgroup_path + 1, "/")};

	for (char **path = roots->containerd_runc; *path && found == 0; path++)
		found = search_namespaces(roots->host_root, *path, &search);
	for (char **path = roots->runc; *path && found == 0; path++)
		found = search_directory(roots->host_root, *path, &runc_states, &search);
	for (char **path = roots->crun; *path && found == 0; path++)
		found = search_directory(roots->host_root, *path, &crun_states, &search);
	return found ? found : runsc__find(roots, cgroup, ret_identity);
}
