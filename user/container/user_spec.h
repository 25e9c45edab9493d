/* SPDX-License-Identifier: Apache-2.0 */
/* What a user as images and `--user` write it, "user[:group]", amounts to. Pure. */
#ifndef UIDZERO_CONTAINER_USER_SPEC_H
#define UIDZERO_CONTAINER_USER_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum user_class {
	USER_UNKNOWN,      /* not to be had, or no user[:group] at all */
	USER_NUMERIC,      /* a uid above 0 */
	USER_NAME,         /* a name: not to be verified before it runs */
	USER_ROOT,         /* 0, 00, root, 0:0, root:root, nothing */
	USER_NAME_IS_ROOT, /* another name, of uid 0 */
	/*
	 * A number that runtimes take for no id: above 2^31-1 or below 0. containerd cut it to 32 bits, which
	 * can be 0 (CVE-2024-40635), or looked it up as a name, which the image's passwd can have
	 * (CVE-2026-46680); Docker did the latter too.
	 */
	USER_OVERFLOW,
};

struct user_ids {
	bool is_known;
	uint32_t uid, gid;
	uint32_t line; /* of the passwd that says so; 0: it was not passwd, or is not known */
};

/**
 * Classify a user[:group].
 *
 * @spec:    NULL where it is not known
 * @passwd:  what the container's passwd says of its user
 * @runtime: what the runtime made of it; not known where it ran as another one
 */
enum user_class user_spec__classify(const char *spec, struct user_ids passwd, struct user_ids runtime);

/* The part before the colon, empty where there is none. */
struct span user_spec__user(const char *spec);

/* Is its group written as root's: "1001:0", "app:root"? */
bool user_spec__has_root_group(const char *spec);

/* "numeric", "name", "root", "name_is_root", "overflow", "unknown". */
const char *user_class_name(enum user_class class);

/* "1001:0" as the facts have it, and nothing else. */
struct user_ids user_ids_parse(const char *text);

/**
 * A decimal number as Go's strconv.Atoi takes it: a sign and leading zeros are allowed.
 *
 * Returns 0; -EINVAL for what is no number, with *ret_number 0; -ERANGE with the nearest int64_t.
 */
int number_parse(struct span text, int64_t *ret_number);

#endif
