/* SPDX-License-Identifier: Apache-2.0 */
/* What the formats of an encoder share. */
#ifndef UIDZERO_ENCODE_ENCODER_PRIVATE_H
#define UIDZERO_ENCODE_ENCODER_PRIVATE_H

#include "encode/encoded_container.h"
#include "encode/encoder.h"
#include "encode/process_parts.h"

/* What is the same in each line of a run, encoded once: members of what the format makes of it. */
enum constant { CONSTANT_HOST, CONSTANT_PRODUCT, CONSTANT_END };

/* How much of a finding goes into a line; less and less until it fits. */
struct extent {
	size_t args_max;
	bool has_by_cpu;
};

struct encoder {
	const struct encoding *encoding;
	struct process_encoder process;
	struct span constants[CONSTANT_END];
	char *constants_text;
	bool constants_are_lossy;
};

/* A line that is being written. */
struct line {
	struct encoder *encoder;
	struct json_writer *writer;
	const struct finding *finding;
	const struct encoded_container *container; /* empty pieces where the finding has none */
	const struct extent *extent;
};

struct encoding {
	void (*write_constant)(struct json_writer *writer, const struct encode_context *context, enum constant which);
	container_writer *write_container;
	void (*write)(const struct line *line); /* the members of the outermost object */
};

extern const struct encoding ecs_encoding, ocsf_encoding;

/* Writes the object "uidzero", which has what a format has no field for. */
void ecs_write_extension(const struct line *line);

#endif
