// SPDX-License-Identifier: Apache-2.0
/* Cases in which an io_uring instance keeps the root that its process gives up. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"

#ifndef IORING_REGISTER_PERSONALITY
#define IORING_REGISTER_PERSONALITY   9
#define IORING_UNREGISTER_PERSONALITY 10
#endif

#define KEEPS(by)  "keep_root io_uring real " by " 0/0/0/0 > 0/0/0/0\n"
#define DROPS(by)  "drop_root - none " by " 0/0/0/0 > " USER " partial group io_uring\n"
#define LEAVES     "drop_root - none init 0/0/0/0 > " USER " complete group\n"
#define IDLE_MS    60000 /* longer than any case lasts */
#define RING_SLOTS 1     /* entries of the submission queue */

/* The status, or STAGE_DONE with the descriptor in *ret_ring. */
static int make_ring(unsigned flags, int *ret_ring)
{
	struct io_uring_params params = {.flags = flags, .sq_thread_idle = IDLE_MS};

	*ret_ring = syscall(SYS_io_uring_setup, RING_SLOTS, &params);
	return *ret_ring < 0 ? stage_impossible("io_uring") : STAGE_DONE;
}

static int register_personality(int ring)
{
	return syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
}

static int makes_personality(int *ret_ring)
{
	int status = make_ring(0, ret_ring);

	if (status)
		return status;
	return register_personality(*ret_ring) < 0 ? stage_fails("IORING_REGISTER_PERSONALITY") : STAGE_DONE;
}

static int keeps_personality(const struct selftest_case *self)
{
	int ring, status = makes_personality(&ring);

	return status ? status : stage_drop(self);
}

/* As the scan shows it too: the process is reported once. */
static int keeps_personality_and_waits(const struct selftest_case *self)
{
	int status = keeps_personality(self);

	return status ? status : stage_walk();
}

static int keeps_several(const struct selftest_case *self)
{
	int ring, i, status = STAGE_DONE;

	for (i = 0; i < 3 && !status; i++)
		status = makes_personality(&ring);
	return status ? status : stage_drop(self);
}

static int registers_only(const struct selftest_case *self)
{
	int ring;

	(void)self;
	return makes_personality(&ring);
}

/* No argument is allowed. */
static int fails_to_register(const struct selftest_case *self)
{
	int ring, status = make_ring(0, &ring);

	if (status)
		return status;
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 1) >= 0) {
		errno = 0;
		return stage_fails("a registration that cannot be");
	}
	return stage_drop(self);
}

/* What the kernel's thread holds is no other process, and no root that is found. */
static int keeps_poller(const struct selftest_case *self)
{
	int ring, status = make_ring(IORING_SETUP_SQPOLL, &ring);

	if (!status)
		status = stage_drop(self);
	return status ? status : stage_walk();
}

static int polls_as_user(const struct selftest_case *self)
{
	int ring, status = make_ring(IORING_SETUP_SQPOLL, &ring);

	(void)self;
	return status ? status : stage_walk();
}

/* Its descriptor is close-on-exec from birth. */
static int keeps_personality_and_execs(const struct selftest_case *self)
{
	int status = keeps_personality(self);

	return status ? status : stage_exec(self, "program", 1);
}

/* A high number, so that its word of the table is not the first one. */
static int hands_ring_over(const struct selftest_case *self)
{
	int ring, status = makes_personality(&ring);

	if (!status && (dup2(ring, 200) < 0 || close(ring)))
		status = stage_fails("dup2");
	if (!status)
		status = stage_drop(self);
	return status ? status : stage_exec(self, "program", 1);
}

static int hands_empty_ring_over(const struct selftest_case *self)
{
	int ring, personality, status = make_ring(0, &ring);

	if (status)
		return status;
	personality = register_personality(ring);
	if (personality < 0 || fcntl(ring, F_SETFD, 0) || stage_drop(self) ||
	    syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_PERSONALITY, NULL, personality))
		return stage_fails("a personality that comes and goes");
	return stage_exec(self, "program", 1);
}

static int drops_in_child(const struct selftest_case *self)
{
	int ring, status = makes_personality(&ring);

	return status ? status : stage_fork(self, stage_drop);
}

struct hand_over {
	int gate[2];
	int status;
};

static void *register_in_thread(void *data)
{
	struct hand_over *hand_over = data;
	char byte;
	int ring;

	/* The thread is older than the instance, and inherits nothing of it. */
	if (read(hand_over->gate[0], &byte, 1) != 1)
		hand_over->status = STAGE_FAILED;
	else
		hand_over->status = makes_personality(&ring);
	return NULL;
}

static int registers_in_thread(const struct selftest_case *self)
{
	struct hand_over hand_over = {};
	pthread_t thread;

	if (pipe2(hand_over.gate, O_CLOEXEC))
		return stage_fails("pipe");
	errno = pthread_create(&thread, NULL, register_in_thread, &hand_over);
	if (errno)
		return stage_fails("pthread_create");
	if (write(hand_over.gate[1], "", 1) != 1)
		return stage_fails("pipe");
	pthread_join(thread, NULL);
	return hand_over.status ? hand_over.status : stage_drop(self);
}

const struct selftest_case selftest_urings[] = {
	{
		.name = "uring_personality",
		.summary = "a personality that was registered as root, then setresuid",
		.stages = {keeps_personality},
		.lines = AS_ROOT KEEPS("init") DROPS("init"),
	},
	{
		.name = "uring_walk",
		.summary = "the same, then a scan of all tasks",
		.stages = {keeps_personality_and_waits},
		.lines = AS_ROOT KEEPS("init") DROPS("init"),
	},
	{
		.name = "uring_several",
		.summary = "three instances with such a personality",
		.stages = {keeps_several},
		.lines = AS_ROOT KEEPS("init") DROPS("init"),
	},
	{
		.name = "uring_user",
		.summary = "a personality of a user",
		.flags = SELFTEST_AS_USER,
		.stages = {registers_only},
		.lines = "",
	},
	{
		.name = "uring_failed",
		.summary = "a registration that the kernel refuses, then setresuid",
		.stages = {fails_to_register},
		.lines = AS_ROOT LEAVES,
	},
	{
		.name = "uring_sqpoll",
		.summary = "an instance that a thread of root polls, setresuid, a scan",
		.stages = {keeps_poller},
		.lines = AS_ROOT KEEPS("init") DROPS("init"),
	},
	{
		.name = "uring_sqpoll_user",
		.summary = "an instance that a thread of a user polls, a scan",
		.flags = SELFTEST_AS_USER,
		.stages = {polls_as_user},
		.lines = "",
	},
	{
		.name = "uring_exec",
		.summary = "a personality of root, setresuid, then a program",
		.stages = {keeps_personality_and_execs, stage_end},
		.lines = AS_ROOT KEEPS("init") LEAVES,
	},
	{
		.name = "uring_exec_open",
		.summary = "the same, and the program inherits the descriptor",
		.stages = {hands_ring_over, stage_end},
		.lines = AS_ROOT KEEPS("init") DROPS("init"),
	},
	{
		.name = "uring_exec_empty",
		.summary = "the same, without the personality, which is unregistered before",
		.stages = {hands_empty_ring_over, stage_end},
		.lines = AS_ROOT KEEPS("init") LEAVES,
	},
	{
		.name = "uring_child",
		.summary = "a forked child of a process with a personality drops",
		.stages = {drops_in_child},
		.lines = AS_ROOT KEEPS("init") DROPS("child"),
	},
	{
		.name = "uring_thread",
		.summary = "one thread registers, another one drops",
		.stages = {registers_in_thread},
		.lines = AS_ROOT KEEPS("init") DROPS("init"),
	},
	{},
};
