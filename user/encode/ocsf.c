/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a finding as an event of the Open Cybersecurity Schema Framework; docs/events.md has the mapping. */
#include <string.h>

#include "encode/encoder_private.h"
#include "encode/event_id.h"
#include "encode/message.h"
#include "encode/ocsf_container.h"
#include "encode/ocsf_finding.h"
#include "encode/ocsf_process.h"
#include "judge/verdict.h"

#define OCSF_VERSION "1.6.0"

enum { ACTIVITY_OTHER = 99, DEVICE_UNKNOWN = 0, OS_LINUX = 200 };

/* Elements of metadata.profiles: what brings attributes that a class or its objects do not have by themselves. */
#define PROFILES_PROCESS "\"container\",\"linux/linux_users\""
#define PROFILES_HOST    "\"host\""

struct class
{
	uint32_t uid, category_uid;
	const char *name, *category_name, *profiles;
};

static const struct class base_event = {0, 0, "Base Event", "Uncategorized", "\"container\"," PROFILES_HOST};
static const struct class process_activity = {1007, 1, "Process Activity", "System Activity", PROFILES_PROCESS};
static const struct class compliance_finding = {2003, 2, "Compliance Finding", "Findings", "\"container\""};
static const struct class detection_finding = {2004, 2, "Detection Finding", "Findings", PROFILES_PROCESS};
static const struct class application_lifecycle = {6002, 6, "Application Lifecycle", "Application Activity",
						   PROFILES_HOST};
static const struct class application_error = {6008, 6, "Application Error", "Application Activity", PROFILES_HOST};

/* What a line is, and who writes what its class has beyond what all have. */
struct event {
	const struct class *class;
	uint32_t activity_id;
	const char *activity_name;
	void (*write)(const struct line *line);
};

enum success { SUCCESS_UNKNOWN, SUCCESS };

static void write_status(struct json_writer *writer, enum success success)
{
	json_u64(writer, "status_id", success);
	json_cstring(writer, "status", success == SUCCESS ? "Success" : "Unknown");
}

static void write_process(const struct line *line)
{
	/* A walk does not know how what it saw came about. */
	write_status(line->writer, line->finding->kind == FINDING_ROOT_FOUND ? SUCCESS_UNKNOWN : SUCCESS);
	if (line->finding->process)
		ocsf_process__write(line);
	else
		ocsf_process__write_init(line);
}

static void write_lifecycle(const struct line *line)
{
	write_status(line->writer, SUCCESS);
	json_open_object(line->writer, "app");
	json_members(line->writer, line->encoder->constants[CONSTANT_PRODUCT]);
	json_close_object(line->writer);
}

static void write_loss(const struct line *line)
{
	const struct loss_facts *loss = line->finding->loss;

	if (!loss)
		return;
	ocsf_time__write(line, "start_time", loss->since_ns);
	ocsf_time__write(line, "end_time", loss->until_ns);
}

static struct event event_of_process(const struct finding *finding)
{
	bool is_exec = finding->process && finding->process->event->header.kind == EVENT_EXEC;

	switch (finding->kind) {
	case FINDING_EXEC:
	case FINDING_EXEC_ROOT:
	case FINDING_CONTAINER_START:
		return (struct event){&process_activity, 1, "Launch", write_process};
	case FINDING_CONTAINER_STOP:
		return (struct event){&process_activity, 2, "Terminate", write_process};
	case FINDING_GAIN_ROOT:
	case FINDING_UNEXPLAINED_ROOT:
	case FINDING_DROP_ROOT:
	case FINDING_UID_CHANGE:
		if (!is_exec)
			return (struct event){&process_activity, 5, "Set User ID", write_process};
		return (struct event){&process_activity, 1, "Launch", write_process};
	default:
		if (is_exec)
			return (struct event){&process_activity, 1, "Launch", write_process};
		return (struct event){&process_activity, ACTIVITY_OTHER, finding_name(finding->kind), write_process};
	}
}

static struct event event_of(const struct finding *finding)
{
	switch (finding->kind) {
	case FINDING_AGENT_START:
		return (struct event){&application_lifecycle, 3, "Start", write_lifecycle};
	case FINDING_AGENT_STOP:
		return (struct event){&application_lifecycle, 4, "Stop", write_lifecycle};
	case FINDING_LOSS:
		return (struct event){&application_error, 1, "General Error", write_loss};
	case FINDING_CONTAINER_STOP:
		if (finding->container && finding->container->init_tgid)
			return event_of_process(finding);
		break;
	case FINDING_METADATA:
		break;
	case FINDING_VERDICT:
		if (finding->verdict && finding->verdict->has_ended)
			return (struct event){&compliance_finding, 3, "Close", ocsf_finding__write_compliance};
		if (finding->verdict)
			return (struct event){&compliance_finding, 1, "Create", ocsf_finding__write_compliance};
		break;
	default:
		if (finding->process && finding->is_alert)
			return (struct event){&detection_finding, 1, "Create", ocsf_finding__write_detection};
		if (finding->process)
			return event_of_process(finding);
	}
	return (struct event){&base_event, ACTIVITY_OTHER, finding_name(finding->kind), NULL};
}

static void write_classification(struct json_writer *writer, const struct event *event)
{
	const struct class *class = event->class;

	json_u64(writer, "class_uid", class->uid);
	json_cstring(writer, "class_name", class->name);
	json_u64(writer, "category_uid", class->category_uid);
	json_cstring(writer, "category_name", class->category_name);
	json_u64(writer, "activity_id", event->activity_id);
	json_cstring(writer, "activity_name", event->activity_name);
	json_u64(writer, "type_uid", class->uid * 100 + event->activity_id);
	json_begin_string(writer, "type_name");
	json_piece_cstring(writer, class->name);
	json_piece_cstring(writer, ": ");
	json_piece_cstring(writer, event->activity_id == ACTIVITY_OTHER ? "Other" : event->activity_name);
	json_end_string(writer);
}

static void write_severity(struct json_writer *writer, enum finding_severity severity)
{
	static const struct {
		enum finding_severity severity;
		const char *name;
	} levels[] = {
		{SEVERITY_INFO, "Informational"}, {SEVERITY_LOW, "Low"},           {SEVERITY_MEDIUM, "Medium"},
		{SEVERITY_HIGH, "High"},          {SEVERITY_CRITICAL, "Critical"},
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (levels[i].severity != severity)
			continue;
		json_u64(writer, "severity_id", i + 1);
		json_cstring(writer, "severity", levels[i].name);
	}
}

/* Nothing that depends on when the line was written, so that a replay gives the same bytes. */
static void write_metadata(const struct line *line, const struct class *class)
{
	struct json_writer *writer = line->writer;

	json_open_object(writer, "metadata");
	json_cstring(writer, "version", OCSF_VERSION);
	json_open_object(writer, "product");
	json_members(writer, line->encoder->constants[CONSTANT_PRODUCT]);
	json_close_object(writer);
	json_open_array(writer, "profiles");
	json_members(writer, (struct span){class->profiles, strlen(class->profiles)});
	json_close_array(writer);
	event_id__write(writer, "uid", event_id_of_finding(line->encoder->process.boot, line->finding));
	json_cstring(writer, "event_code", finding_name(line->finding->kind));
	json_u64(writer, "sequence", line->finding->sequence);
	process_parts__write_time(&line->encoder->process, writer, "original_time", line->finding->time_ns);
	json_close_object(writer);
}

/* Where no other object of the class has a place for the container, it stands with the host. */
static void write_device(const struct line *line, const struct class *class)
{
	json_open_object(line->writer, "device");
	json_members(line->writer, line->encoder->constants[CONSTANT_HOST]);
	if (class == &base_event)
		json_members(line->writer, line->container->container);
	json_close_object(line->writer);
}

static void write_unmapped(const struct line *line)
{
	json_open_object(line->writer, "unmapped");
	ocsf_process__write_unmapped(line);
	json_members(line->writer, line->container->orchestrator);
	ecs_write_extension(line);
	json_close_object(line->writer);
}

static void write(const struct line *line)
{
	struct event event = event_of(line->finding);

	write_classification(line->writer, &event);
	ocsf_time__write(line, "time", line->finding->time_ns);
	write_severity(line->writer, line->finding->severity);
	message__write(line->writer, "message", line->finding, line->container->phrase);
	write_metadata(line, event.class);
	write_device(line, event.class);
	if (event.write)
		event.write(line);
	write_unmapped(line);
}

static void write_host(struct json_writer *writer, const struct encode_context *context)
{
	json_u64(writer, "type_id", DEVICE_UNKNOWN);
	json_cstring(writer, "type", "Unknown");
	json_cstring(writer, "hostname", context->host_name);
	json_cstring(writer, "uid", context->host_id);
	json_cstring(writer, "boot_uid", context->boot_id);
	json_open_object(writer, "os");
	json_cstring(writer, "name", "Linux");
	json_u64(writer, "type_id", OS_LINUX);
	json_cstring(writer, "type", "Linux");
	json_close_object(writer);
}

static void write_product(struct json_writer *writer, const struct encode_context *context)
{
	json_cstring(writer, "name", "uidzero");
	json_cstring(writer, "vendor_name", "uidzero");
	json_cstring(writer, "version", context->agent_version);
}

static void write_constant(struct json_writer *writer, const struct encode_context *context, enum constant which)
{
	if (which == CONSTANT_HOST)
		write_host(writer, context);
	else
		write_product(writer, context);
}

const struct encoding ocsf_encoding = {
	.write_constant = write_constant,
	.write_container = ocsf_container__write,
	.write = write,
};
