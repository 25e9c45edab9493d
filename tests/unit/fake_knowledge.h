/* SPDX-License-Identifier: Apache-2.0 */
/* Knowledge of a host that a test makes up: answers what it was told to, and keeps what it was asked. */
#ifndef UIDZERO_TESTS_FAKE_KNOWLEDGE_H
#define UIDZERO_TESTS_FAKE_KNOWLEDGE_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "container/knowledge.h"

#define FAKE_DECISIONS_MAX 32
#define FAKE_ANSWERS_MAX   4

struct fake_decision {
	uint64_t key, parent_key;
	enum cgroup_state state;
	uint32_t container, outer;
};

struct fake_knowledge {
	/* What is answered. */
	struct {
		const char *path, *id; /* a runtime's state on disk names this cgroup */
	} states[FAKE_ANSWERS_MAX];
	struct {
		uint64_t key;
		const char *path;
	} paths[FAKE_ANSWERS_MAX];
	unsigned missing; /* of facts */
	int facts_err;
	const char *image_name;
	enum facts_isolation isolation;
	uint32_t file_holder; /* the number of a container; 0: none */

	/* What was asked and told; only so many decisions are kept, all are counted. */
	struct fake_decision decisions[FAKE_DECISIONS_MAX];
	unsigned nr_decisions, nr_read_facts, nr_read_users, nr_find, nr_cgroup_path, nr_forgotten;
	uint64_t last_forgotten;
	struct container_process asked_process;
	struct cgroup_search search; /* the last; its path is gone */
	unsigned nr_find_by_file;
	struct file_search file_search;  /* the last; its texts are gone */
	struct file_candidate candidate; /* that of file_holder */
	size_t nr_candidates;
	char searched_id[CONTAINER_ID_MAX];
	uint32_t last_outer_tgid; /* as passed to read_facts; 0: not nested */
};

static inline int fake__read_facts(void *data, const struct container_identity *identity,
				   const struct container_process *outer, struct container_facts *ret_facts)
{
	struct fake_knowledge *fake = data;

	fake->nr_read_facts++;
	fake->last_outer_tgid = outer ? outer->tgid : 0;
	if (fake->facts_err)
		return fake->facts_err;
	*ret_facts =
		(struct container_facts){.identity = *identity, .missing = fake->missing, .isolation = fake->isolation};
	if (!fake->missing && fake->image_name)
		ret_facts->image_name = strdup(fake->image_name);
	return 0;
}

static inline int fake__read_users(void *data, const struct container_process *process, struct container_facts *facts)
{
	struct fake_knowledge *fake = data;

	(void)facts;
	fake->nr_read_users++;
	fake->asked_process = *process;
	return 0;
}

static inline int fake__find_by_cgroup(void *data, const struct cgroup_search *search,
				       struct container_identity *ret_identity)
{
	struct fake_knowledge *fake = data;
	const char *path = search->path;

	fake->search = *search;
	snprintf(fake->searched_id, sizeof(fake->searched_id), "%s", search->id ? search->id : "");

	fake->nr_find++;
	for (size_t i = 0; i < FAKE_ANSWERS_MAX && fake->states[i].path; i++) {
		size_t size = strlen(fake->states[i].path);

		if (strncmp(path, fake->states[i].path, size) || (path[size] && path[size] != '/'))
			continue;
		if (search->id && (path[size] || strcmp(search->id, fake->states[i].id)))
			continue;
		memset(ret_identity, 0, sizeof(*ret_identity));
		ret_identity->runtime = RUNTIME_RUNC;
		snprintf(ret_identity->id, sizeof(ret_identity->id), "%s", fake->states[i].id);
		return 1;
	}
	return 0;
}

static inline uint32_t fake__find_by_file(void *data, const struct file_search *search,
					  const struct file_candidate *candidates, size_t nr_candidates)
{
	struct fake_knowledge *fake = data;

	fake->nr_find_by_file++;
	fake->file_search = *search;
	fake->nr_candidates = nr_candidates;
	for (size_t i = 0; i < nr_candidates; i++)
		if (candidates[i].number == fake->file_holder)
			fake->candidate = candidates[i];
	return fake->file_holder;
}

static inline int fake__cgroup_path(void *data, uint64_t key, char *ret_path, size_t ret_size)
{
	struct fake_knowledge *fake = data;

	fake->nr_cgroup_path++;
	ret_path[0] = '\0';
	for (size_t i = 0; i < FAKE_ANSWERS_MAX && fake->paths[i].path; i++) {
		if (fake->paths[i].key != key)
			continue;
		snprintf(ret_path, ret_size, "%s", fake->paths[i].path);
		return 0;
	}
	return -ENOENT;
}

static inline void fake__decide(void *data, uint64_t key, uint64_t parent_key, enum cgroup_state state,
				uint32_t container, uint32_t outer)
{
	struct fake_knowledge *fake = data;

	fake->decisions[fake->nr_decisions++ % FAKE_DECISIONS_MAX] =
		(struct fake_decision){key, parent_key, state, container, outer};
}

static inline void fake__forget(void *data, uint64_t key)
{
	struct fake_knowledge *fake = data;

	fake->nr_forgotten++;
	fake->last_forgotten = key;
}

/* What the kernel was told last of a cgroup; NULL for nothing. */
static inline const struct fake_decision *fake__decision(const struct fake_knowledge *fake, uint64_t key)
{
	for (unsigned i = fake->nr_decisions; i > 0 && i + FAKE_DECISIONS_MAX > fake->nr_decisions; i--)
		if (fake->decisions[(i - 1) % FAKE_DECISIONS_MAX].key == key)
			return &fake->decisions[(i - 1) % FAKE_DECISIONS_MAX];
	return NULL;
}

static inline struct knowledge fake__knowledge(struct fake_knowledge *fake)
{
	return (struct knowledge){fake,
				  fake__read_facts,
				  fake__read_users,
				  fake__find_by_cgroup,
				  fake__find_by_file,
				  fake__cgroup_path,
				  fake__decide,
				  fake__forget};
}

#endif
