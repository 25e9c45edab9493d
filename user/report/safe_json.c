// SPDX-License-Identifier: Apache-2.0
/* Documents of JSON that a person may open: no text in them does anything to a terminal. */
#include "report/safe_json.h"

#include <errno.h>

#include "base/cleanup.h"
#include "report/words.h"

json_t *safe_json(const char *text)
{
	_cleanup_free_ char *safe = report_safe(text);

	return safe ? json_string(safe) : NULL;
}

int safe_json_write(const json_t *document, FILE *out)
{
	if (json_dumpf(document, out, JSON_INDENT(2)))
		return ferror(out) ? -EIO : -ENOMEM;
	fputc('\n', out);
	return ferror(out) ? -EIO : 0;
}
