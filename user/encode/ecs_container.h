/* SPDX-License-Identifier: Apache-2.0 */
/* What each line says of its container, encoded once and kept with it. */
#ifndef UIDZERO_ENCODE_ECS_CONTAINER_H
#define UIDZERO_ENCODE_ECS_CONTAINER_H

#include <stdbool.h>

#include "container/container.h"

/* Pieces of a line; they live as long as container->encoded. */
struct encoded_container {
	struct span members;   /* the objects "container" and "orchestrator" */
	struct span extension; /* members of "uidzero" */
	struct span identity;  /* members of "uidzero.identity" */
	struct span risk;      /* members of "uidzero.risk", for the lines that have room for it */
	struct span phrase;    /* for a message, without quotes: container web (nginx:1.25) */
	bool has_lossy_text;
};

/* Encodes into container->encoded where that is NULL. Returns 0 or -ENOMEM. */
int ecs_container__get(struct container *container, struct encoded_container *ret_encoded);

struct json_writer;

/* "uid:gid"; nothing where they are not known. */
void ecs_write_user_ids(struct json_writer *writer, const char *key, struct user_ids ids);

#endif
