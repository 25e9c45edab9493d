// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a program in a new pid and mount namespace: `stub child PROGRAM [ARG...]` by a child of the namespace's first
 * process, which does not exec; `stub children ...` by two children, one after the other; `stub direct ...` by that
 * process itself. Exits with the program's status.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **args)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(args[0], args);
		perror(args[0]);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ? 126 : WEXITSTATUS(status);
}

static int run_below_first(const char *how, char **args)
{
	int status = run(args);

	return !status && !strcmp(how, "children") ? run(args) : status;
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: stub direct|child|children PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	if (unshare(CLONE_NEWPID | CLONE_NEWNS)) {
		perror("unshare");
		return 1;
	}
	if (!strcmp(argv[1], "direct"))
		return run(argv + 2);
	pid = fork();
	if (!pid)
		_exit(run_below_first(argv[1], argv + 2));
	return pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ? 1 : WEXITSTATUS(status);
}
