// SPDX-License-Identifier: Apache-2.0
/* Encodes findings and hands them to the sinks. */
#include "cmd/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sink/sink.h"

struct output {
	struct encoder *encoder;
	unsigned nr_sinks;
	struct named_sink {
		struct sink *sink;
		const char *name; /* the configuration's */
		int err;          /* what was said of it last, so that it is said once */
	} * sinks;
	char line[ECS_LINE_MAX];
};

static int open_sink(const struct config_output *config, struct named_sink *named)
{
	if (config->type == OUTPUT_FILE) {
		named->name = config->path;
		return sink__new_file(config->path, config->max_size, config->keep, &named->sink);
	}
	named->name = "standard output";
	return sink__new_fd(STDOUT_FILENO, &named->sink);
}

/* What a file sink refuses by itself is said in words of its own: strerror()'s would be a riddle. */
static const char *reason_of(int err)
{
	switch (err) {
	case -EINVAL:
		return "it is no regular file (with -o - lines go to standard output)";
	case -ELOOP:
		return "it is a symbolic link, and those are not followed";
	default:
		return strerror(-err);
	}
}

int output__new(const struct config *config, const struct encode_context *context, enum encoder_format format,
		struct output **ret_output, char *ret_reason, size_t reason_size)
{
	struct output *output = calloc(1, sizeof(*output));
	int err = -ENOMEM;

	ret_reason[0] = '\0';
	if (output)
		output->sinks = calloc(config->outputs_count, sizeof(*output->sinks));
	if (output && output->sinks)
		err = encoder__new(format, context, &output->encoder);
	while (!err && output->nr_sinks < config->outputs_count) {
		err = open_sink(&config->outputs[output->nr_sinks], &output->sinks[output->nr_sinks]);
		if (err)
			snprintf(ret_reason, reason_size, "the output %s cannot be opened: %s",
				 output->sinks[output->nr_sinks].name, reason_of(err));
		else
			output->nr_sinks++;
	}
	if (err) {
		output__free(output);
		return err;
	}
	*ret_output = output;
	return 0;
}

void output__free(struct output *output)
{
	unsigned i;

	if (!output)
		return;
	for (i = 0; i < output->nr_sinks; i++) {
		struct named_sink *named = &output->sinks[i];
		uint64_t lost;

		sink__flush(named->sink);
		lost = sink__lost_lines(named->sink);
		if (lost)
			log_error("%s: %llu lines could not be written", named->name, (unsigned long long)lost);
		sink__free(named->sink);
	}
	encoder__free(output->encoder);
	free(output->sinks);
	free(output);
}

/* Said when it begins and when it ends, not for every line between. */
static int note(struct named_sink *named, int err)
{
	if (err && err != named->err && err != -EPIPE)
		log_error("%s: %s; lines wait or are lost until there is room", named->name, strerror(-err));
	else if (!err && named->err)
		log_info("%s: written again", named->name);
	named->err = err;
	return err == -EPIPE ? err : 0;
}

int output__emit(void *data, const struct finding *finding, struct container *container)
{
	struct output *output = data;
	long size = encoder__encode(output->encoder, finding, container, output->line, sizeof(output->line));
	unsigned i;

	if (size < 0) {
		log_error("a finding cannot be encoded: %s", strerror(-size));
		return 0;
	}
	for (i = 0; i < output->nr_sinks; i++) {
		int err = sink__write(output->sinks[i].sink, output->line, size);

		if (err && note(&output->sinks[i], err))
			return err;
	}
	return 0;
}

int output__flush(void *data)
{
	struct output *output = data;
	unsigned i;

	for (i = 0; i < output->nr_sinks; i++) {
		int err = note(&output->sinks[i], sink__flush(output->sinks[i].sink));

		if (err)
			return err;
	}
	return 0;
}

void output__reopen(void *data)
{
	struct output *output = data;
	unsigned i;

	for (i = 0; i < output->nr_sinks; i++)
		note(&output->sinks[i], sink__reopen(output->sinks[i].sink));
}
