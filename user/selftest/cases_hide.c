// SPDX-License-Identifier: Apache-2.0
/* Cases in which a process becomes root, or stops being it, in ways that are easily overlooked. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"

#define GAINS(role)   "gain_root set_uid real " role " " USER " > 0/0/0/0\n"
#define EXECS(role)   "exec_root inherited real " role " 0/0/0/0 > 0/0/0/0\n"
#define BY_FILE(role) "gain_root setuid_file real " role " " USER " > 1000/0/0/0\n"
#define DROPS         "drop_root - none init 0/0/0/0 > " USER " complete group\n"
#define DRIFTS        "drop_root - none init 0/0/0/0 > " USER " complete group drift\n"
#define IS_ABLE       (SELFTEST_AS_USER | SELFTEST_WITH_SETUID)
#define LOOPS         16

static int gains(const struct selftest_case *self)
{
	(void)self;
	return syscall(SYS_setuid, 0) ? stage_fails("setuid") : STAGE_DONE;
}

static int gains_and_execs(const struct selftest_case *self)
{
	int status = gains(self);

	return status ? status : stage_exec(self, "program", 1);
}

/* --- processes ------------------------------------------------------------------------------------- */

static int forks(const struct selftest_case *self)
{
	return stage_fork(self, gains);
}

/* The child runs in its parent's memory. */
static int vforks(const struct selftest_case *self)
{
	pid_t pid = vfork();

	if (pid < 0)
		return stage_fails("vfork");
	if (!pid)
		_exit(gains_and_execs(self));
	return stage_wait(pid);
}

static int clones_sibling(const struct selftest_case *self)
{
	pid_t pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid < 0)
		return stage_fails("clone(CLONE_PARENT)");
	if (!pid)
		_exit(gains_and_execs(self));
	return STAGE_DONE;
}

/* A pid namespace's first process must not; its child's sibling is its own child then. */
static int forks_and_clones_sibling(const struct selftest_case *self)
{
	int status = stage_fork(self, clones_sibling);

	return status ? status : stage_wait(-1);
}

/* As a daemon does, and waits for the container's first process to end. */
static int outlives(const struct selftest_case *self)
{
	struct pollfd first = {.fd = syscall(SYS_pidfd_open, getpid(), 0), .events = POLLIN};
	pid_t pid;

	if (first.fd < 0)
		return stage_fails("pidfd_open");
	pid = fork();
	if (pid < 0)
		return stage_fails("fork");
	if (pid)
		return stage_wait(pid);
	setsid();
	pid = fork();
	if (pid)
		_exit(pid < 0 ? stage_fails("fork") : STAGE_DONE);
	if (poll(&first, 1, -1) != 1)
		_exit(stage_fails("poll"));
	_exit(gains_and_execs(self));
}

/* --- threads --------------------------------------------------------------------------------------- */

static void *gain_in_thread(void *self)
{
	return (void *)(long)gains(self);
}

static void *gain_and_exec_in_thread(void *self)
{
	exit(gains_and_execs(self));
}

static int gains_in_thread(const struct selftest_case *self)
{
	pthread_t thread;
	void *status;

	errno = pthread_create(&thread, NULL, gain_in_thread, (void *)self);
	if (errno)
		return stage_fails("pthread_create");
	pthread_join(thread, &status);
	return status ? (int)(long)status : stage_fewer_threads(1);
}

static int gains_and_execs_in_thread(const struct selftest_case *self)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, gain_and_exec_in_thread, (void *)self);
	if (errno)
		return stage_fails("pthread_create");
	pthread_join(thread, NULL);
	return STAGE_FAILED;
}

/* The thread by which the process is known is gone first. */
static void *gain_without_leader(void *self)
{
	int status = stage_leader_end();

	exit(status ? status : gains_and_execs(self));
}

static int leaves_thread_alone(const struct selftest_case *self)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, gain_without_leader, (void *)self);
	if (errno)
		return stage_fails("pthread_create");
	pthread_exit(NULL);
}

/* --- programs -------------------------------------------------------------------------------------- */

/* What a runtime calls itself while it sets a container up. */
static int is_called_runc(const struct selftest_case *self)
{
	int status;

	prctl(PR_SET_NAME, "runc:[2:INIT]");
	strcpy(program_invocation_name, "runc");
	status = gains(self);
	return status ? status : stage_exec_as(self, SELFTEST_DIR "/program", "runc", 1);
}

static int execs_in_loop(const struct selftest_case *self)
{
	const char *counted = getenv("COUNT");
	int count = counted ? atoi(counted) : 0;
	char number[16];

	if (count == LOOPS)
		return STAGE_DONE;
	snprintf(number, sizeof(number), "%d", count + 1);
	setenv("COUNT", number, 1);
	return stage_exec(self, "program", 0);
}

/* Root's file where the user may remove it. */
static int copy_to_own_dir(const struct selftest_case *self)
{
	(void)self;
	if (mkdir("own", 0755) || chown("own", SELFTEST_USER, SELFTEST_USER))
		return stage_fails("a directory");
	return stage_copy("own/setuid", 0, 04711);
}

static int execs_deleted(const struct selftest_case *self)
{
	char path[32];
	int fd = open("own/setuid", O_PATH | O_CLOEXEC);

	if (fd < 0 || unlink("own/setuid"))
		return stage_fails("own/setuid");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return stage_exec_as(self, path, "uidzero", 1);
}

static int execs_memfd(const struct selftest_case *self)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = memfd_create("program", MFD_CLOEXEC);
	char path[32];
	ssize_t size;

	if (from < 0 || to < 0)
		return stage_fails("memfd_create");
	do
		size = sendfile(to, from, NULL, 1 << 30);
	while (size > 0);
	if (size < 0)
		return stage_fails("sendfile");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	return stage_exec_as(self, path, "uidzero", 1);
}

static int copy_to_nested_mount(const struct selftest_case *self)
{
	(void)self;
	if (mkdir("outer", 0755) || mount("uidzero-selftest", "outer", "tmpfs", MS_NODEV, "mode=0755") ||
	    mkdir("outer/inner", 0755) || mkdir("outer/bound", 0755) ||
	    mount("uidzero-selftest", "outer/inner", "tmpfs", MS_NODEV, "mode=0755") ||
	    mount("outer/inner", "outer/bound", NULL, MS_BIND, NULL))
		return stage_fails("mounts in mounts");
	return stage_copy("outer/inner/setuid", 0, 04711);
}

static int execs_in_nested_mount(const struct selftest_case *self)
{
	return stage_exec(self, "outer/bound/setuid", 1);
}

/* --- 32-bit calls, and what is the next sight of them ---------------------------------------------- */

static int drops_32bit(const struct selftest_case *self)
{
	(void)self;
	return stage_setuid_32bit(SELFTEST_USER);
}

static int drops_32bit_and_execs(const struct selftest_case *self)
{
	int status = drops_32bit(self);

	return status ? status : stage_exec(self, "program", 1);
}

static int drops_32bit_and_forks(const struct selftest_case *self)
{
	int status = drops_32bit(self);

	return status ? status : stage_fork(self, stage_end);
}

static int drops_32bit_and_waits(const struct selftest_case *self)
{
	int status = drops_32bit(self);

	return status ? status : stage_walk();
}

static int gains_32bit_and_forks(const struct selftest_case *self)
{
	int status = stage_setuid_32bit(0);

	return status ? status : stage_fork(self, stage_end);
}

const struct selftest_case selftest_hides[] = {
	{
		.name = "hide_fork",
		.summary = "a child calls setuid(0) and runs no program",
		.flags = IS_ABLE,
		.stages = {forks},
		.lines = GAINS("child"),
	},
	{
		.name = "hide_vfork",
		.summary = "the same in a vfork's child, then a program",
		.flags = IS_ABLE,
		.stages = {vforks, stage_end},
		.lines = GAINS("child") EXECS("child"),
	},
	{
		.name = "hide_clone_parent",
		.summary = "the same in a sibling, by CLONE_PARENT",
		.flags = IS_ABLE,
		.stages = {forks_and_clones_sibling, stage_end},
		.lines = GAINS("child") EXECS("child"),
	},
	{
		.name = "hide_clone_parent_outside",
		.summary = "the same; its parent is a process of the host",
		.flags = IS_ABLE | SELFTEST_HOST_PIDNS,
		.stages = {clones_sibling, stage_end},
		.lines = GAINS("child") EXECS("child"),
	},
	{
		.name = "hide_daemon",
		.summary = "a daemon calls setuid(0) after the first process ended",
		.flags = IS_ABLE | SELFTEST_HOST_PIDNS,
		.stages = {outlives, stage_end},
		.lines = GAINS("child") EXECS("child"),
	},
	{
		.name = "hide_thread",
		.summary = "one thread alone calls setuid(0), and ends",
		.flags = IS_ABLE,
		.stages = {gains_in_thread},
		.lines = GAINS("init") "drop_root - equivalent init 0/0/0/0 > " USER " partial\n",
	},
	{
		.name = "hide_thread_exec",
		.summary = "the same, then a program by that thread",
		.flags = IS_ABLE,
		.stages = {gains_and_execs_in_thread, stage_end},
		.lines = GAINS("init") EXECS("init"),
	},
	{
		.name = "hide_thread_without_leader",
		.summary = "the same, after the group's leader ended",
		.flags = IS_ABLE,
		.stages = {leaves_thread_alone, stage_end},
		.lines = GAINS("init") EXECS("init"),
	},
	{
		.name = "hide_name",
		.summary = "comm and argv[0] of a runtime's",
		.flags = IS_ABLE,
		.stages = {is_called_runc, stage_end},
		.lines = GAINS("init") EXECS("init"),
	},
	{
		.name = "hide_exec_loop",
		.summary = "one program after the other, as fast as can be",
		.stages = {execs_in_loop},
		.lines = AS_ROOT EXECS("init") EXECS("init") EXECS("init") EXECS("init") EXECS("init") EXECS("init")
			EXECS("init") EXECS("init") EXECS("init") EXECS("init") EXECS("init") EXECS("init")
				EXECS("init") EXECS("init") EXECS("init") EXECS("init"),
	},
	{
		.name = "hide_deleted_file",
		.summary = "a set-user-id file that was removed, by its descriptor",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_to_own_dir,
		.stages = {execs_deleted, stage_end},
		.lines = BY_FILE("init"),
	},
	{
		.name = "hide_memfd",
		.summary = "a program from memory",
		.stages = {execs_memfd, stage_end},
		.lines = AS_ROOT EXECS("init"),
	},
	{
		.name = "hide_nested_mount",
		.summary = "a set-user-id file on a mount within a mount",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_to_nested_mount,
		.stages = {execs_in_nested_mount, stage_end},
		.lines = BY_FILE("init"),
	},
	{
		.name = "hide_32bit_exit",
		.summary = "setuid to a user by int $0x80; then the process ends",
		.stages = {drops_32bit},
		.lines = AS_ROOT DROPS,
		.lines_by[CREDS_TRACEPOINT] = AS_ROOT DRIFTS,
	},
	{
		.name = "hide_32bit_exec",
		.summary = "the same, then a program",
		.stages = {drops_32bit_and_execs, stage_end},
		.lines = AS_ROOT DROPS,
		.lines_by[CREDS_TRACEPOINT] = AS_ROOT DRIFTS,
	},
	{
		.name = "hide_32bit_fork",
		.summary = "the same, then a fork",
		.stages = {drops_32bit_and_forks},
		.lines = AS_ROOT DROPS,
		.lines_by[CREDS_TRACEPOINT] = AS_ROOT DRIFTS,
	},
	{
		.name = "hide_32bit_walk",
		.summary = "the same, then a walk over all tasks",
		.stages = {drops_32bit_and_waits},
		.lines = AS_ROOT DROPS,
		.lines_by[CREDS_TRACEPOINT] = AS_ROOT DRIFTS,
	},
	{
		.name = "hide_32bit_gain_fork",
		.summary = "setuid(0) by int $0x80, then a fork",
		.flags = IS_ABLE,
		.stages = {gains_32bit_and_forks},
		.lines = GAINS("init"),
		.lines_by[CREDS_TRACEPOINT] = "gain_root unexplained real init " USER " > 0/0/0/0 drift\n",
	},
	{},
};
