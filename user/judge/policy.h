/* SPDX-License-Identifier: Apache-2.0 */
/* The allow-list: which findings are expected. They are still told, but neither as alerts nor as severe. Pure. */
#ifndef UIDZERO_JUDGE_POLICY_H
#define UIDZERO_JUDGE_POLICY_H

#include "base/config.h"
#include "judge/finding.h"

/* Marks the finding where an entry matches; the first one that does gives the reason, which config owns. */
void policy_apply(const struct config *config, struct finding *finding);

/* Does a pattern match a text? None matches NULL. */
bool policy_text_matches(const char *pattern, const char *text);

/*
 * The members that the configuration's lists share. What runs in a container is told by what else runs there: a nested
 * container's names are claims, and match nothing.
 */

/* @name: one of the facts */
bool policy_name_matches(const char *pattern, const struct container_facts *facts, const char *name);
/* The image's "name", or "name:tag": both are how people write one. Or its id, whole. */
bool policy_image_matches(const char *pattern, const struct container_facts *facts);
bool policy_container_matches(const char *pattern, const struct container_facts *facts);
/* "key=pattern", or "key" for any value. */
bool policy_label_matches(const char *label, const struct container_facts *facts);

#endif
