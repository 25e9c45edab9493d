/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the HTML page; nobody else includes this. */
#ifndef UIDZERO_REPORT_HTML_H
#define UIDZERO_REPORT_HTML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/words.h"

extern const char html_style[]; /* the style sheet */
extern const char html_fills[]; /* an SVG element of no size: what the timelines are filled with */

/* How an evaluation looks: a sign and a word besides the colour that its class has. */
struct html_look {
	const char *class, *sign, *word;
};

/* EVALUATION_NONE looks as what is not known does. */
extern const struct html_look html_looks[EVALUATION_NONE + 1];

void html_badge(FILE *out, enum evaluation evaluation);

/* A text that may be written from right to left, kept apart from what stands around it; "?" where it is empty. */
void html_foreign(FILE *out, const char *text);
/* The same of code: a path, a command line, an id. */
void html_code(FILE *out, const char *text);
/* A moment as docs/events.md has it, to the second; other text as it is. */
void html_moment(FILE *out, const char *timestamp);

/* Nanoseconds since 1970 of such a moment. Returns false for other text, leaving *ret_ns. */
bool html_parse_moment(const char *timestamp, int64_t *ret_ns);

#define DURATION_SIZE 32

/* "38 ms", "4 min 10 s", "3 d 2 h". Returns ret. */
const char *html_duration(int64_t duration_ns, char ret[DURATION_SIZE]);

/* The same of what report_name() and its like write. */
void html_name(FILE *out, const json_t *verdict);
void html_image(FILE *out, const json_t *verdict);

enum evaluation html_evaluation(const json_t *verdict);

/* Within the details of a container. */
void html_begin_section(const char *heading, FILE *out);
void html_end_section(FILE *out);

/* The picture of who was root when, with its legend; a sentence where nobody was. */
void html_timeline__write(const json_t *verdict, FILE *out);

/* A section each, where there is something to tell. */
void html_exception__write(const json_t *verdict, FILE *out);
void html_identity__write(const json_t *verdict, FILE *out);
void html_risks__write(const json_t *verdict, FILE *out);
void html_container__write(const json_t *verdict, FILE *out);

/* All that is known of a container, under a heading that opens it. @anchor: of the page, "c1" */
void html_details__write(const json_t *verdict, const char *anchor, bool is_open, FILE *out);

#endif
