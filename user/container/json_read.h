/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is wanted out of JSON that may hold anything. */
#ifndef UIDZERO_CONTAINER_JSON_READ_H
#define UIDZERO_CONTAINER_JSON_READ_H

#include <jansson.h>
#include <stdbool.h>

#include "base/span.h"
#include "container/safe_file.h"

/**
 * Parse JSON; bytes that are no UTF-8 are replaced rather than failing the whole.
 *
 * @is_prefix: what follows the first value is ignored
 *
 * Returns 0; -EBADMSG for what is no JSON or nests too deep; -ENOMEM. The caller json_decref()s *ret_json.
 */
int json_read__parse(struct span text, bool is_prefix, json_t **ret_json);

/**
 * The same, but of an object only the named members: building values nobody looks at, such as a seccomp
 * profile's thousand strings, takes most of the time. What is left out is not checked either.
 *
 * @keys: NULL-terminated; "linux/namespaces" is a member of a member
 */
int json_read__parse_members(struct span text, const char *const *keys, json_t **ret_json);

/* Read and parse a file of at most FACTS_FILE_MAX bytes. As above, and the errors of safe_file__read(). */
int json_read__file(const struct safe_root *root, const char *path, json_t **ret_json);
#define json_read__members(root, path, ret_json, ...)                                                                  \
	json_read__file_members(root, path, (const char *const[]){__VA_ARGS__, NULL}, ret_json)
int json_read__file_members(const struct safe_root *root, const char *path, const char *const *keys, json_t **ret_json);

/* The value at the end of a chain of keys; NULL where a key is missing or its holder is no object. */
#define json_at(json, ...) json_at_keys(json, (const char *const[]){__VA_ARGS__, NULL})
json_t *json_at_keys(json_t *json, const char *const *keys);

/* Empty (data == NULL) where json is no string or NULL. */
struct span json_text(const json_t *json);

/* 1, 0, or otherwise where json is no boolean. */
int json_flag(const json_t *json, int otherwise);

#endif
