/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the states of runc and crun as they appear: a container can be gone before its first event is looked at. */
#ifndef UIDZERO_CONTAINER_STATE_WATCH_H
#define UIDZERO_CONTAINER_STATE_WATCH_H

#include "container/facts.h"

struct state_watch;

/* The roots are borrowed. Returns 0 or a negative errno. */
int state_watch__new(const struct facts_roots *roots, struct state_watch **ret_watch);
void state_watch__free(struct state_watch *watch);

/* Readable where a state has appeared. */
int state_watch__fd(const struct state_watch *watch);
void state_watch__read(struct state_watch *watch);

/* Directories that were made since the last look are watched too. */
void state_watch__refresh(struct state_watch *watch);

/* As container_facts__find_by_cgroup(), of states that are there, or were a moment ago. Returns 1 or 0. */
int state_watch__find(struct state_watch *watch, const struct cgroup_search *search,
		      struct container_identity *ret_identity);

/* The facts of one of those as they were read then. Returns 0, -ENOENT, or -ENOMEM. */
int state_watch__facts(struct state_watch *watch, const struct container_identity *identity,
		       struct container_facts *ret_facts);

#endif
