/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of an image as overlayfs would show it, from its layers' directories, without mounting them. */
#include "container/layers.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/cleanup.h"

/* Each step looks at each layer; a hostile image has many of both. */
#define STEPS_MAX 24
#define WHITEOUT  ".wh."
#define OPAQUE    ".wh..wh..opq"

/* A path without symlinks, as far as it is known. */
struct place {
	char path[PATH_MAX];
	size_t size;
};

static bool has_entry(const struct safe_root *layer, const char *directory, size_t directory_size, const char *prefix,
		      const char *name)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX + 16];

	if (snprintf(path, sizeof(path), "%.*s%s%s", (int)directory_size, directory, prefix, name) >= (int)sizeof(path))
		return false;
	fd = safe_root__open_entry(layer, path);
	return fd >= 0;
}

static bool is_opaque(const struct safe_root *layer, const char *path, int fd)
{
	static const char *const names[] = {
		"trusted.overlay.opaque",
		"user.overlay.opaque",
		"user.fuseoverlayfs.opaque",
	};
	char self[64], value;

	/* fgetxattr(2) refuses such a descriptor. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getxattr(self, names[i], &value, 1) == 1 && value == 'y')
			return true;
	return has_entry(layer, path, strlen(path), "/", OPAQUE);
}

/*
 * Returns a descriptor of the path's end in this layer; -ENODATA where the layers below are to be asked; -ENOENT
 * where this one says that there is none; or another negative errno.
 */
static int find_in_layer(const struct safe_root *layer, const char *path)
{
	bool hides_lower = false;
	size_t begin = 0;

	for (;;) {
		size_t end = begin + strcspn(path + begin, "/");
		_cleanup_close_ int fd = -1;
		char prefix[PATH_MAX];
		struct stat st;

		memcpy(prefix, path, end);
		prefix[end] = '\0';
		if (has_entry(layer, path, begin, WHITEOUT, prefix + begin))
			return -ENOENT;
		fd = safe_root__open_entry(layer, prefix);
		if (fd == -ENOENT)
			return hides_lower ? -ENOENT : -ENODATA;
		if (fd < 0)
			return fd;
		if (fstat(fd, &st) < 0)
			return -errno;
		if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
			return -ENOENT;
		if (path[end] == '\0')
			return steal_fd(&fd);
		/* What is a directory above, and something else here, begins anew above. */
		if (!S_ISDIR(st.st_mode))
			return -ENOENT;
		hides_lower |= is_opaque(layer, prefix, fd);
		begin = end + 1;
	}
}

static int find(const struct safe_root *layers, size_t nr, const char *path, size_t *ret_layer)
{
	for (size_t i = 0; i < nr; i++) {
		int fd = find_in_layer(&layers[i], path);

		if (fd == -ENODATA)
			continue;
		*ret_layer = i;
		return fd;
	}
	return -ENOENT;
}

static int append(struct place *place, const char *name, size_t size)
{
	if (place->size + size + 2 > sizeof(place->path))
		return -ENAMETOOLONG;
	if (place->size > 0)
		place->path[place->size++] = '/';
	memcpy(place->path + place->size, name, size);
	place->size += size;
	place->path[place->size] = '\0';
	return 0;
}

static void leave(struct place *place)
{
	while (place->size > 0 && place->path[--place->size] != '/')
		;
	place->path[place->size] = '\0';
}

/* What is to be walked yet becomes the link's target and the rest behind it. */
static int follow(int fd, struct place *place, char rest[PATH_MAX])
{
	char target[PATH_MAX], longer[2 * PATH_MAX];
	ssize_t size = readlinkat(fd, "", target, sizeof(target) - 1);

	if (size < 0)
		return -errno;
	target[size] = '\0';
	leave(place);
	if (target[0] == '/')
		*place = (struct place){.path = ""};
	if (snprintf(longer, sizeof(longer), "%s/%s", target, rest) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(rest, longer);
	return 0;
}

int layers__read_file(const struct safe_root *layers, size_t nr, const char *path, size_t max_size, char **ret_data,
		      size_t *ret_size)
{
	struct place place = {.path = ""};
	char rest[PATH_MAX];

	if (strlen(path) >= sizeof(rest))
		return -ENAMETOOLONG;
	strcpy(rest, path);
	for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
		_cleanup_close_ int fd = -1;
		size_t skipped = strspn(rest, "/"), size = strcspn(rest + skipped, "/"), layer;
		char name[PATH_MAX];
		struct stat st;
		int err;

		if (size == 0)
			return -EISDIR;
		memcpy(name, rest + skipped, size);
		name[size] = '\0';
		memmove(rest, rest + skipped + size, strlen(rest + skipped + size) + 1);
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			leave(&place);
			continue;
		}
		err = append(&place, name, size);
		if (err)
			return err;
		fd = find(layers, nr, place.path, &layer);
		if (fd < 0)
			return fd;
		if (fstat(fd, &st) < 0)
			return -errno;
		if (S_ISLNK(st.st_mode)) {
			err = follow(fd, &place, rest);
			if (err)
				return err;
		} else if (!S_ISDIR(st.st_mode)) {
			/* A symlink's target may end in '/', which says that it is a directory. */
			return rest[strspn(rest, "/")]
				       ? -ENOTDIR
				       : safe_file__read(&layers[layer], place.path, max_size, ret_data, ret_size);
		}
	}
	return -ELOOP;
}
