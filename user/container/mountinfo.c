/* SPDX-License-Identifier: Apache-2.0 */
/* Reads proc(5)'s mountinfo, whose paths containers choose, and finds files in it. Pure. */
#include "container/mountinfo.h"

#include <stdio.h>
#include <string.h>

#define HOST_TREES_MAX 16

/* One line. Spans point into it. */
struct mount_row {
	uint32_t major, minor;
	struct span root, point, options, type, super_options;
};

static struct span take_until(struct span *text, char end)
{
	const char *at = text->size ? memchr(text->data, end, text->size) : NULL;
	struct span taken = {text->data, at ? (size_t)(at - text->data) : text->size};
	size_t size = taken.size + (at ? 1 : 0);

	text->data += size;
	text->size -= size;
	return taken;
}

static bool is_text(struct span span, const char *text)
{
	return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

static bool parse_device(struct span span, uint32_t *ret_major, uint32_t *ret_minor)
{
	char text[32], rest;

	snprintf(text, sizeof(text), "%.*s", (int)(span.size < sizeof(text) ? span.size : 0), span.data);
	return sscanf(text, "%u:%u%c", ret_major, ret_minor, &rest) == 2;
}

/* Returns false at the end; lines that are not as they should be are skipped. */
static bool next_row(struct span *rest, struct mount_row *ret_row)
{
	while (rest->size > 0) {
		struct span line = take_until(rest, '\n'), word;

		take_until(&line, ' ');
		take_until(&line, ' ');
		if (!parse_device(take_until(&line, ' '), &ret_row->major, &ret_row->minor))
			continue;
		ret_row->root = take_until(&line, ' ');
		ret_row->point = take_until(&line, ' ');
		ret_row->options = take_until(&line, ' ');
		do
			word = take_until(&line, ' ');
		while (line.size > 0 && !is_text(word, "-"));
		ret_row->type = take_until(&line, ' ');
		take_until(&line, ' ');
		ret_row->super_options = line;
		/* The root of nsfs is no path. */
		if (ret_row->root.size > 0 && ret_row->root.data[0] == '/' && ret_row->point.size > 0 &&
		    ret_row->point.data[0] == '/')
			return true;
	}
	return false;
}

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' && digits[2] >= '0' &&
	       digits[2] <= '7';
}

/* Blanks and the like are in octal, slashes are not. Returns false where it is too long, or no path. */
static bool unescape(struct span text, char ret[PATH_MAX])
{
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++) {
		const char *at = text.data + i;
		char c = *at;

		if (c == '\\' && i + 3 < text.size && is_octal(at + 1)) {
			c = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			i += 3;
			if (c == '/')
				return false;
		}
		if (!c || size + 1 >= PATH_MAX)
			return false;
		ret[size++] = c;
	}
	ret[size] = '\0';
	return true;
}

/* The rest of the path below a directory, "" for that itself; NULL where it is not below. */
static const char *below(const char *directory, const char *path)
{
	size_t size = strlen(directory);

	while (size > 0 && directory[size - 1] == '/')
		size--;
	if (strncmp(directory, path, size) != 0 || (path[size] != '/' && path[size] != '\0'))
		return NULL;
	return path + size;
}

bool path_normalize(const char *path, char ret_path[PATH_MAX])
{
	size_t size = 0;

	if (path[0] != '/')
		return false;
	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 2 && memcmp(path, "..", 2) == 0) {
			while (size > 0 && ret_path[--size] != '/')
				;
		} else if (length > 0 && !(length == 1 && *path == '.')) {
			if (size + length + 2 > PATH_MAX)
				return false;
			ret_path[size++] = '/';
			memcpy(ret_path + size, path, length);
			size += length;
		}
		path += length;
	}
	if (size == 0)
		ret_path[size++] = '/';
	ret_path[size] = '\0';
	return true;
}

unsigned path_process(const char *path)
{
	unsigned depth = 0, pid = 0;
	bool is_in_proc = false;
	size_t length;
	int size;

	if (path[0] != '/')
		return 0;
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		length = strcspn(path, "/");
		if (length == 2 && memcmp(path, "..", 2) == 0) {
			depth -= depth > 0;
		} else if (length != 1 || *path != '.') {
			depth++;
			if (depth == 1)
				is_in_proc = length == 4 && memcmp(path, "proc", 4) == 0;
			else if (depth == 2 && (sscanf(path, "%9u%n", &pid, &size) != 1 || (size_t)size != length))
				pid = 0;
			else if (depth == 3 && is_in_proc && pid)
				return pid;
		}
		path += length;
	}
	return 0;
}

bool mountinfo_locate(struct span mountinfo, const char *path, struct file_place *ret_place)
{
	char point[PATH_MAX], root[PATH_MAX];
	struct mount_row row;
	size_t longest = 0;
	bool is_found = false;

	while (next_row(&mountinfo, &row)) {
		const char *rest;
		size_t size;

		if (!unescape(row.point, point) || !unescape(row.root, root))
			continue;
		rest = below(point, path);
		/* A later mount on the same point is on top. */
		if (!rest || strlen(point) < longest)
			continue;
		longest = strlen(point);
		size = strlen(root);
		while (size > 0 && root[size - 1] == '/')
			size--;
		if (size + strlen(rest) >= PATH_MAX)
			return false;
		memcpy(ret_place->path, root, size);
		strcpy(ret_place->path + size, rest);
		if (!ret_place->path[0])
			strcpy(ret_place->path, "/");
		ret_place->major = row.major;
		ret_place->minor = row.minor;
		is_found = true;
	}
	return is_found;
}

static bool has_option(struct span options, const char *option)
{
	while (options.size > 0)
		if (is_text(take_until(&options, ','), option))
			return true;
	return false;
}

/* Is the path below one of the directories that are the overlay's? */
static bool is_in_layers(struct span options, const char *path)
{
	static const char *const keys[] = {"upperdir", "workdir", "lowerdir"};
	char directory[PATH_MAX];

	while (options.size > 0) {
		struct span value = take_until(&options, ','), key = take_until(&value, '=');
		bool is_key = false;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			is_key |= is_text(key, keys[i]);
		while (is_key && value.size > 0)
			if (unescape(take_until(&value, ':'), directory) && directory[0] == '/' && directory[1] &&
			    below(directory, path))
				return true;
	}
	return false;
}

static bool is_host_root(const struct mount_row *row, const struct file_place *host_root)
{
	char root[PATH_MAX];

	return row->major == host_root->major && row->minor == host_root->minor && unescape(row->root, root) &&
	       below(root, host_root->path);
}

/* Where a container has the host's root directory mounted, as mountinfo writes it. */
struct host_trees {
	struct span points[HOST_TREES_MAX];
	size_t nr;
	bool are_too_many; /* what such a container can write is the host */
};

static void find_host_trees(struct span mountinfo, const struct file_place *host_root, struct host_trees *ret_trees)
{
	struct mount_row row;

	while (next_row(&mountinfo, &row)) {
		if (!is_host_root(&row, host_root))
			continue;
		ret_trees->are_too_many = ret_trees->nr == HOST_TREES_MAX;
		if (ret_trees->are_too_many)
			return;
		ret_trees->points[ret_trees->nr++] = row.point;
	}
}

static bool is_in_host_tree(const struct host_trees *trees, struct span point)
{
	for (size_t i = 0; i < trees->nr; i++) {
		struct span tree = trees->points[i];

		while (tree.size > 0 && tree.data[tree.size - 1] == '/')
			tree.size--;
		if (tree.size <= point.size && memcmp(tree.data, point.data, tree.size) == 0 &&
		    (tree.size == point.size || point.data[tree.size] == '/'))
			return true;
	}
	return trees->are_too_many;
}

bool mountinfo_holds(struct span mountinfo, const struct file_place *place, const char *host_path,
		     const struct file_place *host_root)
{
	struct host_trees trees = {.nr = 0};
	char root[PATH_MAX];
	struct mount_row row;

	find_host_trees(mountinfo, host_root, &trees);
	while (next_row(&mountinfo, &row)) {
		bool is_root = is_text(row.point, "/");
		bool is_writable = has_option(row.options, "rw") && has_option(row.super_options, "rw");

		if (is_root && host_path && is_text(row.type, "overlay") && is_in_layers(row.super_options, host_path))
			return true;
		if (place && row.major == place->major && row.minor == place->minor && (is_root || is_writable) &&
		    unescape(row.root, root) && below(root, place->path) && !is_in_host_tree(&trees, row.point))
			return true;
	}
	return false;
}

bool mountinfo_root_overlay(struct span mountinfo, uint32_t *ret_major, uint32_t *ret_minor)
{
	bool is_overlay = false;
	struct mount_row row;

	while (next_row(&mountinfo, &row)) {
		if (!is_text(row.point, "/"))
			continue;
		*ret_major = row.major;
		*ret_minor = row.minor;
		is_overlay = is_text(row.type, "overlay");
	}
	return is_overlay;
}
