/* SPDX-License-Identifier: Apache-2.0 */
/* What each line of the Elastic Common Schema has, and what an encoder is told. */
#ifndef UIDZERO_ENCODE_ECS_H
#define UIDZERO_ENCODE_ECS_H

#include <stdint.h>

#include "judge/finding.h"

#define ECS_LINE_MAX   (64 << 10)
#define SCHEMA_VERSION "1" /* uidzero.schema */

/* The same for every line of a run. */
struct encode_context {
	const char *host_name;
	const char *host_id; /* machine-id; NULL if unknown */
	const char *boot_id;
	const char *agent_version;
	int64_t boot_to_realtime_ns; /* added to CLOCK_BOOTTIME */
};

struct json_writer;

/* The members "ecs", "host" and "agent", which each line has. */
void ecs_write_constants(struct json_writer *writer, const struct encode_context *context);

#endif
