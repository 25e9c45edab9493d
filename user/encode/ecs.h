/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a finding as one line of the Elastic Common Schema; docs/events.md lists the fields. */
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

struct ecs_encoder;
struct json_writer;

/* The members "ecs", "host" and "agent", which each line has. */
void ecs_write_constants(struct json_writer *writer, const struct encode_context *context);

/* Keeps the constant part of each line. The context is copied. Returns 0 or -ENOMEM. */
int ecs_encoder__new(const struct encode_context *context, struct ecs_encoder **ret_encoder);
void ecs_encoder__free(struct ecs_encoder *encoder);

/**
 * Write one line, its '\n' included. Argv is shortened further where the line would not fit.
 *
 * @container: finding->container, to be written to; NULL where that is
 *
 * The first line of a container fills container->encoded; who changes its facts later frees that and sets
 * it to NULL.
 *
 * Returns its length, or -ENOSPC where capacity is too small, -ENOMEM.
 */
long ecs_encoder__encode(struct ecs_encoder *encoder, const struct finding *finding, struct container *container,
			 char *buffer, size_t capacity);

#endif
