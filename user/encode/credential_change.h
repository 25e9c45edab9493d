/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a sentence that says which credentials a process changed. */
#ifndef UIDZERO_ENCODE_CREDENTIAL_CHANGE_H
#define UIDZERO_ENCODE_CREDENTIAL_CHANGE_H

#include "encode/json.h"
#include "event.h"

/*
 * Each writes a predicate, with a space before it, as a piece of a string that was begun: " changed its saved uid from
 * 0 to 33, the effective one stays 33". Nothing, where nothing of the kind changed; what is so now, where the
 * credentials before are not known.
 */
void credential_change__write_uids(struct json_writer *writer, const struct process_event *event);
/* With group 0 among the supplementary ones. */
void credential_change__write_gids(struct json_writer *writer, const struct process_event *event);
/* Capabilities, securebits and the user namespace; the credentials before must be known. */
void credential_change__write_capabilities(struct json_writer *writer, const struct process_event *event);

#endif
