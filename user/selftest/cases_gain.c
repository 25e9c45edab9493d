// SPDX-License-Identifier: Apache-2.0
/* Cases in which a process becomes root by a call or a file, or comes to have what amounts to it. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"

#define DROPS_BUT_SAVED "drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial group\n"
#define REGAINS         "gain_root set_uid real init 1000/1000/0/1000 > 1000/0/0/0\n"

/* --- calls ----------------------------------------------------------------------------------------- */

/* Not root, but for the saved uid, by which it can be again. */
static int drop_but_saved(void)
{
	return syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, 0) ? stage_fails("setresuid") : STAGE_DONE;
}

static int regains_by_setuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	return !status && syscall(SYS_setuid, 0) ? stage_fails("setuid") : status;
}

static int regains_by_setreuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	return !status && syscall(SYS_setreuid, -1, 0) ? stage_fails("setreuid") : status;
}

static int regains_by_setresuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	return !status && syscall(SYS_setresuid, -1, 0, -1) ? stage_fails("setresuid") : status;
}

static int regains_by_setfsuid(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	if (!status)
		syscall(SYS_setfsuid, 0);
	return status;
}

static int regains_twice(const struct selftest_case *self)
{
	int status = regains_by_setresuid(self);

	if (!status && syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, 0))
		status = stage_fails("setresuid");
	return !status && syscall(SYS_setuid, 0) ? stage_fails("setuid") : status;
}

static int sets_uid(const struct selftest_case *self)
{
	(void)self;
	return syscall(SYS_setuid, 0) ? stage_fails("setuid") : STAGE_DONE;
}

static int regains_by_int80(const struct selftest_case *self)
{
	int status = drop_but_saved();

	(void)self;
	return status ? status : stage_setuid_32bit(0);
}

/* Leaves what was not seen to the next sight, here that of a program that runs. */
static int regains_by_int80_and_execs(const struct selftest_case *self)
{
	int status = regains_by_int80(self);

	return status ? status : stage_exec(self, "program", 1);
}

static int regains_by_int80_and_waits(const struct selftest_case *self)
{
	int status = regains_by_int80(self);

	return status ? status : stage_walk();
}

/* --- set-user-id files ----------------------------------------------------------------------------- */

static int copy_setuid(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", 0, 04711);
}

static int copy_setuid_mapped(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", SELFTEST_MAPPED, 04711);
}

static int runs_setuid_file(const struct selftest_case *self)
{
	return stage_spawn(self, "setuid", 1);
}

static int execs_setuid_file(const struct selftest_case *self)
{
	return stage_exec(self, "setuid", 1);
}

static void *exec_setuid_file(void *self)
{
	exit(stage_exec(self, "setuid", 1));
}

static int execs_setuid_file_in_thread(const struct selftest_case *self)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, exec_setuid_file, (void *)self);
	if (errno)
		return stage_fails("pthread_create");
	pthread_join(thread, NULL);
	return STAGE_FAILED;
}

static int runs_program(const struct selftest_case *self)
{
	return stage_spawn(self, "program", 2);
}

/* --- capabilities ---------------------------------------------------------------------------------- */

static int copy_with_setuid_cap(const struct selftest_case *self)
{
	(void)self;
	return stage_copy_with_caps("caps", "cap_setuid=ep");
}

static int copy_with_inheritable(const struct selftest_case *self)
{
	(void)self;
	return stage_copy_with_caps("caps", "cap_sys_admin=ei");
}

static int runs_file_with_caps(const struct selftest_case *self)
{
	return stage_spawn(self, "caps", 1);
}

/* Nothing permitted, but what a file then makes so. */
static int inherits_for_file(const struct selftest_case *self)
{
	const cap_value_t value = CAP_SYS_ADMIN;
	cap_t caps = cap_get_proc();
	int err = !caps || cap_set_flag(caps, CAP_INHERITABLE, 1, &value, CAP_SET) || cap_set_proc(caps);

	cap_free(caps);
	if (err)
		return stage_fails("capset");
	if (syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("setresuid");
	return stage_exec(self, "caps", 1);
}

const struct selftest_case selftest_gains[] = {
	{
		.name = "setuid",
		.summary = "setuid(0) by a saved uid 0",
		.stages = {regains_by_setuid},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS,
	},
	{
		.name = "setreuid",
		.summary = "setreuid(-1, 0) by a saved uid 0",
		.stages = {regains_by_setreuid},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS,
	},
	{
		.name = "setresuid",
		.summary = "setresuid(-1, 0, -1) by a saved uid 0",
		.stages = {regains_by_setresuid},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS,
	},
	{
		.name = "setfsuid",
		.summary = "setfsuid(0) by a saved uid 0: files open as root's",
		.stages = {regains_by_setfsuid},
		.lines = AS_ROOT DROPS_BUT_SAVED "gain_root set_uid real init 1000/1000/0/1000 > 1000/1000/0/0\n",
	},
	{
		.name = "regain_twice",
		.summary = "dropped and regained, and once more",
		.stages = {regains_twice},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS
		"drop_root - equivalent init 1000/0/0/0 > 1000/1000/0/1000 partial group\n"
		"gain_root set_uid real init 1000/1000/0/1000 > 1000/0/0/0 repeated\n",
	},
	{
		.name = "setuid_by_capability",
		.summary = "setuid(0) by CAP_SETUID, from a user",
		.flags = SELFTEST_AS_USER | SELFTEST_WITH_SETUID,
		.stages = {sets_uid},
		.lines = "gain_root set_uid real init 1000/1000/1000/1000 > 0/0/0/0\n",
	},
	{
		.name = "setuid_32bit",
		.summary = "setuid(0) by int $0x80; then the process ends",
		.stages = {regains_by_int80},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS,
		.lines_by[CREDS_TRACEPOINT] =
			AS_ROOT DROPS_BUT_SAVED "gain_root unexplained real init 1000/1000/0/1000 > 1000/0/0/0 drift\n",
	},
	{
		.name = "setuid_32bit_exec",
		.summary = "setuid(0) by int $0x80, then a program",
		.stages = {regains_by_int80_and_execs, stage_end},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS "exec_root inherited real init 1000/0/0/0 > 1000/0/0/0\n",
		.lines_by[CREDS_TRACEPOINT] =
			AS_ROOT DROPS_BUT_SAVED "gain_root unexplained real init 1000/1000/0/1000 > 1000/0/0/0 drift\n",
	},
	{
		.name = "setuid_32bit_walk",
		.summary = "setuid(0) by int $0x80, then a walk over all tasks",
		.stages = {regains_by_int80_and_waits},
		.lines = AS_ROOT DROPS_BUT_SAVED REGAINS,
		.lines_by[CREDS_TRACEPOINT] =
			AS_ROOT DROPS_BUT_SAVED "gain_root unexplained real init 1000/1000/0/1000 > 1000/0/0/0 drift\n",
	},
	{
		.name = "setuid_file",
		.summary = "a set-user-id file of root's",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.stages = {runs_setuid_file, stage_end},
		.lines = "gain_root setuid_file real child 1000/1000/1000/1000 > 1000/0/0/0\n",
	},
	{
		.name = "setuid_file_runs_program",
		.summary = "a set-user-id file that runs another program as root",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.stages = {runs_setuid_file, runs_program, stage_end},
		.lines = "gain_root setuid_file real child 1000/1000/1000/1000 > 1000/0/0/0\n"
			 "exec_root inherited real child 1000/0/0/0 > 1000/0/0/0\n",
	},
	{
		.name = "setuid_file_by_init",
		.summary = "the container's first process execs a set-user-id file",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.stages = {execs_setuid_file, stage_end},
		.lines = "gain_root setuid_file real init 1000/1000/1000/1000 > 1000/0/0/0\n",
	},
	{
		.name = "setuid_file_first",
		.summary = "a set-user-id file is the container's first program",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.first = "setuid",
		.stages = {stage_end},
		.lines = "gain_root setuid_file real init 1000/0/0/0\n",
	},
	{
		.name = "setuid_file_in_thread",
		.summary = "a thread that is not the leader execs a set-user-id file",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.stages = {execs_setuid_file_in_thread, stage_end},
		.lines = "gain_root setuid_file real init 1000/1000/1000/1000 > 1000/0/0/0\n",
	},
	{
		.name = "setuid_file_mapped",
		.summary = "a set-user-id file of a user namespace's root",
		.flags = SELFTEST_AS_USER | SELFTEST_USERNS,
		.prepare = copy_setuid_mapped,
		.stages = {runs_setuid_file, stage_end},
		.lines = "gain_root setuid_file mapped child 101000/101000/101000/101000 > "
			 "101000/100000/100000/100000\n",
	},
	{
		.name = "file_caps",
		.summary = "a file with CAP_SETUID",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_with_setuid_cap,
		.stages = {runs_file_with_caps, stage_end},
		.lines = "gain_caps file_caps equivalent child 1000/1000/1000/1000 > 1000/1000/1000/1000\n",
	},
	{
		.name = "file_caps_used",
		.summary = "a file with CAP_SETUID, which calls setuid(0)",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_with_setuid_cap,
		.stages = {runs_file_with_caps, sets_uid},
		.lines = "gain_caps file_caps equivalent child 1000/1000/1000/1000 > 1000/1000/1000/1000\n"
			 "gain_root set_uid real child 1000/1000/1000/1000 > 0/0/0/0\n",
	},
	{
		.name = "file_caps_inherited",
		.summary = "a file that permits an inherited CAP_SYS_ADMIN",
		.prepare = copy_with_inheritable,
		.stages = {inherits_for_file, stage_end},
		.lines = AS_ROOT "drop_root - none init 0/0/0/0 > 1000/1000/1000/1000 complete group\n"
				 "gain_caps file_caps equivalent init 1000/1000/1000/1000 > 1000/1000/1000/1000\n",
	},
	{},
};
