/* SPDX-License-Identifier: Apache-2.0 */
/* A view of bytes that somebody else owns; not NUL-terminated. */
#ifndef UIDZERO_BASE_SPAN_H
#define UIDZERO_BASE_SPAN_H

#include <stddef.h>

struct span {
	const char *data;
	size_t size;
};

#endif
