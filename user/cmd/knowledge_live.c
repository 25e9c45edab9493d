// SPDX-License-Identifier: Apache-2.0
/* Asks the host. */
#include "cmd/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "container/file_holder.h"

#define PATH_LEVELS_MAX 64

static int record_facts(struct live *live, const struct container_facts *facts)
{
	_cleanup_free_ char *json = NULL;
	int err = live->writer ? container_facts__to_json(facts, &json) : 0;

	if (json)
		recording_writer__add(live->writer, FRAME_FACTS, json, strlen(json));
	return err;
}

/* From disk; as they were a moment ago, where the container is gone already. */
static int read_any_facts(struct live *live, const struct container_identity *identity,
			  struct container_facts *ret_facts)
{
	struct container_facts facts;
	int err = container_facts__read(&live->roots, identity, ret_facts);

	if (err || !ret_facts->missing || state_watch__facts(live->states, identity, &facts))
		return err;
	if (facts.missing & ~ret_facts->missing || facts.missing == ret_facts->missing) {
		container_facts__destroy(&facts);
		return 0;
	}
	container_facts__destroy(ret_facts);
	*ret_facts = facts;
	return 0;
}

static int read_facts(void *data, const struct container_identity *identity, const struct container_process *outer,
		      struct container_facts *ret_facts)
{
	struct live *live = data;
	int err = outer ? container_facts__read_nested(&live->roots, identity, outer, ret_facts)
			: read_any_facts(live, identity, ret_facts);

	if (err)
		return err;
	err = record_facts(live, ret_facts);
	if (err)
		container_facts__destroy(ret_facts);
	return err;
}

static int read_users(void *data, const struct container_process *process, struct container_facts *facts)
{
	int err = container_facts__read_users(process, facts);

	return err ?: record_facts(data, facts);
}

static int find_by_cgroup(void *data, const struct cgroup_search *search, struct container_identity *ret_identity)
{
	struct live *live = data;
	int found = container_facts__find_by_cgroup(&live->roots, search, ret_identity);

	if (found == 0 && !search->id) {
		state_watch__read(live->states);
		found = state_watch__find(live->states, search, ret_identity);
	}
	if (live->writer)
		recording_writer__add(live->writer, FRAME_IDENTITY, ret_identity,
				      found > 0 ? sizeof(*ret_identity) : 0);
	return found;
}

static uint32_t find_by_file(void *data, const struct file_search *search, const struct file_candidate *candidates,
			     size_t nr_candidates)
{
	struct live *live = data;
	uint32_t number = file_holder__find(search, candidates, nr_candidates);

	if (live->writer)
		recording_writer__add(live->writer, FRAME_HOLDER, &number, sizeof(number));
	return number;
}

/* The kernel kept the names of cgroups that were made since the start. */
static bool path_from_kernel(const struct live *live, uint64_t key, char *ret_path, size_t ret_size)
{
	size_t begin = ret_size - 1;
	int level;

	ret_path[begin] = '\0';
	for (level = 0; level < PATH_LEVELS_MAX; level++) {
		struct cgroup_entry entry;
		size_t size;

		if (hooks__get_cgroup(live->hooks, key, &entry))
			break;
		size = strnlen(entry.name, sizeof(entry.name));
		if (!size || size + 1 > begin)
			return false;
		begin -= size + 1;
		ret_path[begin] = '/';
		memcpy(ret_path + begin + 1, entry.name, size);
		key = entry.parent_key;
	}
	/* A chain that ends below the root is no path. */
	if (!level || (key & ~(~0ULL << CGROUP_KEY_SHIFT)) != 1)
		return false;
	memmove(ret_path, ret_path + begin, ret_size - begin);
	return true;
}

struct search {
	uint64_t key;
	char *path;
	size_t size;
};

static int compare(void *data, uint64_t key, uint64_t parent_key, const char *path)
{
	struct search *search = data;

	(void)parent_key;
	if (key != search->key)
		return 0;
	snprintf(search->path, search->size, "%s", path);
	return 1;
}

static int cgroup_path(void *data, uint64_t key, char *ret_path, size_t ret_size)
{
	struct live *live = data;
	struct search search = {key, ret_path, ret_size};

	ret_path[0] = '\0';
	if (!path_from_kernel(live, key, ret_path, ret_size)) {
		ret_path[0] = '\0';
		hierarchy__walk(&live->hierarchy, compare, &search);
	}
	if (live->writer)
		recording_writer__add(live->writer, FRAME_PATH, ret_path, strlen(ret_path));
	return ret_path[0] ? 0 : -ENOENT;
}

static void decide(void *data, uint64_t key, uint64_t parent_key, enum cgroup_state state, uint32_t container,
		   uint32_t outer)
{
	struct live *live = data;
	int err = hooks__set_cgroup(live->hooks, key, parent_key, state, container, outer);

	if (err)
		log_debug("cgroup %llx cannot be told to the kernel: %s", (unsigned long long)key, strerror(-err));
}

static void forget(void *data, uint64_t key)
{
	struct live *live = data;

	hooks__forget_cgroup(live->hooks, key);
}

struct knowledge knowledge_live(struct live *live)
{
	return (struct knowledge){live,         read_facts,  read_users, find_by_cgroup,
				  find_by_file, cgroup_path, decide,     forget};
}
