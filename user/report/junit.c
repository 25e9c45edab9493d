// SPDX-License-Identifier: Apache-2.0
/* A report as JUnit XML, which CI systems read: a test case for each container. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/markup.h"
#include "report/report.h"
#include "report/words.h"

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	markup_text(out, value);
	fputc('"', out);
}

/* What to change, and what shows it: text for a person, a line each. */
static void put_details(FILE *out, const json_t *line)
{
	const json_t *at;
	size_t i;

	markup_text(out, report_text(line, "uidzero.reason"));
	fputc('\n', out);
	json_array_foreach(report_at(line, "result.evidence.events"), i, at)
	{
		fputs("evidence: ", out);
		markup_text(out, report_text(at, "timestamp"));
		fputc(' ', out);
		markup_text(out, report_text(at, "finding"));
		fprintf(out, " pid %lld ", (long long)json_integer_value(json_object_get(at, "pid")));
		markup_text(out, report_text(at, "command_line"));
		fputc('\n', out);
	}
	json_array_foreach(report_at(line, "uidzero.remedy"), i, at)
	{
		fputs("remedy: ", out);
		markup_text(out, json_is_string(at) ? json_string_value(at) : "");
		fputc('\n', out);
	}
}

static void put_failure(FILE *out, const json_t *line)
{
	fputs("<failure", out);
	put_attribute(out, "type", report_text(line, "uidzero.verdict"));
	put_attribute(out, "message", report_text(line, "uidzero.reason"));
	fputc('>', out);
	put_details(out, line);
	fputs("</failure>", out);
}

static int put_outcome(const struct report *report, FILE *out, const json_t *line)
{
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));
	_cleanup_free_ char *exception = NULL;

	if (report_fails(report, evaluation)) {
		put_failure(out, line);
		return 0;
	}
	switch (evaluation) {
	case EVALUATION_UNKNOWN:
		fputs("<skipped", out);
		put_attribute(out, "message", report_text(line, "uidzero.reason"));
		fputs("/>", out);
		return 0;
	case EVALUATION_EXCEPTED:
		exception = report_exception(line);
		if (!exception)
			return -ENOMEM;
		fputs("<skipped", out);
		put_attribute(out, "message", exception);
		fputs("/>", out);
		break;
	default:
		break;
	}
	fputs("<system-out>", out);
	put_details(out, line);
	fputs("</system-out>", out);
	return 0;
}

static int put_case(const struct report *report, FILE *out, const json_t *line)
{
	const char *runtime = report_text(line, "container.runtime");
	char name[REPORT_NAME_MAX];
	int err;

	report_name(line, name);
	fputs("\t\t<testcase", out);
	put_attribute(out, "classname", *runtime ? runtime : "container");
	put_attribute(out, "name", name);
	fputs(" time=\"0\">", out);
	err = put_outcome(report, out, line);
	fputs("</testcase>\n", out);
	return err;
}

/* The containers of one host: the numbers of their verdicts, and what a suite says of them all. */
struct suite {
	json_t *numbers;
	size_t failures, skipped;
	char name[REPORT_NAME_MAX], host[REPORT_NAME_MAX];
};

static void put_suite_attributes(FILE *out, const struct suite *suite)
{
	put_attribute(out, "name", *suite->name ? suite->name : "uidzero");
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\"",
		json_array_size(suite->numbers), suite->failures, suite->skipped);
	if (*suite->host)
		put_attribute(out, "hostname", suite->host);
}

static void measure_suite(const struct report *report, struct suite *suite)
{
	const json_t *number, *first = json_array_get(suite->numbers, 0), *line;
	size_t i;

	json_array_foreach(suite->numbers, i, number)
	{
		enum evaluation evaluation = report__evaluation(report, (size_t)json_integer_value(number));

		suite->failures +=
			evaluation == EVALUATION_FAILED || (evaluation == EVALUATION_WARN && report->fails_on_warn);
		suite->skipped += evaluation == EVALUATION_UNKNOWN || evaluation == EVALUATION_EXCEPTED;
	}
	if (!first)
		return;
	line = report__line(report, (size_t)json_integer_value(first));
	snprintf(suite->name, sizeof(suite->name), "%s", report_text(line, "rule.id"));
	snprintf(suite->host, sizeof(suite->host), "%s", report_text(line, "host.name"));
}

static void put_notes(const struct report *report, FILE *out)
{
	const json_t *note;
	size_t i;

	if (!json_array_size(report->notes))
		return;
	fputs("\t\t<system-out>", out);
	json_array_foreach(report->notes, i, note)
	{
		markup_text(out, json_string_value(note));
		fputc('\n', out);
	}
	fputs("</system-out>\n", out);
}

static int put_suite(const struct report *report, FILE *out, json_t *numbers, bool has_notes)
{
	struct suite suite = {.numbers = numbers};
	const json_t *number;
	int err = 0;
	size_t i;

	measure_suite(report, &suite);
	fputs("\t<testsuite", out);
	put_suite_attributes(out, &suite);
	fputs(">\n\t\t<properties><property", out);
	put_attribute(out, "name", "uidzero");
	put_attribute(out, "value", report->version);
	fputs("/></properties>\n", out);
	json_array_foreach(numbers, i, number)
	{
		if (!err)
			err = put_case(report, out, report__line(report, (size_t)json_integer_value(number)));
	}
	if (has_notes)
		put_notes(report, out);
	fputs("\t</testsuite>\n", out);
	return err;
}

/* The numbers of each host's verdicts, the host of the worst verdict first; NULL: no memory. */
static json_t *verdicts_by_host(const struct report *report)
{
	json_t *by_host = json_object(), *numbers;

	for (size_t i = 0; i < report->nr_verdicts; i++) {
		const char *host = report__host(report, i);

		numbers = json_object_get(by_host, host);
		if (!numbers && !json_object_set_new(by_host, host, json_array()))
			numbers = json_object_get(by_host, host);
		if (!json_array_append_new(numbers, json_integer((json_int_t)i)))
			continue;
		json_decref(by_host);
		return NULL;
	}
	return by_host;
}

int report_junit__write(const struct report *report, FILE *out)
{
	json_t *by_host = verdicts_by_host(report), *numbers;
	bool is_first = true;
	const char *host;
	int err = 0;

	if (!by_host)
		return -ENOMEM;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	if (!json_object_size(by_host))
		err = put_suite(report, out, NULL, true);
	json_object_foreach(by_host, host, numbers)
	{
		if (!err)
			err = put_suite(report, out, numbers, is_first);
		is_first = false;
	}
	fputs("</testsuites>\n", out);
	json_decref(by_host);
	return err ?: report__end(report, out);
}
