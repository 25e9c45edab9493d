// SPDX-License-Identifier: Apache-2.0
/* uidzero selftest: makes each kind of finding happen, and tells which were seen. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/agent.h"
#include "cmd/cmd.h"
#include "selftest/driver.h"
#include "selftest/table.h"

enum { KEY_CASE = 768, KEY_LIST };

struct selftest {
	struct live_options live;
	bool wanted[SELFTEST_CASES_MAX];
	bool wants_some, wants_list;
	struct run_cgroups cgroups;
	struct driver *driver;
	struct column *column; /* of the hook that is tried now */
	bool has_started, has_begun, has_progress;
};

static void want_case(struct selftest *selftest, const char *name, struct argp_state *state)
{
	int number = selftest_case_find(name, strlen(name));

	if (number < 0)
		argp_error(state, "--case: there is none called '%s'; --list tells all", name);
	selftest->wanted[number] = true;
	selftest->wants_some = true;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct selftest *selftest = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &selftest->live;
		return 0;
	case KEY_CASE:
		want_case(selftest, arg, state);
		return 0;
	case KEY_LIST:
		selftest->wants_list = true;
		return 0;
	default:
		return cmd_refuse_argument(key, arg, state);
	}
}

static const struct argp_option options_table[] = {
	{"case", KEY_CASE, "NAME", 0, "Only this case; can be given several times", 0},
	{"list", KEY_LIST, NULL, 0, "Tell the names of the cases, and make none", 0},
	{0},
};

static const struct argp_child children[] = {{.argp = &hook_argp}, {0}};

static const struct argp argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = "Make each kind of finding happen, in containers of its own, and tell which were seen by each hook that "
	       "this kernel allows.\vWhat it does in them another uidzero on this host tells too, of containers called "
	       "uidzero-selftest-*. Exit status: 0 all was seen, 1 something was missed, 2 usage, 3 cannot run here.",
	.children = children,
};

static int emit(void *data, const struct finding *finding, struct container *container)
{
	const struct container_identity *identity = container ? &container->facts.identity : NULL;
	struct selftest *selftest = data;
	bool is_nested = identity && identity->outer_id[0];
	const char *name = NULL;
	int number = -ENOENT;

	if (finding->kind == FINDING_AGENT_START)
		selftest->has_started = true;
	if (finding->kind == FINDING_LOSS)
		selftest->column->lost += finding->loss->total;
	/* What a case's container makes a nested one is the case's too, but for its start and stop. */
	if (is_nested && (finding->kind == FINDING_CONTAINER_START || finding->kind == FINDING_CONTAINER_STOP))
		return 0;
	if (identity)
		name = run_cgroups__case_name(&selftest->cgroups, is_nested ? identity->outer_id : identity->id);
	if (name)
		number = selftest_case_find(name, strlen(name));
	if (number >= 0)
		seen__add(&selftest->column->seen[number], finding);
	return 0;
}

static void print_progress(const struct selftest *selftest)
{
	if (selftest->has_progress)
		fprintf(stderr, "\r\033[K%s: %s", creds_hook_name(selftest->column->hook),
			selftest_case_at(driver__at(selftest->driver))->name);
}

/* The first time, all that ran before is known: from here on it is the driver's turn. */
static int flush(void *data)
{
	struct selftest *selftest = data;

	if (!selftest->has_begun)
		driver__begin(selftest->driver);
	selftest->has_begun = true;
	print_progress(selftest);
	return driver__has_ended(selftest->driver) && !driver__is_done(selftest->driver) ? -ECHILD : 0;
}

static void reopen(void *data)
{
	(void)data;
}

static void walked(void *data)
{
	struct selftest *selftest = data;

	driver__walked(selftest->driver);
}

static int watch(struct selftest *selftest, const struct config *config, char reason[AGENT_REASON_MAX])
{
	struct pipeline_counts counts;
	struct host host;
	struct agent_options agent = {
		.config = config,
		.creds_hook = selftest->column->hook,
		.host = &host,
		.emit = emit,
		.flush = flush,
		.reopen = reopen,
		.walked = walked,
		.data = selftest,
	};

	host__detect("", &host);
	return agent__run(&agent, &counts, reason);
}

/* Returns an exit status; EXIT_FINDING is not among them. */
static int try_hook(struct selftest *selftest, const struct config *config, char reason[AGENT_REASON_MAX])
{
	unsigned number;
	bool is_done;
	int err;

	selftest->has_started = selftest->has_begun = false;
	err = driver__start(&selftest->cgroups, selftest->wanted, &selftest->driver);
	if (err) {
		log_error("the cases cannot be made: %s", strerror(-err));
		return EXIT_CANNOT;
	}
	err = watch(selftest, config, reason);
	if (selftest->has_progress)
		fputs("\r\033[K", stderr);
	is_done = driver__is_done(selftest->driver);
	for (number = 0; number < SELFTEST_CASES_MAX; number++)
		selftest->column->made[number] = *driver__made(selftest->driver, number);
	driver__free(selftest->driver);
	selftest->driver = NULL;
	if (err && !selftest->has_started) {
		selftest->column->err = err;
		return EXIT_DONE;
	}
	if (err)
		log_error("the cases were not gone through: %s", reason[0] ? reason : strerror(-err));
	else if (!is_done)
		log_error("interrupted before all cases were made");
	return is_done && !err ? EXIT_DONE : EXIT_CANNOT;
}

/* One after the other, from what this kernel may allow; or the one that is asked for. */
static int try_hooks(struct selftest *selftest, const struct config *config, struct column *columns[CREDS_HOOK_END],
		     unsigned *ret_nr)
{
	char reason[AGENT_REASON_MAX] = "";
	unsigned refused = 0;
	enum creds_hook hook;
	int status;

	*ret_nr = 0;
	for (hook = 0; hook < CREDS_HOOK_END; hook++) {
		if (selftest->live.creds_hook >= 0 && hook != (enum creds_hook)selftest->live.creds_hook)
			continue;
		selftest->column = calloc(1, sizeof(*selftest->column));
		if (!selftest->column) {
			log_error("%s", strerror(ENOMEM));
			return EXIT_CANNOT;
		}
		columns[(*ret_nr)++] = selftest->column;
		selftest->column->hook = hook;
		status = try_hook(selftest, config, reason);
		if (status)
			return status;
		refused += selftest->column->err != 0;
	}
	if (refused < *ret_nr)
		return EXIT_DONE;
	log_error("%s", reason);
	return EXIT_CANNOT;
}

static int report(const struct selftest *selftest, struct column *const *columns, unsigned nr)
{
	table_print(selftest->wanted, columns, nr, isatty(STDOUT_FILENO), stdout);
	if (fflush(stdout)) {
		log_error("standard output: %s", strerror(errno));
		return EXIT_CANNOT;
	}
	if (table_count(selftest->wanted, columns, nr, OUTCOME_MISSED))
		return EXIT_FINDING;
	if (table_count(selftest->wanted, columns, nr, OUTCOME_SEEN))
		return EXIT_DONE;
	log_error("none of the cases is possible here");
	return EXIT_CANNOT;
}

/* A signal between two hooks ends the next one's work; what is made here is removed in any case. */
static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

static int make_cgroups(struct selftest *selftest)
{
	char path[PATH_MAX] = "the cgroup hierarchies";
	struct hierarchy hierarchy;
	int err;

	err = hierarchy__detect(&hierarchy);
	if (!err && hierarchy.v1_controller == V1_NONE && !hierarchy.v2_mount[0])
		err = -ENOENT;
	if (!err)
		err = run_cgroups__make(&hierarchy, &selftest->cgroups, path);
	if (!err)
		return EXIT_DONE;
	log_error("no cgroup can be made for containers: %s: %s", path, strerror(-err));
	return EXIT_CANNOT;
}

/* Also what a killed driver left to us. Returns 0 or a negative errno. */
static int clear_up(struct selftest *selftest)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	int err = run_cgroups__remove(&selftest->cgroups), tries;
	pid_t pid = 0;

	for (tries = 0; tries < 1000 && (pid = waitpid(-1, NULL, WNOHANG)) >= 0; tries++)
		if (!pid)
			nanosleep(&nap, NULL);
	return !err && pid >= 0 ? -EBUSY : err;
}

static int run(struct selftest *selftest)
{
	struct column *columns[CREDS_HOOK_END] = {};
	struct config *config;
	unsigned nr, i;
	int status, err;

	/* The defaults: what the host's configuration allows must be seen here too. */
	selftest->live.config_path = "/dev/null";
	status = cmd_load_config(&selftest->live, &config);
	if (status)
		return status;
	block_signals();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	status = make_cgroups(selftest);
	if (!status)
		status = try_hooks(selftest, config, columns, &nr);
	err = clear_up(selftest);
	if (err)
		log_error("cgroups called " SELFTEST_NAME "-%s, or processes of theirs, are left behind: %s",
			  selftest->cgroups.run, strerror(-err));
	if (!status)
		status = report(selftest, columns, nr);
	for (i = 0; i < CREDS_HOOK_END; i++)
		free(columns[i]);
	config__free(config);
	return err && !status ? EXIT_FINDING : status;
}

int cmd_selftest(int argc, char **argv)
{
	struct selftest selftest = {};
	unsigned number;

	cmd_parse(&argp, argc, argv, &selftest);
	if (selftest.wants_list) {
		table_list(stdout);
		return EXIT_DONE;
	}
	if (geteuid()) {
		log_error("selftest makes containers: run it as root");
		return EXIT_CANNOT;
	}
	for (number = 0; selftest_case_at(number); number++)
		selftest.wanted[number] |= !selftest.wants_some;
	selftest.has_progress = isatty(STDERR_FILENO);
	return run(&selftest);
}
