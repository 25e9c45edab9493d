// SPDX-License-Identifier: Apache-2.0
/* Makes the cases happen, and answers what their stages ask. */
#include "selftest/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "selftest/sandbox.h"

/* Generous: an emulated machine on a busy host is a hundred times slower. */
#define CASE_DEADLINE_S 60
#define NAP_NS          1000000

/* What both processes write to. */
struct shared {
	atomic_uint walks, at;
	atomic_bool is_done;
	struct made_case made[SELFTEST_CASES_MAX];
};

struct driver {
	struct shared *shared;
	int begin_fd;
	pid_t pid; /* 0: it has ended and was waited for */
};

/* One case, as the driver's own process sees it. */
struct making {
	const struct selftest_case *which;
	const struct run_cgroups *cgroups;
	struct shared *shared;
	struct made_case *made;
	pid_t init;
	int init_fd;
	int messages[2], answers[2]; /* pipes */
	time_t deadline;
};

static time_t now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec;
}

static void nap(void)
{
	const struct timespec time = {.tv_nsec = NAP_NS};

	nanosleep(&time, NULL);
}

/* The first reason counts: what follows may be its consequence. */
static void note(struct made_case *made, enum made how, const char *what, int err)
{
	if (made->made == MADE_FAILED || made->made == MADE_IMPOSSIBLE)
		return;
	snprintf(made->reason, sizeof(made->reason), "%s%s%s", what, err ? ": " : "", err ? strerror(-err) : "");
	made->made = how;
}

static int answer(struct making *making)
{
	return write(making->answers[1], "", 1) == 1 ? 0 : -errno;
}

/* Two: the first may have begun before it was asked for. */
static int walk(struct making *making)
{
	unsigned former, turns;

	for (turns = 0; turns < 2; turns++) {
		former = atomic_load(&making->shared->walks);
		kill(getppid(), SIGUSR2);
		while (atomic_load(&making->shared->walks) == former) {
			if (now_s() > making->deadline)
				return -ETIMEDOUT;
			nap();
		}
	}
	return 0;
}

static int map_user(struct making *making)
{
	char lines[64];

	if (!(making->which->flags & SELFTEST_USERNS_HOST_ROOT))
		return stage_map_user(making->init, 0, SELFTEST_MAPPED, 65536) ? -errno : 0;
	snprintf(lines, sizeof(lines), "0 %u %u\n%u 0 1\n", SELFTEST_MAPPED, SELFTEST_HOST_ROOT, SELFTEST_HOST_ROOT);
	return stage_write_maps(making->init, lines) ? -errno : 0;
}

static int visit(struct making *making)
{
	const struct visit visit = {.cgroups = making->cgroups, .init = making->init};
	pid_t pid = sandbox_visit(making->which, &visit, making->messages[1], making->answers[0]);
	int status;

	if (pid < 0)
		return pid;
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_s() > making->deadline) {
			kill(pid, SIGKILL);
			return -ETIMEDOUT;
		}
		nap();
	}
	if (status)
		note(making->made, MADE_FAILED, "the visit failed", 0);
	return 0;
}

static void handle_message(struct making *making, const char *message)
{
	int err;

	switch (message[0]) {
	case MESSAGE_FAILED:
		note(making->made, MADE_FAILED, message + 1, 0);
		return;
	case MESSAGE_IMPOSSIBLE:
		note(making->made, MADE_IMPOSSIBLE, message + 1, 0);
		return;
	case MESSAGE_MAP:
		err = map_user(making);
		break;
	case MESSAGE_VISIT:
		err = visit(making);
		break;
	case MESSAGE_WALK:
		err = walk(making);
		break;
	default:
		err = -EPROTO;
	}
	if (!err)
		err = answer(making);
	if (err)
		note(making->made, MADE_FAILED, "what its container asked for", err);
}

/* Messages are written whole, and shorter than PIPE_BUF. */
static void read_messages(struct making *making)
{
	char text[8 * MESSAGE_MAX];
	ssize_t size = read(making->messages[0], text, sizeof(text) - 1), at;

	if (size <= 0)
		return;
	text[size] = '\0';
	for (at = 0; at < size; at += strlen(text + at) + 1)
		handle_message(making, text + at);
}

/* Waits for what has ended; those whose parent ended are ours. Returns whether there is more. */
static bool reap(struct making *making)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != making->init)
			continue;
		making->init = 0;
		if (status)
			note(making->made, MADE_FAILED, "its first process ended badly", 0);
	}
	return !pid;
}

/* Until the container's first process has ended, and what no pid namespace ends with it. */
static void attend(struct making *making)
{
	struct pollfd fds[] = {{.fd = making->messages[0], .events = POLLIN},
			       {.fd = making->init_fd, .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, 1000) > 0 && fds[0].revents & POLLIN)
			read_messages(making);
		else if (fds[1].revents && !(making->which->flags & SELFTEST_HOST_PIDNS && reap(making)))
			return;
		else if (fds[1].revents)
			nap();
		if (now_s() > making->deadline) {
			note(making->made, MADE_FAILED, "it did not end in time", 0);
			return;
		}
	}
}

static int open_pipes(struct making *making)
{
	return pipe2(making->messages, O_CLOEXEC) || pipe2(making->answers, O_CLOEXEC) ? -errno : 0;
}

static void close_pipes(struct making *making)
{
	int *const fds[] = {&making->messages[0], &making->messages[1], &making->answers[0], &making->answers[1],
			    &making->init_fd};
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (*fds[i] >= 0)
			close(steal_fd(fds[i]));
}

static int start(struct making *making)
{
	int err = open_pipes(making);

	if (!err)
		err = run_cgroups__add_case(making->cgroups, making->which->name);
	if (err)
		return err;
	making->init = sandbox_start(making->which, making->messages[1], making->answers[0]);
	if (making->init < 0)
		return making->init;
	making->init_fd = syscall(SYS_pidfd_open, making->init, 0);
	err = making->init_fd < 0 ? -errno : 0;
	if (!err)
		err = run_cgroups__enter_case(making->cgroups, making->which->name, making->init);
	return err ? err : answer(making);
}

/* Kills the container's processes and waits for all that were forked. */
static int clear_up(struct making *making)
{
	int err;

	if (making->init > 0)
		kill(making->init, SIGKILL);
	err = run_cgroups__remove_case(making->cgroups, making->which->name);
	while (reap(making)) {
		if (now_s() > making->deadline)
			return -EBUSY;
		nap();
	}
	return err;
}

static void make_case(struct making *making)
{
	int err;

	making->init = 0;
	making->init_fd = making->messages[0] = making->messages[1] = making->answers[0] = making->answers[1] = -1;
	making->deadline = now_s() + CASE_DEADLINE_S;
	err = start(making);
	if (err)
		note(making->made, MADE_FAILED, "its container", err);
	else
		attend(making);
	err = clear_up(making);
	if (err)
		note(making->made, MADE_FAILED, "what it left", err);
	close_pipes(making);
	if (making->made->made == MADE_NOT_YET)
		making->made->made = MADE;
}

static int run(struct shared *shared, const struct run_cgroups *cgroups, const bool *wanted, int begin_fd, pid_t parent)
{
	struct making making = {.cgroups = cgroups, .shared = shared};
	unsigned number;
	char byte;

	/* A terminal's Ctrl-C is for the parent, which ends this in order. */
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getppid() != parent || read(begin_fd, &byte, 1) != 1)
		return 1;
	for (number = 0; (making.which = selftest_case_at(number)); number++) {
		if (!wanted[number])
			continue;
		atomic_store(&shared->at, number);
		making.made = &shared->made[number];
		make_case(&making);
	}
	atomic_store(&shared->is_done, true);
	kill(parent, SIGTERM);
	return 0;
}

int driver__start(const struct run_cgroups *cgroups, const bool wanted[SELFTEST_CASES_MAX], struct driver **ret_driver)
{
	_cleanup_free_ struct driver *driver = calloc(1, sizeof(*driver));
	pid_t parent = getpid();
	int pipe[2];

	if (!driver)
		return -ENOMEM;
	driver->shared = mmap(NULL, sizeof(*driver->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (driver->shared == MAP_FAILED)
		return -errno;
	if (pipe2(pipe, O_CLOEXEC)) {
		munmap(driver->shared, sizeof(*driver->shared));
		return -errno;
	}
	driver->begin_fd = pipe[1];
	driver->pid = fork();
	if (!driver->pid) {
		close(pipe[1]);
		_exit(run(driver->shared, cgroups, wanted, pipe[0], parent));
	}
	close(pipe[0]);
	if (driver->pid < 0) {
		int err = -errno;

		driver->pid = 0;
		driver__free(steal_pointer(&driver));
		return err;
	}
	*ret_driver = steal_pointer(&driver);
	return 0;
}

void driver__free(struct driver *driver)
{
	if (!driver)
		return;
	if (driver->pid) {
		kill(driver->pid, SIGKILL);
		waitpid(driver->pid, NULL, 0);
	}
	close(driver->begin_fd);
	munmap(driver->shared, sizeof(*driver->shared));
	free(driver);
}

void driver__begin(struct driver *driver)
{
	/* A driver that is gone is noticed by driver__has_ended(). */
	if (write(driver->begin_fd, "", 1) < 0)
		return;
}

void driver__walked(struct driver *driver)
{
	atomic_fetch_add(&driver->shared->walks, 1);
}

bool driver__is_done(const struct driver *driver)
{
	return atomic_load(&driver->shared->is_done);
}

bool driver__has_ended(struct driver *driver)
{
	if (driver->pid && waitpid(driver->pid, NULL, WNOHANG) == driver->pid)
		driver->pid = 0;
	return !driver->pid;
}

unsigned driver__at(const struct driver *driver)
{
	return atomic_load(&driver->shared->at);
}

const struct made_case *driver__made(const struct driver *driver, unsigned number)
{
	return &driver->shared->made[number];
}
