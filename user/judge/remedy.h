/* SPDX-License-Identifier: Apache-2.0 */
/* What to change about a container so that its verdict gets better. Pure. */
#ifndef UIDZERO_JUDGE_REMEDY_H
#define UIDZERO_JUDGE_REMEDY_H

#include "judge/verdict.h"

/* One bit each, the first to try first; the texts are the encoder's. */
enum remedy {
	REMEDY_SET_USER = 1 << 0,       /* it starts as root, because nobody named another user: USER with a number */
	REMEDY_NUMERIC_USER = 1 << 1,   /* a name, which cannot be verified before it runs: its number */
	REMEDY_NAME_IS_ROOT = 1 << 2,   /* passwd gives the name uid 0 */
	REMEDY_USER_OVERFLOWS = 1 << 3, /* a number that is no uid */
	REMEDY_OVERRIDDEN = 1 << 4,     /* the image is fine, --user or runAsUser made it root */
	REMEDY_EXEC_DROP = 1 << 5,      /* what pid 1 runs drops, but pid 1 stays root: exec gosu */
	REMEDY_DROP_FOR_GOOD = 1 << 6,  /* clear the real and saved uid, and the capabilities */
	REMEDY_NO_NEW_PRIVS = 1 << 7,   /* a file's bits gave root */
	REMEDY_REMOVE_SETUID = 1 << 8,  /* the same: take the bit, or the capabilities, off that file */
	REMEDY_DROP_CAPABILITIES = 1 << 9,
	REMEDY_EXEC_AS_USER = 1 << 10,    /* docker exec: give it a user */
	REMEDY_USER_NAMESPACE = 1 << 11,  /* it must be root: map that to another uid */
	REMEDY_INVESTIGATE = 1 << 12,     /* root by nothing that explains it */
	REMEDY_DROP_GROUP = 1 << 15,      /* a process that is not root has group 0: give it up for good */
	REMEDY_REMOVE_SETGID = 1 << 16,   /* the same by a file: take the set-group-id bit off it */
	REMEDY_RING_AFTER_DROP = 1 << 13, /* an io_uring instance kept root: make it after the drop, or forbid it */
	REMEDY_UNMAP_ROOT = 1 << 14,      /* a user namespace's map contains the host's uid 0 */
	REMEDY_END = 1 << 17,
};

/* The remedies for this container and verdict, for a passed one advice at most; 0 where nothing is to be done. */
unsigned remedies(const struct container *container, const struct verdict_facts *facts);

/*
 * A uid that the container's passwd does not use, from 1000 on; for REMEDY_SET_USER.
 *
 * @history: of which a uid that the container's user namespace maps to the host's 0 is not free either; NULL: not known
 */
uint32_t remedy_free_uid(const struct container_facts *facts, const struct root_history *history);

/* Would that uid, as the container's user namespace maps it, be uid 0 of the host? */
bool remedy_is_host_root(const struct root_history *history, uint32_t uid);

/* What a first process does that leaves root to its children only. */
enum init_kind {
	INIT_OTHER,   /* the application, or a supervisor: what it is cannot be told */
	INIT_REAPER,  /* tini: runs one program, and reaps */
	INIT_WAITING, /* a shell or su: waits for what it ran, where it could have become it */
};

enum init_kind remedy_init_kind(const struct stretch *init);

/* Nobody but the first process is root, and it is one of those that other processes run below. */
bool remedy_is_init_alone(const struct verdict_facts *facts);

#endif
