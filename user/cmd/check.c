// SPDX-License-Identifier: Apache-2.0
/* uidzero check: the verdict of each container, as a document. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/check_output.h"
#include "cmd/cmd.h"
#include "cmd/verdict_source.h"
#include "judge/policy.h"
#include "report/report.h"

enum {
	KEY_ALL = 512,
	KEY_CONTAINER,
	KEY_EXPLAIN,
	KEY_FAIL_ON,
	KEY_FORMAT,
	KEY_FROM,
	KEY_HOST,
	KEY_NO_AGENT,
	KEY_SOCKET
};

struct check;

struct format {
	const char *name;
	int (*write)(const struct check *check, FILE *out);
};

struct check {
	struct live_options live; /* --config and --host-root */
	const char **containers;  /* that are wanted; none: all */
	bool *has_matched;        /* each of them */
	size_t nr_containers;
	const char *host; /* whose containers are wanted; NULL: all hosts */
	const char *explained, *from, *output_path, *socket_path;
	const struct format *format;
	bool fails_on_warn, wants_all, wants_no_agent;
	struct report *report;
	size_t nr_damaged; /* lines that are none */
};

/* A terminal's columns; 0: no terminal, so nothing is cut. */
static int columns_of(FILE *out)
{
	struct winsize size = {0};

	return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

static int write_table(const struct check *check, FILE *out)
{
	return report_table__write(check->report, out, columns_of(out), isatty(fileno(out)));
}

static int write_json(const struct check *check, FILE *out)
{
	return report_json__write(check->report, out);
}

static int write_junit(const struct check *check, FILE *out)
{
	return report_junit__write(check->report, out);
}

static int write_sarif(const struct check *check, FILE *out)
{
	return report_sarif__write(check->report, out);
}

static int write_docker_bench(const struct check *check, FILE *out)
{
	return report_docker_bench__write(check->report, out);
}

static int write_ocsf(const struct check *check, FILE *out)
{
	return report_ocsf__write(check->report, out);
}

static int write_html(const struct check *check, FILE *out)
{
	return report_html__write(check->report, out);
}

static int write_explanation(const struct check *check, FILE *out)
{
	const json_t *line;
	int err = 0;
	size_t i;

	report_foreach(check->report, i, line)
	{
		if (i)
			fputc('\n', out);
		err = report_explain__write(check->report, line, out, columns_of(out));
		if (err)
			break;
	}
	return err ?: report__end(check->report, out);
}

static const struct format formats[] = {
	{"table", write_table},
	{"json", write_json},
	{"junit", write_junit},
	{"sarif", write_sarif},
	{"docker-bench", write_docker_bench},
	{"html", write_html},
	{"ocsf", write_ocsf},
};

static const struct format explanation = {"explanation", write_explanation};

static const struct format *parse_format(const char *name, struct argp_state *state)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	argp_error(state, "--format: table, json, junit, sarif, docker-bench, html or ocsf is expected, not '%s'",
		   name);
	return NULL;
}

static void add_container(struct check *check, const char *wanted, struct argp_state *state)
{
	if (!*wanted)
		argp_error(state, "--container, --explain: a name or the begin of an id is expected");
	check->containers = reallocarray(check->containers, check->nr_containers + 1, sizeof(*check->containers));
	if (!check->containers)
		argp_failure(state, EXIT_CANNOT, ENOMEM, "--container");
	check->containers[check->nr_containers++] = wanted;
}

static void check_options(const struct check *check, struct argp_state *state)
{
	bool is_looking = check->live.config_path || check->live.host_root || check->wants_no_agent;

	if (check->from && (is_looking || check->socket_path))
		argp_error(state, "--from: its lines are judged already; --config, --host-root, --no-agent and "
				  "--socket do not go with it");
	if (check->socket_path && is_looking)
		argp_error(state, "--socket: that agent judges by its own configuration; --config, --host-root and "
				  "--no-agent do not go with it");
	if (check->from && check->format && check->format->write == write_ocsf)
		argp_error(state, "--format ocsf: not of lines that are ECS; ask the host itself, without --from");
	if (check->explained && (check->format || check->nr_containers > 1))
		argp_error(state, "--explain stands alone, without --format and --container");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct check *check = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &check->live;
		return 0;
	case KEY_ALL:
		check->wants_all = true;
		return 0;
	case KEY_EXPLAIN:
		check->explained = arg;
		/* fallthrough */
	case KEY_CONTAINER:
		add_container(check, arg, state);
		return 0;
	case KEY_FAIL_ON:
		if (strcmp(arg, "warn") && strcmp(arg, "fail"))
			argp_error(state, "--fail-on: warn or fail is expected, not '%s'", arg);
		check->fails_on_warn = !strcmp(arg, "warn");
		return 0;
	case KEY_FORMAT:
		check->format = parse_format(arg, state);
		return 0;
	case KEY_FROM:
		check->from = arg;
		return 0;
	case KEY_HOST:
		if (!*arg)
			argp_error(state, "--host: a host's name or id is expected");
		check->host = arg;
		return 0;
	case KEY_NO_AGENT:
		check->wants_no_agent = true;
		return 0;
	case KEY_SOCKET:
		if (!*arg)
			argp_error(state, "--socket: a path is expected");
		check->socket_path = arg;
		return 0;
	case 'o':
		check->output_path = arg;
		return 0;
	case ARGP_KEY_END:
		check_options(check, state);
		return 0;
	default:
		return cmd_refuse_argument(key, arg, state);
	}
}

static const struct argp_option options_table[] = {
	{"all", KEY_ALL, NULL, 0,
	 "Also pid namespaces that no runtime claims and in which no process held the host's root, such as those of "
	 "browsers",
	 0},
	{"container", KEY_CONTAINER, "PATTERN|ID", 0,
	 "Only containers whose name matches, for example 'web-*', or whose id begins so; several times: any of them",
	 0},
	{"explain", KEY_EXPLAIN, "NAME|ID", 0, "Tell all that is known of this container", 0},
	{"fail-on", KEY_FAIL_ON, "RESULT", 0, "fail (default) or warn: what makes the exit status 1", 0},
	{"format", KEY_FORMAT, "FORMAT", 0, "table (default), json, junit, sarif, docker-bench, html or ocsf", 0},
	{"from", KEY_FROM, "FILE", 0, "Read the verdicts that uidzero run wrote there; - is standard input", 0},
	{"host", KEY_HOST, "NAME|ID", 0, "Only containers of this host, by its name or id", 0},
	{"no-agent", KEY_NO_AGENT, NULL, 0, "Do not ask a running agent", 0},
	{"socket", KEY_SOCKET, "PATH", 0, "Ask the agent that answers there, and nobody else", 0},
	{"output", 'o', "FILE", 0, "Write a new FILE, mode 0600, which appears when it is whole", 0},
	{0},
};

static const struct argp_child children[] = {{.argp = &host_argp}, {0}};

static const struct argp argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = "Judge each container against CIS Docker Benchmark 4.1 by what really runs in it.\v"
	       "Exit status: 0 all pass or are excepted, 1 one does not, 2 usage, 3 it cannot be told: a container "
	       "that "
	       "is wanted is not there or not known well enough yet, or a line cannot be read.",
	.children = children,
};

static const char *source_of(const struct check *check)
{
	return check->from ? check->from : "the verdicts of this host";
}

static int take(void *data, struct span line)
{
	struct check *check = data;
	int err = report__add(check->report, line);

	if (err != -EBADMSG)
		return err;
	check->nr_damaged++;
	return 0;
}

/* With a configuration of one's own the agent is not asked: it has judged by its own. */
static int ask_host(struct check *check, char ret_reason[VERDICT_REASON_MAX], int *ret_status)
{
	enum verdict_agent agent = check->wants_no_agent     ? VERDICT_AGENT_FORBIDDEN
				   : check->live.config_path ? VERDICT_AGENT_UNWANTED
							     : VERDICT_AGENT_IF_ANY;
	const struct verdict_question question = {
		.explained = check->explained,
		.wants_ocsf = check->format && check->format->write == write_ocsf,
		.wants_all = check->wants_all,
	};
	struct config *config;
	int err;

	*ret_status = cmd_load_config(&check->live, &config);
	if (*ret_status)
		return 0;
	err = verdict_source__host(config, check->socket_path, agent, &question, take, check, ret_reason);
	config__free(config);
	if (!err && ret_reason[0])
		log_warning("%s", ret_reason);
	return err;
}

static bool is_of_host(const json_t *line, const char *host)
{
	return !strcmp(report_text(line, "host.name"), host) || !strcmp(report_text(line, "host.id"), host);
}

static bool is_wanted(void *data, const json_t *line)
{
	struct check *check = data;
	const char *id = report_text(line, "container.id"), *name = report_text(line, "container.name");
	bool is_wanted = !check->nr_containers;

	if (check->host && !is_of_host(line, check->host))
		return false;
	/* An agent with --all writes them to its file. */
	if (!check->wants_all && json_is_true(report_at(line, "uidzero.container.unclaimed")))
		return false;

	for (size_t i = 0; i < check->nr_containers; i++) {
		const char *wanted = check->containers[i];

		if (!policy_text_matches(wanted, name) && strcmp(name, wanted) && strncmp(id, wanted, strlen(wanted)))
			continue;
		check->has_matched[i] = true;
		is_wanted = true;
	}
	return is_wanted;
}

/* Returns an exit status. */
static int gather(struct check *check)
{
	char reason[VERDICT_REASON_MAX] = "";
	int status = EXIT_DONE, err = report__new(UIDZERO_VERSION, &check->report);

	check->has_matched = calloc(check->nr_containers + 1, sizeof(*check->has_matched));
	if (!err && !check->has_matched)
		err = -ENOMEM;
	if (!err) {
		check->report->fails_on_warn = check->fails_on_warn;
		check->report->wants = is_wanted;
		check->report->wants_data = check;
	}
	if (!err && check->from)
		err = verdict_source__file(check->from, take, check);
	else if (!err)
		err = ask_host(check, reason, &status);
	if (status)
		return status;
	if (!err && check->nr_damaged) {
		json_t *note = json_sprintf("%zu lines are no findings of this version or are damaged; what they told "
					    "is missing here",
					    check->nr_damaged);

		log_error("%s: %s", source_of(check), note ? json_string_value(note) : strerror(ENOMEM));
		if (json_array_append_new(check->report->notes, note))
			err = -ENOMEM;
	}
	if (!err)
		err = report__sort(check->report);
	if (!err)
		return EXIT_DONE;
	if (reason[0])
		log_error("%s", reason);
	else
		log_error("%s: %s", source_of(check),
			  err == -E2BIG ? "more containers than anybody has" : strerror(-err));
	return EXIT_CANNOT;
}

/* Returns EXIT_CANNOT where a container or a host that is wanted does not exist. */
static int check_matches(const struct check *check)
{
	size_t nr_verdicts = check->report->nr_verdicts;
	int status = EXIT_DONE;

	for (size_t i = 0; i < check->nr_containers; i++) {
		if (check->has_matched[i])
			continue;
		log_error("there is no container '%s'", check->containers[i]);
		status = EXIT_CANNOT;
	}
	if (check->nr_containers || nr_verdicts)
		return status;
	if (!check->host) {
		log_warning("there is no container");
		return status;
	}
	log_error("there is no container of host '%s'", check->host);
	return EXIT_CANNOT;
}

/* A failure weighs more than what is not known: the one is certain. */
static int judge(const struct check *check)
{
	const struct report_counts *counts = &check->report->counts;

	if (counts->failing)
		return EXIT_FINDING;
	return check->nr_damaged || counts->evaluations[EVALUATION_UNKNOWN] ? EXIT_CANNOT : EXIT_DONE;
}

static int write_document(const struct check *check)
{
	const struct format *format = check->explained ? &explanation : check->format ? check->format : &formats[0];
	struct check_output output;
	int err = check_output__open(&output, check->output_path);

	if (err == -EEXIST)
		log_error("%s: something that is no regular file is there already", check->output_path);
	else if (!err)
		err = check_output__close(&output, format->write(check, output.file));
	if (err && err != -EEXIST && err != -EPIPE)
		log_error("%s: %s", check->output_path ? check->output_path : "standard output", strerror(-err));
	return err == -EPIPE ? 0 : err;
}

static int run(struct check *check)
{
	int status, err;

	status = gather(check);
	if (status)
		return status;
	status = check_matches(check);
	/* Nothing of whom is asked for: an empty document would look like a pass. */
	if (status && !check->report->nr_verdicts)
		return status;
	if (write_document(check))
		return EXIT_CANNOT;
	err = judge(check);
	return err ? err : status;
}

int cmd_check(int argc, char **argv)
{
	struct check check = {0};
	int status;

	cmd_parse(&argp, argc, argv, &check);
	signal(SIGPIPE, SIG_IGN);
	status = run(&check);
	report__free(check.report);
	free(check.containers);
	free(check.has_matched);
	return status;
}
