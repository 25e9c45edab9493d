// SPDX-License-Identifier: Apache-2.0
/* uidzero trace: a live view for a person. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/agent.h"
#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "encode/columns.h"

#define SCREEN_LINES_DEFAULT 24

enum { KEY_CONTAINER = 512, KEY_IMAGE, KEY_PID, KEY_FINDING, KEY_COLOR };
enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct trace {
	struct live_options live;
	struct filter filter;
	enum color_mode color;
	struct columns_options columns;
	unsigned screen_lines; /* between two lines of column names */
	unsigned lines;        /* since the last one */
	uint64_t shown;
};

static error_t parse_color(const char *arg, struct trace *trace, struct argp_state *state)
{
	static const char *const modes[] = {"auto", "always", "never"};
	int i;

	for (i = 0; i < 3; i++) {
		if (strcmp(arg, modes[i]))
			continue;
		trace->color = i;
		return 0;
	}
	argp_error(state, "--color: auto, always or never is expected, not '%s'", arg);
	return 0;
}

static void add_container(struct trace *trace, const char *wanted, struct argp_state *state)
{
	struct filter *filter = &trace->filter;

	if (!*wanted)
		argp_error(state, "--container: a name, a pattern or the beginning of an id is expected");
	filter->containers = reallocarray(filter->containers, filter->nr_containers + 1, sizeof(*filter->containers));
	if (!filter->containers)
		argp_failure(state, EXIT_CANNOT, ENOMEM, "--container");
	filter->containers[filter->nr_containers++] = wanted;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct trace *trace = state->input;
	const char *unknown;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &trace->live;
		return 0;
	case KEY_CONTAINER:
		add_container(trace, arg, state);
		return 0;
	case KEY_IMAGE:
		trace->filter.image = arg;
		return 0;
	case KEY_PID:
		trace->filter.pid = strtoul(arg, &end, 10);
		if (*end || !trace->filter.pid)
			argp_error(state, "--pid: a process id is expected, not '%s'", arg);
		return 0;
	case KEY_FINDING:
		if (filter_parse_findings(arg, &trace->filter.findings, &unknown))
			argp_error(state, "--finding: there is none called '%.*s'", (int)strcspn(unknown, ","),
				   unknown);
		return 0;
	case KEY_COLOR:
		return parse_color(arg, trace, state);
	default:
		return cmd_refuse_argument(key, arg, state);
	}
}

static const struct argp_option options_table[] = {
	{"container", KEY_CONTAINER, "PATTERN|ID", 0,
	 "Only containers whose name matches, for example 'web-*', or whose id begins so; several times: any of them",
	 0},
	{"image", KEY_IMAGE, "PATTERN", 0, "Only images that match, for example 'nginx:*'", 0},
	{"pid", KEY_PID, "PID", 0, "Only this process, by its id on the host", 0},
	{"finding", KEY_FINDING, "NAME[,NAME...]", 0, "Only these findings, for example gain_root,drop_root", 0},
	{"color", KEY_COLOR, "WHEN", 0, "auto (on a terminal), always or never", 0},
	{0},
};

static const struct argp_child children[] = {{.argp = &live_argp}, {0}};

static const struct argp argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = "Show what becomes root, or drops it, in this host's containers as it happens; Ctrl-C ends.\v"
	       "Exit status: 0 done, 2 usage, 3 cannot run here.",
	.children = children,
};

/* The terminal can be resized meanwhile: asked anew for each screenful. */
static void measure_terminal(struct trace *trace)
{
	struct winsize size;

	trace->screen_lines = SCREEN_LINES_DEFAULT;
	trace->columns.width = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	trace->columns.width = size.ws_col;
	if (size.ws_row > 2)
		trace->screen_lines = size.ws_row - 1;
}

static int emit(void *data, const struct finding *finding, struct container *container)
{
	struct trace *trace = data;
	char line[ECS_LINE_MAX];
	int err;

	(void)container;
	/* The names at once, whatever is looked for: they say that it has begun. */
	if (finding->kind == FINDING_AGENT_START || trace->lines >= trace->screen_lines - 1) {
		measure_terminal(trace);
		err = cmd_put(line, columns_header(&trace->columns, line, sizeof(line)));
		if (err)
			return err;
		trace->lines = 0;
	}
	if (!filter_matches(&trace->filter, finding))
		return 0;
	trace->lines++;
	trace->shown++;
	return cmd_put(line, columns_line(&trace->columns, finding, line, sizeof(line)));
}

static int flush(void *data)
{
	(void)data;
	return fflush(stdout) ? -errno : 0;
}

static void reopen(void *data)
{
	(void)data;
}

static void print_summary(const struct trace *trace, const struct pipeline_counts *counts)
{
	fprintf(stderr, "\n%llu findings seen, %llu shown, %llu events lost, %u containers\n",
		(unsigned long long)counts->findings, (unsigned long long)trace->shown,
		(unsigned long long)counts->lost, counts->containers);
}

int cmd_trace(int argc, char **argv)
{
	struct trace trace = {.screen_lines = SCREEN_LINES_DEFAULT};
	char reason[AGENT_REASON_MAX];
	struct pipeline_counts counts;
	struct config *config;
	struct host host;
	int status, err;

	cmd_parse(&argp, argc, argv, &trace);
	status = cmd_load_config(&trace.live, &config);
	if (status)
		return status;
	host__detect(config->host_root, &host);
	host.wants_all = trace.live.wants_all;
	trace.columns.boot_to_realtime_ns = host.boot_to_realtime_ns;
	trace.columns.has_color = trace.color == COLOR_ALWAYS || (trace.color == COLOR_AUTO && isatty(STDOUT_FILENO));
	{
		struct agent_options agent = {
			.config = config,
			.record_path = trace.live.record_path,
			.wants_all = trace.live.wants_all,
			.creds_hook = trace.live.creds_hook,
			.host = &host,
			.emit = emit,
			.flush = flush,
			.reopen = reopen,
			.data = &trace,
		};

		err = agent__run(&agent, &counts, reason);
	}
	config__free(config);
	free(trace.filter.containers);
	if (!err || err == -EPIPE) {
		print_summary(&trace, &counts);
		return EXIT_DONE;
	}
	log_error("%s", reason[0] ? reason : strerror(-err));
	return EXIT_CANNOT;
}
