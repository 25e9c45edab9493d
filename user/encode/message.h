/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that tells a person what a finding means. */
#ifndef UIDZERO_ENCODE_MESSAGE_H
#define UIDZERO_ENCODE_MESSAGE_H

#include "encode/json.h"
#include "judge/finding.h"

/**
 * Write the sentence as a member.
 *
 * @container_phrase: "container web (nginx:1.25)", escaped; empty where there is none
 */
void message__write(struct json_writer *writer, const char *key, const struct finding *finding,
		    struct span container_phrase);

#endif
