// SPDX-License-Identifier: Apache-2.0
/* Command lines: the options that several commands share. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "source/hooks.h"

enum { KEY_ALL = 256, KEY_HOST_ROOT, KEY_RECORD, KEY_RING_SIZE, KEY_HOOK };

static const struct argp_option config_options[] = {
	{"config", 'c', "FILE", 0, "Configuration (default: " CONFIG_DEFAULT_PATH ", if there is one)", 0},
	{"verbose", 'v', NULL, 0, "Say more on standard error", 0},
	{0},
};

static const struct argp_option host_options[] = {
	{"host-root", KEY_HOST_ROOT, "DIR", 0, "Where the host's files are seen, when run in a container", 0},
	{0},
};

static const struct argp_option live_options[] = {
	{"all", KEY_ALL, NULL, 0, "Report programs that are not root too, and changes of groups and capabilities", 0},
	{"record", KEY_RECORD, "FILE", 0, "Keep all input in a new FILE, for uidzero replay", 0},
	{"ring-size", KEY_RING_SIZE, "KIB", 0, "Room for events the kernel holds until they are read, a power of two",
	 0},
	{0},
};

static const struct argp_option hook_options[] = {
	{"hook", KEY_HOOK, "NAME", 0, "See changes of credentials by fentry, kprobe, tracepoint or sys_exit alone", 0},
	{0},
};

static int parse_hook(const char *text, struct argp_state *state)
{
	enum creds_hook hook;

	for (hook = 0; hook < CREDS_HOOK_END; hook++)
		if (!strcmp(text, creds_hook_name(hook)))
			return hook;
	argp_error(state, "--hook: fentry, kprobe, tracepoint or sys_exit is expected, not '%s'", text);
	return -1;
}

static uint32_t parse_ring_size(const char *text, struct argp_state *state)
{
	char *end;
	unsigned long kib = strtoul(text, &end, 10);

	if (!*text || *end || kib < CONFIG_RING_KIB_MIN || kib > CONFIG_RING_KIB_MAX || kib & (kib - 1))
		argp_error(state, "--ring-size: a power of two from %d to %d is expected, not '%s'",
			   CONFIG_RING_KIB_MIN, CONFIG_RING_KIB_MAX, text);
	return kib;
}

static error_t parse_config_option(int key, char *arg, struct argp_state *state)
{
	struct live_options *options = state->input;

	switch (key) {
	case 'c':
		options->config_path = arg;
		return 0;
	case 'v':
		log_set_verbose(true);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_host_option(int key, char *arg, struct argp_state *state)
{
	struct live_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = options;
		return 0;
	case KEY_HOST_ROOT:
		if (arg[0] != '/')
			argp_error(state, "--host-root: an absolute path is expected, not '%s'", arg);
		options->host_root = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_hook_option(int key, char *arg, struct argp_state *state)
{
	struct live_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options->creds_hook = -1;
		return 0;
	case KEY_HOOK:
		options->creds_hook = parse_hook(arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_live_option(int key, char *arg, struct argp_state *state)
{
	struct live_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = options;
		state->child_inputs[1] = options;
		return 0;
	case KEY_ALL:
		options->wants_all = true;
		return 0;
	case KEY_RECORD:
		options->record_path = arg;
		return 0;
	case KEY_RING_SIZE:
		options->ring_kib = parse_ring_size(arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp config_argp = {.options = config_options, .parser = parse_config_option};

const struct argp hook_argp = {.options = hook_options, .parser = parse_hook_option};

static const struct argp_child host_children[] = {{.argp = &config_argp}, {0}};

const struct argp host_argp = {.options = host_options, .parser = parse_host_option, .children = host_children};

static const struct argp_child live_children[] = {{.argp = &host_argp}, {.argp = &hook_argp}, {0}};

const struct argp live_argp = {.options = live_options, .parser = parse_live_option, .children = live_children};

error_t cmd_refuse_argument(int key, const char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "no argument is expected, '%s' was given", arg);
	return 0;
}

void cmd_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(argp, argc, argv, 0, NULL, input);
}

int cmd_put(const char *text, long size)
{
	if (size < 0)
		return (int)size;
	return fwrite(text, 1, (size_t)size, stdout) == (size_t)size ? 0 : -errno;
}

/* "/" is no prefix, "/host/" is one without its slash. */
static int set_host_root(struct config *config, const char *host_root)
{
	size_t size = strlen(host_root);
	char *copy;

	while (size && host_root[size - 1] == '/')
		size--;
	copy = strndup(host_root, size);
	if (!copy)
		return -ENOMEM;
	free(config->host_root);
	config->host_root = copy;
	return 0;
}

/* A host root that is not there would make each container one of which nothing is known. */
static int check_host_root(const char *host_root)
{
	_cleanup_close_ int fd = *host_root ? open(host_root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!*host_root || fd >= 0)
		return EXIT_DONE;
	log_error("the host's root directory %s cannot be used: %s; set host_root or --host-root to where the host's / "
		  "is mounted",
		  host_root, strerror(errno));
	return EXIT_CANNOT;
}

int cmd_load_config(const struct live_options *options, struct config **ret_config)
{
	const char *path = options->config_path;
	_cleanup_free_ char *error = NULL;
	struct config *config;
	int err, status;

	if (!path && !access(CONFIG_DEFAULT_PATH, F_OK))
		path = CONFIG_DEFAULT_PATH;
	err = config__load(path, &config, &error);
	if (err) {
		log_error("%s", error ? error : strerror(-err));
		return err == -ENOMEM ? EXIT_CANNOT : EXIT_USAGE;
	}
	if (options->ring_kib)
		config->events_ring_kib = options->ring_kib;
	if (options->host_root && set_host_root(config, options->host_root)) {
		config__free(config);
		log_error("%s", strerror(ENOMEM));
		return EXIT_CANNOT;
	}
	status = check_host_root(config->host_root);
	if (status)
		config__free(config);
	else
		*ret_config = config;
	return status;
}

static int add_roots(char ***list, char *const *directories, unsigned count)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = facts_roots__add(list, directories[i]);
	return err;
}

int cmd_set_roots(const struct config *config, struct facts_roots *roots)
{
	int err = facts_roots__init(roots, config->host_root);

	if (!err)
		err = add_roots(&roots->docker, config->docker_roots, config->docker_roots_count);
	if (!err)
		err = add_roots(&roots->containerd, config->containerd_roots, config->containerd_roots_count);
	if (!err)
		err = add_roots(&roots->runc, config->runc_roots, config->runc_roots_count);
	if (!err)
		err = add_roots(&roots->runsc, config->runsc_roots, config->runsc_roots_count);
	if (!err)
		err = add_roots(&roots->podman, config->podman_roots, config->podman_roots_count);
	if (!err)
		err = add_roots(&roots->lxc, config->lxc_roots, config->lxc_roots_count);
	return err;
}
