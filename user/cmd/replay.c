// SPDX-License-Identifier: Apache-2.0
/* uidzero replay: the same pipeline over a recording. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/frames.h"
#include "cmd/host.h"
#include "cmd/output.h"
#include "cmd/pipeline.h"
#include "encode/columns.h"
#include "source/recording.h"

enum { KEY_FORMAT = 256 };
enum replay_format { FORMAT_JSON, FORMAT_OCSF, FORMAT_COLUMNS, FORMAT_END };

struct replay {
	struct live_options options; /* --config alone */
	const char *path;
	enum replay_format format;
	struct recording_reader *reader;
	struct pipeline *pipeline;
	struct output *output;
	struct columns_options columns;
	int err; /* of an answer that the recording should have held */
};

static const char *const formats[FORMAT_END] = {
	[FORMAT_JSON] = "json",
	[FORMAT_OCSF] = "ocsf",
	[FORMAT_COLUMNS] = "columns",
};

static enum replay_format parse_format(const char *text, struct argp_state *state)
{
	enum replay_format format;

	for (format = 0; format < FORMAT_END; format++)
		if (!strcmp(text, formats[format]))
			return format;
	argp_error(state, "--format: json, ocsf or columns is expected, not '%s'", text);
	return FORMAT_JSON;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct replay *replay = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &replay->options;
		return 0;
	case KEY_FORMAT:
		replay->format = parse_format(arg, state);
		return 0;
	case ARGP_KEY_ARG:
		if (replay->path)
			argp_error(state, "one FILE is expected, '%s' is one more", arg);
		replay->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a FILE is expected");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options_table[] = {
	{"format", KEY_FORMAT, "FORMAT", 0, "json (default), ocsf or columns", 0},
	{0},
};

static const struct argp_child children[] = {{.argp = &config_argp}, {0}};

static const struct argp argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = "FILE",
	.doc = "Go through what `uidzero run --record FILE` kept, and write the same findings; no privileges are "
	       "needed.\v"
	       "FILE can be - for standard input. Exit status: 0 done, 2 usage, 3 the recording is damaged.",
	.children = children,
};

/* An answer stands in the recording right behind what asked for it. */
static int next_answer(struct replay *replay, enum frame_type expected, const void **ret_data, size_t *ret_size)
{
	enum frame_type type;
	int found = recording_reader__next(replay->reader, &type, ret_data, ret_size);

	if (found == 1 && type == expected)
		return 0;
	replay->err = -EBADMSG;
	return -EBADMSG;
}

static int read_facts(void *data, const struct container_identity *identity, const struct container_process *outer,
		      struct container_facts *ret_facts)
{
	struct replay *replay = data;
	const void *json;
	size_t size;
	int err;

	(void)outer;
	err = next_answer(replay, FRAME_FACTS, &json, &size);
	if (!err)
		err = container_facts__from_json(json, size, ret_facts);
	if (!err && strcmp(ret_facts->identity.id, identity->id)) {
		container_facts__destroy(ret_facts);
		err = -EBADMSG;
	}
	if (err)
		replay->err = err;
	return err;
}

/* The answer is the facts as they were then. */
static int read_users(void *data, const struct container_process *process, struct container_facts *facts)
{
	struct container_facts completed;
	int err = read_facts(data, &facts->identity, NULL, &completed);

	(void)process;
	if (err)
		return err;
	container_facts__destroy(facts);
	*facts = completed;
	return 0;
}

static int find_by_cgroup(void *data, const struct cgroup_search *search, struct container_identity *ret_identity)
{
	struct replay *replay = data;
	const void *answer;
	size_t size;
	int err;

	(void)search;
	err = next_answer(replay, FRAME_IDENTITY, &answer, &size);
	if (err || !size)
		return err;
	if (size != sizeof(*ret_identity)) {
		replay->err = -EBADMSG;
		return -EBADMSG;
	}
	memcpy(ret_identity, answer, size);
	ret_identity->id[sizeof(ret_identity->id) - 1] = '\0';
	ret_identity->outer_id[sizeof(ret_identity->outer_id) - 1] = '\0';
	ret_identity->between_ids[sizeof(ret_identity->between_ids) - 1] = '\0';
	return 1;
}

static uint32_t find_by_file(void *data, const struct file_search *search, const struct file_candidate *candidates,
			     size_t nr_candidates)
{
	struct replay *replay = data;
	const void *answer;
	uint32_t number;
	size_t size;

	(void)search, (void)candidates, (void)nr_candidates;
	if (next_answer(replay, FRAME_HOLDER, &answer, &size))
		return 0;
	if (size != sizeof(number)) {
		replay->err = -EBADMSG;
		return 0;
	}
	memcpy(&number, answer, size);
	return number;
}

static int cgroup_path(void *data, uint64_t key, char *ret_path, size_t ret_size)
{
	struct replay *replay = data;
	const void *answer;
	size_t size;
	int err;

	(void)key;
	ret_path[0] = '\0';
	err = next_answer(replay, FRAME_PATH, &answer, &size);
	if (err)
		return err;
	if (size)
		snprintf(ret_path, ret_size, "%.*s", (int)size, (const char *)answer);
	return size ? 0 : -ENOENT;
}

static void decide(void *data, uint64_t key, uint64_t parent_key, enum cgroup_state state, uint32_t container,
		   uint32_t outer)
{
	(void)data, (void)key, (void)parent_key, (void)state, (void)container, (void)outer;
}

static void forget(void *data, uint64_t key)
{
	(void)data, (void)key;
}

static int emit(void *data, const struct finding *finding, struct container *container)
{
	struct replay *replay = data;
	char line[ECS_LINE_MAX];
	long size;

	if (replay->format != FORMAT_COLUMNS)
		return output__emit(replay->output, finding, container);
	size = columns_line(&replay->columns, finding, line, sizeof(line));
	if (size > 0 && fwrite(line, 1, size, stdout) != (size_t)size)
		return -errno;
	return 0;
}

static int open_pipeline(struct replay *replay, const struct config *config, const void *json, size_t size)
{
	struct pipeline_options options = {
		.config = config,
		.knowledge = {replay, read_facts, read_users, find_by_cgroup, find_by_file, cgroup_path, decide,
			      forget},
		.emit = emit,
		.emit_data = replay,
	};
	struct config_output output_config = {.type = OUTPUT_STDOUT};
	struct config view = *config;
	struct encode_context context;
	char line[1024];
	struct host host;
	long length;
	int err;

	err = host__from_json(json, size, &host);
	if (err)
		return err;
	context = host__context(&host);
	options.wants_all = host.wants_all;
	options.boot_to_realtime_ns = host.boot_to_realtime_ns;
	replay->columns.boot_to_realtime_ns = host.boot_to_realtime_ns;
	replay->columns.has_color = isatty(STDOUT_FILENO);
	view.outputs = &output_config;
	view.outputs_count = 1;
	err = output__new(&view, &context, replay->format == FORMAT_OCSF ? ENCODER_OCSF : ENCODER_ECS, &replay->output,
			  line, sizeof(line));
	if (!err)
		err = pipeline__new(&options, &replay->pipeline);
	if (err || replay->format != FORMAT_COLUMNS)
		return err;
	length = columns_header(&replay->columns, line, sizeof(line));
	return length > 0 && fwrite(line, 1, length, stdout) != (size_t)length ? -errno : 0;
}

static int replay_start(struct replay *replay, const void *json, size_t size)
{
	struct frame_owner *owner = NULL;
	struct agent_facts agent;
	uint64_t time_ns;
	int err;

	err = frame_to_start(json, size, &agent, &time_ns, &owner);
	if (!err)
		err = pipeline__start(replay->pipeline, &agent, time_ns);
	frame_free(owner);
	return err;
}

static int replay_loss(struct replay *replay, const void *json, size_t size)
{
	struct frame_owner *owner = NULL;
	struct loss_facts loss;
	int err;

	err = frame_to_loss(json, size, &loss, &owner);
	if (!err)
		err = pipeline__loss(replay->pipeline, &loss);
	frame_free(owner);
	return err;
}

/* A record's answers are read from the same buffer while it is handled: it needs a place of its own. */
static int replay_record(struct replay *replay, const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);
	int err;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, size);
	err = pipeline__handle(replay->pipeline, copy, size);
	free(copy);
	return err;
}

static int replay_cgroup(struct replay *replay, const struct frame_cgroup *frame, size_t size)
{
	char path[EVENT_CGROUP_PATH_MAX];
	size_t length;

	if (size < sizeof(*frame))
		return -EBADMSG;
	length = size - sizeof(*frame);
	if (length > sizeof(path))
		length = sizeof(path);
	memcpy(path, frame->path, length);
	return pipeline__add_cgroup(replay->pipeline, frame->key, frame->parent_key, (struct span){path, length});
}

static int replay_walk(struct replay *replay, const void *data, size_t size)
{
	struct frame_walk frame;

	if (size != sizeof(frame))
		return -EBADMSG;
	memcpy(&frame, data, sizeof(frame));
	return pipeline__walked(replay->pipeline, frame.begin_ns, frame.end_ns);
}

static int replay_frame(struct replay *replay, enum frame_type type, const void *data, size_t size)
{
	uint64_t time_ns;

	switch (type) {
	case FRAME_CGROUP:
		return replay_cgroup(replay, data, size);
	case FRAME_RECORD:
		return replay_record(replay, data, size);
	case FRAME_START:
		return replay_start(replay, data, size);
	case FRAME_LOSS:
		return replay_loss(replay, data, size);
	case FRAME_STOP:
	case FRAME_TICK:
		if (size != sizeof(time_ns))
			return -EBADMSG;
		memcpy(&time_ns, data, size);
		return type == FRAME_TICK ? pipeline__tick(replay->pipeline, time_ns)
					  : pipeline__stop(replay->pipeline, time_ns);
	case FRAME_WALK:
		return replay_walk(replay, data, size);
	case FRAME_NAMES:
		return pipeline__refresh_names(replay->pipeline);
	default: /* an answer that nobody asked for */
		return -EBADMSG;
	}
}

static int replay_file(struct replay *replay, const struct config *config)
{
	enum frame_type type;
	const void *data;
	size_t size;
	int found, err;

	found = recording_reader__next(replay->reader, &type, &data, &size);
	if (found <= 0 || type != FRAME_CONTEXT)
		return found < 0 ? found : -EBADMSG;
	err = open_pipeline(replay, config, data, size);
	while (!err && (found = recording_reader__next(replay->reader, &type, &data, &size)) > 0) {
		err = replay_frame(replay, type, data, size);
		if (!err)
			err = replay->err;
	}
	if (!err)
		err = found;
	/* What was understood before the damage is told all the same. */
	if (replay->output && !err)
		err = output__flush(replay->output);
	if (fflush(stdout) && !err)
		err = -errno;
	return err;
}

int cmd_replay(int argc, char **argv)
{
	struct replay replay = {};
	struct config *config;
	int status, err;

	cmd_parse(&argp, argc, argv, &replay);
	status = cmd_load_config(&replay.options, &config);
	if (status)
		return status;
	signal(SIGPIPE, SIG_IGN);
	err = recording_reader__new(replay.path, &replay.reader);
	if (!err)
		err = replay_file(&replay, config);
	pipeline__free(replay.pipeline);
	output__free(replay.output);
	recording_reader__free(replay.reader);
	config__free(config);
	switch (err) {
	case 0:
	case -EPIPE:
		return EXIT_DONE;
	case -EBADMSG:
		log_error("%s: this is no recording, or it is damaged or was cut off", replay.path);
		break;
	case -EPROTO:
		log_error("%s: another version's recording; replay it with the version that made it", replay.path);
		break;
	default:
		log_error("%s: %s", replay.path, strerror(-err));
	}
	return EXIT_CANNOT;
}
