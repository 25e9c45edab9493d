/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings a person wants to see. */
#ifndef UIDZERO_CMD_FILTER_H
#define UIDZERO_CMD_FILTER_H

#include "judge/finding.h"

/* What is not given matches all. */
struct filter {
	const char **containers; /* any of them: see container_is_called() */
	size_t nr_containers;
	const char *image; /* a pattern for "name", "name:tag" */
	uint32_t pid;      /* 0: any */
	uint64_t findings; /* bits by enum finding_kind; 0: all */
};

/* "gain_root,drop_root". Returns 0, or -ENOENT with the first unknown name in *ret_unknown (within text). */
int filter_parse_findings(const char *text, uint64_t *ret_findings, const char **ret_unknown);

/* Is that its name, a pattern that its name matches, or the beginning of its id? */
bool container_is_called(const struct container *container, const char *wanted);

bool filter_matches(const struct filter *filter, const struct finding *finding);

#endif
