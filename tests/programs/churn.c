// SPDX-License-Identifier: Apache-2.0
/*
 * Makes and removes as many containers as it is told to, each of a cgroup and one exec in another root:
 * `churn COUNT TAG ROOT CGROUP_DIRECTORY...` calls the cgroups docker/<64 hex digits that begin with TAG>.
 */
#include <fcntl.h>
#include <limits.h>
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

/* In the child: the cgroups first, as runtimes do. */
static void run_inside(const char *root, char paths[][PATH_MAX], int nr)
{
	char *const args[] = {"true", NULL};

	for (int i = 0; i < nr; i++) {
		int dir_fd = open(paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		int fd = openat(dir_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(2);
	}
	if (chroot(root) || chdir("/"))
		_exit(3);
	execv("/bin/true", args);
	_exit(4);
}

static void make_one(long number, const char *tag, const char *root, char **directories, int nr)
{
	char paths[DIRECTORIES_MAX][PATH_MAX], digits[17], id[65];
	int status;
	pid_t pid;

	memset(id, '0', 64);
	memcpy(id, tag, strlen(tag));
	snprintf(digits, sizeof(digits), "%016lx", number);
	memcpy(id + 48, digits, sizeof(digits));
	for (int i = 0; i < nr; i++) {
		if (snprintf(paths[i], sizeof(paths[i]), "%s/docker/%s", directories[i], id) >= PATH_MAX)
			die("path");
		if (mkdir(paths[i], 0755))
			die(paths[i]);
	}
	pid = fork();
	if (pid == 0)
		run_inside(root, paths, nr);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "the program did not end well\n");
		exit(1);
	}
	for (int i = 0; i < nr; i++)
		if (rmdir(paths[i]))
			die(paths[i]);
}

int main(int argc, char **argv)
{
	if (argc < 5 || argc - 4 > DIRECTORIES_MAX || strlen(argv[2]) > 48) {
		fprintf(stderr, "usage: churn COUNT TAG ROOT CGROUP_DIRECTORY...\n");
		return 2;
	}
	for (long i = 0, count = atol(argv[1]); i < count; i++)
		make_one(i, argv[2], argv[3], argv + 4, argc - 4);
	return 0;
}
