/* SPDX-License-Identifier: Apache-2.0 */
/* The images in Docker's and podman's stores, read from disk as hostile input; no socket, no daemon asked. */
#ifndef UIDZERO_CONTAINER_IMAGES_H
#define UIDZERO_CONTAINER_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container/facts.h"

#define IMAGES_MAX          4096 /* more are not read */
#define IMAGE_NAMES_MAX     32   /* of one image; more are counted, not kept */
#define IMAGES_PROBLEMS_MAX 32

/* What became of looking for the declared user in the image's own passwd. */
enum image_passwd {
	IMAGE_PASSWD_NOT_ASKED, /* the user is a number, root, or not known */
	IMAGE_PASSWD_HAS_USER,
	IMAGE_PASSWD_LACKS_USER, /* or there is no passwd: runtimes refuse to start it */
	IMAGE_PASSWD_UNREADABLE,
};

/* Strings are owned by the struct, valid UTF-8, without NUL. */
struct image {
	enum container_runtime runtime;
	char *store, *driver; /* a directory as it was configured; "overlay2" */
	char *id;             /* "sha256:<hex>" */
	char **names;         /* "registry.example/app:1"; those with a tag first */
	size_t nr_names, nr_names_dropped;
	char *declared_user; /* "" where it declares none, NULL where that could not be read */
	enum user_class class;
	enum image_passwd passwd;
	struct user_ids ids;  /* what its passwd says of the user */
	bool is_intermediate; /* without a name, and another image was built on it */
};

struct images_problem {
	char *where;
	const char *what;
	int err; /* 0 where `what` says it all */
};

struct images {
	struct image *list; /* by name within a store */
	size_t nr;
	size_t nr_stores; /* that could be read */
	struct images_problem *problems;
	size_t nr_problems; /* of which IMAGES_PROBLEMS_MAX are kept */
};

/**
 * Read all stores below the roots for Docker and podman. What cannot be read is among the problems.
 *
 * Returns 0 or -ENOMEM. The caller frees with images__destroy(), which takes a zeroed struct too.
 */
int images__read(const struct facts_roots *roots, struct images *ret_images);
void images__destroy(struct images *images);

/*
 * Would a container of it run as root, where nobody asks for another user? A user that is no id counts: runtimes have
 * taken some for 0.
 */
bool image__is_root(const struct image *image);

/* Is its declared group root's, as far as is known? */
bool image__has_root_group(const struct image *image);

/* "not_asked", "has_user", "lacks_user", "unreadable". */
const char *image_passwd_name(enum image_passwd passwd);

#endif
