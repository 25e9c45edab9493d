/* SPDX-License-Identifier: Apache-2.0 */
/* runc's state, which also other runtimes' containers leave. */
#ifndef UIDZERO_CONTAINER_RUNTIMES_RUNC_H
#define UIDZERO_CONTAINER_RUNTIMES_RUNC_H

#include <jansson.h>

#include "container/facts.h"
#include "container/safe_file.h"

/**
 * Read the bundle that <root>/<directory>/state.json names.
 *
 * Returns 1, 0 where there is no such state or bundle, -ENOMEM. The caller json_decref()s *ret_spec where 1.
 */
int runc__read_bundle(const char *host_root, const struct safe_root *root, const char *directory,
		      struct container_facts *facts, json_t **ret_spec);

#endif
