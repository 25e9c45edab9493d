/* SPDX-License-Identifier: Apache-2.0 */
/* Compares where mounts are made with where the passwd is, both as the root file system's symlinks lead. */
#include "container/passwd_mounts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/facts_find.h"
#include "container/safe_file.h"

#define PASSWD    "/etc/passwd"
#define STEPS_MAX 64 /* with more links than that it counts as hidden */

/* Without blank components, "." and "..", each of which a bundle may have. */
static void normalize(struct span text, char ret_path[PATH_MAX])
{
	size_t size = 0;

	ret_path[0] = '\0';
	while (text.size > 0) {
		const char *slash = memchr(text.data, '/', text.size);
		size_t length = slash ? (size_t)(slash - text.data) : text.size;

		if (length == 2 && memcmp(text.data, "..", 2) == 0) {
			while (size > 0 && ret_path[--size] != '/')
				;
		} else if (length > 0 && !(length == 1 && text.data[0] == '.') && size + length + 2 <= PATH_MAX) {
			ret_path[size++] = '/';
			memcpy(ret_path + size, text.data, length);
			size += length;
		}
		ret_path[size] = '\0';
		length += slash ? 1 : 0;
		text.data += length;
		text.size -= length;
	}
	if (size == 0)
		strcpy(ret_path, "/");
}

static bool covers(const char *destination, const char *passwd)
{
	return strcmp(destination, "/") == 0 || state_is_at_or_below(passwd, destination);
}

/* Returns the size of the target of a symlink, 0 for anything else. */
static ssize_t read_link(const struct safe_root *root, const char *path, char ret_target[PATH_MAX])
{
	_cleanup_close_ int fd = safe_root__open_entry(root, path + 1);
	ssize_t size = fd < 0 ? -1 : readlinkat(fd, "", ret_target, PATH_MAX - 1);

	if (size < 0)
		return 0;
	ret_target[size] = '\0';
	return size;
}

/*
 * Follows the passwd through the root file system one component at a time. A mount hides it that covers one of them, be
 * it a symlink on the way.
 */
static bool is_on_the_way(const struct safe_root *root, const char *point)
{
	char path[PATH_MAX] = PASSWD, next[2 * PATH_MAX], front[PATH_MAX], target[PATH_MAX];
	size_t size = 0;

	for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
		if (!path[size])
			return false;
		size += 1 + strcspn(path + size + 1, "/");
		memcpy(front, path, size);
		front[size] = '\0';
		if (covers(point, front))
			return true;
		if (!read_link(root, front, target))
			continue;
		*strrchr(front, '/') = '\0';
		snprintf(next, sizeof(next), "%s/%s%s", target[0] == '/' ? "" : front, target, path + size);
		normalize((struct span){next, strlen(next)}, path);
		size = 0;
	}
	return true;
}

void passwd_mounts__note(const char *host_root, struct span destination, struct container_facts *facts)
{
	char point[PATH_MAX], resolved[PATH_MAX];
	struct safe_root root;

	if (destination.size == 0)
		return;
	normalize(destination, point);
	if (covers(point, PASSWD))
		facts->passwd_is_mounted = true;
	if (facts->passwd_is_mounted || !facts->rootfs || safe_root__open(host_root, facts->rootfs, &root) < 0)
		return;
	/* What is not there yet is made by the runtime, without symlinks. */
	if (safe_root__resolve(&root, point + 1, resolved) < 0)
		strcpy(resolved, point);
	facts->passwd_is_mounted = is_on_the_way(&root, resolved);
	safe_root__close(&root);
}
