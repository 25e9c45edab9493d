/* SPDX-License-Identifier: Apache-2.0 */
/* What a line of the Elastic Common Schema says of a process: its place, its credentials, its program. */
#include "encode/ecs_process.h"

#include <string.h>
#include <sys/stat.h>

#include "encode/event_id.h"

#define NOT_MAPPED ((uint32_t)-1)

static void write_uid(struct json_writer *writer, const struct finding *finding, uint32_t kuid)
{
	json_u64_string(writer, "id", kuid);
	json_cstring(writer, "name", process_parts__user_name(finding, kuid));
}

static void write_user(struct json_writer *writer, const char *key, const struct finding *finding, uint32_t kuid)
{
	json_open_object(writer, key);
	write_uid(writer, finding, kuid);
	json_close_object(writer);
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
	struct span args = process_parts__args(process, args_max);
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

	process_parts__write_command_line(writer, "command_line", args);
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
		event_id__write(writer, "entity_id",
				process_id(encoder->boot, task->parent_tgid, task->parent_start_ns));
		process_parts__write_time(encoder, writer, "start", task->parent_start_ns);
	}
	process_parts__write_comm(writer, task->parent_comm);
	process_parts__write_id_object(writer, "user", task->parent_euid);
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
		event_id__write(writer, "entity_id", process_id(encoder->boot, task->tgid, task->start_ns));
		process_parts__write_time(encoder, writer, "start", task->start_ns);
	}
	process_parts__write_comm(writer, task->comm);
	if (process->executable.size)
		process_parts__write_path(writer, "executable", process->executable, event->executable_is_whole);
	write_command(writer, process, args_max);
	process_parts__write_path(writer, "working_directory", process->cwd, event->cwd_is_whole);
	write_terminal(writer, task);

	json_open_object(writer, "thread");
	json_u64(writer, "id", task->tid);
	if (creds->is_known)
		process_parts__write_capabilities(encoder, writer, creds);
	json_close_object(writer);

	if (creds->is_known) {
		write_user(writer, "user", finding, creds->euid);
		write_user(writer, "real_user", finding, creds->ruid);
		write_user(writer, "saved_user", finding, creds->suid);
		process_parts__write_id_object(writer, "group", creds->egid);
		process_parts__write_id_object(writer, "real_group", creds->rgid);
		process_parts__write_id_object(writer, "saved_group", creds->sgid);
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
	if (process_parts__is_change(finding))
		write_user(writer, "effective", finding, creds->euid);
	json_close_object(writer);
	process_parts__write_id_object(writer, "group", creds->egid);
}

static void write_mapped_uid(struct json_writer *writer, const char *key, const struct process_event *event,
			     uint32_t kuid)
{
	uint32_t uid = process_parts__mapped_uid(event, kuid);

	if (uid != NOT_MAPPED)
		json_u64_string(writer, key, uid);
}

static void write_user_namespace(struct json_writer *writer, const struct process_event *event)
{
	const struct event_creds *creds = &event->after;
	uint32_t host_root_uid = userns_host_root_uid(&event->userns, creds->userns_level);

	json_open_object(writer, "ns");
	write_mapped_uid(writer, "euid", event, creds->euid);
	write_mapped_uid(writer, "ruid", event, creds->ruid);
	write_mapped_uid(writer, "suid", event, creds->suid);
	write_mapped_uid(writer, "fsuid", event, creds->fsuid);
	json_u64(writer, "level", creds->userns_level);
	if (host_root_uid != EVENT_NO_UID)
		json_u64_string(writer, "host_root_uid", host_root_uid);
	if (creds->userns_inum)
		json_u64_string(writer, "inode", creds->userns_inum);
	json_close_object(writer);
}

/* All that a change of capabilities can change: each set as it was, where it is another one now. */
static void write_sets_before(struct process_encoder *encoder, struct json_writer *writer,
			      const struct event_creds *before, const struct event_creds *after)
{
	const struct {
		const char *name;
		uint64_t before, after;
	} sets[] = {
		{"effective", before->cap_effective, after->cap_effective},
		{"permitted", before->cap_permitted, after->cap_permitted},
		{"inheritable", before->cap_inheritable, after->cap_inheritable},
		{"bounding", before->cap_bounding, after->cap_bounding},
		{"ambient", before->cap_ambient, after->cap_ambient},
	};
	bool has_any = false;

	if (before->securebits != after->securebits)
		json_u64(writer, "securebits", before->securebits);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		has_any |= sets[i].before != sets[i].after && sets[i].before;
	if (!has_any)
		return;
	json_open_object(writer, "capabilities");
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (sets[i].before != sets[i].after)
			process_parts__write_capability_set(encoder, writer, sets[i].name, sets[i].before);
	json_close_object(writer);
}

static void write_before(struct process_encoder *encoder, struct json_writer *writer, const struct finding *finding)
{
	const struct event_creds *before = &finding->process->event->before, *after = &finding->process->event->after;
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
	if (finding->kind == FINDING_CAPABILITY_CHANGE)
		write_sets_before(encoder, writer, before, after);
	else if (has_other_sets)
		process_parts__write_capabilities(encoder, writer, before);
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
		process_parts__write_capability_set(encoder, writer, "inheritable", creds->cap_inheritable);
		process_parts__write_capability_set(encoder, writer, "bounding", creds->cap_bounding);
		process_parts__write_capability_set(encoder, writer, "ambient", creds->cap_ambient);
		json_close_object(writer);
	}
	if (process_parts__is_change(finding) && event->before.is_known)
		write_before(encoder, writer, finding);
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
	if (file->mode & S_ISGID)
		json_bool(writer, "setgid", true);
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
	struct span args = process_parts__args(process, args_max);

	json_word(writer, "root", root_kind_name(finding->root));
	json_word(writer, "cause", root_cause_name(finding->cause));
	json_word(writer, "role", process_role_name(finding->role));
	json_word(writer, "hook", event_hook_name(event->header.hook));
	json_word(writer, "syscall", event_syscall_name(event->syscall));
	if (event->after.is_known)
		write_credentials(encoder, writer, finding);
	json_bool(writer, "no_new_privs", event->task.flags & TASK_NO_NEW_PRIVS);
	if (event->task.seccomp_mode < sizeof(seccomp_modes) / sizeof(seccomp_modes[0]))
		json_word(writer, "seccomp", seccomp_modes[event->task.seccomp_mode]);
	write_file(writer, &event->file);
	if ((event->file.flags & FILE_SCRIPT) && process->filename.size)
		json_bytes(writer, "script", process->filename);
	if (event->args_full_size > args.size) {
		json_bool(writer, "args_truncated", true);
		json_u64(writer, "args_size", event->args_full_size);
	}
}
