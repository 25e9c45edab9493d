/* SPDX-License-Identifier: Apache-2.0 */
/* Checks YAML against a libcyaml schema and says in one sentence what is wrong, and in which line. */
#ifndef UIDZERO_BASE_CONFIG_CHECK_H
#define UIDZERO_BASE_CONFIG_CHECK_H

#include <stddef.h>

#include "base/span.h"

struct cyaml_schema_value;

#define CONFIG_SENTENCE_MAX 1024

struct config_mistake {
	size_t line; /* from 1; 0 where it is about the whole file */
	char sentence[CONFIG_SENTENCE_MAX];
};

/*
 * libcyaml alone is not enough: it takes "5x" for 5 and "010" for 8, cuts strings at a NUL, ignores a
 * second document, and its backtrace names the line of the event before the wrong one.
 *
 * Checked are mappings, sequences, strings, enums and unsigned integers. Aliases, anchors and tags are
 * refused, so that no text of 1 MiB can stand for more.
 *
 * Returns 1; 0 where there is nothing in it to load; -EINVAL with *ret_mistake set, or -ENOMEM.
 */
int config_check(struct span text, const struct cyaml_schema_value *schema, struct config_mistake *ret_mistake);

/* The line, from 1, in which the value at a path such as "outputs[0].path" stands; 0 if there is none. */
size_t config_find_line(struct span text, const struct cyaml_schema_value *schema, const char *path);

#endif
