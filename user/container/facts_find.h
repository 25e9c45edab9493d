/* SPDX-License-Identifier: Apache-2.0 */
/* The states that runc and crun leave of each container: they name its cgroups. */
#ifndef UIDZERO_CONTAINER_FACTS_FIND_H
#define UIDZERO_CONTAINER_FACTS_FIND_H

#include <jansson.h>
#include <stdbool.h>

#include "base/span.h"
#include "container/facts.h"

struct safe_root;

/* All that is read of a state. */
enum state_member {
	STATE_CGROUPS,
	STATE_PID,   /* of the first process */
	STATE_START, /* of the same, in clock ticks since boot */
	STATE_MEMBERS,
};

/* One file per container: <directory>/<id>/<file>. */
struct state_store {
	const char *file;
	const char *members[STATE_MEMBERS + 1];
	/* Does a state name this cgroup, or one above it? */
	bool (*is_in)(json_t *state, const char *cgroup_path);
	enum container_runtime runtime;
};

enum state_match {
	STATE_OF_OTHER,
	STATE_POSSIBLE, /* the cgroup is the container's, and the process may be */
	STATE_OF_FIRST, /* the process is its first one */
};

extern const struct state_store runc_states, crun_states, containerd_states, docker_states;

/**
 * Read the members of one state. The caller json_decref()s.
 *
 * @needle: text that a state must have somewhere to be worth parsing; may be empty
 *
 * Returns 0; -ENOENT where there is none, or without the needle; or another negative errno.
 */
int state_store__read(const struct state_store *store, const struct safe_root *root, const char *id, struct span needle,
		      json_t **ret_state);

enum state_match state_store__match(const struct state_store *store, json_t *state, const struct cgroup_search *search);

/* @id: shorter than CONTAINER_ID_MAX, as state_store__read() took it */
void state_store__identify(const struct state_store *store, const char *id, struct container_identity *ret_identity);

/* Is the path the same as an ancestor, or below it? The hierarchy's root is the ancestor of none. */
bool state_is_at_or_below(const char *path, const char *ancestor);

/* In these namespaces of containerd's a cgroup is always called after the id, and there may be hundreds. */
bool state_store__is_named_by_id(const char *namespace);

#endif
