/* SPDX-License-Identifier: Apache-2.0 */
/* What people are shown of a verdict line: names, users, ages, counts. */
#ifndef UIDZERO_REPORT_WORDS_H
#define UIDZERO_REPORT_WORDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "judge/verdict.h"
#include "report/report.h"

#define REPORT_NAME_MAX 512 /* with its NUL */

/* Of a word of result.evaluation, uidzero.result or a control's result; EVALUATION_NONE: another word. */
enum evaluation report_evaluation(const char *word);

/* What a verdict means, for people; by its number. */
struct report_verdict_words {
	const char *title;   /* short, for a list of rules */
	const char *meaning; /* as docs/events.md has it */
	const char *help;    /* what to do about it, whatever the container; NULL: it passes */
};

extern const struct report_verdict_words report_verdicts[VERDICT_END];

/* The verdict of a name; VERDICT_END: there is no such one. */
enum verdict report_verdict(const char *name);

/*
 * Each makes a text that is fit for a terminal. What a person calls the container: its name, or
 * namespace/pod/container, or the begin of its id; "image:tag"; "declared -> observed" user. Unknown parts are "?".
 */
void report_name(const json_t *line, char ret[REPORT_NAME_MAX]);
void report_image(const json_t *line, char ret[REPORT_NAME_MAX]);
void report_host(const json_t *line, char ret[REPORT_NAME_MAX]); /* the host's name, or its id */
void report_user(const json_t *line, char ret[REPORT_NAME_MAX]);

/* What report_name() writes, behind "host/" if the report has containers of several hosts. */
void report_unique_name(const struct report *report, const json_t *line, char ret[REPORT_NAME_MAX]);

/* Writes a text as a sentence: with a full stop, if it has no end of its own. */
void report_put_sentence(FILE *out, const char *text);

/* A path's text made fit for a terminal, as a string that the caller owns; NULL: no memory. */
char *report_safe(const char *text);

/* Seconds since the epoch of an RFC 3339 UTC timestamp; -1: it is none. */
time_t report_time(const char *timestamp);

/* "3 min", "2 h", "5 d"; "?" for what is no timestamp. */
void report_age(const char *timestamp, time_t now, char *ret, size_t ret_size);

#define REPORT_MOMENT_SIZE sizeof("2024-11-22 01:00:00Z")

/* The same to the second for a person; "?" for what is no timestamp. */
void report_moment(const char *timestamp, char ret[REPORT_MOMENT_SIZE]);

/* Whom it is excepted by, in words: "web-team until 2025-01-01: legacy". The caller owns it; NULL: no memory. */
char *report_exception(const json_t *line);

#endif
