/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a finding as one line of JSON, in one of the formats that docs/events.md lists. */
#ifndef UIDZERO_ENCODE_ENCODER_H
#define UIDZERO_ENCODE_ENCODER_H

#include "encode/ecs.h"

enum encoder_format { ENCODER_ECS, ENCODER_OCSF, ENCODER_FORMAT_END };

struct encoder;

/* Keeps the constant part of each line. The context is copied. Returns 0 or -ENOMEM. */
int encoder__new(enum encoder_format format, const struct encode_context *context, struct encoder **ret_encoder);
void encoder__free(struct encoder *encoder);

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
long encoder__encode(struct encoder *encoder, const struct finding *finding, struct container *container, char *buffer,
		     size_t capacity);

const char *encoder_format_name(enum encoder_format format); /* "ecs", "ocsf" */
/* The reverse. Returns 0 or -ENOENT. */
int encoder_format_from_name(const char *name, enum encoder_format *ret_format);

#endif
