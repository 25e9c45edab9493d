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

static void leave_id(struct container_index *index, struct tracked *tracked)
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
	leave_id(index, tracked);
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

/* A container with one reference, the caller's. Returns NULL where memory ran out. */
static struct tracked *new_tracked(struct container_index *index, const struct container_identity *identity,
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
	tracked->container.number = ++index->last_number;
	HASH_ADD(hh_number, index->by_number, container.number, sizeof(tracked->container.number), tracked);
	return tracked;
}

static void decide(struct container_index *index, struct cgroup_node *node, enum cgroup_state state,
		   struct tracked *tracked)
{
	node->state = state;
	node->tracked = tracked;
	index->knowledge.decide(index->knowledge.data, node->key, node->parent_key, state,
				tracked ? tracked->container.number : 0);
}

/* The cgroup is a container's: the one of that id that lives, or a new one. */
static void decide_container(struct container_index *index, struct cgroup_node *node,
			     const struct container_identity *identity, uint32_t outer)
{
	char full_id[FULL_ID_MAX];
	struct tracked *tracked;

	/* Who may make cgroups inside a container, or below a user's own, can name one after any other container. */
	snprintf(full_id, sizeof(full_id), "%u/%s/%s%s", identity->user_uid, identity->outer_id, identity->between_ids,
		 identity->id);
	HASH_FIND(hh_id, index->by_id, full_id, strlen(full_id), tracked);
	if (tracked) {
		tracked->references++;
	} else {
		tracked = new_tracked(index, identity, node->key, node->path, outer);
		if (!tracked)
			return;
		memcpy(tracked->full_id, full_id, strlen(full_id) + 1);
		HASH_ADD_KEYPTR(hh_id, index->by_id, tracked->full_id, strlen(tracked->full_id), tracked);
		tracked->is_in_id = true;
	}
	decide(index, node, CGROUP_CONTAINER, tracked);
}

static struct cgroup_node *find_node(struct container_index *index, uint64_t key)
{
	struct cgroup_node *node;

	HASH_FIND(hh, index->nodes, &key, sizeof(key), node);
	return node;
}

/* By the path's name, or as part of the container above. */
static void classify(struct container_index *index, struct cgroup_node *node)
{
	struct cgroup_node *parent = find_node(index, node->parent_key);
	struct container_identity identity = {};
	int is_container = cgroup_path_parse((struct span){node->path, strlen(node->path)}, &identity);
	const struct container *outer = parent && parent->tracked ? &parent->tracked->container : NULL;

	if (is_container > 0 && !(outer && strcmp(identity.id, outer->facts.identity.id) == 0)) {
		/* One that only its runtime's state names is not in the path; who runs there may borrow no name. */
		if (outer)
			container_identity__nest(&identity, &outer->facts.identity);
		decide_container(index, node, &identity, outer ? outer->number : 0);
	} else if (is_container == -EXDEV) {
		decide(index, node, CGROUP_HOST, NULL);
	} else if (outer) {
		parent->tracked->references++;
		decide(index, node, CGROUP_CONTAINER, parent->tracked);
	}
}

int container_index__add_cgroup(struct container_index *index, uint64_t key, uint64_t parent_key, struct span path)
{
	char found[EVENT_CGROUP_PATH_MAX] = "";
	struct cgroup_node *node = find_node(index, key);

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
	classify(index, node);
	return 0;
}

void container_index__note_new(struct container_index *index, uint64_t key, uint64_t time_ns)
{
	struct cgroup_node *node = find_node(index, key);

	if (!node)
		return;
	node->is_new = true;
	node->made_ns = time_ns;
}

struct container *container_index__remove_cgroup(struct container_index *index, uint64_t key, uint64_t time_ns)
{
	struct cgroup_node *node = find_node(index, key);
	struct tracked *tracked;

	if (!node || node->is_removed)
		return NULL;
	node->is_removed = true;
	end(index, node, NULL, time_ns);
	tracked = node->tracked;
	if (!tracked || tracked->container.cgroup_key != key)
		return NULL;
	/* A container that starts anew under this id is another one. */
	leave_id(index, tracked);
	tracked->has_ended = true;
	return &tracked->container;
}

void container_index__init_ended(struct container_index *index, struct container *container, uint64_t time_ns)
{
	struct tracked *tracked = (struct tracked *)container;

	if (!tracked->is_of_pidns)
		return;
	tracked->is_of_pidns = false;
	tracked->has_ended = true;
	end(index, NULL, tracked, time_ns);
}

void container_index__reap(struct container_index *index, uint64_t time_ns)
{
	while (index->ended && index->ended->time_ns + LINGER_NS < time_ns)
		let_go(index, index->ended);
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

static bool find_by_state(struct container_index *index, const struct cgroup_node *node, const struct event_task *task,
			  struct container_identity *ret_identity)
{
	const struct cgroup_search search = {node->path, node->made_ns, task->start_ns, task->tgid};

	return index->knowledge.find_by_cgroup(index->knowledge.data, &search, ret_identity) > 0;
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
	if (node && find_by_state(index, node, task, &identity)) {
		decide_container(index, node, &identity, 0);
		return node->tracked;
	}
	is_claimed = name_pidns(node, task, identity.id);
	tracked = new_tracked(index, &identity, task->cgroup, path, 0);
	if (!tracked)
		return NULL;
	tracked->container.is_unclaimed = !is_claimed && tracked->container.facts.identity.runtime == RUNTIME_UNKNOWN;
	tracked->is_of_pidns = true;
	return tracked;
}

static struct tracked *resolve(struct container_index *index, const struct event_task *task)
{
	struct container_identity identity = {};
	struct cgroup_node *node = NULL;
	struct tracked *tracked;

	if (task->container) {
		HASH_FIND(hh_number, index->by_number, &task->container, sizeof(task->container), tracked);
		if (tracked)
			return tracked;
	}
	if (task->cgroup) {
		if (!find_node(index, task->cgroup))
			container_index__add_cgroup(index, task->cgroup, 0, (struct span){});
		node = find_node(index, task->cgroup);
	}
	if (node && node->state == CGROUP_UNKNOWN) {
		if (find_by_state(index, node, task, &identity))
			decide_container(index, node, &identity, 0);
		else
			decide(index, node, CGROUP_HOST, NULL);
	}
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
	return index->last_number;
}

uint32_t container_index__nr_known(const struct container_index *index)
{
	return HASH_CNT(hh_number, index->by_number);
}
