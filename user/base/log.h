/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics for people, on stderr, a line each; hostile bytes are escaped. */
#ifndef UIDZERO_BASE_LOG_H
#define UIDZERO_BASE_LOG_H

#include <stdbool.h>

/* Debug lines are off by default; --verbose turns them on. */
void log_set_verbose(bool is_verbose);

/* "uidzero: " + the text + "\n", in one write, made fit for a terminal by terminal_text(); errno stays as it was. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
