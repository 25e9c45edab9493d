// SPDX-License-Identifier: Apache-2.0
/* Keeps what cgroups and pid namespaces stand for. */
#include "container/index_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/cleanup.h"

#define LINGER_NS     1000000000ULL
#define USERS_CGROUPS "/user.slice/"
/* Beyond, the oldest that ended go at once: more were removed in one second than this host can have. */
#define ENDED_MAX 65536

int container_index__new(const struct knowledge *knowledge, struct container_index **ret_index)
{
	struct container_index *index = calloc(1, sizeof(*index));

	if (!index)
		return -ENOMEM;
	index->knowledge = *knowledge;
	*ret_index = index;
	return 0;
}

void container_index__leave_id(struct container_index *index, struct tracked *tracked)
{
	if (tracked->is_in_id)
		HASH_DELETE(hh_id, index->by_id, tracked);
	tracked->is_in_id = false;
}

static void leave_pidns(struct container_index *index, struct tracked *tracked)
{
	if (tracked->pidns_inum)
		HASH_DELETE(hh_pidns, index->by_pidns, tracked);
	tracked->pidns_inum = 0;
}

static void drop_reference(struct container_index *index, struct tracked *tracked)
{
	if (--tracked->references)
		return;
	container_index__leave_looks(index, tracked);
	HASH_DELETE(hh_number, index->by_number, tracked);
	index->has_slot[tracked->container.number % CONTAINER_SLOTS] = false;
	container_index__leave_id(index, tracked);
	leave_pidns(index, tracked);
	container_facts__destroy(&tracked->container.facts);
	free(tracked->container.cgroup_path);
	free(tracked->container.encoded);
	free(tracked->container.start_record);
	free(tracked->container.history);
	free(tracked->container.toggles);
	free(tracked);
}

static void free_node(struct container_index *index, struct cgroup_node *node)
{
	HASH_DEL(index->nodes, node);
	if (node->tracked)
		drop_reference(index, node->tracked);
	free(node->path);
	free(node);
}

static void let_go(struct container_index *index, struct ended *ended)
{
	DL_DELETE(index->ended, ended);
	index->nr_ended--;
	if (ended->node) {
		index->knowledge.forget(index->knowledge.data, ended->node->key);
		free_node(index, ended->node);
	}
	if (ended->tracked)
		drop_reference(index, ended->tracked);
	free(ended);
}

static void end(struct container_index *index, struct cgroup_node *node, struct tracked *tracked, uint64_t time_ns)
{
	struct ended *ended = calloc(1, sizeof(*ended));

	if (!ended) /* kept for good rather than gone too early */
		return;
	ended->time_ns = time_ns;
	ended->node = node;
	ended->tracked = tracked;
	DL_APPEND(index->ended, ended);
	if (++index->nr_ended > ENDED_MAX)
		let_go(index, index->ended);
}

void container_index__free(struct container_index *index)
{
	struct cgroup_node *node, *next_node;
	struct tracked *tracked, *next_tracked;
	struct ended *ended, *next_ended;

	if (!index)
		return;
	DL_FOREACH_SAFE(index->ended, ended, next_ended)
	{
		DL_DELETE(index->ended, ended);
		free(ended);
	}
	HASH_ITER (hh, index->nodes, node, next_node)
		free_node(index, node);
	HASH_ITER (hh_number, index->by_number, tracked, next_tracked) {
		tracked->references = 1;
		drop_reference(index, tracked);
	}
	free(index);
}

/* One whose place in the kernel side's table no other container has, as long as there are such. */
static uint32_t new_number(struct container_index *index)
{
	unsigned tries;

	for (tries = 0; tries < CONTAINER_SLOTS; tries++) {
		index->last_number += index->last_number == UINT32_MAX - 1 ? 2 : 1;
		if (!index->has_slot[index->last_number % CONTAINER_SLOTS])
			break;
	}
	index->has_slot[index->last_number % CONTAINER_SLOTS] = true;
	return index->last_number;
}

struct tracked *container_index__new_tracked(struct container_index *index, const struct container_identity *identity,
					     uint64_t cgroup_key, const char *cgroup_path, uint32_t outer)
{
	struct tracked *tracked = calloc(1, sizeof(*tracked));

	if (!tracked)
		return NULL;
	tracked->container.cgroup_path = strdup(cgroup_path);
	if (!tracked->container.cgroup_path ||
	    container_index__read_facts(index, identity, outer, &tracked->container.facts)) {
		free(tracked->container.cgroup_path);
		free(tracked);
		return NULL;
	}
	tracked->references = 1;
	tracked->outer = outer;
	tracked->container.cgroup_key = cgroup_key;
	tracked->container.number = new_number(index);
	index->nr_seen++;
	HASH_ADD(hh_number, index->by_number, container.number, sizeof(tracked->container.number), tracked);
	return tracked;
}

struct cgroup_node *container_index__find_node(struct container_index *index, uint64_t key)
{
	struct cgroup_node *node;

	HASH_FIND(hh, index->nodes, &key, sizeof(key), node);
	return node;
}

static int add_cgroup(struct container_index *index, uint64_t key, uint64_t parent_key, struct span path,
		      const struct cgroup_event *made)
{
	char found[EVENT_CGROUP_PATH_MAX] = "";
	struct cgroup_node *node = container_index__find_node(index, key);

	if (node)
		return 0;
	node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	if (!path.size) {
		index->knowledge.cgroup_path(index->knowledge.data, key, found, sizeof(found));
		path = (struct span){found, strlen(found)};
	}
	node->path = strndup(path.data, path.size);
	if (!node->path) {
		free(node);
		return -ENOMEM;
	}
	node->key = key;
	node->parent_key = parent_key;
	HASH_ADD(hh, index->nodes, key, sizeof(node->key), node);
	container_index__classify(index, node, made);
	return 0;
}

int container_index__add_cgroup(struct container_index *index, uint64_t key, uint64_t parent_key, struct span path)
{
	return add_cgroup(index, key, parent_key, path, NULL);
}

int container_index__make_cgroup(struct container_index *index, const struct cgroup_event *event, struct span path)
{
	int err = add_cgroup(index, event->key, event->parent_key, path, event);
	struct cgroup_node *node = err ? NULL : container_index__find_node(index, event->key);

	if (!node)
		return err;
	node->is_new = true;
	node->made_ns = event->header.time_ns;
	return 0;
}

struct container *container_index__remove_cgroup(struct container_index *index, uint64_t key, uint64_t time_ns)
{
	struct cgroup_node *node = container_index__find_node(index, key);
	struct tracked *tracked;

	if (!node || node->is_removed)
		return NULL;
	node->is_removed = true;
	end(index, node, NULL, time_ns);
	tracked = node->tracked;
	if (!tracked || tracked->container.cgroup_key != key)
		return NULL;
	/* A container that starts anew under this id is another one. */
	container_index__leave_id(index, tracked);
	if (!tracked->container.is_running)
		tracked->has_ended = true;
	return &tracked->container;
}

struct container *container_index__find(struct container_index *index, uint32_t number, uint64_t cgroup_key)
{
	struct tracked *tracked = NULL;
	struct cgroup_node *node;

	if (number)
		HASH_FIND(hh_number, index->by_number, &number, sizeof(number), tracked);
	if (tracked)
		return &tracked->container;
	node = number ? NULL : container_index__find_node(index, cgroup_key);
	return node && node->tracked ? &node->tracked->container : NULL;
}

bool container_index__has_cgroup(const struct container *container)
{
	return !((const struct tracked *)container)->is_of_pidns;
}

bool container_index__has_moved(struct container_index *index, const struct process_event *event)
{
	struct cgroup_node *node;

	if (!(event->task.flags & TASK_WAS_INSIDE) || event->task.container)
		return false;
	node = container_index__find_node(index, event->task.cgroup);
	return node && node->is_part;
}

void container_index__hold(struct container_index *index, struct container *container)
{
	struct tracked *tracked = (struct tracked *)container;

	(void)index;
	tracked->has_ended = false;
	if (tracked->is_held || tracked->is_of_pidns)
		return;
	tracked->is_held = true;
	tracked->references++;
}

void container_index__ended(struct container_index *index, struct container *container, uint64_t time_ns)
{
	struct tracked *tracked = (struct tracked *)container;

	tracked->has_ended = true;
	/* One that is of a pid namespace is held by that. */
	if (!tracked->is_held && (!tracked->is_of_pidns || tracked->is_let_go))
		return;
	tracked->is_held = false;
	tracked->is_let_go = tracked->is_of_pidns;
	end(index, NULL, tracked, time_ns);
}

/*
 * A thread that has done nothing since its container was classified is found by its cgroup's key alone: that stays
 * until the container has ended, although the cgroup was removed.
 */
static bool is_in_use(const struct cgroup_node *node)
{
	return node && node->tracked && !node->is_part && node->tracked->is_held;
}

void container_index__reap(struct container_index *index, uint64_t time_ns)
{
	struct ended *ended;

	while (index->ended && index->ended->time_ns + LINGER_NS < time_ns) {
		ended = index->ended;
		if (!is_in_use(ended->node)) {
			let_go(index, ended);
			continue;
		}
		DL_DELETE(index->ended, ended);
		ended->time_ns = time_ns;
		DL_APPEND(index->ended, ended);
	}
}

/* Its first process is gone, and with it its pid namespace; its cgroup may go later. */
static bool has_stopped(const struct tracked *tracked)
{
	return tracked->has_ended || (tracked->container.init_tgid && !tracked->container.is_running);
}

/* The first process of a pid namespace, or the first program below one that does not exec. */
static bool is_first(const struct event_task *task)
{
	return (task->flags & (TASK_ENTRY | TASK_INSIDE)) == (TASK_ENTRY | TASK_INSIDE) &&
	       (task->vpid == 1 || task->flags & TASK_STUB);
}

/* The kernel gives a namespace's number again as soon as it is free. */
static bool is_of_newer_pidns(const struct tracked *tracked, const struct event_task *task)
{
	return has_stopped(tracked) && is_first(task) &&
	       (task->tgid != tracked->container.init_tgid || task->start_ns != tracked->container.init_start_ns);
}

/*
 * A runtime that was faster than this left nothing on disk any more. The cgroup that it made for the namespace's
 * first process still has the name that it gave; any other is told by the namespace's number.
 *
 * Returns true where the cgroup shows that a runtime of the system made it. A plain user's session makes some, too.
 */
static bool name_pidns(struct cgroup_node *node, const struct event_task *task, char ret_id[CONTAINER_ID_MAX])
{
	const char *leaf = node ? strrchr(node->path, '/') : NULL;
	bool is_entering = is_first(task) && task->flags & TASK_ENTERING;

	if (leaf && leaf[1] && strlen(leaf + 1) < CONTAINER_ID_MAX && node->is_new && is_entering) {
		strcpy(ret_id, leaf + 1);
		node->is_new = false;
		return !strstr(node->path, USERS_CGROUPS);
	}
	snprintf(ret_id, CONTAINER_ID_MAX, "pidns-%u", task->pidns_inum);
	return false;
}

/* What no cgroup tells: a pid namespace of its own, or one that a container's cgroup was seen with. */
static struct tracked *resolve_pidns(struct container_index *index, const struct event_task *task,
				     struct cgroup_node *node)
{
	struct container_identity identity = {.runtime = RUNTIME_UNKNOWN};
	const char *path = node ? node->path : "/";
	struct tracked *tracked;
	bool is_claimed;

	HASH_FIND(hh_pidns, index->by_pidns, &task->pidns_inum, sizeof(task->pidns_inum), tracked);
	if (tracked && !is_of_newer_pidns(tracked, task))
		return tracked;
	if (tracked)
		leave_pidns(index, tracked);
	/* It may have become a container's since it was decided to be the host's. */
	if (node && container_index__find_by_state(index, node, task, &identity)) {
		container_index__decide_container(index, node, &identity, 0);
		return node->tracked;
	}
	is_claimed = name_pidns(node, task, identity.id);
	tracked = container_index__new_tracked(index, &identity, task->cgroup, path, 0);
	if (!tracked)
		return NULL;
	tracked->container.is_unclaimed = !is_claimed && tracked->container.facts.identity.runtime == RUNTIME_UNKNOWN;
	tracked->is_of_pidns = true;
	return tracked;
}

static struct tracked *resolve(struct container_index *index, const struct event_task *task)
{
	struct cgroup_node *node = NULL;
	struct tracked *tracked;

	if (task->container) {
		HASH_FIND(hh_number, index->by_number, &task->container, sizeof(task->container), tracked);
		if (tracked)
			return tracked;
	}
	if (task->cgroup) {
		if (!container_index__find_node(index, task->cgroup))
			container_index__add_cgroup(index, task->cgroup, 0, (struct span){});
		node = container_index__find_node(index, task->cgroup);
	}
	if (node && node->state == CGROUP_UNKNOWN)
		container_index__classify_entered(index, node, task);
	if (node && node->tracked)
		return node->tracked;
	if (task->flags & TASK_HOST_PIDNS || !task->pidns_inum)
		return NULL;
	return resolve_pidns(index, task, node);
}

struct container *container_index__resolve(struct container_index *index, const struct event_task *task)
{
	struct tracked *tracked = resolve(index, task), *other;

	if (!tracked)
		return NULL;
	if (!tracked->pidns_inum && !tracked->has_ended && task->pidns_inum && !(task->flags & TASK_HOST_PIDNS)) {
		HASH_FIND(hh_pidns, index->by_pidns, &task->pidns_inum, sizeof(task->pidns_inum), other);
		if (other && has_stopped(other)) {
			leave_pidns(index, other);
			other = NULL;
		}
		if (!other) {
			tracked->pidns_inum = task->pidns_inum;
			HASH_ADD(hh_pidns, index->by_pidns, pidns_inum, sizeof(tracked->pidns_inum), tracked);
		}
	}
	return &tracked->container;
}

bool container_index__is_due(const struct container_index *index, uint64_t time_ns)
{
	return container_index__is_look_due(index, time_ns) ||
	       (index->ended && index->ended->time_ns + LINGER_NS < time_ns);
}

int container_index__visit(struct container_index *index, int (*visit)(void *data, struct container *container),
			   void *data)
{
	struct tracked *tracked, *next;
	int err = 0;

	HASH_ITER (hh_number, index->by_number, tracked, next) {
		err = visit(data, &tracked->container);
		if (err)
			break;
	}
	return err;
}

uint32_t container_index__nr_seen(const struct container_index *index)
{
	return index->nr_seen;
}

uint32_t container_index__nr_known(const struct container_index *index)
{
	return HASH_CNT(hh_number, index->by_number);
}
