// SPDX-License-Identifier: Apache-2.0
/* Hostile text within XML and HTML. */
#include "report/markup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/code_point.h"
#include "base/safe_text.h"

static const char replacement[] = "\xef\xbf\xbd";

static const char *reference(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>': /* "]]>" may not stand in text either */
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

/* XML 1.0 forbids U+FFFE and U+FFFF, HTML all of these. */
static bool is_noncharacter(uint32_t code)
{
	return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

void markup_text(FILE *out, const char *utf8)
{
	size_t size = strlen(utf8);

	for (size_t at = 0; at < size;) {
		uint32_t code;
		size_t taken = utf8_decode(utf8 + at, size - at, &code);
		const char *escaped = reference(code);

		/* A broken sequence decodes to U+FFFD: its bytes must not be written as they are. */
		if (escaped)
			fputs(escaped, out);
		else if (code == 0xfffd || code_point_is_control(code) || is_noncharacter(code))
			fputs(replacement, out);
		else
			fwrite(utf8 + at, 1, taken, out);
		at += taken;
	}
}
