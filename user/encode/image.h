/* SPDX-License-Identifier: Apache-2.0 */
/* An image at rest as one line: JSON in the Elastic Common Schema, or columns for a person. */
#ifndef UIDZERO_ENCODE_IMAGE_H
#define UIDZERO_ENCODE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encode/ecs.h"

struct image;
struct images;

/* One JSON line, its '\n' included; docs/events.md lists the fields. Returns its length, or -ENOSPC. */
long image_json(const struct encode_context *context, uint64_t realtime_ns, const struct image *image, char *buffer,
		size_t capacity);

struct image_columns {
	bool has_color;
	size_t name_width, user_width; /* as image_columns__measure() found them */
};

/*
 * Make the columns as wide as these images need, within bounds.
 *
 * @width: of the terminal; 0: unlimited
 */
void image_columns__measure(struct image_columns *columns, const struct images *images, unsigned width);

/* "IMAGE  ID  RUNTIME  USER  CLASS  NOTE" + '\n', and the same of an image. Returns the length, or -ENOSPC. */
long image_columns__header(const struct image_columns *columns, char *buffer, size_t capacity);
long image_columns__line(const struct image_columns *columns, const struct image *image, char *buffer, size_t capacity);

#endif
