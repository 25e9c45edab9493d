// SPDX-License-Identifier: Apache-2.0
/* Attaches the program for io_uring, which has two tracepoints. */
#include <errno.h>
#include <string.h>

#include "source/hooks_private.h"
#include "source/program_types.h"

bool hooks_is_for_rings(const struct bpf_program *program)
{
	return !strcmp(bpf_program__section_name(program), "raw_tp/io_uring_register");
}

void hooks_add_name(struct hooks *hooks, const char *name)
{
	size_t nr_names = 0;

	while (hooks->names[nr_names])
		nr_names++;
	if (nr_names < HOOKS_NAMES_MAX)
		hooks->names[nr_names] = name;
}

int hooks_attach_rings(struct hooks *hooks, struct bpf_program *program, struct bpf_link **ret_link)
{
	int err = program_types_attach(program, ret_link);

	if (err)
		return err;
	/* libbpf attaches a program to one tracepoint, that of its section. */
	hooks->new_rings_link = bpf_program__attach_raw_tracepoint(program, "io_uring_create");
	if (!hooks->new_rings_link)
		return -errno;
	hooks_add_name(hooks, "raw_tp/io_uring_create");
	return 0;
}
