// SPDX-License-Identifier: Apache-2.0
/* Tries each hook by itself, whether it would be used or not. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/hooks_private.h"
#include "source/program_types.h"
#include "source/tracefs.h"
#include "uidzero.skel.h"

static int probe(struct program_types *types, const char *name, int tracefs)
{
	struct bpf_program *program, *each;
	struct uidzero_bpf *skeleton;
	struct bpf_link *link = NULL;
	const char *section;
	int err;

	err = program_types__open(types, &skeleton);
	if (err)
		return err;
	program = bpf_object__find_program_by_name(skeleton->obj, name);
	bpf_object__for_each_program(each, skeleton->obj) bpf_program__set_autoload(each, each == program);
	err = uidzero_bpf__load(skeleton);
	section = bpf_program__section_name(program);
	if (!err && !strncmp(section, "tracepoint/syscalls/", 20)) {
		int id = tracefs < 0 ? tracefs : tracefs_tracepoint_id(tracefs, "syscalls", section + 20);

		err = id < 0 ? id : hooks_attach_tracepoint(program, id, &link);
	} else if (!err) {
		err = program_types_attach(program, &link);
	}
	bpf_link__destroy(link);
	uidzero_bpf__destroy(skeleton);
	return err;
}

int hooks__probe(void (*report)(void *data, const char *name, int err), void *data)
{
	_cleanup_close_ int tracefs = tracefs_open();
	libbpf_print_fn_t print = libbpf_set_print(hooks_print_nothing);
	struct uidzero_bpf *skeleton = uidzero_bpf__open();
	int no_types, err = skeleton ? 0 : -errno;
	struct program_types *types = NULL;
	struct bpf_program *program;

	if (err)
		goto out;
	no_types = program_types__new(&types);
	bpf_object__for_each_program(program, skeleton->obj)
		report(data, bpf_program__section_name(program),
		       no_types ? no_types : probe(types, bpf_program__name(program), tracefs));
	program_types__free(types);
	uidzero_bpf__destroy(skeleton);
out:
	libbpf_set_print(print);
	return err;
}
