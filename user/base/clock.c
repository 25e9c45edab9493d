/* SPDX-License-Identifier: Apache-2.0 */
/* Times as the kernel tells them. */
#include "base/clock.h"

#include <unistd.h>

#define NS_PER_S 1000000000

int64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

uint64_t boottime_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

uint64_t clock_ticks(uint64_t ns)
{
	return ns / (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}
