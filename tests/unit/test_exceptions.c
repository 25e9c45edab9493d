/* SPDX-License-Identifier: Apache-2.0 */
/* The exceptions: every member that is given must match, until the last second of a day. */
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "judge/exceptions.h"

#define STRETCHES_MAX 4
#define EXPIRES_S     1801440000
#define SINCE_NS      1000

#define IMAGE    "docker.io/library/nginx"
#define IMAGE_ID "sha256:1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d0c1b2a3f4e5d6c7b8a9f0e1d2c"
#define ID       "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"
#define NGINX    "/usr/sbin/nginx"

/* 30 bytes; a history keeps 127. */
#define LONG             "/a-directory/that-has-a/longer"
#define LONG_4           LONG LONG LONG LONG
#define PATH_126         LONG_4 "/lib/x"
#define PATH_127         LONG_4 "/libs/x"
#define CUT_PATH         "..." NGINX
#define CUT_BEFORE_SLASH "/usr/sbin" LONG LONG LONG "/longer-than/nginx-is-wholly"

enum odd {
	NESTED = 1, /* in another container, which says what it is */
	OF_USER = 2,
	ABSENT_TAG = 4,
	ABSENT_ALL = 8,
	FORGOTTEN = 16,
	ABSENT_HISTORY = 32,
};

/* As struct config_exception, which owns its strings. */
struct members {
	const char *image, *container, *pod, *namespace, *label, *executable;
};

struct held {
	const char *executable;
	enum hold hold;
	uint64_t until_ns;
	bool is_of_session, is_gain, is_decisive;
};

static const struct exception_row {
	const char *name;
	struct members given;
	const char *mismatch; /* NULL: it matches */
	enum odd odd;
	enum verdict verdict; /* by default root_init */
	struct held held[STRETCHES_MAX];
} cases[] = {
	{"an image's name matches", {.image = IMAGE}, .mismatch = NULL},
	{"an image's name matches with its tag", {.image = IMAGE ":1.25"}, .mismatch = NULL},
	{"a pattern matches any tag", {.image = IMAGE ":*"}, .mismatch = NULL},
	{"another image does not match", {.image = "docker.io/library/httpd:*"}, .mismatch = "image"},
	{"a tag does not match an image without one", {.image = IMAGE ":*"}, .mismatch = "image", .odd = ABSENT_TAG},
	{"an image's id matches", {.image = IMAGE_ID}, .mismatch = NULL},
	{"another id does not match",
	 {.image = "sha256:2d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d0c1b2a3f4e5d6c7b8a9f0e1d2c"},
	 .mismatch = "image"},
	{"an id is no pattern", {.image = "sha256:*"}, .mismatch = "image"},
	{"no id matches an image without one", {.image = IMAGE_ID}, .mismatch = "image", .odd = ABSENT_ALL},

	{"a container's name matches", {.container = "w?b"}, .mismatch = NULL},
	{"a container's id matches", {.container = ID}, .mismatch = NULL},
	{"another container does not match", {.container = "web-2"}, .mismatch = "container"},
	{"an id that a plain user may choose does not match",
	 {.container = ID},
	 .mismatch = "container",
	 .odd = OF_USER},

	{"a pod matches", {.pod = "shop-*"}, .mismatch = NULL},
	{"another pod does not match", {.pod = "shop"}, .mismatch = "pod"},
	{"no pod matches where there is none", {.pod = "*"}, .mismatch = "pod", .odd = ABSENT_ALL},
	{"a namespace matches", {.namespace = "prod"}, .mismatch = NULL},
	{"another namespace does not match", {.namespace = "production"}, .mismatch = "namespace"},
	{"no namespace matches where there is none", {.namespace = "*"}, .mismatch = "namespace", .odd = ABSENT_ALL},

	{"a label's key matches", {.label = "tier"}, .mismatch = NULL},
	{"a label's value matches", {.label = "tier=fr*"}, .mismatch = NULL},
	{"another value does not match", {.label = "tier=back"}, .mismatch = "label"},

	{"all members together match",
	 {IMAGE, "web", "shop-7d9f", "prod", "tier=front", NGINX},
	 .held = {{NGINX, HOLD_ROOT}}},
	{"the first that does not is named", {IMAGE, "web", "shop-7d9f", "test", "no", "/no"}, .mismatch = "namespace"},
	{"an executable alone does not make up for the rest",
	 {.image = "other", .executable = NGINX},
	 .mismatch = "image",
	 .held = {{NGINX, HOLD_ROOT}}},

	{"a nested container's image is a claim", {.image = IMAGE}, .mismatch = "image", .odd = NESTED},
	{"so is its image's id", {.image = IMAGE_ID}, .mismatch = "image", .odd = NESTED},
	{"and its name", {.container = "web"}, .mismatch = "container", .odd = NESTED},
	{"and its id", {.container = ID}, .mismatch = "container", .odd = NESTED},
	{"and its pod", {.pod = "*"}, .mismatch = "pod", .odd = NESTED},
	{"and its namespace", {.namespace = "*"}, .mismatch = "namespace", .odd = NESTED},
	{"and its label", {.label = "tier"}, .mismatch = "label", .odd = NESTED},
	{"its executable is not", {.executable = NGINX}, .odd = NESTED, .held = {{NGINX, HOLD_ROOT}}},

	{"the executable that is root matches", {.executable = NGINX}, .held = {{NGINX, HOLD_ROOT}}},
	{"a pattern matches it", {.executable = "/usr/*bin/nginx"}, .held = {{NGINX, HOLD_ROOT}}},
	{"its name alone does not match", {.executable = "nginx"}, .mismatch = "executable", .held = {{NGINX}}},
	{"all that are root must match",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .held = {{NGINX, HOLD_ROOT}, {"/bin/sh", HOLD_ROOT}}},
	{"a session that is root must too",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .held = {{NGINX, HOLD_ROOT}, {"/bin/sh", HOLD_ROOT, .is_of_session = true}}},
	{"who was root need not",
	 {.executable = NGINX},
	 .held = {{"/bin/sh", HOLD_ROOT, .until_ns = SINCE_NS, .is_of_session = true, .is_gain = true},
		  {NGINX, HOLD_ROOT}}},
	{"nor who is root of a user namespace",
	 {.executable = NGINX},
	 .held = {{NGINX, HOLD_ROOT}, {"/bin/sh", HOLD_MAPPED}}},
	{"nobody to match is no match",
	 {.executable = "*"},
	 .mismatch = "executable",
	 .held = {{NGINX, HOLD_ROOT, .until_ns = 1}, {NGINX, HOLD_SAVED}}},
	{"who decided must match, whatever he holds now",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .held = {{"/bin/sh", HOLD_ROOT, .until_ns = 1, .is_decisive = true}, {NGINX, HOLD_ROOT}}},
	{"who decided is enough",
	 {.executable = NGINX},
	 .held = {{NGINX, HOLD_ROOT, .until_ns = 1, .is_decisive = true}}},
	{"no history is no match", {.executable = "*"}, .mismatch = "executable", .odd = ABSENT_HISTORY},
	{"a history that forgot somebody is no match",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .odd = FORGOTTEN,
	 .held = {{NGINX, HOLD_ROOT}}},
	{"what is forgotten concerns no other member", {.image = IMAGE}, .odd = FORGOTTEN},
	{"a path that is not known matches nothing",
	 {.executable = "*"},
	 .mismatch = "executable",
	 .held = {{"", HOLD_ROOT}}},
	{"a path that was cut matches nothing",
	 {.executable = "*"},
	 .mismatch = "executable",
	 .held = {{CUT_PATH, HOLD_ROOT}}},
	{"not even one that was cut before a slash",
	 {.executable = "/usr/sbin/*"},
	 .mismatch = "executable",
	 .held = {{CUT_BEFORE_SLASH, HOLD_ROOT}}},
	{"the longest path that was not cut matches", {.executable = PATH_126}, .held = {{PATH_126, HOLD_ROOT}}},
	{"one more byte may have been cut",
	 {.executable = PATH_127},
	 .mismatch = "executable",
	 .held = {{PATH_127, HOLD_ROOT}}},

	{"a child that is root matches",
	 {.executable = NGINX},
	 .verdict = VERDICT_ROOT_CHILD,
	 .held = {{NGINX, HOLD_ROOT}}},
	{"a gain that ended must match",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .verdict = VERDICT_ESCALATED,
	 .held = {{NGINX, HOLD_ROOT}, {"/bin/su", HOLD_ROOT, .until_ns = 1, .is_gain = true}}},
	{"a gain of capabilities must match",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .verdict = VERDICT_ESCALATED,
	 .held = {{NGINX, HOLD_ROOT}, {"/bin/x", HOLD_EQUIVALENT, .is_gain = true}}},
	{"so must who is root without a gain",
	 {.executable = "/bin/su"},
	 .mismatch = "executable",
	 .verdict = VERDICT_ESCALATED,
	 .held = {{"/bin/sh", HOLD_ROOT}, {"/bin/su", HOLD_ROOT, .until_ns = 1, .is_gain = true}}},
	{"a gain that matches is enough",
	 {.executable = "/bin/su"},
	 .verdict = VERDICT_ESCALATED,
	 .held = {{"/bin/sh", HOLD_ROOT, .until_ns = 1}, {"/bin/su", HOLD_ROOT, .until_ns = 1, .is_gain = true}}},

	{"a session that ended still matches",
	 {.executable = "/healthcheck"},
	 .verdict = VERDICT_ROOT_SESSION,
	 .held = {{"/healthcheck", HOLD_ROOT, .until_ns = SINCE_NS, .is_of_session = true}}},
	{"all sessions of this verdict must match",
	 {.executable = "/healthcheck"},
	 .mismatch = "executable",
	 .verdict = VERDICT_ROOT_SESSION,
	 .held = {{"/bin/sh", HOLD_ROOT, .until_ns = SINCE_NS, .is_of_session = true},
		  {"/healthcheck", HOLD_ROOT, .is_of_session = true}}},
	{"those before this verdict need not",
	 {.executable = "/healthcheck"},
	 .verdict = VERDICT_ROOT_SESSION,
	 .held = {{"/bin/sh", HOLD_ROOT, .until_ns = SINCE_NS - 1, .is_of_session = true},
		  {"/healthcheck", HOLD_ROOT, .is_of_session = true}}},
	{"nor the start as root",
	 {.executable = "/healthcheck"},
	 .verdict = VERDICT_ROOT_SESSION,
	 .held = {{"/entrypoint", HOLD_ROOT, .until_ns = SINCE_NS},
		  {"/healthcheck", HOLD_ROOT, .is_of_session = true}}},

	{"who can become root again matches",
	 {.executable = NGINX},
	 .verdict = VERDICT_INCOMPLETE_DROP,
	 .held = {{NGINX, HOLD_SAVED}, {"/bin/sh", HOLD_ROOT, .until_ns = 1}}},
	{"by his capabilities too",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .verdict = VERDICT_INCOMPLETE_DROP,
	 .held = {{NGINX, HOLD_SAVED}, {"/bin/x", HOLD_EQUIVALENT}}},
	{"who has capabilities that amount to root matches",
	 {.executable = NGINX},
	 .verdict = VERDICT_ROOT_EQUIVALENT,
	 .held = {{NGINX, HOLD_EQUIVALENT}}},
	{"the process that gained them and ended must match",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .verdict = VERDICT_ROOT_EQUIVALENT,
	 .held = {{NGINX, HOLD_EQUIVALENT}, {"/bin/x", HOLD_EQUIVALENT, .until_ns = 1, .is_gain = true}}},
	{"all who have must",
	 {.executable = NGINX},
	 .mismatch = "executable",
	 .verdict = VERDICT_ROOT_EQUIVALENT,
	 .held = {{NGINX, HOLD_EQUIVALENT}, {"/bin/x", HOLD_EQUIVALENT}}},
};

static struct facts_label labels[] = {{(char *)"tier", (char *)"front"}};

static struct container sample_container(enum odd odd)
{
	struct container container = {.facts = {.identity = {.id = ID}}};

	if (odd & NESTED)
		strcpy(container.facts.identity.outer_id, "outer");
	if (odd & OF_USER)
		container.facts.identity.user_uid = 1000;
	if (odd & ABSENT_ALL)
		return container;
	container.facts.name = (char *)"web";
	container.facts.image_name = (char *)IMAGE;
	container.facts.image_tag = (char *)(odd & ABSENT_TAG ? NULL : "1.25");
	container.facts.image_id = (char *)IMAGE_ID;
	container.facts.pod_name = (char *)"shop-7d9f";
	container.facts.pod_namespace = (char *)"prod";
	container.facts.labels = labels;
	container.facts.nr_labels = NR_ROWS(labels);
	return container;
}

static void exception_matches(void **state)
{
	const struct exception_row *row = *state;
	const struct container container = sample_container(row->odd);
	const struct config_exception exception = {
		.image = (char *)row->given.image,
		.container = (char *)row->given.container,
		.pod = (char *)row->given.pod,
		.namespace = (char *)row->given.namespace,
		.label = (char *)row->given.label,
		.executable = (char *)row->given.executable,
		.expires_s = EXPIRES_S,
	};
	struct root_history history = {.has_forgotten_held = row->odd & FORGOTTEN};
	struct verdict_facts facts = {
		.verdict = row->verdict ? row->verdict : VERDICT_ROOT_INIT,
		.since_ns = SINCE_NS,
		.history = row->odd & ABSENT_HISTORY ? NULL : &history,
	};
	const char *mismatch;

	for (const struct held *held = row->held; held < row->held + STRETCHES_MAX && held->executable; held++) {
		struct stretch *stretch = &history.stretches[history.nr_stretches++];

		*stretch = (struct stretch){
			.hold = held->hold,
			.until_ns = held->until_ns,
			.is_of_session = held->is_of_session,
			.is_gain = held->is_gain,
		};
		assert_true(strlen(held->executable) < sizeof(stretch->executable));
		strcpy(stretch->executable, held->executable);
		if (held->is_decisive)
			facts.decisive = stretch;
	}
	mismatch = exception_mismatch(&exception, &container, &facts);
	if (row->mismatch) {
		assert_non_null(mismatch);
		assert_string_equal(mismatch, row->mismatch);
	} else {
		assert_null(mismatch);
	}
	assert_int_equal(exception_match(&exception, &container, &facts, EXPIRES_S - 1),
			 row->mismatch ? EXCEPTION_OTHER : EXCEPTION_HOLDS);
	assert_int_equal(exception_match(&exception, &container, &facts, EXPIRES_S),
			 row->mismatch ? EXCEPTION_OTHER : EXCEPTION_EXPIRED);
}

static void it_holds_to_the_last_second_of_its_day(void **state)
{
	static const struct {
		int64_t now_s;
		enum exception_match match;
	} rows[] = {
		{INT64_MIN, EXCEPTION_HOLDS},     {0, EXCEPTION_HOLDS},           {EXPIRES_S - 86400, EXCEPTION_HOLDS},
		{EXPIRES_S - 1, EXCEPTION_HOLDS}, {EXPIRES_S, EXCEPTION_EXPIRED}, {EXPIRES_S + 1, EXCEPTION_EXPIRED},
		{INT64_MAX, EXCEPTION_EXPIRED},
	};
	struct config_exception exception = {.container = (char *)"web"};
	const struct container container = sample_container(0);
	const struct verdict_facts facts = {.verdict = VERDICT_ROOT_INIT};

	(void)state;
	assert_int_equal(config_parse_last_day("2027-01-31", &exception.expires_s), 0);
	assert_int_equal(exception.expires_s, EXPIRES_S);
	for (size_t i = 0; i < NR_ROWS(rows); i++)
		assert_int_equal(exception_match(&exception, &container, &facts, rows[i].now_s), rows[i].match);
}

static void the_first_that_holds_counts(void **state)
{
	struct config_exception exceptions[] = {
		{.container = (char *)"other", .expires_s = EXPIRES_S},
		{.container = (char *)"web", .expires_s = EXPIRES_S - 86400},
		{.pod = (char *)"shop-*", .expires_s = EXPIRES_S},
		{.image = (char *)"*", .expires_s = EXPIRES_S + 86400},
	};
	const struct config config = {.exceptions = exceptions, .exceptions_count = NR_ROWS(exceptions)};
	const struct config none = {};
	const struct container container = sample_container(0);
	struct verdict_facts facts = {.verdict = VERDICT_ROOT_INIT, .result = CONTROL_FAIL};

	(void)state;
	assert_ptr_equal(exception_for(&config, &container, &facts, 0), &exceptions[1]);
	assert_ptr_equal(exception_for(&config, &container, &facts, EXPIRES_S - 86400), &exceptions[2]);
	assert_ptr_equal(exception_for(&config, &container, &facts, EXPIRES_S), &exceptions[3]);
	assert_null(exception_for(&config, &container, &facts, EXPIRES_S + 86400));
	assert_null(exception_for(&none, &container, &facts, 0));
}

static void only_warnings_and_failures_are_excepted(void **state)
{
	static const struct {
		enum control_result result;
		bool is_excepted;
	} rows[] = {{CONTROL_UNKNOWN, false}, {CONTROL_PASS, false}, {CONTROL_WARN, true}, {CONTROL_FAIL, true}};
	struct config_exception exception = {.container = (char *)"*", .expires_s = EXPIRES_S};
	const struct config config = {.exceptions = &exception, .exceptions_count = 1};
	const struct container container = sample_container(0);

	(void)state;
	for (size_t i = 0; i < NR_ROWS(rows); i++) {
		const struct verdict_facts facts = {.result = rows[i].result};

		assert_ptr_equal(exception_for(&config, &container, &facts, 0),
				 rows[i].is_excepted ? &exception : NULL);
	}
}

static uint64_t grace_ns(const struct config *config, enum odd odd)
{
	const struct container container = sample_container(odd);

	return grace_ns_for(config, &container.facts);
}

static void the_first_image_that_matches_gives_the_grace_time(void **state)
{
	struct config_grace grace[] = {
		{(char *)"registry.example/*", 60},
		{(char *)IMAGE ":1.25", 0},
		{(char *)IMAGE, 3600},
		{(char *)IMAGE_ID, 5},
	};
	const struct config config = {.grace_s = 10, .grace = grace, .grace_count = NR_ROWS(grace)};
	const struct config only_id = {.grace_s = 10, .grace = &grace[3], .grace_count = 1};

	(void)state;
	assert_int_equal(grace_ns(&config, 0), 0);
	assert_int_equal(grace_ns(&config, ABSENT_TAG), 3600000000000ULL);
	assert_int_equal(grace_ns(&config, ABSENT_ALL), 10000000000ULL);
	assert_int_equal(grace_ns(&config, NESTED), 10000000000ULL);
	assert_int_equal(grace_ns(&only_id, 0), 5000000000ULL);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(cases) + 4];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, cases, exception_matches);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(it_holds_to_the_last_second_of_its_day);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(the_first_that_holds_counts);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(only_warnings_and_failures_are_excepted);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(the_first_image_that_matches_gives_the_grace_time);
	return cmocka_run_group_tests_name("exceptions", tests, NULL, NULL);
}
