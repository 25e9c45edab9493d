// SPDX-License-Identifier: Apache-2.0
/* A report as JUnit XML, which CI systems read: a test case for each container. */
#include <errno.h>
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

static int put_outcome(FILE *out, const json_t *line)
{
	_cleanup_free_ char *exception = NULL;

	switch (report_evaluation(report_text(line, "result.evaluation"))) {
	case EVALUATION_FAILED:
		fputs("<failure", out);
		put_attribute(out, "type", report_text(line, "uidzero.verdict"));
		put_attribute(out, "message", report_text(line, "uidzero.reason"));
		fputc('>', out);
		put_details(out, line);
		fputs("</failure>", out);
		return 0;
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

static int put_case(FILE *out, const json_t *line)
{
	const char *runtime = report_text(line, "container.runtime");
	char name[REPORT_NAME_MAX];
	int err;

	report_name(line, name);
	fputs("\t\t<testcase", out);
	put_attribute(out, "classname", *runtime ? runtime : "container");
	put_attribute(out, "name", name);
	fputs(" time=\"0\">", out);
	err = put_outcome(out, line);
	fputs("</testcase>\n", out);
	return err;
}

int report_junit__write(const struct report *report, FILE *out)
{
	const json_t *line, *first = json_array_get(report->verdicts, 0), *note;
	struct report_counts counts = report_count(report);
	size_t i, failures = 0, skipped = counts.results[EVALUATION_UNKNOWN] + counts.excepted;
	int err = 0;

	json_array_foreach(report->verdicts, i, line)
	{
		failures += !strcmp(report_text(line, "result.evaluation"), "failed");
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\t<testsuite", out);
	put_attribute(out, "name", first ? report_text(first, "rule.id") : "uidzero");
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\"", counts.containers,
		failures, skipped);
	if (first && *report_text(first, "host.name"))
		put_attribute(out, "hostname", report_text(first, "host.name"));
	fputs(">\n\t\t<properties><property", out);
	put_attribute(out, "name", "uidzero");
	put_attribute(out, "value", report->version);
	fputs("/></properties>\n", out);
	json_array_foreach(report->verdicts, i, line)
	{
		err = put_case(out, line);
		if (err)
			return err;
	}
	if (json_array_size(report->notes)) {
		fputs("\t\t<system-out>", out);
		json_array_foreach(report->notes, i, note)
		{
			markup_text(out, json_string_value(note));
			fputc('\n', out);
		}
		fputs("</system-out>\n", out);
	}
	fputs("\t</testsuite>\n</testsuites>\n", out);
	return ferror(out) ? -EIO : 0;
}
