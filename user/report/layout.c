// SPDX-License-Identifier: Apache-2.0
/* Text for a terminal: labelled paragraphs, broken where a line is full. */
#include "report/layout.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/code_point.h"
#include "base/safe_text.h"
#include "report/words.h"

#define INDENT      2
#define LABEL_WIDTH 10
#define ROOM_MIN    20 /* narrower than this nobody can read: the terminal breaks the line itself */

/* How many bytes of a safe text stand on a line of so many columns: to the last blank, or as many as fit. */
static size_t fitting(const char *text, size_t room)
{
	size_t size = strlen(text), at = 0, width = 0, blank = 0;

	while (at < size) {
		uint32_t code;
		size_t taken = utf8_decode(text + at, size - at, &code);

		width += code_point_width(code);
		if (width > room)
			return text[at] == ' ' ? at : blank ? blank : at;
		if (code == ' ')
			blank = at;
		at += taken;
	}
	return size;
}

int layout_paragraph(FILE *out, const char *label, const char *text, int columns)
{
	size_t room = columns > INDENT + LABEL_WIDTH + ROOM_MIN ? (size_t)columns - INDENT - LABEL_WIDTH : SIZE_MAX;
	_cleanup_free_ char *safe = report_safe(text);
	const char *at = safe;

	if (!safe)
		return -ENOMEM;
	do {
		size_t size = fitting(at, room);

		fprintf(out, "%*s%-*s%.*s\n", INDENT, "", LABEL_WIDTH, label, (int)size, at);
		label = "";
		at += size;
		at += *at == ' ';
	} while (*at);
	return 0;
}

int layout_format(FILE *out, int columns, const char *label, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return layout_paragraph(out, label, text, columns);
}
