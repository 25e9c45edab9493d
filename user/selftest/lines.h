/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as lines of text that can be compared with what should have been found. Pure. */
#ifndef UIDZERO_SELFTEST_LINES_H
#define UIDZERO_SELFTEST_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "judge/finding.h"

#define FINDING_LINE_MAX 256
#define SEEN_LINES_MAX   4096

/* All that was found of one container. */
struct seen {
	unsigned starts, stops; /* container_start, container_stop */
	bool is_cut;            /* there was more than text holds */
	bool is_late;           /* a finding came after container_stop */
	size_t size;
	char text[SEEN_LINES_MAX]; /* the other findings, a line each */
};

/**
 * Write what matters of a finding: "FINDING CAUSE ROOT ROLE BEFORE > AFTER complete|partial group drift", where the
 * credentials are ruid/euid/suid/fsuid as the initial user namespace has them. BEFORE stands only where it is
 * known, complete or partial only with drop_root, group only where that keeps group 0, drift only where the change
 * itself was not seen.
 *
 * Returns the length, the line feed at its end included.
 */
size_t finding_line(const struct finding *finding, char ret[FINDING_LINE_MAX]);

void seen__add(struct seen *seen, const struct finding *finding);

/* Exactly the lines, in that order, and the container's start and stop once each, nothing after the stop. */
bool seen__is(const struct seen *seen, const char *lines);

/* Write what is missing with "-" before it, what is too much with "+", and what is right with neither. */
void seen__print_difference(const struct seen *seen, const char *lines, const char *indent, FILE *file);

#endif
