// SPDX-License-Identifier: Apache-2.0
/* The kernel's tables as user space reads and writes them: rings, cgroups, counters. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "source/hooks_private.h"
#include "uidzero.skel.h"

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

volatile uint32_t *hooks__reader_state(const struct hooks *hooks)
{
	return &hooks->skeleton->bss->reader_state;
}

int hooks__iterator_fd(const struct hooks *hooks)
{
	int fd;

	hooks->skeleton->bss->scan_number++;
	fd = bpf_iter_create(bpf_link__fd(hooks->skeleton->links.snapshot_tasks));

	return fd < 0 ? -errno : fd;
}

/* Before the kernel side knows the number: what it counts then begins at 0. */
static void set_container(struct hooks *hooks, uint32_t container, uint32_t outer)
{
	struct container_slot *slot = &hooks->skeleton->bss->container_slots[container % CONTAINER_SLOTS];

	slot->outer = outer;
	if (slot->number == container)
		return;
	slot->live = 0;
	slot->scan = 0;
	slot->number = container;
}

bool hooks__saw_container(const struct hooks *hooks, uint32_t container, uint32_t scan)
{
	const struct container_slot *slot = &hooks->skeleton->bss->container_slots[container % CONTAINER_SLOTS];

	return slot->number != container || slot->scan > scan;
}

bool hooks__has_live_threads(const struct hooks *hooks, uint32_t container)
{
	return hooks->skeleton->bss->container_slots[container % CONTAINER_SLOTS].live > 0;
}

uint32_t hooks__scan_number(const struct hooks *hooks)
{
	return hooks->skeleton->bss->scan_number;
}

int hooks__set_cgroup(struct hooks *hooks, uint64_t key, uint64_t parent_key, enum cgroup_state state,
		      uint32_t container, uint32_t outer)
{
	struct cgroup_entry entry = {};
	int fd = bpf_map__fd(hooks->skeleton->maps.cgroups);
	uint32_t i;

	if (bpf_map_lookup_elem(fd, &key, &entry))
		entry.parent_key = parent_key;
	entry.state = state;
	entry.container = container;
	if (container)
		set_container(hooks, container, outer);
	if (bpf_map_update_elem(fd, &key, &entry, BPF_ANY))
		return -errno;
	for (i = 0; i < hooks->skeleton->rodata->nr_host_notes; i++)
		__atomic_fetch_add(&hooks->skeleton->bss->host_notes[i].generation, 1, __ATOMIC_SEQ_CST);
	return 0;
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

enum event_kind hooks_kind_of(const char *section)
{
	static const struct {
		const char *part;
		enum event_kind kind;
	} kinds[] = {
		{"/sched_process_exec", EVENT_EXEC},
		{"/sched_process_fork", EVENT_EXIT},
		{"/sched_process_exit", EVENT_EXIT},
		{"/cgroup_mkdir", EVENT_CGROUP_MKDIR},
		{"/cgroup_attach_task", EVENT_CGROUP_MKDIR},
		{"/cgroup_rmdir", EVENT_CGROUP_RMDIR},
		{"/io_uring_", EVENT_IO_URING},
		{"iter/", EVENT_TASK},
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(section, kinds[i].part))
			return kinds[i].kind;
	return EVENT_CREDS; /* the ladder for credentials has the others */
}

static void read_missed_runs(const struct hooks *hooks, uint64_t ret_missed[EVENT_KIND_END])
{
	struct bpf_program *program;

	memset(ret_missed, 0, EVENT_KIND_END * sizeof(*ret_missed));
	bpf_object__for_each_program(program, hooks->skeleton->obj)
	{
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (bpf_program__fd(program) >= 0 && !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			ret_missed[hooks_kind_of(bpf_program__section_name(program))] += info.recursion_misses;
	}
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
	read_missed_runs(hooks, losses->missed);
	return 0;
}
