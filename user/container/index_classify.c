// SPDX-License-Identifier: Apache-2.0
/* Decides which container a cgroup is of: by its name, by the process that made it, and by the container above it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "container/index_private.h"

#define LEVELS_MAX 64 /* of a path */

void container_index__decide(struct container_index *index, struct cgroup_node *node, enum cgroup_state state,
			     struct tracked *tracked)
{
	node->state = state;
	node->tracked = tracked;
	index->knowledge.decide(index->knowledge.data, node->key, node->parent_key, state,
				tracked ? tracked->container.number : 0, tracked ? tracked->outer : 0);
}

void container_index__decide_as(struct container_index *index, struct cgroup_node *node, struct tracked *tracked)
{
	if (tracked)
		tracked->references++;
	container_index__decide(index, node, tracked ? CGROUP_CONTAINER : CGROUP_HOST, tracked);
}

void container_index__decide_container(struct container_index *index, struct cgroup_node *node,
				       const struct container_identity *identity, uint32_t outer)
{
	char full_id[FULL_ID_MAX];
	struct tracked *tracked;

	/* A process that may make cgroups inside a container, or below a user's own, can name one after any other
	 * container. */
	snprintf(full_id, sizeof(full_id), "%u/%s/%s%s", identity->user_uid, identity->outer_id, identity->between_ids,
		 identity->id);
	HASH_FIND(hh_id, index->by_id, full_id, strlen(full_id), tracked);
	/* The outer one's id can be another container's by now, or again. */
	if (tracked && tracked->outer == outer) {
		container_index__decide_as(index, node, tracked);
		return;
	}
	if (tracked)
		container_index__leave_id(index, tracked);
	tracked = container_index__new_tracked(index, identity, node->key, node->path, outer);
	if (!tracked)
		return;
	memcpy(tracked->full_id, full_id, strlen(full_id) + 1);
	HASH_ADD_KEYPTR(hh_id, index->by_id, tracked->full_id, strlen(tracked->full_id), tracked);
	tracked->is_in_id = true;
	container_index__decide(index, node, CGROUP_CONTAINER, tracked);
}

static struct tracked *find_number(struct container_index *index, uint32_t number)
{
	struct tracked *tracked = NULL;

	if (number)
		HASH_FIND(hh_number, index->by_number, &number, sizeof(number), tracked);
	return tracked;
}

/* The same container, or one within it. An outer container's number is always smaller: the chain has an end. */
static bool is_within(struct container_index *index, const struct tracked *inner, const struct tracked *outer)
{
	while (inner && inner != outer)
		inner = find_number(index, inner->outer);
	return inner;
}

static bool has_id(const struct tracked *tracked, const struct container_identity *identity)
{
	return tracked && !strcmp(tracked->container.facts.identity.id, identity->id);
}

static void decide_nested(struct container_index *index, struct cgroup_node *node, struct container_identity *identity,
			  const struct tracked *outer)
{
	/* One that only its runtime's state names is not in the path; what runs there may borrow no name. */
	container_identity__nest(identity, &outer->container.facts.identity);
	container_index__decide_container(index, node, identity, outer->container.number);
}

/*
 * What a container's process makes is in that container, wherever its path is; a name only says whether it is a nested
 * container's. A name that the directory above gave already is not the new cgroup's.
 */
static void classify_by_maker(struct container_index *index, struct cgroup_node *node, struct tracked *maker,
			      struct tracked *above, struct container_identity *identity, bool is_named)
{
	bool is_new_name = is_named && !has_id(above, identity);

	if (!is_within(index, above, maker))
		above = maker;
	if (is_new_name && !has_id(above, identity)) {
		decide_nested(index, node, identity, above);
		return;
	}
	node->is_part = true;
	container_index__decide_as(index, node, above);
}

/* Does the host's own runtime say that this very cgroup is the container's that its name says? */
static bool is_of_host_runtime(struct container_index *index, const struct cgroup_node *node,
			       const struct container_identity *identity)
{
	const struct cgroup_search search = {.path = node->path, .id = identity->id};
	struct container_identity found;

	return index->knowledge.find_by_cgroup(index->knowledge.data, &search, &found) > 0;
}

static void decide_sibling(struct container_index *index, struct cgroup_node *node, struct container_identity *identity)
{
	memset(identity->outer_id, 0, sizeof(identity->outer_id));
	memset(identity->between_ids, 0, sizeof(identity->between_ids));
	container_index__decide_container(index, node, identity, 0);
}

/*
 * Below a container's cgroup, by a process of the host or by one that is not known. What the host makes there is
 * decided by the first task that is in it: it can be a sibling, whose runtime was only given this place.
 */
static void classify_below(struct container_index *index, struct cgroup_node *node, struct tracked *above,
			   struct container_identity *identity, bool is_named, bool is_made_by_host)
{
	if (is_made_by_host)
		return;
	if (!is_named || has_id(above, identity)) {
		node->is_part = true;
		container_index__decide_as(index, node, above);
	} else if (is_of_host_runtime(index, node, identity)) {
		decide_sibling(index, node, identity);
	} else {
		decide_nested(index, node, identity, above);
	}
}

/* The next one above that is known. */
static struct tracked *container_above(struct container_index *index, const struct cgroup_node *node)
{
	int level;

	for (level = 0; level < LEVELS_MAX && node; level++) {
		node = container_index__find_node(index, node->parent_key);
		if (node && node->state != CGROUP_UNKNOWN)
			return node->tracked;
	}
	return NULL;
}

void container_index__classify(struct container_index *index, struct cgroup_node *node, const struct cgroup_event *made)
{
	struct tracked *above = container_above(index, node), *maker = NULL;
	struct container_identity identity = {};
	int is_container = cgroup_path_parse((struct span){node->path, strlen(node->path)}, &identity);
	bool is_known = made && made->maker != CGROUP_MAKER_UNKNOWN;
	struct cgroup_node *maker_node;

	if (is_known) {
		maker_node = container_index__find_node(index, made->maker_cgroup);
		maker = find_number(index, made->maker) ?: maker_node ? maker_node->tracked : NULL;
	}
	if (maker)
		classify_by_maker(index, node, maker, above, &identity, is_container > 0);
	else if (above)
		classify_below(index, node, above, &identity, is_container > 0, is_known);
	else if (is_container > 0)
		container_index__decide_container(index, node, &identity, 0);
	else if (is_container == -EXDEV)
		container_index__decide(index, node, CGROUP_HOST, NULL);
}

bool container_index__find_by_state(struct container_index *index, const struct cgroup_node *node,
				    const struct event_task *task, struct container_identity *ret_identity)
{
	const struct cgroup_search search = {node->path, node->made_ns, task->start_ns, task->tgid, NULL};

	return index->knowledge.find_by_cgroup(index->knowledge.data, &search, ret_identity) > 0;
}

/* A descendant of the container above enters a nested one; from outside comes what has a place of its own there. */
void container_index__classify_entered(struct container_index *index, struct cgroup_node *node,
				       const struct event_task *task)
{
	struct tracked *above = container_above(index, node);
	struct container_identity identity = {};
	bool is_named = cgroup_path_parse((struct span){node->path, strlen(node->path)}, &identity) > 0;
	bool is_from_inside = above && task->flags & TASK_WAS_INSIDE;

	if (is_named && above && !has_id(above, &identity)) {
		if (is_from_inside)
			decide_nested(index, node, &identity, above);
		else
			decide_sibling(index, node, &identity);
		return;
	}
	if (!is_from_inside && container_index__find_by_state(index, node, task, &identity) &&
	    !has_id(above, &identity)) {
		container_index__decide_container(index, node, &identity, 0);
		return;
	}
	node->is_part = above;
	container_index__decide_as(index, node, above);
}
