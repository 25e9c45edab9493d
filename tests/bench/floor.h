/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The record of the program that copies argv and does nothing else. */
#ifndef UIDZERO_BENCH_FLOOR_H
#define UIDZERO_BENCH_FLOOR_H

#define FLOOR_ARGS_MAX 8192 /* EVENT_ARGS_MAX, so that both copy the same */

struct floor_record {
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u32 tgid;
	__u32 args_size;
	char args[FLOOR_ARGS_MAX];
};

#endif
