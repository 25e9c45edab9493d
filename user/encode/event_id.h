/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of lines and processes: made of what a recording holds too, and of nothing that depends on what else was
 * told. */
#ifndef UIDZERO_ENCODE_EVENT_ID_H
#define UIDZERO_ENCODE_EVENT_ID_H

#include "encode/json.h"
#include "encode/stable_id.h"
#include "judge/finding.h"
#include "judge/history.h"

/* @boot: the id of the host's boot */
struct stable_id event_id_of_finding(struct stable_id boot, const struct finding *finding);

/* The same of a finding that was told before, of the container whose evidence it is. */
struct stable_id event_id_of_evidence(struct stable_id boot, const struct evidence *evidence,
				      const struct container *container);

/* A process; its thread group leader's start time tells it from others that had its number. */
struct stable_id process_id(struct stable_id boot, uint32_t tgid, uint64_t start_ns);

/* Writes an id as a member. */
void event_id__write(struct json_writer *writer, const char *key, struct stable_id id);

#endif
