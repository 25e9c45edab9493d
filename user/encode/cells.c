/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of cells for a person's terminal, each as wide as its column. */
#include "encode/cells.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/safe_text.h"

#define RESET "\033[0m"

static const char ellipsis[] = "\xe2\x80\xa6";

static void put(struct cell_line *line, const char *text, size_t size)
{
	if (line->has_overflowed || size > line->capacity - line->size) {
		line->has_overflowed = true;
		return;
	}
	memcpy(line->buffer + line->size, text, size);
	line->size += size;
}

static void put_spaces(struct cell_line *line, size_t nr)
{
	while (nr-- > 0 && !line->has_overflowed)
		put(line, " ", 1);
}

/*
 * How many bytes of a safe text go into so many columns; an ellipsis takes the last one where it is cut.
 * The columns that the bytes take come back too.
 */
static size_t fit(const char *text, size_t max_width, bool *ret_is_cut, size_t *ret_width)
{
	size_t size = strlen(text), at = 0, width = 0;
	bool is_cut = max_width > 0 && terminal_width(text) > max_width;
	size_t limit = is_cut ? max_width - 1 : SIZE_MAX;

	while (at < size) {
		char character[8] = "";
		uint32_t code;
		size_t taken = utf8_decode(text + at, size - at, &code), more;

		memcpy(character, text + at, taken);
		more = terminal_width(character);
		if (width + more > limit)
			break;
		at += taken;
		width += more;
	}
	*ret_is_cut = is_cut;
	*ret_width = width + is_cut;
	return at;
}

void cell_line__put(struct cell_line *line, const char *text, size_t max_width, bool is_number, bool is_last,
		    const char *color)
{
	size_t width;
	bool is_cut;
	size_t size = fit(text, max_width, &is_cut, &width);
	size_t fill = max_width > width ? max_width - width : 0;

	if (is_number)
		put_spaces(line, fill);
	if (color)
		put(line, color, strlen(color));
	put(line, text, size);
	if (is_cut)
		put(line, ellipsis, sizeof(ellipsis) - 1);
	if (color)
		put(line, RESET, sizeof(RESET) - 1);
	if (!is_number && !is_last)
		put_spaces(line, fill);
	if (!is_last)
		put(line, "  ", 2);
}

void cell_line__end(struct cell_line *line)
{
	while (line->size > 0 && line->buffer[line->size - 1] == ' ')
		line->size--;
	put(line, "\n", 1);
}

long cell_line__finish(const struct cell_line *line)
{
	return line->has_overflowed ? -ENOSPC : (long)line->size;
}
