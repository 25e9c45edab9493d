/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel side could not tell, as findings. */
#ifndef UIDZERO_CMD_LOSSES_H
#define UIDZERO_CMD_LOSSES_H

#include "cmd/pipeline.h"
#include "source/hooks.h"
#include "source/recording.h"

struct losses;

/* Counts from now on. The hooks are not owned. Returns 0 or -ENOMEM. */
int losses__new(const struct hooks *hooks, struct losses **ret_losses);
void losses__free(struct losses *losses);

/**
 * Tell what was lost since the last look: silence means that nothing happened.
 *
 * @writer: keeps it in the recording; NULL where there is none
 *
 * Returns 0, what the pipeline's emit returned, or another negative errno.
 */
int losses__look(struct losses *losses, struct pipeline *pipeline, struct recording_writer *writer);

#endif
