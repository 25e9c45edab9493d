// SPDX-License-Identifier: Apache-2.0
/* Opens tracefs without leaving a mount behind. */
#include "source/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/cleanup.h"

static int open_mounted(const char *path)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs))
		return -errno;
	if (fs.f_type != TRACEFS_MAGIC)
		return -ENOENT;
	return steal_fd(&fd);
}

int tracefs_open(void)
{
	_cleanup_close_ int context = -1;
	int fd;

	fd = open_mounted("/sys/kernel/tracing");
	if (fd >= 0)
		return fd;
	fd = open_mounted("/sys/kernel/debug/tracing");
	if (fd >= 0)
		return fd;
	context = syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY);
	return fd < 0 ? -errno : fd;
}

int tracefs_tracepoint_id(int tracefs, const char *category, const char *name)
{
	_cleanup_close_ int fd = -1;
	char path[128], text[16];
	ssize_t size;

	snprintf(path, sizeof(path), "events/%s/%s/id", category, name);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size = read(fd, text, sizeof(text) - 1);
	if (size <= 0)
		return size < 0 ? -errno : -EIO;
	text[size] = '\0';
	return atoi(text);
}
