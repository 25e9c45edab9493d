/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the parent and the start time out of /proc/<pid>/stat. */
#include "container/process_stat.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Fields 4 and 22 of proc(5)'s stat; the name before them may hold anything. */
bool process_stat__read(int proc_fd, struct process_stat *ret_stat)
{
	_cleanup_close_ int fd = openat(proc_fd, "stat", O_RDONLY | O_CLOEXEC);
	unsigned long long start;
	unsigned parent;
	char text[1024];
	const char *at;
	ssize_t size;

	size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (size <= 0)
		return false;
	text[size] = '\0';
	at = strrchr(text, ')');
	if (!at ||
	    sscanf(at + 1, " %*c%u%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%llu", &parent, &start) != 2)
		return false;
	*ret_stat = (struct process_stat){.parent = parent, .start_ticks = start};
	return true;
}
