/* SPDX-License-Identifier: Apache-2.0 */
/* Each finding becomes one line of strict JSON, of the class and with the attributes that docs/events.md names. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "encode/encoder.h"
#include "encode/event_id.h"
#include "encoded_line.h"
#include "findings.h"
#include "judge/verdict.h"
#include "table.h"

static char line[ECS_LINE_MAX];
static struct encoder *encoder;
static struct samples samples;

static int set_up(void **state)
{
	(void)state;
	samples__init(&samples);
	return encoder__new(ENCODER_OCSF, &sample_context, &encoder);
}

static int tear_down(void **state)
{
	(void)state;
	encoder__free(encoder);
	samples__destroy(&samples);
	return 0;
}

static json_t *encode_as(struct encoder *as, const struct finding *finding)
{
	long size = encoder__encode(as, finding, (struct container *)finding->container, line, sizeof(line));

	if (size < 0)
		fail_msg("encoding failed: %ld", size);
	return parse_line(line, size);
}

static json_t *encode(const struct finding *finding)
{
	return encode_as(encoder, finding);
}

/* What stands at "evidences.0.process.pid". */
static json_t *at(json_t *json, const char *path)
{
	while (json && *path) {
		char key[64];
		size_t size = strcspn(path, ".");

		assert_true(size < sizeof(key));
		memcpy(key, path, size);
		key[size] = '\0';
		json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10)) : json_object_get(json, key);
		path += size + (path[size] == '.');
	}
	return json;
}

/* Compares with the JSON text of what is expected; NULL: the attribute is left out. */
static void assert_attribute(json_t *json, const char *path, const char *expected)
{
	json_t *value = at(json, path);
	char *text;

	if (!expected) {
		if (value)
			fail_msg("%s is there", path);
		return;
	}
	if (!value)
		fail_msg("%s is missing", path);
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	assert_non_null(text);
	if (strcmp(text, expected) != 0)
		fail_msg("%s is %s, not %s", path, text, expected);
	free(text);
}

struct expectation {
	const char *path, *json;
};

#define EXPECTATIONS_MAX 40
#define WEB              "\"" SAMPLE_CONTAINER_ID "\""

static const struct row {
	const char *name;
	enum sample_finding which;
	struct expectation expected[EXPECTATIONS_MAX];
} rows[] = {
	{"a program that starts as root is launched by its parent",
	 SAMPLE_EXEC_ROOT,
	 {{"class_uid", "1007"},
	  {"class_name", "\"Process Activity\""},
	  {"category_uid", "1"},
	  {"category_name", "\"System Activity\""},
	  {"activity_id", "1"},
	  {"activity_name", "\"Launch\""},
	  {"type_uid", "100701"},
	  {"type_name", "\"Process Activity: Launch\""},
	  {"time", "1732237200123"},
	  {"severity_id", "2"},
	  {"severity", "\"Low\""},
	  {"status_id", "1"},
	  {"message", "\"sh (pid 123) started as root in container web (docker.io/library/nginx:1.25): /bin/sh -c exec "
		      "nginx -g 'daemon off;'\""},
	  {"metadata.version", "\"1.6.0\""},
	  {"metadata.product", "{\"name\":\"uidzero\",\"vendor_name\":\"uidzero\",\"version\":\"0.1.0\"}"},
	  {"metadata.profiles", "[\"container\",\"linux/linux_users\"]"},
	  {"metadata.event_code", "\"exec_root\""},
	  {"metadata.sequence", "7"},
	  {"metadata.original_time", "\"2024-11-22T01:00:00.123456789Z\""},
	  {"device", "{\"type_id\":0,\"type\":\"Unknown\",\"hostname\":\"node-1\",\"uid\":"
		     "\"0123456789abcdef0123456789abcdef\",\"boot_uid\":\"6a1d2b0c-3c52-4a57-8d4e-5a0d3b2f9c11\","
		     "\"os\":{\"name\":\"Linux\",\"type_id\":200,\"type\":\"Linux\"}}"},
	  {"actor.process.pid", "100"},
	  {"actor.process.name", "\"containerd-shim\""},
	  {"actor.process.user", "{\"uid\":\"0\",\"type_id\":2,\"type\":\"Admin\"}"},
	  {"process.pid", "123"},
	  {"process.tid", "123"},
	  {"process.namespace_pid", "1"},
	  {"process.created_time", "1732237200120"},
	  {"process.cmd_line", "\"/bin/sh -c exec nginx -g 'daemon off;'\""},
	  {"process.working_directory", "\"/srv/www\""},
	  {"process.file",
	   "{\"name\":\"dash\",\"path\":\"/usr/bin/dash\",\"type_id\":1,\"type\":\"Regular File\",\"uid\":"
	   "\"1311\",\"owner\":{\"uid\":\"0\",\"name\":\"root\",\"type_id\":2,\"type\":\"Admin\"},"
	   "\"is_deleted\":false}"},
	  {"process.user", "{\"uid\":\"0\",\"name\":\"root\",\"type_id\":2,\"type\":\"Admin\"}"},
	  {"process.euid", "0"},
	  {"process.group", "{\"uid\":\"0\"}"},
	  {"process.parent_process.pid", "100"},
	  {"process.container",
	   "{\"uid\":" WEB ",\"name\":\"web\",\"runtime\":\"docker\",\"image\":{\"uid\":\"" SAMPLE_IMAGE_ID "\","
	   "\"name\":\"docker.io/library/nginx\",\"tag\":\"1.25\"},\"tags\":[{\"name\":\"org.example.team\",\"value\":"
	   "\"shop\"},{\"name\":\"tier\",\"value\":\"front\"}]}"},
	  {"unmapped.uidzero.root", "\"real\""},
	  {"unmapped.process.saved_user", "{\"id\":\"0\"}"},
	  {"finding_info", NULL}}},
	{"a program that is not root", SAMPLE_EXEC, {{"type_uid", "100701"}, {"process.user.type_id", NULL}}},
	{"a gain by a file is a detection with its technique",
	 SAMPLE_GAIN_BY_FILE,
	 {{"class_uid", "2004"},
	  {"category_uid", "2"},
	  {"activity_id", "1"},
	  {"type_uid", "200401"},
	  {"type_name", "\"Detection Finding: Create\""},
	  {"severity_id", "4"},
	  {"is_alert", "true"},
	  {"status", "\"New\""},
	  {"finding_info.title", "\"A process in a container became root\""},
	  {"finding_info.desc", "\"su (pid 140) went from uid 1000 to root by a set-user-id file in container web "
				"(docker.io/library/nginx:1.25): su -\""},
	  {"finding_info.types", "[\"gain_root\"]"},
	  {"finding_info.analytic", "{\"uid\":\"gain_root\",\"type_id\":1,\"type\":\"Rule\"}"},
	  {"finding_info.attacks",
	   "[{\"tactic\":{\"uid\":\"TA0004\",\"name\":\"Privilege "
	   "Escalation\"},\"technique\":{\"uid\":\"T1548\",\"name\":"
	   "\"Abuse Elevation Control Mechanism\"},\"sub_technique\":{\"uid\":\"T1548.001\",\"name\":\"Setuid and "
	   "Setgid\"}}]"},
	  {"evidences.0.actor.process.pid", "140"},
	  {"evidences.0.actor.user", "{\"uid\":\"1000\",\"name\":\"app\"}"},
	  {"evidences.0.process.user.uid", "\"0\""},
	  {"evidences.0.process.container.uid", WEB},
	  {"resources",
	   "[{\"uid\":" WEB ",\"name\":\"web\",\"type\":\"container\",\"role_id\":1,\"role\":\"Target\"}]"},
	  {"process", NULL},
	  {"unmapped.uidzero.cause", "\"setuid_file\""},
	  {"unmapped.process.real_user.id", "\"1000\""}}},
	{"a gain by a call is no technique that is known",
	 SAMPLE_GAIN_BY_CALL,
	 {{"type_uid", "200401"}, {"finding_info.attacks", NULL}, {"unmapped.uidzero.syscall", "\"setresuid\""}}},
	{"a drop sets the user id",
	 SAMPLE_DROP,
	 {{"type_uid", "100705"},
	  {"type_name", "\"Process Activity: Set User ID\""},
	  {"actor.process.pid", "160"},
	  {"actor.user.uid", "\"0\""},
	  {"process.user.uid", "\"101\""},
	  {"process.euid", "101"},
	  {"process.cmd_line", NULL},
	  {"unmapped.uidzero.drop.complete", "false"},
	  {"unmapped.process.saved_user.id", "\"0\""}}},
	{"another change of the user id", SAMPLE_UID_CHANGE, {{"type_uid", "100705"}, {"actor.user.uid", "\"33\""}}},
	{"a change of the group id has no activity of its own",
	 SAMPLE_GID_CHANGE,
	 {{"type_uid", "100799"},
	  {"activity_name", "\"gid_change\""},
	  {"type_name", "\"Process Activity: Other\""},
	  {"process.egid", "34"}}},
	{"what a walk saw came about in an unknown way",
	 SAMPLE_ROOT_FOUND,
	 {{"type_uid", "100799"},
	  {"activity_name", "\"root_found\""},
	  {"status_id", "0"},
	  {"actor.process.pid", "170"},
	  {"actor.user", NULL},
	  {"process.user", "{\"uid\":\"100000\"}"},
	  {"process.container.orchestrator", "\"kubernetes\""},
	  {"process.container.pod_uuid", "\"1f0c6f4e-8a9b-4a51-9f37-0c6d1a2b3c4d\""},
	  {"process.container.image", NULL},
	  {"process.container.name", NULL},
	  {"unmapped.orchestrator.namespace", "\"prod\""},
	  {"unmapped.uidzero.policy.allowed", "true"}}},
	{"a container's start is the launch of its first process",
	 SAMPLE_CONTAINER_START,
	 {{"type_uid", "100701"}, {"metadata.event_code", "\"container_start\""}, {"process.pid", "123"}}},
	{"a container's end without a first process",
	 SAMPLE_CONTAINER_STOP,
	 {{"type_uid", "99"},
	  {"class_uid", "0"},
	  {"category_uid", "0"},
	  {"activity_name", "\"container_stop\""},
	  {"metadata.profiles", "[\"container\",\"host\"]"},
	  {"device.container.name", "\"web\""},
	  {"process", NULL}}},
	{"a container that is better known",
	 SAMPLE_METADATA,
	 {{"type_uid", "99"}, {"device.container.uid", WEB}, {"device.hostname", "\"node-1\""}}},
	{"a verdict is a compliance finding",
	 SAMPLE_VERDICT,
	 {{"class_uid", "2003"},
	  {"type_uid", "200301"},
	  {"type_name", "\"Compliance Finding: Create\""},
	  {"status", "\"New\""},
	  {"finding_info.title", "\"Ensure that a user for the container has been created\""},
	  {"finding_info.types", "[\"escalated\"]"},
	  {"finding_info.first_seen_time", "1732237202000"},
	  {"finding_info.related_events.0.title", "\"gain_root\""},
	  {"finding_info.related_events.1", NULL},
	  {"compliance.control", "\"CIS-Docker-4.1\""},
	  {"compliance.requirements", "[\"4.1 Ensure that a user for the container has been created\"]"},
	  {"compliance.standards", "[\"CIS Docker Benchmark v1.6.0\"]"},
	  {"compliance.status_id", "3"},
	  {"compliance.status", "\"Fail\""},
	  {"compliance.status_code", "\"escalated\""},
	  {"compliance.status_details.1", NULL},
	  {"remediation.references", "[\"https://www.cisecurity.org/benchmark/docker\"]"},
	  {"resources.0.uid", WEB},
	  {"evidences.0.process.pid", "140"},
	  {"evidences.0.process.path", "\"/usr/bin/su\""},
	  {"evidences.0.process.cmd_line", "\"su -\""},
	  {"evidences.0.process.user.uid", "\"0\""},
	  {"evidences.0.process.container.uid", WEB},
	  {"unmapped.uidzero.verdict", "\"escalated\""}}},
	{"a loss is an error of the application",
	 SAMPLE_LOSS,
	 {{"type_uid", "600801"},
	  {"category_name", "\"Application Activity\""},
	  {"start_time", "1732237198000"},
	  {"end_time", "1732237201000"},
	  {"message", "\"12 events were lost: ring full\""},
	  {"device.container", NULL},
	  {"unmapped.uidzero.lost.total", "12"}}},
	{"the agent's start",
	 SAMPLE_AGENT_START,
	 {{"type_uid", "600203"},
	  {"app", "{\"name\":\"uidzero\",\"vendor_name\":\"uidzero\",\"version\":\"0.1.0\"}"},
	  {"unmapped.uidzero.agent.cgroup_mode", "\"v2\""}}},
	{"the agent's end", SAMPLE_AGENT_STOP, {{"type_uid", "600204"}, {"status", "\"Success\""}}},
};

static void a_finding_has_its_class_and_attributes(void **state)
{
	const struct row *row = *state;
	json_t *json = encode(&samples.findings[row->which]);

	for (size_t i = 0; i < EXPECTATIONS_MAX && row->expected[i].path; i++)
		assert_attribute(json, row->expected[i].path, row->expected[i].json);
	json_decref(json);
}

static void an_allowed_gain_is_an_activity(void **state)
{
	struct finding finding = samples.findings[SAMPLE_GAIN_BY_FILE];
	json_t *json;

	(void)state;
	finding.is_alert = false;
	json = encode(&finding);
	assert_attribute(json, "type_uid", "100701");
	json_decref(json);
	finding = samples.findings[SAMPLE_GAIN_BY_CALL];
	finding.is_alert = false;
	json = encode(&finding);
	assert_attribute(json, "type_uid", "100705");
	json_decref(json);
	finding.kind = FINDING_GAIN_CAPS;
	json = encode(&finding);
	assert_attribute(json, "type_uid", "100799");
	assert_attribute(json, "activity_name", "\"gain_caps\"");
	json_decref(json);
}

static void a_host_exec_is_an_escape_to_the_host(void **state)
{
	struct finding finding = samples.findings[SAMPLE_EXEC_ROOT];
	json_t *json, *attack;

	(void)state;
	finding.kind = FINDING_HOST_EXEC;
	finding.cause = CAUSE_KERNEL_HELPER;
	finding.severity = SEVERITY_CRITICAL;
	finding.is_alert = true;
	json = encode(&finding);
	assert_attribute(json, "class_uid", "2004");
	assert_attribute(json, "severity_id", "5");
	attack = json_array_get(json_object_get(json_object_get(json, "finding_info"), "attacks"), 0);
	assert_string_equal(json_string_value(json_object_get(json_object_get(attack, "technique"), "uid")), "T1611");
	json_decref(json);
}

static void a_containers_end_terminates_its_first_process(void **state)
{
	struct container container = samples.web;
	struct finding finding = samples.findings[SAMPLE_CONTAINER_STOP];
	json_t *json;

	(void)state;
	container.encoded = NULL;
	container.init_tgid = 123;
	container.init_start_ns = 3600120000000ULL;
	finding.container = &container;
	json = encode(&finding);
	assert_attribute(json, "type_uid", "100702");
	assert_attribute(json, "process.pid", "123");
	assert_attribute(json, "process.created_time", "1732237200120");
	assert_attribute(json, "process.container.uid", WEB);
	assert_attribute(json, "actor.process.pid", "123");
	json_decref(json);
	free(container.encoded);
}

/* Both formats name a line and a process alike, and what one keeps with a container does not end up in the other's. */
static void formats_take_turns(void **state)
{
	const struct finding *finding = &samples.findings[SAMPLE_DROP];
	struct encoder *ecs;
	json_t *in_ocsf, *in_ecs;

	(void)state;
	assert_int_equal(encoder__new(ENCODER_ECS, &sample_context, &ecs), 0);
	for (int round = 0; round < 2; round++) {
		in_ocsf = encode(finding);
		in_ecs = encode_as(ecs, finding);
		assert_attribute(in_ocsf, "process.container.uid", WEB);
		assert_attribute(in_ecs, "container.id", WEB);
		assert_true(json_equal(at(in_ocsf, "metadata.uid"), at(in_ecs, "event.id")));
		assert_true(json_equal(at(in_ocsf, "process.uid"), at(in_ecs, "process.entity_id")));
		assert_true(json_equal(at(in_ocsf, "message"), at(in_ecs, "message")));
		assert_true(json_equal(at(in_ocsf, "unmapped.uidzero"), at(in_ecs, "uidzero")));
		json_decref(in_ocsf);
		json_decref(in_ecs);
	}
	encoder__free(ecs);
}

static void evidence_names_the_line_that_it_was(void **state)
{
	const struct finding *finding = &samples.findings[SAMPLE_GAIN_BY_FILE];
	const struct process_event *event = finding->process->event;
	const struct evidence evidence = {
		.kind = finding->kind,
		.time_ns = finding->time_ns,
		.seq = event->header.seq,
		.start_ns = event->task.start_ns,
		.cpu = event->header.cpu,
		.tgid = event->task.tgid,
		.tid = event->task.tid,
		.ring = event->header.ring,
	};
	struct stable_id boot = stable_id_of_text("boot"), told = event_id_of_finding(boot, finding);
	struct stable_id kept = event_id_of_evidence(boot, &evidence, finding->container);

	(void)state;
	assert_memory_equal(&told, &kept, sizeof(told));
}

static void what_the_schema_would_refuse_is_left_out(void **state)
{
	struct container container = samples.pod;
	struct finding finding = samples.findings[SAMPLE_ROOT_FOUND];
	struct process_view process = *finding.process;
	struct process_event *event = malloc(PROCESS_EVENT_MAX);
	json_t *json;

	(void)state;
	assert_non_null(event);
	memcpy(event, process.event, sizeof(*event));
	container.encoded = NULL;
	finding.container = &container;
	finding.process = &process;
	process.event = event;

	/* A static pod's id, ids beyond a signed number, a directory for a program, an image that has but a name. */
	container.facts.pod_uid = (char *)"1f0c6f4e8a9b4a519f370c6d1a2b3c4d";
	container.facts.image_name = (char *)"nginx";
	event->after.euid = event->after.egid = 4000000000U;
	event->executable_is_whole = true;
	process.executable = (struct span){NULL, 0};
	json = encode(&finding);
	assert_attribute(json, "process.container.pod_uuid", NULL);
	assert_attribute(json, "unmapped.orchestrator.resource.id", "\"1f0c6f4e8a9b4a519f370c6d1a2b3c4d\"");
	assert_attribute(json, "process.container.image", "{\"uid\":\"nginx\",\"name\":\"nginx\"}");
	assert_attribute(json, "process.euid", NULL);
	assert_attribute(json, "process.egid", NULL);
	assert_attribute(json, "process.user.uid", "\"4000000000\"");
	assert_attribute(json, "process.file", NULL);
	json_decref(json);
	free(container.encoded);

	/* A container must have an id or a name. */
	container.encoded = NULL;
	container.facts.identity.id[0] = '\0';
	event->after.is_known = 0;
	json = encode(&finding);
	assert_attribute(json, "process.container", NULL);
	assert_attribute(json, "process.user", NULL);
	assert_attribute(json, "unmapped.process", NULL);
	json_decref(json);
	free(container.encoded);
	free(event);
}

/* The sample's verdict, to be changed. */
struct verdict_sample {
	struct container container;
	struct root_history history;
	struct verdict_facts facts;
	struct config_exception exception;
	struct finding finding;
};

static void make_verdict(struct verdict_sample *sample)
{
	*sample = (struct verdict_sample){
		.container = samples.web,
		.history = samples.history,
		.facts = samples.verdict,
		.exception = {.name = (char *)"known",
			      .owner = (char *)"shop",
			      .reason = (char *)"moves in spring",
			      .expires = (char *)"2027-01-31"},
		.finding = samples.findings[SAMPLE_VERDICT],
	};
	sample->container.encoded = NULL;
	sample->facts.history = &sample->history;
	sample->facts.decisive = &sample->history.stretches[1];
	sample->finding.container = &sample->container;
	sample->finding.verdict = &sample->facts;
}

static void a_verdict_tells_its_result(void **state)
{
	static const struct {
		enum verdict verdict;
		enum control_result result;
		const char *status_id, *status;
	} results[] = {
		{VERDICT_NONROOT, CONTROL_PASS, "1", "\"Pass\""},
		{VERDICT_MAPPED_ROOT, CONTROL_WARN, "2", "\"Warning\""},
		{VERDICT_ESCALATED, CONTROL_FAIL, "3", "\"Fail\""},
		{VERDICT_UNKNOWN, CONTROL_UNKNOWN, "0", "\"Unknown\""},
	};
	struct verdict_sample sample;
	char *id = NULL;

	(void)state;
	make_verdict(&sample);
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		json_t *json;

		sample.finding.time_ns++;
		sample.facts.verdict = results[i].verdict;
		sample.facts.result = results[i].result;
		sample.facts.decisive = NULL;
		json = encode(&sample.finding);
		assert_attribute(json, "compliance.status_id", results[i].status_id);
		assert_attribute(json, "compliance.status", results[i].status);
		assert_attribute(json, "evidences", NULL);
		/* One finding, of many lines. */
		assert_string_not_equal(json_string_value(at(json, "metadata.uid")),
					json_string_value(at(json, "finding_info.uid")));
		if (id)
			assert_string_equal(id, json_string_value(at(json, "finding_info.uid")));
		free(id);
		id = strdup(json_string_value(at(json, "finding_info.uid")));
		json_decref(json);
	}
	free(id);
	free(sample.container.encoded);
}

static void an_accepted_verdict_is_suppressed_and_an_ended_one_closed(void **state)
{
	struct verdict_sample sample;
	json_t *json;

	(void)state;
	make_verdict(&sample);
	sample.facts.exception = &sample.exception;
	json = encode(&sample.finding);
	assert_attribute(json, "status_id", "3");
	assert_attribute(json, "status", "\"Suppressed\"");
	assert_attribute(json, "compliance.status", "\"Fail\"");
	json_decref(json);
	sample.facts.has_ended = true;
	json = encode(&sample.finding);
	assert_attribute(json, "type_uid", "200303");
	assert_attribute(json, "activity_name", "\"Close\"");
	json_decref(json);
	free(sample.container.encoded);
}

/* As many stretches as there can be, of processes whose names take six bytes for each. */
static void the_longest_verdict_fits(void **state)
{
	static struct verdict_sample sample;
	static char text[FACTS_STRING_MAX];
	struct container_facts *facts = &sample.container.facts;

	(void)state;
	make_verdict(&sample);
	memset(text, 1, sizeof(text) - 1);
	facts->name = facts->image_name = facts->image_tag = facts->image_id = facts->declared_user = text;
	facts->requested_user = facts->resolved_user = facts->pod_name = facts->pod_namespace = text;
	facts->pod_uid = facts->kubernetes_container = text;
	sample.history.nr_stretches = HISTORY_STRETCHES_MAX;
	for (int i = 0; i < HISTORY_STRETCHES_MAX; i++) {
		struct stretch *stretch = &sample.history.stretches[i];

		*stretch = sample.history.stretches[0];
		memset(stretch->comm, 2, sizeof(stretch->comm) - 1);
		memset(stretch->executable, 2, sizeof(stretch->executable) - 1);
		memset(stretch->command, 2, sizeof(stretch->command) - 1);
	}
	memset(sample.history.evidence[EVIDENCE_GAIN].command, 2, HISTORY_COMMAND_MAX - 1);
	for (int class = 0; class < EVIDENCE_END; class ++) {
		sample.history.evidence[class] = sample.history.evidence[EVIDENCE_GAIN];
	}
	for (int verdict = 0; verdict < VERDICT_END; verdict++) {
		json_t *json;

		sample.facts.verdict = verdict;
		sample.facts.result = verdict_result(verdict);
		json = encode(&sample.finding);
		assert_int_equal(json_array_size(at(json, "finding_info.related_events")), EVIDENCE_END);
		json_decref(json);
	}
	free(sample.container.encoded);
}

/* Names, labels, paths and arguments of control characters only, each of which takes six bytes. */
static void a_line_always_fits(void **state)
{
	static const enum finding_kind kinds[] = {FINDING_GAIN_ROOT, FINDING_CONTAINER_START, FINDING_METADATA};
	static char text[FACTS_STRING_MAX], args[EVENT_ARGS_MAX], path[EVENT_PATH_MAX], user_name[65];
	static struct facts_label labels[FACTS_LABELS_MAX];
	static struct facts_mount mounts[FACTS_MOUNTS_MAX];
	struct finding finding = samples.findings[SAMPLE_GAIN_BY_FILE];
	struct process_view process = *finding.process;
	struct process_event *event = malloc(PROCESS_EVENT_MAX);
	uint32_t uid = 0;
	struct container container = {
		.number = 9,
		.cgroup_path = text,
		.facts = {.name = text,
			  .image_name = text,
			  .image_tag = text,
			  .image_id = text,
			  .declared_user = text,
			  .requested_user = text,
			  .resolved_user = text,
			  .pod_name = text,
			  .pod_namespace = text,
			  .pod_uid = text,
			  .kubernetes_container = text,
			  .users = {true, 1, &uid, user_name},
			  .risk = {.is_known = true,
				   .added_capabilities = UINT64_MAX,
				   .host_namespaces = UINT32_MAX,
				   .mounts = mounts,
				   .nr_mounts = FACTS_MOUNTS_MAX},
			  .labels = labels,
			  .nr_labels = FACTS_LABELS_MAX},
	};

	(void)state;
	assert_non_null(event);
	memcpy(event, process.event, sizeof(*event));
	memset(text, 1, sizeof(text) - 1);
	memset(args, 2, sizeof(args) - 1);
	memset(path, 3, sizeof(path) - 1);
	memset(user_name, 5, sizeof(user_name) - 1);
	memset(container.facts.identity.id, 4, sizeof(container.facts.identity.id) - 1);
	for (size_t i = 0; i < FACTS_LABELS_MAX; i++)
		labels[i] = (struct facts_label){(char *)"key", text};
	for (size_t i = 0; i < FACTS_MOUNTS_MAX; i++)
		mounts[i] = (struct facts_mount){text, text, true, true, 0, 0, 0100600};
	process.event = event;
	process.args = (struct span){args, sizeof(args)};
	process.executable = process.cwd = (struct span){path, sizeof(path)};
	process.filename = (struct span){path, sizeof(path) - 1};
	event->file.flags |= FILE_SCRIPT;
	event->args_full_size = sizeof(args);
	event->after.cap_effective = event->after.cap_permitted = event->after.cap_bounding = UINT64_MAX;
	event->after.cap_inheritable = event->after.cap_ambient = event->before.cap_permitted = UINT64_MAX;
	finding.process = &process;
	finding.container = &container;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		json_t *json;

		finding.kind = kinds[i];
		finding.is_alert = kinds[i] == FINDING_GAIN_ROOT;
		json = encode(&finding);
		assert_true(json_integer_value(at(json, "unmapped.uidzero.container.labels_omitted")) > 0);
		json_decref(json);
	}
	free(container.encoded);
	free(event);
}

static void a_small_buffer_gets_a_shorter_line_or_none(void **state)
{
	bool has_fitted = false;

	(void)state;
	for (size_t capacity = 0; capacity < 12000; capacity += 97) {
		const struct finding *finding = &samples.findings[SAMPLE_GAIN_BY_FILE];
		char *small = malloc(capacity ? capacity : 1);
		long size;

		assert_non_null(small);
		size = encoder__encode(encoder, finding, (struct container *)finding->container, small, capacity);
		if (size == -ENOSPC) {
			assert_false(has_fitted);
		} else {
			assert_true(size > 0 && (size_t)size <= capacity);
			has_fitted = true;
			json_decref(parse_line(small, size));
		}
		free(small);
	}
	assert_true(has_fitted);
}

static void random_records_become_strict_json(void **state)
{
	static uint64_t buffer[(PROCESS_EVENT_MAX + 7) / 8];
	uint64_t seed = 0x0c5f;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct process_event *event = (struct process_event *)buffer;
		struct finding finding = samples.findings[sample_random(&seed) % SAMPLE_WITH_PROCESS_END];
		struct process_event source = *finding.process->event;
		struct sample_strings strings = {.args = {NULL, 0}};
		char args[96], name[24];
		struct event_view view;

		for (size_t i = 0; i < sizeof(args); i++)
			args[i] = sample_random(&seed) >> 30;
		for (size_t i = 0; i < sizeof(name) - 1; i++)
			name[i] = 1 + (sample_random(&seed) >> 30) % 255;
		name[sizeof(name) - 1] = '\0';
		for (size_t i = 0; i < EVENT_COMM_SIZE - 1; i++)
			source.task.comm[i] = source.task.parent_comm[i] = sample_random(&seed) >> 30;
		source.after.cap_effective = sample_random(&seed) << 32 | sample_random(&seed);
		source.after.userns_level = sample_random(&seed) % 3;
		source.after.is_known = sample_random(&seed) % 2;
		source.before.is_known = sample_random(&seed) % 2;
		source.task.parent_tgid = sample_random(&seed) % 2;
		source.file.flags = sample_random(&seed) % 64;
		source.args_full_size = sample_random(&seed) % 200;
		strings.args = (struct span){args, sample_random(&seed) % sizeof(args)};
		strings.executable = strings.cwd = strings.filename = (struct span){name, sizeof(name)};
		assert_int_equal(event_decode(buffer, sample_process(&source, &strings, event), &view), 0);
		finding.process = &view.process;
		finding.is_alert = sample_random(&seed) % 2;
		json_decref(encode(&finding));
	}
}

static void formats_have_names(void **state)
{
	enum encoder_format format;

	(void)state;
	assert_int_equal(encoder_format_from_name("ocsf", &format), 0);
	assert_int_equal(format, ENCODER_OCSF);
	assert_string_equal(encoder_format_name(format), "ocsf");
	assert_int_equal(encoder_format_from_name("ecs", &format), 0);
	assert_int_equal(format, ENCODER_ECS);
	assert_int_equal(encoder_format_from_name("", &format), -ENOENT);
	assert_null(encoder_format_name(ENCODER_FORMAT_END));
}

/* One of each class; tests run where docs/ is. */
static void the_documentation_shows_these_lines(void **state)
{
	static const enum sample_finding shown[] = {SAMPLE_EXEC_ROOT,   SAMPLE_GAIN_BY_FILE, SAMPLE_VERDICT,
						    SAMPLE_AGENT_START, SAMPLE_LOSS,         SAMPLE_METADATA};
	static char docs[1 << 20];
	FILE *file = fopen("docs/events.md", "re");
	size_t size;

	(void)state;
	if (!file)
		skip();
	size = fread(docs, 1, sizeof(docs) - 1, file);
	fclose(file);
	docs[size] = '\0';
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		json_decref(encode(&samples.findings[shown[i]]));
		*strchr(line, '\n') = '\0';
		if (!strstr(docs, line))
			fail_msg("docs/events.md lacks: %s", line);
	}
}

/* For people and for tests/ocsf: `test_ocsf --print` writes a line per finding and no more. */
static int print_lines(void)
{
	if (set_up(NULL) != 0)
		return 1;
	for (int i = 0; i < SAMPLES_END; i++) {
		const struct finding *finding = &samples.findings[i];
		long size =
			encoder__encode(encoder, finding, (struct container *)finding->container, line, sizeof(line));

		if (size < 0 || fwrite(line, 1, size, stdout) != (size_t)size)
			return 1;
	}
	return tear_down(NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(an_allowed_gain_is_an_activity),
		cmocka_unit_test(a_host_exec_is_an_escape_to_the_host),
		cmocka_unit_test(a_containers_end_terminates_its_first_process),
		cmocka_unit_test(formats_take_turns),
		cmocka_unit_test(evidence_names_the_line_that_it_was),
		cmocka_unit_test(what_the_schema_would_refuse_is_left_out),
		cmocka_unit_test(a_verdict_tells_its_result),
		cmocka_unit_test(an_accepted_verdict_is_suppressed_and_an_ended_one_closed),
		cmocka_unit_test(the_longest_verdict_fits),
		cmocka_unit_test(a_line_always_fits),
		cmocka_unit_test(a_small_buffer_gets_a_shorter_line_or_none),
		cmocka_unit_test(random_records_become_strict_json),
		cmocka_unit_test(formats_have_names),
		cmocka_unit_test(the_documentation_shows_these_lines),
	};
	struct CMUnitTest tests[NR_ROWS(rows) + NR_ROWS(others)];
	size_t nr = 0;

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return print_lines();
	ADD_ROWS(tests, nr, rows, a_finding_has_its_class_and_attributes);
	for (size_t i = 0; i < NR_ROWS(others); i++)
		tests[nr++] = others[i];
	return cmocka_run_group_tests_name("ocsf", tests, set_up, tear_down);
}
