// SPDX-License-Identifier: Apache-2.0
/* Cases in which a user namespace makes a process root of a kind of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"

#define GAINS(role)    "gain_root user_namespace mapped " role " " USER " > " USER
#define AS_MAPPED_ROOT "exec_root - mapped init 100000/100000/100000/100000\n"
#define MAPPED_DROPS   "drop_root - none init 100000/100000/100000/100000 > 101000/101000/100000/101000 partial\n"

static int unshares(const struct selftest_case *self)
{
	(void)self;
	return stage_unshare_user();
}

static int unshares_and_execs(const struct selftest_case *self)
{
	int status = stage_unshare_user();

	return status ? status : stage_exec(self, "program", 1);
}

static int unshares_and_forks(const struct selftest_case *self)
{
	int status = stage_unshare_user();

	return status ? status : stage_fork(self, stage_end);
}

static int unshares_and_waits(const struct selftest_case *self)
{
	int status = stage_unshare_user();

	(void)self;
	return status ? status : stage_walk();
}

static int unshares_again_and_execs(const struct selftest_case *self)
{
	int status = stage_unshare_user();

	return status ? status : stage_exec(self, "program", 2);
}

/* --- by clone, and by joining ---------------------------------------------------------------------- */

/* A process in a new user namespace, in which it makes itself root. */
static pid_t clone_user(void)
{
	/* What ran a file that it may not read has a /proc/self that belongs to root. */
	prctl(PR_SET_DUMPABLE, 1);
	return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
}

static int map_self(void)
{
	return stage_map_user(stage_host_pid(), 0, SELFTEST_USER, 1);
}

static int clones_and_execs(const struct selftest_case *self)
{
	pid_t pid = clone_user();
	int status;

	if (pid < 0)
		return stage_impossible("clone(CLONE_NEWUSER)");
	if (pid)
		return stage_wait(pid);
	status = map_self();
	_exit(status ? status : stage_exec(self, "program", 1));
}

/* In the new namespace: tells which process it is in, and stays until the pipe is closed. */
static int host_namespace(const int ready[2], const int gate[2])
{
	int status = map_self();
	pid_t pid = stage_host_pid();

	close(gate[1]);
	if (!status && write(ready[1], &pid, sizeof(pid)) < 0)
		status = stage_fails("pipe");
	close(ready[1]);
	return read(gate[0], &pid, 1) < 0 ? STAGE_FAILED : status;
}

static int join(int ready)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	pid_t pid;

	if (read(ready, &pid, sizeof(pid)) != sizeof(pid))
		return STAGE_FAILED;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, CLONE_NEWUSER) ? stage_fails("setns") : STAGE_DONE;
}

static int joins(const struct selftest_case *self)
{
	int ready[2], gate[2], status, host_status;
	pid_t pid;

	(void)self;
	if (pipe2(ready, O_CLOEXEC) || pipe2(gate, O_CLOEXEC))
		return stage_fails("pipe");
	pid = clone_user();
	if (pid < 0)
		return stage_impossible("clone(CLONE_NEWUSER)");
	if (!pid)
		_exit(host_namespace(ready, gate));
	close(ready[1]);
	status = join(ready[0]);
	close(gate[1]);
	host_status = stage_wait(pid);
	return status ? status : host_status;
}

/* --- as a container's own -------------------------------------------------------------------------- */

static int drops_and_regains(const struct selftest_case *self)
{
	(void)self;
	if (syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, 0) || syscall(SYS_setuid, 0))
		return stage_fails("setresuid, setuid");
	return STAGE_DONE;
}

static int becomes_host_root(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(SELFTEST_HOST_ROOT, SELFTEST_HOST_ROOT, SELFTEST_HOST_ROOT);
}

static int drops_host_root(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(SELFTEST_USER, SELFTEST_USER, SELFTEST_USER);
}

const struct selftest_case selftest_user_namespaces[] = {
	{
		.name = "userns_exec",
		.summary = "unshare, mapped to 0, then a program",
		.flags = SELFTEST_AS_USER,
		.stages = {unshares_and_execs, stage_end},
		.lines = GAINS("init") "\n",
	},
	{
		.name = "userns_no_exec",
		.summary = "unshare, mapped to 0; then the process ends",
		.flags = SELFTEST_AS_USER,
		.stages = {unshares},
		.lines = GAINS("init") " drift\n",
	},
	{
		.name = "userns_fork",
		.summary = "unshare, mapped to 0, then a fork",
		.flags = SELFTEST_AS_USER,
		.stages = {unshares_and_forks},
		.lines = GAINS("init") " drift\n",
	},
	{
		.name = "userns_walk",
		.summary = "unshare, mapped to 0, then a walk over all tasks",
		.flags = SELFTEST_AS_USER,
		.stages = {unshares_and_waits},
		.lines = GAINS("init") " drift\n",
	},
	{
		.name = "userns_clone",
		.summary = "clone into one, mapped to 0, then a program",
		.flags = SELFTEST_AS_USER,
		.stages = {clones_and_execs, stage_end},
		.lines = GAINS("child") "\n",
	},
	{
		.name = "userns_nested",
		.summary = "unshare, mapped to 0, then a program; once more inside it",
		.flags = SELFTEST_AS_USER,
		.stages = {unshares_and_execs, unshares_again_and_execs, stage_end},
		.lines = GAINS("init") "\n" GAINS("init") "\n",
		/* The second is not seen before its map is written. */
		.lines_by[CREDS_TRACEPOINT] =
			GAINS("init") "\n"
				      "exec_root user_namespace mapped init " USER " > " USER "\n",
	},
	{
		.name = "userns_join",
		.summary = "setns into one that another process made",
		.flags = SELFTEST_AS_USER,
		.stages = {joins},
		.lines = GAINS("init") "\n" GAINS("child") " drift\n",
		.lines_by[CREDS_TRACEPOINT] = GAINS("child") " drift\n" GAINS("init") " drift\n",
	},
	{
		.name = "userns_container",
		.summary = "a container in one drops its root and regains it",
		.flags = SELFTEST_USERNS,
		.stages = {drops_and_regains},
		.lines = AS_MAPPED_ROOT MAPPED_DROPS
		"gain_root set_uid mapped init 101000/101000/100000/101000 > 101000/100000/100000/100000\n",
	},
	{
		.name = "userns_host_root",
		.summary = "a container in one that calls the host's root uid 2000 becomes it",
		.flags = SELFTEST_USERNS_HOST_ROOT,
		.stages = {becomes_host_root},
		.lines = "exec_root - equivalent init 100000/100000/100000/100000\n"
			 "gain_root set_uid real init 100000/100000/100000/100000 > 0/0/0/0\n",
	},
	{
		.name = "userns_host_root_drop",
		.summary = "the same container drops what it is root by",
		.flags = SELFTEST_USERNS_HOST_ROOT,
		.stages = {drops_host_root},
		.lines = "exec_root - equivalent init 100000/100000/100000/100000\n"
			 "drop_root - none init 100000/100000/100000/100000 > 101000/101000/101000/101000 complete\n",
	},
	{
		.name = "userns_host_root_user",
		.summary = "a user in such a one, without capabilities",
		.flags = SELFTEST_USERNS_HOST_ROOT | SELFTEST_AS_USER,
		.stages = {stage_end},
		.lines = "",
	},
	{},
};
