// SPDX-License-Identifier: Apache-2.0
/* Verdict lines out of a file that `uidzero run` wrote. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/verdict_source.h"
#include "encode/ecs.h"

int verdict_source_lines(FILE *file, verdict_take_fn take, void *data)
{
	_cleanup_free_ char *line = malloc(ECS_LINE_MAX);
	size_t size = 0;
	int byte, taken = 0;

	if (!line)
		return -ENOMEM;
	errno = 0;
	while (!taken && (byte = getc_unlocked(file)) != EOF) {
		if (byte != '\n') {
			if (size < ECS_LINE_MAX)
				line[size++] = (char)byte;
			continue;
		}
		if (size)
			taken = take(data, (struct span){line, size});
		size = 0;
	}
	if (ferror(file))
		return errno ? -errno : -EIO;
	if (!taken && size)
		taken = take(data, (struct span){line, size});
	return taken;
}

int verdict_source__file(const char *path, verdict_take_fn take, void *data)
{
	_cleanup_fclose_ FILE *opened = strcmp(path, "-") ? fopen(path, "re") : NULL;
	FILE *file = strcmp(path, "-") ? opened : stdin;
	int taken = file ? verdict_source_lines(file, take, data) : -errno;

	return taken < 0 ? taken : 0;
}
