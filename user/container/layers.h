/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of an image as overlayfs would show it, from its layers' directories, without mounting them. */
#ifndef UIDZERO_CONTAINER_LAYERS_H
#define UIDZERO_CONTAINER_LAYERS_H

#include <stddef.h>

#include "container/safe_file.h"

/**
 * Read a whole file out of a stack of layers. Symlinks are followed, "/" in them is the image's root.
 *
 * An upper layer's file hides a lower one's; so do a whiteout (a character device 0:0, or ".wh.<name>") and an
 * opaque directory (an overlay.opaque attribute, of which the trusted one is told to CAP_SYS_ADMIN only, or
 * ".wh..wh..opq"). The topmost directories themselves are never opaque.
 *
 * @layers:   the topmost first
 * @path:     shorter than PATH_MAX
 * @ret_data: ended by a NUL that ret_size does not count; the caller frees
 *
 * Returns 0; -ENOENT, -ENOTDIR where there is none; -ELOOP where the way to it is too long; and the errors of
 * safe_file__read().
 */
int layers__read_file(const struct safe_root *layers, size_t nr, const char *path, size_t max_size, char **ret_data,
		      size_t *ret_size);

#endif
