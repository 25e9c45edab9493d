/* SPDX-License-Identifier: Apache-2.0 */
/* What the index's halves share: what stands for a container (index.c), and what is known of it (index_facts.c). */
#ifndef UIDZERO_CONTAINER_INDEX_PRIVATE_H
#define UIDZERO_CONTAINER_INDEX_PRIVATE_H

#include <stdbool.h>
#include <uthash.h>

#include "container/index.h"

#define INDEX_LOOKS 3 /* for what a container's findings lacked */
/* "<uid>/<outer id>/<ids between><id>" */
#define FULL_ID_MAX (4 * CONTAINER_ID_MAX + 16)

struct tracked {
	struct container container; /* first: a container is its tracked */
	unsigned references;        /* cgroups that stand for it, and one where a pid namespace does */
	bool is_of_pidns;
	bool has_ended;
	uint32_t pidns_inum; /* 0: none seen yet, or another's */
	uint32_t outer;      /* the number of the next outer container; 0: none */
	char full_id[FULL_ID_MAX];
	unsigned told_missing; /* enum facts_missing: what findings lacked, until it was told */
	unsigned nr_looks;     /* for it */
	uint64_t next_look_ns; /* 0: none is due */
	struct tracked *prev, *next;
	UT_hash_handle hh_number, hh_id, hh_pidns;
	bool is_in_id; /* the newest of its id */
};

struct cgroup_node {
	uint64_t key, parent_key;
	enum cgroup_state state;
	struct tracked *tracked; /* CGROUP_CONTAINER */
	bool is_removed, is_new; /* made since the start, and no pid namespace was named after it yet */
	uint64_t made_ns;        /* CLOCK_BOOTTIME; 0: before the start */
	char *path;
	UT_hash_handle hh;
};

/* Something that ended and is let go of later: a cgroup, or a pid namespace's container. */
struct ended {
	uint64_t time_ns;
	struct cgroup_node *node;
	struct tracked *tracked;
	struct ended *prev, *next;
};

struct container_index {
	struct knowledge knowledge;
	struct cgroup_node *nodes;
	struct tracked *by_number, *by_id, *by_pidns;
	struct ended *ended;
	unsigned nr_ended;
	struct tracked *to_look[INDEX_LOOKS]; /* by how often it was looked, the first to come in front */
	uint32_t last_number;
	/* The last file that lay in no container, when that was asked, and how many containers there had been. */
	uint64_t held_by_none, held_by_none_ns;
	uint32_t held_by_none_number;
};

/* As knowledge.read_facts, with the first process of the container of that number; 0: not nested. */
int container_index__read_facts(struct container_index *index, const struct container_identity *identity,
				uint32_t outer, struct container_facts *ret_facts);

/* No look is to come. */
void container_index__leave_looks(struct container_index *index, struct tracked *tracked);
bool container_index__is_look_due(const struct container_index *index, uint64_t time_ns);

#endif
