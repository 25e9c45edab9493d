// SPDX-License-Identifier: Apache-2.0
/* Sets a case's container up. */
#include "selftest/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"
#include "selftest/cgroups.h"
#include "selftest/stage.h"

static int set_up_files(const struct selftest_case *which)
{
	int status;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return stage_fails("mount propagation");
	if (mount("uidzero-selftest", SELFTEST_DIR, "tmpfs", MS_NODEV, "mode=0755,size=64m") || chdir(SELFTEST_DIR))
		return stage_fails("tmpfs on " SELFTEST_DIR);
	/* Who may not read a file cannot trace who runs it: a host's own user of that number cannot meddle. */
	status = stage_copy("program", 0, 0711);
	return status || !which->prepare ? status : which->prepare(which);
}

static int take_ambient(cap_value_t value)
{
	cap_t caps = cap_init();
	int err;

	if (!caps)
		return stage_fails("cap_init");
	err = cap_set_flag(caps, CAP_PERMITTED, 1, &value, CAP_SET) ||
	      cap_set_flag(caps, CAP_INHERITABLE, 1, &value, CAP_SET) || cap_set_proc(caps) ||
	      cap_set_ambient(value, CAP_SET);
	cap_free(caps);
	return err ? stage_fails("an ambient capability") : STAGE_DONE;
}

static int set_up_credentials(unsigned flags)
{
	uid_t uid = flags & SELFTEST_AS_USER ? SELFTEST_USER : 0;

	if (flags & (SELFTEST_USERNS | SELFTEST_USERNS_HOST_ROOT)) {
		if (unshare(CLONE_NEWUSER))
			return stage_impossible("unshare(CLONE_NEWUSER)");
		if (stage_ask(MESSAGE_MAP))
			return STAGE_FAILED;
	}
	if (setgroups(0, NULL) || setresgid(uid, uid, uid))
		return stage_fails("groups");
	if (flags & SELFTEST_WITH_SETUID && prctl(PR_SET_KEEPCAPS, 1))
		return stage_fails("PR_SET_KEEPCAPS");
	if (setresuid(uid, uid, uid))
		return stage_fails("setresuid");
	if (flags & SELFTEST_NO_NEW_PRIVS && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return stage_fails("PR_SET_NO_NEW_PRIVS");
	return flags & SELFTEST_WITH_SETUID ? take_ambient(CAP_SETUID) : STAGE_DONE;
}

/* Nothing of uidzero's but what the stages talk by; a terminal least of all. */
static int set_up_process(int messages_fd, int answers_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Above those that they become. */
	messages_fd = fcntl(messages_fd, F_DUPFD_CLOEXEC, STAGE_ANSWERS_FD + 1);
	answers_fd = fcntl(answers_fd, F_DUPFD_CLOEXEC, STAGE_ANSWERS_FD + 1);
	if (messages_fd < 0 || answers_fd < 0 || dup2(messages_fd, STAGE_MESSAGES_FD) < 0 ||
	    dup2(answers_fd, STAGE_ANSWERS_FD) < 0)
		return -errno;
	for (fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	return syscall(SYS_close_range, STAGE_ANSWERS_FD + 1, ~0U, 0) && errno != ENOSYS ? -errno : 0;
}

static int run_first(const struct selftest_case *which, int messages_fd, int answers_fd)
{
	char answer;
	int status;

	if (set_up_process(messages_fd, answers_fd))
		return STAGE_FAILED;
	if (read(STAGE_ANSWERS_FD, &answer, 1) != 1)
		return STAGE_FAILED;
	status = set_up_files(which);
	if (!status)
		status = set_up_credentials(which->flags);
	/* Set*uid calls forget it, so that it comes last; an exec does not. */
	if (!status)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!status && which->stub)
		return which->stub(which);
	return status ? status : stage_exec(which, which->first ? which->first : "program", 0);
}

pid_t sandbox_start(const struct selftest_case *which, int messages_fd, int answers_fd)
{
	unsigned long flags = SIGCHLD | CLONE_NEWNS;
	pid_t pid;

	if (!(which->flags & SELFTEST_HOST_PIDNS))
		flags |= CLONE_NEWPID;
	/* As fork(2), which takes no flags; the order of the arguments that are 0 differs between machines. */
	pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(run_first(which, messages_fd, answers_fd));
	return pid;
}

pid_t sandbox_visit(const struct selftest_case *which, const struct visit *visit, int messages_fd, int answers_fd)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(set_up_process(messages_fd, answers_fd) ? STAGE_FAILED : which->visit(which, visit));
	return pid;
}

int visit_cgroups(const struct selftest_case *self, const struct visit *visit)
{
	int err = run_cgroups__enter_case(visit->cgroups, self->name, getpid());

	errno = -err;
	return err ? stage_fails("the container's cgroups") : STAGE_DONE;
}

int visit_namespaces(const struct visit *visit)
{
	_cleanup_close_ int fd = syscall(SYS_pidfd_open, visit->init, 0);

	return fd < 0 || setns(fd, CLONE_NEWNS | CLONE_NEWPID) ? stage_fails("the container's namespaces") : STAGE_DONE;
}

int visit_make_other(const struct selftest_case *self, const struct visit *visit)
{
	char name[64];

	snprintf(name, sizeof(name), "%s" SELFTEST_OTHER, self->name);
	errno = -run_cgroups__add_case(visit->cgroups, name);
	return errno ? stage_fails("another container's cgroups") : STAGE_DONE;
}
