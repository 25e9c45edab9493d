/* SPDX-License-Identifier: Apache-2.0 */
/* A process that lays root aside and takes it back, over and over: one alert for each way in which it does so. Pure. */
#ifndef UIDZERO_JUDGE_TOGGLES_H
#define UIDZERO_JUDGE_TOGGLES_H

#include "judge/finding.h"

/* Ways that are kept of one container's processes: a mail or file server has one for each of its users. */
#define TOGGLES_MAX 256

/* One way: a process, its program, and the ids that it had and took. */
struct toggle {
	uint32_t tgid;
	uint32_t dev_major, dev_minor; /* with the inode: of the program */
	uint32_t euid_before, fsuid_before, euid_after, fsuid_after;
	uint64_t start_ns, inode;
	uint64_t repeated; /* how often after the first time */
};

/* Zeroed for a new container. */
struct toggles {
	unsigned nr;
	struct toggle toggles[TOGGLES_MAX]; /* the last one used first */
};

/**
 * Fold a gain_root that is a regain into an earlier one of the same process, program, and ids before and after.
 *
 * @toggles: what the container's processes did: the way that was used longest ago is forgotten where there is no room,
 *	     and is an alert when it comes again
 * @finding: a repetition becomes informational, and its number is set; any other finding is left as it is
 */
void toggles_fold(struct toggles *toggles, struct finding *finding);

#endif
