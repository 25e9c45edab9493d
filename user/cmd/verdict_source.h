/* SPDX-License-Identifier: Apache-2.0 */
/* Where `uidzero check` has verdict lines from. */
#ifndef UIDZERO_CMD_VERDICT_SOURCE_H
#define UIDZERO_CMD_VERDICT_SOURCE_H

#include "base/config.h"
#include "base/span.h"

/**
 * Takes one line, without its '\n'.
 *
 * Returns 0 for more, 1 where this was the last one, or a negative errno, with which the source ends.
 */
typedef int (*verdict_take_fn)(void *data, struct span line);

/* Each hands over lines until there are no more or take() wants no more. Returns 0 or a negative errno, also take()'s.
 */

/* What `uidzero run` wrote. @path "-" is standard input. A line that is too long comes cut, but still too long. */
int verdict_source__file(const char *path, verdict_take_fn take, void *data);

/* What the agent that listens there knows. */
int verdict_source__agent(const char *socket_path, verdict_take_fn take, void *data);

/* What can be seen now, without an agent. */
int verdict_source__look(const struct config *config, verdict_take_fn take, void *data);

#endif
