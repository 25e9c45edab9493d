/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a finding as one line of the Elastic Common Schema; docs/events.md lists the fields. */
#include "encode/ecs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "encode/ecs_container.h"
#include "encode/ecs_message.h"
#include "encode/ecs_process.h"
#include "encode/ecs_verdict.h"
#include "encode/event_id.h"

#define ECS_VERSION "8.17.0"

struct ecs_encoder {
	struct process_encoder process;
	char *constants; /* members that each line has: ecs, host, agent */
	size_t constants_size;
	bool constants_are_lossy;
};

/* How much of a finding goes into a line; less and less until it fits. */
struct extent {
	size_t args_max;
	bool has_by_cpu;
};

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
	[FINDING_UNEXPLAINED_ROOT] = SHAPE("event", "process", "\"change\"", "uid_change", "success"),
};

/* A gain by a file's doing is one event, not two. */
static const struct shape gain_by_exec = SHAPE("event", "process", "\"start\",\"change\"", "exec", "success");
/* Whether the container passes. */
static const struct shape verdict_passed = SHAPE("state", "configuration", "\"info\"", "compliance_check", "success");
static const struct shape verdict_failed = SHAPE("state", "configuration", "\"info\"", "compliance_check", "failure");
/* clang-format on */

static const struct shape *shape_of(const struct finding *finding)
{
	if ((finding->kind == FINDING_GAIN_ROOT || finding->kind == FINDING_GAIN_CAPS) && finding->process &&
	    finding->process->event->header.kind == EVENT_EXEC)
		return &gain_by_exec;
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

int ecs_encoder__new(const struct encode_context *context, struct ecs_encoder **ret_encoder)
{
	char buffer[8192];
	struct json_writer writer;
	struct ecs_encoder *encoder;

	json_writer__init(&writer, buffer, sizeof(buffer));
	ecs_write_constants(&writer, context);
	if (writer.has_overflowed)
		return -ENOMEM;

	encoder = calloc(1, sizeof(*encoder));
	if (!encoder)
		return -ENOMEM;
	encoder->constants = malloc(writer.size);
	if (!encoder->constants) {
		free(encoder);
		return -ENOMEM;
	}
	memcpy(encoder->constants, buffer, writer.size);
	encoder->constants_size = writer.size;
	encoder->constants_are_lossy = writer.has_lossy_text;
	encoder->process.boot = stable_id_of_text(context->boot_id ? context->boot_id : "");
	encoder->process.boot_to_realtime_ns = context->boot_to_realtime_ns;
	*ret_encoder = encoder;
	return 0;
}

void ecs_encoder__free(struct ecs_encoder *encoder)
{
	if (!encoder)
		return;
	free(encoder->constants);
	free(encoder);
}

static void write_event(struct ecs_encoder *encoder, struct json_writer *writer, const struct finding *finding)
{
	const struct shape *shape = shape_of(finding);
	const char *members = finding->is_alert ? shape->alert : shape->usual;

	json_open_object(writer, "event");
	json_members(writer, (struct span){members, strlen(members)});
	json_u64(writer, "severity", finding->severity);
	json_u64(writer, "sequence", finding->sequence);
	ecs_write_event_id(writer, "id", event_id_of_finding(encoder->process.boot, finding));
	if (finding->loss) {
		ecs_process__write_time(&encoder->process, writer, "start", finding->loss->since_ns);
		ecs_process__write_time(&encoder->process, writer, "end", finding->loss->until_ns);
	}
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

static void write_extension(struct ecs_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			    const struct encoded_container *container, const struct extent *extent)
{
	json_open_object(writer, "uidzero");
	json_cstring(writer, "schema", SCHEMA_VERSION);
	json_cstring(writer, "finding", finding_name(finding->kind));
	if (finding->process)
		ecs_process__write_extension(&encoder->process, writer, finding, extent->args_max);
	if (finding->kind == FINDING_DROP_ROOT) {
		json_open_object(writer, "drop");
		json_bool(writer, "complete", finding->drop_is_complete);
		if (finding->drop_kept)
			write_kept(writer, finding->drop_kept);
		json_close_object(writer);
	}
	if (finding->is_regain)
		json_bool(writer, "regained", true);
	if (finding->verdict)
		ecs_verdict__write_extension(&encoder->process, writer, finding, extent->args_max);
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
		write_loss(writer, finding->loss, extent->has_by_cpu);
	if (finding->agent)
		write_agent(writer, finding->agent);
	if (writer->has_lossy_text || container->has_lossy_text || encoder->constants_are_lossy)
		json_bool(writer, "lossy_text", true);
	json_close_object(writer);
}

/* Returns the line's length, or -ENOSPC. */
static long write_line(struct ecs_encoder *encoder, const struct finding *finding,
		       const struct encoded_container *container, const struct extent *extent, char *buffer,
		       size_t capacity)
{
	struct json_writer writer;

	json_writer__init(&writer, buffer, capacity - 1);
	json_open_object(&writer, NULL);
	ecs_process__write_time(&encoder->process, &writer, "@timestamp", finding->time_ns);
	json_members(&writer, (struct span){encoder->constants, encoder->constants_size});
	write_event(encoder, &writer, finding);
	ecs_message__write(&writer, finding, container->phrase);
	if (finding->process)
		ecs_process__write(&encoder->process, &writer, finding, extent->args_max);
	json_members(&writer, container->members);
	if (finding->verdict)
		ecs_verdict__write(&encoder->process, &writer, finding, extent->args_max);
	write_extension(encoder, &writer, finding, container, extent);
	json_close_object(&writer);
	if (writer.has_overflowed)
		return -ENOSPC;
	buffer[writer.size] = '\n';
	return writer.size + 1;
}

long ecs_encoder__encode(struct ecs_encoder *encoder, const struct finding *finding, struct container *container,
			 char *buffer, size_t capacity)
{
	static const struct extent extents[] = {
		{EVENT_ARGS_MAX, true},
		{2048, false},
		{512, false},
		{0, false},
	};
	struct encoded_container encoded = {0};
	long size = -ENOSPC;

	if (capacity == 0)
		return -ENOSPC;
	if (capacity > ECS_LINE_MAX)
		capacity = ECS_LINE_MAX;
	if (container) {
		int err = ecs_container__get(container, &encoded);

		if (err)
			return err;
	}
	for (size_t i = 0; i < sizeof(extents) / sizeof(extents[0]) && size == -ENOSPC; i++)
		size = write_line(encoder, finding, &encoded, &extents[i], buffer, capacity);
	return size;
}
