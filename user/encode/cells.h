/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of cells for a person's terminal, each as wide as its column. */
#ifndef UIDZERO_ENCODE_CELLS_H
#define UIDZERO_ENCODE_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#define CELL_BOLD_RED "\033[1;31m"
#define CELL_YELLOW   "\033[33m"
#define CELL_GREEN    "\033[32m"
#define CELL_DIM      "\033[2m"

/* A line that grows; once something did not fit, nothing more is added. Zeroed but for buffer and capacity. */
struct cell_line {
	char *buffer;
	size_t size, capacity;
	bool has_overflowed;
};

/*
 * A safe text in a column of a width; 0 takes as much as it needs. An ellipsis takes the place of what is too
 * much. The last column is not filled up.
 */
void cell_line__put(struct cell_line *line, const char *text, size_t max_width, bool is_number, bool is_last,
		    const char *color);

/* '\n', and no blanks before it. */
void cell_line__end(struct cell_line *line);

/* Its length, or -ENOSPC. */
long cell_line__finish(const struct cell_line *line);

#endif
