/* SPDX-License-Identifier: Apache-2.0 */
/* The OCI bundle, which all runtimes but LXC and nspawn hand down to runc or crun. */
#ifndef UIDZERO_CONTAINER_RUNTIMES_OCI_H
#define UIDZERO_CONTAINER_RUNTIMES_OCI_H

#include <jansson.h>

#include "container/facts.h"
#include "container/safe_file.h"

/**
 * Read <root>/<directory>/config.json: the resolved user, no_new_privs, the risk, where bundle and root are.
 *
 * @directory: "." for the root itself
 *
 * Returns 1, 0 where there is no such bundle, -ENOMEM. The caller json_decref()s *ret_spec where 1.
 */
int oci__read_bundle(const struct safe_root *root, const char *directory, struct container_facts *facts,
		     json_t **ret_spec);

/* What an image's configuration declares, in Docker's and in the OCI's format: "" for nothing. Returns 0 or -ENOMEM. */
int oci__fill_declared_user(json_t *image, char **declared_user);

#endif
