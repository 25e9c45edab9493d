/* SPDX-License-Identifier: Apache-2.0 */
/* Where `uidzero check` has verdict lines from. */
#ifndef UIDZERO_CMD_VERDICT_SOURCE_H
#define UIDZERO_CMD_VERDICT_SOURCE_H

#include <stdio.h>

#include "base/config.h"
#include "base/span.h"
#include "cmd/verdict_lines.h"

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

/* The next ones answer a question. On failure one sentence for a person stands in ret_reason, or "". */

/**
 * What the agent that listens there knows.
 *
 * Returns -ENOENT or -ECONNREFUSED where none does, -EBADMSG where the answer has no end.
 */
int verdict_source__agent(const char *socket_path, const struct verdict_question *question, verdict_take_fn take,
			  void *data, char ret_reason[VERDICT_REASON_MAX]);

/* What can be seen now, without an agent. */
int verdict_source__look(const struct config *config, const struct verdict_question *question, verdict_take_fn take,
			 void *data, char ret_reason[VERDICT_REASON_MAX]);

enum verdict_agent {
	VERDICT_AGENT_IF_ANY,    /* the configured one, which knows what was before; where it is not there a look */
	VERDICT_AGENT_UNWANTED,  /* a look: another configuration than the agent's counts */
	VERDICT_AGENT_FORBIDDEN, /* the same, and it needs not be said what that lacks */
};

/**
 * What is known of this host.
 *
 * @socket_path: of the one agent that is asked, whatever @agent is; NULL: none is named
 *
 * On success ret_reason holds what a person should know of the answer, or "".
 */
int verdict_source__host(const struct config *config, const char *socket_path, enum verdict_agent agent,
			 const struct verdict_question *question, verdict_take_fn take, void *data,
			 char ret_reason[VERDICT_REASON_MAX]);

#endif
