/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings a person gets to see. */
#include "table.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/filter.h"

#define BIT(kind) (1ULL << (kind))

static const struct parse_row {
	const char *name;
	const char *text;
	int err;
	uint64_t findings;
	const char *unknown; /* where in the text */
} texts[] = {
	{"one name", "gain_root", .findings = BIT(FINDING_GAIN_ROOT)},
	{"several names", "gain_root,drop_root,loss",
	 .findings = BIT(FINDING_GAIN_ROOT) | BIT(FINDING_DROP_ROOT) | BIT(FINDING_LOSS)},
	{"a name twice", "exec,exec", .findings = BIT(FINDING_EXEC)},
	{"the first and the last kind", "exec,agent_stop", .findings = BIT(FINDING_EXEC) | BIT(FINDING_AGENT_STOP)},
	{"an unknown name is pointed at", "gain_root,nonsense,loss", -ENOENT, .unknown = "nonsense,loss"},
	{"the beginning of a name is unknown", "gain", -ENOENT, .unknown = "gain"},
	{"a name is not cut to fit", "gain_rootgain_rootgain_rootgain_rootgain_rootgain_rootgain_rootgain_root",
	 -ENOENT, 0, "gain_rootgain_rootgain_rootgain_rootgain_rootgain_rootgain_rootgain_root"},
	{"case matters", "GAIN_ROOT", -ENOENT, .unknown = "GAIN_ROOT"},
	{"nothing is no name", "", -ENOENT, .unknown = ""},
	{"a comma at the end has no name behind it", "loss,", -ENOENT, .unknown = ""},
	{"a comma at the beginning has no name before it", ",loss", -ENOENT, .unknown = ",loss"},
	{"blanks are not left out", "loss, exec", -ENOENT, .unknown = " exec"},
};

static void text_is_read(void **state)
{
	const struct parse_row *row = *state;
	const char *unknown = NULL;
	uint64_t findings = 4711;

	assert_int_equal(filter_parse_findings(row->text, &findings, &unknown), row->err);
	if (row->err) {
		assert_int_equal(findings, 4711);
		assert_true(unknown >= row->text && unknown <= row->text + strlen(row->text));
		assert_string_equal(unknown, row->unknown);
	} else {
		assert_int_equal(findings, row->findings);
	}
}

#define ID "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"

enum of { OF_PROCESS, OF_CONTAINER, OF_NAMELESS, OF_HOST };

static const struct filter_row {
	const char *name;
	struct filter filter;
	enum of of;
	bool matches;
} wishes[] = {
	{"no wish matches all", {}, OF_PROCESS, true},
	{"no wish matches what is of no container", {}, OF_HOST, true},
	{"a kind that is wanted", {.findings = BIT(FINDING_GAIN_ROOT) | BIT(FINDING_LOSS)}, OF_PROCESS, true},
	{"a kind that is not wanted", {.findings = BIT(FINDING_LOSS)}, OF_PROCESS, false},
	{"a container's name", {.containers = (const char *[]){"web"}, .nr_containers = 1}, OF_PROCESS, true},
	{"the beginning of a name is not the name",
	 {.containers = (const char *[]){"we"}, .nr_containers = 1},
	 OF_PROCESS,
	 false},
	{"a container's id", {.containers = (const char *[]){ID}, .nr_containers = 1}, OF_PROCESS, true},
	{"the beginning of an id",
	 {.containers = (const char *[]){"3f4e8a1c9d2b"}, .nr_containers = 1},
	 OF_PROCESS,
	 true},
	{"the beginning of an id where there is no name",
	 {.containers = (const char *[]){"3f4e8a1c9d2b"}, .nr_containers = 1},
	 OF_NAMELESS,
	 true},
	{"more than the id is not the id",
	 {.containers = (const char *[]){ID "0"}, .nr_containers = 1},
	 OF_PROCESS,
	 false},
	{"another id", {.containers = (const char *[]){"3f4e8a1c9d2c"}, .nr_containers = 1}, OF_PROCESS, false},
	{"one of several containers",
	 {.containers = (const char *[]){"api", "web"}, .nr_containers = 2},
	 OF_PROCESS,
	 true},
	{"none of several containers",
	 {.containers = (const char *[]){"api", "db"}, .nr_containers = 2},
	 OF_PROCESS,
	 false},
	{"a pattern of names", {.containers = (const char *[]){"w?b*"}, .nr_containers = 1}, OF_PROCESS, true},
	{"a pattern that begins as the name",
	 {.containers = (const char *[]){"web-*"}, .nr_containers = 1},
	 OF_PROCESS,
	 false},
	{"a pattern of ids", {.containers = (const char *[]){"3f4e*"}, .nr_containers = 1}, OF_PROCESS, false},
	{"what is of no container is of none that is wanted",
	 {.containers = (const char *[]){"web"}, .nr_containers = 1},
	 OF_HOST,
	 false},
	{"an image", {.image = "docker.io/library/nginx"}, OF_PROCESS, true},
	{"an image with a pattern for its tag", {.image = "*nginx:1.*"}, OF_PROCESS, true},
	{"another image", {.image = "*redis*"}, OF_PROCESS, false},
	{"an image that is not known", {.image = "*"}, OF_NAMELESS, false},
	{"what is of no container has no image", {.image = "*"}, OF_HOST, false},
	{"a pid", {.pid = 140}, OF_PROCESS, true},
	{"the pid inside the container is not meant", {.pid = 20}, OF_PROCESS, false},
	{"another pid", {.pid = 141}, OF_PROCESS, false},
	{"what is of no process has no pid", {.pid = 140}, OF_CONTAINER, false},
	{"all wishes together",
	 {.containers = (const char *[]){"web"},
	  .nr_containers = 1,
	  .image = "*nginx*",
	  .pid = 140,
	  .findings = BIT(FINDING_GAIN_ROOT)},
	 OF_PROCESS,
	 true},
	{"one wish that is not met is enough",
	 {.containers = (const char *[]){"web"},
	  .nr_containers = 1,
	  .image = "*nginx*",
	  .pid = 141,
	  .findings = BIT(FINDING_GAIN_ROOT)},
	 OF_PROCESS,
	 false},
};

static void wish_is_met(void **state)
{
	const struct filter_row *row = *state;
	const struct container named = {.facts = {.identity = {.id = ID},
						  .name = (char *)"web",
						  .image_name = (char *)"docker.io/library/nginx",
						  .image_tag = (char *)"1.25"}};
	const struct container nameless = {.facts = {.identity = {.id = ID}}};
	const struct process_event event = {.task = {.tgid = 140, .tid = 20, .vpid = 20}};
	const struct process_view view = {.event = &event};
	const struct finding finding = {
		.kind = FINDING_GAIN_ROOT,
		.process = row->of == OF_PROCESS || row->of == OF_NAMELESS ? &view : NULL,
		.container = row->of == OF_HOST       ? NULL
			     : row->of == OF_NAMELESS ? &nameless
						      : &named,
	};

	assert_int_equal(filter_matches(&row->filter, &finding), row->matches);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(texts) + NR_ROWS(wishes)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, texts, text_is_read);
	ADD_ROWS(tests, nr_tests, wishes, wish_is_met);
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
