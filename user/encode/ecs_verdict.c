/* SPDX-License-Identifier: Apache-2.0 */
/* Writes verdicts as posture tools have them, with who held root when. */
#include "encode/ecs_verdict.h"

#include <string.h>

#include "base/safe_text.h"
#include "encode/event_id.h"
#include "encode/verdict_text.h"
#include "judge/controls.h"
#include "judge/remedy.h"

#define PROCESSES_MAX 8
#define TEXT_MAX      512 /* of what is not ours and has no bound of its own */

static void write_text(struct json_writer *writer, const char *key, const char *text, size_t max_size)
{
	if (text && text[0] && max_size)
		json_bytes(writer, key, utf8_prefix((struct span){text, strlen(text)}, max_size));
}

static void write_rule(struct json_writer *writer, const struct finding *finding)
{
	const struct control_description *control = &control_descriptions[CONTROL_DOCKER_4_1];
	unsigned set = remedies(finding->container, finding->verdict);

	json_open_object(writer, "rule");
	json_cstring(writer, "id", control->id);
	json_cstring(writer, "name", control->name);
	json_cstring(writer, "ruleset", control->benchmark);
	json_cstring(writer, "reference", control->reference);
	json_cstring(writer, "section", control->section);
	json_open_object(writer, "benchmark");
	json_cstring(writer, "id", control->benchmark_id);
	json_cstring(writer, "name", control->benchmark);
	json_cstring(writer, "version", control->version);
	json_cstring(writer, "rule_number", control->number);
	json_close_object(writer);
	if (set) {
		json_begin_string(writer, "remediation");
		verdict_text__write_remedy(writer, set & -set, finding->container, finding->verdict);
		json_end_string(writer);
	}
	json_close_object(writer);
}

static void write_events(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			 size_t text_max)
{
	const struct evidence *all[EVIDENCE_END];
	unsigned nr = history__evidence(finding->verdict->history, all);

	json_open_array(writer, "events");
	for (unsigned i = 0; i < nr; i++) {
		const struct evidence *evidence = all[i];

		json_open_object(writer, NULL);
		event_id__write(writer, "id", event_id_of_evidence(encoder->boot, evidence, finding->container));
		json_cstring(writer, "finding", finding_name(evidence->kind));
		process_parts__write_time(encoder, writer, "timestamp", evidence->time_ns);
		json_u64(writer, "pid", evidence->tgid);
		write_text(writer, "command_line", evidence->command, text_max);
		json_close_object(writer);
	}
	json_close_array(writer);
}

void ecs_verdict__write(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			size_t text_max)
{
	const struct container_facts *facts = &finding->container->facts;

	write_rule(writer, finding);
	json_open_object(writer, "result");
	json_cstring(writer, "evaluation", verdict_evaluation_name(finding->verdict));
	json_open_object(writer, "expected");
	json_cstring(writer, "user", "non-root");
	json_close_object(writer);
	if (finding->verdict->history) {
		json_open_object(writer, "evidence");
		write_events(encoder, writer, finding, text_max);
		json_close_object(writer);
	}
	json_close_object(writer);

	json_open_object(writer, "resource");
	write_text(writer, "id", facts->identity.id, TEXT_MAX);
	write_text(writer, "name", facts->name, TEXT_MAX);
	json_cstring(writer, "type", "container");
	json_cstring(writer, "sub_type", container_runtime_name(facts->identity.runtime));
	json_close_object(writer);
}

/* Who it is and what it holds: what a process of now and a stretch of the past have in common. */
static void write_holder(struct process_encoder *encoder, struct json_writer *writer, const struct stretch *stretch)
{
	json_u64(writer, "pid", stretch->tgid);
	process_parts__write_comm(writer, stretch->comm);
	json_cstring(writer, "hold", hold_name(stretch->hold));
	json_cstring(writer, "role", process_role_name(stretch->role));
	process_parts__write_time(encoder, writer, "since", stretch->since_ns);
	json_bool(writer, "since_is_exact", stretch->since_is_exact);
}

static void write_processes(struct process_encoder *encoder, struct json_writer *writer,
			    const struct root_history *history, size_t text_max)
{
	unsigned nr = 0;

	json_open_array(writer, "root_processes");
	for (unsigned i = 0; i < history->nr_stretches && nr < PROCESSES_MAX; i++) {
		const struct stretch *stretch = &history->stretches[i];

		if (stretch->until_ns)
			continue;
		nr++;
		json_open_object(writer, NULL);
		write_holder(encoder, writer, stretch);
		write_text(writer, "executable", stretch->executable, text_max);
		write_text(writer, "command_line", stretch->command, text_max);
		if (stretch->tid) {
			json_open_object(writer, "thread");
			json_u64(writer, "id", stretch->tid);
			json_close_object(writer);
		}
		if (stretch->euid != UINT32_MAX) {
			json_open_object(writer, "user");
			json_u64_string(writer, "id", stretch->euid);
			json_close_object(writer);
		}
		json_cstring(writer, "cause", root_cause_name(stretch->cause));
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void write_timeline(struct process_encoder *encoder, struct json_writer *writer,
			   const struct root_history *history)
{
	json_open_array(writer, "timeline");
	for (unsigned i = 0; i < history->nr_stretches; i++) {
		const struct stretch *stretch = &history->stretches[i];

		json_open_object(writer, NULL);
		write_holder(encoder, writer, stretch);
		json_bool(writer, "session", stretch->is_of_session);
		if (stretch->until_ns) {
			process_parts__write_time(encoder, writer, "until", stretch->until_ns);
			json_bool(writer, "until_is_exact", stretch->until_is_exact);
		}
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void write_history(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			  size_t text_max)
{
	const struct verdict_facts *facts = finding->verdict;
	const struct root_history *history = facts->history;
	const struct evidence *evidence[EVIDENCE_END];
	unsigned nr_evidence = history__evidence(history, evidence);

	process_parts__write_time(encoder, writer, "since", facts->since_ns);
	process_parts__write_time(encoder, writer, "started", history->started_ns);
	json_cstring(writer, "history", history->is_whole ? "whole" : "partial");
	json_u64(writer, "root_for_ms", facts->root_for_ns / 1000000);
	json_bool(writer, "root_for_is_exact", facts->root_for_is_exact);
	json_u64(writer, "root_now", facts->nr_root_now);
	write_processes(encoder, writer, history, text_max);
	if (text_max) {
		write_timeline(encoder, writer, history);
		if (history->nr_forgotten)
			json_u64(writer, "timeline_omitted", history->nr_forgotten);
	} else {
		json_u64(writer, "timeline_omitted", history->nr_stretches + history->nr_forgotten);
	}
	json_open_object(writer, "counts");
	json_u64(writer, "sessions", history->nr_sessions);
	json_u64(writer, "gains", history->nr_gains);
	json_u64(writer, "regains", history->nr_regains);
	json_u64(writer, "drops", history->nr_drops);
	json_close_object(writer);

	json_open_array(writer, "evidence");
	for (unsigned i = 0; i < nr_evidence; i++)
		event_id__write(writer, NULL, event_id_of_evidence(encoder->boot, evidence[i], finding->container));
	json_close_array(writer);
}

static void write_remedies(struct json_writer *writer, const struct finding *finding)
{
	unsigned set = remedies(finding->container, finding->verdict);

	if (!set)
		return;
	json_open_array(writer, "remedy");
	for (unsigned remedy = 1; remedy < REMEDY_END; remedy <<= 1) {
		if (!(set & remedy))
			continue;
		json_begin_string(writer, NULL);
		verdict_text__write_remedy(writer, remedy, finding->container, finding->verdict);
		json_end_string(writer);
	}
	json_close_array(writer);
}

/* 4.1 is the verdict itself. */
static void write_controls(struct json_writer *writer, const struct finding *finding)
{
	json_open_array(writer, "controls");
	for (int control = CONTROL_DOCKER_4_1 + 1; control < CONTROL_END; control++) {
		enum control_result result = control__judge(control, finding->container, finding->verdict);

		if (result == CONTROL_UNKNOWN)
			continue;
		json_open_object(writer, NULL);
		json_cstring(writer, "id", control_descriptions[control].id);
		json_cstring(writer, "name", control_descriptions[control].name);
		json_cstring(writer, "benchmark", control_descriptions[control].benchmark);
		json_cstring(writer, "reference", control_descriptions[control].reference);
		json_cstring(writer, "result", control_result_name(result));
		json_begin_string(writer, "detail");
		verdict_text__write_control_detail(writer, control, finding->container, finding->verdict);
		json_end_string(writer);
		json_close_object(writer);
	}
	json_close_array(writer);
}

void ecs_verdict__write_extension(struct process_encoder *encoder, struct json_writer *writer,
				  const struct finding *finding, size_t text_max)
{
	const struct verdict_facts *facts = finding->verdict;

	json_cstring(writer, "verdict", verdict_name(facts->verdict));
	json_cstring(writer, "result", control_result_name(facts->result));
	json_begin_string(writer, "reason");
	verdict_text__write_reason(writer, finding->container, facts);
	json_end_string(writer);
	if (facts->has_ended)
		json_bool(writer, "ended", true);
	json_u64(writer, "grace_ms", facts->grace_ns / 1000000);
	if (facts->history)
		write_history(encoder, writer, finding, text_max);
	write_remedies(writer, finding);
	write_controls(writer, finding);
	if (facts->exception) {
		json_open_object(writer, "exception");
		write_text(writer, "name", facts->exception->name, TEXT_MAX);
		write_text(writer, "owner", facts->exception->owner, TEXT_MAX);
		write_text(writer, "reason", facts->exception->reason, TEXT_MAX);
		json_cstring(writer, "expires", facts->exception->expires);
		json_close_object(writer);
	}
}
