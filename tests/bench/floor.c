// SPDX-License-Identifier: Apache-2.0
/*
 * Holds the programs that everything else is measured against, and reads the kernel's run-time
 * statistics of any process's BPF programs.
 *
 * Commands come on stdin, a line each, and the answers end with a line "."; the end of stdin ends
 * the program and with it everything that it attached.
 *
 *   programs PID   one line "ID NAME RUN_COUNT RUN_TIME_NS MISSES TARGET" for each program of that process
 *   maps PID       one line "ID NAME TYPE BYTES" for each map of that process
 *   records        one line "RECEIVED LOST" of the argv copies
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "floor.h"
#include "floor.skel.h"

#define IDS_MAX 256

struct ids {
	uint32_t ids[IDS_MAX];
	size_t count;
};

struct floor {
	struct floor_bpf *skel;
	struct ring_buffer *ring;
	struct btf *vmlinux;
	uint64_t nr_received;
};

static int handle_record(void *ctx, void *data, size_t size)
{
	struct floor *floor = ctx;

	(void)data;
	if (size >= offsetof(struct floor_record, args))
		floor->nr_received++;
	return 0;
}

static void ids__add(struct ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->ids[i] == id)
			return;
	if (ids->count < IDS_MAX)
		ids->ids[ids->count++] = id;
}

/* The ids that follow `key` in the process's fdinfo: a program stays visible by its link alone. */
static int collect_ids(pid_t pid, const char *key, struct ids *ret_ids)
{
	struct ids ids = {};
	char path[64], line[256];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		_cleanup_fclose_ FILE *file = NULL;
		_cleanup_close_ int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		file = fdopen(fd, "r");
		if (!file)
			continue;
		steal_fd(&fd);
		while (fgets(line, sizeof(line), file)) {
			size_t length = strlen(key);

			if (strncmp(line, key, length) == 0 && line[length] == ':')
				ids__add(&ids, strtoul(line + length + 1, NULL, 10));
		}
	}
	closedir(dir);
	*ret_ids = ids;
	return 0;
}

static const char *target_name(const struct floor *floor, const struct bpf_prog_info *info)
{
	const struct btf_type *type;

	/* Only the kernel's own BTF is looked into; a module's has another object id but also other hooks. */
	if (!info->attach_btf_id || !floor->vmlinux)
		return "-";
	type = btf__type_by_id(floor->vmlinux, info->attach_btf_id);
	return type ? btf__name_by_offset(floor->vmlinux, type->name_off) : "-";
}

static void print_programs(const struct floor *floor, pid_t pid)
{
	struct ids ids;

	if (collect_ids(pid, "prog_id", &ids))
		return;
	for (size_t i = 0; i < ids.count; i++) {
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);
		_cleanup_close_ int fd = bpf_prog_get_fd_by_id(ids.ids[i]);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			continue;
		printf("%u %s %llu %llu %llu %s\n", info.id, info.name[0] ? info.name : "-", info.run_cnt,
		       info.run_time_ns, info.recursion_misses, target_name(floor, &info));
	}
}

static void print_maps(pid_t pid)
{
	struct ids ids;

	if (collect_ids(pid, "map_id", &ids))
		return;
	for (size_t i = 0; i < ids.count; i++) {
		struct bpf_map_info info = {};
		uint32_t size = sizeof(info);
		_cleanup_close_ int fd = bpf_map_get_fd_by_id(ids.ids[i]);
		uint64_t bytes;

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			continue;
		bytes = info.type == BPF_MAP_TYPE_RINGBUF
				? info.max_entries
				: (uint64_t)info.max_entries * (info.key_size + info.value_size);
		printf("%u %s %s %llu\n", info.id, info.name[0] ? info.name : "-",
		       info.type == BPF_MAP_TYPE_RINGBUF ? "ringbuf" : "other", (unsigned long long)bytes);
	}
}

static void answer(const struct floor *floor, const char *command)
{
	int pid;

	if (sscanf(command, "programs %d", &pid) == 1)
		print_programs(floor, pid);
	else if (sscanf(command, "maps %d", &pid) == 1)
		print_maps(pid);
	else if (strcmp(command, "records\n") == 0)
		printf("%llu %llu\n", (unsigned long long)floor->nr_received,
		       floor->skel ? (unsigned long long)floor->skel->bss->nr_lost : 0ULL);
	printf(".\n");
	fflush(stdout);
}

/*
 * Drains while there is anything, naps a millisecond, looks again, and only then asks to be woken: the
 * program that finds the word set clears it and wakes. The look between asking and sleeping closes the
 * gap in which a record came unannounced.
 */
static int wait_and_drain(struct floor *floor, int epoll_fd, struct epoll_event *ret_event)
{
	volatile uint32_t *reader_sleeps = floor->ring ? &floor->skel->bss->reader_sleeps : NULL;
	int n;

	while (floor->ring) {
		n = ring_buffer__consume(floor->ring);
		if (n < 0)
			return n;
		if (n == 0) {
			*reader_sleeps = 1;
			__sync_synchronize();
			if (ring_buffer__consume(floor->ring) == 0)
				break;
			*reader_sleeps = 0;
		}
		usleep(1000);
		n = epoll_wait(epoll_fd, ret_event, 1, 0);
		if (n != 0 && ret_event->data.fd == STDIN_FILENO)
			return n < 0 ? -errno : n;
	}
	n = epoll_wait(epoll_fd, ret_event, 1, -1);
	return n < 0 ? -errno : n;
}

static int floor__serve(struct floor *floor)
{
	_cleanup_close_ int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
	char line[128];
	int n;

	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event))
		return -errno;
	if (floor->ring) {
		int ring_fd = ring_buffer__epoll_fd(floor->ring);

		event.data.fd = ring_fd;
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ring_fd, &event))
			return -errno;
	}
	setvbuf(stdin, NULL, _IONBF, 0);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		n = wait_and_drain(floor, epoll_fd, &event);
		if (n < 0 && n != -EINTR)
			return n;
		if (n <= 0 || event.data.fd != STDIN_FILENO)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		answer(floor, line);
	}
}

/* Loads what `mode` asks for: "empty", "copy", or nothing. */
static int floor__load(struct floor *floor, const char *mode)
{
	bool is_copy = strcmp(mode, "copy") == 0;
	struct bpf_program *program;
	int err;

	if (strcmp(mode, "none") == 0)
		return 0;
	floor->skel = floor_bpf__open();
	if (!floor->skel)
		return -errno;
	bpf_object__for_each_program(program, floor->skel->obj)
		bpf_program__set_autoload(program, (program == floor->skel->progs.copy_argv) == is_copy);
	err = floor_bpf__load(floor->skel);
	if (err)
		return err;
	if (is_copy) {
		floor->ring = ring_buffer__new(bpf_map__fd(floor->skel->maps.records), handle_record, floor, NULL);
		if (!floor->ring)
			return -errno;
	}
	/* Classic tracepoints need tracefs; the others do not. */
	floor->skel->links.empty_setresuid = is_copy ? NULL : bpf_program__attach(floor->skel->progs.empty_setresuid);
	if (!floor->skel->links.empty_setresuid && !is_copy)
		fprintf(stderr, "floor: sys_exit_setresuid not attached: %s\n", strerror(errno));
	bpf_program__set_autoattach(floor->skel->progs.empty_setresuid, false);
	return floor_bpf__attach(floor->skel);
}

static void floor__free(struct floor *floor)
{
	ring_buffer__free(floor->ring);
	floor_bpf__destroy(floor->skel);
	btf__free(floor->vmlinux);
}

static int print_warnings(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

int main(int argc, char **argv)
{
	struct floor floor = {};
	_cleanup_close_ int stats_fd = -1;
	const char *mode = argc > 1 ? argv[1] : "";
	bool wants_stats = argc < 3 || strcmp(argv[2], "nostats") != 0;
	int err;

	if (strcmp(mode, "empty") && strcmp(mode, "copy") && strcmp(mode, "none")) {
		fprintf(stderr, "usage: floor empty|copy|none [nostats]\n");
		return 2;
	}
	libbpf_set_print(print_warnings);
	if (wants_stats) {
		stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		if (stats_fd < 0) {
			fprintf(stderr, "floor: cannot enable run-time statistics: %s\n", strerror(errno));
			return 3;
		}
	}
	floor.vmlinux = btf__load_vmlinux_btf();
	err = floor__load(&floor, mode);
	if (!err)
		err = floor__serve(&floor);
	floor__free(&floor);
	if (err)
		fprintf(stderr, "floor: %s: %s\n", mode, strerror(-err));
	return err ? 3 : 0;
}
