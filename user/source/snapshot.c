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
#define CROWD_SIZE (16 << 20) /* some 25,000 processes */

/* argv as it is now: the process can have rewritten it. An iterator may not read another's memory. */
static void add_args(struct process_event *event)
{
	_cleanup_close_ int fd = -1;
	char path[32];
	ssize_t size;

	/* Of the thread: its leader has no memory any more once it has ended. */
	snprintf(path, sizeof(path), "/proc/%u/cmdline", event->task.tid);
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

/* Hands over each record as the kernel made it. */
static int read_walk(const struct hooks *hooks, int (*take)(void *data, const struct process_event *event), void *data)
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
			err = take(data, event);
			if (err)
				return err;
		}
		memmove(buffer, buffer + used, filled - used);
		filled -= used;
	}
	return size < 0 ? -errno : 0;
}

/* Whom the records of a walk are handed to, with argv. */
struct receiver {
	int (*handle)(void *data, const void *record, size_t size);
	void *data;
	struct process_event *event; /* room for one with argv */
};

static int hand_over(void *data, const struct process_event *event)
{
	struct receiver *receiver = data;

	memcpy(receiver->event, event, event->header.size);
	add_args(receiver->event);
	return receiver->handle(receiver->data, receiver->event, receiver->event->header.size);
}

static int drop(void *data, const struct process_event *event)
{
	(void)data, (void)event;
	return 0;
}

int snapshot__walk(const struct hooks *hooks, int (*handle)(void *data, const void *record, size_t size), void *data)
{
	_cleanup_free_ struct process_event *event = malloc(PROCESS_EVENT_MAX);
	struct receiver receiver = {handle, data, event};

	if (!event)
		return -ENOMEM;
	return read_walk(hooks, handle ? hand_over : drop, &receiver);
}

/* Records that wait until all are there. */
struct crowd {
	struct process_event **events;
	size_t nr, room, size; /* size: bytes of all */
	struct receiver *receiver;
};

static int compare_age(const void *a, const void *b)
{
	const struct process_event *first = *(struct process_event *const *)a, *second = *(void *const *)b;

	if (first->task.start_ns != second->task.start_ns)
		return first->task.start_ns < second->task.start_ns ? -1 : 1;
	return first->header.seq < second->header.seq ? -1 : 1;
}

static int hand_over_crowd(struct crowd *crowd)
{
	size_t i;
	int err = 0;

	qsort(crowd->events, crowd->nr, sizeof(*crowd->events), compare_age);
	for (i = 0; i < crowd->nr; i++) {
		if (!err)
			err = hand_over(crowd->receiver, crowd->events[i]);
		free(crowd->events[i]);
	}
	crowd->nr = 0;
	crowd->size = 0;
	return err;
}

static int join(void *data, const struct process_event *event)
{
	struct crowd *crowd = data;
	struct process_event *copy;

	if (crowd->nr == crowd->room) {
		size_t room = crowd->room ? 2 * crowd->room : 256;
		struct process_event **grown = realloc(crowd->events, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		crowd->events = grown;
		crowd->room = room;
	}
	copy = malloc(event->header.size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, event, event->header.size);
	crowd->events[crowd->nr++] = copy;
	crowd->size += event->header.size;
	return crowd->size < CROWD_SIZE ? 0 : hand_over_crowd(crowd);
}

int snapshot__walk_by_age(const struct hooks *hooks, int (*handle)(void *data, const void *record, size_t size),
			  void *data)
{
	_cleanup_free_ struct process_event *event = malloc(PROCESS_EVENT_MAX);
	struct receiver receiver = {handle, data, event};
	struct crowd crowd = {.receiver = &receiver};
	int err;

	if (!event)
		return -ENOMEM;
	err = read_walk(hooks, join, &crowd);
	if (!err)
		err = hand_over_crowd(&crowd);
	while (crowd.nr)
		free(crowd.events[--crowd.nr]);
	free(crowd.events);
	return err;
}
