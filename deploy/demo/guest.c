// SPDX-License-Identifier: Apache-2.0
/* What runs in the demo's container: becomes root and stops being root in each way, one after the other. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define APP_UID 1000

static int failed(const char *what)
{
	perror(what);
	return 1;
}

/* Not root: runs the set-user-id copy of this program. */
static int run_setuid_file(void)
{
	if (setresgid(APP_UID, APP_UID, APP_UID) || setresuid(APP_UID, APP_UID, APP_UID))
		return failed("setresuid");
	execl("/bin/helper", "helper", "set-user-id root", NULL);
	return failed("/bin/helper");
}

/* Gives up root but for the saved uid, and takes it back. */
static int drop_and_regain(void)
{
	if (setresuid(APP_UID, APP_UID, 0))
		return failed("setresuid");
	if (setresuid(-1, 0, -1))
		return failed("setresuid");
	return 0;
}

static int in_child(int (*action)(void))
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return failed("fork");
	if (!pid)
		_exit(action());
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[0], "helper"))
		return 0;
	return in_child(run_setuid_file) || in_child(drop_and_regain);
}
