/* SPDX-License-Identifier: Apache-2.0 */
/* Hands bytes to a file descriptor of any kind without blocking for longer than was asked. */
#ifndef UIDZERO_SINK_DESCRIPTOR_H
#define UIDZERO_SINK_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>

enum descriptor_kind {
	DESCRIPTOR_PLAIN, /* file, terminal: written as it is */
	DESCRIPTOR_PIPE,
	DESCRIPTOR_SOCKET,
};

/* Returns 0 or -EBADF. */
int descriptor_kind_of(int fd, enum descriptor_kind *ret_kind);

/**
 * Write all, or as much as goes.
 *
 * @wait_ms:     how long a full pipe or socket may be waited for, in all
 * @ret_written: set also on failure
 *
 * Returns 0; -EAGAIN where the time is over; another negative errno of write(2).
 */
int descriptor_write(int fd, enum descriptor_kind kind, const char *data, size_t size, unsigned wait_ms,
		     size_t *ret_written);

#endif
