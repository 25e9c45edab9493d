/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as its file has it: the bytes, and the shape that libcyaml fills. */
#ifndef UIDZERO_BASE_CONFIG_FILE_H
#define UIDZERO_BASE_CONFIG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/config.h"

struct cyaml_schema_value;

/* Optional numbers are pointers, to tell 0 from nothing. */
struct file_output {
	enum config_output_type type;
	char *path;
	char *max_size;
	uint32_t *keep;
};

struct file_rings {
	uint32_t *events_kib, *alerts_kib;
};

struct file_roots {
	char **docker, **containerd, **runc, **runsc, **podman, **lxc;
	unsigned docker_count, containerd_count, runc_count, runsc_count, podman_count, lxc_count;
};

struct file_grace {
	char *image, *grace;
};

struct file_verdict {
	char *grace;
	struct file_grace *grace_by_image;
	unsigned grace_by_image_count;
};

struct file_config {
	struct file_output *outputs;
	unsigned outputs_count;
	struct config_allow *allow;
	unsigned allow_count;
	struct file_verdict *verdict;
	struct config_exception *exceptions;
	unsigned exceptions_count;
	char *socket;
	char *host_root;
	struct file_rings *rings;
	struct file_roots *roots;
};

extern const struct cyaml_schema_value config_schema;

/**
 * Read the whole file, which the caller frees; /dev/null is an empty one.
 *
 * Returns 0; -EINVAL where it is neither a regular file nor a pipe, -EFBIG beyond CONFIG_FILE_MAX,
 * -ETIMEDOUT where a pipe gives nothing for 5 s, -ENOMEM, or another negative errno of open(2) or read(2).
 */
int config_read(const char *path, char **ret_text, size_t *ret_size);

#endif
