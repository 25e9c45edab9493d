/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: libFuzzer's entry points, and what must hold of whatever comes out. */
#ifndef UIDZERO_TESTS_FUZZ_H
#define UIDZERO_TESTS_FUZZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
/* In place; both return the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Unlike assert(3) it is never compiled out. */
#define REQUIRE(claim)                                                                                                 \
	((claim) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim), abort()))

/* A line for a program: one JSON object as docs/events.md promises it. The caller json_decref()s it. */
json_t *require_json_line(struct span line);

/* A line for a person: UTF-8 that does nothing to a terminal, but for our own colours. */
void require_terminal_line(struct span line, bool has_color);

/* Valid UTF-8 without control characters. */
void require_plain_text(struct span text);

/* Sets what of a record must fit the rest, so that a mutated one still decodes. */
void repair_record(void *record, size_t size);

#endif
