// SPDX-License-Identifier: Apache-2.0
/* Those parts of a verdict that the table shows as the explanation does. */
#include "report/parts.h"

#include "report/layout.h"
#include "report/report.h"
#include "report/words.h"

int parts_evidence(const json_t *line, FILE *out, int columns)
{
	const json_t *event;
	int err = 0;
	size_t i;

	json_array_foreach(report_at(line, "result.evidence.events"), i, event)
	{
		char moment[REPORT_MOMENT_SIZE];

		report_moment(report_text(event, "timestamp"), moment);
		err = layout_format(out, columns, "evidence", "%s  %s  pid %lld  %s", moment,
				    report_text(event, "finding"),
				    (long long)json_integer_value(json_object_get(event, "pid")),
				    report_text(event, "command_line"));
		if (err)
			break;
	}
	return err;
}

int parts_controls(const json_t *line, bool wants_passed, FILE *out, int columns)
{
	const json_t *control;
	int err = 0;
	size_t i;

	json_array_foreach(report_at(line, "uidzero.controls"), i, control)
	{
		enum evaluation result = report_evaluation(report_text(control, "result"));
		const char *detail = report_text(control, "detail");

		if (!wants_passed && result != EVALUATION_FAILED && result != EVALUATION_WARN)
			continue;
		err = layout_format(out, columns, "control", "%s %s: %s%s%s", report_text(control, "id"),
				    report_text(control, "result"), report_text(control, "name"), *detail ? ": " : "",
				    detail);
		if (err)
			break;
	}
	return err;
}

int parts_remedies(const json_t *line, FILE *out, int columns)
{
	const json_t *remedy;
	int err = 0;
	size_t i;

	json_array_foreach(report_at(line, "uidzero.remedy"), i, remedy)
	{
		const char *text = json_string_value(remedy);

		err = layout_paragraph(out, "remedy", text ? text : "", columns);
		if (err)
			break;
	}
	return err;
}
