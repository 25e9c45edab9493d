/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as JSON lines into one or more sinks: what run and replay share. */
#ifndef UIDZERO_CMD_OUTPUT_H
#define UIDZERO_CMD_OUTPUT_H

#include "base/config.h"
#include "encode/encoder.h"

struct output;

/* Opens the configured sinks. @ret_reason: one sentence on failure. Returns 0 or a negative errno. */
int output__new(const struct config *config, const struct encode_context *context, enum encoder_format format,
		struct output **ret_output, char *ret_reason, size_t reason_size);
/* Flushes, and says on stderr how many lines were lost for want of room. Takes NULL. */
void output__free(struct output *output);

/* For pipeline_options.emit. Returns -EPIPE once nobody reads any more; other errors are logged and counted. */
int output__emit(void *output, const struct finding *finding, struct container *container);
int output__flush(void *output);
void output__reopen(void *output);

#endif
