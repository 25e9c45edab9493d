/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's socket: who may connect and asks gets an answer, one at a time, and never keeps the agent waiting. */
#ifndef UIDZERO_CMD_ANSWERS_H
#define UIDZERO_CMD_ANSWERS_H

#include <stdio.h>

struct answers;

#define ANSWERS_REQUEST_MAX 4096 /* one line of JSON with its '\n'; docs/check.md says which */

/**
 * Writes the answer to a request.
 *
 * @request: without its '\n'
 *
 * Returns 0 or a negative errno; -EINVAL where nobody could answer that.
 */
typedef int (*answers_compose_fn)(void *data, const char *request, FILE *answer);

/**
 * Listen. The socket is made 0600, and its directory 0700 where that is missing; it is removed again by the end.
 *
 * Returns 0; -EADDRINUSE where somebody else answers there; -EEXIST for what is no socket; -ENAMETOOLONG; or another
 * negative errno.
 */
int answers__new(const char *path, answers_compose_fn compose, void *data, struct answers **ret_answers);
void answers__free(struct answers *answers);

int answers__fd(const struct answers *answers); /* readable where there is something to do */
void answers__handle(struct answers *answers);
/* Once a second: lets go of who does not read. */
void answers__tick(struct answers *answers);

#endif
