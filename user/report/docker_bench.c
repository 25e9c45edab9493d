// SPDX-License-Identifier: Apache-2.0
/* A report in the shape of docker-bench-security's JSON, for tools that read that: sections, tests, and what does not
 * pass. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "report/safe_json.h"
#include "report/report.h"
#include "report/words.h"

#define PREFIX "CIS-Docker-"

static const struct {
	const char *id, *title;
} sections[] = {
	{"2", "Docker daemon configuration"},
	{"4", "Container Images and Build File"},
	{"5", "Container Runtime"},
};

/* The results of each test, by its number: one for each container that the test concerns. */
struct bench {
	const struct report *report;
	json_t *tests;
	long checks, score;
};

/* "4.1" of "CIS-Docker-4.1"; NULL for other benchmarks, and for what docker-bench has no section for. */
static const char *number_of(const char *id)
{
	const char *number = id + strlen(PREFIX);

	if (strncmp(id, PREFIX, strlen(PREFIX)) || number[strspn(number, "0123456789.")])
		return NULL;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (number[0] == sections[i].id[0] && number[1] == '.' && number[2])
			return number;
	return NULL;
}

struct test {
	const char *number, *title;
	const char *result; /* "PASS", "WARN" or "NOTE" */
	const char *details;
	const json_t *remedies; /* NULL: none */
};

/* "web: Add ... to the image." */
static char *remediation_of(const char *name, const json_t *remedies)
{
	_cleanup_free_ char *text = NULL;
	const json_t *remedy;
	size_t size = 0, i;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	fprintf(stream, "%s:", name);
	json_array_foreach(remedies, i, remedy)
	{
		_cleanup_free_ char *safe = json_is_string(remedy) ? report_safe(json_string_value(remedy)) : NULL;

		if (!safe)
			continue;
		fputc(' ', stream);
		report_put_sentence(stream, safe);
	}
	return fclose(stream) ? NULL : steal_pointer(&text);
}

static json_t *result_of(const struct bench *bench, const struct test *test, const json_t *line)
{
	_cleanup_free_ char *details = report_safe(test->details), *full = NULL, *remediation = NULL;
	char name[REPORT_NAME_MAX];
	json_t *result;

	report_unique_name(bench->report, line, name);
	result = json_pack("{s:s, s:o, s:s, s:[s]}", "id", test->number, "desc", safe_json(test->title), "result",
			   test->result, "items", name);
	if (!result || !details || asprintf(&full, "%s: %s", name, details) < 0 ||
	    json_object_set_new(result, "details", json_string(full))) {
		json_decref(result);
		return NULL;
	}
	if (!json_array_size(test->remedies))
		return result;
	remediation = remediation_of(name, test->remedies);
	if (remediation && !json_object_set_new(result, "remediation", json_string(remediation)))
		return result;
	json_decref(result);
	return NULL;
}

static int add(struct bench *bench, const struct test *test, const json_t *line)
{
	json_t *results = json_object_get(bench->tests, test->number);

	bench->checks++;
	bench->score += !strcmp(test->result, "PASS") ? 1 : !strcmp(test->result, "WARN") ? -1 : 0;
	if (!results) {
		results = json_array();
		if (json_object_set_new(bench->tests, test->number, results))
			return -ENOMEM;
	}
	return json_array_append_new(results, result_of(bench, test, line)) ? -ENOMEM : 0;
}

static int add_verdict(struct bench *bench, const json_t *line)
{
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));
	bool has_passed = evaluation == EVALUATION_PASSED, is_excepted = evaluation == EVALUATION_EXCEPTED;
	_cleanup_free_ char *exception = is_excepted ? report_exception(line) : NULL;
	const struct test test = {
		.number = number_of(report_text(line, "rule.id")),
		.title = report_text(line, "rule.name"),
		.result = has_passed                                ? "PASS"
			  : report_fails(bench->report, evaluation) ? "WARN"
								    : "NOTE",
		.details = is_excepted ? exception : report_text(line, "uidzero.reason"),
		.remedies = has_passed || is_excepted ? NULL : report_at(line, "uidzero.remedy"),
	};

	if (is_excepted && !exception)
		return -ENOMEM;
	return test.number ? add(bench, &test, line) : 0;
}

/* Other controls do not decide whether the check fails. */
static int add_control(struct bench *bench, const json_t *line, const json_t *control)
{
	enum evaluation result = report_evaluation(report_text(control, "result"));
	const struct test test = {
		.number = number_of(report_text(control, "id")),
		.title = report_text(control, "name"),
		.result = result == EVALUATION_PASSED ? "PASS" : "WARN",
		.details = report_text(control, "detail"),
	};

	/* One that does not concern a container has no result. */
	return test.number && result < EVALUATION_UNKNOWN ? add(bench, &test, line) : 0;
}

static int add_line(struct bench *bench, const json_t *line)
{
	int err = add_verdict(bench, line);
	const json_t *control;
	size_t i;

	json_array_foreach(report_at(line, "uidzero.controls"), i, control)
	{
		if (!err)
			err = add_control(bench, line, control);
	}
	return err;
}

static int compare_numbers(const void *a, const void *b)
{
	const char *left = strchr(*(const char *const *)a, '.'), *right = strchr(*(const char *const *)b, '.');
	long difference = strtol(left + 1, NULL, 10) - strtol(right + 1, NULL, 10);

	return difference ? (difference > 0) - (difference < 0) : strcmp(left, right);
}

/* The results of a section, by number. */
static json_t *results_of(struct bench *bench, char section)
{
	size_t nr = 0, room = json_object_size(bench->tests) + 1;
	_cleanup_free_ const char **numbers = calloc(room, sizeof(*numbers));
	json_t *results = json_array(), *of_test;
	const char *number;

	if (!numbers) {
		json_decref(results);
		return NULL;
	}
	json_object_foreach(bench->tests, number, of_test)
	{
		if (number[0] == section)
			numbers[nr++] = number;
	}
	qsort(numbers, nr, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i < nr; i++)
		if (json_array_extend(results, json_object_get(bench->tests, numbers[i]))) {
			json_decref(results);
			return NULL;
		}
	return results;
}

static json_t *none_running(struct bench *bench)
{
	bench->checks++;
	return json_pack("[{s:s, s:s, s:s, s:s}]", "id", "4.1", "desc",
			 "Ensure that a user for the container has been created", "result", "INFO", "details",
			 "No containers running");
}

int report_docker_bench__write(const struct report *report, FILE *out)
{
	struct bench bench = {.report = report, .tests = json_object()};
	json_t *list = json_array(), *document = NULL;
	long long now = time(NULL);
	_cleanup_free_ char *program = NULL;
	const json_t *line;
	int err = bench.tests && list && asprintf(&program, "uidzero %s", report->version) >= 0 ? 0 : -ENOMEM;
	size_t i;

	report_foreach(report, i, line)
	{
		if (!err)
			err = add_line(&bench, line);
	}
	for (i = 0; !err && i < sizeof(sections) / sizeof(sections[0]); i++) {
		bool is_empty = !strcmp(sections[i].id, "4") && !report->nr_verdicts;
		json_t *results = is_empty ? none_running(&bench) : results_of(&bench, sections[i].id[0]);

		if (results && !json_array_size(results))
			json_decref(results);
		else if (!results ||
			 json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "id", sections[i].id, "desc",
							       sections[i].title, "results", results)))
			err = -ENOMEM;
	}
	if (!err) {
		document = json_pack("{s:s, s:I, s:O, s:I, s:I, s:I}", "dockerbenchsecurity", program, "start", now,
				     "tests", list, "checks", (json_int_t)bench.checks, "score",
				     (json_int_t)bench.score, "end", now);
		err = document ? safe_json_write(document, out) : -ENOMEM;
	}
	json_decref(document);
	json_decref(bench.tests);
	json_decref(list);
	return err;
}
