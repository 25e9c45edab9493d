// SPDX-License-Identifier: Apache-2.0
/* The small pieces of text that all parts of the HTML page share. */
#include "report/html.h"

#include <inttypes.h>
#include <string.h>

#include "report/markup.h"
#include "report/report.h"

#define NS_PER_S INT64_C(1000000000)

const struct html_look html_looks[EVALUATION_NONE + 1] = {
	[EVALUATION_PASSED] = {"passed", "✓", "passed"},       [EVALUATION_WARN] = {"warn", "!", "warning"},
	[EVALUATION_FAILED] = {"failed", "✕", "failed"},       [EVALUATION_UNKNOWN] = {"unknown", "?", "unknown"},
	[EVALUATION_EXCEPTED] = {"excepted", "≈", "excepted"}, [EVALUATION_NONE] = {"unknown", "?", "unknown"},
};

void html_badge(FILE *out, enum evaluation evaluation)
{
	const struct html_look *look = &html_looks[evaluation];

	fprintf(out, "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> %s</span>", look->class, look->sign,
		look->word);
}

enum evaluation html_evaluation(const json_t *verdict)
{
	return report_evaluation(report_text(verdict, "result.evaluation"));
}

void html_foreign(FILE *out, const char *text)
{
	fputs("<bdi>", out);
	markup_text(out, *text ? text : "?");
	fputs("</bdi>", out);
}

void html_code(FILE *out, const char *text)
{
	fputs("<code>", out);
	html_foreign(out, text);
	fputs("</code>", out);
}

bool html_parse_moment(const char *timestamp, int64_t *ret_ns)
{
	int64_t seconds = report_time(timestamp), digit = NS_PER_S / 10, fraction = 0;
	const char *at = strchr(timestamp, '.');

	if (seconds < 0 || seconds >= INT64_MAX / NS_PER_S)
		return false;
	for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9' && digit; at++, digit /= 10)
		fraction += (*at - '0') * digit;
	*ret_ns = seconds * NS_PER_S + fraction;
	return true;
}

void html_moment(FILE *out, const char *timestamp)
{
	char moment[REPORT_MOMENT_SIZE];

	report_moment(timestamp, moment);
	fputs("<time datetime=\"", out);
	markup_text(out, timestamp);
	/* The page says once that times are UTC. */
	moment[strcspn(moment, "Z")] = '\0';
	fprintf(out, "\">%s</time>", moment);
}

const char *html_duration(int64_t duration_ns, char ret[DURATION_SIZE])
{
	/* clang-format off */
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
	/* clang-format on */
	int64_t seconds = duration_ns / NS_PER_S;

	if (duration_ns < NS_PER_S) {
		snprintf(ret, DURATION_SIZE, "%" PRId64 " ms", duration_ns / 1000000);
		return ret;
	}
	if (seconds < 10) {
		int64_t tenths = duration_ns / (NS_PER_S / 10);

		snprintf(ret, DURATION_SIZE, tenths % 10 ? "%" PRId64 ".%" PRId64 " s" : "%" PRId64 " s", tenths / 10,
			 tenths % 10);
		return ret;
	}
	for (size_t i = 0;; i++) {
		int64_t count = seconds / units[i].seconds, rest = seconds % units[i].seconds;

		if (!count)
			continue;
		if (units[i].seconds > 1 && rest / units[i + 1].seconds)
			snprintf(ret, DURATION_SIZE, "%" PRId64 " %s %" PRId64 " %s", count, units[i].name,
				 rest / units[i + 1].seconds, units[i + 1].name);
		else
			snprintf(ret, DURATION_SIZE, "%" PRId64 " %s", count, units[i].name);
		return ret;
	}
}

void html_name(FILE *out, const json_t *verdict)
{
	char name[REPORT_NAME_MAX];

	report_name(verdict, name);
	html_foreign(out, name);
}

void html_image(FILE *out, const json_t *verdict)
{
	char image[REPORT_NAME_MAX];

	report_image(verdict, image);
	html_foreign(out, image);
}

void html_begin_section(const char *heading, FILE *out)
{
	fprintf(out, "<section>\n<h4>%s</h4>\n", heading);
}

void html_end_section(FILE *out)
{
	fputs("</section>\n", out);
}
