// SPDX-License-Identifier: Apache-2.0
/* Writes the verdicts that are asked for, and what is to be said of the exceptions. */
#include "cmd/verdict_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/filter.h"
#include "encode/encoder.h"
#include "encode/json.h"
#include "judge/exceptions.h"

int verdict_question__parse(const char *request, struct verdict_question *ret_question, json_t **ret_json)
{
	json_auto_t *json = json_loads(request, 0, NULL);
	const char *what = json_string_value(json_object_get(json, "request"));
	const char *format = json_string_value(json_object_get(json, "format"));
	struct verdict_question question = {
		.wants_ocsf = format && !strcmp(format, "ocsf"),
		.wants_all = json_is_true(json_object_get(json, "all")),
	};

	if (what && !strcmp(what, "explain"))
		question.explained = json_string_value(json_object_get(json, "container"));
	if (!what || (strcmp(what, "verdicts") && !question.explained) ||
	    (format && strcmp(format, "ecs") && !question.wants_ocsf))
		return -EINVAL;
	*ret_question = question;
	*ret_json = json_incref(json);
	return 0;
}

struct lines {
	const struct config *config;
	const struct verdict_question *question;
	int64_t now_s;
	struct encoder *encoder, *ocsf; /* ocsf NULL: not wanted */
	FILE *out;
	bool *is_used; /* an exception each */
	unsigned nr;
	char line[ECS_LINE_MAX];
};

static int put_line(struct lines *lines, size_t size)
{
	return fwrite(lines->line, 1, size, lines->out) == size ? 0 : -EIO;
}

/* Of this schema, up to what kind of line it is. */
static struct json_writer begin_answer(struct lines *lines, const char *answer)
{
	struct json_writer writer;

	json_writer__init(&writer, lines->line, sizeof(lines->line) - 1);
	json_open_object(&writer, NULL);
	json_open_object(&writer, "uidzero");
	json_cstring(&writer, "schema", SCHEMA_VERSION);
	json_cstring(&writer, "answer", answer);
	return writer;
}

static int end_answer(struct lines *lines, struct json_writer *writer)
{
	json_close_object(writer);
	if (writer->has_overflowed)
		return -ENOSPC;
	lines->line[writer->size] = '\n';
	return put_line(lines, writer->size + 1);
}

static int write_exception(struct lines *lines, const struct config_exception *exception,
			   const struct container *container, const struct verdict_facts *facts)
{
	static const char *const words[] = {
		[EXCEPTION_OTHER] = "mismatch",
		[EXCEPTION_EXPIRED] = "expired",
		[EXCEPTION_HOLDS] = "holds",
	};
	struct json_writer writer = begin_answer(lines, "exception");

	json_open_object(&writer, "exception");
	json_cstring(&writer, "name", exception->name);
	json_cstring(&writer, "owner", exception->owner);
	json_cstring(&writer, "expires", exception->expires);
	json_cstring(&writer, "match", words[exception_match(exception, container, facts, lines->now_s)]);
	json_cstring(&writer, "mismatch", exception_mismatch(exception, container, facts));
	json_close_object(&writer);
	json_close_object(&writer);
	json_open_object(&writer, "container");
	json_cstring(&writer, "id", container->facts.identity.id);
	json_close_object(&writer);
	return end_answer(lines, &writer);
}

/* A verdict that passes needs none. */
static int write_exceptions(struct lines *lines, const struct container *container, const struct verdict_facts *facts)
{
	int err = 0;

	if (facts->result != CONTROL_WARN && facts->result != CONTROL_FAIL)
		return 0;
	for (unsigned i = 0; !err && i < lines->config->exceptions_count; i++)
		err = write_exception(lines, &lines->config->exceptions[i], container, facts);
	return err;
}

static int put_verdict(struct lines *lines, struct encoder *encoder, const struct finding *finding,
		       struct container *container)
{
	long size = encoder__encode(encoder, finding, container, lines->line, sizeof(lines->line));

	return size < 0 ? (int)size : put_line(lines, size);
}

static int write_line(void *data, const struct finding *finding, struct container *container)
{
	struct lines *lines = data;
	const struct verdict_facts *facts = finding->verdict;
	int err;

	if (facts->exception)
		lines->is_used[facts->exception - lines->config->exceptions] = true;
	if (lines->question->explained && !container_is_called(container, lines->question->explained))
		return 0;
	lines->nr++;
	err = put_verdict(lines, lines->encoder, finding, container);
	if (!err && lines->ocsf)
		err = put_verdict(lines, lines->ocsf, finding, container);
	return err || !lines->question->explained ? err : write_exceptions(lines, container, facts);
}

static void write_note(struct json_writer *writer, const struct config_exception *exception, bool has_expired)
{
	json_begin_string(writer, NULL);
	json_piece_cstring(writer, "the exception \"");
	json_piece_cstring(writer, exception->name);
	json_piece_cstring(writer, "\" of ");
	json_piece_cstring(writer, exception->owner);
	if (has_expired) {
		json_piece_cstring(writer, " no longer counts: its last day was ");
		json_piece_cstring(writer, exception->expires);
	} else {
		json_piece_cstring(writer, " excepts nothing that runs now");
	}
	json_end_string(writer);
}

/* Which end and which are not needed: nobody else would notice. */
static void write_notes(struct json_writer *writer, const struct lines *lines)
{
	const struct config *config = lines->config;

	json_open_array(writer, "notes");
	for (unsigned i = 0; i < config->exceptions_count; i++) {
		struct json_writer before = *writer;
		bool has_expired = lines->now_s >= config->exceptions[i].expires_s;

		if (!lines->is_used[i])
			write_note(writer, &config->exceptions[i], has_expired);
		/* Room for what closes the line. */
		if (writer->has_overflowed || writer->size + 16 > writer->capacity)
			*writer = before;
	}
	json_close_array(writer);
}

static int write_end(struct lines *lines)
{
	struct json_writer writer = begin_answer(lines, "end");

	json_u64(&writer, "verdicts", lines->nr);
	write_notes(&writer, lines);
	json_close_object(&writer);
	return end_answer(lines, &writer);
}

int verdict_lines__write(struct pipeline *pipeline, const struct config *config, const struct host *host,
			 const struct verdict_question *question, FILE *out)
{
	_cleanup_free_ struct lines *lines = calloc(1, sizeof(*lines));
	_cleanup_free_ bool *is_used = calloc(config->exceptions_count + 1, sizeof(*is_used));
	struct encode_context context = host__context(host);
	uint64_t now_ns = boottime_ns();
	int err;

	if (!lines || !is_used)
		return -ENOMEM;
	lines->config = config;
	lines->question = question;
	lines->now_s = ((int64_t)now_ns + host->boot_to_realtime_ns) / 1000000000;
	lines->out = out;
	lines->is_used = is_used;
	err = encoder__new(ENCODER_ECS, &context, &lines->encoder);
	if (!err && question->wants_ocsf)
		err = encoder__new(ENCODER_OCSF, &context, &lines->ocsf);
	if (!err)
		err = pipeline__tell_verdicts(pipeline, now_ns, question->wants_all, write_line, lines);
	if (!err)
		err = write_end(lines);
	encoder__free(lines->encoder);
	encoder__free(lines->ocsf);
	return err;
}
