/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal: labelled paragraphs, broken where a line is full. */
#ifndef UIDZERO_REPORT_LAYOUT_H
#define UIDZERO_REPORT_LAYOUT_H

#include <stdio.h>

/*
 * Write "  LABEL     text" with the text's further lines below its first. Any text: it is made fit for a terminal.
 *
 * @columns: of the terminal; 0: never broken
 *
 * Returns 0 or -ENOMEM.
 */
int layout_paragraph(FILE *out, const char *label, const char *text, int columns);

/* The same of a text that is formatted first. */
int layout_format(FILE *out, int columns, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
