// SPDX-License-Identifier: Apache-2.0
/* A report for people: a row for each container, then what to change and why, and a line that counts. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/safe_text.h"
#include "encode/cells.h"
#include "encode/ecs.h"
#include "report/layout.h"
#include "report/parts.h"
#include "report/report.h"
#include "report/words.h"

enum { HOST, CONTAINER, IMAGE, USER, VERDICT, SINCE, REASON, COLUMNS };

static const struct {
	const char *title;
	size_t max;
} described[COLUMNS] = {
	[HOST] = {"HOST", 32},       [CONTAINER] = {"CONTAINER", 32}, [IMAGE] = {"IMAGE", 40},  [USER] = {"USER", 24},
	[VERDICT] = {"VERDICT", 25}, [SINCE] = {"SINCE", 8},          [REASON] = {"REASON", 0},
};

struct table {
	int first;              /* HOST if there is more than one; else CONTAINER */
	size_t widths[COLUMNS]; /* the last one takes the rest */
	int columns;
	bool has_color;
	time_t now;
	char *buffer; /* for a row: six cells and a reason, every byte of it an escape */
};

#define SHRUNK_MIN 12
#define REASON_MIN 20

#define ROW_MAX (REASON * REPORT_NAME_MAX + 5 * ECS_LINE_MAX)

static const char *const marks[EVALUATION_NONE] = {
	[EVALUATION_PASSED] = "PASS",     [EVALUATION_WARN] = "WARN",         [EVALUATION_FAILED] = "FAIL",
	[EVALUATION_UNKNOWN] = "UNKNOWN", [EVALUATION_EXCEPTED] = "EXCEPTED",
};

static const char *const colors[EVALUATION_NONE] = {
	[EVALUATION_PASSED] = CELL_GREEN, [EVALUATION_WARN] = CELL_YELLOW,  [EVALUATION_FAILED] = CELL_BOLD_RED,
	[EVALUATION_UNKNOWN] = CELL_DIM,  [EVALUATION_EXCEPTED] = CELL_DIM,
};

static enum evaluation evaluation_of(const json_t *line)
{
	return report_evaluation(report_text(line, "result.evaluation"));
}

static void fill_cells(const struct table *table, const json_t *line, char cells[REASON][REPORT_NAME_MAX])
{
	report_host(line, cells[HOST]);
	report_name(line, cells[CONTAINER]);
	report_image(line, cells[IMAGE]);
	report_user(line, cells[USER]);
	snprintf(cells[VERDICT], REPORT_NAME_MAX, "%s %s", marks[evaluation_of(line)],
		 report_text(line, "uidzero.verdict"));
	if (json_is_true(report_at(line, "uidzero.ended")))
		strcpy(cells[SINCE], "ended");
	else
		report_age(report_text(line, "uidzero.since"), table->now, cells[SINCE], REPORT_NAME_MAX);
}

/* Take from the widest of those that people wrote, so that the verdict and the begin of its reason stay in sight. */
static void shrink(struct table *table)
{
	size_t used = REASON_MIN, *widest = &table->widths[table->first];

	for (int column = table->first; column < REASON; column++)
		used += table->widths[column] + 2;
	while (table->columns > 0 && used > (size_t)table->columns) {
		for (int column = table->first; column <= USER; column++)
			if (table->widths[column] > *widest)
				widest = &table->widths[column];
		if (*widest <= SHRUNK_MIN)
			break;
		--*widest;
		used--;
	}
}

static void measure(struct table *table, const struct report *report)
{
	char cells[REASON][REPORT_NAME_MAX];
	const json_t *line;
	size_t i;

	for (int column = 0; column < REASON; column++)
		table->widths[column] = strlen(described[column].title);
	report_foreach(report, i, line)
	{
		fill_cells(table, line, cells);
		for (int column = 0; column < REASON; column++) {
			size_t width = terminal_width(cells[column]);

			if (width > described[column].max)
				width = described[column].max;
			if (width > table->widths[column])
				table->widths[column] = width;
		}
	}
	shrink(table);
}

static int put_row(const struct table *table, const char *const cells[COLUMNS], const char *color, FILE *out)
{
	struct cell_line row = {.buffer = table->buffer, .capacity = ROW_MAX};
	size_t left = table->columns > 0 ? (size_t)table->columns : 0;
	long size;

	for (int column = table->first; column < COLUMNS; column++) {
		bool is_last = column == REASON || (left && table->widths[column] + 2 >= left);

		cell_line__put(&row, cells[column], is_last ? left : table->widths[column], false, is_last,
			       column == VERDICT && table->has_color ? color : NULL);
		if (is_last)
			break;
		if (left)
			left -= table->widths[column] + 2;
	}
	cell_line__end(&row);
	size = cell_line__finish(&row);
	if (size < 0)
		return (int)size;
	fwrite(row.buffer, 1, (size_t)size, out);
	return 0;
}

static int put_rows(const struct table *table, const struct report *report, FILE *out)
{
	const char *titles[COLUMNS];
	const json_t *line;
	size_t i;
	int err;

	for (int column = 0; column < COLUMNS; column++)
		titles[column] = described[column].title;
	err = put_row(table, titles, NULL, out);
	report_foreach(report, i, line)
	{
		_cleanup_free_ char *reason = report_safe(report_text(line, "uidzero.reason"));
		char texts[REASON][REPORT_NAME_MAX];
		const char *cells[COLUMNS];

		if (err || !reason)
			return err ?: -ENOMEM;
		fill_cells(table, line, texts);
		for (int column = 0; column < REASON; column++)
			cells[column] = texts[column];
		cells[REASON] = reason;
		err = put_row(table, cells, colors[evaluation_of(line)], out);
	}
	return err;
}

/* "root_init: web", in which the name is cut, and never the verdict. */
static void put_title(const struct table *table, const char *verdict, const char *name, FILE *out)
{
	struct cell_line line = {.buffer = table->buffer, .capacity = ROW_MAX};
	size_t used = strlen(verdict) + 2, columns = table->columns > 0 ? (size_t)table->columns : 0;

	fprintf(out, "\n%s: ", verdict);
	cell_line__put(&line, name, columns > used ? columns - used : columns, false, true, NULL);
	cell_line__end(&line);
	fwrite(line.buffer, 1, line.size, out);
}

static int put_block(const struct table *table, const struct report *report, const json_t *line, FILE *out)
{
	enum evaluation evaluation = evaluation_of(line);
	_cleanup_free_ char *exception = NULL;
	char name[REPORT_NAME_MAX];
	int err;

	report_unique_name(report, line, name);
	put_title(table, report_text(line, "uidzero.verdict"), name, out);
	if (evaluation == EVALUATION_EXCEPTED) {
		exception = report_exception(line);
		return exception ? layout_paragraph(out, "excepted", exception, table->columns) : -ENOMEM;
	}
	err = layout_paragraph(out, "reason", report_text(line, "uidzero.reason"), table->columns);
	if (!err)
		err = parts_evidence(line, out, table->columns);
	if (!err)
		err = parts_controls(line, false, out, table->columns);
	return err ?: parts_remedies(line, out, table->columns);
}

static int put_notes(const struct table *table, const struct report *report, FILE *out)
{
	const json_t *note;
	int err = 0;
	size_t i;

	if (json_array_size(report->notes))
		fputc('\n', out);
	json_array_foreach(report->notes, i, note)
	{
		err = layout_paragraph(out, "note", json_string_value(note), table->columns);
		if (err)
			break;
	}
	return err;
}

static void put_counts(const struct report *report, FILE *out)
{
	const struct report_counts *counts = &report->counts;
	size_t nr = report->nr_verdicts;

	fprintf(out, "%s%zu container%s: %zu passed, %zu warned, %zu failed", nr ? "\n" : "", nr, nr == 1 ? "" : "s",
		counts->results[EVALUATION_PASSED], counts->results[EVALUATION_WARN],
		counts->results[EVALUATION_FAILED]);
	if (counts->results[EVALUATION_UNKNOWN])
		fprintf(out, ", %zu unknown", counts->results[EVALUATION_UNKNOWN]);
	if (counts->excepted)
		fprintf(out, " (%zu excepted)", counts->excepted);
	if (report->fails_on_warn && counts->results[EVALUATION_WARN])
		fputs("; a warning counts as a failure (--fail-on warn)", out);
	fputc('\n', out);
}

int report_table__write(const struct report *report, FILE *out, int columns, int has_color)
{
	struct table table = {.first = report->has_many_hosts ? HOST : CONTAINER,
			      .columns = columns,
			      .has_color = has_color,
			      .now = time(NULL)};
	_cleanup_free_ char *buffer = table.buffer = malloc(ROW_MAX);
	const json_t *line;
	int err = buffer ? 0 : -ENOMEM;
	size_t i;

	measure(&table, report);
	if (!err && report->nr_verdicts)
		err = put_rows(&table, report, out);
	for (i = 0; i < report->nr_verdicts && !err; i++) {
		if (report__evaluation(report, i) == EVALUATION_PASSED)
			continue;
		line = report__line(report, i);
		err = line ? put_block(&table, report, line, out) : -ENOMEM;
	}
	if (!err)
		err = put_notes(&table, report, out);
	if (err)
		return err;
	put_counts(report, out);
	return report__end(report, out);
}
