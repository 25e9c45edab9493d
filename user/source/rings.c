// SPDX-License-Identifier: Apache-2.0
/* A consumer for two BPF ring buffers at once; libbpf's own drains them one after the other. */
#include "source/rings.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "base/cleanup.h"

/* One ring as mapped: positions are bytes since the start, the data stands twice so that none wraps. */
struct ring {
	unsigned long *consumer, *producer;
	const char *data;
	size_t size, page_size;
	uint64_t head_time_ns; /* of the record at the consumer's position */
	const struct event_header *head;
	uint32_t head_length;
};

struct rings {
	struct ring rings[RING_END];
	volatile uint32_t *reader_state;
	int epoll_fd;
};

static int ring__map(struct ring *ring, int fd, size_t size)
{
	void *memory;

	ring->size = size;
	ring->page_size = sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, ring->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	ring->consumer = memory;
	memory = mmap(NULL, ring->page_size + 2 * size, PROT_READ, MAP_SHARED, fd, ring->page_size);
	if (memory == MAP_FAILED)
		return -errno;
	ring->producer = memory;
	ring->data = (const char *)memory + ring->page_size;
	return 0;
}

static void ring__unmap(struct ring *ring)
{
	if (ring->consumer)
		munmap(ring->consumer, ring->page_size);
	if (ring->producer)
		munmap(ring->producer, ring->page_size + 2 * ring->size);
}

static void ring__advance(struct ring *ring, uint32_t length)
{
	unsigned long position = *ring->consumer + BPF_RINGBUF_HDR_SZ + ((length + 7UL) & ~7UL);

	__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
}

/* Look at the record that comes next, leaving it where it is. Returns false where there is none. */
static bool ring__peek(struct ring *ring)
{
	if (ring->head)
		return true;
	for (;;) {
		unsigned long position = *ring->consumer;
		const uint32_t *header;
		uint32_t length;

		if (position == __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE))
			return false;
		header = (const void *)(ring->data + (position & (ring->size - 1)));
		length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
		if (length & BPF_RINGBUF_BUSY_BIT)
			return false;
		if (length & BPF_RINGBUF_DISCARD_BIT) {
			ring__advance(ring, length & ~BPF_RINGBUF_DISCARD_BIT);
			continue;
		}
		ring->head = (const void *)((const char *)header + BPF_RINGBUF_HDR_SZ);
		ring->head_length = length;
		/* Too short to have a time: decode refuses it, whenever it comes. */
		ring->head_time_ns = length >= sizeof(*ring->head) ? ring->head->time_ns : 0;
		return true;
	}
}

/*
 * The ring whose next record is the earlier one. Of two records of one task the earlier is committed before
 * the later is made: looking at the first ring again after the second leaves no cause behind its effect.
 */
static struct ring *earliest(struct rings *rings)
{
	struct ring *first = &rings->rings[RING_ALERTS], *second = &rings->rings[RING_EVENTS];
	bool has_first = ring__peek(first), has_second = ring__peek(second);

	if (!has_first && has_second)
		has_first = ring__peek(first);
	if (has_first && has_second)
		return first->head_time_ns <= second->head_time_ns ? first : second;
	return has_first ? first : has_second ? second : NULL;
}

int rings__new(struct hooks *hooks, struct rings **ret_rings)
{
	struct rings *rings = calloc(1, sizeof(*rings));
	int i, err = 0;

	if (!rings)
		return -ENOMEM;
	rings->reader_state = hooks__reader_state(hooks);
	rings->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (rings->epoll_fd < 0)
		err = -errno;
	for (i = 0; i < RING_END && !err; i++) {
		struct epoll_event event = {.events = EPOLLIN | EPOLLET};
		int fd = hooks__ring_fd(hooks, i);

		err = ring__map(&rings->rings[i], fd, hooks__ring_size(hooks, i));
		if (!err && epoll_ctl(rings->epoll_fd, EPOLL_CTL_ADD, fd, &event))
			err = -errno;
	}
	if (err) {
		rings__free(rings);
		return err;
	}
	*ret_rings = rings;
	return 0;
}

void rings__free(struct rings *rings)
{
	int i;

	if (!rings)
		return;
	for (i = 0; i < RING_END; i++)
		ring__unmap(&rings->rings[i]);
	if (rings->epoll_fd >= 0)
		close(rings->epoll_fd);
	free(rings);
}

int rings__fd(const struct rings *rings)
{
	return rings->epoll_fd;
}

int rings__drain(struct rings *rings, int max, uint64_t until_ns,
		 int (*handle)(void *data, const void *record, size_t size), void *data)
{
	struct ring *ring;
	int n = 0, err;

	while (n < max && (ring = earliest(rings)) && ring->head_time_ns <= until_ns) {
		err = handle(data, ring->head, ring->head_length);
		ring->head = NULL;
		ring__advance(ring, ring->head_length);
		if (err)
			return err;
		n++;
	}
	return n;
}

bool rings__wait(struct rings *rings, enum reader_state state)
{
	*rings->reader_state = state;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!ring__peek(&rings->rings[RING_ALERTS]) && (state == READER_NAPS || !earliest(rings)))
		return true;
	rings__wake(rings);
	return false;
}

void rings__wake(struct rings *rings)
{
	*rings->reader_state = READER_AWAKE;
}
