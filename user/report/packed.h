/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is kept compressed: verdict lines shrink to a quarter. */
#ifndef UIDZERO_REPORT_PACKED_H
#define UIDZERO_REPORT_PACKED_H

#include "base/span.h"

/* Zeroed: nothing. */
struct packed {
	void *data;
	size_t size, text_size; /* bytes of data, and of the text */
};

/* Keeps a text in place of the one before. Returns 0 or -ENOMEM, where the one before stays. */
int packed__set(struct packed *packed, struct span text);
/* The text with a NUL behind it, which the caller owns; NULL: no memory, or there is nothing. */
char *packed__text(const struct packed *packed);
void packed__destroy(struct packed *packed);

#endif
