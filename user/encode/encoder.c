/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a finding as one line of JSON, in one of the formats that docs/events.md lists. */
#include "encode/encoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder_private.h"

static const struct {
	const char *name;
	const struct encoding *encoding;
} formats[ENCODER_FORMAT_END] = {
	[ENCODER_ECS] = {"ecs", &ecs_encoding},
	[ENCODER_OCSF] = {"ocsf", &ocsf_encoding},
};

const char *encoder_format_name(enum encoder_format format)
{
	return (unsigned)format < ENCODER_FORMAT_END ? formats[format].name : NULL;
}

int encoder_format_from_name(const char *name, enum encoder_format *ret_format)
{
	for (int format = 0; format < ENCODER_FORMAT_END; format++) {
		if (strcmp(name, formats[format].name) == 0) {
			*ret_format = format;
			return 0;
		}
	}
	return -ENOENT;
}

/* Each constant is a list of members of its own. */
static int keep_constants(struct encoder *encoder, const struct encode_context *context)
{
	char buffer[8192];
	size_t size = 0;

	for (int which = 0; which < CONSTANT_END; which++) {
		struct json_writer writer;

		json_writer__init(&writer, buffer + size, sizeof(buffer) - size);
		encoder->encoding->write_constant(&writer, context, which);
		if (writer.has_overflowed)
			return -ENOMEM;
		encoder->constants[which].size = writer.size;
		encoder->constants_are_lossy |= writer.has_lossy_text;
		size += writer.size;
	}
	encoder->constants_text = malloc(size);
	if (!encoder->constants_text)
		return -ENOMEM;
	memcpy(encoder->constants_text, buffer, size);
	size = 0;
	for (int which = 0; which < CONSTANT_END; which++) {
		encoder->constants[which].data = encoder->constants_text + size;
		size += encoder->constants[which].size;
	}
	return 0;
}

int encoder__new(enum encoder_format format, const struct encode_context *context, struct encoder **ret_encoder)
{
	struct encoder *encoder = calloc(1, sizeof(*encoder));
	int err;

	if (!encoder)
		return -ENOMEM;
	encoder->encoding = formats[format].encoding;
	encoder->process.boot = stable_id_of_text(context->boot_id ? context->boot_id : "");
	encoder->process.boot_to_realtime_ns = context->boot_to_realtime_ns;
	err = keep_constants(encoder, context);
	if (err) {
		encoder__free(encoder);
		return err;
	}
	*ret_encoder = encoder;
	return 0;
}

void encoder__free(struct encoder *encoder)
{
	if (!encoder)
		return;
	free(encoder->constants_text);
	free(encoder);
}

/* Returns the line's length, or -ENOSPC. */
static long write_line(struct encoder *encoder, const struct finding *finding,
		       const struct encoded_container *container, const struct extent *extent, char *buffer,
		       size_t capacity)
{
	struct json_writer writer;
	const struct line line = {encoder, &writer, finding, container, extent};

	json_writer__init(&writer, buffer, capacity - 1);
	json_open_object(&writer, NULL);
	encoder->encoding->write(&line);
	json_close_object(&writer);
	if (writer.has_overflowed)
		return -ENOSPC;
	buffer[writer.size] = '\n';
	return writer.size + 1;
}

long encoder__encode(struct encoder *encoder, const struct finding *finding, struct container *container, char *buffer,
		     size_t capacity)
{
	static const struct extent extents[] = {
		{EVENT_ARGS_MAX, true},
		{2048, false},
		{512, false},
		{0, false},
	};
	struct encoded_container encoded = {0};
	long size = -ENOSPC;

	if (capacity == 0)
		return -ENOSPC;
	if (capacity > ECS_LINE_MAX)
		capacity = ECS_LINE_MAX;
	if (container) {
		int err = encoded_container__get(container, encoder->encoding->write_container, &encoded);

		if (err)
			return err;
	}
	for (size_t i = 0; i < sizeof(extents) / sizeof(extents[0]) && size == -ENOSPC; i++)
		size = write_line(encoder, finding, &encoded, &extents[i], buffer, capacity);
	return size;
}
