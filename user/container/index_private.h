/* SPDX-License-Identifier: Apache-2.0 */
/* What the index's halves share: what stands for a container (index.c), and what is known of it (index_facts.c). */
#ifndef UIDZERO_CONTAINER_INDEX_PRIVATE_H
#define UIDZERO_CONTAINER_INDEX_PRIVATE_H

#include <stdbool.h>
#include <uthash.h>

#include "container/index.h"
#include "maps.h"

#define INDEX_LOOKS 3 /* for what a container's findings lacked */
/* "<uid>/<outer id>/<ids between><id>" */
#define FULL_ID_MAX (4 * CONTAINER_ID_MAX + 16)

struct tracked {
	struct container container;  /* first: a container is its tracked */
	unsigned references;         /* cgroups that stand for it, and one where a pid namespace does */
	bool is_of_pidns, is_let_go; /* it is a pid namespace without cgroups; that one has ended */
	bool is_held;                /* by its processes: it has a reference for them */
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
	bool is_part;            /* of the container above or of its maker's, without a name of its own */
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
	/* The last file that lay in no container, when that was asked, and how many containers there had been. */
	uint64_t held_by_none, held_by_none_ns;
	uint32_t held_by_none_number;
	uint32_t last_number, nr_seen;
	bool has_slot[CONTAINER_SLOTS]; /* some container's number has this place in the kernel side's table */
};

/* NULL: never seen. */
struct cgroup_node *container_index__find_node(struct container_index *index, uint64_t key);

/* A container with one reference, the caller's. Returns NULL where memory ran out. */
struct tracked *container_index__new_tracked(struct container_index *index, const struct container_identity *identity,
					     uint64_t cgroup_key, const char *cgroup_path, uint32_t outer);

/* A container that starts under the same id is another one. */
void container_index__leave_id(struct container_index *index, struct tracked *tracked);

/* The cgroup is that container's, whose reference the node takes; NULL: the host's. */
void container_index__decide(struct container_index *index, struct cgroup_node *node, enum cgroup_state state,
			     struct tracked *tracked);
/* The same with a reference of its own. */
void container_index__decide_as(struct container_index *index, struct cgroup_node *node, struct tracked *tracked);
/* The cgroup is a container's: the one of that id that is known, or a new one. */
void container_index__decide_container(struct container_index *index, struct cgroup_node *node,
				       const struct container_identity *identity, uint32_t outer);
/* @made: the record of its making; NULL: it was there already. What says nothing stays CGROUP_UNKNOWN. */
void container_index__classify(struct container_index *index, struct cgroup_node *node,
			       const struct cgroup_event *made);
/* The same of one that stayed CGROUP_UNKNOWN, for the first task that is in it. */
void container_index__classify_entered(struct container_index *index, struct cgroup_node *node,
				       const struct event_task *task);
/* Does a runtime's state on disk name the cgroup, for that process? */
bool container_index__find_by_state(struct container_index *index, const struct cgroup_node *node,
				    const struct event_task *task, struct container_identity *ret_identity);

/* As knowledge.read_facts, with the first process of the container of that number; 0: not nested. */
int container_index__read_facts(struct container_index *index, const struct container_identity *identity,
				uint32_t outer, struct container_facts *ret_facts);

/* No look is to come. */
void container_index__leave_looks(struct container_index *index, struct tracked *tracked);
bool container_index__is_look_due(const struct container_index *index, uint64_t time_ns);

#endif
