// SPDX-License-Identifier: Apache-2.0
/*
 * Loads BPF objects, prints how many instructions the verifier looked at for each program, and holds them against a
 * table: `verify [--all] BOUNDS OBJECT...`.
 *
 * A line of the table is a program's name and its bound. A program whose hook this kernel has not is named, and with
 * --all counts as refused. Status 1: a program was refused, is above its bound, or not in the table.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "maps.h"
#include "source/program_types.h"
#include "uidzero.skel.h"

#define MAX_PROGRAMS   32
#define LOG_STATISTICS 4 /* the kernel's BPF_LOG_STATS: the counts and no instruction */

static struct program {
	char name[64];
	long bound;
	bool is_refused; /* of the object at hand */
	char log[64 << 10];
} programs[MAX_PROGRAMS];
static int nr_programs;

static int read_bounds(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[128];

	if (!file)
		return -errno;
	while (nr_programs < MAX_PROGRAMS && fgets(line, sizeof(line), file)) {
		struct program *program = &programs[nr_programs];

		if (sscanf(line, "%63[a-z_0-9] %ld", program->name, &program->bound) == 2)
			nr_programs++;
	}
	fclose(file);
	return 0;
}

static struct program *find_program(const char *name)
{
	for (int i = 0; i < nr_programs; i++)
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	return NULL;
}

/* The constants, as `uidzero run` sets them where the most code is left for the verifier. */
static int set_constants(struct bpf_object *object)
{
	struct uidzero_bpf__rodata constants = {.v1_controller = V1_PIDS,
						.v1_hierarchy = 1,
						.nr_host_notes = HOST_NOTES_CPUS,
						.wants_all = true,
						.sees_every_commit = true};
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");

	if (!map || bpf_map__value_size(map) > sizeof(constants))
		return -ENOENT;
	return bpf_map__set_initial_value(map, &constants, bpf_map__value_size(map));
}

/* Of what libbpf has to say only this is of use: when one program fails, it closes all. */
static int note_refused(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && strstr(format, "prog '%s': ")) {
		struct program *program = find_program(va_arg(args, const char *));

		if (program)
			program->is_refused = true;
	}
	return 0;
}

/* All programs but those refused before. Returns -EAGAIN if one more was refused. */
static int load_once(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *each;
	int err, nr_refused = 0;

	if (!object)
		return -errno;
	err = set_constants(object);
	bpf_object__for_each_program(each, object)
	{
		struct program *program = find_program(bpf_program__name(each));

		if (!program) {
			fprintf(stderr, "verify: %s is not in the table\n", bpf_program__name(each));
			err = -ENOENT;
		} else if (program->is_refused) {
			bpf_program__set_autoload(each, false);
			nr_refused--;
		} else {
			program->log[0] = '\0';
			bpf_program__set_log_level(each, LOG_STATISTICS);
			bpf_program__set_log_buf(each, program->log, sizeof(program->log));
		}
	}
	err = err ?: bpf_object__load(object);
	bpf_object__close(object);
	for (int i = 0; i < nr_programs; i++)
		nr_refused += programs[i].is_refused;
	return err && nr_refused ? -EAGAIN : err;
}

/* Prints a line for each program. Returns how many of them are not as they should be. */
static int verify(const char *path, bool wants_all)
{
	int err, nr_bad = 0;

	for (int i = 0; i < nr_programs; i++)
		programs[i].is_refused = false;
	do
		err = load_once(path);
	while (err == -EAGAIN);
	if (err) {
		fprintf(stderr, "verify: %s: %s\n", path, strerror(-err));
		return 1;
	}
	for (int i = 0; i < nr_programs; i++) {
		struct program *program = &programs[i];
		const char *counts = strstr(program->log, "processed "), *verdict = "";
		long count = counts ? strtol(counts + strlen("processed "), NULL, 10) : 0;

		if (program->is_refused)
			verdict = counts ? "refused" : "no such hook";
		else if (count < 1 || count > program->bound)
			verdict = "out of bounds";
		nr_bad += *verdict && (wants_all || counts || !program->is_refused);
		printf("%-20s %7ld of %7ld  %s\n", program->name, count, program->bound, verdict);
	}
	return nr_bad;
}

int main(int argc, char **argv)
{
	bool wants_all = argc > 1 && !strcmp(argv[1], "--all");
	struct program_types *types;
	int err, nr_bad = 0;

	argv += 1 + wants_all;
	if (argc - wants_all < 3) {
		fputs("usage: verify [--all] BOUNDS OBJECT...\n", stderr);
		return 2;
	}
	err = read_bounds(*argv++);
	if (err) {
		fprintf(stderr, "verify: the table of bounds: %s\n", strerror(-err));
		return 2;
	}
	err = program_types__new(&types);
	if (err) {
		fprintf(stderr, "verify: the kernel's types: %s\n", strerror(-err));
		return 2;
	}
	libbpf_set_print(note_refused);
	for (; *argv; argv++) {
		printf("%s\n", *argv);
		nr_bad += verify(*argv, wants_all);
	}
	program_types__free(types);
	return nr_bad ? 1 : 0;
}
