// SPDX-License-Identifier: Apache-2.0
/* Hands libbpf an excerpt of the kernel's types, and the number of each function that a program is for. */
#include "source/program_types.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "source/kernel_types.h"
#include "maps.h" /* types of the skeleton */
#include "uidzero.skel.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* What the kernel has in its types for each place where a typed program can be. */
static const struct {
	const char *section, *prefix;
	enum bpf_attach_type attach_type;
	uint32_t kind;
} places[] = {
	{"tp_btf+", "btf_trace_", BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF},
	{"fentry+", "", BPF_TRACE_FENTRY, BTF_KIND_FUNC},
	{"iter+", "bpf_iter_", BPF_TRACE_ITER, BTF_KIND_FUNC},
};

#define PLACES (sizeof(places) / sizeof(places[0]))

struct program_types {
	struct kernel_types *kernel;
	int excerpt_fd;
	bool has_excerpt;
	int rdonly_cast; /* the kernel's number of the function; negative: it has none */
	int task_struct; /* the type's */
};

/*
 * Whose programs are being loaded. libbpf's handlers are the process's, and so is this: they stay registered, since
 * libbpf before 1.3 frees their table twice once it has become empty.
 */
static const struct program_types *loading;

static bool is_call(const struct bpf_insn *insn, int function)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && insn->imm == function;
}

static bool is_number(const struct bpf_insn *insn, int number)
{
	return (insn->code == (BPF_ALU | BPF_MOV | BPF_K) || insn->code == (BPF_ALU64 | BPF_MOV | BPF_K)) &&
	       insn->imm == number;
}

/*
 * A call that stands for the kernel's function becomes one of it, or a copy of the pointer where there is none; the
 * rest of the program is as libbpf made it.
 */
static int name_rdonly_cast(struct bpf_program *program)
{
	static const struct bpf_insn copy = {
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1};
	const struct bpf_insn *insns = bpf_program__insns(program);
	size_t nr_insns = bpf_program__insn_cnt(program), i;
	_cleanup_free_ struct bpf_insn *named = malloc(nr_insns * sizeof(*named));

	if (!named)
		return -ENOMEM;
	memcpy(named, insns, nr_insns * sizeof(*named));
	for (i = 0; i < nr_insns; i++) {
		struct bpf_insn *insn = &named[i];

		if (is_number(insn, TASK_STRUCT_TYPE)) {
			insn->imm = loading->task_struct;
		} else if (is_call(insn, RDONLY_CAST) && loading->rdonly_cast < 0) {
			*insn = copy;
		} else if (is_call(insn, RDONLY_CAST)) {
			insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
			insn->imm = loading->rdonly_cast;
		}
	}
	return bpf_program__set_insns(program, named, nr_insns);
}

static int prepare_load(struct bpf_program *program, struct bpf_prog_load_opts *options, long place)
{
	const char *name = strchr(bpf_program__section_name(program), '/');
	char full_name[128];
	int id, err;

	if (!name || !loading)
		return -EINVAL;
	snprintf(full_name, sizeof(full_name), "%s%s", places[place].prefix, name + 1);
	id = kernel_types__find(loading->kernel, places[place].kind, full_name);
	if (id < 0)
		return id;
	options->attach_btf_id = id;
	err = name_rdonly_cast(program);
	if (err)
		return err;
	return bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
}

/* Without the flag it is refused where vm.memfd_noexec is 2; before 6.3 the flag is. */
static int open_excerpt(void)
{
	int fd = memfd_create("types", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("types", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * A typed program makes libbpf read and index all types of the kernel once more, for the number of the one function
 * that it is for. So libbpf takes them for untyped ones until each is loaded.
 */
static int register_handlers(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .prog_prepare_load_fn = prepare_load);
	static size_t nr;

	for (; nr < PLACES; nr++) {
		int handler;

		options.cookie = nr;
		handler = libbpf_register_prog_handler(places[nr].section, BPF_PROG_TYPE_RAW_TRACEPOINT,
						       places[nr].attach_type, &options);
		if (handler < 0)
			return handler;
	}
	return 0;
}

int program_types__new(struct program_types **ret_types)
{
	struct program_types *types = calloc(1, sizeof(*types));
	int err;

	if (!types)
		return -ENOMEM;
	types->excerpt_fd = open_excerpt();
	err = types->excerpt_fd < 0 ? types->excerpt_fd : 0;
	if (!err)
		err = kernel_types__new("/sys/kernel/btf/vmlinux", &types->kernel);
	if (!err) {
		types->rdonly_cast = kernel_types__find(types->kernel, BTF_KIND_FUNC, "bpf_rdonly_cast");
		types->task_struct = kernel_types__find(types->kernel, BTF_KIND_STRUCT, "task_struct");
		err = types->task_struct < 0 ? types->task_struct : register_handlers();
	}
	if (err) {
		program_types__free(types);
		return err;
	}
	loading = types;
	*ret_types = types;
	return 0;
}

void program_types__free(struct program_types *types)
{
	if (!types)
		return;
	loading = NULL;
	kernel_types__free(types->kernel);
	if (types->excerpt_fd >= 0)
		close(types->excerpt_fd);
	free(types);
}

int program_types__open(struct program_types *types, struct uidzero_bpf **ret_skeleton)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct uidzero_bpf *skeleton;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", types->excerpt_fd);
	options.btf_custom_path = path;
	skeleton = uidzero_bpf__open_opts(&options);
	if (!skeleton)
		return -errno;
	if (!types->has_excerpt) {
		err = kernel_types__write_excerpt(types->kernel, bpf_object__btf(skeleton->obj), types->excerpt_fd);
		if (err) {
			uidzero_bpf__destroy(skeleton);
			return err;
		}
		types->has_excerpt = true;
	}
	*ret_skeleton = skeleton;
	return 0;
}

/* Of what it has not the kernel also says ENOTSUPP, which has no name in user space. */
#define KERNEL_ENOTSUPP 524

/* What is no longer of the type that its section says, libbpf attaches only by name. */
int program_types_attach(const struct bpf_program *program, struct bpf_link **ret_link)
{
	if (bpf_program__type(program) != BPF_PROG_TYPE_TRACING)
		*ret_link = bpf_program__attach(program);
	else if (bpf_program__expected_attach_type(program) == BPF_TRACE_ITER)
		*ret_link = bpf_program__attach_iter(program, NULL);
	else
		*ret_link = bpf_program__attach_trace(program);
	if (*ret_link)
		return 0;
	return errno == KERNEL_ENOTSUPP ? -ENOTSUP : -errno;
}
