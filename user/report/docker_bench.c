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

/* What all containers together make of one test. */
struct bench {
	json_t *tests; /* by number: {title, failed: [name], open: [name], remedies: {text: true}} */
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

static json_t *test_of(struct bench *bench, const char *number, const char *title)
{
	json_t *test = json_object_get(bench->tests, number);

	if (test)
		return test;
	test = json_pack("{s:o, s:[], s:[], s:{}}", "title", safe_json(title), "failed", "open", "remedies");
	return json_object_set_new(bench->tests, number, test) ? NULL : test;
}

/* @evaluation: of one container; passed ones only make that the test is there. */
static int add(struct bench *bench, const char *number, const char *title, enum evaluation evaluation,
	       const json_t *line)
{
	json_t *test = test_of(bench, number, title);
	char name[REPORT_NAME_MAX];

	if (!test)
		return -ENOMEM;
	if (evaluation == EVALUATION_PASSED)
		return 0;
	report_name(line, name);
	return json_array_append_new(
		       json_object_get(test, evaluation == EVALUATION_FAILED || evaluation == EVALUATION_WARN ? "failed"
													      : "open"),
		       json_string(name))
		       ? -ENOMEM
		       : 0;
}

static int add_remedies(struct bench *bench, const char *number, const json_t *line)
{
	json_t *texts = report_at(json_object_get(bench->tests, number), "remedies");
	const json_t *remedy;
	size_t i;

	json_array_foreach(report_at(line, "uidzero.remedy"), i, remedy)
	{
		_cleanup_free_ char *text = json_is_string(remedy) ? report_safe(json_string_value(remedy)) : NULL;

		if (json_is_string(remedy) && (!text || json_object_set_new(texts, text, json_true())))
			return -ENOMEM;
	}
	return 0;
}

static int add_line(struct bench *bench, const json_t *line)
{
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));
	const char *number = number_of(report_text(line, "rule.id"));
	const json_t *control;
	size_t i;
	int err = 0;

	if (number)
		err = add(bench, number, report_text(line, "rule.name"), evaluation, line);
	if (!err && number && (evaluation == EVALUATION_FAILED || evaluation == EVALUATION_WARN))
		err = add_remedies(bench, number, line);
	json_array_foreach(report_at(line, "uidzero.controls"), i, control)
	{
		enum evaluation result = report_evaluation(report_text(control, "result"));

		number = number_of(report_text(control, "id"));
		/* One that does not concern a container says nothing. */
		if (err || !number || result >= EVALUATION_UNKNOWN)
			continue;
		err = add(bench, number, report_text(control, "name"), result, line);
	}
	return err;
}

static void put_names(FILE *stream, const char *what, const json_t *names)
{
	const json_t *name;
	size_t i;

	if (!json_array_size(names))
		return;
	fprintf(stream, "%s: ", what);
	json_array_foreach(names, i, name)
	{
		fprintf(stream, " %s", json_string_value(name));
	}
}

/* "what:  a b", as docker-bench tells of the containers that it means. */
static char *details_of(const json_t *failed, const json_t *open)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	put_names(stream, "does not pass", failed);
	if (json_array_size(failed) && json_array_size(open))
		fputs("; ", stream);
	put_names(stream, "excepted or not known", open);
	return fclose(stream) ? NULL : steal_pointer(&text);
}

static char *remedies_of(const json_t *texts)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	const char *remedy, *between = "";
	json_t *value;

	if (!stream)
		return NULL;
	json_object_foreach((json_t *)texts, remedy, value)
	{
		fprintf(stream, "%s%s", between, remedy);
		between = " ";
	}
	return fclose(stream) ? NULL : steal_pointer(&text);
}

static json_t *result_of(struct bench *bench, const char *number, const json_t *test)
{
	const json_t *failed = json_object_get(test, "failed"), *open = json_object_get(test, "open");
	const json_t *names = json_array_size(failed) ? failed : open;
	_cleanup_free_ char *remedies = remedies_of(json_object_get(test, "remedies"));
	_cleanup_free_ char *details = NULL;
	const char *word = json_array_size(failed) ? "WARN" : json_array_size(open) ? "NOTE" : "PASS";
	json_t *result;

	bench->checks++;
	bench->score += !strcmp(word, "PASS") ? 1 : !strcmp(word, "WARN") ? -1 : 0;
	result = json_pack("{s:s, s:O, s:s}", "id", number, "desc", json_object_get(test, "title"), "result", word);
	if (!result || !json_array_size(names))
		return result;
	details = details_of(failed, open);
	if (!details || !remedies || json_object_set_new(result, "details", json_string(details)) ||
	    json_object_set(result, "items", (json_t *)names) ||
	    (*remedies && json_object_set_new(result, "remediation", json_string(remedies)))) {
		json_decref(result);
		return NULL;
	}
	return result;
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
	json_t *results = json_array(), *test;
	const char *number;

	if (!numbers) {
		json_decref(results);
		return NULL;
	}
	json_object_foreach(bench->tests, number, test)
	{
		if (number[0] == section)
			numbers[nr++] = number;
	}
	qsort(numbers, nr, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i < nr; i++)
		if (json_array_append_new(results,
					  result_of(bench, numbers[i], json_object_get(bench->tests, numbers[i])))) {
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
	struct bench bench = {.tests = json_object()};
	json_t *list = json_array(), *document = NULL;
	long long now = time(NULL);
	_cleanup_free_ char *program = NULL;
	const json_t *line;
	int err = bench.tests && list && asprintf(&program, "uidzero %s", report->version) >= 0 ? 0 : -ENOMEM;
	size_t i;

	json_array_foreach(report->verdicts, i, line)
	{
		if (!err)
			err = add_line(&bench, line);
	}
	for (i = 0; !err && i < sizeof(sections) / sizeof(sections[0]); i++) {
		bool is_empty = !strcmp(sections[i].id, "4") && !json_array_size(report->verdicts);
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
