/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts as findings of the Open Cybersecurity Schema Framework. */
#include "encode/ocsf_finding.h"

#include "encode/event_id.h"
#include "encode/message.h"
#include "encode/ocsf_container.h"
#include "encode/ocsf_process.h"

enum { FINDING_STATUS_NEW = 1, ANALYTIC_RULE = 1 };

static const char *title_of(enum finding_kind kind)
{
	switch (kind) {
	case FINDING_GAIN_ROOT:
		return "A process in a container became root";
	case FINDING_GAIN_CAPS:
		return "A process in a container gained capabilities that amount to root";
	case FINDING_UNEXPLAINED_ROOT:
		return "A process in a container is root by nothing that was seen";
	case FINDING_HOST_EXEC:
		return "The kernel started a container's file as root on the host";
	default:
		return "A process in a container needs a look";
	}
}

static void write_entity(struct json_writer *writer, const char *key, const char *uid, const char *name)
{
	json_open_object(writer, key);
	json_cstring(writer, "uid", uid);
	json_cstring(writer, "name", name);
	json_close_object(writer);
}

/* Only where a technique is what happened, and not what may have led to it. */
static void write_attacks(struct json_writer *writer, const struct finding *finding)
{
	if (finding->cause != CAUSE_SETUID_FILE && finding->kind != FINDING_HOST_EXEC)
		return;
	json_open_array(writer, "attacks");
	json_open_object(writer, NULL);
	write_entity(writer, "tactic", "TA0004", "Privilege Escalation");
	if (finding->kind == FINDING_HOST_EXEC) {
		write_entity(writer, "technique", "T1611", "Escape to Host");
	} else {
		write_entity(writer, "technique", "T1548", "Abuse Elevation Control Mechanism");
		write_entity(writer, "sub_technique", "T1548.001", "Setuid and Setgid");
	}
	json_close_object(writer);
	json_close_array(writer);
}

void ocsf_finding__write_detection(const struct line *line)
{
	const struct finding *finding = line->finding;
	struct json_writer *writer = line->writer;

	json_open_object(writer, "finding_info");
	event_id__write(writer, "uid", event_id_of_finding(line->encoder->process.boot, finding));
	json_cstring(writer, "title", title_of(finding->kind));
	message__write(writer, "desc", finding, line->container->phrase);
	json_open_array(writer, "types");
	json_cstring(writer, NULL, finding_name(finding->kind));
	json_close_array(writer);
	ocsf_time__write(line, "created_time", finding->time_ns);
	json_open_object(writer, "analytic");
	json_cstring(writer, "uid", finding_name(finding->kind));
	json_u64(writer, "type_id", ANALYTIC_RULE);
	json_cstring(writer, "type", "Rule");
	json_close_object(writer);
	write_attacks(writer, finding);
	json_close_object(writer);

	json_bool(writer, "is_alert", true);
	json_u64(writer, "status_id", FINDING_STATUS_NEW);
	json_cstring(writer, "status", "New");
	json_open_array(writer, "evidences");
	json_open_object(writer, NULL);
	ocsf_process__write(line);
	json_close_object(writer);
	json_close_array(writer);
	if (finding->container)
		ocsf_container__write_resources(writer, finding->container);
}
