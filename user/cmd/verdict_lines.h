/* SPDX-License-Identifier: Apache-2.0 */
/* All verdicts of a pipeline as lines, and one that ends them. */
#ifndef UIDZERO_CMD_VERDICT_LINES_H
#define UIDZERO_CMD_VERDICT_LINES_H

#include <stdio.h>

#include "cmd/host.h"
#include "cmd/pipeline.h"

/**
 * Write the verdict of each container that runs, and {"uidzero":{"answer":"end","verdicts":N,"notes":[...]}}.
 *
 * @explained: only containers of this name, or whose id begins so, and behind a verdict that does not pass what
 *             each exception is to it; NULL: all verdicts, and nothing else
 *
 * Returns 0 or a negative errno.
 */
int verdict_lines__write(struct pipeline *pipeline, const struct config *config, const struct host *host,
			 const char *explained, FILE *out);

#endif
