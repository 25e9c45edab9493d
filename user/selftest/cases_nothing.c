// SPDX-License-Identifier: Apache-2.0
/* Cases in which nobody becomes root or stops being it. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"

static int is_refused_root(const struct selftest_case *self)
{
	(void)self;
	if (!syscall(SYS_setuid, 0) || !syscall(SYS_setreuid, 0, 0) || !syscall(SYS_setresuid, 0, 0, 0))
		return stage_fails("a call that must be refused");
	syscall(SYS_setfsuid, 0);
	return STAGE_DONE;
}

const struct selftest_case selftest_nothings[] = {
	{
		.name = "refused_calls",
		.summary = "set*uid calls that are refused",
		.flags = SELFTEST_AS_USER,
		.stages = {is_refused_root},
		.lines = "",
	},
	{},
};
