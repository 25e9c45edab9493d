// SPDX-License-Identifier: Apache-2.0
/* The ladder: each fact's best hook that loads and attaches here. */
#include "source/hooks_private.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "source/program_types.h"
#include "source/tracefs.h"
#include "uidzero.skel.h"

/* The 32-bit table is i386's or arm's, which give the older calls the same numbers. */
#ifdef __aarch64__
#define COMPAT_NR(i386, arm) (arm)
#else
#define COMPAT_NR(i386, arm) (i386)
#endif

/* The calls that may change credentials, by their numbers in the two system call tables. */
static const struct {
	enum event_syscall syscall;
	int nr;                 /* of this machine's own table */
	int compat_nr[2];       /* of the 32-bit one: 32-bit ids, 16-bit ids; 0: none */
	const char *tracepoint; /* NULL: it changes nothing that a record has */
} creds_calls[] = {
	{SYSCALL_SETUID, SYS_setuid, {213, 23}, "sys_exit_setuid"},
	{SYSCALL_SETREUID, SYS_setreuid, {203, 70}, "sys_exit_setreuid"},
	{SYSCALL_SETRESUID, SYS_setresuid, {208, 164}, "sys_exit_setresuid"},
	{SYSCALL_SETFSUID, SYS_setfsuid, {215, 138}, "sys_exit_setfsuid"},
	{SYSCALL_SETGID, SYS_setgid, {214, 46}, "sys_exit_setgid"},
	{SYSCALL_SETREGID, SYS_setregid, {204, 71}, "sys_exit_setregid"},
	{SYSCALL_SETRESGID, SYS_setresgid, {210, 170}, "sys_exit_setresgid"},
	{SYSCALL_SETFSGID, SYS_setfsgid, {216, 139}, "sys_exit_setfsgid"},
	{SYSCALL_CAPSET, SYS_capset, {185, 0}, "sys_exit_capset"},
	{SYSCALL_SETGROUPS, SYS_setgroups, {206, 81}, "sys_exit_setgroups"},
	{SYSCALL_UNSHARE, SYS_unshare, {COMPAT_NR(310, 337), 0}, "sys_exit_unshare"},
	{SYSCALL_SETNS, SYS_setns, {COMPAT_NR(346, 375), 0}, "sys_exit_setns"},
	{SYSCALL_PRCTL, SYS_prctl, {172, 0}, "sys_exit_prctl"},
	{SYSCALL_KEYCTL, SYS_keyctl, {COMPAT_NR(288, 311), 0}, NULL},
	{SYSCALL_LANDLOCK, SYS_landlock_restrict_self, {446, 0}, NULL},
};

#define CREDS_CALLS (sizeof(creds_calls) / sizeof(creds_calls[0]))

/* How high on the ladder for execs, forks, exits and cgroups: typed programs first. */
enum rung { RUNG_TYPED, RUNG_RAW, RUNG_END, RUNG_WALK = RUNG_END /* no hooks */ };

static const struct {
	const char *name, *section;
} creds_hooks[CREDS_HOOK_END] = {
	[CREDS_FENTRY] = {"fentry", "fentry/commit_creds"},
	[CREDS_KPROBE] = {"kprobe", "kprobe/commit_creds"},
	[CREDS_TRACEPOINT] = {"tracepoint", "tracepoint/syscalls/sys_exit_setuid"},
	[CREDS_RAW_SYS_EXIT] = {"sys_exit", "raw_tp/sys_exit"},
};

const char *creds_hook_name(enum creds_hook hook)
{
	return creds_hooks[hook].name;
}

int hooks_print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

/* Which way of seeing credentials a program belongs to; CREDS_HOOK_END for none. */
static enum creds_hook creds_hook_of(const struct bpf_program *program)
{
	enum creds_hook hook = 0;

	while (hook < CREDS_HOOK_END && strcmp(bpf_program__section_name(program), creds_hooks[hook].section))
		hook++;
	return hook;
}

static bool is_wanted(const struct bpf_program *program, enum rung rung, enum creds_hook creds_hook)
{
	const char *section = bpf_program__section_name(program);
	enum creds_hook hook = creds_hook_of(program);

	if (rung == RUNG_WALK)
		return !strncmp(section, "iter/", 5);
	if (hook != CREDS_HOOK_END)
		return hook == creds_hook;
	if (!strncmp(section, "tp_btf/", 7))
		return rung == RUNG_TYPED;
	if (hooks_is_for_rings(program))
		return true;
	if (!strncmp(section, "raw_tp/", 7))
		return rung == RUNG_RAW;
	return true;
}

/* One for each number that a processor can have here, as far as there are any. */
static uint32_t nr_host_notes(void)
{
	_cleanup_fclose_ FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
	uint32_t last = HOST_NOTES_CPUS;

	/* "0-3,8-11" */
	while (file && fscanf(file, "%" SCNu32 "%*[,-]", &last) == 1)
		;
	return last < HOST_NOTES_CPUS ? last + 1 : HOST_NOTES_CPUS;
}

static void set_constants(struct uidzero_bpf *skeleton, const struct hooks_options *options, enum creds_hook creds_hook)
{
	uint8_t *table = (uint8_t *)skeleton->rodata->creds_syscalls;
	uint8_t *compat_table = (uint8_t *)skeleton->rodata->creds_compat_syscalls;
	size_t i;

	skeleton->rodata->v1_controller = options->hierarchy.v1_controller;
	skeleton->rodata->v1_hierarchy = options->hierarchy.v1_id;
	skeleton->rodata->nr_host_notes = nr_host_notes();
	skeleton->rodata->wants_all = options->wants_all;
	skeleton->rodata->sees_every_commit = creds_hook == CREDS_FENTRY || creds_hook == CREDS_KPROBE;
	for (i = 0; i < CREDS_CALLS; i++) {
		table[creds_calls[i].nr] = creds_calls[i].syscall;
		compat_table[creds_calls[i].compat_nr[0]] = creds_calls[i].syscall;
		if (creds_calls[i].compat_nr[1])
			compat_table[creds_calls[i].compat_nr[1]] = creds_calls[i].syscall;
	}
}

static int load(struct program_types *types, const struct hooks_options *options, enum rung rung,
		enum creds_hook creds_hook, struct uidzero_bpf **ret_skeleton)
{
	struct uidzero_bpf *skeleton;
	struct bpf_program *program;
	int err;

	err = program_types__open(types, &skeleton);
	if (err)
		return err;
	set_constants(skeleton, options, creds_hook);
	err = bpf_map__set_max_entries(skeleton->maps.events, options->events_ring_size);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.alerts, options->alerts_ring_size);
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, is_wanted(program, rung, creds_hook));
	if (!err)
		err = uidzero_bpf__load(skeleton);
	if (err) {
		uidzero_bpf__destroy(skeleton);
		return err;
	}
	*ret_skeleton = skeleton;
	return 0;
}

int hooks_attach_tracepoint(struct bpf_program *program, int id, struct bpf_link **ret_link)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	_cleanup_close_ int fd = -1;
	struct bpf_link *link;

	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(program, fd);
	if (!link)
		return -errno;
	steal_fd(&fd); /* the link's from here on */
	*ret_link = link;
	return 0;
}

/* By these alone neither root nor a group is gained: an exec shows what came of them. prctl(2) is frequent. */
static bool is_for_all(enum event_syscall syscall)
{
	return syscall == SYSCALL_UNSHARE || syscall == SYSCALL_SETNS || syscall == SYSCALL_PRCTL;
}

/* One program for all calls, which libbpf could attach only where tracefs is mounted. */
static int attach_tracepoints(struct hooks *hooks, int tracefs)
{
	struct bpf_program *program = hooks->skeleton->progs.creds_sys_exit;
	bool wants_all = hooks->skeleton->rodata->wants_all;
	size_t i;

	for (i = 0; i < CREDS_CALLS; i++) {
		int id, err;

		if (!creds_calls[i].tracepoint || (is_for_all(creds_calls[i].syscall) && !wants_all))
			continue;
		id = tracefs_tracepoint_id(tracefs, "syscalls", creds_calls[i].tracepoint);
		err = id < 0 ? id : hooks_attach_tracepoint(program, id, &hooks->creds_links[i]);
		if (err)
			return err;
	}
	return 0;
}

static int attach(struct hooks *hooks, int tracefs)
{
	int i, err;

	for (i = 0; i < hooks->skeleton->skeleton->prog_cnt; i++) {
		struct bpf_prog_skeleton *entry = &hooks->skeleton->skeleton->progs[i];
		struct bpf_program *program = *entry->prog;

		if (!bpf_program__autoload(program))
			continue;
		if (creds_hook_of(program) == CREDS_TRACEPOINT) {
			err = attach_tracepoints(hooks, tracefs);
		} else if (hooks_is_for_rings(program)) {
			err = hooks_attach_rings(hooks, program, entry->link);
		} else {
			err = program_types_attach(program, entry->link);
		}
		/* A kernel without io_uring lacks its tracepoints, and nothing is missed there. */
		if (err == -ENOENT && hooks_is_for_rings(program))
			continue;
		if (err)
			return err;
		hooks_add_name(hooks, bpf_program__section_name(program));
	}
	return 0;
}

/* Calls that change nothing, one of which commits credentials and one of which is among the traced ones. */
static bool creds_hook_fires(const struct hooks *hooks)
{
	prctl(PR_SET_KEEPCAPS, prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), 0, 0, 0);
	syscall(SYS_setfsuid, -1);
	return hooks->skeleton->bss->has_fired;
}

static void unload(struct hooks *hooks)
{
	size_t i;

	for (i = 0; i < CREDS_CALLS; i++) {
		bpf_link__destroy(hooks->creds_links[i]);
		hooks->creds_links[i] = NULL;
	}
	bpf_link__destroy(hooks->new_rings_link);
	hooks->new_rings_link = NULL;
	uidzero_bpf__destroy(hooks->skeleton);
	hooks->skeleton = NULL;
	memset(hooks->names, 0, sizeof(hooks->names));
}

/*
 * A program for the entry of what is no function (type 1 is a number): invalid where such programs are allowed,
 * and forbidden where they are not.
 */
static int check_fentry(void)
{
	struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY, .attach_btf_id = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL", insns, 2, &options);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EPERM ? -EPERM : 0;
}

/* Can it be had at all? Asked before a whole object is loaded for it. */
static int check_creds_hook(enum creds_hook creds_hook, int tracefs)
{
	int fd;

	switch (creds_hook) {
	case CREDS_FENTRY:
		return check_fentry();
	case CREDS_KPROBE:
		return access("/sys/bus/event_source/devices/kprobe/type", F_OK) ? -errno : 0;
	case CREDS_TRACEPOINT:
		fd = tracefs < 0 ? tracefs : tracefs_tracepoint_id(tracefs, "syscalls", creds_calls[0].tracepoint);
		return fd < 0 ? fd : 0;
	default:
		return 0;
	}
}

static int try_creds_hook(struct hooks *hooks, struct program_types *types, const struct hooks_options *options,
			  enum creds_hook creds_hook, int tracefs)
{
	enum rung rung;
	int err;

	err = check_creds_hook(creds_hook, tracefs);
	for (rung = RUNG_TYPED; !err && rung < RUNG_END; rung++) {
		err = load(types, options, rung, creds_hook, &hooks->skeleton);
		if (!err)
			err = attach(hooks, tracefs);
		if (!err)
			break;
		unload(hooks);
		if (rung + 1 < RUNG_END)
			err = 0;
	}
	if (!err && !creds_hook_fires(hooks)) {
		unload(hooks);
		err = -ENOTSUP;
	}
	if (!err)
		hooks->creds_hook = creds_hook;
	return err;
}

/* CAP_BPF: without it not even an empty program loads. */
static bool has_privilege(void)
{
	struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL, "GPL", insns, 2, NULL);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static void explain(const struct hooks_options *options, int err, char ret_reason[HOOKS_REASON_MAX])
{
	struct utsname uts = {};

	uname(&uts);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "kernel %s tells no types of its own (/sys/kernel/btf/vmlinux: %s); "
			 "a kernel built with CONFIG_DEBUG_INFO_BTF=y is needed, as Debian's are since 5.10",
			 uts.release, strerror(errno));
	else if (options->creds_hook >= 0 && has_privilege())
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "the hook %s is not to be had on kernel %s (%s); leave --hook out to take the best that is",
			 creds_hooks[options->creds_hook].name, uts.release, strerror(-err));
	else if (!has_privilege())
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "the kernel refuses BPF programs (%s): run as root, or with the capabilities CAP_BPF, "
			 "CAP_PERFMON, CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE",
			 strerror(-err));
	else
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "kernel %s does not take the BPF programs (%s); 5.8 or newer is needed, "
			 "`uidzero doctor` tells which part is missing",
			 uts.release, strerror(-err));
}

static int load_best(struct hooks *hooks, const struct hooks_options *options)
{
	_cleanup_close_ int tracefs = tracefs_open();
	struct program_types *types = NULL;
	enum creds_hook hook;
	int err;

	err = program_types__new(&types);
	if (!err && options->walks_only) {
		err = load(types, options, RUNG_WALK, CREDS_HOOK_END, &hooks->skeleton);
		if (!err)
			err = attach(hooks, tracefs);
	} else if (!err) {
		for (hook = 0, err = -EINVAL; hook < CREDS_HOOK_END && err; hook++) {
			if (options->creds_hook >= 0 && hook != (enum creds_hook)options->creds_hook)
				continue;
			err = try_creds_hook(hooks, types, options, hook, tracefs);
			if (err)
				log_debug("%s is not to be had here: %s", creds_hooks[hook].section, strerror(-err));
		}
	}
	program_types__free(types);
	return err;
}

int hooks__new(const struct hooks_options *options, struct hooks **ret_hooks, char ret_reason[HOOKS_REASON_MAX])
{
	libbpf_print_fn_t print;
	struct hooks *hooks;
	int err;

	hooks = calloc(1, sizeof(*hooks));
	if (!hooks)
		return -ENOMEM;
	hooks->nr_cpus = libbpf_num_possible_cpus();
	hooks->counters = calloc(hooks->nr_cpus, sizeof(*hooks->counters));
	if (!hooks->counters) {
		hooks__free(hooks);
		return -ENOMEM;
	}
	print = libbpf_set_print(hooks_print_nothing);
	err = load_best(hooks, options);
	libbpf_set_print(print);
	if (err) {
		explain(options, err, ret_reason);
		hooks__free(hooks);
		return err;
	}
	*ret_hooks = hooks;
	return 0;
}

void hooks__free(struct hooks *hooks)
{
	if (!hooks)
		return;
	unload(hooks);
	free(hooks->counters);
	free(hooks);
}

enum creds_hook hooks__creds_hook(const struct hooks *hooks)
{
	return hooks->creds_hook;
}

void hooks__walk_reports(struct hooks *hooks, enum walk walk)
{
	hooks->skeleton->bss->walk_reports = walk;
}

bool hooks__walk_has_doubts(struct hooks *hooks)
{
	bool has_doubts = hooks->skeleton->bss->walk_has_doubts;

	hooks->skeleton->bss->walk_has_doubts = false;
	return has_doubts;
}

const char *const *hooks__names(const struct hooks *hooks)
{
	return hooks->names;
}
