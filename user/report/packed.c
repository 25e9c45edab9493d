// SPDX-License-Identifier: Apache-2.0
/* Text that is kept compressed: verdict lines shrink to a quarter. */
#include "report/packed.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

int packed__set(struct packed *packed, struct span text)
{
	uLongf size = compressBound(text.size);
	void *data = malloc(size), *shrunk;

	if (!data || compress2(data, &size, (const Bytef *)text.data, text.size, Z_BEST_SPEED) != Z_OK) {
		free(data);
		return -ENOMEM;
	}
	shrunk = realloc(data, size);
	packed__destroy(packed);
	*packed = (struct packed){shrunk ? shrunk : data, size, text.size};
	return 0;
}

char *packed__text(const struct packed *packed)
{
	uLongf size = packed->text_size;
	char *text = packed->data ? malloc(size + 1) : NULL;

	if (!text || uncompress((Bytef *)text, &size, packed->data, packed->size) != Z_OK) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

void packed__destroy(struct packed *packed)
{
	free(packed->data);
	*packed = (struct packed){};
}
