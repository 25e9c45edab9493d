/* SPDX-License-Identifier: Apache-2.0 */
/* The file behind a sink: opened with care, rotated, and never left with half a line. */
#include "sink/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int sink_file_open(const char *path, int *ret_fd, uint64_t *ret_size, bool *ret_has_half_line)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	char last = '\n';

	/* O_NONBLOCK: opening a FIFO or a device must not hang before the check below. */
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size > 0 && pread(fd, &last, 1, status.st_size - 1) < 0)
		return -errno;
	*ret_has_half_line = last != '\n';
	*ret_size = status.st_size;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int sink_file_size(int fd, uint64_t *ret_size)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_size = status.st_size;
	return 0;
}

bool sink_file_is_at(int fd, const char *path)
{
	struct stat open_one, named_one;

	return fstat(fd, &open_one) == 0 && lstat(path, &named_one) == 0 && open_one.st_dev == named_one.st_dev &&
	       open_one.st_ino == named_one.st_ino;
}

static int numbered_path(const char *path, unsigned number, char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s.%u", path, number) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int sink_file_shift(const char *path, unsigned keep)
{
	char from[PATH_MAX], to[PATH_MAX];
	unsigned last = 0;
	int err;

	if (keep == 0)
		return unlink(path) < 0 ? -errno : 0;
	err = numbered_path(path, keep, to);
	if (err)
		return err;

	/* Only up to the first gap: nothing is pushed out while there is room. */
	for (last = 1; last < keep; last++) {
		numbered_path(path, last, to);
		if (access(to, F_OK) < 0 && errno == ENOENT)
			break;
	}
	for (; last > 0; last--) {
		if (last > 1)
			numbered_path(path, last - 1, from);
		numbered_path(path, last, to);
		if (rename(last > 1 ? from : path, to) < 0)
			return -errno;
	}
	return 0;
}

int sink_file_cut(int fd, size_t excess)
{
	uint64_t size;
	int err;

	/* Asked anew: somebody else may have truncated it meanwhile (logrotate's copytruncate). */
	err = sink_file_size(fd, &size);
	if (err || size < excess)
		return err;
	return ftruncate(fd, size - excess) < 0 ? -errno : 0;
}
