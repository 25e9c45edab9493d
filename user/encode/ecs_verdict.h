/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict's line says, beyond its container: the posture fields of SIEMs, and our own. */
#ifndef UIDZERO_ENCODE_ECS_VERDICT_H
#define UIDZERO_ENCODE_ECS_VERDICT_H

#include "encode/ecs_process.h"
#include "judge/verdict.h"

/* Writes the objects "rule", "result" and "resource". */
void ecs_verdict__write(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			size_t text_max);

/* Writes members of "uidzero". @text_max: of each command line; with 0 the timeline is left out too */
void ecs_verdict__write_extension(struct process_encoder *encoder, struct json_writer *writer,
				  const struct finding *finding, size_t text_max);

#endif
