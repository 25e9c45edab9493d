// SPDX-License-Identifier: Apache-2.0
/* System calls as 32-bit programs make them, which a 64-bit kernel's tracepoints leave out. */
#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/case.h"

#ifdef __x86_64__
#define I386_GETUID32 199
#define I386_SETUID32 213

/* Returns as a system call does in the kernel: a negative errno. */
static int call_int80(int number, int argument)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"((long)number), "b"((long)argument)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* A kernel without 32-bit calls kills who tries one. */
static bool has_int80(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (!pid)
		_exit(call_int80(I386_GETUID32, 0) == (int)getuid() ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && !status;
}

int stage_setuid_32bit(uid_t uid)
{
	errno = 0;
	if (!has_int80())
		return stage_impossible("this kernel takes no 32-bit system calls");
	errno = -call_int80(I386_SETUID32, uid);
	return errno ? stage_fails("setuid by int $0x80") : STAGE_DONE;
}
#else
int stage_setuid_32bit(uid_t uid)
{
	(void)uid;
	errno = 0;
	return stage_impossible("this machine has no such 32-bit system calls");
}
#endif
