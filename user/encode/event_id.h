/* SPDX-License-Identifier: Apache-2.0 */
/* The id of a finding's line: made of what a recording holds too, and of nothing that depends on what else was told. */
#ifndef UIDZERO_ENCODE_EVENT_ID_H
#define UIDZERO_ENCODE_EVENT_ID_H

#include "encode/stable_id.h"
#include "judge/finding.h"
#include "judge/history.h"

/* @boot: the id of the host's boot */
struct stable_id event_id_of_finding(struct stable_id boot, const struct finding *finding);

/* The same of a finding that was told before, of the container whose evidence it is. */
struct stable_id event_id_of_evidence(struct stable_id boot, const struct evidence *evidence,
				      const struct container *container);

#endif
