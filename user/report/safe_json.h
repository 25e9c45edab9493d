/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of JSON that a person may open: no text in them does anything to a terminal. */
#ifndef UIDZERO_REPORT_SAFE_JSON_H
#define UIDZERO_REPORT_SAFE_JSON_H

#include <jansson.h>
#include <stdio.h>

/* A string of a text that is made fit for a terminal; NULL: no memory. */
json_t *safe_json(const char *text);

/* Write a document with a '\n' behind it. Returns 0 or a negative errno. */
int safe_json_write(const json_t *document, FILE *out);

#endif
