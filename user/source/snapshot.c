// SPDX-License-Identifier: Apache-2.0
/* Reads the task iterator. */
#include "source/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define CHUNK_SIZE (64 << 10)

/* argv as it is now: the process can have rewritten it. An iterator may not read another's memory. */
static void add_args(struct process_event *event)
{
	_cleanup_close_ int fd = -1;
	char path[32];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%u/cmdline", event->task.tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	size = read(fd, (char *)event + event->header.size, EVENT_ARGS_MAX);
	if (size <= 0)
		return;
	event->args_size = size;
	event->args_full_size = size;
	event->header.size += size;
}

/* The first record in a buffer, if it is whole. */
static const struct event_header *whole_record(const char *buffer, size_t size)
{
	const struct event_header *header = (const void *)buffer;

	if (size < sizeof(struct process_event) || header->size > size)
		return NULL;
	return header;
}

int snapshot__walk(const struct hooks *hooks, int (*handle)(void *data, const void *record, size_t size), void *data)
{
	_cleanup_close_ int fd = hooks__iterator_fd(hooks);
	_cleanup_free_ char *buffer = malloc(2 * CHUNK_SIZE);
	_cleanup_free_ struct process_event *event = malloc(PROCESS_EVENT_MAX);
	size_t filled = 0;
	ssize_t size;

	if (fd < 0)
		return fd;
	if (!buffer || !event)
		return -ENOMEM;
	while ((size = read(fd, buffer + filled, CHUNK_SIZE)) > 0 || (size < 0 && errno == EAGAIN)) {
		const struct event_header *header;
		size_t used = 0;

		filled += size > 0 ? size : 0;
		while ((header = whole_record(buffer + used, filled - used))) {
			size_t record_size = header->size;
			int err;

			if (record_size < sizeof(*event) || record_size > PROCESS_EVENT_MAX - EVENT_ARGS_MAX)
				return -EBADMSG;
			/* The stream is packed: a record of its own is aligned. */
			memcpy(event, header, record_size);
			used += record_size;
			if (!handle)
				continue;
			add_args(event);
			err = handle(data, event, event->header.size);
			if (err)
				return err;
		}
		memmove(buffer, buffer + used, filled - used);
		filled -= used;
	}
	return size < 0 ? -errno : 0;
}
