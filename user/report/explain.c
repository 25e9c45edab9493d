// SPDX-License-Identifier: Apache-2.0
/* All that is known of one container, in words. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/layout.h"
#include "report/parts.h"
#include "report/report.h"
#include "report/words.h"

/* What an explanation is made of. The first error stays. */
struct explanation {
	const json_t *line, *exceptions; /* what each is to it, as far as that is known */
	FILE *out;
	int columns, err;
	time_t now;
};

#define PUT(explanation, label, ...)                                                                                   \
	do {                                                                                                           \
		if (!(explanation)->err)                                                                               \
			(explanation)->err =                                                                           \
				layout_format((explanation)->out, (explanation)->columns, label, __VA_ARGS__);         \
	} while (0)

/* One that is not there is left out. */
static void put_text(struct explanation *explanation, const char *label, const char *path)
{
	const char *text = report_text(explanation->line, path);

	if (*text)
		PUT(explanation, label, "%s", text);
}

static void put_moment(struct explanation *explanation, const char *label, const char *path)
{
	const char *timestamp = report_text(explanation->line, path);
	char moment[REPORT_MOMENT_SIZE], age[32];

	if (!*timestamp)
		return;
	report_moment(timestamp, moment);
	report_age(timestamp, explanation->now, age, sizeof(age));
	PUT(explanation, label, "%s (%s ago)", moment, age);
}

static void put_container(struct explanation *explanation)
{
	char name[REPORT_NAME_MAX], image[REPORT_NAME_MAX];

	report_name(explanation->line, name);
	report_image(explanation->line, image);
	fprintf(explanation->out, "Container %s\n", name);
	put_text(explanation, "id", "container.id");
	PUT(explanation, "image", "%s", image);
	put_text(explanation, "runtime", "container.runtime");
	put_text(explanation, "kernel", "uidzero.container.isolation");
	put_text(explanation, "host", "host.name");
	put_moment(explanation, "started", "uidzero.started");
	if (json_is_true(report_at(explanation->line, "uidzero.ended")))
		PUT(explanation, "ended", "yes: this is its last verdict");
}

static void put_exceptions(struct explanation *explanation)
{
	const json_t *exception;
	size_t i;

	json_array_foreach(explanation->exceptions, i, exception)
	{
		const char *name = report_text(exception, "name"), *match = report_text(exception, "match");

		if (!strcmp(match, "holds"))
			PUT(explanation, "exception", "\"%s\" applies until %s", name,
			    report_text(exception, "expires"));
		else if (!strcmp(match, "expired"))
			PUT(explanation, "exception", "\"%s\" no longer applies: its last day was %s", name,
			    report_text(exception, "expires"));
		else
			PUT(explanation, "exception", "\"%s\" does not apply: its %s does not match", name,
			    report_text(exception, "mismatch"));
	}
}

static void put_verdict(struct explanation *explanation)
{
	const json_t *line = explanation->line;
	const char *verdict = report_text(line, "uidzero.verdict"),
		   *evaluation = report_text(line, "result.evaluation");
	const char *result = report_text(line, "uidzero.result");
	_cleanup_free_ char *exception = NULL;
	bool is_excepted = !strcmp(evaluation, "excepted");

	fputs("\nVerdict\n", explanation->out);
	PUT(explanation, "verdict", "%s: %s%s%s%s", verdict, evaluation, is_excepted ? " (without the exception: " : "",
	    is_excepted ? result : "", is_excepted ? ")" : "");
	PUT(explanation, "meaning", "%s", report_verdicts[report_verdict(verdict)].meaning);
	put_text(explanation, "reason", "uidzero.reason");
	put_moment(explanation, "since", "uidzero.since");
	PUT(explanation, "rule", "%s, %s (%s)", report_text(line, "rule.id"), report_text(line, "rule.name"),
	    report_text(line, "rule.ruleset"));
	put_text(explanation, "see", "rule.reference");
	PUT(explanation, "grace", "root for up to %lld ms is no failure",
	    (long long)json_integer_value(report_at(line, "uidzero.grace_ms")));
	PUT(explanation, "root for", "%s%lld ms; processes that are root now: %lld",
	    json_is_true(report_at(line, "uidzero.root_for_is_exact")) ? "" : "about ",
	    (long long)json_integer_value(report_at(line, "uidzero.root_for_ms")),
	    (long long)json_integer_value(report_at(line, "uidzero.root_now")));
	if (!strcmp(result, "passed"))
		return;
	exception = is_excepted ? report_exception(line) : strdup("no exception holds for it");
	if (!exception)
		explanation->err = -ENOMEM;
	else
		PUT(explanation, "excepted", "%s", exception);
	put_exceptions(explanation);
}

static void put_identity(struct explanation *explanation)
{
	const char *declared = report_text(explanation->line, "uidzero.identity.declared");

	fputs("\nWhom it runs as\n", explanation->out);
	PUT(explanation, "declared", "%s (%s)", *declared ? declared : "the image names nobody",
	    report_text(explanation->line, "uidzero.identity.class"));
	put_text(explanation, "requested", "uidzero.identity.requested");
	put_text(explanation, "passwd", "uidzero.identity.passwd");
	put_text(explanation, "resolved", "uidzero.identity.resolved");
	put_text(explanation, "observed", "uidzero.identity.observed");
	if (json_is_true(report_at(explanation->line, "uidzero.identity.gid_zero")))
		PUT(explanation, "group", "its first process has root's group");
}

static void put_timeline(struct explanation *explanation)
{
	const json_t *stretch;
	long long omitted = json_integer_value(report_at(explanation->line, "uidzero.timeline_omitted"));
	size_t i;

	fputs("\nWhat was seen\n", explanation->out);
	PUT(explanation, "history", "%s",
	    !strcmp(report_text(explanation->line, "uidzero.history"), "whole")
		    ? "whole: from its first program on"
		    : "partial: what came before the agent is not known");
	json_array_foreach(report_at(explanation->line, "uidzero.timeline"), i, stretch)
	{
		const char *end = report_text(stretch, "until");
		char since[REPORT_MOMENT_SIZE], until[REPORT_MOMENT_SIZE];

		report_moment(report_text(stretch, "since"), since);
		report_moment(end, until);
		PUT(explanation, "held", "%s%s - %s%s  %s  %s (pid %lld), %s%s",
		    json_is_false(report_at(stretch, "since_is_exact")) ? "about " : "", since,
		    *end && json_is_false(report_at(stretch, "until_is_exact")) ? "about " : "", *end ? until : "now",
		    report_text(stretch, "hold"), report_text(stretch, "name"),
		    (long long)json_integer_value(report_at(stretch, "pid")), report_text(stretch, "role"),
		    json_is_true(report_at(stretch, "session")) ? ", came from outside" : "");
	}
	if (omitted)
		PUT(explanation, "held", "and %lld more", omitted);
	if (!explanation->err)
		explanation->err = parts_evidence(explanation->line, explanation->out, explanation->columns);
}

int report_explain__write(const struct report *report, const json_t *line, FILE *out, int columns)
{
	struct explanation explanation = {
		.line = line,
		.exceptions = json_object_get(report->exceptions, report_text(line, "container.id")),
		.out = out,
		.columns = columns,
		.now = time(NULL),
	};

	put_container(&explanation);
	put_verdict(&explanation);
	put_identity(&explanation);
	put_timeline(&explanation);
	if (!explanation.err && json_array_size(report_at(line, "uidzero.controls"))) {
		fputs("\nOther controls\n", out);
		explanation.err = parts_controls(line, true, out, columns);
	}
	if (!explanation.err && json_array_size(report_at(line, "uidzero.remedy"))) {
		fputs("\nWhat to change\n", out);
		explanation.err = parts_remedies(line, out, columns);
	}
	return explanation.err ? explanation.err : ferror(out) ? -EIO : 0;
}
