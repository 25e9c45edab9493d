/* SPDX-License-Identifier: Apache-2.0 */
/* Builds records as the kernel side writes them, for the tests of what reads them. */
#ifndef UIDZERO_TESTS_SAMPLE_H
#define UIDZERO_TESTS_SAMPLE_H

#include <assert.h>
#include <string.h>

#include "event/decode.h"

/* A string literal with its NULs: SPAN("sh\0-c\0") leaves out the one that the compiler adds. */
#define SPAN(literal) ((struct span){literal, sizeof(literal) - 1})

/* A random number that is the same in each run. */
static inline uint64_t sample_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct sample_strings {
	struct span filename, interp, executable, cwd, args; /* all with their NULs */
};

/* Lays the strings behind the event and sets all sizes. The buffer is of PROCESS_EVENT_MAX bytes. */
static inline size_t sample_process(const struct process_event *event, const struct sample_strings *strings,
				    void *buffer)
{
	const struct span pieces[] = {strings->filename, strings->interp, strings->executable, strings->cwd,
				      strings->args};
	struct process_event *record = buffer;
	size_t size = 0;

	*record = *event;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		if (pieces[i].size)
			memcpy(record->strings + size, pieces[i].data, pieces[i].size);
		size += pieces[i].size;
	}
	assert(size <= PROCESS_EVENT_STRINGS_MAX);
	record->filename_size = strings->filename.size;
	record->interp_size = strings->interp.size;
	record->executable_size = strings->executable.size;
	record->cwd_size = strings->cwd.size;
	record->args_size = strings->args.size;
	record->executable_is_whole = strings->executable.size > 0;
	record->cwd_is_whole = strings->cwd.size > 0;
	if (record->args_full_size < strings->args.size)
		record->args_full_size = strings->args.size;
	record->header.abi = EVENT_ABI;
	record->header.size = sizeof(*record) + size;
	return record->header.size;
}

#define DOCKER_CAPABILITIES 0xa80425fbULL

/* A shell that Docker started as root. */
static inline struct process_event sample_exec(void)
{
	struct process_event event = {
		.header = {.kind = EVENT_EXEC,
			   .time_ns = 3600123456789ULL,
			   .seq = 41,
			   .cpu = 1,
			   .ring = RING_EVENTS,
			   .hook = HOOK_TP_BTF_EXEC},
		.task = {.tgid = 123,
			 .tid = 123,
			 .vpid = 1,
			 .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,
			 .start_ns = 3600120000000ULL,
			 .container = 1,
			 .parent_tgid = 100,
			 .parent_start_ns = 3600000000000ULL,
			 .seccomp_mode = 2,
			 .comm = "sh",
			 .parent_comm = "containerd-shim"},
		.after = {.is_known = 1,
			  .cap_permitted = DOCKER_CAPABILITIES,
			  .cap_effective = DOCKER_CAPABILITIES,
			  .cap_bounding = DOCKER_CAPABILITIES,
			  .userns_inum = 4026531837U},
		.file = {.inode = 1311, .dev_major = 8, .dev_minor = 1, .mode = 0100755, .flags = FILE_KNOWN},
		.argc = 3,
	};

	event.before = event.after;
	return event;
}

static inline struct sample_strings sample_exec_strings(void)
{
	return (struct sample_strings){
		.filename = SPAN("/bin/sh\0"),
		.executable = SPAN("dash\0bin\0usr\0"),
		.cwd = SPAN("www\0srv\0"),
		.args = SPAN("/bin/sh\0-c\0exec nginx -g 'daemon off;'\0"),
	};
}

#endif
