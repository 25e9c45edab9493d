/* SPDX-License-Identifier: Apache-2.0 */
/* The images in the store that podman and CRI-O share: <driver>-images/images.json and <driver>-layers/layers.json. */
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

#define HISTORY_MAX 1024 /* steps of a build */

/* A layer of the list, by its id. Borrows the list's strings. */
struct layer {
	const char *id, *parent;
	UT_hash_handle hh;
};

/* The beginning of some image's history, by a hash of it. */
struct history {
	uint64_t hash;
	UT_hash_handle hh;
};

struct podman_source {
	struct image_source base;
	bool has_layers; /* they were read, if in vain */
	json_t *layer_list;
	struct layer *layers;
	struct history *beginnings;
	uint64_t *histories; /* of each image of this source; 0: none */
};

static int read_layers(struct podman_source *source)
{
	char path[IMAGE_PATH_MAX];
	json_t *entry;
	size_t i;
	int err;

	source->has_layers = true;
	snprintf(path, sizeof(path), "%s-layers/layers.json", source->base.driver);
	err = images__read_list(source->base.root, path, &source->layer_list);
	if (err)
		return err == -ENOMEM ? err : 0;
	json_array_foreach(source->layer_list, i, entry)
	{
		struct span id = json_text(json_object_get(entry, "id"));
		struct layer *layer;

		if (!is_image_hex(id))
			continue;
		HASH_FIND(hh, source->layers, id.data, id.size, layer);
		if (layer)
			continue;
		layer = calloc(1, sizeof(*layer));
		if (!layer)
			return -ENOMEM;
		layer->id = id.data;
		layer->parent = json_string_value(json_object_get(entry, "parent"));
		HASH_ADD_KEYPTR(hh, source->layers, layer->id, IMAGE_HEX_SIZE, layer);
	}
	return 0;
}

static int read_passwd(struct podman_source *source, const char *top, struct image *image)
{
	const char *ids[IMAGE_LAYERS_MAX];
	const char *id = top;
	size_t nr = 0;
	int err = source->has_layers ? 0 : read_layers(source);

	if (err)
		return err;
	/* A list whose layers stand on each other ends at the bound. */
	while (id && id[0] && nr < IMAGE_LAYERS_MAX) {
		struct layer *layer;

		HASH_FIND(hh, source->layers, id, strlen(id), layer);
		if (!layer)
			break;
		ids[nr++] = layer->id;
		id = layer->parent;
	}
	return image_source__read_passwd(&source->base, ids, id && id[0] ? 0 : nr, image);
}

static int note_beginning(struct podman_source *source, uint64_t hash)
{
	struct history *beginning;

	HASH_FIND(hh, source->beginnings, &hash, sizeof(hash), beginning);
	if (beginning)
		return 0;
	beginning = calloc(1, sizeof(*beginning));
	if (!beginning)
		return -ENOMEM;
	beginning->hash = hash;
	HASH_ADD(hh, source->beginnings, hash, sizeof(beginning->hash), beginning);
	return 0;
}

/* FNV-1a; who makes collisions could as well claim the history itself. */
static uint64_t add_to_hash(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	return hash;
}

/*
 * The store does not say which image was built on which, but a history begins with that of the image below. The
 * last step's hash is the image's own, those before are of what it was built on.
 */
static int read_history(struct podman_source *source, json_t *steps, uint64_t *ret_hash)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t nr = json_array_size(steps);

	for (size_t i = 0; i < nr && nr <= HISTORY_MAX; i++) {
		_cleanup_free_ char *step =
			json_dumps(json_array_get(steps, i), JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

		if (!step)
			return -ENOMEM;
		hash = add_to_hash(hash, step);
		if (i + 1 < nr && note_beginning(source, hash))
			return -ENOMEM;
		*ret_hash = hash;
	}
	return 0;
}

static int add_names(json_t *names, struct image *image)
{
	json_t *name;
	size_t i;
	int err = 0;

	json_array_foreach(names, i, name)
	{
		if (!err && json_text(name).size)
			err = image__add_name(image, json_text(name));
	}
	return err;
}

/* Returns 1, 0 where there is no room for more, -ENOMEM. */
static int read_image(struct podman_source *source, size_t first, json_t *entry)
{
	const char *top = json_string_value(json_object_get(entry, "layer"));
	struct span hex = json_text(json_object_get(entry, "id"));
	char path[IMAGE_PATH_MAX];
	json_auto_t *config = NULL;
	struct image *image;
	int config_err, err;

	if (!is_image_hex(hex))
		return 1;
	podman_store__image_path(source->base.driver, hex.data, path);
	config_err = json_read__members(source->base.root, path, &config, "config", "history");
	/* A list of images for several machines is in the store too. */
	if (config_err == -ENOMEM || (config_err == -ENOENT && !top))
		return config_err == -ENOMEM ? -ENOMEM : 1;
	err = image_source__add(&source->base, hex.data, &image);
	if (err != 1)
		return err;
	err = add_names(json_object_get(entry, "names"), image);
	err = err ?: oci__fill_declared_user(config, &image->declared_user);
	if (!err && image__needs_passwd(image))
		err = read_passwd(source, top, image);
	err = err
		      ?: read_history(source, json_object_get(config, "history"),
				      &source->histories[source->base.images->nr - 1 - first]);
	return err ?: 1;
}

static void mark_intermediates(const struct podman_source *source, size_t first)
{
	const struct images *images = source->base.images;

	for (size_t i = first; i < images->nr; i++) {
		uint64_t hash = source->histories[i - first];
		struct history *beginning = NULL;

		if (hash)
			HASH_FIND(hh, source->beginnings, &hash, sizeof(hash), beginning);
		images->list[i].is_intermediate = beginning && images->list[i].nr_names == 0;
	}
}

static int read_images(struct podman_source *source, json_t *list)
{
	size_t first = source->base.images->nr, i;
	json_t *entry;
	int err = 1;

	source->histories = calloc(IMAGES_MAX, sizeof(*source->histories));
	if (!source->histories)
		return -ENOMEM;
	json_array_foreach(list, i, entry)
	{
		if (err == 1)
			err = read_image(source, first, entry);
	}
	mark_intermediates(source, first);
	return err < 0 ? err : 0;
}

/* Returns 1, 0 where its list cannot be read, -ENOMEM. */
static int read_driver(const struct safe_root *root, const char *store, const char *driver, struct images *images)
{
	struct podman_source source = {.base = {images, root, RUNTIME_PODMAN, store, driver}};
	struct history *beginning, *next_beginning;
	struct layer *layer, *next;
	json_auto_t *list = NULL;
	char path[IMAGE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s-images/images.json", driver);
	err = images__read_list(root, path, &list);
	if (err == -ENOMEM || err == -ENOENT)
		return err == -ENOENT ? 1 : err; /* written with the first image */
	if (err)
		return images__note_problem(images, store, "its images cannot be listed", err);
	err = read_images(&source, list);
	HASH_ITER (hh, source.layers, layer, next) {
		HASH_DEL(source.layers, layer);
		free(layer);
	}
	HASH_ITER (hh, source.beginnings, beginning, next_beginning) {
		HASH_DEL(source.beginnings, beginning);
		free(beginning);
	}
	json_decref(source.layer_list);
	free(source.histories);
	return err ?: 1;
}

int podman_images__read(const struct safe_root *root, const char *store, struct images *images)
{
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int found = 0, err = safe_root__list(root, ".", &dir);

	if (err)
		return images__note_problem(images, store, "the store cannot be read", err);
	while ((name = safe_dir__next(dir, &count))) {
		char driver[NAME_MAX + 1];

		if (!podman_store__driver(name, "-images", driver))
			continue;
		err = read_driver(root, store, driver, images);
		if (err < 0)
			break;
		found += err;
	}
	closedir(dir);
	return err < 0 ? err : found;
}
