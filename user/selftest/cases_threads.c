// SPDX-License-Identifier: Apache-2.0
/* Cases in which the threads of a process do not hold the same: it is root as long as any of them is. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"

#define DROPS "drop_root - none init 0/0/0/0 > " USER " complete group\n"
/* One thread drops all, another one does not. */
#define DROPS_ALONE "drop_root - none init 0/0/0/0 > " USER " partial group thread\n"

static int clears_caps(const struct selftest_case *self)
{
	cap_t caps = cap_init();
	int err = !caps || cap_set_proc(caps); /* without libpsx: of this thread */

	(void)self;
	cap_free(caps);
	return err ? stage_fails("capset") : STAGE_DONE;
}

/* --- a second thread ------------------------------------------------------------------------------- */

/* A thread that does one thing, waits until it is let through, does another one, and ends. */
struct second {
	const struct selftest_case *self;
	int (*at_first)(const struct selftest_case *self), (*at_last)(const struct selftest_case *self);
	int status, ready[2], gate[2]; /* pipes */
	pthread_t thread;
};

static void *act(void *data)
{
	struct second *second = data;
	char byte;

	if (second->at_first)
		second->status = second->at_first(second->self);
	if (write(second->ready[1], "", 1) != 1 || read(second->gate[0], &byte, 1) < 0)
		second->status = stage_fails("pipe");
	if (!second->status && second->at_last)
		second->status = second->at_last(second->self);
	return NULL;
}

/* Returns when the thread has done its first thing. */
static int begin(struct second *second, const struct selftest_case *self,
		 int (*at_first)(const struct selftest_case *self), int (*at_last)(const struct selftest_case *self))
{
	char byte;

	*second = (struct second){.self = self, .at_first = at_first, .at_last = at_last};
	if (pipe2(second->ready, O_CLOEXEC) || pipe2(second->gate, O_CLOEXEC))
		return stage_fails("pipe");
	errno = pthread_create(&second->thread, NULL, act, second);
	if (errno)
		return stage_fails("pthread_create");
	if (read(second->ready[0], &byte, 1) != 1)
		return stage_fails("read");
	return second->status;
}

/* Let it go on, and wait for its end. */
static int finish(struct second *second)
{
	int count = stage_count_threads(), status;

	if (count < 0 || write(second->gate[1], "", 1) != 1)
		return stage_fails("write, or /proc/self/task");
	errno = pthread_join(second->thread, NULL);
	if (errno)
		return stage_fails("pthread_join");
	status = stage_fewer_threads(count - 1);
	return status ? status : second->status;
}

/* --- one drops, another one does not --------------------------------------------------------------- */

static int keeps_fsuid(const struct selftest_case *self)
{
	int status = stage_set_uids(SELFTEST_USER, SELFTEST_USER, 0);

	(void)self;
	syscall(SYS_setfsuid, 0);
	return status;
}

static int keeps_saved(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(SELFTEST_USER, SELFTEST_USER, 0);
}

static int keeps_real(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(0, SELFTEST_USER, SELFTEST_USER);
}

static int keeps_caps(const struct selftest_case *self)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ? stage_fails("prctl") : stage_drop(self);
}

/* The process ends with both, which is no drop. The scan finds nothing that was not reported. */
static int drops_beside(const struct selftest_case *self, int (*keep)(const struct selftest_case *self))
{
	struct second second;
	int status = begin(&second, self, keep, NULL);

	if (!status)
		status = stage_drop(self);
	return status ? status : stage_walk();
}

static int drops_beside_fsuid(const struct selftest_case *self)
{
	return drops_beside(self, keeps_fsuid);
}

static int drops_beside_saved(const struct selftest_case *self)
{
	return drops_beside(self, keeps_saved);
}

static int drops_beside_real(const struct selftest_case *self)
{
	return drops_beside(self, keeps_real);
}

static int drops_beside_caps(const struct selftest_case *self)
{
	return drops_beside(self, keeps_caps);
}

static int drops_beside_root(const struct selftest_case *self)
{
	return drops_beside(self, NULL);
}

/* With a scan before and after, so that no two changes are one. */
static int drops_before(const struct selftest_case *self, int (*at_last)(const struct selftest_case *self))
{
	struct second second;
	int status = begin(&second, self, NULL, at_last);

	if (!status)
		status = stage_drop(self);
	if (!status)
		status = stage_walk();
	if (!status)
		status = finish(&second);
	return status ? status : stage_walk();
}

static int drops_before_end(const struct selftest_case *self)
{
	return drops_before(self, NULL);
}

static int drops_before_drop(const struct selftest_case *self)
{
	return drops_before(self, stage_drop);
}

static int drops_before_partial_end(const struct selftest_case *self)
{
	struct second second;
	int status = begin(&second, self, NULL, NULL);

	if (!status)
		status = keeps_saved(self);
	if (!status)
		status = stage_walk();
	return status ? status : finish(&second);
}

/* --- one thread alone ------------------------------------------------------------------------------ */

static int drops_in_thread(const struct selftest_case *self)
{
	struct second second;
	int status = begin(&second, self, stage_drop, NULL);

	return status ? status : finish(&second);
}

/* What the others of the process start is root as before. */
static int drops_in_thread_and_spawns(const struct selftest_case *self)
{
	int status = drops_in_thread(self);

	if (!status)
		status = stage_walk();
	return status ? status : stage_spawn(self, "program", 1);
}

static int drops_and_execs(const struct selftest_case *self)
{
	int status = stage_drop(self);

	return status ? status : stage_exec(self, "program", 1);
}

/* The exec ends the leader, which was root, and the thread becomes the leader. */
static int drops_and_execs_in_thread(const struct selftest_case *self)
{
	struct second second;
	int status = begin(&second, self, drops_and_execs, NULL);

	return status ? status : stage_fails("exec");
}

/* As Go's programs do, and as glibc does: each thread makes the call. */
static int drops_in_all_threads(const struct selftest_case *self)
{
	struct second seconds[3];
	int status = STAGE_DONE, i;

	for (i = 0; i < 3 && !status; i++)
		status = begin(&seconds[i], self, NULL, NULL);
	if (!status && setresuid(SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		status = stage_fails("setresuid");
	for (i = 0; i < 3 && !status; i++)
		status = finish(&seconds[i]);
	return status;
}

/* All at the same time, the first one with them. */
static pthread_barrier_t start_line;

static int drops_with_all(const struct selftest_case *self)
{
	pthread_barrier_wait(&start_line);
	return stage_drop(self);
}

static void *drop_with_all(void *self)
{
	return (void *)(long)drops_with_all(self);
}

static int drops_at_once(const struct selftest_case *self)
{
	pthread_t threads[7];
	void *status;
	int i;

	pthread_barrier_init(&start_line, NULL, 8);
	for (i = 0; i < 7; i++) {
		errno = pthread_create(&threads[i], NULL, drop_with_all, (void *)self);
		if (errno)
			return stage_fails("pthread_create");
	}
	if (drops_with_all(self))
		return STAGE_FAILED;
	for (i = 0; i < 7; i++) {
		pthread_join(threads[i], &status);
		if (status)
			return STAGE_FAILED;
	}
	return STAGE_DONE;
}

/* --- without the first thread ---------------------------------------------------------------------- */

static int outlives_leader(const struct selftest_case *self)
{
	int status = stage_leader_end();

	if (!status)
		status = stage_walk();
	if (!status)
		status = stage_drop(self);
	if (!status)
		status = stage_walk();
	_exit(status);
}

static int drops_and_leaves_thread(const struct selftest_case *self)
{
	static struct second second;
	int status = begin(&second, self, NULL, outlives_leader);

	if (!status)
		status = stage_drop(self);
	if (!status && write(second.gate[1], "", 1) != 1)
		status = stage_fails("write");
	if (status)
		return status;
	syscall(SYS_exit, 0);
	return STAGE_FAILED;
}

/* --- capabilities and user namespaces -------------------------------------------------------------- */

static int copies_with_setuid_cap(const struct selftest_case *self)
{
	(void)self;
	return stage_copy_with_caps("caps", "cap_setuid=ep");
}

static int runs_file_with_caps(const struct selftest_case *self)
{
	return stage_exec(self, "caps", 1);
}

static int clears_caps_before(const struct selftest_case *self)
{
	struct second second;
	int status = begin(&second, self, NULL, clears_caps);

	if (!status)
		status = clears_caps(self);
	if (!status)
		status = stage_walk();
	return status ? status : finish(&second);
}

const struct selftest_case selftest_threads[] = {
	{
		.name = "threads_all_drop",
		.summary = "all threads of a process drop, one after the other",
		.stages = {drops_in_all_threads},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "threads_drop_at_once",
		.summary = "all threads of a process drop at the same time",
		.stages = {drops_at_once},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "threads_one_drops",
		.summary = "one thread drops and ends; what another one starts is root",
		.stages = {drops_in_thread_and_spawns, stage_end},
		.lines = AS_ROOT DROPS_ALONE "exec_root inherited real child 0/0/0/0 > 0/0/0/0\n",
	},
	{
		.name = "threads_root_kept",
		.summary = "the first thread drops, another one stays root",
		.stages = {drops_beside_root},
		.lines = AS_ROOT DROPS_ALONE,
	},
	{
		.name = "threads_fsuid_kept",
		.summary = "the first thread drops, another one keeps fsuid 0",
		.stages = {drops_beside_fsuid},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial group thread\n"
				 "gain_root set_uid real init 1000/1000/0/1000 > 1000/1000/0/0\n" DROPS_ALONE,
	},
	{
		.name = "threads_saved_kept",
		.summary = "the first thread drops, another one keeps the saved uid 0",
		.stages = {drops_beside_saved},
		.lines = AS_ROOT
		"drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial group thread\n" DROPS_ALONE,
	},
	{
		.name = "threads_real_kept",
		.summary = "the first thread drops, another one keeps the real uid 0",
		.stages = {drops_beside_real},
		.lines = AS_ROOT
		"drop_root - equivalent init 0/0/0/0 > 0/1000/1000/1000 partial group thread\n" DROPS_ALONE,
	},
	{
		.name = "threads_caps_kept",
		.summary = "the first thread drops, another one keeps its capabilities",
		.stages = {drops_beside_caps},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > " USER " partial group thread\n" DROPS_ALONE,
	},
	{
		.name = "threads_drop_apart",
		.summary = "one thread drops, the other one much later",
		.stages = {drops_before_drop},
		.lines = AS_ROOT DROPS_ALONE DROPS,
	},
	{
		.name = "threads_drop_by_end",
		.summary = "one thread drops, the other one ends as root",
		.stages = {drops_before_end},
		.lines = AS_ROOT DROPS_ALONE DROPS,
	},
	{
		.name = "threads_partial_drop_by_end",
		.summary = "one thread keeps the saved uid 0, the other one ends as root",
		.stages = {drops_before_partial_end},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial group thread\n"
				 "drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial group\n",
	},
	{
		.name = "threads_drop_by_exec",
		.summary = "a thread drops and starts a program, which ends the first thread",
		.stages = {drops_and_execs_in_thread, stage_end},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "threads_without_leader",
		.summary = "the first thread drops and ends, another one is root, and drops",
		.stages = {drops_and_leaves_thread},
		.lines = AS_ROOT DROPS_ALONE DROPS,
	},
	{
		.name = "threads_mapped",
		.summary = "a user namespace's root drops in one thread; the other one ends",
		.flags = SELFTEST_USERNS,
		.stages = {drops_before_end},
		.lines = "exec_root - mapped init 100000/100000/100000/100000\n"
			 "drop_root - none init 100000/100000/100000/100000 > 101000/101000/101000/101000 partial "
			 "thread\n"
			 "drop_root - none init 100000/100000/100000/100000 > 101000/101000/101000/101000 complete\n",
	},
	{
		.name = "threads_file_caps",
		.summary = "a file with CAP_SETUID, which one thread gives up before the other",
		.flags = SELFTEST_AS_USER,
		.prepare = copies_with_setuid_cap,
		.stages = {runs_file_with_caps, clears_caps_before},
		.lines = "gain_caps file_caps equivalent init " USER " > " USER "\n"
			 "drop_root - none init " USER " > " USER " partial thread\n"
			 "drop_root - none init " USER " > " USER " complete\n",
	},
	{},
};
