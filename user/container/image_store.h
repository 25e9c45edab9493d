/* SPDX-License-Identifier: Apache-2.0 */
/* How Docker's and podman's stores call the files of an image. Pure. */
#ifndef UIDZERO_CONTAINER_IMAGE_STORE_H
#define UIDZERO_CONTAINER_IMAGE_STORE_H

#include <limits.h>
#include <stdbool.h>

#include "base/span.h"

#define IMAGE_ID_PREFIX "sha256:"
#define IMAGE_HEX_SIZE  64
#define IMAGE_PATH_MAX  512

/* Exactly 64 lower-case hexadecimal digits, so that it can be a component of a path? */
bool is_image_hex(struct span text);

/* What follows "sha256:". Returns false where the text is no such id. */
bool image_id__hex(struct span id, struct span *ret_hex);

/* "<uid>.<gid>", where a dockerd with userns-remap keeps all of its data. */
bool docker_store__is_remapped(const char *name);

/*
 * An image's configuration below the store. The driver is at most NAME_MAX bytes; hex is_image_hex(). Podman
 * names it by the id, in base 64 because of the colon.
 */
void docker_store__image_path(const char *driver, const char *hex, char ret_path[IMAGE_PATH_MAX]);
void podman_store__image_path(const char *driver, const char *hex, char ret_path[IMAGE_PATH_MAX]);

/* The driver in "<driver>-images" and the like. Returns false for other names. */
bool podman_store__driver(const char *name, const char *suffix, char ret_driver[NAME_MAX + 1]);

#endif
