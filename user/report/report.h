/* SPDX-License-Identifier: Apache-2.0 */
/* Verdict lines, gathered for people and for tools that want all of them in one document. */
#ifndef UIDZERO_REPORT_REPORT_H
#define UIDZERO_REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/span.h"

#define REPORT_CONTAINERS_MAX 65536

/* What every writer gets. Texts in the lines are valid UTF-8 and otherwise anything: each writer escapes them. */
struct report {
	json_t *verdicts;   /* array of whole lines as docs/events.md has them, the worst first, then by name */
	json_t *notes;      /* array of strings: what concerns more than one container */
	json_t *exceptions; /* by container id arrays of {"name","expires","match","mismatch"}: what each is to it */
	const char *version;
	bool fails_on_warn;  /* a warning counts as a failure; set by the caller */
	bool has_many_hosts; /* the verdicts come from more than one host; set by report__sort() */
};

/* @version: of this program; must live as long as the report. Returns 0 or -ENOMEM. */
int report__new(const char *version, struct report **ret_report);
void report__free(struct report *report);

/**
 * Add a line: a verdict, of which the newest one of a container counts (by @timestamp; the later line if both are
 * equal), where a container is a host, a runtime and an id; or of an agent's answer (docs/check.md) what an
 * exception is to the container of a verdict before, or the end, with its notes.
 *
 * Returns 1 where it is the end of an answer; 0 where it was taken, or is of another kind and does not matter here;
 * -EBADMSG for what is no such line; -E2BIG where it would be one container too many; -ENOMEM.
 */
int report__add(struct report *report, struct span line);

/* Does this verdict make the check fail? An excepted one never does. */
bool report_fails(const struct report *report, const json_t *line);

/* Puts the verdicts in order, once all are there. Returns 0 or -ENOMEM. */
int report__sort(struct report *report);

/* The value at a path of keys with dots between, "uidzero.verdict"; NULL where there is none. */
json_t *report_at(const json_t *line, const char *path);
/* Its text, or "" where it is none. */
const char *report_text(const json_t *line, const char *path);

/* Each writes one document. Returns 0 or a negative errno. */
int report_table__write(const struct report *report, FILE *out, int columns, int has_color);
int report_junit__write(const struct report *report, FILE *out);
int report_sarif__write(const struct report *report, FILE *out);
int report_docker_bench__write(const struct report *report, FILE *out);
int report_json__write(const struct report *report, FILE *out); /* the lines, byte for byte */
/* The lines in OCSF of those verdicts that had one right behind them. */
int report_ocsf__write(const struct report *report, FILE *out);
int report_html__write(const struct report *report, FILE *out);

/* All that is known of one container, in words. Returns 0 or a negative errno. */
int report_explain__write(const struct report *report, const json_t *line, FILE *out, int columns);

#endif
