/* SPDX-License-Identifier: Apache-2.0 */
/* Where `uidzero check` has verdict lines from. */
#ifndef UIDZERO_CMD_VERDICT_SOURCE_H
#define UIDZERO_CMD_VERDICT_SOURCE_H

#include <stdio.h>

#include "base/config.h"
#include "base/span.h"

#define VERDICT_REASON_MAX 768

/**
 * Takes one line, without its '\n'.
 *
 * Returns 0 for more, 1 where this was the last one, or a negative errno, with which the source ends.
 */
typedef int (*verdict_take_fn)(void *data, struct span line);

/* Hands over the lines of a file that is open. Returns what take() did last. A line that is too long comes cut. */
int verdict_source_lines(FILE *file, verdict_take_fn take, void *data);

/* Each hands over lines until there are no more or take() wants no more. Returns 0 or a negative errno, also take()'s.
 */

/* What `uidzero run` wrote. @path "-" is standard input. A line that is too long comes cut, but still too long. */
int verdict_source__file(const char *path, verdict_take_fn take, void *data);

/**
 * What the agent that listens there knows.
 *
 * @ret_reason: on failure one sentence for a person, or ""
 *
 * Returns -ENOENT or -ECONNREFUSED where none does, -EBADMSG where the answer has no end.
 */
int verdict_source__agent(const char *socket_path, verdict_take_fn take, void *data,
			  char ret_reason[VERDICT_REASON_MAX]);

/* What can be seen now, without an agent. */
int verdict_source__look(const struct config *config, verdict_take_fn take, void *data,
			 char ret_reason[VERDICT_REASON_MAX]);

#endif
