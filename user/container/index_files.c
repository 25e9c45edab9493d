/* SPDX-License-Identifier: Apache-2.0 */
/* Asks in which container a file lies. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/index_private.h"

/* More are left out: each costs a file of /proc to read. */
#define CANDIDATES_MAX 512
/* What dumps core in a loop has the same helper of the host started again and again. */
#define ANSWER_LASTS_NS 1000000000ULL

static size_t add_candidates(const struct container_index *index, bool are_running, struct file_candidate *candidates,
			     size_t nr)
{
	struct tracked *tracked, *next;

	HASH_ITER (hh_number, index->by_number, tracked, next) {
		const struct container *container = &tracked->container;
		struct file_candidate *candidate = &candidates[nr];

		if (container->is_running != are_running || nr == CANDIDATES_MAX)
			continue;
		candidate->number = container->number;
		candidate->init = (struct container_process){container->init_tgid, container->init_start_ns};
		memcpy(candidate->mntns_inums, container->mntns_inums, sizeof(candidate->mntns_inums));
		nr++;
	}
	return nr;
}

/* The kernel calls a program by its path. What an interpreter is to run is an argument, for a script the kernel's own.
 */
static void list_called(const struct process_view *process, struct file_search *search)
{
	struct span args = process->args;
	size_t nr = 0;

	if (process->filename.size)
		search->called[nr++] = process->filename.data;
	while (args.size > 0 && nr < FILE_CALLED_MAX) {
		const char *end = memchr(args.data, '\0', args.size);
		size_t size;

		if (!end)
			return;
		if (args.data[0] == '/')
			search->called[nr++] = args.data;
		size = (size_t)(end - args.data) + 1;
		args.data += size;
		args.size -= size;
	}
}

/* FNV-1a. */
static uint64_t hash(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3ULL;
	return sum;
}

/* Of all that is asked by. */
static uint64_t hash_search(const struct file_search *search, const struct event_file *file)
{
	uint64_t sum = hash(0xcbf29ce484222325ULL, file, sizeof(*file));

	if (search->path)
		sum = hash(sum, search->path, strlen(search->path) + 1);
	for (size_t i = 0; i < FILE_CALLED_MAX && search->called[i]; i++)
		sum = hash(sum, search->called[i], strlen(search->called[i]) + 1);
	return sum;
}

static bool is_held_by_none(const struct container_index *index, uint64_t key, uint64_t time_ns)
{
	return index->held_by_none == key && index->held_by_none_number == index->last_number &&
	       time_ns < index->held_by_none_ns + ANSWER_LASTS_NS;
}

struct container *container_index__find_by_file(struct container_index *index, const struct process_view *process)
{
	_cleanup_free_ struct file_candidate *candidates = calloc(CANDIDATES_MAX, sizeof(*candidates));
	const struct process_event *event = process->event;
	char path[EVENT_PATH_MAX + 8];
	struct file_search search = {
		.major = event->file.dev_major,
		.minor = event->file.dev_minor,
		.mntns_inum = event->file.mntns_inum,
		.own_mntns_inum = event->task.mntns_inum,
	};
	uint64_t time_ns = event->header.time_ns, key;
	struct tracked *tracked = NULL;
	uint32_t number;
	size_t nr;

	if (!candidates)
		return NULL;
	if (event->executable_is_whole && path_join(process->executable, 1, path, sizeof(path)) > 0)
		search.path = path;
	list_called(process, &search);
	key = hash_search(&search, &event->file);
	if (is_held_by_none(index, key, time_ns))
		return NULL;
	/* What has ended a moment ago may have been the helper's reason. */
	nr = add_candidates(index, true, candidates, 0);
	nr = add_candidates(index, false, candidates, nr);
	number = index->knowledge.find_by_file(index->knowledge.data, &search, candidates, nr);
	if (!number) {
		index->held_by_none = key;
		index->held_by_none_ns = time_ns;
		index->held_by_none_number = index->last_number;
	}
	if (number)
		HASH_FIND(hh_number, index->by_number, &number, sizeof(number), tracked);
	return tracked ? &tracked->container : NULL;
}
