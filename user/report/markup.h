/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile text within XML and HTML. */
#ifndef UIDZERO_REPORT_MARKUP_H
#define UIDZERO_REPORT_MARKUP_H

#include <stdio.h>

/*
 * Write a text so that it is itself in an element and in an attribute's quoted value, of XML 1.0 and of HTML: & < > " '
 * are escaped, so are tab, line feed and carriage return, which a parser would make blanks of in an attribute. What XML
 * forbids, what is no character, and what draws nothing but changes what is drawn (controls, bidirectional overrides)
 * is U+FFFD.
 */
void markup_text(FILE *out, const char *utf8);

#endif
