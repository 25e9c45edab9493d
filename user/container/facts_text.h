/* SPDX-License-Identifier: Apache-2.0 */
/* Strings as struct container_facts holds them, made of hostile bytes. */
#ifndef UIDZERO_CONTAINER_FACTS_TEXT_H
#define UIDZERO_CONTAINER_FACTS_TEXT_H

#include "base/span.h"

/**
 * Copy text: what is no UTF-8, and NUL, become U+FFFD; cut at FACTS_STRING_MAX bytes between whole characters.
 *
 * Returns 0, or -ENOMEM. The caller frees *ret_text.
 */
int facts_text__copy(struct span text, char **ret_text);

/* The same into *text, which is freed before. */
int facts_text__set(char **text, struct span value);

/**
 * Split an image reference, "registry:5000/team/app:1.2@sha256:<hex>", into what names it and its tag.
 *
 * @ret_name: empty where it is a mere id
 * @ret_tag:  empty where none is written ("latest" is not made up)
 */
void image_reference__split(struct span reference, struct span *ret_name, struct span *ret_tag);

struct span span_of(const char *text);

#endif
