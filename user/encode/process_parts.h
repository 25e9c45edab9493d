/* SPDX-License-Identifier: Apache-2.0 */
/* What each format says of a process in the same way: arguments, paths, ids, names, times. */
#ifndef UIDZERO_ENCODE_PROCESS_PARTS_H
#define UIDZERO_ENCODE_PROCESS_PARTS_H

#include "encode/capabilities.h"
#include "encode/json.h"
#include "encode/stable_id.h"
#include "encode/timestamp.h"
#include "judge/finding.h"

/* "…", slashes, and NUL come to what the components have. */
#define JOINED_PATH_MAX (EVENT_PATH_MAX + 8)

/* What outlives a line. Zeroed but for the first two. */
struct process_encoder {
	struct stable_id boot;
	int64_t boot_to_realtime_ns;
	struct day_cache day;
	struct capabilities_cache capabilities;
};

/* The arguments as far as they go into a line: at most max_size bytes, the last one perhaps without its NUL. */
struct span process_parts__args(const struct process_view *process, size_t max_size);

/* The arguments with a space between each two, as a piece of a string that was begun; as a member, if there are any. */
void process_parts__write_command(struct json_writer *writer, struct span args);
void process_parts__write_command_line(struct json_writer *writer, const char *key, struct span args);

/* Whether a finding is about a change of ids, so that the old ones are told too. */
bool process_parts__is_change(const struct finding *finding);

/* CLOCK_BOOTTIME since 1970. */
uint64_t process_parts__realtime(const struct process_encoder *encoder, uint64_t boot_ns);

/* Writes a member with CLOCK_BOOTTIME as a date. */
void process_parts__write_time(struct process_encoder *encoder, struct json_writer *writer, const char *key,
			       uint64_t boot_ns);

/* As the process sees it; (uint32_t)-1 where its user namespace does not map it. */
uint32_t process_parts__mapped_uid(const struct process_event *event, uint32_t kuid);

/* The name that the container's own passwd has for a uid, as the process sees it; NULL where it has none. */
const char *process_parts__user_name(const struct finding *finding, uint32_t kuid);

/* {"id":"0"} */
JSON_ALWAYS_INLINE void process_parts__write_id_object(struct json_writer *writer, const char *key, uint32_t id)
{
	json_open_object(writer, key);
	json_u64_string(writer, "id", id);
	json_close_object(writer);
}

void process_parts__write_comm(struct json_writer *writer, const char comm[EVENT_COMM_SIZE]);

/* Joins a path's components. Nothing is known of an empty one that is not whole: that is an empty span. */
struct span process_parts__path(struct span components, bool is_whole, char path[JOINED_PATH_MAX]);
void process_parts__write_path(struct json_writer *writer, const char *key, struct span components, bool is_whole);

/* Writes the object "capabilities"; none where there is none effective or permitted. */
void process_parts__write_capabilities(struct process_encoder *encoder, struct json_writer *writer,
				       const struct event_creds *creds);
void process_parts__write_capability_set(struct process_encoder *encoder, struct json_writer *writer, const char *key,
					 uint64_t set);

#endif
