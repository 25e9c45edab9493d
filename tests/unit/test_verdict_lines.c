/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts with exceptions: told again when one ends, and answered with what each exception is to a container. */
#include "table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cmd/verdict_lines.h"
#include "fake_knowledge.h"
#include "judge/verdict.h"
#include "sample.h"

#define ID_SHOP  "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"
#define ID_API   "8b1d0e6f2c7a4953d8e1f0a6b5c4392e7d1f8a0b6c3e5d49f2a7b8c1d0e6f534"
#define S        1000000000ULL
#define ALWAYS_S (1LL << 40)

/* By the wall clock, which here is the time since the boot. */
#define PAST   .expires = (char *)"2020-01-01", .expires_s = 1
#define FUTURE .expires = (char *)"2036-01-01", .expires_s = ALWAYS_S
#define WHO    .owner = (char *)"me", .reason = (char *)"ticket 4711"

static struct config_exception exceptions[] = {
	{.name = (char *)"image", .image = (char *)"other:*", WHO, FUTURE},
	{.name = (char *)"ended", .container = (char *)ID_SHOP, WHO, PAST},
	{.name = (char *)"shop", .container = (char *)ID_SHOP, WHO, FUTURE},
	{.name = (char *)"api", .container = (char *)ID_API, WHO, FUTURE},
};

struct run {
	struct config config;
	struct fake_knowledge fake;
	struct pipeline *pipeline;
	char told[256]; /* verdicts since it was looked at */
};

static void tell(struct run *run, const struct finding *finding)
{
	size_t size = strlen(run->told);

	if (finding->kind == FINDING_VERDICT)
		snprintf(run->told + size, sizeof(run->told) - size, "%s %s\n", verdict_name(finding->verdict->verdict),
			 verdict_evaluation_name(finding->verdict));
}

static int emit(void *data, const struct finding *finding, struct container *container)
{
	(void)container;
	tell(data, finding);
	return 0;
}

static void assert_told(struct run *run, const char *expected)
{
	assert_string_equal(run->told, expected);
	run->told[0] = '\0';
}

/* Its first process: how it came in, or as a walk sees it. */
static void see(struct run *run, enum event_kind kind, uint64_t cgroup, uint32_t uid, uint64_t time_ns)
{
	static uint64_t buffer[(PROCESS_EVENT_MAX + 7) / 8];
	const struct sample_strings strings = sample_exec_strings();
	struct process_event event = sample_exec();
	size_t size;

	event.header.kind = kind;
	event.header.time_ns = time_ns;
	event.task.tgid = event.task.tid = 100 + cgroup;
	event.task.cgroup = cgroup;
	event.task.container = 0; /* the kernel does not know yet */
	event.task.pidns_inum = 1000 + cgroup;
	event.after.ruid = event.after.euid = event.after.suid = event.after.fsuid = uid;
	event.after.cap_permitted = event.after.cap_effective = 0;
	event.after_root = uid ? EVENT_ROOT_NONE : EVENT_ROOT_REAL;
	event.before = event.after;
	event.before_root = event.after_root;
	if (kind == EVENT_TASK) {
		event.header.hook = HOOK_ITER_KNOWN;
		event.task.flags &= ~TASK_ENTERING;
	}
	size = sample_process(&event, &strings, buffer);
	assert_int_equal(pipeline__handle(run->pipeline, buffer, size), 0);
}

static void enter(struct run *run, uint64_t cgroup, const char *id, uint32_t uid, uint64_t time_ns)
{
	char path[128];

	snprintf(path, sizeof(path), "/docker/%s", id);
	assert_int_equal(pipeline__add_cgroup(run->pipeline, cgroup, 1, (struct span){path, strlen(path)}), 0);
	see(run, EVENT_EXEC, cgroup, uid, time_ns);
}

/* The one is root since then, the other never was. */
static struct run *new_run(struct config_exception *configured, unsigned nr, uint64_t time_ns)
{
	struct run *run = calloc(1, sizeof(*run));
	struct pipeline_options options = {.config = &run->config, .emit = emit, .emit_data = run};

	run->config =
		(struct config){.grace_s = CONFIG_DEFAULT_GRACE_S, .exceptions = configured, .exceptions_count = nr};
	options.knowledge = fake__knowledge(&run->fake);
	assert_int_equal(pipeline__new(&options, &run->pipeline), 0);
	enter(run, 10, ID_SHOP, 0, time_ns);
	enter(run, 11, ID_API, 1000, time_ns);
	return run;
}

static void free_run(struct run *run)
{
	pipeline__free(run->pipeline);
	free(run);
}

static void walk(struct run *run, uint64_t at_s)
{
	see(run, EVENT_TASK, 10, 0, at_s * S);
	see(run, EVENT_TASK, 11, 1000, at_s * S);
	assert_int_equal(pipeline__walked(run->pipeline, at_s * S, at_s * S), 0);
}

static int look(void *data, const struct finding *finding, struct container *container)
{
	if (!strcmp(container->facts.identity.id, ID_SHOP))
		tell(data, finding);
	return 0;
}

static void an_exception_ends_while_the_agent_runs(void **state)
{
	struct config_exception one = {.name = (char *)"one", .container = (char *)ID_SHOP, WHO, .expires_s = 1100};
	struct run *run = new_run(&one, 1, 1000 * S);

	(void)state;
	walk(run, 1011);
	assert_told(run, "root_init excepted\nnonroot passed\n");
	walk(run, 1071);
	assert_told(run, "");
	/* Who asks is told so at once, the log with the next walk, once. */
	assert_int_equal(pipeline__tell_verdicts(run->pipeline, 1100 * S - 1, false, look, run), 0);
	assert_told(run, "root_init excepted\n");
	assert_int_equal(pipeline__tell_verdicts(run->pipeline, 1100 * S, false, look, run), 0);
	assert_told(run, "root_init failed\n");
	walk(run, 1131);
	assert_told(run, "root_init failed\n");
	walk(run, 1191);
	assert_told(run, "");
	free_run(run);
}

static int count(void *data, const struct finding *finding, struct container *container)
{
	unsigned *nr = data;

	(void)finding, (void)container;
	++*nr;
	return 0;
}

static void a_pid_namespace_without_root_is_in_no_answer_but_one_for_all(void **state)
{
	static const char path[] = "/user.slice/session-1.scope";
	struct run *run = new_run(NULL, 0, 1000 * S);
	unsigned nr = 0;

	(void)state;
	assert_int_equal(pipeline__add_cgroup(run->pipeline, 12, 1, (struct span){path, strlen(path)}), 0);
	see(run, EVENT_EXEC, 12, 1000, 1000 * S);
	assert_int_equal(pipeline__tell_verdicts(run->pipeline, 1001 * S, false, count, &nr), 0);
	assert_int_equal(nr, 2);
	nr = 0;
	assert_int_equal(pipeline__tell_verdicts(run->pipeline, 1001 * S, true, count, &nr), 0);
	assert_int_equal(nr, 3);
	/* It stays a container when root has gone. */
	see(run, EVENT_EXEC, 12, 0, 1002 * S);
	see(run, EVENT_EXEC, 12, 1000, 1003 * S);
	nr = 0;
	assert_int_equal(pipeline__tell_verdicts(run->pipeline, 1004 * S, false, count, &nr), 0);
	assert_int_equal(nr, 3);
	free_run(run);
}

static void a_request_for_all_says_so(void **state)
{
	static const struct {
		const char *request;
		bool wants_all;
	} cases[] = {
		{"{\"request\":\"verdicts\"}", false},
		{"{\"request\":\"verdicts\",\"all\":true}", true},
		{"{\"request\":\"explain\",\"container\":\"web\",\"all\":true}", true},
		{"{\"request\":\"verdicts\",\"all\":\"yes\"}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict_question question;
		json_t *json;

		assert_int_equal(verdict_question__parse(cases[i].request, &question, &json), 0);
		assert_int_equal(question.wants_all, cases[i].wants_all);
		json_decref(json);
	}
}

static const char expired[] = "the exception \"ended\" of me no longer counts: its last day was 2020-01-01";

/* "container result", "exception match mismatch" and at last the notes, a line each. */
static const struct answer_row {
	const char *name, *explained, *expected;
} answers[] = {
	{"all verdicts and nothing else", NULL, "shop excepted\napi passed\nend 2\n"},
	{"an explanation of one that is excepted", ID_SHOP,
	 "shop excepted\nimage mismatch image\nended expired -\nshop holds -\napi mismatch container\nend 1\n"},
	{"an explanation by the begin of its id", "3f4e8",
	 "shop excepted\nimage mismatch image\nended expired -\nshop holds -\napi mismatch container\nend 1\n"},
	{"an explanation of one that passes", ID_API, "api passed\nend 1\n"},
	{"an explanation of one that is not there", "nobody", "end 0\n"},
};

static const char *at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static void put_line(FILE *out, const json_t *line)
{
	const json_t *uidzero = json_object_get(line, "uidzero"), *exception = json_object_get(uidzero, "exception");
	const char *id = at(json_object_get(line, "container"), "id"), *answer = at(uidzero, "answer");

	assert_string_equal(at(uidzero, "schema"), "1");
	if (!strcmp(answer, "end")) {
		fprintf(out, "end %lld\n", (long long)json_integer_value(json_object_get(uidzero, "verdicts")));
	} else if (!strcmp(answer, "exception")) {
		assert_string_equal(id, ID_SHOP);
		assert_string_equal(at(exception, "owner"), "me");
		fprintf(out, "%s %s %s\n", at(exception, "name"), at(exception, "match"), at(exception, "mismatch"));
	} else {
		fprintf(out, "%s %s\n", strcmp(id, ID_SHOP) ? "api" : "shop",
			at(json_object_get(line, "result"), "evaluation"));
	}
}

/* The same in any answer: what one container does not need another one may. */
static void assert_notes(const json_t *line)
{
	const json_t *notes = json_object_get(json_object_get(line, "uidzero"), "notes");

	assert_int_equal(json_array_size(notes), 3);
	assert_string_equal(json_string_value(json_array_get(notes, 0)),
			    "the exception \"image\" of me excepts nothing that runs now");
	assert_string_equal(json_string_value(json_array_get(notes, 1)), expired);
	assert_string_equal(json_string_value(json_array_get(notes, 2)),
			    "the exception \"api\" of me excepts nothing that runs now");
}

static void answers_are(void **state)
{
	const struct answer_row *row = *state;
	struct run *run = new_run(exceptions, NR_ROWS(exceptions), boottime_ns() - 20 * S);
	struct host host = {.boot_to_realtime_ns = 0};
	struct verdict_question question = {.explained = row->explained};
	char *text, *told, *rest;
	json_t *line = NULL;
	FILE *out;
	size_t size;

	walk(run, boottime_ns() / S);
	out = open_memstream(&text, &size);
	assert_int_equal(verdict_lines__write(run->pipeline, &run->config, &host, &question, out), 0);
	fclose(out);
	out = open_memstream(&told, &size);
	for (rest = text; *rest; rest = strchr(rest, '\n') + 1) {
		json_decref(line);
		line = json_loadb(rest, strcspn(rest, "\n"), 0, NULL);
		put_line(out, line);
	}
	fclose(out);
	assert_string_equal(told, row->expected);
	assert_notes(line);
	json_decref(line);
	free(told);
	free(text);
	free_run(run);
}

int main(void)
{
	struct CMUnitTest tests[3 + NR_ROWS(answers)] = {
		cmocka_unit_test(an_exception_ends_while_the_agent_runs),
		cmocka_unit_test(a_pid_namespace_without_root_is_in_no_answer_but_one_for_all),
		cmocka_unit_test(a_request_for_all_says_so),
	};
	size_t nr_tests = 3;

	ADD_ROWS(tests, nr_tests, answers, answers_are);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
