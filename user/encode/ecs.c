/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a finding as one line of the Elastic Common Schema; docs/events.md lists the fields. */
#include "encode/ecs.h"

#include <string.h>

#include "encode/ecs_container.h"
#include "encode/ecs_process.h"
#include "encode/ecs_verdict.h"
#include "encode/encoder_private.h"
#include "encode/event_id.h"
#include "encode/message.h"

#define ECS_VERSION "8.17.0"

#define SHAPE_MEMBERS(kind, category, type, action, outcome)                                                           \
	"\"kind\":\"" kind "\",\"category\":[\"" category "\"],\"type\":[" type "],\"action\":\"" action               \
	"\",\"outcome\":\"" outcome "\",\"module\":\"uidzero\",\"dataset\":\"uidzero.events\""

/* The constant members of "event", as they are and as an alert. */
struct shape {
	const char *usual, *alert;
};

#define SHAPE(kind, category, type, action, outcome)                                                                   \
	{                                                                                                              \
		SHAPE_MEMBERS(kind, category, type, action, outcome),                                                  \
			SHAPE_MEMBERS("alert", category, type, action, outcome)                                        \
	}

/* clang-format off */
static const struct shape shapes[FINDING_END] = {
	[FINDING_EXEC]            = SHAPE("event", "process", "\"start\"", "exec", "success"),
	[FINDING_EXEC_ROOT]       = SHAPE("event", "process", "\"start\"", "exec", "success"),
	[FINDING_GAIN_ROOT]       = SHAPE("event", "process", "\"change\"", "uid_change", "success"),
	[FINDING_DROP_ROOT]       = SHAPE("event", "process", "\"change\"", "uid_change", "success"),
	[FINDING_UID_CHANGE]      = SHAPE("event", "process", "\"change\"", "uid_change", "success"),
	[FINDING_GID_CHANGE]      = SHAPE("event", "process", "\"change\"", "gid_change", "success"),
	[FINDING_ROOT_FOUND]      = SHAPE("state", "process", "\"info\"", "snapshot", "unknown"),
	[FINDING_CONTAINER_START] = SHAPE("event", "process", "\"start\"", "container_start", "success"),
	[FINDING_CONTAINER_STOP]  = SHAPE("event", "process", "\"end\"", "container_stop", "success"),
	[FINDING_LOSS]            = SHAPE("pipeline_error", "process", "\"info\"", "events_lost", "unknown"),
	[FINDING_AGENT_START]     = SHAPE("event", "process", "\"info\"", "agent_start", "success"),
	[FINDING_AGENT_STOP]      = SHAPE("event", "process", "\"info\"", "agent_stop", "success"),
	[FINDING_GAIN_CAPS]       = SHAPE("event", "process", "\"change\"", "capability_change", "success"),
	[FINDING_METADATA]        = SHAPE("state", "configuration", "\"info\"", "metadata", "unknown"),
	[FINDING_VERDICT]         = SHAPE("state", "configuration", "\"info\"", "compliance_check", "unknown"),
	[FINDING_CAPABILITY_CHANGE] = SHAPE("event", "process", "\"change\"", "capability_change", "success"),
	[FINDING_UNEXPLAINED_ROOT] = SHAPE("event", "process", "\"change\"", "uid_change", "success"),
	[FINDING_HOST_EXEC]       = SHAPE("event", "process", "\"start\"", "exec", "success"),
	[FINDING_KEEP_ROOT]       = SHAPE("event", "process", "\"change\"", "io_uring_register", "success"),
};

/* A change by a file's doing is one event, not two. */
static const struct shape change_by_exec = SHAPE("event", "process", "\"start\",\"change\"", "exec", "success");
/* The thread that polls was made with the instance. */
static const struct shape kept_from_birth = SHAPE("event", "process", "\"change\"", "io_uring_create", "success");
/* Whether the container passes. */
static const struct shape verdict_passed = SHAPE("state", "configuration", "\"info\"", "compliance_check", "success");
static const struct shape verdict_failed = SHAPE("state", "configuration", "\"info\"", "compliance_check", "failure");
/* clang-format on */

static bool is_by_exec(const struct finding *finding)
{
	if (!finding->process || finding->process->event->header.kind != EVENT_EXEC)
		return false;
	return finding->kind == FINDING_GAIN_ROOT || finding->kind == FINDING_GAIN_CAPS ||
	       finding->kind == FINDING_UID_CHANGE || finding->kind == FINDING_GID_CHANGE;
}

static const struct shape *shape_of(const struct finding *finding)
{
	if (is_by_exec(finding))
		return &change_by_exec;
	if (finding->kind == FINDING_KEEP_ROOT && finding->process &&
	    finding->process->event->syscall == SYSCALL_IO_URING_SETUP)
		return &kept_from_birth;
	if (finding->verdict && (finding->verdict->exception || finding->verdict->result == CONTROL_PASS))
		return &verdict_passed;
	if (finding->verdict && finding->verdict->result != CONTROL_UNKNOWN)
		return &verdict_failed;
	return &shapes[finding->kind];
}

void ecs_write_constants(struct json_writer *writer, const struct encode_context *context)
{
	json_open_object(writer, "ecs");
	json_cstring(writer, "version", ECS_VERSION);
	json_close_object(writer);

	json_open_object(writer, "host");
	json_cstring(writer, "name", context->host_name);
	json_cstring(writer, "id", context->host_id);
	if (context->boot_id) {
		json_open_object(writer, "boot");
		json_cstring(writer, "id", context->boot_id);
		json_close_object(writer);
	}
	json_close_object(writer);

	json_open_object(writer, "agent");
	json_cstring(writer, "name", "uidzero");
	json_cstring(writer, "type", "uidzero");
	json_cstring(writer, "version", context->agent_version);
	json_close_object(writer);
}

static void write_constant(struct json_writer *writer, const struct encode_context *context, enum constant which)
{
	if (which == CONSTANT_HOST)
		ecs_write_constants(writer, context);
}

static void write_event(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding)
{
	const struct shape *shape = shape_of(finding);
	const char *members = finding->is_alert ? shape->alert : shape->usual;

	json_open_object(writer, "event");
	json_members(writer, (struct span){members, strlen(members)});
	json_u64(writer, "severity", finding->severity);
	json_u64(writer, "sequence", finding->sequence);
	event_id__write(writer, "id", event_id_of_finding(encoder->boot, finding));
	if (finding->loss) {
		process_parts__write_time(encoder, writer, "start", finding->loss->since_ns);
		process_parts__write_time(encoder, writer, "end", finding->loss->until_ns);
	}
	json_close_object(writer);
}

/* Only where a technique is what happened, and not what may have led to it. */
static void write_threat(struct json_writer *writer, const struct finding *finding)
{
	static const char members[] =
		"\"framework\":\"MITRE ATT&CK\",\"tactic\":{\"id\":[\"TA0004\"],\"name\":[\"Privilege Escalation\"]},"
		"\"technique\":{\"id\":[\"T1611\"],\"name\":[\"Escape to Host\"]}";

	if (finding->kind != FINDING_HOST_EXEC)
		return;
	json_open_object(writer, "threat");
	json_members(writer, (struct span){members, sizeof(members) - 1});
	json_close_object(writer);
}

/* Several kinds of records share a name. */
static void write_losses_by_kind(struct json_writer *writer, const struct loss_facts *loss)
{
	json_open_object(writer, "by_kind");
	for (int kind = 0; kind < EVENT_KIND_END; kind++) {
		const char *name = event_kind_name(kind);
		uint64_t sum = 0;
		bool is_first = true;

		if (!name)
			continue;
		for (int other = 0; other < EVENT_KIND_END; other++) {
			const char *other_name = event_kind_name(other);

			if (!other_name || strcmp(name, other_name) != 0)
				continue;
			is_first &= other >= kind;
			sum += loss->by_kind[other];
		}
		if (is_first && sum)
			json_u64(writer, name, sum);
	}
	json_close_object(writer);
}

static void write_loss(struct json_writer *writer, const struct loss_facts *loss, bool has_by_cpu)
{
	json_open_object(writer, "lost");
	json_u64(writer, "total", loss->total);
	write_losses_by_kind(writer, loss);
	if (has_by_cpu && loss->by_cpu && loss->nr_cpus) {
		json_open_array(writer, "by_cpu");
		for (uint32_t cpu = 0; cpu < loss->nr_cpus && !writer->has_overflowed; cpu++)
			json_u64(writer, NULL, loss->by_cpu[cpu]);
		json_close_array(writer);
	}
	json_cstring(writer, "reason", loss->reason);
	json_close_object(writer);
}

static void write_agent(struct json_writer *writer, const struct agent_facts *agent)
{
	json_open_object(writer, "agent");
	json_cstring(writer, "kernel", agent->kernel_release);
	json_cstring(writer, "cgroup_mode", agent->cgroup_mode);
	json_open_array(writer, "hooks");
	for (size_t i = 0; i < sizeof(agent->hooks) / sizeof(agent->hooks[0]) && agent->hooks[i]; i++)
		json_cstring(writer, NULL, agent->hooks[i]);
	json_close_array(writer);
	json_close_object(writer);
}

static void write_members_of(struct json_writer *writer, const char *key, struct span members)
{
	if (members.size == 0)
		return;
	json_open_object(writer, key);
	json_members(writer, members);
	json_close_object(writer);
}

static void write_kept(struct json_writer *writer, unsigned kept)
{
	const char *name;

	json_open_array(writer, "kept");
	for (unsigned bit = 1; (name = drop_kept_name(bit)); bit <<= 1)
		if (kept & bit)
			json_cstring(writer, NULL, name);
	json_close_array(writer);
}

void ecs_write_extension(const struct line *line)
{
	const struct encoded_container *container = line->container;
	const struct finding *finding = line->finding;
	struct encoder *encoder = line->encoder;
	struct json_writer *writer = line->writer;

	json_open_object(writer, "uidzero");
	json_word(writer, "schema", SCHEMA_VERSION);
	json_word(writer, "finding", finding_name(finding->kind));
	if (finding->process)
		ecs_process__write_extension(&encoder->process, writer, finding, line->extent->args_max);
	if (finding->kind == FINDING_DROP_ROOT) {
		json_open_object(writer, "drop");
		json_bool(writer, "complete", finding->drop_is_complete);
		if (finding->drop_kept)
			write_kept(writer, finding->drop_kept);
		json_close_object(writer);
	}
	if (finding->is_regain)
		json_bool(writer, "regained", true);
	if (finding->repeated)
		json_u64(writer, "repeated", finding->repeated);
	if (finding->verdict)
		ecs_verdict__write_extension(&encoder->process, writer, finding, line->extent->args_max);
	if (finding->is_allowed) {
		json_open_object(writer, "policy");
		json_bool(writer, "allowed", true);
		json_cstring(writer, "reason", finding->allow_reason);
		json_close_object(writer);
	}
	json_members(writer, container->extension);
	write_members_of(writer, "identity", container->identity);
	if (finding->kind == FINDING_CONTAINER_START || finding->verdict)
		write_members_of(writer, "risk", container->risk);
	if (finding->loss)
		write_loss(writer, finding->loss, line->extent->has_by_cpu);
	if (finding->agent)
		write_agent(writer, finding->agent);
	if (writer->has_lossy_text || container->has_lossy_text || encoder->constants_are_lossy)
		json_bool(writer, "lossy_text", true);
	json_close_object(writer);
}

static void write(const struct line *line)
{
	struct process_encoder *process = &line->encoder->process;
	const struct finding *finding = line->finding;

	process_parts__write_time(process, line->writer, "@timestamp", finding->time_ns);
	json_members(line->writer, line->encoder->constants[CONSTANT_HOST]);
	write_event(process, line->writer, finding);
	write_threat(line->writer, finding);
	message__write(line->writer, "message", finding, line->container->phrase);
	if (finding->process)
		ecs_process__write(process, line->writer, finding, line->extent->args_max);
	json_members(line->writer, line->container->container);
	json_members(line->writer, line->container->orchestrator);
	if (finding->verdict)
		ecs_verdict__write(process, line->writer, finding, line->extent->args_max);
	ecs_write_extension(line);
}

const struct encoding ecs_encoding = {
	.write_constant = write_constant,
	.write_container = ecs_container__write,
	.write = write,
};
