/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of the two stores share. */
#ifndef UIDZERO_CONTAINER_IMAGES_PRIVATE_H
#define UIDZERO_CONTAINER_IMAGES_PRIVATE_H

#include <jansson.h>

#include "container/images.h"
#include "container/safe_file.h"

#define IMAGES_LIST_MAX  (16 << 20) /* of a file that lists all images or layers */
#define IMAGE_LAYERS_MAX 512        /* overlayfs takes 500 */

/* One storage driver of one store. */
struct image_source {
	struct images *images;
	const struct safe_root *root;
	enum container_runtime runtime;
	const char *store, *driver; /* the driver is a component of paths */
};

/**
 * Add an image of which only the id is known yet.
 *
 * @hex: is_image_hex()
 *
 * Returns 1 with *ret_image set, valid until images__destroy(); 0 where there is no more room; -ENOMEM.
 */
int image_source__add(const struct image_source *source, const char *hex, struct image **ret_image);

/* Returns 0 or -ENOMEM. */
int image__add_name(struct image *image, struct span name);

/* Is its passwd worth reading? */
bool image__needs_passwd(const struct image *image);

/**
 * Look its user up in the passwd that its layers make.
 *
 * @layer_ids: as the driver names their directories, the topmost first
 * @nr:        0 where the layers are not known
 *
 * Returns 0 or -ENOMEM.
 */
int image_source__read_passwd(const struct image_source *source, const char *const *layer_ids, size_t nr,
			      struct image *image);

/* Returns 0 or -ENOMEM. */
int images__note_problem(struct images *images, const char *where, const char *what, int err);

/* Read and parse a file that lists things, of at most IMAGES_LIST_MAX bytes. As json_read__file(). */
int images__read_list(const struct safe_root *root, const char *path, json_t **ret_json);

/* Returns how many stores there are below this root, or -ENOMEM. */
int docker_images__read(const struct safe_root *root, const char *store, struct images *images);
int podman_images__read(const struct safe_root *root, const char *store, struct images *images);

#endif
