// SPDX-License-Identifier: Apache-2.0
/* The ladder: each fact's best hook that loads and attaches here. */
#include "source/hooks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "source/tracefs.h"
#include "uidzero.skel.h"

#define CREDS_PROGRAMS 9

struct hooks {
	struct uidzero_bpf *skeleton;
	struct bpf_link *creds_links[CREDS_PROGRAMS];
	const char *names[HOOKS_NAMES_MAX + 1];
	uint32_t nr_cpus;
	struct cpu_counters *counters; /* room for one read of the per-CPU map */
};

/* The calls that change credentials: enum event_syscall, the tracepoint, the numbers in both system call tables. */
static const struct {
	const char *tracepoint;
	enum event_syscall syscall;
	int nr;           /* of this machine's own table */
	int compat_nr[2]; /* of i386's table: 32-bit ids, 16-bit ids; 0: none */
} creds_calls[CREDS_PROGRAMS] = {
	{"sys_exit_setuid", SYSCALL_SETUID, SYS_setuid, {213, 23}},
	{"sys_exit_setreuid", SYSCALL_SETREUID, SYS_setreuid, {203, 70}},
	{"sys_exit_setresuid", SYSCALL_SETRESUID, SYS_setresuid, {208, 164}},
	{"sys_exit_setfsuid", SYSCALL_SETFSUID, SYS_setfsuid, {215, 138}},
	{"sys_exit_setgid", SYSCALL_SETGID, SYS_setgid, {214, 46}},
	{"sys_exit_setregid", SYSCALL_SETREGID, SYS_setregid, {204, 71}},
	{"sys_exit_setresgid", SYSCALL_SETRESGID, SYS_setresgid, {210, 170}},
	{"sys_exit_setfsgid", SYSCALL_SETFSGID, SYS_setfsgid, {216, 139}},
	{"sys_exit_capset", SYSCALL_CAPSET, SYS_capset, {185, 0}},
};

/* How high on the ladder: each step gives up something that the kernel refused. */
enum rung { RUNG_TYPED, RUNG_RAW, RUNG_END };

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

static bool is_of_rung(const struct bpf_program *program, enum rung rung, bool has_tracefs)
{
	const char *section = bpf_program__section_name(program);

	if (!strncmp(section, "tp_btf/", 7))
		return rung == RUNG_TYPED;
	if (!strcmp(section, "raw_tp/sys_exit"))
		return !has_tracefs;
	if (!strncmp(section, "raw_tp/", 7))
		return rung == RUNG_RAW;
	if (!strncmp(section, "tracepoint/", 11))
		return has_tracefs;
	return true;
}

static void set_constants(struct uidzero_bpf *skeleton, const struct hooks_options *options)
{
	size_t i;

	skeleton->rodata->v1_controller = options->hierarchy.v1_controller;
	skeleton->rodata->v1_hierarchy = options->hierarchy.v1_id;
	skeleton->rodata->wants_all = options->wants_all;
	for (i = 0; i < CREDS_PROGRAMS; i++) {
		uint8_t *table = (uint8_t *)skeleton->rodata->creds_syscalls;

		table[creds_calls[i].nr] = creds_calls[i].syscall;
#ifdef __x86_64__
		table[creds_calls[i].compat_nr[0]] = creds_calls[i].syscall;
		if (creds_calls[i].compat_nr[1])
			table[creds_calls[i].compat_nr[1]] = creds_calls[i].syscall;
#endif
	}
}

static int load(const struct hooks_options *options, enum rung rung, bool has_tracefs,
		struct uidzero_bpf **ret_skeleton)
{
	struct uidzero_bpf *skeleton = uidzero_bpf__open();
	struct bpf_program *program;
	int err;

	if (!skeleton)
		return -errno;
	set_constants(skeleton, options);
	err = bpf_map__set_max_entries(skeleton->maps.events, options->events_ring_size);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.alerts, options->alerts_ring_size);
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, is_of_rung(program, rung, has_tracefs));
	if (!err)
		err = uidzero_bpf__load(skeleton);
	if (err) {
		uidzero_bpf__destroy(skeleton);
		return err;
	}
	*ret_skeleton = skeleton;
	return 0;
}

static int attach_tracepoint(struct bpf_program *program, int id, struct bpf_link **ret_link)
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

static int attach_creds(struct hooks *hooks, int tracefs)
{
	size_t i;

	for (i = 0; i < CREDS_PROGRAMS; i++) {
		struct bpf_program *program;
		char name[32];
		int id, err;

		snprintf(name, sizeof(name), "exit_%s", creds_calls[i].tracepoint + strlen("sys_exit_"));
		program = bpf_object__find_program_by_name(hooks->skeleton->obj, name);
		if (!program)
			return -ENOENT;
		id = tracefs_tracepoint_id(tracefs, "syscalls", creds_calls[i].tracepoint);
		err = id < 0 ? id : attach_tracepoint(program, id, &hooks->creds_links[i]);
		if (err)
			return err;
	}
	return 0;
}

/* All programs but the classic tracepoints, which libbpf could attach only where tracefs is mounted. */
static int attach(struct hooks *hooks, int tracefs)
{
	struct bpf_program *program;
	size_t nr_names = 0;
	int i;

	if (tracefs >= 0) {
		int err = attach_creds(hooks, tracefs);

		if (err)
			return err;
		hooks->names[nr_names++] = "tracepoint/syscalls/sys_exit_set*";
	}
	for (i = 0; i < hooks->skeleton->skeleton->prog_cnt; i++) {
		struct bpf_prog_skeleton *entry = &hooks->skeleton->skeleton->progs[i];

		program = *entry->prog;
		if (!bpf_program__autoload(program) || !strncmp(bpf_program__section_name(program), "tracepoint/", 11))
			continue;
		*entry->link = bpf_program__attach(program);
		if (!*entry->link)
			return -errno;
		if (nr_names < HOOKS_NAMES_MAX)
			hooks->names[nr_names++] = bpf_program__section_name(program);
	}
	return 0;
}

static void explain(int err, char ret_reason[HOOKS_REASON_MAX])
{
	struct utsname uts = {};

	uname(&uts);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "kernel %s tells no types of its own (/sys/kernel/btf/vmlinux: %s); "
			 "a kernel built with CONFIG_DEBUG_INFO_BTF=y is needed, as Debian's are since 5.10",
			 uts.release, strerror(errno));
	else if (err == -EPERM || err == -EACCES)
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "the kernel refuses BPF programs (%s); run as root, or with the capabilities CAP_BPF, "
			 "CAP_PERFMON, CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE",
			 strerror(-err));
	else
		snprintf(ret_reason, HOOKS_REASON_MAX,
			 "kernel %s does not take the BPF programs (%s); 5.8 or newer is needed, "
			 "`uidzero doctor` tells which part is missing",
			 uts.release, strerror(-err));
}

int hooks__new(const struct hooks_options *options, struct hooks **ret_hooks, char ret_reason[HOOKS_REASON_MAX])
{
	_cleanup_close_ int tracefs = tracefs_open();
	libbpf_print_fn_t print;
	struct hooks *hooks;
	enum rung rung;
	int err = -EINVAL;

	hooks = calloc(1, sizeof(*hooks));
	if (!hooks)
		return -ENOMEM;
	hooks->nr_cpus = libbpf_num_possible_cpus();
	hooks->counters = calloc(hooks->nr_cpus, sizeof(*hooks->counters));
	if (!hooks->counters) {
		hooks__free(hooks);
		return -ENOMEM;
	}
	if (tracefs >= 0) {
		int id = tracefs_tracepoint_id(tracefs, "syscalls", creds_calls[0].tracepoint);

		if (id < 0) {
			log_debug("no syscall tracepoints (%s); every system call's exit is looked at instead",
				  strerror(-id));
			close(steal_fd(&tracefs));
		}
	}
	print = libbpf_set_print(print_nothing);
	for (rung = RUNG_TYPED; rung < RUNG_END; rung++) {
		err = load(options, rung, tracefs >= 0, &hooks->skeleton);
		/* What is refused on one rung for want of privilege is refused on all. */
		if (!err || err == -EPERM)
			break;
	}
	if (!err)
		err = attach(hooks, tracefs);
	libbpf_set_print(print);
	if (err) {
		explain(err, ret_reason);
		hooks__free(hooks);
		return err;
	}
	*ret_hooks = hooks;
	return 0;
}

void hooks__free(struct hooks *hooks)
{
	size_t i;

	if (!hooks)
		return;
	for (i = 0; i < CREDS_PROGRAMS; i++)
		bpf_link__destroy(hooks->creds_links[i]);
	uidzero_bpf__destroy(hooks->skeleton);
	free(hooks->counters);
	free(hooks);
}

const char *const *hooks__names(const struct hooks *hooks)
{
	return hooks->names;
}

static struct bpf_map *ring_map(const struct hooks *hooks, enum event_ring ring)
{
	return ring == RING_ALERTS ? hooks->skeleton->maps.alerts : hooks->skeleton->maps.events;
}

int hooks__ring_fd(const struct hooks *hooks, enum event_ring ring)
{
	return bpf_map__fd(ring_map(hooks, ring));
}

uint32_t hooks__ring_size(const struct hooks *hooks, enum event_ring ring)
{
	return bpf_map__max_entries(ring_map(hooks, ring));
}

volatile uint32_t *hooks__reader_sleeps(const struct hooks *hooks)
{
	return &hooks->skeleton->bss->reader_sleeps;
}

int hooks__iterator_fd(const struct hooks *hooks)
{
	int fd = bpf_iter_create(bpf_link__fd(hooks->skeleton->links.snapshot_tasks));

	return fd < 0 ? -errno : fd;
}

int hooks__set_cgroup(struct hooks *hooks, uint64_t key, uint64_t parent_key, enum cgroup_state state,
		      uint32_t container)
{
	struct cgroup_entry entry = {};
	int fd = bpf_map__fd(hooks->skeleton->maps.cgroups);

	if (bpf_map_lookup_elem(fd, &key, &entry))
		entry.parent_key = parent_key;
	entry.state = state;
	entry.container = container;
	return bpf_map_update_elem(fd, &key, &entry, BPF_ANY) ? -errno : 0;
}

int hooks__get_cgroup(const struct hooks *hooks, uint64_t key, struct cgroup_entry *ret_entry)
{
	return bpf_map_lookup_elem(bpf_map__fd(hooks->skeleton->maps.cgroups), &key, ret_entry) ? -errno : 0;
}

int hooks__forget_cgroup(struct hooks *hooks, uint64_t key)
{
	return bpf_map_delete_elem(bpf_map__fd(hooks->skeleton->maps.cgroups), &key) ? -errno : 0;
}

uint32_t hooks__nr_cpus(const struct hooks *hooks)
{
	return hooks->nr_cpus;
}

static uint64_t missed_runs(const struct hooks *hooks)
{
	struct bpf_program *program;
	uint64_t missed = 0;

	bpf_object__for_each_program(program, hooks->skeleton->obj)
	{
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (bpf_program__fd(program) >= 0 && !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			missed += info.recursion_misses;
	}
	return missed;
}

int hooks__read_losses(const struct hooks *hooks, struct hooks_losses *losses)
{
	uint32_t zero = 0, cpu;
	int ring, kind;

	if (bpf_map_lookup_elem(bpf_map__fd(hooks->skeleton->maps.counters), &zero, hooks->counters))
		return -errno;
	memset(losses->by_kind, 0, sizeof(losses->by_kind));
	memset(losses->by_cpu, 0, hooks->nr_cpus * sizeof(*losses->by_cpu));
	losses->untracked = 0;
	losses->unlisted = 0;
	for (cpu = 0; cpu < hooks->nr_cpus; cpu++) {
		const struct cpu_counters *counter = &hooks->counters[cpu];

		losses->untracked += counter->untracked;
		losses->unlisted += counter->unlisted;
		for (ring = 0; ring < RING_END; ring++)
			for (kind = 0; kind < EVENT_KIND_END; kind++) {
				losses->by_kind[kind] += counter->lost[ring][kind];
				losses->by_cpu[cpu] += counter->lost[ring][kind];
			}
	}
	losses->missed = missed_runs(hooks);
	return 0;
}

static int probe(const char *name, int tracefs)
{
	struct uidzero_bpf *skeleton = uidzero_bpf__open();
	struct bpf_program *program, *each;
	struct bpf_link *link = NULL;
	const char *section;
	int err;

	if (!skeleton)
		return -errno;
	program = bpf_object__find_program_by_name(skeleton->obj, name);
	bpf_object__for_each_program(each, skeleton->obj) bpf_program__set_autoload(each, each == program);
	err = uidzero_bpf__load(skeleton);
	section = bpf_program__section_name(program);
	if (!err && !strncmp(section, "tracepoint/syscalls/", 20)) {
		int id = tracefs < 0 ? tracefs : tracefs_tracepoint_id(tracefs, "syscalls", section + 20);

		err = id < 0 ? id : attach_tracepoint(program, id, &link);
	} else if (!err) {
		link = bpf_program__attach(program);
		err = link ? 0 : -errno;
	}
	bpf_link__destroy(link);
	uidzero_bpf__destroy(skeleton);
	return err;
}

int hooks__probe(void (*report)(void *data, const char *name, int err), void *data)
{
	_cleanup_close_ int tracefs = tracefs_open();
	libbpf_print_fn_t print = libbpf_set_print(print_nothing);
	struct uidzero_bpf *skeleton = uidzero_bpf__open();
	struct bpf_program *program;

	if (!skeleton)
		return -errno;
	bpf_object__for_each_program(program, skeleton->obj)
		report(data, bpf_program__section_name(program), probe(bpf_program__name(program), tracefs));
	uidzero_bpf__destroy(skeleton);
	libbpf_set_print(print);
	return 0;
}
