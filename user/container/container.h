/* SPDX-License-Identifier: Apache-2.0 */
/* One container as the pipeline knows it. */
#ifndef UIDZERO_CONTAINER_CONTAINER_H
#define UIDZERO_CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "container/facts.h"
#include "event.h"

/* The last change of credentials in each of some processes: as many as are likely to be at it at once. */
#define CONTAINER_CHANGES 4

struct container_change {
	uint32_t tgid, tid;
	uint64_t start_ns, time_ns;
	struct event_creds before, after;
	struct event_threads others;
};

/* The mount namespaces that its processes were seen in last. */
#define CONTAINER_MNTNS_MAX 4

struct toggles;
struct root_history;

struct container {
	uint32_t number; /* what the kernel's maps call it; never 0 */
	uint64_t cgroup_key;
	char *cgroup_path;
	struct container_facts facts;
	/* The process that came first; 0 until it was seen. */
	uint32_t init_tgid;
	uint64_t init_start_ns;
	bool is_running;       /* its first process was seen, the end of its last one was not */
	uint64_t init_exit_ns; /* its first process ended then, and no other one was seen since; 0: neither */
	bool has_stub; /* its pid namespace's first process has not exec'ed, and init_tgid is that one's child */
	uint32_t mntns_inums[CONTAINER_MNTNS_MAX]; /* 0: none */
	unsigned next_mntns;
	/* As the kernel had it when it was first seen, in the initial user namespace. */
	struct user_ids observed;
	struct container_change changes[CONTAINER_CHANGES];
	unsigned next_change; /* the place of the next process, modulo CONTAINER_CHANGES */
	/* Who was root in it, kept by the judge; in one piece, freed with the container. NULL before its first process.
	 */
	struct root_history *history;
	/*
	 * A pid namespace that no runtime claims, in which no process was seen to hold the host's root or what amounts
	 * to it: a browser's or a build tool's sandbox. The record of its start waits here, in case that it does later.
	 */
	bool is_unclaimed;
	void *start_record; /* NULL: none; freed with the container */
	/* How processes took root back, kept by the judge; freed with the container. NULL before the first one did. */
	struct toggles *toggles;
	/* Encoders keep the container's constant part of a line here; freed with the container. */
	char *encoded;
	size_t encoded_size;
};

/* A fact of it has changed: encoders have to begin again. */
void container__drop_encoded(struct container *container);

#endif
