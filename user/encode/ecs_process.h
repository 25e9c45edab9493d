/* SPDX-License-Identifier: Apache-2.0 */
/* What a line of the Elastic Common Schema says of a process: its place, its credentials, its program. */
#ifndef UIDZERO_ENCODE_ECS_PROCESS_H
#define UIDZERO_ENCODE_ECS_PROCESS_H

#include "encode/process_parts.h"

/* Writes the objects "process", "user" and "group". */
void ecs_process__write(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			size_t args_max);

/* Writes members of "uidzero". */
void ecs_process__write_extension(struct process_encoder *encoder, struct json_writer *writer,
				  const struct finding *finding, size_t args_max);

#endif
