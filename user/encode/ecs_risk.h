/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's start says of what root in it reaches on the host. */
#ifndef UIDZERO_ENCODE_ECS_RISK_H
#define UIDZERO_ENCODE_ECS_RISK_H

#include "container/facts.h"
#include "encode/json.h"

/**
 * Write the members of "uidzero.risk"; none where nothing is known.
 *
 * @max_size: of one text; longer ones are cut
 */
void ecs_risk__write(struct json_writer *writer, const struct container_facts *facts, size_t max_size);

#endif
