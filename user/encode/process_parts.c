/* SPDX-License-Identifier: Apache-2.0 */
/* What each format says of a process in the same way: arguments, paths, ids, names, times. */
#include "encode/process_parts.h"

#include <string.h>

#include "base/safe_text.h"

#define NOT_MAPPED ((uint32_t)-1)

struct span process_parts__args(const struct process_view *process, size_t max_size)
{
	struct span args = process->args;
	bool is_cut = process->event->args_full_size > args.size || args.size > max_size;

	if (args.size > max_size)
		args.size = max_size;
	if (!is_cut || args.size == 0)
		return args;
	/* The kernel side cuts at a byte and puts a NUL there. */
	if (args.data[args.size - 1] == '\0')
		args.size--;
	return utf8_whole(args);
}

void process_parts__write_command(struct json_writer *writer, struct span args)
{
	for (size_t at = 0; at < args.size;) {
		const char *arg = args.data + at;
		const char *end = memchr(arg, '\0', args.size - at);
		size_t size = end ? (size_t)(end - arg) : args.size - at;

		json_piece(writer, (struct span){arg, size});
		at += size + 1;
		if (at < args.size)
			json_piece_escaped(writer, (struct span){" ", 1});
	}
}

void process_parts__write_command_line(struct json_writer *writer, const char *key, struct span args)
{
	if (args.size == 0 || (args.size == 1 && args.data[0] == '\0'))
		return;
	json_begin_string(writer, key);
	process_parts__write_command(writer, args);
	json_end_string(writer);
}

bool process_parts__is_change(const struct finding *finding)
{
	switch (finding->kind) {
	case FINDING_GAIN_ROOT:
	case FINDING_GAIN_CAPS:
	case FINDING_UNEXPLAINED_ROOT:
	case FINDING_DROP_ROOT:
	case FINDING_UID_CHANGE:
	case FINDING_GID_CHANGE:
	case FINDING_CAPABILITY_CHANGE:
		return true;
	default:
		return false;
	}
}

uint64_t process_parts__realtime(const struct process_encoder *encoder, uint64_t boot_ns)
{
	return boot_ns + (uint64_t)encoder->boot_to_realtime_ns;
}

void process_parts__write_time(struct process_encoder *encoder, struct json_writer *writer, const char *key,
			       uint64_t boot_ns)
{
	char text[TIMESTAMP_SIZE];

	timestamp_write(&encoder->day, process_parts__realtime(encoder, boot_ns), text);
	json_begin_string(writer, key);
	json_piece_escaped(writer, (struct span){text, sizeof(text)});
	json_end_string(writer);
}

uint32_t process_parts__mapped_uid(const struct process_event *event, uint32_t kuid)
{
	return userns_map_uid(&event->userns, event->after.userns_level, kuid);
}

const char *process_parts__user_name(const struct finding *finding, uint32_t kuid)
{
	uint32_t uid = process_parts__mapped_uid(finding->process->event, kuid);

	if (!finding->container || uid == NOT_MAPPED)
		return NULL;
	return container_facts__user_name(&finding->container->facts, uid);
}

void process_parts__write_comm(struct json_writer *writer, const char comm[EVENT_COMM_SIZE])
{
	if (comm[0])
		json_bytes(writer, "name", (struct span){comm, strnlen(comm, EVENT_COMM_SIZE)});
}

/* Empty components are a root directory where they are whole. */
struct span process_parts__path(struct span components, bool is_whole, char path[JOINED_PATH_MAX])
{
	int size;

	if (components.size == 0 && !is_whole)
		return (struct span){NULL, 0};
	size = path_join(components, is_whole, path, JOINED_PATH_MAX);
	return (struct span){path, size > 0 ? size : 0};
}

void process_parts__write_path(struct json_writer *writer, const char *key, struct span components, bool is_whole)
{
	char buffer[JOINED_PATH_MAX];
	struct span path = process_parts__path(components, is_whole, buffer);

	if (path.size)
		json_bytes(writer, key, path);
}

void process_parts__write_capability_set(struct process_encoder *encoder, struct json_writer *writer, const char *key,
					 uint64_t set)
{
	if (!set)
		return;
	json_open_array(writer, key);
	json_members(writer, capabilities_elements(&encoder->capabilities, set));
	json_close_array(writer);
}

void process_parts__write_capabilities(struct process_encoder *encoder, struct json_writer *writer,
				       const struct event_creds *creds)
{
	if (!creds->cap_effective && !creds->cap_permitted)
		return;
	json_open_object(writer, "capabilities");
	process_parts__write_capability_set(encoder, writer, "effective", creds->cap_effective);
	process_parts__write_capability_set(encoder, writer, "permitted", creds->cap_permitted);
	json_close_object(writer);
}
