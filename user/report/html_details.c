// SPDX-License-Identifier: Apache-2.0
/* One container in the HTML page: its timeline, evidence, other controls, and what to change. */
#include <string.h>

#include "report/html.h"
#include "report/markup.h"
#include "report/report.h"

static void begin_table(const char *const *columns, FILE *out)
{
	fputs("<table>\n<thead><tr>", out);
	for (; *columns; columns++)
		fprintf(out, "<th scope=\"col\">%s</th>", *columns);
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void end_table(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}

/* The label stands beside the value where a table has no room for columns. */
static void begin_cell(const char *label, FILE *out)
{
	fprintf(out, "<td data-label=\"%s\">", label);
}

static void end_cell(FILE *out)
{
	fputs("</td>", out);
}

static void write_code_cell(const char *label, const char *text, FILE *out)
{
	begin_cell(label, out);
	html_code(out, text);
	end_cell(out);
}

static void write_foreign_cell(const char *label, const char *text, FILE *out)
{
	begin_cell(label, out);
	html_foreign(out, text);
	end_cell(out);
}

static void write_pid_cell(const json_t *process, FILE *out)
{
	const json_t *pid = report_at(process, "pid");

	begin_cell("pid", out);
	if (json_is_integer(pid))
		fprintf(out, "%lld", (long long)json_integer_value(pid));
	end_cell(out);
}

static void write_remedy(const json_t *verdict, FILE *out)
{
	const json_t *remedies = report_at(verdict, "uidzero.remedy");
	json_t *remedy;
	size_t i;

	if (!json_array_size(remedies))
		return;
	html_begin_section("What to change", out);
	fputs("<ul>\n", out);
	json_array_foreach(remedies, i, remedy)
	{
		fputs("<li>", out);
		html_foreign(out, json_is_string(remedy) ? json_string_value(remedy) : "");
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
	html_end_section(out);
}

static void write_timeline(const json_t *verdict, FILE *out)
{
	const json_t *root_for = report_at(verdict, "uidzero.root_for_ms");
	char text[DURATION_SIZE];

	html_begin_section("Who was root when", out);
	html_timeline__write(verdict, out);
	fputs("<p class=\"muted\">", out);
	if (json_integer_value(root_for) > 0 && json_integer_value(root_for) < INT64_MAX / 1000000)
		fprintf(out, "Root for %s%s, seen ",
			json_is_false(report_at(verdict, "uidzero.root_for_is_exact")) ? "about " : "",
			html_duration(json_integer_value(root_for) * 1000000, text));
	else
		fputs("Seen ", out);
	fputs(strcmp(report_text(verdict, "uidzero.history"), "whole") ? "in part: what came before is not known"
								       : "from its first program on",
	      out);
	/* clang-format off */
	static const struct {
		const char *term, *path;
	} counts[] = {
		{"root sessions", "uidzero.counts.sessions"}, {"gains", "uidzero.counts.gains"},
		{"uid 0 taken back", "uidzero.counts.regains"}, {"drops", "uidzero.counts.drops"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		json_int_t count = json_integer_value(report_at(verdict, counts[i].path));

		if (count)
			fprintf(out, "; %s: %lld", counts[i].term, (long long)count);
	}
	fputs("</p>\n", out);
	html_end_section(out);
}

static void write_root_now(const json_t *verdict, FILE *out)
{
	static const char *const columns[] = {"pid", "Program", "uid", "Holds", "Since (UTC)", NULL};
	const json_t *processes = report_at(verdict, "uidzero.root_processes");
	json_int_t nr_root_now = json_integer_value(report_at(verdict, "uidzero.root_now"));
	json_t *process;
	size_t i;

	if (!json_array_size(processes))
		return;
	html_begin_section("Who holds it now", out);
	begin_table(columns, out);
	json_array_foreach(processes, i, process)
	{
		const char *executable = report_text(process, "executable"), *cause = report_text(process, "cause");

		fputs("<tr>", out);
		write_pid_cell(process, out);
		begin_cell("program", out);
		html_code(out, *executable ? executable : report_text(process, "name"));
		if (*report_text(process, "command_line")) {
			fputs("<br>", out);
			html_code(out, report_text(process, "command_line"));
		}
		end_cell(out);
		write_foreign_cell("uid", report_text(process, "user.id"), out);
		begin_cell("holds", out);
		html_foreign(out, report_text(process, "hold"));
		fputs(", ", out);
		html_foreign(out, report_text(process, "role"));
		if (*cause) {
			fputs(" (", out);
			html_foreign(out, cause);
			fputs(")", out);
		}
		end_cell(out);
		begin_cell("since", out);
		if (json_is_false(report_at(process, "since_is_exact")))
			fputs("about ", out);
		html_moment(out, report_text(process, "since"));
		end_cell(out);
		fputs("</tr>\n", out);
	}
	end_table(out);
	if (nr_root_now > (json_int_t)json_array_size(processes))
		fprintf(out, "<p>%lld processes are root.</p>\n", (long long)nr_root_now);
	html_end_section(out);
}

static void write_evidence(const json_t *verdict, FILE *out)
{
	static const char *const columns[] = {"Time", "Finding", "pid", "Command line", "Event id", NULL};
	const json_t *events = report_at(verdict, "result.evidence.events");
	json_t *event;
	size_t i;

	if (!json_array_size(events))
		return;
	html_begin_section("Evidence", out);
	begin_table(columns, out);
	json_array_foreach(events, i, event)
	{
		fputs("<tr>", out);
		write_code_cell("time", report_text(event, "timestamp"), out);
		write_code_cell("finding", report_text(event, "finding"), out);
		write_pid_cell(event, out);
		write_code_cell("command", report_text(event, "command_line"), out);
		write_code_cell("event id", report_text(event, "id"), out);
		fputs("</tr>\n", out);
	}
	end_table(out);
	html_end_section(out);
}

static bool is_address(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#=&%+,";

	return !strncmp(text, "https://", strlen("https://")) && !text[strspn(text, allowed)];
}

static void write_controls(const json_t *verdict, FILE *out)
{
	static const char *const columns[] = {"Control", "Result", "Detail", NULL};
	const json_t *controls = report_at(verdict, "uidzero.controls");
	json_t *control;
	size_t i;

	if (!json_array_size(controls))
		return;
	html_begin_section("Other controls", out);
	begin_table(columns, out);
	json_array_foreach(controls, i, control)
	{
		const char *reference = report_text(control, "reference");
		bool is_link = is_address(reference);

		fputs("<tr>", out);
		begin_cell("control", out);
		if (is_link) {
			fputs("<a href=\"", out);
			markup_text(out, reference);
			fputs("\">", out);
		}
		html_foreign(out, report_text(control, "id"));
		fputs(is_link ? "</a> " : " ", out);
		html_foreign(out, report_text(control, "name"));
		fputs(" <span class=\"muted\">", out);
		html_foreign(out, report_text(control, "benchmark"));
		fputs("</span>", out);
		end_cell(out);
		begin_cell("result", out);
		html_badge(out, report_evaluation(report_text(control, "result")));
		end_cell(out);
		write_foreign_cell("detail", report_text(control, "detail"), out);
		fputs("</tr>\n", out);
	}
	end_table(out);
	html_end_section(out);
}

void html_details__write(const json_t *verdict, const char *anchor, bool is_open, FILE *out)
{
	enum evaluation evaluation = html_evaluation(verdict);

	fprintf(out, "<details class=\"%s\"%s>\n<summary>", html_looks[evaluation].class, is_open ? " open" : "");
	html_badge(out, evaluation);
	fputs(" <span role=\"heading\" aria-level=\"3\">", out);
	html_name(out, verdict);
	fputs("</span> <span class=\"image\">", out);
	html_image(out, verdict);
	/* A link to what is within opens the element. */
	fprintf(out, "</span></summary>\n<div class=\"body\" id=\"%s\">\n<p class=\"reason\">", anchor);
	html_code(out, report_text(verdict, "uidzero.verdict"));
	fputs(" since ", out);
	html_moment(out, report_text(verdict, "uidzero.since"));
	fputs(" UTC: ", out);
	html_foreign(out, report_text(verdict, "uidzero.reason"));
	fputs("</p>\n", out);
	html_exception__write(verdict, out);
	write_remedy(verdict, out);
	write_timeline(verdict, out);
	write_root_now(verdict, out);
	write_evidence(verdict, out);
	fputs("<div class=\"columns\">\n", out);
	html_identity__write(verdict, out);
	html_risks__write(verdict, out);
	html_container__write(verdict, out);
	fputs("</div>\n", out);
	write_controls(verdict, out);
	fputs("</div>\n</details>\n", out);
}
