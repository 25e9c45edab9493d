// SPDX-License-Identifier: Apache-2.0
/* One container in the HTML page: its timeline, evidence, identities, risks, and what to change. */
#include <string.h>

#include "report/html.h"
#include "report/markup.h"
#include "report/report.h"

static void begin_section(const char *heading, FILE *out)
{
	fprintf(out, "<section>\n<h4>%s</h4>\n", heading);
}

static void end_section(FILE *out)
{
	fputs("</section>\n", out);
}

static void begin_fact(const char *term, FILE *out)
{
	fprintf(out, "<dt>%s</dt><dd>", term);
}

static void end_fact(FILE *out)
{
	fputs("</dd>\n", out);
}

/* Where it is known. */
static void write_code_fact(const char *term, const char *text, FILE *out)
{
	if (!*text)
		return;
	begin_fact(term, out);
	html_code(out, text);
	end_fact(out);
}

/* Where the value is of its kind: what is true, what is false, and which of them is a risk. */
static void write_bool_fact(const char *term, const json_t *value, const char *if_true, const char *if_false, bool risk,
			    FILE *out)
{
	if (!json_is_boolean(value))
		return;
	begin_fact(term, out);
	fprintf(out, json_is_true(value) == risk ? "<strong>%s</strong>" : "%s",
		json_is_true(value) ? if_true : if_false);
	end_fact(out);
}

static void write_list_fact(const char *term, const json_t *list, FILE *out)
{
	json_t *text;
	size_t i;

	if (!json_array_size(list))
		return;
	begin_fact(term, out);
	fputs("<strong>", out);
	json_array_foreach(list, i, text)
	{
		fputs(i ? ", " : "", out);
		html_foreign(out, json_is_string(text) ? json_string_value(text) : "");
	}
	fputs("</strong>", out);
	end_fact(out);
}

static void write_moment_fact(const char *term, const char *moment, FILE *out)
{
	begin_fact(term, out);
	html_moment(out, moment);
	end_fact(out);
}

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
	begin_section("What to change", out);
	fputs("<ul>\n", out);
	json_array_foreach(remedies, i, remedy)
	{
		fputs("<li>", out);
		html_foreign(out, json_is_string(remedy) ? json_string_value(remedy) : "");
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
	end_section(out);
}

static void write_exception(const json_t *verdict, FILE *out)
{
	const json_t *exception = report_at(verdict, "uidzero.exception");
	const char *result = report_text(verdict, "uidzero.result");

	if (!json_is_object(exception))
		return;
	begin_section("Excepted by the configuration", out);
	fputs("<dl>\n", out);
	if (*result) {
		begin_fact("without it", out);
		html_badge(out, report_evaluation(result));
		end_fact(out);
	}
	write_code_fact("exception", report_text(exception, "name"), out);
	begin_fact("owner", out);
	html_foreign(out, report_text(exception, "owner"));
	end_fact(out);
	begin_fact("reason", out);
	html_foreign(out, report_text(exception, "reason"));
	end_fact(out);
	begin_fact("expires", out);
	html_foreign(out, *report_text(exception, "expires") ? report_text(exception, "expires") : "never");
	end_fact(out);
	fputs("</dl>\n", out);
	end_section(out);
}

static void write_timeline(const json_t *verdict, FILE *out)
{
	const json_t *root_for = report_at(verdict, "uidzero.root_for_ms");
	char text[DURATION_SIZE];

	begin_section("Who was root when", out);
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
	end_section(out);
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
	begin_section("Who holds it now", out);
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
		begin_cell("uid", out);
		html_foreign(out, report_text(process, "user.id"));
		end_cell(out);
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
	end_section(out);
}

static void write_evidence(const json_t *verdict, FILE *out)
{
	static const char *const columns[] = {"Time", "Finding", "pid", "Command line", "Event id", NULL};
	const json_t *events = report_at(verdict, "result.evidence.events");
	json_t *event;
	size_t i;

	if (!json_array_size(events))
		return;
	begin_section("Evidence", out);
	begin_table(columns, out);
	json_array_foreach(events, i, event)
	{
		fputs("<tr>", out);
		begin_cell("time", out);
		html_code(out, report_text(event, "timestamp"));
		end_cell(out);
		begin_cell("finding", out);
		html_code(out, report_text(event, "finding"));
		end_cell(out);
		write_pid_cell(event, out);
		begin_cell("command", out);
		html_code(out, report_text(event, "command_line"));
		end_cell(out);
		begin_cell("event id", out);
		html_code(out, report_text(event, "id"));
		end_cell(out);
		fputs("</tr>\n", out);
	}
	end_table(out);
	end_section(out);
}

/* What a class of declared users amounts to, as docs/events.md has it. */
static const char *class_words(const char *class)
{
	/* clang-format off */
	static const struct {
		const char *class, *words;
	} table[] = {
		{"numeric", "a number"}, {"name", "a name: whom it means is not known before it runs"}, {"root", "root"},
		{"name_is_root", "another name of root"}, {"overflow", "a number that is no uid"},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].class, class))
			return table[i].words;
	}
	return "not known";
}

static void write_identity(const json_t *verdict, FILE *out)
{
	const json_t *identity = report_at(verdict, "uidzero.identity");
	const char *requested = report_text(identity, "requested"), *declared = report_text(identity, "declared");
	const char *observed = report_text(identity, "observed");

	begin_section("Identity", out);
	fputs("<dl>\n", out);
	begin_fact("the image declares", out);
	if (*declared) {
		html_code(out, declared);
		fputs(", ", out);
	}
	fprintf(out, *declared || strcmp(report_text(identity, "class"), "root") ? "%s" : "nobody, so %s",
		class_words(report_text(identity, "class")));
	end_fact(out);
	if (*requested) {
		begin_fact("asked for instead", out);
		html_code(out, requested);
		fprintf(out, ", %s", class_words(report_text(identity, "requested_class")));
		end_fact(out);
	}
	write_code_fact("the container's passwd", report_text(identity, "passwd"), out);
	write_code_fact("the runtime resolved", report_text(identity, "resolved"), out);
	begin_fact("the kernel saw", out);
	html_code(out, *observed ? observed : "?");
	end_fact(out);
	write_bool_fact("group", report_at(identity, "gid_zero"), "root's", "not root's", true, out);
	fputs("</dl>\n", out);
	end_section(out);
}

static void write_mount(const json_t *mount, FILE *out)
{
	const char *mode = report_text(mount, "mode");

	fputs("<li>", out);
	html_code(out, report_text(mount, "source"));
	fputs(" at ", out);
	html_code(out, report_text(mount, "destination"));
	fputs(json_is_true(report_at(mount, "writable")) ? ", <strong>writable</strong>" : ", read-only", out);
	if (*mode) {
		fputs(", of ", out);
		html_foreign(out, report_text(mount, "uid"));
		fputs(":", out);
		html_foreign(out, report_text(mount, "gid"));
		fputs(" ", out);
		html_foreign(out, mode);
	}
	fputs(json_is_true(report_at(mount, "needs_root")) ? ", <strong>root alone can read it</strong></li>\n"
							   : "</li>\n",
	      out);
}

static void write_risks(const json_t *verdict, FILE *out)
{
	const json_t *risk = report_at(verdict, "uidzero.risk"), *mounts = report_at(risk, "mounts");
	const json_t *privileged = report_at(verdict, "container.security_context.privileged");
	json_int_t nr_omitted = json_integer_value(report_at(risk, "mounts_omitted"));
	json_t *mount;
	size_t i;

	if (!json_object_size(risk) && !json_is_boolean(privileged))
		return;
	begin_section("What root would reach", out);
	fputs("<dl>\n", out);
	write_bool_fact("privileged", privileged, "yes", "no", true, out);
	write_bool_fact("new privileges", report_at(risk, "no_new_privs"), "cannot be gained", "can be gained", false,
			out);
	write_bool_fact("system calls", report_at(risk, "seccomp"), "filtered by seccomp", "not filtered", false, out);
	write_bool_fact("root file system", report_at(risk, "read_only_root"), "read-only", "writable", false, out);
	write_bool_fact("user namespace", report_at(risk, "user_namespace"), "its own", "the host's", false, out);
	write_list_fact("added capabilities", report_at(risk, "added_capabilities"), out);
	write_list_fact("shared with the host", report_at(risk, "host_namespaces"), out);
	fputs("</dl>\n", out);
	if (json_array_size(mounts)) {
		fputs("<p>Files and directories of the host:</p>\n<ul>\n", out);
		json_array_foreach(mounts, i, mount) write_mount(mount, out);
		if (nr_omitted > 0)
			fprintf(out, "<li>%lld more</li>\n", (long long)nr_omitted);
		fputs("</ul>\n", out);
	}
	end_section(out);
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
	begin_section("Other controls", out);
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
		begin_cell("detail", out);
		html_foreign(out, report_text(control, "detail"));
		end_cell(out);
		fputs("</tr>\n", out);
	}
	end_table(out);
	end_section(out);
}

static void write_container(const json_t *verdict, FILE *out)
{
	const char *pod = report_text(verdict, "orchestrator.resource.name");

	begin_section("Container", out);
	fputs("<dl>\n", out);
	write_code_fact("id", report_text(verdict, "container.id"), out);
	write_code_fact("runtime", report_text(verdict, "container.runtime"), out);
	write_code_fact("image digest",
			json_string_value(json_array_get(report_at(verdict, "container.image.hash.all"), 0)) ?: "",
			out);
	if (*pod) {
		begin_fact("pod", out);
		html_code(out, report_text(verdict, "orchestrator.namespace"));
		fputs(" / ", out);
		html_code(out, pod);
		end_fact(out);
	}
	write_code_fact("host", report_text(verdict, "host.name"), out);
	if (*report_text(verdict, "uidzero.started"))
		write_moment_fact("started", report_text(verdict, "uidzero.started"), out);
	write_moment_fact(json_is_true(report_at(verdict, "uidzero.ended")) ? "ended" : "judged",
			  report_text(verdict, "@timestamp"), out);
	fputs("</dl>\n", out);
	end_section(out);
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
	write_exception(verdict, out);
	write_remedy(verdict, out);
	write_timeline(verdict, out);
	write_root_now(verdict, out);
	write_evidence(verdict, out);
	fputs("<div class=\"columns\">\n", out);
	write_identity(verdict, out);
	write_risks(verdict, out);
	write_container(verdict, out);
	fputs("</div>\n", out);
	write_controls(verdict, out);
	fputs("</div>\n</details>\n", out);
}
