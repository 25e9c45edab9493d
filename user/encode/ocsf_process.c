/* SPDX-License-Identifier: Apache-2.0 */
/* A process, and who acted on it, as the Open Cybersecurity Schema Framework has them. */
#include "encode/ocsf_process.h"

#include <string.h>

#include "encode/event_id.h"

#define NS_PER_MS 1000000

enum user_type { USER_TYPE_ADMIN = 2 };
enum file_type { FILE_TYPE_REGULAR = 1 };

void ocsf_time__write(const struct line *line, const char *key, uint64_t boot_ns)
{
	json_u64(line->writer, key, process_parts__realtime(&line->encoder->process, boot_ns) / NS_PER_MS);
}

static void write_user(struct json_writer *writer, const char *key, uint32_t kuid, const char *name)
{
	json_open_object(writer, key);
	json_u64_string(writer, "uid", kuid);
	json_cstring(writer, "name", name);
	if (kuid == 0) {
		json_u64(writer, "type_id", USER_TYPE_ADMIN);
		json_cstring(writer, "type", "Admin");
	}
	json_close_object(writer);
}

/* What tells a process from each other one. */
static void write_identity(const struct line *line, uint32_t tgid, uint64_t start_ns)
{
	json_u64(line->writer, "pid", tgid);
	if (!start_ns)
		return;
	event_id__write(line->writer, "uid", process_id(line->encoder->process.boot, tgid, start_ns));
	ocsf_time__write(line, "created_time", start_ns);
}

static void write_parent(const struct line *line, const char *key, const struct event_task *task)
{
	if (!task->parent_tgid)
		return;
	json_open_object(line->writer, key);
	write_identity(line, task->parent_tgid, task->parent_start_ns);
	process_parts__write_comm(line->writer, task->parent_comm);
	write_user(line->writer, "user", task->parent_euid, NULL);
	json_close_object(line->writer);
}

static void write_self(const struct line *line, uint32_t tgid, uint64_t start_ns, const char *comm)
{
	json_open_object(line->writer, "process");
	write_identity(line, tgid, start_ns);
	if (comm)
		process_parts__write_comm(line->writer, comm);
	json_close_object(line->writer);
}

/* Who launched it, which is the parent; of what a process does to itself, the process as it was. */
static void write_actor(const struct line *line)
{
	const struct process_event *event = line->finding->process->event;
	const struct event_task *task = &event->task;
	bool is_change = process_parts__is_change(line->finding);

	json_open_object(line->writer, "actor");
	if (!is_change && event->header.kind == EVENT_EXEC && task->parent_tgid) {
		write_parent(line, "process", task);
	} else {
		write_self(line, task->tgid, task->start_ns, task->comm);
		if (is_change && event->before.is_known)
			write_user(line->writer, "user", event->before.euid,
				   process_parts__user_name(line->finding, event->before.euid));
	}
	json_close_object(line->writer);
}

/* A file must have a name, which a root directory has not. */
static void write_file(const struct line *line)
{
	const struct process_view *process = line->finding->process;
	const struct event_file *file = &process->event->file;
	struct json_writer *writer = line->writer;
	char buffer[JOINED_PATH_MAX];
	struct span path = {NULL, 0}, name;
	const char *slash;

	if (process->executable.size)
		path = process_parts__path(process->executable, process->event->executable_is_whole, buffer);
	slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
	if (!slash || slash + 1 == path.data + path.size)
		return;
	name = (struct span){slash + 1, path.data + path.size - slash - 1};

	json_open_object(writer, "file");
	json_bytes(writer, "name", name);
	json_bytes(writer, "path", path);
	json_u64(writer, "type_id", FILE_TYPE_REGULAR);
	json_cstring(writer, "type", "Regular File");
	if (file->flags & FILE_KNOWN) {
		json_u64_string(writer, "uid", file->inode);
		write_user(writer, "owner", file->uid, process_parts__user_name(line->finding, file->uid));
		json_bool(writer, "is_deleted", file->flags & FILE_UNLINKED);
	}
	json_close_object(writer);
}

/* These are signed; a user namespace can map ids that they do not hold, which "user" has as text. */
static void write_signed_id(struct json_writer *writer, const char *key, uint32_t id)
{
	if (id <= INT32_MAX)
		json_u64(writer, key, id);
}

static void write_credentials(const struct line *line, const struct event_creds *creds)
{
	struct json_writer *writer = line->writer;

	if (!creds->is_known)
		return;
	write_user(writer, "user", creds->euid, process_parts__user_name(line->finding, creds->euid));
	write_signed_id(writer, "euid", creds->euid);
	write_signed_id(writer, "egid", creds->egid);
	json_open_object(writer, "group");
	json_u64_string(writer, "uid", creds->egid);
	json_close_object(writer);
}

void ocsf_process__write(const struct line *line)
{
	const struct process_view *process = line->finding->process;
	const struct process_event *event = process->event;
	const struct event_task *task = &event->task;
	struct json_writer *writer = line->writer;

	write_actor(line);
	json_open_object(writer, "process");
	write_identity(line, task->tgid, task->start_ns);
	if (task->vpid)
		json_u64(writer, "namespace_pid", task->vpid);
	json_u64(writer, "tid", task->tid);
	process_parts__write_comm(writer, task->comm);
	process_parts__write_command_line(writer, "cmd_line", process_parts__args(process, line->extent->args_max));
	process_parts__write_path(writer, "working_directory", process->cwd, event->cwd_is_whole);
	write_file(line);
	write_credentials(line, &event->after);
	write_parent(line, "parent_process", task);
	json_members(writer, line->container->container);
	json_close_object(writer);
}

void ocsf_process__write_init(const struct line *line)
{
	const struct container *container = line->finding->container;

	json_open_object(line->writer, "actor");
	write_self(line, container->init_tgid, container->init_start_ns, NULL);
	json_close_object(line->writer);
	json_open_object(line->writer, "process");
	write_identity(line, container->init_tgid, container->init_start_ns);
	json_members(line->writer, line->container->container);
	json_close_object(line->writer);
}

static void write_text(struct json_writer *writer, const char *key, const char *text)
{
	if (text[0])
		json_cstring(writer, key, text);
}

void ocsf_process__write_stretch(const struct line *line, const struct stretch *stretch)
{
	struct json_writer *writer = line->writer;

	json_open_object(writer, "process");
	write_identity(line, stretch->tgid, stretch->start_ns);
	process_parts__write_comm(writer, stretch->comm);
	write_text(writer, "path", stretch->executable);
	write_text(writer, "cmd_line", stretch->command);
	if (stretch->euid != UINT32_MAX)
		write_user(writer, "user", stretch->euid, NULL);
	json_members(writer, line->container->container);
	json_close_object(writer);
}

void ocsf_process__write_unmapped(const struct line *line)
{
	const struct event_creds *creds;
	struct json_writer *writer = line->writer;

	if (!line->finding->process || !line->finding->process->event->after.is_known)
		return;
	creds = &line->finding->process->event->after;
	json_open_object(writer, "process");
	process_parts__write_capabilities(&line->encoder->process, writer, creds);
	process_parts__write_id_object(writer, "real_user", creds->ruid);
	process_parts__write_id_object(writer, "saved_user", creds->suid);
	process_parts__write_id_object(writer, "real_group", creds->rgid);
	process_parts__write_id_object(writer, "saved_group", creds->sgid);
	json_close_object(writer);
}
