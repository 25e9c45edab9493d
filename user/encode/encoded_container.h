/* SPDX-License-Identifier: Apache-2.0 */
/* What each line says of its container, encoded once and kept with it. */
#ifndef UIDZERO_ENCODE_ENCODED_CONTAINER_H
#define UIDZERO_ENCODE_ENCODED_CONTAINER_H

#include <stdbool.h>

#include "container/container.h"
#include "encode/json.h"

/* An image's references, in bytes as they are written, and one of them as it is read. */
#define CONTAINER_REFERENCES_MAX 1024
#define CONTAINER_REFERENCE_MAX  96

/* Pieces of a line; they live as long as container->encoded. */
struct encoded_container {
	struct span container;    /* the object "container", in the format's own words; nothing where it has none */
	struct span orchestrator; /* the object "orchestrator"; nothing where there is none */
	struct span extension;    /* members of "uidzero" */
	struct span identity;     /* members of "uidzero.identity" */
	struct span risk;         /* members of "uidzero.risk", for the lines that have room for it */
	struct span phrase;       /* for a message, without quotes: container web (nginx:1.25) */
	bool has_lossy_text;
};

/*
 * Writes the object "container" as a format wants it.
 *
 * @max_size: of one text; longer ones are cut
 *
 * Returns how many labels were left out.
 */
typedef size_t container_writer(struct json_writer *writer, const struct container_facts *facts, size_t max_size);

/* Encodes into container->encoded where that holds nothing, or another format's. Returns 0 or -ENOMEM. */
int encoded_container__get(struct container *container, container_writer *write_container,
			   struct encoded_container *ret_encoded);

/* For container writers: a text as a member, cut at a whole character; nothing where it is not known. */
void container_text__write(struct json_writer *writer, const char *key, const char *text, size_t max_size);

/*
 * For container writers: labels between brackets that the caller writes, one after the other as long as there is room.
 *
 * @write_label: writes labels[at]; returns false where that has no place
 * @ret_nr:      how many were written
 *
 * Returns how many were left out: without name or value, too long, or without room or place.
 */
size_t container_labels__write(struct json_writer *writer, const struct container_facts *facts, size_t max_size,
			       bool (*write_label)(struct json_writer *writer, const struct facts_label *labels,
						   size_t at, size_t max_size),
			       size_t *ret_nr);

/* "uid:gid"; nothing where they are not known. */
void ecs_write_user_ids(struct json_writer *writer, const char *key, struct user_ids ids);

#endif
