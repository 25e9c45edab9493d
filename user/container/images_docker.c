/* SPDX-License-Identifier: Apache-2.0 */
/* The images of a dockerd: image/<driver>/{imagedb,layerdb,repositories.json} below its data directory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/cleanup.h"
#include "container/image_store.h"
#include "container/images_private.h"
#include "container/json_read.h"
#include "container/runtimes/oci.h"

#define HEX_FILE_MAX 256 /* of the files that hold one id */

/*
 * A layer by the one below it and its own digest, which an image's configuration lists. That spares computing the
 * digest of both, which is what its directory is called after.
 */
struct layer {
	char key[2 * IMAGE_HEX_SIZE]; /* the directory's name of the one below, zeroed for none; its digest */
	char name[IMAGE_HEX_SIZE + 1], cache_id[IMAGE_HEX_SIZE + 1];
	UT_hash_handle hh;
};

struct docker_source {
	struct image_source base;
	bool has_layers; /* they were read, if in vain */
	struct layer *layers;
	/* Images that another one was built on; as many as IMAGES_MAX. */
	char (*parents)[IMAGE_HEX_SIZE + 1];
	size_t nr_parents;
};

/* Returns 0, -EBADMSG for what is no id, -ENOMEM, or another negative errno. */
static int read_hex(const struct safe_root *root, const char *path, char ret_hex[IMAGE_HEX_SIZE + 1])
{
	_cleanup_free_ char *data = NULL;
	struct span text, hex;
	size_t size;
	int err = safe_file__read(root, path, HEX_FILE_MAX, &data, &size);

	if (err)
		return err;
	text = (struct span){data, strcspn(data, "\n")};
	hex = text;
	if (!image_id__hex(text, &hex) && !is_image_hex(hex = text))
		return -EBADMSG;
	memcpy(ret_hex, hex.data, IMAGE_HEX_SIZE);
	ret_hex[IMAGE_HEX_SIZE] = '\0';
	return 0;
}

static void set_key(struct layer *layer, const char *below, const char *digest)
{
	memset(layer->key, 0, sizeof(layer->key));
	if (below)
		memcpy(layer->key, below, IMAGE_HEX_SIZE);
	memcpy(layer->key + IMAGE_HEX_SIZE, digest, IMAGE_HEX_SIZE);
}

static int read_layer(struct docker_source *source, const char *name)
{
	char path[IMAGE_PATH_MAX], below[IMAGE_HEX_SIZE + 1], digest[IMAGE_HEX_SIZE + 1];
	_cleanup_free_ struct layer *layer = calloc(1, sizeof(*layer));
	struct layer *other;
	bool has_below;
	int err;

	if (!layer)
		return -ENOMEM;
	strcpy(layer->name, name);
	snprintf(path, sizeof(path), "image/%s/layerdb/sha256/%s/diff", source->base.driver, name);
	err = read_hex(source->base.root, path, digest);
	snprintf(path, sizeof(path), "image/%s/layerdb/sha256/%s/cache-id", source->base.driver, name);
	err = err ?: read_hex(source->base.root, path, layer->cache_id);
	if (err)
		return err == -ENOMEM ? err : 0;
	snprintf(path, sizeof(path), "image/%s/layerdb/sha256/%s/parent", source->base.driver, name);
	err = read_hex(source->base.root, path, below);
	has_below = err == 0;
	if (err && err != -ENOENT)
		return err == -ENOMEM ? err : 0;
	set_key(layer, has_below ? below : NULL, digest);
	HASH_FIND(hh, source->layers, layer->key, sizeof(layer->key), other);
	if (!other) {
		other = steal_pointer(&layer);
		HASH_ADD(hh, source->layers, key, sizeof(other->key), other);
	}
	return 0;
}

static int read_layers(struct docker_source *source)
{
	char path[IMAGE_PATH_MAX];
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int err = 0;

	source->has_layers = true;
	snprintf(path, sizeof(path), "image/%s/layerdb/sha256", source->base.driver);
	if (safe_root__list(source->base.root, path, &dir) < 0)
		return 0;
	while (!err && (name = safe_dir__next(dir, &count)))
		if (is_image_hex((struct span){name, strlen(name)}))
			err = read_layer(source, name);
	closedir(dir);
	return err;
}

static int read_passwd(struct docker_source *source, json_t *digests, struct image *image)
{
	const char *ids[IMAGE_LAYERS_MAX];
	const struct layer *below = NULL;
	size_t nr = json_array_size(digests), found = 0;
	int err = source->has_layers ? 0 : read_layers(source);

	if (err)
		return err;
	for (; nr <= IMAGE_LAYERS_MAX && found < nr; found++) {
		struct layer wanted, *layer;
		struct span hex;

		if (!image_id__hex(json_text(json_array_get(digests, found)), &hex))
			break;
		set_key(&wanted, below ? below->name : NULL, hex.data);
		HASH_FIND(hh, source->layers, wanted.key, sizeof(wanted.key), layer);
		if (!layer)
			break;
		ids[nr - 1 - found] = layer->cache_id;
		below = layer;
	}
	return image_source__read_passwd(&source->base, ids, found == nr ? nr : 0, image);
}

/* Returns 0 where there is no room for more, or -ENOMEM. */
static int read_image(struct docker_source *source, const char *hex)
{
	char path[IMAGE_PATH_MAX];
	json_auto_t *config = NULL;
	struct image *image;
	int err = image_source__add(&source->base, hex, &image);

	if (err != 1)
		return err;
	snprintf(path, sizeof(path), "image/%s/imagedb/metadata/sha256/%s/parent", source->base.driver, hex);
	err = read_hex(source->base.root, path, source->parents[source->nr_parents]);
	if (err == -ENOMEM)
		return err;
	if (!err)
		source->nr_parents++;
	docker_store__image_path(source->base.driver, hex, path);
	err = json_read__members(source->base.root, path, &config, "config", "rootfs/diff_ids");
	if (err)
		return err == -ENOMEM ? err : 1;
	err = oci__fill_declared_user(config, &image->declared_user);
	if (!err && image__needs_passwd(image))
		err = read_passwd(source, json_at(config, "rootfs", "diff_ids"), image);
	return err ?: 1;
}

static int compare_ids(const void *left, const void *right)
{
	return strcmp(((const struct image *)left)->id, ((const struct image *)right)->id);
}

/* Among those of this source, which are sorted by id. */
static struct image *find_image(const struct docker_source *source, size_t first, struct span id)
{
	char text[sizeof(IMAGE_ID_PREFIX) + IMAGE_HEX_SIZE];
	struct image wanted = {.id = text};
	struct span hex;

	if (!image_id__hex(id, &hex))
		return NULL;
	snprintf(text, sizeof(text), "%.*s", (int)id.size, id.data);
	return bsearch(&wanted, source->base.images->list + first, source->base.images->nr - first, sizeof(wanted),
		       compare_ids);
}

static int read_names(const struct docker_source *source, size_t first)
{
	json_auto_t *repositories = NULL;
	json_t *references, *id;
	const char *name, *reference;
	char path[IMAGE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "image/%s/repositories.json", source->base.driver);
	err = images__read_list(source->base.root, path, &repositories);
	if (err == -ENOMEM)
		return err;
	if (err)
		return images__note_problem(source->base.images, source->base.store,
					    "the names of its images cannot be read", err);
	json_object_foreach(json_object_get(repositories, "Repositories"), name, references)
	{
		json_object_foreach(references, reference, id)
		{
			struct image *image = find_image(source, first, json_text(id));

			err = image ? image__add_name(image, (struct span){reference, strlen(reference)}) : 0;
			if (err)
				return err;
		}
	}
	return 0;
}

static void mark_intermediates(const struct docker_source *source, size_t first)
{
	for (size_t i = 0; i < source->nr_parents; i++) {
		char id[sizeof(IMAGE_ID_PREFIX) + IMAGE_HEX_SIZE];
		struct image *image;

		snprintf(id, sizeof(id), IMAGE_ID_PREFIX "%s", source->parents[i]);
		image = find_image(source, first, (struct span){id, strlen(id)});
		if (image)
			image->is_intermediate = image->nr_names == 0;
	}
}

static int read_images(struct docker_source *source, DIR *dir)
{
	struct images *images = source->base.images;
	size_t first = images->nr;
	unsigned count = 0;
	const char *name;
	int err = 1;

	while (err == 1 && (name = safe_dir__next(dir, &count)))
		if (is_image_hex((struct span){name, strlen(name)}))
			err = read_image(source, name);
	if (err == 1 && count == SAFE_DIR_MAX && readdir(dir))
		err = images__note_problem(images, source->base.store, "it has more images than are read", 0);
	if (err < 0)
		return err;
	qsort(images->list + first, images->nr - first, sizeof(*images->list), compare_ids);
	err = read_names(source, first);
	if (!err)
		mark_intermediates(source, first);
	return err;
}

/* Returns 1, 0 where this is no image database, -ENOMEM. */
static int read_driver(const struct safe_root *root, const char *store, const char *driver, struct images *images)
{
	struct docker_source source = {.base = {images, root, RUNTIME_DOCKER, store, driver}};
	char path[IMAGE_PATH_MAX];
	struct layer *layer, *next;
	DIR *dir;
	int err;

	snprintf(path, sizeof(path), "image/%s/imagedb/content/sha256", driver);
	err = safe_root__list(root, path, &dir);
	if (err == -ENOENT || err == -ENOTDIR)
		return 0;
	if (err)
		return images__note_problem(images, store, "its images cannot be listed", err);
	source.parents = calloc(IMAGES_MAX, sizeof(*source.parents));
	err = source.parents ? read_images(&source, dir) : -ENOMEM;
	closedir(dir);
	HASH_ITER (hh, source.layers, layer, next) {
		HASH_DEL(source.layers, layer);
		free(layer);
	}
	free(source.parents);
	return err ?: 1;
}

/* Returns how many drivers have images here, or -ENOMEM. */
static int read_store(const struct safe_root *root, const char *store, struct images *images)
{
	unsigned count = 0;
	int found = 0, err;
	const char *name;
	DIR *dir;

	err = safe_root__list(root, "image", &dir);
	if (err == -ENOENT) {
		err = safe_root__list(root, "containers", &dir);
		if (err)
			return 0; /* the directory of something else, such as dockerd's state */
		closedir(dir);
		return images__note_problem(images, store,
					    "it has no images of its own: they are in containerd's store, whose "
					    "database only containerd reads",
					    0);
	}
	if (err)
		return images__note_problem(images, store, "the store cannot be read", err);
	while ((name = safe_dir__next(dir, &count))) {
		err = read_driver(root, store, name, images);
		if (err < 0)
			break;
		found += err;
	}
	closedir(dir);
	return err < 0 ? err : found;
}

int docker_images__read(const struct safe_root *root, const char *store, struct images *images)
{
	int found = read_store(root, store, images);
	struct safe_root remapped;
	unsigned count = 0;
	const char *name;
	DIR *dir;

	if (found < 0 || safe_root__list(root, ".", &dir) < 0)
		return found;
	while (found >= 0 && (name = safe_dir__next(dir, &count))) {
		char path[PATH_MAX];
		int more;

		if (!docker_store__is_remapped(name) || safe_root__open_below(root, name, &remapped) < 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", store, name);
		more = read_store(&remapped, path, images);
		found = more < 0 ? more : found + more;
		safe_root__close(&remapped);
	}
	closedir(dir);
	return found;
}
