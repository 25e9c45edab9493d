// SPDX-License-Identifier: Apache-2.0
/* uidzero run: the agent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cmd/agent.h"
#include "cmd/cmd.h"
#include "cmd/output.h"

enum { KEY_FORMAT = 256 };

struct run_options {
	struct live_options live;
	char *output_path;
	enum encoder_format format;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct run_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->live;
		return 0;
	case 'o':
		options->output_path = arg;
		return 0;
	case KEY_FORMAT:
		if (encoder_format_from_name(arg, &options->format))
			argp_error(state, "--format: ecs or ocsf is expected, not '%s'", arg);
		return 0;
	default:
		return cmd_refuse_argument(key, arg, state);
	}
}

static const struct argp_option options_table[] = {
	{"format", KEY_FORMAT, "FORMAT", 0, "What the lines are: ecs (default) or ocsf", 0},
	{"output", 'o', "FILE", 0, "Write to FILE and not where the configuration says; - is standard output", 0},
	{0},
};

static const struct argp_child children[] = {{.argp = &live_argp}, {0}};

static const struct argp argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = "Watch this host's containers and write a JSON line for each finding, until SIGTERM or SIGINT.\v"
	       "SIGHUP and SIGUSR1 open the output files anew. Exit status: 0 done, 2 usage, 3 cannot run here.",
	.children = children,
};

/* The one output that the command line names, in place of the configured ones. */
static void override_outputs(char *path, struct config_output *output, struct config *config)
{
	*output = (struct config_output){.type = OUTPUT_STDOUT};
	if (strcmp(path, "-"))
		*output = (struct config_output){.type = OUTPUT_FILE, .path = path};
	config->outputs = output;
	config->outputs_count = 1;
}

/* Their verdicts are failures again, and only a person can say for how long that may be. */
static void warn_of_expired(const struct config *config, int64_t now_s)
{
	for (unsigned i = 0; i < config->exceptions_count; i++) {
		const struct config_exception *exception = &config->exceptions[i];

		if (now_s >= exception->expires_s)
			log_warning("the exception \"%s\" of %s no longer counts: its last day was %s", exception->name,
				    exception->owner, exception->expires);
	}
}

int cmd_run(int argc, char **argv)
{
	struct run_options options = {};
	char reason[AGENT_REASON_MAX];
	struct pipeline_counts counts;
	struct config_output output_config;
	struct encode_context context;
	struct output *output = NULL;
	struct config *config, view;
	struct host host;
	int status, err;

	cmd_parse(&argp, argc, argv, &options);
	status = cmd_load_config(&options.live, &config);
	if (status)
		return status;
	view = *config;
	if (options.output_path)
		override_outputs(options.output_path, &output_config, &view);
	host__detect(view.host_root, &host);
	host.wants_all = options.live.wants_all;
	warn_of_expired(&view, time(NULL));
	context = host__context(&host);
	err = output__new(&view, &context, options.format, &output, reason, sizeof(reason));
	if (!err) {
		struct agent_options agent = {
			.config = &view,
			.record_path = options.live.record_path,
			.socket_path = view.socket[0] ? view.socket : NULL,
			.wants_all = options.live.wants_all,
			.creds_hook = options.live.creds_hook,
			.host = &host,
			.emit = output__emit,
			.flush = output__flush,
			.reopen = output__reopen,
			.data = output,
		};

		err = agent__run(&agent, &counts, reason);
	}
	output__free(output);
	config__free(config);
	/* Whoever reads may stop reading: that ends the work, and is no failure. */
	if (!err || err == -EPIPE)
		return EXIT_DONE;
	log_error("%s", reason[0] ? reason : strerror(-err));
	return EXIT_CANNOT;
}
