/* SPDX-License-Identifier: Apache-2.0 */
/* Copies JSON values into the fields of struct container_facts. */
#ifndef UIDZERO_CONTAINER_FACTS_FILL_H
#define UIDZERO_CONTAINER_FACTS_FILL_H

#include <jansson.h>
#include <stdbool.h>

#include "container/facts.h"

/* Set *text where json is a string, and leave it else. Returns 0 or -ENOMEM. */
int facts_fill__text(const json_t *json, char **text);
/* The same, but only where *text is not set yet and the string is not empty. */
int facts_fill__default_text(const json_t *json, char **text);

/* Split an image reference into name and tag, where it has a name and none is set yet. */
int facts_fill__image(struct span reference, struct container_facts *facts);

/**
 * Take one more reference of an image that was started by its id; facts_fill__end_references() ends the list.
 *
 * Digests, "name@sha256:<hex>", are no tags: they are left out.
 */
int facts_fill__reference(struct span reference, struct container_facts *facts);

/* One reference is the image's name and tag; of several, only a name that all have. Returns 0 or -ENOMEM. */
int facts_fill__end_references(struct container_facts *facts);

/**
 * Take the string members of an object as labels; those that facts holds already stay.
 *
 * @is_wanted: NULL takes all
 */
int facts_fill__labels(json_t *json, bool (*is_wanted)(const char *key), struct container_facts *facts);

/* Kubernetes' own labels name the pod. */
int facts_fill__pod_labels(json_t *labels, struct container_facts *facts);

#endif
