// SPDX-License-Identifier: Apache-2.0
/* `su-exec UID PROGRAM ARG...`: root and its groups are given up by the three calls that su-exec makes, then exec. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	gid_t id = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (argc < 3) {
		fputs("usage: su-exec UID PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	if (setgroups(1, &id) || setgid(id) || setuid(id)) {
		perror("su-exec");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
