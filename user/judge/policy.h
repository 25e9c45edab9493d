/* SPDX-License-Identifier: Apache-2.0 */
/* The allow-list: which findings are expected. They are still told, but neither as alerts nor as severe. */
#ifndef UIDZERO_JUDGE_POLICY_H
#define UIDZERO_JUDGE_POLICY_H

#include "base/config.h"
#include "judge/finding.h"

/* Marks the finding where an entry matches; the first one that does gives the reason, which config owns. */
void policy_apply(const struct config *config, struct finding *finding);

/* Does a pattern match the image's "name", or "name:tag"? Both are how people write one. */
bool policy_image_matches(const char *pattern, const struct container_facts *facts);

#endif
