/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the bytes of a record into a checked view of it. Pure: no I/O, clock or globals. */
#ifndef UIDZERO_EVENT_DECODE_H
#define UIDZERO_EVENT_DECODE_H

#include <stddef.h>

#include "base/span.h"
#include "event.h"

struct process_view {
	const struct process_event *event;
	struct span filename, interp; /* without their NUL, which follows; empty where the record has none */
	struct span executable;       /* components, leaf first, each ended by NUL; see path_join() */
	struct span cwd;
	struct span args; /* each ended by NUL; where they were cut, the last one may have none */
};

struct cgroup_view {
	const struct cgroup_event *event;
	struct span path; /* without its NUL */
};

struct event_view {
	const struct event_header *header;
	union {
		struct process_view process; /* EXEC, CREDS, TASK, EXIT, IO_URING */
		struct cgroup_view cgroup;   /* CGROUP_MKDIR, CGROUP_RMDIR, CONTAINER_EMPTY */
	};
};

/**
 * Check a record and point into it. The view lives as long as the bytes do.
 *
 * @data: eight-byte aligned, as the ring gives it
 *
 * Returns 0; -EPROTO for another ABI; -EBADMSG where sizes or enums contradict each other.
 */
int event_decode(const void *data, size_t size, struct event_view *ret_view);

/**
 * Join leaf-first components, each ended by NUL, into "/a/b/c"; "/" for none. A path that is not whole
 * starts with "…/". A component can hold a slash: memfd_create(2) takes any name.
 *
 * Returns the length without the NUL, or -ENAMETOOLONG where ret_size is too small.
 */
int path_join(struct span components, int is_whole, char *ret, size_t ret_size);

/* The uid as the process sees it by its user namespace's map; (uint32_t)-1 where it is not mapped or not known. */
__u32 userns_map_uid(const struct event_userns *userns, __u32 level, __u32 kuid);

/*
 * The uid inside that is uid 0 of the host; EVENT_NO_UID where the map does not contain it, or is not known. At level 0
 * there is none.
 */
__u32 userns_host_root_uid(const struct event_userns *userns, __u32 level);

const char *event_hook_name(enum event_hook hook);          /* "tp_btf/sched_process_exec" ...; NULL for none */
const char *event_syscall_name(enum event_syscall syscall); /* "setresuid" ...; NULL for none */
const char *event_kind_name(enum event_kind kind); /* as in uidzero.lost.by_kind: "exec", "credentials", "lifecycle",
						      "task", "io_uring"; NULL for none */

#endif
