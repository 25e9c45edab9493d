/* SPDX-License-Identifier: Apache-2.0 */
/* The file behind a sink: opened with care, rotated, and never left with half a line. */
#ifndef UIDZERO_SINK_FILE_H
#define UIDZERO_SINK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Open for appending, made 0600 where it is missing.
 *
 * @ret_size:           bytes that it holds
 * @ret_has_half_line:  whether its last line lacks the '\n'
 *
 * Returns 0; -EINVAL for what is no regular file, -ELOOP for a symlink, another negative errno of open(2).
 */
int sink_file_open(const char *path, int *ret_fd, uint64_t *ret_size, bool *ret_has_half_line);

/* Returns 0 or a negative errno of fstat(2). */
int sink_file_size(int fd, uint64_t *ret_size);

/* Whether the path still leads to the file that fd has open. */
bool sink_file_is_at(int fd, const char *path);

/**
 * Rename PATH.1 to PATH.2 and so on, then PATH to PATH.1; what would pass `keep` goes.
 *
 * Returns 0, or a negative errno of rename(2) or unlink(2) with PATH still in its place.
 */
int sink_file_shift(const char *path, unsigned keep);

/* Cut the last bytes off again. Returns 0 or a negative errno. */
int sink_file_cut(int fd, size_t excess);

#endif
