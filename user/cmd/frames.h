/* SPDX-License-Identifier: Apache-2.0 */
/* How what is no record of the kernel stands in a recording. */
#ifndef UIDZERO_CMD_FRAMES_H
#define UIDZERO_CMD_FRAMES_H

#include <stddef.h>

#include "judge/finding.h"

#define FRAME_CPUS_MAX  4096
#define FRAME_TEXT_MAX  256
#define FRAME_COUNT_MAX (1LL << 48) /* a few of them add up to less than 2^53, as numbers in lines do */

/* JSON for FRAME_START and FRAME_LOSS. The caller frees *ret_json. Returns 0 or -ENOMEM. */
int frame_from_start(const struct agent_facts *agent, uint64_t time_ns, char **ret_json);
int frame_from_loss(const struct loss_facts *loss, char **ret_json);

/* The strings and arrays of what comes back belong to *ret_owner: free with frame_free(). Returns 0 or -EBADMSG. */
struct frame_owner;
int frame_to_start(const char *json, size_t size, struct agent_facts *ret_agent, uint64_t *ret_time_ns,
		   struct frame_owner **ret_owner);
int frame_to_loss(const char *json, size_t size, struct loss_facts *ret_loss, struct frame_owner **ret_owner);
void frame_free(struct frame_owner *owner);

#endif
