/* SPDX-License-Identifier: Apache-2.0 */
/* What a line says of a process: its place, its credentials, its program. */
#include "encode/ecs_process.h"

#include <string.h>
#include <sys/stat.h>

#include "base/safe_text.h"

#define NOT_MAPPED ((uint32_t)-1)

/* "…", slashes, and NUL come to what the components have. */
#define JOINED_PATH_MAX (EVENT_PATH_MAX + 8)

struct span ecs_process__args(const struct process_view *process, size_t max_size)
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

void ecs_process__write_command(struct json_writer *writer, struct span args)
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

bool ecs_process__is_change(const struct finding *finding)
{
	switch (finding->kind) {
	case FINDING_GAIN_ROOT:
	case FINDING_GAIN_CAPS:
	case FINDING_UNEXPLAINED_ROOT:
	case FINDING_DROP_ROOT:
	case FINDING_UID_CHANGE:
	case FINDING_GID_CHANGE:
		return true;
	default:
		return false;
	}
}

void ecs_process__write_time(struct process_encoder *encoder, struct json_writer *writer, const char *key,
			     uint64_t boot_ns)
{
	char text[TIMESTAMP_SIZE];

	timestamp_write(&encoder->day, boot_ns + (uint64_t)encoder->boot_to_realtime_ns, text);
	json_begin_string(writer, key);
	json_piece_escaped(writer, (struct span){text, sizeof(text)});
	json_end_string(writer);
}

static void write_entity_id(const struct process_encoder *encoder, struct json_writer *writer, uint32_t tgid,
			    uint64_t start_ns)
{
	uint64_t facts[] = {tgid, start_ns};
	char text[STABLE_ID_SIZE];

	stable_id_write(stable_id_derive(encoder->boot, facts, 2), text);
	json_begin_string(writer, "entity_id");
	json_piece_escaped(writer, (struct span){text, sizeof(text)});
	json_end_string(writer);
}

static void write_id_object(struct json_writer *writer, const char *key, uint32_t id)
{
	json_open_object(writer, key);
	json_u64_string(writer, "id", id);
	json_close_object(writer);
}

static uint32_t mapped_uid(const struct process_event *event, uint32_t kuid)
{
	return userns_map_uid(&event->userns, event->after.userns_level, kuid);
}

/* With the name that the container's own passwd has for it, as the process sees it. */
static void write_uid(struct json_writer *writer, const struct finding *finding, uint32_t kuid)
{
	uint32_t uid = mapped_uid(finding->process->event, kuid);

	json_u64_string(writer, "id", kuid);
	if (finding->container && uid != NOT_MAPPED)
		json_cstring(writer, "name", container_facts__user_name(&finding->container->facts, uid));
}

static void write_user(struct json_writer *writer, const char *key, const struct finding *finding, uint32_t kuid)
{
	json_open_object(writer, key);
	write_uid(writer, finding, kuid);
	json_close_object(writer);
}

static void write_comm(struct json_writer *writer, const char comm[EVENT_COMM_SIZE])
{
	if (comm[0])
		json_bytes(writer, "name", (struct span){comm, strnlen(comm, EVENT_COMM_SIZE)});
}

/* Empty components are a root directory where they are whole, else nothing is known. */
static void write_path(struct json_writer *writer, const char *key, struct span components, bool is_whole)
{
	char path[JOINED_PATH_MAX];
	int size;

	if (components.size == 0 && !is_whole)
		return;
	size = path_join(components, is_whole, path, sizeof(path));
	if (size > 0)
		json_bytes(writer, key, (struct span){path, size});
}

static void write_capabilities(struct process_encoder *encoder, struct json_writer *writer, const char *key,
			       uint64_t set)
{
	if (!set)
		return;
	json_open_array(writer, key);
	json_members(writer, capabilities_elements(&encoder->capabilities, set));
	json_close_array(writer);
}

/* Each argument as an element; an empty one is one too. Returns how many. */
static size_t write_args(struct json_writer *writer, struct span args)
{
	size_t nr = 0;

	json_open_array(writer, "args");
	for (size_t at = 0; at < args.size; nr++) {
		const char *arg = args.data + at;
		const char *end = memchr(arg, '\0', args.size - at);
		size_t size = end ? (size_t)(end - arg) : args.size - at;

		json_bytes(writer, NULL, (struct span){arg, size});
		at += size + 1;
	}
	json_close_array(writer);
	return nr;
}

static void write_command(struct json_writer *writer, const struct process_view *process, size_t args_max)
{
	struct span args = ecs_process__args(process, args_max);
	bool is_whole = process->event->args_full_size <= args.size;
	size_t nr;

	if (args.size == 0) {
		if (process->event->argc)
			json_u64(writer, "args_count", process->event->argc);
		return;
	}
	nr = write_args(writer, args);
	if (process->event->argc)
		json_u64(writer, "args_count", process->event->argc);
	else if (is_whole)
		json_u64(writer, "args_count", nr);

	if (args.size == 1 && args.data[0] == '\0')
		return;
	json_begin_string(writer, "command_line");
	ecs_process__write_command(writer, args);
	json_end_string(writer);
}

static void write_terminal(struct json_writer *writer, const struct event_task *task)
{
	bool is_interactive = task->tty_major || task->tty_minor;

	json_bool(writer, "interactive", is_interactive);
	if (!is_interactive)
		return;
	json_open_object(writer, "tty");
	json_open_object(writer, "char_device");
	json_u64(writer, "major", task->tty_major);
	json_u64(writer, "minor", task->tty_minor);
	json_close_object(writer);
	json_close_object(writer);
}

static void write_parent(struct process_encoder *encoder, struct json_writer *writer, const struct event_task *task)
{
	if (!task->parent_tgid)
		return;
	json_open_object(writer, "parent");
	json_u64(writer, "pid", task->parent_tgid);
	if (task->parent_start_ns) {
		write_entity_id(encoder, writer, task->parent_tgid, task->parent_start_ns);
		ecs_process__write_time(encoder, writer, "start", task->parent_start_ns);
	}
	write_comm(writer, task->parent_comm);
	write_id_object(writer, "user", task->parent_euid);
	json_close_object(writer);
}

static void write_process(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			  size_t args_max)
{
	const struct process_view *process = finding->process;
	const struct process_event *event = process->event;
	const struct event_task *task = &event->task;
	const struct event_creds *creds = &event->after;

	json_open_object(writer, "process");
	json_u64(writer, "pid", task->tgid);
	if (task->vpid)
		json_u64(writer, "vpid", task->vpid);
	if (task->start_ns) {
		write_entity_id(encoder, writer, task->tgid, task->start_ns);
		ecs_process__write_time(encoder, writer, "start", task->start_ns);
	}
	write_comm(writer, task->comm);
	if (process->executable.size)
		write_path(writer, "executable", process->executable, event->executable_is_whole);
	write_command(writer, process, args_max);
	write_path(writer, "working_directory", process->cwd, event->cwd_is_whole);
	write_terminal(writer, task);

	json_open_object(writer, "thread");
	json_u64(writer, "id", task->tid);
	if (creds->is_known && (creds->cap_effective || creds->cap_permitted)) {
		json_open_object(writer, "capabilities");
		write_capabilities(encoder, writer, "effective", creds->cap_effective);
		write_capabilities(encoder, writer, "permitted", creds->cap_permitted);
		json_close_object(writer);
	}
	json_close_object(writer);

	if (creds->is_known) {
		write_user(writer, "user", finding, creds->euid);
		write_user(writer, "real_user", finding, creds->ruid);
		write_user(writer, "saved_user", finding, creds->suid);
		write_id_object(writer, "group", creds->egid);
		write_id_object(writer, "real_group", creds->rgid);
		write_id_object(writer, "saved_group", creds->sgid);
	}
	write_parent(encoder, writer, task);
	json_close_object(writer);
}

void ecs_process__write(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding,
			size_t args_max)
{
	const struct event_creds *creds = &finding->process->event->after;

	write_process(encoder, writer, finding, args_max);
	if (!creds->is_known)
		return;
	json_open_object(writer, "user");
	write_uid(writer, finding, creds->euid);
	if (ecs_process__is_change(finding))
		write_user(writer, "effective", finding, creds->euid);
	json_close_object(writer);
	write_id_object(writer, "group", creds->egid);
}

static void write_mapped_uid(struct json_writer *writer, const char *key, const struct process_event *event,
			     uint32_t kuid)
{
	uint32_t uid = mapped_uid(event, kuid);

	if (uid != NOT_MAPPED)
		json_u64_string(writer, key, uid);
}

static void write_user_namespace(struct json_writer *writer, const struct process_event *event)
{
	const struct event_creds *creds = &event->after;

	json_open_object(writer, "ns");
	write_mapped_uid(writer, "euid", event, creds->euid);
	write_mapped_uid(writer, "ruid", event, creds->ruid);
	write_mapped_uid(writer, "suid", event, creds->suid);
	write_mapped_uid(writer, "fsuid", event, creds->fsuid);
	json_u64(writer, "level", creds->userns_level);
	if (creds->userns_inum)
		json_u64_string(writer, "inode", creds->userns_inum);
	json_close_object(writer);
}

static void write_before(struct process_encoder *encoder, struct json_writer *writer, const struct event_creds *before,
			 const struct event_creds *after)
{
	bool has_other_sets =
		before->cap_effective != after->cap_effective || before->cap_permitted != after->cap_permitted;

	json_open_object(writer, "before");
	json_u64_string(writer, "euid", before->euid);
	json_u64_string(writer, "ruid", before->ruid);
	json_u64_string(writer, "suid", before->suid);
	json_u64_string(writer, "fsuid", before->fsuid);
	json_u64_string(writer, "egid", before->egid);
	json_u64_string(writer, "rgid", before->rgid);
	json_u64_string(writer, "sgid", before->sgid);
	json_u64_string(writer, "fsgid", before->fsgid);
	if (has_other_sets && (before->cap_effective || before->cap_permitted)) {
		json_open_object(writer, "capabilities");
		write_capabilities(encoder, writer, "effective", before->cap_effective);
		write_capabilities(encoder, writer, "permitted", before->cap_permitted);
		json_close_object(writer);
	}
	json_close_object(writer);
}

static void write_credentials(struct process_encoder *encoder, struct json_writer *writer,
			      const struct finding *finding)
{
	const struct process_event *event = finding->process->event;
	const struct event_creds *creds = &event->after;

	json_u64_string(writer, "fsuid", creds->fsuid);
	json_u64_string(writer, "fsgid", creds->fsgid);
	if (creds->securebits)
		json_u64(writer, "securebits", creds->securebits);
	write_user_namespace(writer, event);
	if (creds->cap_inheritable || creds->cap_bounding || creds->cap_ambient) {
		json_open_object(writer, "capabilities");
		write_capabilities(encoder, writer, "inheritable", creds->cap_inheritable);
		write_capabilities(encoder, writer, "bounding", creds->cap_bounding);
		write_capabilities(encoder, writer, "ambient", creds->cap_ambient);
		json_close_object(writer);
	}
	if (ecs_process__is_change(finding) && event->before.is_known)
		write_before(encoder, writer, &event->before, creds);
}

static void write_file(struct json_writer *writer, const struct event_file *file)
{
	const char mode[] = {'0' + (file->mode >> 9 & 7), '0' + (file->mode >> 6 & 7), '0' + (file->mode >> 3 & 7),
			     '0' + (file->mode & 7)};

	if (!(file->flags & FILE_KNOWN))
		return;
	json_open_object(writer, "file");
	json_u64_string(writer, "inode", file->inode);
	json_begin_string(writer, "device");
	json_piece_u64(writer, file->dev_major);
	json_piece_escaped(writer, (struct span){":", 1});
	json_piece_u64(writer, file->dev_minor);
	json_end_string(writer);
	json_bytes(writer, "mode", (struct span){mode, sizeof(mode)});
	json_u64_string(writer, "uid", file->uid);
	json_u64_string(writer, "gid", file->gid);
	json_bool(writer, "setuid", file->mode & S_ISUID);
	if (file->flags & (FILE_LOWER | FILE_UPPER))
		json_bool(writer, "writable_layer", file->flags & FILE_UPPER);
	json_bool(writer, "fileless", file->flags & FILE_UNLINKED);
	if (file->flags & FILE_NOSUID)
		json_bool(writer, "nosuid", true);
	json_close_object(writer);
}

void ecs_process__write_extension(struct process_encoder *encoder, struct json_writer *writer,
				  const struct finding *finding, size_t args_max)
{
	static const char *const seccomp_modes[] = {"off", "strict", "filter"};
	const struct process_view *process = finding->process;
	const struct process_event *event = process->event;
	struct span args = ecs_process__args(process, args_max);

	json_cstring(writer, "root", root_kind_name(finding->root));
	json_cstring(writer, "cause", root_cause_name(finding->cause));
	json_cstring(writer, "role", process_role_name(finding->role));
	json_cstring(writer, "hook", event_hook_name(event->header.hook));
	json_cstring(writer, "syscall", event_syscall_name(event->syscall));
	if (event->after.is_known)
		write_credentials(encoder, writer, finding);
	json_bool(writer, "no_new_privs", event->task.flags & TASK_NO_NEW_PRIVS);
	if (event->task.seccomp_mode < sizeof(seccomp_modes) / sizeof(seccomp_modes[0]))
		json_cstring(writer, "seccomp", seccomp_modes[event->task.seccomp_mode]);
	write_file(writer, &event->file);
	if ((event->file.flags & FILE_SCRIPT) && process->filename.size)
		json_bytes(writer, "script", process->filename);
	if (event->args_full_size > args.size) {
		json_bool(writer, "args_truncated", true);
		json_u64(writer, "args_size", event->args_full_size);
	}
}
