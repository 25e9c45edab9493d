/* SPDX-License-Identifier: Apache-2.0 */
/* The risk facts of a container as JSON and back, for recordings. */
#ifndef UIDZERO_CONTAINER_FACTS_RISK_H
#define UIDZERO_CONTAINER_FACTS_RISK_H

#include <jansson.h>

#include "container/facts.h"

/* Returns NULL where memory ran out. The caller json_decref()s. */
json_t *facts_risk__to_json(const struct facts_risk *risk);

/* Takes NULL. Returns 0, or -ENOMEM, -EBADMSG with what was taken so far in ret_risk. */
int facts_risk__from_json(json_t *object, struct facts_risk *ret_risk);

#endif
