// SPDX-License-Identifier: Apache-2.0
/* Cases in which a process becomes root, or comes to have what amounts to it. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/case.h"

#define STARTS_AS_ROOT  "exec_root - real init 0/0/0/0\n"
#define DROPS_BUT_SAVED STARTS_AS_ROOT "drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial\n"

static int ends(const struct selftest_case *self)
{
	(void)self;
	return STAGE_DONE;
}

/* --- system calls ---------------------------------------------------------------------------------- */

/* Not root, but for the saved uid, by which it can be again. */
static int drop_but_saved(void)
{
	return syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, 0) ? stage_fails("setresuid") : STAGE_DONE;
}

static int regains_by_setuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	if (status)
		return status;
	return syscall(SYS_setuid, 0) ? stage_fails("setuid") : STAGE_DONE;
}

static int regains_by_setreuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	if (status)
		return status;
	return syscall(SYS_setreuid, -1, 0) ? stage_fails("setreuid") : STAGE_DONE;
}

static int regains_by_setresuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	if (status)
		return status;
	return syscall(SYS_setresuid, -1, 0, -1) ? stage_fails("setresuid") : STAGE_DONE;
}

static int regains_by_setfsuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	if (!status)
		syscall(SYS_setfsuid, 0);
	return status;
}

/* --- files ----------------------------------------------------------------------------------------- */

static int copy_setuid(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", 0, 04711);
}

static int runs_setuid_file(const struct selftest_case *self)
{
	return stage_spawn(self, "setuid", 1);
}

const struct selftest_case selftest_gains[] = {
	{
		.name = "setuid",
		.summary = "setuid(0) by a saved uid 0",
		.stages = {regains_by_setuid},
		.lines = DROPS_BUT_SAVED "gain_root set_uid real init 1000/1000/0/1000 > 1000/0/0/0\n",
	},
	{
		.name = "setreuid",
		.summary = "setreuid(-1, 0) by a saved uid 0",
		.stages = {regains_by_setreuid},
		.lines = DROPS_BUT_SAVED "gain_root set_uid real init 1000/1000/0/1000 > 1000/0/0/0\n",
	},
	{
		.name = "setresuid",
		.summary = "setresuid(-1, 0, -1) by a saved uid 0",
		.stages = {regains_by_setresuid},
		.lines = DROPS_BUT_SAVED "gain_root set_uid real init 1000/1000/0/1000 > 1000/0/0/0\n",
	},
	{
		.name = "setfsuid",
		.summary = "setfsuid(0) by a saved uid 0: files open as root's",
		.stages = {regains_by_setfsuid},
		.lines = DROPS_BUT_SAVED "gain_root set_uid real init 1000/1000/0/1000 > 1000/1000/0/0\n",
	},
	{
		.name = "setuid_file",
		.summary = "a set-user-id file of root's",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.stages = {runs_setuid_file, ends},
		.lines = "gain_root setuid_file real child 1000/1000/1000/1000 > 1000/0/0/0\n",
	},
	{},
};
