/* SPDX-License-Identifier: Apache-2.0 */
/* Reads passwd(5) of anybody, as the container runtimes read it. Pure. */
#ifndef UIDZERO_CONTAINER_PASSWD_H
#define UIDZERO_CONTAINER_PASSWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "container/user_spec.h"

#define PASSWD_MAX (1 << 20) /* a larger file is not read */

struct passwd_line {
	struct span name, home; /* home is empty where it is not written */
	/*
	 * What Docker and containerd make of the numbers: one that is none is 0, one that is too large keeps its
	 * lower 32 bits. So a line of a mere name is another name of root (github.com/moby/sys/user).
	 */
	uint32_t uid, gid;
	bool has_uid; /* the uid is one, written in digits */
};

/**
 * Take the next line that has a name, and leave the rest.
 *
 * Returns false at the end.
 */
bool passwd__next(struct span *rest, struct passwd_line *ret_line);

/* What it says of the name in a user[:group]. Not known where it has none, and of a number, which stands for itself. */
struct user_ids passwd__find(struct span passwd, const char *spec);

#endif
