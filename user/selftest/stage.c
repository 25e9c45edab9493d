// SPDX-License-Identifier: Apache-2.0
/* Runs inside the self-test's containers: a case's stages, and what they are made of. */
#include "selftest/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"

bool stage_is_asked_for(int argc, char **argv)
{
	return argc > 2 && !strcmp(argv[1], "selftest") && !strcmp(argv[2], STAGE_OPTION);
}

/*
 * Copies of this program that are set-user-id come here. All that they do is in the table of cases: nothing is taken
 * from the caller but two words that choose among it.
 */
int stage_run(int nr_args, char **args)
{
	const struct selftest_case *which;
	unsigned stage;
	int number;

	if (nr_args != 2)
		return STAGE_FAILED;
	number = selftest_case_find(args[0], strlen(args[0]));
	stage = args[1][0] - '0';
	if (number < 0 || stage >= SELFTEST_STAGES || args[1][1])
		return STAGE_FAILED;
	which = selftest_case_at(number);
	if (!which->stages[stage])
		return STAGE_FAILED;
	return which->stages[stage](which);
}

static int tell(enum stage_message message, const char *what, int err)
{
	char text[MESSAGE_MAX];
	int n = snprintf(text, sizeof(text), "%c%s%s%s", message, what, err ? ": " : "", err ? strerror(err) : "");

	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	/* Who does not hear it learns from the exit status that it went wrong. */
	return write(STAGE_MESSAGES_FD, text, n + 1) < 0 ? -errno : 0;
}

int stage_fails(const char *what)
{
	tell(MESSAGE_FAILED, what, errno);
	return STAGE_FAILED;
}

int stage_impossible(const char *what)
{
	tell(MESSAGE_IMPOSSIBLE, what, errno);
	return STAGE_IMPOSSIBLE;
}

int stage_ask(enum stage_message message)
{
	char answer;
	int err = tell(message, "", 0);

	if (err)
		return err;
	return read(STAGE_ANSWERS_FD, &answer, 1) == 1 ? 0 : -EPIPE;
}

static int ask(enum stage_message message, const char *what)
{
	int err = stage_ask(message);

	errno = -err;
	return err ? stage_fails(what) : STAGE_DONE;
}

/* /proc has a link for each thread, which goes when the kernel has released it: after the hooks of its exit. */
int stage_count_threads(void)
{
	struct stat task;

	return stat("/proc/self/task", &task) ? -1 : (int)task.st_nlink - 2;
}

int stage_fewer_threads(int count)
{
	int present;

	do {
		present = stage_count_threads();
		if (present < 0)
			return stage_fails("/proc/self/task");
		sched_yield();
	} while (present > count);
	return STAGE_DONE;
}

int stage_leader_end(void)
{
	char path[64], state[256] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", stage_host_pid());
	do {
		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || read(fd, state, sizeof(state) - 1) <= 0)
			return stage_fails(path);
	} while (!strstr(state, ") Z "));
	return STAGE_DONE;
}

int stage_walk(void)
{
	return ask(MESSAGE_WALK, "the walk over all tasks");
}

int stage_visit(void)
{
	return ask(MESSAGE_VISIT, "the visit");
}

int stage_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return stage_fails("waitpid");
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	errno = 0;
	return stage_fails("a process of the case was killed");
}

int stage_end(const struct selftest_case *self)
{
	(void)self;
	return STAGE_DONE;
}

int stage_set_uids(uid_t ruid, uid_t euid, uid_t suid)
{
	return syscall(SYS_setresuid, ruid, euid, suid) ? stage_fails("setresuid") : STAGE_DONE;
}

int stage_drop(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(SELFTEST_USER, SELFTEST_USER, SELFTEST_USER);
}

int stage_fork(const struct selftest_case *self, int (*act)(const struct selftest_case *self))
{
	pid_t pid = fork();

	if (pid < 0)
		return stage_fails("fork");
	if (!pid)
		_exit(act(self));
	return stage_wait(pid);
}

int stage_exec(const struct selftest_case *self, const char *file, unsigned stage)
{
	char path[64];

	/* An absolute path: a set-user-id copy must not run what its caller put into the working directory. */
	snprintf(path, sizeof(path), SELFTEST_DIR "/%s", file);
	return stage_exec_as(self, path, "uidzero", stage);
}

int stage_exec_as(const struct selftest_case *self, const char *path, const char *name, unsigned stage)
{
	char number[] = {'0' + stage, '\0'};

	execl(path, name, "selftest", STAGE_OPTION, self->name, number, NULL);
	return stage_fails(path);
}

int stage_exec_handled(const struct selftest_case *self, unsigned stage)
{
	char number[] = {'0' + stage, '\0'};

	/* The handler's arguments are the file as it is called here, and those behind the first. */
	execl("selftest", "uidzero", STAGE_OPTION, self->name, number, NULL);
	return stage_fails("a file with a handler");
}

int stage_spawn(const struct selftest_case *self, const char *file, unsigned stage)
{
	pid_t pid = fork();

	if (pid < 0)
		return stage_fails("fork");
	if (!pid)
		_exit(stage_exec(self, file, stage));
	return stage_wait(pid);
}

int stage_copy(const char *file, uid_t owner, mode_t mode)
{
	_cleanup_close_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = -1;
	char path[64];
	ssize_t size;

	snprintf(path, sizeof(path), SELFTEST_DIR "/%s", file);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (from < 0 || to < 0)
		return stage_fails(path);
	do
		size = sendfile(to, from, NULL, 1 << 30);
	while (size > 0);
	/* The owner first: chown(2) clears the set-user-id bit. */
	if (size < 0 || fchown(to, owner, owner) || fchmod(to, mode))
		return stage_fails(path);
	return STAGE_DONE;
}

int stage_copy_with_caps(const char *file, const char *text)
{
	char path[64];
	int status = stage_copy(file, 0, 0711);
	cap_t caps;

	if (status)
		return status;
	snprintf(path, sizeof(path), SELFTEST_DIR "/%s", file);
	caps = cap_from_text(text);
	if (!caps || cap_set_file(path, caps))
		status = errno == EOPNOTSUPP ? stage_impossible("file capabilities on a tmpfs") : stage_fails(text);
	cap_free(caps);
	return status;
}

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? stage_fails(path) : STAGE_DONE;
}

int stage_write_maps(pid_t pid, const char *lines)
{
	bool is_user = geteuid();
	char path[64];
	int status;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	status = write_file(path, lines);
	if (status)
		return status;
	/* Without privileges a group may be mapped only by who has given up to change groups. */
	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	if (is_user)
		status = write_file(path, "deny");
	if (status)
		return status;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	return write_file(path, lines);
}

int stage_map_user(pid_t pid, unsigned inside, unsigned outside, unsigned count)
{
	char line[64];

	snprintf(line, sizeof(line), "%u %u %u", inside, outside, count);
	return stage_write_maps(pid, line);
}

pid_t stage_host_pid(void)
{
	char text[32] = "";

	return readlink("/proc/self", text, sizeof(text) - 1) < 0 ? -1 : atoi(text);
}

int stage_unshare_user(void)
{
	uid_t uid = geteuid();

	/* What ran a file that it may not read has a /proc/self that belongs to root. */
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER))
		return stage_impossible("unshare(CLONE_NEWUSER)");
	return stage_map_user(stage_host_pid(), 0, uid, 1);
}
