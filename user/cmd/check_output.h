/* SPDX-License-Identifier: Apache-2.0 */
/* A document's file, which appears whole or not at all. */
#ifndef UIDZERO_CMD_CHECK_OUTPUT_H
#define UIDZERO_CMD_CHECK_OUTPUT_H

#include <stdio.h>

struct check_output {
	const char *path; /* NULL: standard output */
	char *temporary;
	FILE *file;
};

/*
 * Open a new file beside @path, or standard output for NULL and "-".
 *
 * Returns 0, -EEXIST where something else than a regular file stands there (renaming would replace a device or a link),
 * or another negative errno.
 */
int check_output__open(struct check_output *output, const char *path);

/*
 * Let the file take its place, with mode 0600: it holds names and command lines. Without success (@err) it is removed.
 *
 * Returns @err, or what went wrong at the end.
 */
int check_output__close(struct check_output *output, int err);

#endif
