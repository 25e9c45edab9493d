/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one way into the rings: numbers each record, counts each loss, wakes a sleeping reader. */
#ifndef UIDZERO_EMIT_BPF_H
#define UIDZERO_EMIT_BPF_H

#include "maps.bpf.h"

/* Of this CPU's records, who looks how full the ring is; each large one's does. */
#define LOOK_EVERY  8
#define LARGE_BYTES 4096

static __always_inline bool is_half_full(const struct event_header *header, void *map)
{
	return (header->seq % LOOK_EVERY == 0 || header->size > LARGE_BYTES) &&
	       bpf_ringbuf_query(map, BPF_RB_AVAIL_DATA) > bpf_ringbuf_query(map, BPF_RB_RING_SIZE) / 2;
}

/*
 * Wake the reader only where it says that it waits. It says so before it looks at the rings a last time; the
 * record was committed (by an xchg, a full barrier) before this reads the word. So one of the two sees the
 * other, and no record waits for the next one.
 */
static __always_inline void wake_reader(const struct event_header *header, void *map)
{
	__u32 state = reader_state;
	void *nothing;

	if (state == READER_AWAKE)
		return;
	if (state == READER_NAPS && header->ring != RING_ALERTS && !is_half_full(header, map))
		return;
	nothing = bpf_ringbuf_reserve(map, 8, 0);
	if (!nothing) /* full to the last byte: another record's program will find the word still set */
		return;
	reader_state = READER_AWAKE;
	bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/* Complete the header and send. `size` is the whole record's, at most `capacity`, which is a constant. */
static __always_inline void emit(enum event_ring ring, enum event_kind kind, enum event_hook hook,
				 struct event_header *header, __u64 size, __u64 capacity)
{
	void *map = ring == RING_ALERTS ? (void *)&alerts : (void *)&events;
	__u32 zero = 0;
	struct cpu_counters *counter = bpf_map_lookup_elem(&counters, &zero);

	if (!counter || size < sizeof(*header))
		return;
	/* The verifier has to see the bound on the very register that the helper gets. */
	barrier_var(size);
	if (size > capacity)
		return;
	header->abi = EVENT_ABI;
	header->kind = kind;
	header->size = size;
	header->time_ns = bpf_ktime_get_boot_ns();
	header->cpu = bpf_get_smp_processor_id();
	header->ring = ring;
	header->hook = hook;
	header->seq = counter->seq[ring]++;
	if (bpf_ringbuf_output(map, header, size, BPF_RB_NO_WAKEUP)) {
		counter->lost[ring][kind]++;
		return;
	}
	wake_reader(header, map);
}

#endif
