/* SPDX-License-Identifier: Apache-2.0 */
/* Verdict lines become documents that say the same, whatever the names and command lines in them are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "base/safe_text.h"
#include "report/layout.h"
#include "report/markup.h"
#include "report/report.h"
#include "report/words.h"
#include "sample.h"

#define LONG_NAME                                                                                                      \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
	"nnnnnnnnnnnn"
#define KIB LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME LONG_NAME

static const char *const hostile[] = {
	"<script>alert(1)</script>",
	"\"'><b a='",
	"]]>",
	"&lt;&#0;",
	"\x01\x1b[31m\x7f\r\n\t",
	"\xc2\x9b"
	"31m",
	"\xe2\x80\xae"
	"gnp.exe",
	"\xef\xbf\xbe\xef\xbf\xbf",
	"[here](https://evil.example/) {0} {{ }",
	"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xf0\x9f\x98\x80",
	KIB,
	"%s%n",
};

/* What varies in a line of the tests. */
struct sample_line {
	const char *id, *name, *verdict, *evaluation, *result;
};

static json_t *line_of(const struct sample_line *sample, const char *text)
{
	json_t *line = json_pack(
		"{s:{s:s,s:s,s:s}, s:{s:s,s:s,s:{s:s,s:[s]}}, s:{s:s,s:{s:[{s:s,s:s,s:i,s:s}]}}, s:{s:s,s:s}}", "rule",
		"id", "CIS-Docker-4.1", "name", "a user", "reference", "https://example.org/4.1", "container", "id",
		sample->id, "name", sample->name, "image", "name", text, "tag", text, "result", "evaluation",
		sample->evaluation, "evidence", "events", "finding", "exec_root", "timestamp",
		"2024-11-22T00:59:58.500000000Z", "pid", 4711, "command_line", text, "host", "id", "42", "name", text);
	json_t *uidzero =
		json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:[s],s:[{s:s,s:s,s:s,s:s}],s:{s:s,s:s,s:s,s:s},s:{s:s}}", "schema",
			  "1", "finding", "verdict", "verdict", sample->verdict, "reason", text, "result",
			  sample->result, "since", "2024-11-22T01:00:00.000000000Z", "remedy", text, "controls", "id",
			  "CIS-Docker-5.5", "name", text, "result", "failed", "detail", text, "exception", "name", text,
			  "owner", text, "reason", text, "expires", text, "identity", "declared", text);

	assert_non_null(line);
	assert_non_null(uidzero);
	assert_int_equal(json_object_set_new(line, "uidzero", uidzero), 0);
	return line;
}

static int add(struct report *report, const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	int err = report__add(report, (struct span){text, strlen(text)});

	free(text);
	return err;
}

static void add_sample(struct report *report, const struct sample_line *sample, const char *text)
{
	json_t *line = line_of(sample, text);

	assert_int_equal(add(report, line), 0);
	json_decref(line);
}

static void add_at(struct report *report, const struct sample_line *sample, const char *time)
{
	json_t *line = line_of(sample, "x");

	assert_int_equal(json_object_set_new(line, "@timestamp", json_string(time)), 0);
	assert_int_equal(add(report, line), 0);
	json_decref(line);
}

static struct report *new_report(void)
{
	struct report *report = NULL;

	assert_int_equal(report__new("1.2.3", &report), 0);
	return report;
}

static const struct sample_line failed = {"f1", "web", "root_init", "failed", "failed"};
static const struct sample_line excepted = {"e1", "old", "root_init", "excepted", "failed"};
static const struct sample_line warned = {"w1", "shell", "root_session", "warn", "warn"};
static const struct sample_line unknown = {"u1", "paused", "unknown", "unknown", "unknown"};
static const struct sample_line passed = {"p1", "api", "nonroot", "passed", "passed"};

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
	assert_int_equal(size, strlen(text));
	return text;
}

static json_t *document(const struct report *report, int (*write)(const struct report *, FILE *))
{
	char *text = written(report, write);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	free(text);
	return json;
}

static void markup_holds_any_text(void **state)
{
	static const struct {
		const char *text, *escaped;
	} cases[] = {
		{"plain \xc3\xbc", "plain \xc3\xbc"},
		{"<a b=\"c\" d='e'>&", "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;"},
		{"]]>", "]]&gt;"},
		{"a\tb\nc\rd", "a&#9;b&#10;c&#13;d"},
		{"\x01\x1b\x7f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc2\x9b", "\xef\xbf\xbd"},
		{"\xe2\x80\xae", "\xef\xbf\xbd"},
		{"\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90\xf0\x9f\xbf\xbe",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xff\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		markup_text(out, cases[i].text);
		fclose(out);
		assert_string_equal(text, cases[i].escaped);
		free(text);
	}
}

#define ID      "\"container\":{\"id\":\"a\"}"
#define RESULT  "\"result\":{\"evaluation\":\"passed\"}"
#define UIDZERO "\"schema\":\"1\",\"finding\":\"verdict\""

static void what_is_no_line_is_refused(void **state)
{
	static const struct {
		const char *line;
		int result;
		size_t verdicts, notes;
	} cases[] = {
		{"{" ID "," RESULT ",\"uidzero\":{" UIDZERO ",\"verdict\":\"nonroot\",\"result\":\"passed\"}}\n", 0, 1,
		 0},
		{"{\"uidzero\":{\"schema\":\"1\",\"finding\":\"exec_root\"}}", 0, 0, 0},
		{"{\"uidzero\":{\"schema\":\"1\",\"answer\":\"end\",\"notes\":[\"a\",\"b\"]}}", 1, 0, 2},
		{"{\"uidzero\":{\"schema\":\"1\",\"answer\":\"end\"}}", 1, 0, 0},
		{"{\"uidzero\":{\"schema\":\"1\",\"answer\":\"end\",\"notes\":[\"a\",1]}}", -EBADMSG, 0, 0},
		{"{\"uidzero\":{\"schema\":\"1\",\"answer\":\"end\",\"notes\":\"a\"}}", -EBADMSG, 0, 0},
		{"", -EBADMSG, 0, 0},
		{"[]", -EBADMSG, 0, 0},
		{"{}", -EBADMSG, 0, 0},
		{"{\"uidzero\":{\"schema\":\"1\"", -EBADMSG, 0, 0},
		{"{\"uidzero\":{\"schema\":\"2\",\"finding\":\"exec_root\"}}", -EBADMSG, 0, 0},
		{"{\"uidzero\":{\"schema\":\"1\",\"schema\":\"1\",\"finding\":\"exec_root\"}}", -EBADMSG, 0, 0},
		{"{" RESULT ",\"uidzero\":{" UIDZERO ",\"verdict\":\"nonroot\",\"result\":\"passed\"}}", -EBADMSG, 0,
		 0},
		{"{" ID ",\"uidzero\":{" UIDZERO ",\"verdict\":\"nonroot\",\"result\":\"passed\"}}", -EBADMSG, 0, 0},
		{"{" ID "," RESULT ",\"uidzero\":{" UIDZERO ",\"verdict\":\"fine\",\"result\":\"passed\"}}", -EBADMSG,
		 0, 0},
		{"{" ID "," RESULT ",\"uidzero\":{" UIDZERO ",\"verdict\":\"nonroot\",\"result\":\"excepted\"}}",
		 -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report *report = new_report();
		struct span line = {cases[i].line, strlen(cases[i].line)};

		assert_int_equal(report__add(report, line), cases[i].result);
		assert_int_equal(report__sort(report), 0);
		assert_int_equal(report->nr_verdicts, cases[i].verdicts);
		assert_int_equal(json_array_size(report->notes), cases[i].notes);
		report__free(report);
	}
	report__free(NULL);
}

static int add_exception(struct report *report, const char *id, const char *name, const char *match)
{
	json_t *line = json_pack("{s:{s:s,s:s,s:{s:s,s:s,s:s,s:s}},s:{s:s}}", "uidzero", "schema", "1", "answer",
				 "exception", "exception", "name", name, "expires", "2027-01-31", "match", match,
				 "mismatch", "image", "container", "id", id);
	int err = add(report, line);

	json_decref(line);
	return err;
}

static int write_explanations(const struct report *report, FILE *out)
{
	const json_t *line;
	size_t i;

	report_foreach(report, i, line) assert_int_equal(report_explain__write(report, line, out, 0), 0);
	return 0;
}

static void an_explanation_tells_what_each_exception_is(void **state)
{
	struct report *report = new_report();
	char *text;

	(void)state;
	add_sample(report, &failed, "x");
	add_sample(report, &warned, "x");
	assert_int_equal(add_exception(report, "f1", "a", "mismatch"), 0);
	assert_int_equal(add_exception(report, "f1", "\x1b", "expired"), 0);
	assert_int_equal(add_exception(report, "f1", "c", "holds"), 0);
	assert_int_equal(add_exception(report, "f1", "", "holds"), -EBADMSG);
	assert_int_equal(add_exception(report, "other", "a", "holds"), -EBADMSG);
	assert_int_equal(report__sort(report), 0);
	text = written(report, write_explanations);
	assert_non_null(strstr(text, "  excepted  no exception holds for it\n"
				     "  exception \"a\" does not apply: its image does not match\n"
				     "  exception \"\\x1b\" no longer applies: its last day was 2027-01-31\n"
				     "  exception \"c\" applies until 2027-01-31\n"));
	/* The other container's are not known. */
	assert_non_null(strstr(text, "  excepted  no exception holds for it\n\nWhom it runs as\n"));
	free(text);
	report__free(report);
}

static void exceptions_of_a_container_are_bounded(void **state)
{
	struct report *report = new_report();

	(void)state;
	add_sample(report, &failed, "x");
	for (int i = 0; i < 1024; i++)
		assert_int_equal(add_exception(report, "f1", "a", "holds"), 0);
	assert_int_equal(add_exception(report, "f1", "a", "holds"), -EBADMSG);
	report__free(report);
}

static void a_line_has_64_kib_and_no_more(void **state)
{
	struct report *report = new_report();
	size_t size = 64 << 10;
	char *line = malloc(size);
	const char *begin = "{\"uidzero\":{\"schema\":\"1\",\"finding\":\"exec\"}}";

	(void)state;
	memset(line, ' ', size);
	memcpy(line, begin, strlen(begin));
	assert_int_equal(report__add(report, (struct span){line, size - 1}), 0);
	assert_int_equal(report__add(report, (struct span){line, size}), -EBADMSG);
	line[size - 1] = '\n';
	assert_int_equal(report__add(report, (struct span){line, size}), 0);
	free(line);
	report__free(report);
}

static void containers_are_bounded(void **state)
{
	struct report *report = new_report();
	char line[256];

	(void)state;
	for (int i = 0; i <= REPORT_CONTAINERS_MAX; i++) {
		int size = snprintf(line, sizeof(line),
				    "{\"container\":{\"id\":\"%d\"}," RESULT ",\"uidzero\":{" UIDZERO
				    ",\"verdict\":\"nonroot\",\"result\":\"passed\"}}",
				    i);

		assert_int_equal(report__add(report, (struct span){line, (size_t)size}),
				 i == REPORT_CONTAINERS_MAX ? -E2BIG : 0);
	}
	report__free(report);
}

static void the_worst_come_first_and_the_last_line_counts(void **state)
{
	static const struct sample_line child = {"c1", "cron", "root_child", "failed", "failed"};
	static const struct sample_line other = {"f2", "a-web", "root_init", "failed", "failed"};
	static const struct sample_line before = {"p1", "api", "root_init", "failed", "failed"};
	static const struct sample_line *const added[] = {&before,   &passed, &unknown, &warned,
							  &excepted, &child,  &failed,  &other};
	static const char *const ids[] = {"f2", "f1", "c1", "w1", "u1", "e1", "p1"};
	struct report *report = new_report();

	(void)state;
	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
		add_at(report, added[i], i ? "2000-01-01T00:00:01.000000000Z" : "2000-01-01T00:00:00.000000000Z");
	/* Also after it was done before. */
	for (int round = 0; round < 2; round++) {
		assert_int_equal(report__sort(report), 0);
		assert_int_equal(report->nr_verdicts, sizeof(ids) / sizeof(ids[0]));
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
			assert_string_equal(report_text(report__line(report, i), "container.id"), ids[i]);
	}
	report__free(report);
}

/* A container that was started again under its id, while processes of its former run live on. */
static void of_two_verdicts_of_one_moment_the_worse_counts(void **state)
{
	static const struct sample_line former = {"p1", "api", "root_child", "failed", "failed"};
	static const char time[] = "2000-01-01T00:00:00.000000000Z";

	(void)state;
	for (int order = 0; order < 2; order++) {
		struct report *report = new_report();

		add_at(report, order ? &former : &passed, time);
		add_at(report, order ? &passed : &former, time);
		assert_int_equal(report__sort(report), 0);
		assert_int_equal(report->nr_verdicts, 1);
		assert_string_equal(report_text(report__line(report, 0), "uidzero.verdict"), "root_child");
		report__free(report);
	}
}

static void a_path_finds_what_it_names(void **state)
{
	json_t *line = json_pack("{s:{s:s,s:{s:i}},s:s}", "a", "b", "text", "c", "d", 7, "a.b", "dotted");

	(void)state;
	assert_string_equal(report_text(line, "a.b"), "text");
	assert_int_equal(json_integer_value(report_at(line, "a.c.d")), 7);
	assert_null(report_at(line, "a.b.c"));
	assert_null(report_at(line, "a.x"));
	assert_null(report_at(NULL, "a"));
	assert_string_equal(report_text(line, "a.c"), "");
	assert_string_equal(report_text(line, "a.c.d"), "");
	json_decref(line);
}

static void ages_are_told_in_one_unit(void **state)
{
	static const struct {
		const char *since, *age;
	} cases[] = {
		{"2024-11-22T00:59:59.999999999Z", "1 s"},
		{"2024-11-22T01:00:05Z", "0 s"},
		{"2024-11-22T00:59:01.5Z", "59 s"},
		{"2024-11-22T00:59:00Z", "1 min"},
		{"2024-11-22T00:00:01Z", "59 min"},
		{"2024-11-22T00:00:00Z", "1 h"},
		{"2024-11-20T01:00:01Z", "47 h"},
		{"2024-11-20T01:00:00Z", "2 d"},
		{"2024-11-22 01:00:00Z", "?"},
		{"2024-11-22T01:00:00", "?"},
		{"", "?"},
	};
	time_t now = report_time("2024-11-22T01:00:00.000000000Z");

	(void)state;
	assert_int_equal(now, 1732237200);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char age[32];

		report_age(cases[i].since, now, age, sizeof(age));
		assert_string_equal(age, cases[i].age);
	}
}

#define LONG_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void images_are_shown_as_what_is_known_of_them(void **state)
{
	static const struct {
		const char *line, *image;
	} cases[] = {
		{"{\"container\":{\"image\":{\"name\":\"team/app\",\"tag\":[\"1\"]}}}", "team/app:1"},
		{"{\"container\":{\"image\":{\"name\":\"team/"
		 "app\",\"tag\":[\"1\",\"2\"],\"hash\":{\"all\":[\"sha256:" LONG_ID
		 "\"]}}},\"uidzero\":{\"container\":{\"image_references\":[\"team/app:1\",\"team/app:2\"]}}}",
		 "0123456789ab (team/app:1, team/app:2)"},
		{"{\"container\":{}}", "?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *line = json_loads(cases[i].line, 0, NULL);
		char image[REPORT_NAME_MAX];

		report_image(line, image);
		assert_string_equal(image, cases[i].image);
		json_decref(line);
	}
}

static void people_know_a_container_by_its_name(void **state)
{
	static const struct {
		const char *line, *name;
	} cases[] = {
		{"{\"container\":{\"id\":\"pidns-4026532250\"}}", "pidns-4026532250"},
		{"{\"container\":{\"id\":\"20260101000001\"}}", "20260101000001"},
		{"{\"container\":{\"id\":\"" LONG_ID "\"}}", "0123456789ab"},
		{"{\"container\":{\"id\":\"" LONG_ID "\",\"name\":\"web\"}}", "web"},
		{"{\"container\":{\"id\":\"" LONG_ID "\",\"name\":\"k8s_app_shop\"},\"orchestrator\":"
		 "{\"namespace\":\"prod\",\"resource\":{\"name\":\"shop\"}},\"uidzero\":{\"kubernetes\":"
		 "{\"container_name\":\"app\"}}}",
		 "prod/shop/app"},
		{"{\"container\":{\"id\":\"" LONG_ID "\"},\"orchestrator\":{\"resource\":{\"name\":\"shop\"}}}",
		 "shop/0123456789ab"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *line = json_loads(cases[i].line, 0, NULL);
		char name[REPORT_NAME_MAX];

		report_name(line, name);
		assert_string_equal(name, cases[i].name);
		json_decref(line);
	}
}

/* Nothing but lines of printable text. */
static void assert_harmless(const char *text)
{
	size_t size = strlen(text);

	for (size_t at = 0; at < size;) {
		uint32_t code;
		size_t taken = utf8_decode(text + at, size - at, &code);

		assert_true(code == '\n' || code == '\t' ||
			    (code >= 0x20 && !(code >= 0x7f && code < 0xa0) && code != 0x202e));
		at += taken;
	}
}

static void hostile_texts_stay_text(void **state)
{
	static int (*const writers[])(const struct report *, FILE *) = {
		write_table, report_junit__write, report_sarif__write, report_docker_bench__write};
	static const struct sample_line *const kinds[] = {&failed, &excepted, &warned, &unknown, &passed};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct report *report = new_report();

		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++) {
			struct sample_line sample = *kinds[j];

			sample.name = hostile[i];
			add_sample(report, &sample, hostile[i]);
		}
		assert_int_equal(report__sort(report), 0);
		json_array_append_new(report->notes, json_string(hostile[i]));
		for (size_t j = 0; j < sizeof(writers) / sizeof(writers[0]); j++) {
			char *text = written(report, writers[j]);

			assert_harmless(text);
			if (writers[j] == report_junit__write) {
				assert_null(strstr(text, "<script"));
				assert_null(strstr(text, "]]>"));
				assert_null(strstr(text, "\xef\xbf\xbe"));
			}
			free(text);
		}
		json_decref(document(report, report_sarif__write));
		json_decref(document(report, report_docker_bench__write));
		report__free(report);
	}
}

/* Each line of a text is at most so wide. */
static void assert_width(const char *text, int columns)
{
	while (*text) {
		size_t size = strcspn(text, "\n");
		char *line = strndup(text, size);

		assert_true(terminal_width(line) <= (size_t)columns);
		free(line);
		text += size + (text[size] == '\n');
	}
}

static void a_table_is_as_wide_as_its_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct report *report = new_report();
		struct sample_line sample = failed;

		sample.name = hostile[i];
		add_sample(report, &sample, hostile[i]);
		assert_int_equal(report__sort(report), 0);
		/* The closing line has a width of its own. */
		for (int columns = 60; columns < 160; columns += 7) {
			char *text = NULL;
			size_t size;
			FILE *out = open_memstream(&text, &size);

			assert_int_equal(report_table__write(report, out, columns, 0), 0);
			fclose(out);
			assert_width(text, columns);
			assert_non_null(strstr(text, "  FAIL root_init"));
			assert_non_null(strstr(text, "1 container: 0 passed, 0 warned, 1 failed\n"));
			free(text);
		}
		report__free(report);
	}
}

static void a_paragraph_breaks_between_words_and_loses_nothing(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"", "  label     \n"},
		{"short", "  label     short\n"},
		{"one two three four five six", "  label     one two three four\n            five six\n"},
		{"one two three four fiv six", "  label     one two three four fiv\n            six\n"},
		{"0123456789abcdefghijklmnopq", "  label     0123456789abcdefghijkl\n            mnopq\n"},
		{"a\nb", "  label     a\\nb\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		/* So that 22 are left. */
		assert_int_equal(layout_paragraph(out, "label", cases[i].text, 34), 0);
		fclose(out);
		assert_string_equal(text, cases[i].shown);
		free(text);
	}
}

static void color_is_only_where_it_is_wanted(void **state)
{
	struct report *report = new_report();

	(void)state;
	add_sample(report, &failed, "x");
	assert_int_equal(report__sort(report), 0);
	for (int has_color = 0; has_color < 2; has_color++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_int_equal(report_table__write(report, out, 0, has_color), 0);
		fclose(out);
		assert_int_equal(!!strchr(text, '\033'), has_color);
		free(text);
	}
	report__free(report);
}

static struct report *all_kinds(void)
{
	static const struct sample_line *const kinds[] = {&failed, &excepted, &warned, &unknown, &passed};
	struct report *report = new_report();

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		add_sample(report, kinds[i], "x");
	assert_int_equal(report__sort(report), 0);
	return report;
}

static void a_table_counts_and_tells_what_to_change(void **state)
{
	struct report *report = all_kinds();
	char *text = written(report, write_table);

	(void)state;
	assert_non_null(strstr(text, "\nweb "));
	assert_non_null(strstr(text, "EXCEPTED root_init"));
	assert_non_null(strstr(
		text, "\nroot_init: web\n  reason    x\n  evidence  2024-11-22 00:59:58Z  exec_root  pid 4711  x\n"
		      "  control   CIS-Docker-5.5 failed: x: x\n  remedy    x\n"));
	assert_non_null(strstr(text, "\nroot_init: old\n  excepted  x, x, until x: x\n"));
	assert_null(strstr(text, "\nnonroot: "));
	assert_non_null(strstr(text, "\n5 containers: 1 passed, 1 warned, 2 failed, 1 unknown (1 excepted)\n"));
	free(text);
	report__free(report);
}

static json_t *result_at(const json_t *sarif, size_t index)
{
	return json_array_get(report_at(json_array_get(report_at(sarif, "runs"), 0), "results"), index);
}

static void sarif_tells_levels_and_suppressions(void **state)
{
	static const struct {
		const char *rule, *level;
		bool is_suppressed;
	} expected[] = {
		{"root_init", "error", false},        {"CIS-Docker-5.5", "warning", false},
		{"root_session", "warning", false},   {"CIS-Docker-5.5", "warning", false},
		{"unknown", "note", false},           {"CIS-Docker-5.5", "warning", false},
		{"root_init", "error", true},         {"CIS-Docker-5.5", "warning", false},
		{"CIS-Docker-5.5", "warning", false},
	};
	struct report *report = all_kinds();
	json_t *sarif = document(report, report_sarif__write);
	const json_t *rules = report_at(json_array_get(report_at(sarif, "runs"), 0), "tool.driver.rules");

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const json_t *result = result_at(sarif, i);
		size_t index = (size_t)json_integer_value(report_at(result, "ruleIndex"));

		assert_string_equal(report_text(result, "ruleId"), expected[i].rule);
		assert_string_equal(report_text(json_array_get(rules, index), "id"), expected[i].rule);
		assert_string_equal(report_text(result, "level"), expected[i].level);
		assert_int_equal(!!report_at(result, "suppressions"), expected[i].is_suppressed);
	}
	assert_null(result_at(sarif, sizeof(expected) / sizeof(expected[0])));
	json_decref(sarif);
	report__free(report);
}

static void sarif_makes_no_links_and_placeholders_of_texts(void **state)
{
	struct report *report = new_report();
	json_t *sarif;

	(void)state;
	add_sample(report, &unknown, "[here](https://evil.example/) {0}");
	assert_int_equal(report__sort(report), 0);
	sarif = document(report, report_sarif__write);
	assert_string_equal(report_text(result_at(sarif, 0), "message.text"),
			    "[here] (https://evil.example/) {{0}}. Remedy: [here] (https://evil.example/) {{0}}.");
	json_decref(sarif);
	report__free(report);
}

static void fingerprint_of(const char *id, const char *name, char ret[64])
{
	struct report *report = new_report();
	struct sample_line sample = failed;
	json_t *sarif;

	sample.id = id;
	sample.name = name;
	add_sample(report, &sample, id);
	assert_int_equal(report__sort(report), 0);
	sarif = document(report, report_sarif__write);
	snprintf(ret, 64, "%s", report_text(result_at(sarif, 0), "partialFingerprints.uidzeroContainer/v1"));
	json_decref(sarif);
	report__free(report);
}

static void a_fingerprint_is_that_of_the_name(void **state)
{
	char first[64], again[64], other[64];

	(void)state;
	fingerprint_of("1", "web", first);
	fingerprint_of("2", "web", again);
	fingerprint_of("1", "api", other);
	assert_int_equal(strlen(first), 32);
	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
}

static void junit_fails_and_skips(void **state)
{
	struct report *report = all_kinds();
	char *text = written(report, report_junit__write);

	(void)state;
	assert_non_null(strstr(text, "tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\""));
	assert_non_null(strstr(text, "name=\"web\" time=\"0\"><failure type=\"root_init\" message=\"x\">"));
	assert_non_null(strstr(text, "name=\"old\" time=\"0\"><skipped message=\"x, x, until x: x\"/>"));
	assert_non_null(strstr(text, "name=\"shell\" time=\"0\"><system-out>"));
	assert_non_null(strstr(text, "name=\"paused\" time=\"0\"><skipped message=\"x\"/>"));
	free(text);
	report__free(report);
}

static void docker_bench_has_a_result_for_each_container(void **state)
{
	/* The details are the reason, and those of an excepted one the exception. */
	static const struct {
		const char *result, *details, *remediation;
	} expected[] = {
		{"WARN", "web: x", "web: x."},
		{"NOTE", "shell: x", "shell: x."},
		{"NOTE", "paused: x", "paused: x."},
		{"NOTE", "old: x, x, until x: x", ""},
		{"PASS", "api: x", ""},
	};
	size_t nr = sizeof(expected) / sizeof(expected[0]);
	struct report *report = all_kinds();
	json_t *bench = document(report, report_docker_bench__write);
	json_t *section = json_array_get(report_at(bench, "tests"), 0), *results = report_at(section, "results");

	(void)state;
	assert_string_equal(report_text(section, "id"), "4");
	assert_int_equal(json_array_size(results), nr);
	for (size_t i = 0; i < nr; i++) {
		const json_t *result = json_array_get(results, i);

		assert_string_equal(report_text(result, "id"), "4.1");
		assert_string_equal(report_text(result, "result"), expected[i].result);
		assert_string_equal(report_text(result, "details"), expected[i].details);
		assert_string_equal(report_text(result, "remediation"), expected[i].remediation);
	}
	/* Each also has a failed 5.5: one warning and one pass of 4.1 cancel out. */
	assert_int_equal(json_integer_value(report_at(bench, "checks")), 10);
	assert_int_equal(json_integer_value(report_at(bench, "score")), -5);
	json_decref(bench);
	report__free(report);
}

static void docker_bench_without_containers_has_one_result(void **state)
{
	struct report *report = new_report();
	json_t *bench = document(report, report_docker_bench__write);
	const json_t *result = json_array_get(report_at(json_array_get(report_at(bench, "tests"), 0), "results"), 0);

	(void)state;
	assert_string_equal(report_text(result, "result"), "INFO");
	assert_string_equal(report_text(result, "details"), "No containers running");
	json_decref(bench);
	report__free(report);
}

static void json_is_passed_through(void **state)
{
	static const char line[] = "{ " ID "," RESULT ",\"uidzero\": {" UIDZERO
				   ",\"verdict\":\"nonroot\",\"result\":\"passed\",\"reason\":\"\\u007f\\u009b\"}}\n";
	struct report *report = new_report();
	char *text;

	(void)state;
	assert_int_equal(report__add(report, SPAN(line)), 0);
	assert_int_equal(report__sort(report), 0);
	text = written(report, report_json__write);
	assert_string_equal(text, line);
	free(text);
	report__free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_holds_any_text),
		cmocka_unit_test(what_is_no_line_is_refused),
		cmocka_unit_test(an_explanation_tells_what_each_exception_is),
		cmocka_unit_test(exceptions_of_a_container_are_bounded),
		cmocka_unit_test(a_line_has_64_kib_and_no_more),
		cmocka_unit_test(containers_are_bounded),
		cmocka_unit_test(the_worst_come_first_and_the_last_line_counts),
		cmocka_unit_test(of_two_verdicts_of_one_moment_the_worse_counts),
		cmocka_unit_test(a_path_finds_what_it_names),
		cmocka_unit_test(ages_are_told_in_one_unit),
		cmocka_unit_test(people_know_a_container_by_its_name),
		cmocka_unit_test(images_are_shown_as_what_is_known_of_them),
		cmocka_unit_test(hostile_texts_stay_text),
		cmocka_unit_test(a_table_is_as_wide_as_its_terminal),
		cmocka_unit_test(a_paragraph_breaks_between_words_and_loses_nothing),
		cmocka_unit_test(color_is_only_where_it_is_wanted),
		cmocka_unit_test(a_table_counts_and_tells_what_to_change),
		cmocka_unit_test(sarif_tells_levels_and_suppressions),
		cmocka_unit_test(sarif_makes_no_links_and_placeholders_of_texts),
		cmocka_unit_test(a_fingerprint_is_that_of_the_name),
		cmocka_unit_test(junit_fails_and_skips),
		cmocka_unit_test(docker_bench_has_a_result_for_each_container),
		cmocka_unit_test(docker_bench_without_containers_has_one_result),
		cmocka_unit_test(json_is_passed_through),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
