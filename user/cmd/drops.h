/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps drops that are not complete for a moment: what completes one soon is the same drop. */
#ifndef UIDZERO_CMD_DROPS_H
#define UIDZERO_CMD_DROPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/finding.h"

#define DROPS_MAX     16
#define DROPS_WAIT_NS 1000000000ULL

/* A drop_root that was judged incomplete and has not been emitted. */
struct kept_drop {
	struct container *container;  /* which runs */
	struct process_event *record; /* a copy, owned */
	enum process_role role;
	uint64_t since_ns; /* of its first part; CLOCK_BOOTTIME */
};

/* In the order of their begin. Zeroed is empty. */
struct drops {
	struct kept_drop kept[DROPS_MAX];
	unsigned nr;
};

/* Free what is kept; nothing is emitted. */
void drops__destroy(struct drops *drops);

/* Is it a part of a drop that more can follow? Only what calls do: an exec is over. */
bool drops_can_continue(const struct finding *finding);

/* The one of a process; NULL: none. Valid until the next call. */
const struct kept_drop *drops__find(const struct drops *drops, const struct event_task *task);

/* The oldest one that began at until_ns or before, of that container or of any (NULL); NULL: none. */
const struct kept_drop *drops__oldest(const struct drops *drops, uint64_t until_ns, const struct container *container);

/*
 * Does a record of the process continue the drop: complete it, go on from where it was, or is it another thread's same
 * act?
 *
 * @is_told: the finding was judged to be one
 */
bool drops_continues(const struct kept_drop *drop, const struct finding *finding, bool is_told);

/* Take a drop out: the caller owns ret_drop->record. */
void drops__take(struct drops *drops, const struct kept_drop *drop, struct kept_drop *ret_drop);

/**
 * Keep a finding's record.
 *
 * @since_ns: of its first part
 *
 * Returns 0, -ENOMEM, or -ENOSPC where the oldest one has to be taken out before.
 */
int drops__keep(struct drops *drops, const struct finding *finding, struct container *container, uint64_t since_ns);

/*
 * One record of both, from the credentials before the drop to the present ones. By itself it is the later one; a record
 * in which nothing was found only changes what the drop ended with. Returns NULL where there is no memory for it; the
 * caller frees it.
 */
struct process_event *drops_join(const struct kept_drop *drop, const struct process_event *record, bool is_told);

#endif
