/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc says of a process that another one may have replaced since. */
#ifndef UIDZERO_CONTAINER_PROCESS_STAT_H
#define UIDZERO_CONTAINER_PROCESS_STAT_H

#include <stdbool.h>
#include <stdint.h>

struct process_stat {
	uint32_t parent; /* tgid */
	uint64_t start_ticks;
};

/* @proc_fd: of /proc/<pid>. Returns false where the process has ended, or the text is not proc(5)'s. */
bool process_stat__read(int proc_fd, struct process_stat *ret_stat);

#endif
