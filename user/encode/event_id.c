/* SPDX-License-Identifier: Apache-2.0 */
/* Derives the ids of lines and processes. */
#include "encode/event_id.h"

static struct stable_id derive(struct stable_id boot, const struct evidence *told, const struct container *container)
{
	const uint64_t facts[] = {
		told->kind, told->time_ns,  told->cpu,
		told->seq,  told->ring,     told->tgid,
		told->tid,  told->start_ns, container ? container->cgroup_key : 0,
	};

	return stable_id_derive(boot, facts, sizeof(facts) / sizeof(facts[0]));
}

struct stable_id event_id_of_finding(struct stable_id boot, const struct finding *finding)
{
	struct evidence told = {.kind = finding->kind, .time_ns = finding->time_ns};

	if (finding->process) {
		const struct process_event *event = finding->process->event;

		told.cpu = event->header.cpu;
		told.seq = event->header.seq;
		told.ring = event->header.ring;
		told.tgid = event->task.tgid;
		told.tid = event->task.tid;
		told.start_ns = event->task.start_ns;
	}
	return derive(boot, &told, finding->container);
}

struct stable_id event_id_of_evidence(struct stable_id boot, const struct evidence *evidence,
				      const struct container *container)
{
	return derive(boot, evidence, container);
}

struct stable_id process_id(struct stable_id boot, uint32_t tgid, uint64_t start_ns)
{
	const uint64_t facts[] = {tgid, start_ns};

	return stable_id_derive(boot, facts, 2);
}

void event_id__write(struct json_writer *writer, const char *key, struct stable_id id)
{
	char text[STABLE_ID_SIZE];

	stable_id_write(id, text);
	json_begin_string(writer, key);
	json_piece_escaped(writer, (struct span){text, sizeof(text)});
	json_end_string(writer);
}
