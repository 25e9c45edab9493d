/* SPDX-License-Identifier: Apache-2.0 */
/* Hands bytes to a file descriptor of any kind without blocking for longer than was asked. */
#include "sink/descriptor.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int descriptor_kind_of(int fd, enum descriptor_kind *ret_kind)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_kind = S_ISFIFO(status.st_mode)   ? DESCRIPTOR_PIPE
		    : S_ISSOCK(status.st_mode) ? DESCRIPTOR_SOCKET
					       : DESCRIPTOR_PLAIN;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Returns 0 where writing can go on or will say what is wrong, -EAGAIN after the deadline. */
static int wait_writable(int fd, int64_t deadline_ms)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLOUT};

	for (;;) {
		int64_t left_ms = deadline_ms - now_ms();
		int ready;

		ready = poll(&pollfd, 1, left_ms > 0 ? (int)left_ms : 0);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0)
			return -EAGAIN;
	}
}

static ssize_t write_some(int fd, enum descriptor_kind kind, const char *data, size_t size)
{
	if (kind == DESCRIPTOR_SOCKET)
		return send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A pipe that polls writable has a free page: as much never blocks, whatever O_NONBLOCK says. */
	if (kind == DESCRIPTOR_PIPE && size > PIPE_BUF)
		size = PIPE_BUF;
	return write(fd, data, size);
}

int descriptor_write(int fd, enum descriptor_kind kind, const char *data, size_t size, unsigned wait_ms,
		     size_t *ret_written)
{
	int64_t deadline_ms = now_ms() + wait_ms;
	bool must_wait = kind == DESCRIPTOR_PIPE;
	size_t written = 0;
	int err = 0;

	while (written < size && !err) {
		ssize_t n;

		if (must_wait) {
			err = wait_writable(fd, deadline_ms);
			if (err)
				break;
		}
		n = write_some(fd, kind, data + written, size - written);
		if (n > 0) {
			written += n;
			must_wait = kind == DESCRIPTOR_PIPE;
		} else if (n < 0 && errno == EAGAIN) {
			must_wait = true;
		} else if (n == 0) {
			err = -EIO;
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	*ret_written = written;
	return err;
}
