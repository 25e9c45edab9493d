/* SPDX-License-Identifier: Apache-2.0 */
/* The part of struct facts_roots that only this directory needs. */
#ifndef UIDZERO_CONTAINER_FACTS_ROOTS_H
#define UIDZERO_CONTAINER_FACTS_ROOTS_H

#include <stdint.h>

#include "container/facts.h"

/**
 * Fill roots with the places where one user's rootless runtimes keep their facts.
 *
 * @system: gives the host_root
 *
 * Returns 0 or -ENOMEM.
 */
int facts_roots__init_user(struct facts_roots *roots, const struct facts_roots *system, uint32_t uid);

/* The same places below another root. Returns 0 or -ENOMEM. */
int facts_roots__copy(struct facts_roots *roots, const struct facts_roots *other, const char *host_root);

#endif
