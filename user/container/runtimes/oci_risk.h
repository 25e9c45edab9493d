/* SPDX-License-Identifier: Apache-2.0 */
/* What an OCI bundle lets a container's root do beyond the container. */
#ifndef UIDZERO_CONTAINER_RUNTIMES_OCI_RISK_H
#define UIDZERO_CONTAINER_RUNTIMES_OCI_RISK_H

#include <jansson.h>

#include "container/facts.h"

/* The members of config.json that it looks at; see json_read__parse_members(). */
#define OCI_RISK_MEMBERS                                                                                               \
	"mounts", "linux/namespaces", "linux/maskedPaths", "linux/seccomp/defaultAction", "linux/resources/devices"

/**
 * Fill in facts->risk but for what a look at the mounts' sources tells.
 *
 * @host_root: "" on the host itself
 *
 * Returns 0 or -ENOMEM.
 */
int oci_risk__fill(const char *host_root, json_t *spec, struct container_facts *facts);

#endif
