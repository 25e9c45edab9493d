// SPDX-License-Identifier: Apache-2.0
/* The table of subcommands. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "selftest/stage.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	const char *title; /* of its usage message */
} commands[] = {
	{"run", cmd_run, "the agent: a JSON line for each finding", "uidzero run"},
	{"trace", cmd_trace, "live view for a person", "uidzero trace"},
	{"check", cmd_check, "the verdict of each container", "uidzero check"},
	{"replay", cmd_replay, "go through a recording again", "uidzero replay"},
	{"images", cmd_images, "whom the images on this host would run as, before they run", "uidzero images"},
	{"doctor", cmd_doctor, "what this host allows, and which runtimes are seen", "uidzero doctor"},
	{"selftest", cmd_selftest, "makes each kind of finding happen, and tells which were seen", "uidzero selftest"},
	{"version", cmd_version, "the version", "uidzero version"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *file)
{
	size_t i;

	fputs("Usage: uidzero COMMAND [OPTION...]\n"
	      "Knows every process that runs as root in a container on this host.\n\n",
	      file);
	for (i = 0; i < COMMANDS; i++)
		fprintf(file, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`uidzero COMMAND --help` tells a command's options; see also uidzero(8).\n", file);
}

int main(int argc, char **argv)
{
	size_t i;

	if (stage_is_asked_for(argc, argv))
		return stage_run(argc - 3, argv + 3);
	/* Whoever may run a set-user-id copy could have it read and write any file. */
	if (getuid() != geteuid()) {
		log_error("the real and the effective user differ: this program must not be set-user-id");
		return EXIT_CANNOT;
	}
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		argv[1] = "version";
	for (i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		argv[1] = (char *)commands[i].title;
		return commands[i].run(argc - 1, argv + 1);
	}
	log_error("there is no command '%s'; `uidzero --help` lists them", argv[1]);
	return EXIT_USAGE;
}
