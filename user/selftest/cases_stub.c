// SPDX-License-Identifier: Apache-2.0
/* Cases in which the container's first process is a fork of the runtime, and its children run the programs. */
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"
#include "selftest/sandbox.h"

#define EXECS(role)   "exec_root inherited real " role " 0/0/0/0 > 0/0/0/0\n"
#define BY_FILE(role) "gain_root setuid_file real " role " " USER " > 1000/0/0/0\n"
#define DROPS(role)   "drop_root - none " role " 0/0/0/0 > " USER " complete group\n"
#define SESSION       "exec_root - real session 0/0/0/0\n"

static int copy_setuid(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", 0, 04711);
}

static int execs_in_new_session(const struct selftest_case *self)
{
	if (setsid() < 0)
		return stage_fails("setsid");
	return stage_exec(self, "program", 0);
}

/* As lxc-execute and `systemd-nspawn --as-pid2` do. */
static int runs_program(const struct selftest_case *self)
{
	return stage_fork(self, execs_in_new_session);
}

static int execs_setuid_file(const struct selftest_case *self)
{
	return stage_exec(self, "setuid", 1);
}

/* The set*uid call is made by the runtime: the program starts as the user. */
static int drops_and_execs(const struct selftest_case *self)
{
	if (syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("setresuid");
	return execs_setuid_file(self);
}

static int runs_programs(const struct selftest_case *self)
{
	int status = runs_program(self);

	if (!status)
		status = stage_spawn(self, "program", 1);
	return status ? status : stage_fork(self, drops_and_execs);
}

static int forks_and_runs_program(const struct selftest_case *self)
{
	return stage_fork(self, runs_program);
}

/* A runtime's hook: a child in the same session, while the root directory is still the host's. */
static int runs_hook_and_execs(const struct selftest_case *self)
{
	int status = stage_spawn(self, "program", 1);

	return status ? status : stage_exec(self, "program", 0);
}

/* A hook that is a program of the container's. */
static int runs_program_and_execs(const struct selftest_case *self)
{
	int status = runs_program(self);

	return status ? status : stage_exec(self, "program", 1);
}

static int drops_by_stages(const struct selftest_case *self)
{
	if (syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("setresuid");
	return stage_exec(self, "setuid", 1);
}

static int forks_and_drops(const struct selftest_case *self)
{
	return stage_fork(self, drops_by_stages);
}

static int is_walked_over(const struct selftest_case *self)
{
	(void)self;
	return stage_walk();
}

static int is_visited(const struct selftest_case *self)
{
	(void)self;
	return stage_visit();
}

static int enters(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_cgroups(self, visit);

	if (!status)
		status = visit_namespaces(visit);
	return status ? status : stage_spawn(self, "program", 1);
}

const struct selftest_case selftest_stubs[] = {
	{
		.name = "stub",
		.summary = "the first process forks, and its child execs",
		.stub = runs_program,
		.stages = {stage_end},
		.lines = AS_ROOT,
	},
	{
		.name = "stub_user",
		.summary = "the same as a user",
		.flags = SELFTEST_AS_USER,
		.stub = runs_program,
		.stages = {stage_end},
		.lines = "",
	},
	{
		.name = "stub_forks",
		.summary = "the first process's child does not exec either",
		.stub = forks_and_runs_program,
		.stages = {stage_end},
		.lines = AS_ROOT,
	},
	{
		.name = "stub_host_pidns",
		.summary = "without a pid namespace of its own",
		.flags = SELFTEST_HOST_PIDNS,
		.stub = runs_program,
		.stages = {stage_end},
		.lines = AS_ROOT,
	},
	{
		.name = "stub_children",
		.summary = "further children of the first process",
		.prepare = copy_setuid,
		.stub = runs_programs,
		.stages = {stage_end, stage_end},
		.lines = AS_ROOT EXECS("child") BY_FILE("child"),
	},
	{
		.name = "stub_descendants",
		.summary = "a drop and a gain below such a program",
		.prepare = copy_setuid,
		.stub = runs_program,
		.stages = {forks_and_drops, stage_end},
		.lines = AS_ROOT DROPS("child") BY_FILE("child"),
	},
	{
		.name = "stub_walk",
		.summary = "the walk finds nothing that was not reported",
		.stub = runs_program,
		.stages = {is_walked_over},
		.lines = AS_ROOT,
	},
	{
		.name = "stub_session",
		.summary = "a program from outside, into such a container",
		.stub = runs_program,
		.stages = {is_visited, stage_end},
		.visit = enters,
		.lines = AS_ROOT SESSION,
	},
	{
		.name = "stub_hook",
		.summary = "a runtime's hook before the first process execs",
		.stub = runs_hook_and_execs,
		.stages = {stage_end, stage_end},
		.lines = AS_ROOT,
	},
	{
		.name = "stub_execs",
		.summary = "the first process execs after a child of it has",
		.stub = runs_program_and_execs,
		/* By the walk the first one's passwd has been read: a later reading would be a finding of its own. */
		.stages = {is_walked_over, stage_end},
		.lines = AS_ROOT AS_ROOT,
	},
	{},
};
