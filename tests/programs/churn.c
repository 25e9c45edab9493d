// SPDX-License-Identifier: Apache-2.0
/*
 * Makes and removes as many containers as it is told to, each of a cgroup and one exec in another root:
 * `churn COUNT TAG ROOT CGROUP_DIRECTORY...` calls the cgroups docker/<64 hex digits that begin with TAG>.
 * `churn --crowd ...` has all of them there at once: they exec once all were begun, and stay until standard input ends.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIRECTORIES_MAX 4

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct container {
	char paths[DIRECTORIES_MAX][PATH_MAX];
	pid_t pid;
};

/* In the child: the cgroups first, as runtimes do. It goes on when `start` has ended. */
static void run_inside(const char *root, struct container *container, int nr, int start, char *const *args)
{
	char nothing;

	for (int i = 0; i < nr; i++) {
		int dir_fd = open(container->paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		int fd = openat(dir_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(2);
	}
	if (chroot(root) || chdir("/") || read(start, &nothing, 1))
		_exit(3);
	execv(args[0], args);
	_exit(4);
}

static void begin(struct container *container, long number, const char *tag, const char *root, char **directories,
		  int nr, const int start[2], char *const *args)
{
	char digits[17], id[65];

	memset(id, '0', 64);
	memcpy(id, tag, strlen(tag));
	snprintf(digits, sizeof(digits), "%016lx", number);
	memcpy(id + 48, digits, sizeof(digits));
	for (int i = 0; i < nr; i++) {
		char *path = container->paths[i];

		if (snprintf(path, PATH_MAX, "%s/docker/%s", directories[i], id) >= PATH_MAX)
			die("path");
		if (mkdir(path, 0755))
			die(path);
	}
	container->pid = fork();
	if (container->pid < 0)
		die("fork");
	if (container->pid == 0) {
		close(start[1]);
		run_inside(root, container, nr, start[0], args);
	}
}

static void end(struct container *container, int nr, bool is_killed)
{
	int status;

	if (is_killed && kill(container->pid, SIGKILL))
		die("kill");
	if (waitpid(container->pid, &status, 0) != container->pid || (is_killed ? !WIFSIGNALED(status) : status)) {
		fprintf(stderr, "the program did not end well\n");
		exit(1);
	}
	for (int i = 0; i < nr; i++)
		if (rmdir(container->paths[i]))
			die(container->paths[i]);
}

int main(int argc, char **argv)
{
	char *const briefly[] = {"/bin/true", NULL}, *const for_long[] = {"/bin/sleep", "1000", NULL};
	bool is_crowd = argc > 1 && strcmp(argv[1], "--crowd") == 0;
	long count, at_once;
	struct container *containers;

	argv += is_crowd;
	argc -= is_crowd;
	if (argc < 5 || argc - 4 > DIRECTORIES_MAX || strlen(argv[2]) > 48) {
		fprintf(stderr, "usage: churn [--crowd] COUNT TAG ROOT CGROUP_DIRECTORY...\n");
		return 2;
	}
	count = atol(argv[1]);
	at_once = is_crowd ? count : 1;
	containers = calloc(at_once, sizeof(*containers));
	if (!containers)
		die("calloc");
	for (long first = 0; first < count; first += at_once) {
		int start[2];

		if (pipe2(start, O_CLOEXEC))
			die("pipe");
		for (long i = 0; i < at_once; i++)
			begin(&containers[i], first + i, argv[2], argv[3], argv + 4, argc - 4, start,
			      is_crowd ? for_long : briefly);
		close(start[0]);
		close(start[1]);
		while (is_crowd && getchar() != EOF)
			;
		for (long i = 0; i < at_once; i++)
			end(&containers[i], argc - 4, is_crowd);
	}
	free(containers);
	return 0;
}
