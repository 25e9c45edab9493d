/* SPDX-License-Identifier: Apache-2.0 */
/* Which container a task belongs to: cgroups and pid namespaces, each to its container. Not thread-safe. */
#ifndef UIDZERO_CONTAINER_INDEX_H
#define UIDZERO_CONTAINER_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "container/container.h"
#include "container/knowledge.h"
#include "event/decode.h"

struct container_index;

/* The knowledge is copied, what its data points to is not. Returns 0 or -ENOMEM. */
int container_index__new(const struct knowledge *knowledge, struct container_index **ret_index);
void container_index__free(struct container_index *index);

/**
 * A cgroup was made, or was there already.
 *
 * @path: from its hierarchy's root; empty where it is not known
 *
 * Returns 0 or -ENOMEM. A cgroup that is known already stays as it is.
 */
int container_index__add_cgroup(struct container_index *index, uint64_t key, uint64_t parent_key, struct span path);

/* A cgroup was made now, by the process that the record says. Returns as above. */
int container_index__make_cgroup(struct container_index *index, const struct cgroup_event *event, struct span path);

/**
 * A cgroup was removed. What refers to it may still be under way: it is forgotten a second of events later.
 *
 * Returns the container whose first cgroup this was, or NULL. Its processes can be in other cgroups.
 */
struct container *container_index__remove_cgroup(struct container_index *index, uint64_t key, uint64_t time_ns);

/* By its number; where that is 0, by the cgroup. Returns NULL for none that is known. */
struct container *container_index__find(struct container_index *index, uint32_t number, uint64_t cgroup_key);

/* False: it is a pid namespace without a cgroup of its own, and ends with its first process. */
bool container_index__has_cgroup(const struct container *container);

/* It has processes: it is known until it has ended, with or without cgroups. */
void container_index__hold(struct container_index *index, struct container *container);
/* Its last process ended. */
void container_index__ended(struct container_index *index, struct container *container, uint64_t time_ns);

/* The task entered a cgroup before it was classified, which is only another one of the container that it was in. */
bool container_index__has_moved(struct container_index *index, const struct process_event *event);

/**
 * Find the container in which the program of an EXEC record with TASK_HELPER lies, or which can write it.
 *
 * Returns NULL where there is none.
 */
struct container *container_index__find_by_file(struct container_index *index, const struct process_view *process);

/* Forget what ended more than a second before. */
void container_index__reap(struct container_index *index, uint64_t time_ns);

/**
 * Tell a task's container; classifies cgroups that were not.
 *
 * Returns NULL for the host's.
 */
struct container *container_index__resolve(struct container_index *index, const struct event_task *task);

/* Read the facts anew where some were missing; they never become less. */
void container_index__complete_facts(struct container_index *index, struct container *container);

/* Read the name anew, the one fact that changes in a container's life. A nested one's is its outer container's claim.
 */
void container_index__refresh_name(struct container_index *index, struct container *container);

/* Note what the container's first process shows: whom the kernel sees, and the container's users where they lack. */
void container_index__note_first(struct container_index *index, struct container *container,
				 const struct process_event *event);

/* A finding goes out. Where it lacks facts of its container, they are looked for again, a few times. */
void container_index__note_told(struct container_index *index, struct container *container, uint64_t time_ns);

/* Is there something to look for again, or to forget, at this time? */
bool container_index__is_due(const struct container_index *index, uint64_t time_ns);

/**
 * Look again for facts of one container that is due.
 *
 * @ret_container: the container where that completes what its findings lacked, once in its life; else NULL
 *
 * Returns false where none is due.
 */
bool container_index__look_again(struct container_index *index, uint64_t time_ns, struct container **ret_container);

/* The last look, at a container that ends. Returns true where it completes what findings lacked. */
bool container_index__look_last(struct container_index *index, struct container *container);

/* Calls visit for each container that is known, until it returns other than 0, which is returned. */
int container_index__visit(struct container_index *index, int (*visit)(void *data, struct container *container),
			   void *data);

/* Containers that were seen since the start, and that are known now. */
uint32_t container_index__nr_seen(const struct container_index *index);
uint32_t container_index__nr_known(const struct container_index *index);

#endif
