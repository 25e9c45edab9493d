/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands, and what their command lines share. */
#ifndef UIDZERO_CMD_CMD_H
#define UIDZERO_CMD_CMD_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "container/facts.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FINDING = 1,
	EXIT_USAGE = 2,  /* the command line, or the configuration */
	EXIT_CANNOT = 3, /* not possible here: the message says what is missing */
};

/* Each gets argv from its own name on ("uidzero run" stands in argv[0]) and returns an exit status. */
int cmd_run(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_images(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_selftest(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* Options of all commands that look at a live host. */
struct live_options {
	const char *config_path; /* NULL: CONFIG_DEFAULT_PATH where there is one */
	const char *host_root;   /* NULL: as configured */
	const char *record_path;
	uint32_t ring_kib; /* 0: as configured */
	bool wants_all;
	int creds_hook; /* enum creds_hook; -1: the best that works */
};

/* For the children of a command's argp; its input is a struct live_options. */
extern const struct argp live_argp;
extern const struct argp config_argp; /* --config alone */
extern const struct argp host_argp;   /* --config and --host-root */
extern const struct argp hook_argp;   /* --hook alone */

/* Parse with exit status EXIT_USAGE on errors; --help exits with 0. */
void cmd_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The end of a parser whose command takes options only: refuses arguments, leaves other keys to argp. */
error_t cmd_refuse_argument(int key, const char *arg, struct argp_state *state);

/* Write to standard output what an encoder made: its length, or its negative errno, which is returned. */
int cmd_put(const char *text, long size);

/**
 * Load the configuration and let the options override it. Logs what is wrong with it.
 *
 * Returns EXIT_DONE, EXIT_USAGE for a mistake in the file, EXIT_CANNOT if memory runs out or the host's root directory
 * does not exist.
 */
int cmd_load_config(const struct live_options *options, struct config **ret_config);

/* Where runtimes keep their files: the defaults, and what is configured beside them. Returns 0 or -ENOMEM. */
int cmd_set_roots(const struct config *config, struct facts_roots *roots);

#endif
