/* SPDX-License-Identifier: Apache-2.0 */
/* Verdict lines, gathered for people and for tools that want all of them in one document. */
#ifndef UIDZERO_REPORT_REPORT_H
#define UIDZERO_REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/span.h"

/* Each takes less than 4 KiB of memory. */
#define REPORT_CONTAINERS_MAX 65536

/* What a verdict means for the check; the order of the words of result.evaluation. */
enum evaluation {
	EVALUATION_PASSED,
	EVALUATION_WARN,
	EVALUATION_FAILED,
	EVALUATION_UNKNOWN,
	EVALUATION_EXCEPTED,
	EVALUATION_NONE,
};

struct report_counts {
	size_t excepted, failing;
	size_t results[EVALUATION_EXCEPTED]; /* by uidzero.result, the excepted ones among them */
	size_t evaluations[EVALUATION_NONE]; /* by result.evaluation */
};

/* What every writer gets. Texts in the lines are valid UTF-8 and otherwise anything: each writer escapes them. */
struct report {
	size_t nr_verdicts; /* the worst first, then by name; see report__line() */
	json_t *notes;      /* array of strings: what concerns more than one container */
	json_t *exceptions; /* by container id arrays of {"name","expires","match","mismatch"}: what each is to it */
	const char *version;
	bool has_many_hosts;         /* the verdicts come from more than one host */
	struct report_counts counts; /* set by report__sort(), as the two above */
	/* Set by the caller before lines are added. */
	bool fails_on_warn;                            /* a warning counts as a failure */
	bool (*wants)(void *data, const json_t *line); /* chooses verdicts; NULL: all */
	void *wants_data;
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

/* Does a verdict of that evaluation make the check fail? */
bool report_fails(const struct report *report, enum evaluation evaluation);

/* Puts the verdicts in order, once all are there. Returns 0 or -ENOMEM. */
int report__sort(struct report *report);

/*
 * The whole line of a verdict, as docs/events.md has it, which is valid until the next call: lines are kept compressed.
 * NULL where memory ran out, which report__end() returns.
 */
const json_t *report__line(const struct report *report, size_t at);

#define report_foreach(report, at, line)                                                                               \
	for ((at) = 0; (at) < (report)->nr_verdicts && ((line) = report__line((report), (at))); (at)++)

/* What that line says of these, without reading it again. The host is as report_host() writes it. */
enum evaluation report__evaluation(const struct report *report, size_t at);
const char *report__host(const struct report *report, size_t at);

/* How a writer ends. Returns 0, -ENOMEM where a line could not be read, -EIO where `out` has failed. */
int report__end(const struct report *report, FILE *out);

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
