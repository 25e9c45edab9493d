// SPDX-License-Identifier: Apache-2.0
/* The HTML page has what it promises, loads nothing, and shows any text in any place as text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "report/html.h"
#include "report/report.h"
#include "table.h"

#define EVENT_ID "0123456789abcdef0123456789abcdef"

static const char sample[] =
	"{'@timestamp':'2024-11-22T02:00:00.000000000Z','host':{'name':'node-1'},'rule':{'ruleset':'CIS Docker'},"
	"'container':{'id':'3f4e','name':'web','runtime':'docker','security_context':{'privileged':true},"
	"'image':{'name':'nginx','tag':['1.25'],'hash':{'all':['sha256:1d2c']}}},"
	"'orchestrator':{'namespace':'shop','resource':{'name':'web-0'}},"
	"'result':{'evaluation':'excepted','evidence':{'events':[{'id':'" EVENT_ID "','finding':'exec_root',"
	"'timestamp':'2024-11-22T01:00:00.000000000Z','pid':123,'command_line':'nginx -g'}]}},"
	"'uidzero':{'schema':'1','finding':'verdict','verdict':'root_init','result':'failed','reason':'nginx is root',"
	"'since':'2024-11-22T01:00:00.000000000Z','started':'2024-11-22T01:00:00.000000000Z','history':'partial',"
	"'root_for_ms':38,'root_for_is_exact':false,'root_now':9,'counts':{'sessions':2},"
	"'root_processes':[{'pid':123,'name':'nginx','executable':'/usr/sbin/nginx','command_line':'nginx -g',"
	"'user':{'id':'0'},'hold':'root','role':'init','cause':'inherited','since':'2024-11-22T01:00:00Z'}],"
	"'timeline':[{'pid':123,'name':'nginx','hold':'root','role':'init','since':'2024-11-22T01:00:00.010Z',"
	"'since_is_exact':true,'until':'2024-11-22T01:00:00.048Z','until_is_exact':true},"
	"{'pid':7,'name':'sh','hold':'saved','role':'child','session':true,'since':'2024-11-22T01:30:00Z'}],"
	"'timeline_omitted':3,'remedy':['add USER 1001'],"
	"'controls':[{'id':'CIS-Docker-5.5','name':'privileged','benchmark':'CIS','reference':'https://cis.example/"
	"5.5',"
	"'result':'failed','detail':'it is'}],"
	"'exception':{'name':'old','owner':'team','reason':'moves','expires':'2025-03-31'},"
	"'identity':{'declared':'app','class':'name','requested':'0','requested_class':'root','passwd':'1:1',"
	"'resolved':'0:0','observed':'0:0','gid_zero':true},"
	"'risk':{'no_new_privs':false,'seccomp':true,'user_namespace':false,'read_only_root':false,"
	"'added_capabilities':['CAP_NET_ADMIN'],'host_namespaces':['network'],'mounts_omitted':2,"
	"'mounts':[{'source':'/key','destination':'/mnt','writable':true,'uid':'0','gid':'0','mode':'0600',"
	"'needs_root':true}]}}}";

static json_t *sample_line(void)
{
	char *text = strdup(sample);
	json_t *line;

	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	line = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(line);
	return line;
}

/* The page of so many such lines, as a string that the caller owns. Lines go in as a file's would. */
static char *page_of(const json_t *line, const char *note, int expected)
{
	struct report *report;
	char *page = NULL, *text = json_dumps(line, JSON_COMPACT);
	size_t size;
	FILE *out = open_memstream(&page, &size);

	assert_int_equal(report__new("0.1.0", &report), 0);
	assert_int_equal(report__add(report, (struct span){text, strlen(text)}), expected);
	assert_int_equal(report__sort(report), 0);
	json_array_append_new(report->notes, json_string(note));
	assert_int_equal(report_html__write(report, out), 0);
	fclose(out);
	report__free(report);
	free(text);
	return page;
}

static void assert_has(const char *page, const char *part)
{
	if (!strstr(page, part))
		fail_msg("the page has no %s", part);
}

static void assert_lacks(const char *page, const char *part)
{
	if (strstr(page, part))
		fail_msg("the page has %s: %.80s", part, strstr(page, part));
}

static void test_content(void **state)
{
	/* clang-format off */
	static const char *const parts[] = {
		"<!DOCTYPE html>\n<html lang=\"en\">", "content=\"default-src 'none'; style-src 'unsafe-inline'\"",
		"<title>Root in containers: node-1, 2024-11-22 02:00:00Z</title>", "Summary: 1 container</h2>",
		"<a href=\"#first-excepted\"><b>1</b>", "<b>1</b> <code>root_init</code>", "a note &amp; more",
		"<tr class=\"excepted\" id=\"first-excepted\">", "<a href=\"#c1\"><bdi>shop/web-0/web</bdi></a>",
		"<bdi>0 -&gt; 0:0</bdi>", "<details class=\"excepted\" open>", "id=\"c1\"", "<bdi>nginx:1.25</bdi>",
		"<bdi>nginx is root</bdi>", "add USER 1001", "<svg class=\"lanes\" role=\"img\"", EVENT_ID,
		"<bdi>nginx -g</bdi>", "9 processes are root", "a name: whom it means", "<strong>root's</strong>",
		"<dt>privileged</dt><dd><strong>yes</strong>", "<dt>system calls</dt><dd>filtered by seccomp",
		"CAP_NET_ADMIN", "<bdi>/key</bdi>", "root alone can read it", "<li>2 more</li>", "2025-03-31", "moves",
		"<a href=\"https://cis.example/5.5\"><bdi>CIS-Docker-5.5</bdi></a>", "Root for about 38 ms, seen in part",
		"root sessions: 2",
		/* the picture */
		"<title>Who was root in shop/web-0/web</title>", "Time since the container's start, logarithmic",
		"nginx (pid 123): root from 10 ms to 48 ms; sh (pid 7): can become root again from about 30 min on, still; ",
		"class=\"hold-root\"", "class=\"hold-saved\"", "still goes on", "begin or end was not seen",
		" pid 7, child of a session", "3 more are left out",
	};
	/* clang-format on */
	json_t *line = sample_line();
	_cleanup_free_ char *page = page_of(line, "a note & more", 0);

	(void)state;
	for (size_t i = 0; i < NR_ROWS(parts); i++)
		assert_has(page, parts[i]);
	json_decref(line);
}

static void test_loads_nothing(void **state)
{
	static const char *const loads[] = {"<script", "<link", "<img",  "<iframe",    "<object",
					    "<embed",  "<base", "src=",  "@import",    "srcset",
					    "xlink",   "<form", "http:", "javascript:"};
	json_t *line = sample_line();
	_cleanup_free_ char *page = page_of(line, "", 0);

	(void)state;
	for (size_t i = 0; i < NR_ROWS(loads); i++)
		assert_lacks(page, loads[i]);
	for (const char *at = page; (at = strstr(at, "url(")); at++)
		assert_int_equal(at[strlen("url(")], '#');
	for (const char *at = page; (at = strstr(at, "https:")); at++)
		assert_memory_equal(at - strlen("href=\""), "href=\"", strlen("href=\""));
	json_decref(line);
}

static const char evil[] = "\u202e\"><script>alert(1)</script>'<!--]]>\n\x1b[31m&amp;";

/* Calls back with the line for each value in it, one of which is the replacement then. */
static void replace_each(json_t *line, json_t *at, const json_t *replacement, void (*check)(const json_t *line))
{
	size_t nr = json_is_object(at) ? json_object_size(at) : json_array_size(at);
	void *iter = json_object_iter(at);

	for (size_t i = 0; i < nr; i++) {
		json_t *old = json_incref(iter ? json_object_iter_value(iter) : json_array_get(at, i));
		json_t *copy = json_deep_copy(replacement);

		if (iter)
			json_object_iter_set_new(at, iter, copy);
		else
			json_array_set_new(at, i, copy);
		check(line);
		if (iter)
			json_object_iter_set(at, iter, old);
		else
			json_array_set(at, i, old);
		replace_each(line, old, replacement, check);
		json_decref(old);
		iter = iter ? json_object_iter_next(at, iter) : NULL;
	}
}

static size_t nr_checked;

static void check_line(const json_t *line)
{
	struct report *report;
	char *text = json_dumps(line, JSON_COMPACT);
	_cleanup_free_ char *page = NULL;
	int err;

	assert_int_equal(report__new("0.1.0", &report), 0);
	err = report__add(report, (struct span){text, strlen(text)});
	report__free(report);
	free(text);
	/* What decides what kind of line it is: then there is no page of it. */
	if (err)
		return;
	page = page_of(line, evil, 0);
	assert_lacks(page, "<script");
	assert_lacks(page, "\"><script");
	assert_lacks(page, "'<!--");
	assert_lacks(page, "\x1b");
	assert_lacks(page, "\u202e");
	assert_has(page, "</html>");
	nr_checked++;
}

static void test_any_text_anywhere(void **state)
{
	json_t *line = sample_line(), *text = json_string(evil);

	(void)state;
	nr_checked = 0;
	replace_each(line, line, text, check_line);
	assert_in_range(nr_checked, 100, 200);
	json_decref(text);
	json_decref(line);
}

static void test_any_type_anywhere(void **state)
{
	static const char *const values[] = {"null",
					     "true",
					     "7",
					     "-9223372036854775808",
					     "9223372036854775807",
					     "1e300",
					     "[]",
					     "{}",
					     "[[]]",
					     "[null, 1, {}]",
					     "\"\"",
					     "\"2262-01-01T00:00:00Z\"",
					     "\"1970-01-01T00:00:00Z\"",
					     "\"9999-99-99T99:99:99Z\""};

	(void)state;
	for (size_t i = 0; i < NR_ROWS(values); i++) {
		json_t *line = sample_line(), *value = json_loads(values[i], JSON_DECODE_ANY, NULL);

		nr_checked = 0;
		replace_each(line, line, value, check_line);
		assert_in_range(nr_checked, 100, 200);
		json_decref(value);
		json_decref(line);
	}
}

/* A reference that is no plain address makes no link. */
static void test_links(void **state)
{
	static const char *const references[] = {
		"javascript:alert(1)", "http://x",       "https://x/\"onclick=", "https://x y", "//x",
		"data:text/html,x",    "https://x\u202e"};
	json_t *line = sample_line(), *control = json_array_get(report_at(line, "uidzero.controls"), 0);

	(void)state;
	for (size_t i = 0; i < NR_ROWS(references); i++) {
		_cleanup_free_ char *page = NULL;

		json_object_set_new(control, "reference", json_string(references[i]));
		page = page_of(line, "", 0);
		assert_has(page, "<bdi>CIS-Docker-5.5</bdi>");
		assert_lacks(page, "<a href=\"h");
		assert_lacks(page, "<a href=\"/");
		assert_lacks(page, "<a href=\"d");
		assert_lacks(page, "<a href=\"j");
	}
	json_decref(line);
}

static void test_no_container(void **state)
{
	json_t *line = json_pack("{s:{s:s, s:s}}", "uidzero", "schema", "1", "finding", "loss");
	_cleanup_free_ char *page = page_of(line, "nothing runs", 0);

	(void)state;
	assert_has(page, "Summary: 0 containers");
	assert_has(page, "nothing runs");
	assert_lacks(page, "<table");
	assert_lacks(page, "nan");
	json_decref(line);
}

static void test_a_full_disk_is_told(void **state)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
	struct report *report;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(report__new("0.1.0", &report), 0);
	assert_int_equal(report_html__write(report, full), -EIO);
	report__free(report);
}

/* clang-format off */
static const struct duration_row {
	const char *name; /* as it is written */
	int64_t ns;
} durations[] = {
	{"0 ms", 0}, {"38 ms", 38999999}, {"999 ms", 999999999}, {"1 s", 1000000000}, {"1.2 s", 1290000000},
	{"59 s", 59900000000}, {"1 min", 60000000000}, {"4 min 10 s", 250000000000}, {"1 h", 3600000000000},
	{"3 h 5 min", 11159000000000}, {"1 d", 86400000000000}, {"3 d 2 h", 266400000000000},
	{"106751 d 23 h", INT64_MAX},
};
/* clang-format on */

static void test_duration(void **state)
{
	const struct duration_row *row = *state;
	char text[DURATION_SIZE];

	assert_string_equal(html_duration(row->ns, text), row->name);
}

static void test_moments(void **state)
{
	int64_t ns = -1;

	(void)state;
	assert_true(html_parse_moment("1970-01-01T00:00:01.000000002Z", &ns));
	assert_int_equal(ns, 1000000002);
	assert_true(html_parse_moment("1970-01-02T00:00:00.5Z", &ns));
	assert_int_equal(ns, 86400500000000);
	assert_false(html_parse_moment("2263-01-01T00:00:00Z", &ns));
	assert_false(html_parse_moment("yesterday", &ns));
	assert_false(html_parse_moment("", &ns));
	assert_int_equal(ns, 86400500000000);
}

int main(void)
{
	struct CMUnitTest tests[32] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_loads_nothing),
		cmocka_unit_test(test_any_text_anywhere),
		cmocka_unit_test(test_any_type_anywhere),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_no_container),
		cmocka_unit_test(test_a_full_disk_is_told),
		cmocka_unit_test(test_moments),
	};
	size_t nr_tests = 8;

	ADD_ROWS(tests, nr_tests, durations, test_duration);
	return _cmocka_run_group_tests("report_html", tests, nr_tests, NULL, NULL);
}
