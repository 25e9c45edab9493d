/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics for people, on stderr, a line each; hostile bytes are escaped. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/safe_text.h"

#define TEXT_MAX 2048

static const char prefix[] = "uidzero: ";
static const char ellipsis[] = "\xe2\x80\xa6";

static bool has_debug_lines;

void log_set_verbose(bool is_verbose)
{
	has_debug_lines = is_verbose;
}

static void write_line(const char *format, va_list args)
{
	char text[TEXT_MAX];
	/* An escape takes at most four bytes for each one that it shows. */
	char line[sizeof(prefix) + 4 * sizeof(text) + sizeof(ellipsis)];
	int saved_errno = errno, full_size;
	struct span span = {text, 0};
	size_t size = sizeof(prefix) - 1;
	ssize_t written;

	full_size = vsnprintf(text, sizeof(text), format, args);
	if (full_size < 0)
		full_size = snprintf(text, sizeof(text), "%s", format);
	span.size = strlen(text);

	memcpy(line, prefix, size);
	size += terminal_text(span, line + size, sizeof(line) - size - sizeof(ellipsis));
	if ((size_t)full_size >= sizeof(text)) {
		memcpy(line + size, ellipsis, sizeof(ellipsis) - 1);
		size += sizeof(ellipsis) - 1;
	}
	line[size++] = '\n';
	do {
		written = write(STDERR_FILENO, line, size);
	} while (written < 0 && errno == EINTR);
	errno = saved_errno;
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (!has_debug_lines)
		return;
	va_start(args, format);
	write_line(format, args);
	va_end(args);
}
