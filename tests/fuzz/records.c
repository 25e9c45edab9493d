/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a mutated record whole: a wrong size alone would end every run in the first check. */
#include "fuzz.h"

#include <string.h>

#include "event.h"

static void repair_process(struct process_event *event, size_t size)
{
	size_t rest = size - sizeof(*event);
	size_t others = event->filename_size + event->interp_size + event->executable_size + event->cwd_size;

	event->task.comm[EVENT_COMM_SIZE - 1] = '\0';
	event->task.parent_comm[EVENT_COMM_SIZE - 1] = '\0';
	event->syscall = (uint32_t)event->syscall % SYSCALL_END;
	event->executable_is_whole &= 1;
	event->cwd_is_whole &= 1;
	if (others > rest) {
		event->filename_size = event->interp_size = event->executable_size = event->cwd_size = 0;
		others = 0;
	}
	event->args_size = rest - others;
}

void repair_record(void *record, size_t size)
{
	struct process_event event; /* the record need not be aligned */
	struct cgroup_event cgroup;
	struct event_header header;

	if (size < sizeof(header))
		return;
	memcpy(&header, record, sizeof(header));
	header.abi = EVENT_ABI;
	header.kind %= EVENT_KIND_END;
	header.size = size;
	header.ring %= RING_END;
	header.hook %= HOOK_END;
	memcpy(record, &header, sizeof(header));
	if (header.kind == EVENT_CGROUP_MKDIR && size > sizeof(cgroup)) {
		memcpy(&cgroup, record, sizeof(cgroup));
		cgroup.path_size = size - sizeof(cgroup);
		memcpy(record, &cgroup, sizeof(cgroup));
		((char *)record)[sizeof(cgroup)] = '/';
		((char *)record)[size - 1] = '\0';
	} else if (header.kind < EVENT_CGROUP_MKDIR && size >= sizeof(event)) {
		memcpy(&event, record, sizeof(event));
		repair_process(&event, size);
		memcpy(record, &event, sizeof(event));
	}
}
