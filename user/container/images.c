/* SPDX-License-Identifier: Apache-2.0 */
/* The images in Docker's and podman's stores, read from disk as hostile input; no socket, no daemon asked. */
#include "container/images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "container/facts_text.h"
#include "container/image_store.h"
#include "container/images_private.h"
#include "container/json_read.h"
#include "container/layers.h"
#include "container/passwd.h"

#define STORES_MAX 64 /* told apart by their inodes: the configuration may name a default again */

struct seen_stores {
	size_t nr;
	struct {
		dev_t device;
		ino_t inode;
	} list[STORES_MAX];
};

static bool is_seen(struct seen_stores *seen, const struct safe_root *root)
{
	struct stat st;

	if (fstat(root->fd, &st) < 0)
		return false;
	for (size_t i = 0; i < seen->nr; i++)
		if (seen->list[i].device == st.st_dev && seen->list[i].inode == st.st_ino)
			return true;
	if (seen->nr < STORES_MAX) {
		seen->list[seen->nr].device = st.st_dev;
		seen->list[seen->nr++].inode = st.st_ino;
	}
	return false;
}

int images__note_problem(struct images *images, const char *where, const char *what, int err)
{
	struct images_problem *problem;

	if (images->nr_problems++ >= IMAGES_PROBLEMS_MAX)
		return 0;
	problem = &images->problems[images->nr_problems - 1];
	*problem = (struct images_problem){.what = what, .err = err};
	return facts_text__copy(span_of(where), &problem->where);
}

int images__read_list(const struct safe_root *root, const char *path, json_t **ret_json)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int err = safe_file__read(root, path, IMAGES_LIST_MAX, &data, &size);

	return err ?: json_read__parse((struct span){data, size}, false, ret_json);
}

int image_source__add(const struct image_source *source, const char *hex, struct image **ret_image)
{
	struct images *images = source->images;
	char id[sizeof(IMAGE_ID_PREFIX) + IMAGE_HEX_SIZE];
	struct image *image;
	int err;

	if (images->nr == IMAGES_MAX)
		return images__note_problem(images, source->store, "it has more images than are read", 0);
	snprintf(id, sizeof(id), IMAGE_ID_PREFIX "%s", hex);
	image = &images->list[images->nr++];
	image->runtime = source->runtime;
	err = facts_text__copy(span_of(source->store), &image->store);
	err = err ?: facts_text__copy(span_of(source->driver), &image->driver);
	err = err ?: facts_text__copy(span_of(id), &image->id);
	*ret_image = image;
	return err ?: 1;
}

int image__add_name(struct image *image, struct span name)
{
	char *copy;
	int err;

	if (image->nr_names == IMAGE_NAMES_MAX) {
		image->nr_names_dropped++;
		return 0;
	}
	if (!image->names)
		image->names = calloc(IMAGE_NAMES_MAX, sizeof(*image->names));
	if (!image->names)
		return -ENOMEM;
	err = facts_text__copy(name, &copy);
	if (!err)
		image->names[image->nr_names++] = copy;
	return err;
}

bool image__needs_passwd(const struct image *image)
{
	enum user_class class = user_spec__classify(image->declared_user, (struct user_ids){0}, (struct user_ids){0});

	return class == USER_NAME || class == USER_OVERFLOW;
}

static bool is_whole_tree(const char *driver)
{
	return strcmp(driver, "vfs") == 0;
}

/* Returns false for a driver whose layers are no directories. */
static bool layer_path(const char *driver, const char *id, char *ret_path, size_t size)
{
	static const char *const stacked[] = {"overlay2", "overlay", "fuse-overlayfs"};

	if (is_whole_tree(driver))
		return snprintf(ret_path, size, "vfs/dir/%s", id) < (int)size;
	for (size_t i = 0; i < sizeof(stacked) / sizeof(stacked[0]); i++)
		if (strcmp(driver, stacked[i]) == 0)
			return snprintf(ret_path, size, "%s/%s/diff", driver, id) < (int)size;
	return false;
}

static int open_layers(const struct image_source *source, const char *const *ids, size_t nr, struct safe_root *layers,
		       size_t *nr_opened)
{
	for (; *nr_opened < nr; ++*nr_opened) {
		char path[IMAGE_PATH_MAX];
		int err;

		if (!layer_path(source->driver, ids[*nr_opened], path, sizeof(path)))
			return -EOPNOTSUPP;
		err = safe_root__open_below(source->root, path, &layers[*nr_opened]);
		if (err)
			return err;
	}
	return 0;
}

int image_source__read_passwd(const struct image_source *source, const char *const *layer_ids, size_t nr,
			      struct image *image)
{
	struct safe_root layers[IMAGE_LAYERS_MAX];
	_cleanup_free_ char *data = NULL;
	size_t nr_opened = 0, size = 0;
	int err;

	if (nr > 0 && is_whole_tree(source->driver))
		nr = 1;
	err = nr == 0 || nr > IMAGE_LAYERS_MAX ? -ENODATA : open_layers(source, layer_ids, nr, layers, &nr_opened);
	err = err ?: layers__read_file(layers, nr, "etc/passwd", PASSWD_MAX, &data, &size);
	while (nr_opened > 0)
		safe_root__close(&layers[--nr_opened]);
	if (err == -ENOMEM)
		return err;
	if (err && err != -ENOENT && err != -ENOTDIR) {
		image->passwd = IMAGE_PASSWD_UNREADABLE;
		return 0;
	}
	image->ids = passwd__find((struct span){data, size}, image->declared_user);
	image->passwd = image->ids.is_known ? IMAGE_PASSWD_HAS_USER : IMAGE_PASSWD_LACKS_USER;
	return 0;
}

static int read_root(const char *host_root, const char *path, struct seen_stores *seen,
		     int (*read)(const struct safe_root *root, const char *store, struct images *images),
		     struct images *images)
{
	struct safe_root root;
	int found = 0;
	int err = safe_root__open(host_root, path, &root);

	if (err == -ENOENT || err == -ENOTDIR)
		return 0;
	if (err)
		return images__note_problem(images, path, "the store cannot be opened", err);
	if (!is_seen(seen, &root))
		found = read(&root, path, images);
	safe_root__close(&root);
	if (found > 0)
		images->nr_stores += (size_t)found;
	return found < 0 ? found : 0;
}

static const char *order_of(const struct image *image)
{
	return image->nr_names ? image->names[0] : "\xff"; /* behind all names */
}

static int compare(const void *left, const void *right)
{
	const struct image *a = left, *b = right;

	if (a->runtime != b->runtime)
		return a->runtime < b->runtime ? -1 : 1;
	return strcmp(a->store, b->store) ?: strcmp(order_of(a), order_of(b)) ?: strcmp(a->id, b->id);
}

static int compare_names(const void *left, const void *right)
{
	const char *a = *(char *const *)left, *b = *(char *const *)right;
	bool has_digest = strchr(a, '@'), has_other_digest = strchr(b, '@');

	return has_digest != has_other_digest ? has_digest - has_other_digest : strcmp(a, b);
}

int images__read(const struct facts_roots *roots, struct images *ret_images)
{
	struct images images = {
		.list = calloc(IMAGES_MAX, sizeof(*images.list)),
		.problems = calloc(IMAGES_PROBLEMS_MAX, sizeof(*images.problems)),
	};
	struct seen_stores seen = {0};
	int err = images.list && images.problems ? 0 : -ENOMEM;

	for (char **path = roots->docker; !err && *path; path++)
		err = read_root(roots->host_root, *path, &seen, docker_images__read, &images);
	for (char **path = roots->podman; !err && *path; path++)
		err = read_root(roots->host_root, *path, &seen, podman_images__read, &images);
	if (err) {
		images__destroy(&images);
		return err;
	}
	for (size_t i = 0; i < images.nr; i++) {
		struct image *image = &images.list[i];

		image->class = user_spec__classify(image->declared_user, image->ids, (struct user_ids){0});
		if (image->nr_names > 1)
			qsort(image->names, image->nr_names, sizeof(*image->names), compare_names);
	}
	qsort(images.list, images.nr, sizeof(*images.list), compare);
	*ret_images = images;
	return 0;
}

void images__destroy(struct images *images)
{
	for (size_t i = 0; i < images->nr; i++) {
		struct image *image = &images->list[i];

		for (size_t name = 0; name < image->nr_names; name++)
			free(image->names[name]);
		free(image->names);
		free(image->store);
		free(image->driver);
		free(image->id);
		free(image->declared_user);
	}
	for (size_t i = 0; i < images->nr_problems && i < IMAGES_PROBLEMS_MAX; i++)
		free(images->problems[i].where);
	free(images->list);
	free(images->problems);
	memset(images, 0, sizeof(*images));
}

bool image__is_root(const struct image *image)
{
	return image->class == USER_ROOT || image->class == USER_NAME_IS_ROOT || image->class == USER_OVERFLOW;
}

bool image__has_root_group(const struct image *image)
{
	const char *user = image->declared_user;

	if (!user || strchr(user, ':'))
		return user && user_spec__has_root_group(user);
	return image->ids.is_known && image->ids.gid == 0;
}

const char *image_passwd_name(enum image_passwd passwd)
{
	static const char *const names[] = {
		[IMAGE_PASSWD_NOT_ASKED] = "not_asked",
		[IMAGE_PASSWD_HAS_USER] = "has_user",
		[IMAGE_PASSWD_LACKS_USER] = "lacks_user",
		[IMAGE_PASSWD_UNREADABLE] = "unreadable",
	};

	return names[passwd];
}
