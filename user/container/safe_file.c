/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and reads files that others wrote, without being led astray or held up. */
#include "container/safe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

/* Without O_NONBLOCK the open of a FIFO waits for a writer. */
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)
#define DIR_FLAGS  (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define LIST_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int try_openat2(int dir_fd, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)flags, .resolve = resolve};
	int fd;

	/* EAGAIN: a rename or mount raced with the walk. */
	for (int tries = 0; tries < 8; tries++) {
		fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

/* Absent before Linux 5.6; older seccomp filters answer EPERM for a call that they do not know. */
static bool lacks_openat2(int err)
{
	return err == -ENOSYS || err == -EPERM;
}

/* One component at a time; a symlink ends the walk. */
static int walk_components(int root_fd, const char *path, int flags)
{
	_cleanup_close_ int dir_fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
	char name[256];

	if (dir_fd < 0)
		return -errno;
	for (;;) {
		size_t size;
		bool is_last;
		int fd;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		is_last = path[size + strspn(path + size, "/")] == '\0';
		if (size >= sizeof(name))
			return -ENAMETOOLONG;
		memcpy(name, path, size);
		name[size] = '\0';
		if (size == 0)
			strcpy(name, ".");
		if (strcmp(name, "..") == 0)
			return -EXDEV;

		fd = openat(dir_fd, name, (is_last ? flags : DIR_FLAGS) | O_NOFOLLOW);
		if (fd < 0) /* with O_DIRECTORY a symlink gives ENOTDIR */
			return -errno;
		if (is_last)
			return fd;
		close(dir_fd);
		dir_fd = fd;
		path += size;
	}
}

static int open_below(int root_fd, const char *path, int flags)
{
	int fd = try_openat2(root_fd, path, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);

	return lacks_openat2(fd) ? walk_components(root_fd, path, flags) : fd;
}

int safe_root__open(const char *host_root, const char *path, struct safe_root *ret_root)
{
	_cleanup_close_ int host_fd = -1;
	int fd;

	host_fd = open(host_root[0] ? host_root : "/", DIR_FLAGS);
	if (host_fd < 0)
		return -errno;
	fd = try_openat2(host_fd, path, DIR_FLAGS, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (lacks_openat2(fd))
		fd = walk_components(host_fd, path, DIR_FLAGS);
	if (fd < 0)
		return fd;
	*ret_root = (struct safe_root){.fd = fd, .path = path, .host_root = host_root};
	return 0;
}

int safe_root__open_below(const struct safe_root *root, const char *path, struct safe_root *ret_root)
{
	int fd = open_below(root->fd, path, DIR_FLAGS | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	*ret_root = (struct safe_root){.fd = fd, .path = path, .host_root = root->host_root};
	return 0;
}

void safe_root__close(struct safe_root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

static int check_file(int fd, size_t max_size, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max_size)
		return -EFBIG;
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int read_whole(int fd, size_t max_size, char **ret_data, size_t *ret_size)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0, capacity;
	int err = check_file(fd, max_size, &capacity);

	if (err)
		return err;
	/* The file may grow or shrink meanwhile: what read(2) says counts. Two bytes more tell the end in one go. */
	capacity += 2;
	data = malloc(capacity);
	if (!data)
		return -ENOMEM;
	for (;;) {
		ssize_t got = read(fd, data + size, capacity - 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += (size_t)got;
		if (size > max_size)
			return -EFBIG;
		if (size == capacity - 1) {
			char *larger = realloc(data, capacity * 2);

			if (!larger)
				return -ENOMEM;
			data = larger;
			capacity *= 2;
		}
	}
	data[size] = '\0';
	*ret_data = steal_pointer(&data);
	*ret_size = size;
	return 0;
}

int safe_file__read(const struct safe_root *root, const char *path, size_t max_size, char **ret_data, size_t *ret_size)
{
	_cleanup_close_ int fd = open_below(root->fd, path, READ_FLAGS);

	return fd < 0 ? fd : read_whole(fd, max_size, ret_data, ret_size);
}

static int open_in_root(const struct safe_root *root, const char *path)
{
	int fd = try_openat2(root->fd, path, O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	return lacks_openat2(fd) ? walk_components(root->fd, path, O_PATH | O_CLOEXEC) : fd;
}

static int path_of(int fd, char ret_path[PATH_MAX])
{
	char self[64];
	ssize_t size;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	size = readlink(self, ret_path, PATH_MAX);
	if (size < 0)
		return -errno;
	if (size == PATH_MAX)
		return -ENAMETOOLONG;
	ret_path[size] = '\0';
	return 0;
}

int safe_root__resolve(const struct safe_root *root, const char *path, char ret_path[PATH_MAX])
{
	_cleanup_close_ int fd = open_in_root(root, path);
	char root_path[PATH_MAX], full[PATH_MAX];
	size_t size;
	int err;

	err = fd < 0 ? fd : path_of(root->fd, root_path);
	err = err ?: path_of(fd, full);
	if (err)
		return err;
	size = strcmp(root_path, "/") == 0 ? 0 : strlen(root_path);
	if (strncmp(full, root_path, size) != 0)
		return -EXDEV;
	strcpy(ret_path, full[size] ? full + size : "/");
	return 0;
}

int safe_file__read_in_root(const struct safe_root *root, const char *path, size_t max_size, char **ret_data,
			    size_t *ret_size)
{
	_cleanup_close_ int path_fd = -1, fd = -1;
	char self[64];
	size_t size;
	int err;

	path_fd = open_in_root(root, path);
	if (path_fd < 0)
		return path_fd;
	err = check_file(path_fd, max_size, &size);
	if (err)
		return err;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
	fd = open(self, READ_FLAGS & ~O_NOFOLLOW);
	return fd < 0 ? -errno : read_whole(fd, max_size, ret_data, ret_size);
}

int safe_root__open_entry(const struct safe_root *root, const char *path)
{
	return open_below(root->fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int safe_root__list(const struct safe_root *root, const char *path, DIR **ret_dir)
{
	int fd = open_below(root->fd, path, LIST_FLAGS);
	DIR *dir;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		int err = -errno;

		close(fd);
		return err;
	}
	*ret_dir = dir;
	return 0;
}

const char *safe_dir__next(DIR *dir, unsigned *count)
{
	const struct dirent *entry;

	while (*count < SAFE_DIR_MAX && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		++*count;
		return entry->d_name;
	}
	return NULL;
}
