// SPDX-License-Identifier: Apache-2.0
/* The report for people: one HTML page that needs no script, no network and no other file. */
#include <errno.h>
#include <string.h>

#include "report/html.h"
#include "report/markup.h"
#include "report/report.h"

/* The worst first, as the containers come. */
static const enum evaluation evaluations[] = {EVALUATION_FAILED, EVALUATION_WARN, EVALUATION_UNKNOWN,
					      EVALUATION_EXCEPTED, EVALUATION_PASSED};
#define NR_EVALUATIONS (sizeof(evaluations) / sizeof(evaluations[0]))

/* What all lines have in common, or "" where they differ, and when the newest one was written. */
struct common {
	char host[REPORT_NAME_MAX], benchmark[REPORT_NAME_MAX];
	char newest[64];
};

static void keep_common(char ret_common[REPORT_NAME_MAX], const char *text, bool is_first)
{
	if (is_first)
		snprintf(ret_common, REPORT_NAME_MAX, "%s", text);
	else if (strncmp(ret_common, text, REPORT_NAME_MAX - 1))
		ret_common[0] = '\0';
}

static struct common read_common(const struct report *report)
{
	struct common common = {};
	int64_t newest_ns = 0, ns;
	const json_t *verdict;
	size_t i;

	report_foreach(report, i, verdict)
	{
		const char *timestamp = report_text(verdict, "@timestamp");

		keep_common(common.host, report_text(verdict, "host.name"), i == 0);
		keep_common(common.benchmark, report_text(verdict, "rule.ruleset"), i == 0);
		if (!html_parse_moment(timestamp, &ns) || ns <= newest_ns)
			continue;
		snprintf(common.newest, sizeof(common.newest), "%s", timestamp);
		newest_ns = ns;
	}
	return common;
}

static void write_head(const struct report *report, FILE *out)
{
	struct common common = read_common(report);
	const char *host = report->has_many_hosts ? "several hosts" : common.host;
	const char *benchmark = common.benchmark, *timestamp = common.newest;
	char moment[REPORT_MOMENT_SIZE];

	report_moment(timestamp, moment);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Root in containers: ",
	      out);
	markup_text(out, *host ? host : "?");
	fprintf(out, ", %s</title>\n<style>\n%s</style>\n</head>\n<body>\n", moment, html_style);
	fputs(html_fills, out);
	fputs("<header>\n<h1>Root in containers</h1>\n<p>", out);
	html_foreign(out, host);
	fputs(" · ", out);
	html_moment(out, timestamp);
	fputs(" UTC</p>\n<p class=\"muted\">Judged by what really runs, against ", out);
	html_foreign(out, *benchmark ? benchmark : "CIS Docker Benchmark");
	fputs(", 4.1: a user for the container has been created.</p>\n</header>\n<main>\n", out);
}

static void write_tiles(const size_t counts[EVALUATION_NONE], size_t nr_verdicts, FILE *out)
{
	size_t nr_before = 0;

	fputs("<svg class=\"bar\" width=\"100%\" height=\"10\" aria-hidden=\"true\">", out);
	for (size_t i = 0; i < NR_EVALUATIONS; i++) {
		size_t count = counts[evaluations[i]];

		if (count)
			fprintf(out, "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"10\"/>",
				html_looks[evaluations[i]].class, 100.0 * nr_before / nr_verdicts,
				100.0 * count / nr_verdicts);
		nr_before += count;
	}
	fputs("</svg>\n<ul class=\"tiles\">\n", out);
	for (size_t i = 0; i < NR_EVALUATIONS; i++) {
		const struct html_look *look = &html_looks[evaluations[i]];
		size_t count = counts[evaluations[i]];

		/* To the first row of that kind. */
		fprintf(out, "<li class=\"%s\">", count ? look->class : "none");
		if (count)
			fprintf(out, "<a href=\"#first-%s\">", look->class);
		fprintf(out, "<b>%zu</b> <span aria-hidden=\"true\">%s</span> %s%s</li>\n", count, look->sign,
			look->word, count ? "</a>" : "");
	}
	fputs("</ul>\n", out);
}

static void write_kinds(const struct report *report, FILE *out)
{
	size_t counts[VERDICT_END + 1] = {}, i;
	const json_t *verdict;

	report_foreach(report, i, verdict) counts[report_verdict(report_text(verdict, "uidzero.verdict"))]++;
	fputs("<ul class=\"kinds\">\n", out);
	for (i = 0; i < VERDICT_END; i++) {
		/* In the order of their badness, but for the first one, "unknown". */
		size_t kind = (i + 1) % VERDICT_END;

		if (counts[kind])
			fprintf(out, "<li><b>%zu</b> <code>%s</code> <span class=\"muted\">%s</span></li>\n",
				counts[kind], verdict_name(kind), report_verdicts[kind].title);
	}
	fputs("</ul>\n", out);
}

/* What the exit status says. */
static void write_outcome(const struct report *report, FILE *out)
{
	if (report->counts.failing)
		fprintf(out, "<p class=\"outcome\">The check fails: %zu of %zu containers%s.</p>\n",
			report->counts.failing, report->nr_verdicts,
			report->fails_on_warn ? ", where a warning counts as a failure" : "");
	else
		fputs("<p class=\"outcome\">No container makes the check fail.</p>\n", out);
}

static void write_summary(const struct report *report, FILE *out)
{
	size_t nr_verdicts = report->nr_verdicts, i;
	json_t *note;

	fprintf(out, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary: %zu container%s</h2>\n",
		nr_verdicts, nr_verdicts == 1 ? "" : "s");
	write_tiles(report->counts.evaluations, nr_verdicts, out);
	write_outcome(report, out);
	if (nr_verdicts)
		write_kinds(report, out);
	fputs("</section>\n", out);
	if (!json_array_size(report->notes))
		return;
	fputs("<section aria-labelledby=\"notes\">\n<h2 id=\"notes\">Notes</h2>\n<ul class=\"notes\">\n", out);
	json_array_foreach(report->notes, i, note)
	{
		fputs("<li>", out);
		html_foreign(out, json_is_string(note) ? json_string_value(note) : "");
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</section>\n", out);
}

static void write_row(const struct report *report, const json_t *verdict, size_t number, bool is_first, FILE *out)
{
	enum evaluation evaluation = html_evaluation(verdict);
	const char *class = html_looks[evaluation].class;
	char user[REPORT_NAME_MAX], host[REPORT_NAME_MAX];

	report_user(verdict, user);
	report_host(verdict, host);
	fprintf(out, "<tr class=\"%s\"", class);
	if (is_first)
		fprintf(out, " id=\"first-%s\"", class);
	fputs(">\n<td class=\"verdict\">", out);
	html_badge(out, evaluation);
	fputs(" ", out);
	html_code(out, report_text(verdict, "uidzero.verdict"));
	fprintf(out, "</td>\n<th scope=\"row\" class=\"container\"><a href=\"#c%zu\">", number);
	html_name(out, verdict);
	fputs("</a> <span class=\"image\">", out);
	html_image(out, verdict);
	if (report->has_many_hosts) {
		fputs("</span> <span class=\"host\">", out);
		html_foreign(out, host);
	}
	fputs("</span></th>\n<td class=\"user\">", out);
	html_code(out, user);
	fputs("</td>\n<td class=\"since\">", out);
	html_moment(out, report_text(verdict, "uidzero.since"));
	fputs("</td>\n<td class=\"reason\">", out);
	html_foreign(out, report_text(verdict, "uidzero.reason"));
	fputs("</td>\n</tr>\n", out);
}

static void write_containers(const struct report *report, FILE *out)
{
	size_t nr_verdicts = report->nr_verdicts, i;
	bool seen[EVALUATION_NONE + 1] = {};
	const json_t *verdict;

	if (!nr_verdicts)
		return;
	fputs("<section aria-labelledby=\"containers\">\n<h2 id=\"containers\">Containers</h2>\n<table "
	      "class=\"overview\">\n"
	      "<thead>\n<tr><th scope=\"col\" class=\"verdict\">Verdict</th><th scope=\"col\" "
	      "class=\"container\">Container</th>"
	      "<th scope=\"col\" class=\"user\">User: declared → observed</th><th scope=\"col\" "
	      "class=\"since\">Since "
	      "(UTC)</th>"
	      "<th scope=\"col\">Reason</th></tr>\n</thead>\n<tbody>\n",
	      out);
	report_foreach(report, i, verdict)
	{
		enum evaluation evaluation = html_evaluation(verdict);

		write_row(report, verdict, i + 1, !seen[evaluation], out);
		seen[evaluation] = true;
	}
	fputs("</tbody>\n</table>\n</section>\n<section aria-labelledby=\"details\">\n<h2 "
	      "id=\"details\">Details</h2>\n",
	      out);
	report_foreach(report, i, verdict)
	{
		char anchor[24];

		snprintf(anchor, sizeof(anchor), "c%zu", i + 1);
		html_details__write(verdict, anchor, nr_verdicts == 1, out);
	}
	fputs("</section>\n", out);
}

int report_html__write(const struct report *report, FILE *out)
{
	write_head(report, out);
	write_summary(report, out);
	write_containers(report, out);
	fputs("</main>\n<footer class=\"muted\">uidzero ", out);
	markup_text(out, report->version);
	fputs(" · times are UTC · users are uid:gid as the host sees them</footer>\n</body>\n</html>\n", out);
	return report__end(report, out);
}
