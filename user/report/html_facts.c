// SPDX-License-Identifier: Apache-2.0
/* What the HTML page says of a container in pairs of a term and its value: exception, identity, risks, origin. */
#include <string.h>

#include "report/html.h"
#include "report/markup.h"
#include "report/report.h"

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

void html_exception__write(const json_t *verdict, FILE *out)
{
	const json_t *exception = report_at(verdict, "uidzero.exception");
	const char *result = report_text(verdict, "uidzero.result");

	if (!json_is_object(exception))
		return;
	html_begin_section("Excepted by the configuration", out);
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
	html_end_section(out);
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

void html_identity__write(const json_t *verdict, FILE *out)
{
	const json_t *identity = report_at(verdict, "uidzero.identity");
	const char *requested = report_text(identity, "requested"), *declared = report_text(identity, "declared");
	const char *observed = report_text(identity, "observed");

	html_begin_section("Identity", out);
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
	html_end_section(out);
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

void html_risks__write(const json_t *verdict, FILE *out)
{
	const json_t *risk = report_at(verdict, "uidzero.risk"), *mounts = report_at(risk, "mounts");
	const json_t *privileged = report_at(verdict, "container.security_context.privileged");
	json_int_t nr_omitted = json_integer_value(report_at(risk, "mounts_omitted"));
	json_t *mount;
	size_t i;

	if (!json_object_size(risk) && !json_is_boolean(privileged))
		return;
	html_begin_section("What root would reach", out);
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
	html_end_section(out);
}

void html_container__write(const json_t *verdict, FILE *out)
{
	const char *pod = report_text(verdict, "orchestrator.resource.name");

	html_begin_section("Container", out);
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
	html_end_section(out);
}
