// SPDX-License-Identifier: Apache-2.0
/*
 * Prints how many ticks of the time stamp counter a system call takes, the least of many batches: in a virtual machine
 * whose clock counts instructions, that is how many the kernel and this loop need for it.
 *
 *   count LABEL: "LABEL getppid TICKS", the same for a setresuid that changes nothing and for one that switches euid
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#define BATCHES 400
#define CALLS   20

static void get(unsigned int i)
{
	(void)i;
	syscall(SYS_getppid);
}

static void keep(unsigned int i)
{
	(void)i;
	syscall(SYS_setresuid, -1, -1, -1);
}

/* Between the real and the saved uid, neither of which is root's. */
static void change(unsigned int i)
{
	syscall(SYS_setresuid, -1, 1000 + i % 2, -1);
}

static uint64_t least(void (*call)(unsigned int i))
{
	uint64_t least = UINT64_MAX;

	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t begin = __rdtsc(), ticks;

		for (unsigned int i = 0; i < CALLS; i++)
			call(i);
		ticks = __rdtsc() - begin;
		if (ticks < least)
			least = ticks;
	}
	return least / CALLS;
}

int main(int argc, char **argv)
{
	const char *label = argc > 1 ? argv[1] : "-";

	printf("%s getppid %llu\n", label, (unsigned long long)least(get));
	printf("%s setresuid-same %llu\n", label, (unsigned long long)least(keep));
	if (syscall(SYS_setresuid, 1000, 1000, 1001))
		return 1;
	printf("%s setresuid-switch %llu\n", label, (unsigned long long)least(change));
	return 0;
}
