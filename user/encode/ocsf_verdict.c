/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts as findings of the Open Cybersecurity Schema Framework. */
#include "encode/event_id.h"
#include "encode/ocsf_container.h"
#include "encode/ocsf_finding.h"
#include "encode/ocsf_process.h"
#include "encode/verdict_text.h"
#include "judge/controls.h"
#include "judge/remedy.h"

enum { FINDING_STATUS_NEW = 1, FINDING_STATUS_SUPPRESSED = 3 };

static const struct control_description *const control = &control_descriptions[CONTROL_DOCKER_4_1];

/* All verdicts on a container are one finding, which the later lines update. */
static struct stable_id finding_id(const struct line *line)
{
	const uint64_t facts[] = {FINDING_VERDICT, line->finding->container->cgroup_key};

	return stable_id_derive(line->encoder->process.boot, facts, 2);
}

/* The lines that the verdict stands on. */
static void write_related(const struct line *line, const struct root_history *history)
{
	const struct evidence *all[EVIDENCE_END];
	unsigned nr = history__evidence(history, all);

	if (!nr)
		return;
	json_open_array(line->writer, "related_events");
	for (unsigned i = 0; i < nr; i++) {
		const struct evidence *evidence = all[i];

		json_open_object(line->writer, NULL);
		event_id__write(line->writer, "uid",
				event_id_of_evidence(line->encoder->process.boot, evidence, line->finding->container));
		json_cstring(line->writer, "title", finding_name(evidence->kind));
		ocsf_time__write(line, "created_time", evidence->time_ns);
		json_close_object(line->writer);
	}
	json_close_array(line->writer);
}

static void write_info(const struct line *line)
{
	const struct verdict_facts *facts = line->finding->verdict;
	struct json_writer *writer = line->writer;

	json_open_object(writer, "finding_info");
	event_id__write(writer, "uid", finding_id(line));
	json_cstring(writer, "title", control->name);
	json_open_array(writer, "types");
	json_cstring(writer, NULL, verdict_name(facts->verdict));
	json_close_array(writer);
	if (facts->since_ns)
		ocsf_time__write(line, "first_seen_time", facts->since_ns);
	ocsf_time__write(line, "created_time", line->finding->time_ns);
	if (facts->history)
		write_related(line, facts->history);
	json_close_object(writer);
}

static void write_compliance(const struct line *line)
{
	static const struct {
		unsigned id;
		const char *name;
	} statuses[] = {
		[CONTROL_UNKNOWN] = {0, "Unknown"},
		[CONTROL_PASS] = {1, "Pass"},
		[CONTROL_WARN] = {2, "Warning"},
		[CONTROL_FAIL] = {3, "Fail"},
	};
	const struct verdict_facts *facts = line->finding->verdict;
	struct json_writer *writer = line->writer;

	json_open_object(writer, "compliance");
	json_cstring(writer, "control", control->id);
	json_cstring(writer, "category", control->section);
	json_open_array(writer, "requirements");
	json_begin_string(writer, NULL);
	json_piece_cstring(writer, control->number);
	json_piece_cstring(writer, " ");
	json_piece_cstring(writer, control->name);
	json_end_string(writer);
	json_close_array(writer);
	json_open_array(writer, "standards");
	json_cstring(writer, NULL, control->benchmark);
	json_close_array(writer);
	json_u64(writer, "status_id", statuses[facts->result].id);
	json_cstring(writer, "status", statuses[facts->result].name);
	json_cstring(writer, "status_code", verdict_name(facts->verdict));
	json_open_array(writer, "status_details");
	json_begin_string(writer, NULL);
	verdict_text__write_reason(writer, line->finding->container, facts);
	json_end_string(writer);
	json_close_array(writer);
	json_close_object(writer);
}

static void write_remediation(const struct line *line)
{
	const struct container *container = line->finding->container;
	const struct verdict_facts *facts = line->finding->verdict;
	struct json_writer *writer = line->writer;
	unsigned set = remedies(container, facts);

	if (!set)
		return;
	json_open_object(writer, "remediation");
	json_begin_string(writer, "desc");
	for (unsigned rest = set; rest; rest &= rest - 1) {
		if (rest != set)
			json_piece_cstring(writer, ". ");
		verdict_text__write_remedy(writer, rest & -rest, container, facts);
	}
	json_end_string(writer);
	json_open_array(writer, "references");
	json_cstring(writer, NULL, control->reference);
	json_close_array(writer);
	json_close_object(writer);
}

void ocsf_finding__write_compliance(const struct line *line)
{
	const struct verdict_facts *facts = line->finding->verdict;
	struct json_writer *writer = line->writer;

	json_u64(writer, "status_id", facts->exception ? FINDING_STATUS_SUPPRESSED : FINDING_STATUS_NEW);
	json_cstring(writer, "status", facts->exception ? "Suppressed" : "New");
	write_info(line);
	write_compliance(line);
	write_remediation(line);
	ocsf_container__write_resources(writer, line->finding->container);
	if (!facts->decisive)
		return;
	json_open_array(writer, "evidences");
	json_open_object(writer, NULL);
	ocsf_process__write_stretch(line, facts->decisive);
	json_close_object(writer);
	json_close_array(writer);
}
