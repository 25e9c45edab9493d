/* SPDX-License-Identifier: Apache-2.0 */
/* Those parts of a verdict that the table shows as the explanation does. */
#ifndef UIDZERO_REPORT_PARTS_H
#define UIDZERO_REPORT_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* A labelled paragraph for each: see report/layout.h. Returns 0 or -ENOMEM. */
int parts_evidence(const json_t *line, FILE *out, int columns);
int parts_controls(const json_t *line, bool wants_passed, FILE *out, int columns);
int parts_remedies(const json_t *line, FILE *out, int columns);

#endif
