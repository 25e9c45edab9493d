/* SPDX-License-Identifier: Apache-2.0 */
/* Reports on several hosts, and reports in which a warning counts as a failure. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "report/words.h"

struct verdict_line {
	const char *host, *runtime, *id, *name, *time, *verdict, *evaluation;
};

static void add(struct report *report, const struct verdict_line *line)
{
	char text[1024];
	int size = snprintf(text, sizeof(text),
			    "{\"@timestamp\":\"%s\",\"host\":{\"id\":\"id-%s\",\"name\":\"%s\"},"
			    "\"container\":{\"id\":\"%s\",\"name\":\"%s\",\"runtime\":\"%s\","
			    "\"image\":{\"name\":\"shop\",\"tag\":[\"1.4\"]}},\"rule\":{\"id\":\"CIS-Docker-4.1\"},"
			    "\"result\":{\"evaluation\":\"%s\"},\"uidzero\":{\"schema\":\"1\",\"finding\":\"verdict\","
			    "\"verdict\":\"%s\",\"result\":\"%s\",\"reason\":\"because\"}}",
			    line->time, line->host, line->host, line->id, line->name, line->runtime, line->evaluation,
			    line->verdict, line->evaluation);

	assert_in_range(size, 1, sizeof(text) - 1);
	assert_int_equal(report__add(report, (struct span){text, (size_t)size}), 0);
}

static struct report *report_on(const struct verdict_line *lines, size_t nr, bool fails_on_warn)
{
	struct report *report;

	assert_int_equal(report__new("1.2.3", &report), 0);
	report->fails_on_warn = fails_on_warn;
	for (size_t i = 0; i < nr; i++)
		add(report, &lines[i]);
	assert_int_equal(report__sort(report), 0);
	return report;
}

static int write_table(const struct report *report, FILE *out)
{
	return report_table__write(report, out, 0, 0);
}

static char *written(const struct report *report, int (*write)(const struct report *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(write(report, out), 0);
	fclose(out);
	return text;
}

#define T1 "2026-11-28T10:00:00.000000000Z"
#define T2 "2026-11-28T10:00:00.000000001Z"

/* Names of LXC and nspawn, and numbers of pid namespaces, are the same on many hosts. */
static const struct verdict_line two_hosts[] = {
	{"node-a", "lxc", "web", "web", T1, "root_init", "failed"},
	{"node-b", "lxc", "web", "web", T1, "nonroot", "passed"},
	{"node-b", "systemd-nspawn", "web", "web", T1, "root_session", "warn"},
};

static void a_container_is_a_host_a_runtime_and_an_id(void **state)
{
	static const struct {
		int (*write)(const struct report *, FILE *);
		const char *expected[4];
	} documents[] = {
		{write_table,
		 {"HOST ", "\nnode-a  web", "\nroot_init: node-a/web\n",
		  "\n3 containers: 1 passed, 1 warned, 1 failed\n"}},
		{report_junit__write,
		 {"tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0\" hostname=\"node-a\"",
		  "tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\" hostname=\"node-b\""}},
		{report_sarif__write, {"\"node-a/lxc/web\"", "\"node-b/systemd-nspawn/web\"", "\"host\":\"node-b\""}},
		{report_docker_bench__write, {"\"node-a/web: because\"", "\"node-b/web: because\""}},
		{report_html__write, {"<span class=\"host\">", "node-a", "node-b"}},
		{report_json__write, {"\"name\":\"node-a\"", "\"name\":\"node-b\""}},
	};
	struct report *report = report_on(two_hosts, 3, false);

	(void)state;
	assert_int_equal(report->nr_verdicts, 3);
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		char *text = written(report, documents[i].write);

		for (size_t j = 0; j < 4 && documents[i].expected[j]; j++)
			if (!strstr(text, documents[i].expected[j]))
				fail_msg("'%s' is not in:\n%s", documents[i].expected[j], text);
		free(text);
	}
	report__free(report);
}

static void one_host_needs_no_column(void **state)
{
	struct report *report = report_on(two_hosts + 1, 2, false);
	char *text = written(report, write_table);

	(void)state;
	assert_null(strstr(text, "HOST"));
	assert_null(strstr(text, "node-b"));
	free(text);
	report__free(report);
}

/* Rotated files are read in any order. */
static void the_newest_line_counts(void **state)
{
	static const struct verdict_line lines[][2] = {
		{{"a", "docker", "1", "web", T2, "root_init", "failed"},
		 {"a", "docker", "1", "web", T1, "nonroot", "passed"}},
		{{"a", "docker", "1", "web", T1, "nonroot", "passed"},
		 {"a", "docker", "1", "web", T2, "root_init", "failed"}},
		{{"a", "docker", "1", "web", T1, "nonroot", "passed"},
		 {"a", "docker", "1", "web", T1, "root_init", "failed"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct report *report = report_on(lines[i], 2, false);

		assert_int_equal(report->nr_verdicts, 1);
		assert_string_equal(report_text(report__line(report, 0), "uidzero.verdict"), "root_init");
		report__free(report);
	}
}

/* Parts of a key that run into each other would make one container of two. */
static void keys_keep_their_parts_apart(void **state)
{
	static const struct verdict_line lines[] = {
		{"a", "docker 1", "b", "web", T1, "nonroot", "passed"},
		{"a docker", "1", "b", "web", T1, "nonroot", "passed"},
		{"a", "docker", "1 b", "web", T1, "nonroot", "passed"},
	};
	struct report *report = report_on(lines, 3, false);

	(void)state;
	assert_int_equal(report->nr_verdicts, 3);
	report__free(report);
}

static const struct verdict_line warning[] = {{"a", "docker", "1", "web", T1, "root_session", "warn"}};

static void a_warning_that_fails_is_a_failure_in_each_document(void **state)
{
	static const struct {
		int (*write)(const struct report *, FILE *);
		const char *as_warning, *as_failure;
	} documents[] = {
		{report_junit__write, " failures=\"0\"", " failures=\"1\""},
		{report_junit__write, "<system-out>", "<failure type=\"root_session\""},
		{report_sarif__write, "\"ruleIndex\":4,\"level\":\"warning\"", "\"ruleIndex\":4,\"level\":\"error\""},
		{report_docker_bench__write, "\"result\": \"NOTE\"", "\"result\": \"WARN\""},
		{report_html__write, "No container makes the check fail.", "The check fails: 1 of 1 containers"},
		{report_ocsf__write, "\"status_id\":2,\"status\":\"Warning\",\"x\":1}",
		 "\"status_id\":3,\"status\":\"Fail\",\"x\":1}"},
		{write_table, "1 warned, 0 failed\n", "1 warned, 0 failed; a warning counts as a failure"},
	};
	static const char ocsf[] =
		"{\"class_uid\":2003,\"compliance\":{\"status_id\":2,\"status\":\"Warning\",\"x\":1}}";

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		for (int fails = 0; fails < 2; fails++) {
			struct report *report = report_on(warning, 1, fails);
			char *text;

			add(report, &warning[0]);
			assert_int_equal(report__add(report, (struct span){ocsf, sizeof(ocsf) - 1}), 0);
			assert_int_equal(report_fails(report, report__evaluation(report, 0)), fails);
			text = written(report, documents[i].write);
			if (!strstr(text, fails ? documents[i].as_failure : documents[i].as_warning))
				fail_msg("document %zu, %d: %s", i, fails, text);
			free(text);
			report__free(report);
		}
	}
}

static bool is_web(void *data, const json_t *line)
{
	++*(unsigned *)data;
	return !strcmp(report_text(line, "container.name"), "web");
}

static void only_wanted_verdicts_are_kept(void **state)
{
	static const struct verdict_line lines[] = {
		{"a", "docker", "1", "web", T1, "nonroot", "passed"},
		{"a", "docker", "2", "api", T1, "root_init", "failed"},
	};
	static const char ocsf[] = "{\"class_uid\":2003}";
	unsigned nr_asked = 0;
	struct report *report;
	char *text;

	(void)state;
	assert_int_equal(report__new("1.2.3", &report), 0);
	report->wants = is_web;
	report->wants_data = &nr_asked;
	for (size_t i = 0; i < 2; i++) {
		add(report, &lines[i]);
		/* That of a verdict which is not wanted is no damaged line. */
		assert_int_equal(report__add(report, (struct span){ocsf, sizeof(ocsf) - 1}), 0);
	}
	/* One that follows no verdict is. */
	assert_int_equal(report__add(report, (struct span){ocsf, sizeof(ocsf) - 1}), -EBADMSG);
	assert_int_equal(report__sort(report), 0);
	assert_int_equal(nr_asked, 2);
	assert_int_equal(report->nr_verdicts, 1);
	assert_int_equal(report->counts.failing, 0);
	text = written(report, report_ocsf__write);
	assert_string_equal(text, "{\"class_uid\":2003}\n");
	free(text);
	report__free(report);
}

/* Verdicts that pass have no help. A line that claims a failure of one is hostile, and must not crash the writer. */
static void a_passing_verdict_that_fails_is_written(void **state)
{
	static const struct verdict_line line = {"a", "docker", "1", "web", T1, "nonroot", "failed"};
	struct report *report = report_on(&line, 1, false);
	char *text = written(report, report_sarif__write);

	(void)state;
	assert_non_null(strstr(text, "\"ruleId\":\"nonroot\""));
	free(text);
	report__free(report);
}

static json_t *sarif_of(const struct verdict_line *line)
{
	struct report *report = report_on(line, 1, false);
	char *text = written(report, report_sarif__write);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *run = json_incref(json_array_get(report_at(json, "runs"), 0));

	assert_non_null(run);
	json_decref(json);
	free(text);
	report__free(report);
	return run;
}

static void sarif_has_what_code_scanning_requires(void **state)
{
	json_t *run = sarif_of(warning), *rule;
	const json_t *result = json_array_get(report_at(run, "results"), 0);
	const json_t *location = json_array_get(report_at(result, "locations"), 0);
	size_t i;

	(void)state;
	assert_string_equal(report_text(location, "physicalLocation.artifactLocation.uri"), "image/shop%3A1.4");
	assert_int_equal(json_integer_value(report_at(location, "physicalLocation.region.startLine")), 1);
	assert_int_equal(strlen(report_text(result, "partialFingerprints.primaryLocationLineHash")), 32);
	assert_string_equal(report_text(result, "message.text"), "because.");
	json_array_foreach(report_at(run, "tool.driver.rules"), i, rule)
		assert_true(*report_text(rule, "help.text") && *report_text(rule, "fullDescription.text"));
	json_decref(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_is_a_host_a_runtime_and_an_id),
		cmocka_unit_test(one_host_needs_no_column),
		cmocka_unit_test(the_newest_line_counts),
		cmocka_unit_test(keys_keep_their_parts_apart),
		cmocka_unit_test(a_warning_that_fails_is_a_failure_in_each_document),
		cmocka_unit_test(only_wanted_verdicts_are_kept),
		cmocka_unit_test(a_passing_verdict_that_fails_is_written),
		cmocka_unit_test(sarif_has_what_code_scanning_requires),
	};

	return cmocka_run_group_tests_name("report_fleet", tests, NULL, NULL);
}
