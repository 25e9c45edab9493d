/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and reads files that others wrote, without being led astray or held up. */
#ifndef UIDZERO_CONTAINER_SAFE_FILE_H
#define UIDZERO_CONTAINER_SAFE_FILE_H

#include <dirent.h>
#include <stddef.h>

/* A directory that is trusted as far as where it is; not what stands below it. */
struct safe_root {
	int fd;
	const char *path;      /* borrowed, as it was given */
	const char *host_root; /* borrowed; what `path` is relative to, where it was opened by safe_root__open() */
};

/**
 * Open a directory below host_root. Symlinks on the way are followed, "/" in them means host_root.
 *
 * @host_root: "" on the host itself
 *
 * Returns 0 or a negative errno (-ENOENT, -ENOTDIR, -ELOOP ...). The caller closes with safe_root__close().
 */
int safe_root__open(const char *host_root, const char *path, struct safe_root *ret_root);
void safe_root__close(struct safe_root *root);

/**
 * Open a directory below a root; no symlink is followed.
 *
 * @path: relative, without ".."
 */
int safe_root__open_below(const struct safe_root *root, const char *path, struct safe_root *ret_root);

/**
 * Read a whole file below a root. No symlink is followed, a FIFO does not block.
 *
 * @ret_data: ended by a NUL that ret_size does not count; the caller frees
 *
 * Returns 0; -ELOOP for a symlink; -EINVAL for what is no regular file; -EFBIG above max_size; -ENOMEM;
 * or another negative errno of open(2) and read(2).
 */
int safe_file__read(const struct safe_root *root, const char *path, size_t max_size, char **ret_data, size_t *ret_size);

/**
 * The same for a file that a container has: symlinks are followed, and "/" in them means the root. It is looked
 * at before it is opened for reading, which is an action of its own where a device stands.
 */
int safe_file__read_in_root(const struct safe_root *root, const char *path, size_t max_size, char **ret_data,
			    size_t *ret_size);

/**
 * Where a path of a container leads to, its symlinks followed as for safe_file__read_in_root().
 *
 * @ret_path: "/" and what is below the root, without symlinks
 *
 * Returns 0 or a negative errno, -ENOENT where nothing is there.
 */
int safe_root__resolve(const struct safe_root *root, const char *path, char ret_path[PATH_MAX]);

/* An O_PATH descriptor of whatever stands there, a symlink itself included; or a negative errno. The caller closes. */
int safe_root__open_entry(const struct safe_root *root, const char *path);

/* List a directory below a root ("." for the root itself). The caller closes with closedir(). */
int safe_root__list(const struct safe_root *root, const char *path, DIR **ret_dir);

/* The next name that is neither "." nor ".."; NULL at the end, and after SAFE_DIR_MAX names. */
#define SAFE_DIR_MAX 4096
const char *safe_dir__next(DIR *dir, unsigned *count);

#endif
