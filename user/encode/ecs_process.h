/* SPDX-License-Identifier: Apache-2.0 */
/* What a line says of a process: its place, its credentials, its program. */
#ifndef UIDZERO_ENCODE_ECS_PROCESS_H
#define UIDZERO_ENCODE_ECS_PROCESS_H

#include "encode/capabilities.h"
#include "encode/json.h"
#include "encode/stable_id.h"
#include "encode/timestamp.h"
#include "judge/finding.h"

/* What outlives a line. Zeroed but for the first two. */
struct process_encoder {
	struct stable_id boot;
	int64_t boot_to_realtime_ns;
	struct day_cache day;
	struct capabilities_cache capabilities;
};

/* The arguments as far as they go into a line: at most max_size bytes, the last one perhaps without its NUL. */
struct span ecs_process__args(const struct process_view *process, size_t max_size);

/* The arguments with a space between each two, as a piece of a string that was begun. */
void ecs_process__write_command(struct json_writer *writer, struct span args);

/* Whether a finding is about a change of ids, so that the old ones are told too. */
bool ecs_process__is_change(const struct finding *finding);

/* Writes the objects "process", "user" and "group". */
void ecs_process__write(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			size_t args_max);

/* Writes members of "uidzero". */
void ecs_process__write_extension(struct process_encoder *encoder, struct json_writer *writer,
				  const struct finding *finding, size_t args_max);

/* Writes a member with CLOCK_BOOTTIME as a date. */
void ecs_process__write_time(struct process_encoder *encoder, struct json_writer *writer, const char *key,
			     uint64_t boot_ns);

#endif
