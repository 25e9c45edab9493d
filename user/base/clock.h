/* SPDX-License-Identifier: Apache-2.0 */
/* Times as the kernel tells them. */
#ifndef UIDZERO_BASE_CLOCK_H
#define UIDZERO_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In ns. */
int64_t clock_ns(clockid_t clock);

/* CLOCK_BOOTTIME in ns: the clock of all events. */
uint64_t boottime_ns(void);

/* In clock ticks, as proc(5)'s stat has the start of a process, and runtimes have it from there. */
uint64_t clock_ticks(uint64_t ns);

#endif
