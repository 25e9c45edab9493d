/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for base/log.c: diagnostics are put together, so that their arguments are looked at, and dropped. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_set_verbose(bool is_verbose)
{
	(void)is_verbose;
}

#define DROPPED(name)                                                                                                  \
	void name(const char *format, ...)                                                                             \
	{                                                                                                              \
		char text[2048];                                                                                       \
		va_list args;                                                                                          \
                                                                                                                       \
		va_start(args, format);                                                                                \
		vsnprintf(text, sizeof(text), format, args);                                                           \
		va_end(args);                                                                                          \
	}

DROPPED(log_error)
DROPPED(log_warning)
DROPPED(log_info)
DROPPED(log_debug)
