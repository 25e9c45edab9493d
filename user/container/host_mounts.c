/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the host's files that containers have mounted, never at those of another machine or of a program: a
 * stat() of a file server that does not answer waits for good, and volumes are where file servers are mounted.
 */
#include "container/host_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "container/mountinfo.h"
#include "container/safe_file.h"

#define MOUNTINFO_MAX (4 << 20)
#define LINKS_MAX     8

static struct span take_word(struct span *line)
{
	const char *blank = line->size ? memchr(line->data, ' ', line->size) : NULL;
	struct span word = {line->data, blank ? (size_t)(blank - line->data) : line->size};
	size_t size = word.size + (blank ? 1 : 0);

	line->data += size;
	line->size -= size;
	return word;
}

/* Is a mount point, with blanks and the like in octal, on the way to the path? */
static bool is_on_the_way(struct span point, const char *path)
{
	size_t at = 0;

	for (size_t i = 0; i < point.size; i++, at++) {
		char c = point.data[i];

		if (c == '\\' && i + 3 < point.size) {
			c = (char)((point.data[i + 1] - '0') << 6 | (point.data[i + 2] - '0') << 3 |
				   (point.data[i + 3] - '0'));
			i += 3;
		}
		if (path[at] != c)
			return false;
	}
	return at == 1 || path[at] == '\0' || path[at] == '/';
}

static bool is_local_type(struct span type)
{
	static const char *const types[] = {
		"ext2",      "ext3",   "ext4",     "xfs",      "btrfs",   "zfs",      "f2fs",     "bcachefs",
		"jfs",       "vfat",   "exfat",    "ntfs3",    "iso9660", "squashfs", "erofs",    "overlay",
		"tmpfs",     "ramfs",  "rootfs",   "devtmpfs", "proc",    "sysfs",    "cgroup",   "cgroup2",
		"bpf",       "devpts", "mqueue",   "nsfs",     "debugfs", "tracefs",  "configfs", "securityfs",
		"hugetlbfs", "pstore", "efivarfs", "reiserfs",
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (type.size == strlen(types[i]) && memcmp(type.data, types[i], type.size) == 0)
			return true;
	return false;
}

/* @path: NULL: every mount counts */
static bool is_local(struct span mountinfo, const char *path)
{
	while (mountinfo.size > 0) {
		const char *end = memchr(mountinfo.data, '\n', mountinfo.size);
		struct span line = {mountinfo.data, end ? (size_t)(end - mountinfo.data) : mountinfo.size};
		struct span point, word;

		mountinfo.data += line.size + (end ? 1 : 0);
		mountinfo.size -= line.size + (end ? 1 : 0);
		for (int i = 0; i < 4; i++)
			take_word(&line);
		point = take_word(&line);
		if (path && !is_on_the_way(point, path))
			continue;
		do
			word = take_word(&line);
		while (line.size > 0 && !(word.size == 1 && word.data[0] == '-'));
		if (!is_local_type(take_word(&line)))
			return false;
	}
	return true;
}

bool mountinfo_is_local(struct span mountinfo, const char *path)
{
	return is_local(mountinfo, path);
}

bool mountinfo_is_all_local(struct span mountinfo)
{
	return is_local(mountinfo, NULL);
}

/* As path_normalize(), but the root directory is "", so that it can be appended to another path. */
static bool normalize(const char *path, char ret_path[PATH_MAX])
{
	if (!path_normalize(path, ret_path))
		return false;
	if (ret_path[1] == '\0')
		ret_path[0] = '\0';
	return true;
}

/* Returns 1 with ret_path being what a link on the way leads to, 0 with ret_stat, or a negative errno. */
static int look_at(int host_fd, const char *path, struct stat *ret_stat, char ret_path[PATH_MAX])
{
	char target[PATH_MAX], link[2 * PATH_MAX], front[PATH_MAX];

	if (fstatat(host_fd, ".", ret_stat, 0) < 0)
		return -errno;
	for (size_t size = 0; path[size];) {
		ssize_t length;

		size += 1 + strcspn(path + size + 1, "/");
		memcpy(front, path, size);
		front[size] = '\0';
		if (fstatat(host_fd, front + 1, ret_stat, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
			return -errno;
		if (!S_ISLNK(ret_stat->st_mode))
			continue;
		length = readlinkat(host_fd, front + 1, target, sizeof(target) - 1);
		if (length < 0)
			return -errno;
		target[length] = '\0';
		/* "/a/link/rest" and "../b" make "/a/../b/rest". */
		if (target[0] == '/')
			front[0] = '\0';
		else
			*strrchr(front, '/') = '\0';
		snprintf(link, sizeof(link), "%s/%s", front, target);
		if (strlen(link) + strlen(path + size) >= sizeof(link))
			return -ENAMETOOLONG;
		strcat(link, path + size);
		return normalize(link, ret_path) ? 1 : -ENAMETOOLONG;
	}
	return 0;
}

static void examine(const char *host_root, int host_fd, struct span mountinfo, struct facts_mount *mount)
{
	char path[PATH_MAX], next[PATH_MAX], full[2 * PATH_MAX];
	struct stat st;
	int found = 1;

	/* One that was cut is another one. */
	if (strlen(mount->source) >= FACTS_STRING_MAX - 4 || !normalize(mount->source, path))
		return;
	for (int links = 0; found == 1; links++) {
		snprintf(full, sizeof(full), "%s%s", host_root, path);
		if (links > LINKS_MAX || !mountinfo_is_local(mountinfo, full))
			return;
		found = look_at(host_fd, path, &st, next);
		if (found == 1)
			memcpy(path, next, strlen(next) + 1);
	}
	if (found < 0)
		return;
	mount->is_known = true;
	mount->uid = st.st_uid;
	mount->gid = st.st_gid;
	mount->mode = st.st_mode;
}

int host_mounts__examine(const char *host_root, struct facts_mount *mounts, size_t nr_mounts)
{
	_cleanup_close_ int host_fd = -1;
	_cleanup_free_ char *data = NULL;
	struct safe_root proc;
	size_t size;
	int err;

	if (nr_mounts == 0)
		return 0;
	host_fd = open(host_root[0] ? host_root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host_fd < 0 || safe_root__open("", "/proc/self", &proc) < 0)
		return 0;
	err = safe_file__read(&proc, "mountinfo", MOUNTINFO_MAX, &data, &size);
	safe_root__close(&proc);
	if (err)
		return err == -ENOMEM ? err : 0;
	for (size_t i = 0; i < nr_mounts; i++)
		examine(host_root, host_fd, (struct span){data, size}, &mounts[i]);
	return 0;
}
