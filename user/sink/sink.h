/* SPDX-License-Identifier: Apache-2.0 */
/* Where finished lines go. A sink sees whole lines only and never leaves half of one. */
#ifndef UIDZERO_SINK_SINK_H
#define UIDZERO_SINK_SINK_H

#include <stddef.h>
#include <stdint.h>

#define SINK_BUFFER_SIZE (64 << 10)
#define SINK_WAIT_MS     5000

/*
 * What loses the least: a line that was taken stays in the buffer until the kernel has all of it. So a
 * full disk or a reader that is slow costs nothing until the buffer is full too; then the newest lines
 * are refused and counted, in what is written there is no hole but that one, and writing goes on by
 * itself when there is room again. Not thread-safe.
 */
struct sink;

/**
 * Standard output, or any other fd; it is not closed, and its flags stay as they are.
 *
 * A pipe or socket that is full is waited for, SINK_WAIT_MS in one flush, also where the fd blocks; after
 * that nothing waits until the reader has caught up. Half a line may be in the pipe meanwhile; its rest
 * goes first. SIGPIPE must be ignored.
 *
 * Returns 0, -EBADF, -ENOMEM.
 */
int sink__new_fd(int fd, struct sink **ret_sink);

/**
 * A file, made 0600, appended to; renamed to PATH.1, PATH.2 ... when the next line would pass max_size.
 *
 * Where the file ends with half a line (its writer was killed), that one is ended first.
 *
 * @max_size: bytes; 0 never rotates
 * @keep:     how many renamed files stay; 0 removes the file that is full
 *
 * Returns 0 or a negative errno of open(2), -ENOENT where the directory is missing; refuses what is no
 * regular file with -EINVAL, a symlink with -ELOOP.
 */
int sink__new_file(const char *path, uint64_t max_size, unsigned keep, struct sink **ret_sink);

/**
 * Take one whole line, '\n' included. Buffered; sink__flush() hands it to the kernel. A line that is
 * larger than the buffer goes out at once.
 *
 * Returns 0 where the line was taken; else it is lost and counted: -EPIPE once nobody reads any more,
 * -EAGAIN while a reader is stuck, or the negative errno of write(2) (-ENOSPC, -EDQUOT, -EFBIG, -EIO) with
 * the half line that a file got cut off again. -ENOMEM for a line that no buffer could be had for.
 */
int sink__write(struct sink *sink, const char *line, size_t size);

/**
 * Hand what is buffered to the kernel.
 *
 * Returns 0, or as sink__write(); what could not be written is kept and tried anew by the next call, but
 * for -EPIPE, when it is lost and counted. Where all is written but the last rotation failed: its
 * negative errno; the file grows meanwhile.
 */
int sink__flush(struct sink *sink);

/* Lines that were lost since the sink was made; those in the buffer are not. */
uint64_t sink__lost_lines(const struct sink *sink);

/**
 * Flush, close and open the path again (SIGHUP, SIGUSR1 after logrotate); a file that was removed is made
 * anew. A no-op but for the flush with an fd.
 *
 * Returns 0, or a negative errno as sink__new_file(); then the old file stays open and is written to.
 */
int sink__reopen(struct sink *sink);

/* Flushes; what cannot be written then is gone. Takes NULL. */
void sink__free(struct sink *sink);

#endif
