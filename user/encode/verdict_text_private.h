/* SPDX-License-Identifier: Apache-2.0 */
/* What the sentences of a reason and of a remedy have in common. */
#ifndef UIDZERO_ENCODE_VERDICT_TEXT_PRIVATE_H
#define UIDZERO_ENCODE_VERDICT_TEXT_PRIVATE_H

#include "encode/json.h"
#include "judge/history.h"

#define TEXT(writer, literal) json_piece_escaped(writer, (struct span){literal, sizeof(literal) - 1})

/* "nginx"; "a process" where nobody knows which. */
void verdict_text__write_name(struct json_writer *writer, const struct stretch *stretch);

/* The uid of the first process, as the host sees it. Returns false where it is root or not known. */
bool verdict_text__init_uid(const struct root_history *history, uint32_t *ret_uid);

#endif
