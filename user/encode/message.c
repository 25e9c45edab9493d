/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that tells a person what a finding means. */
#include "encode/message.h"

#include <string.h>

#include "encode/credential_change.h"
#include "encode/process_parts.h"
#include "encode/verdict_text.h"
#include "judge/history.h"
#include "judge/judge.h"
#include "judge/threads.h"

/* The whole command line has a field of its own. */
#define COMMAND_MAX 256

#define TEXT(writer, literal) json_piece_escaped(writer, (struct span){literal, sizeof(literal) - 1})

static void write_subject(struct json_writer *writer, const struct event_task *task)
{
	if (task->comm[0])
		json_piece(writer, (struct span){task->comm, strnlen(task->comm, EVENT_COMM_SIZE)});
	else
		TEXT(writer, "a process");
	TEXT(writer, " (pid ");
	json_piece_u64(writer, task->tgid);
	TEXT(writer, ")");
}

/*
 * Did one thread change its credentials alone? A drop that is complete is the process's, whichever thread completed it,
 * and what a thread's end changes is the process's too.
 */
static bool is_of_one_thread(const struct finding *finding)
{
	const struct process_event *event = finding->process->event;

	if (event->header.kind == EVENT_EXEC || threads_is_end(event) ||
	    (finding->kind == FINDING_DROP_ROOT && finding->drop_is_complete))
		return false;
	return event->task.tid != event->task.tgid || finding->drop_kept & KEPT_THREAD;
}

static void write_thread(struct json_writer *writer, const struct event_task *task)
{
	TEXT(writer, "thread ");
	json_piece_u64(writer, task->tid);
	TEXT(writer, " of ");
}

/* What the rest of the process is, in which one thread dropped root. */
static void write_others(struct json_writer *writer, const struct event_threads *others, bool is_addition)
{
	json_piece_cstring(writer, is_addition ? ", and " : ", but ");
	if (!others->tid) {
		TEXT(writer, "not all of its threads were examined");
		return;
	}
	TEXT(writer, "thread ");
	json_piece_u64(writer, others->tid);
	json_piece_cstring(writer, others->root == EVENT_ROOT_REAL || others->root == EVENT_ROOT_MAPPED
					   ? " stays root"
					   : " can become root again");
}

/* "root", "root for files only (fsuid 0)", "root of a user namespace (uid 100000 on the host)", "uid 1000". */
static void write_identity(struct json_writer *writer, enum root_kind root, const struct event_creds *creds)
{
	if (root == ROOT_REAL && creds->is_known && creds->euid) {
		TEXT(writer, "root for files only (fsuid 0)");
	} else if (root == ROOT_REAL) {
		TEXT(writer, "root");
	} else if (root == ROOT_MAPPED) {
		TEXT(writer, "root of a user namespace (uid ");
		json_piece_u64(writer, creds->euid);
		TEXT(writer, " on the host)");
	} else if (creds->is_known) {
		TEXT(writer, "uid ");
		json_piece_u64(writer, creds->euid);
	} else {
		TEXT(writer, "an unknown uid");
	}
}

static void write_place(struct json_writer *writer, struct span container_phrase)
{
	if (container_phrase.size == 0)
		return;
	TEXT(writer, " in ");
	json_piece_escaped(writer, container_phrase);
}

static void write_command(struct json_writer *writer, const struct process_view *process)
{
	struct span args = process_parts__args(process, COMMAND_MAX);

	if (args.size == 0)
		return;
	TEXT(writer, ": ");
	process_parts__write_command(writer, args);
	if (process->event->args_full_size > args.size)
		TEXT(writer, "\xe2\x80\xa6");
}

/* What root left behind is no part of the image that was reviewed. */
static void write_origin(struct json_writer *writer, const struct event_file *file)
{
	if (file->flags & FILE_UPPER)
		TEXT(writer, " (written later, not from the image)");
}

static void write_cause(struct json_writer *writer, const struct finding *finding)
{
	const char *syscall = event_syscall_name(finding->process->event->syscall);

	switch (finding->cause) {
	case CAUSE_SET_UID:
		TEXT(writer, " by ");
		json_piece_cstring(writer, syscall ? syscall : "set*uid");
		TEXT(writer, "()");
		break;
	case CAUSE_SETUID_FILE:
		TEXT(writer, " by a set-user-id file");
		write_origin(writer, &finding->process->event->file);
		break;
	case CAUSE_USER_NAMESPACE:
		TEXT(writer, " by a user namespace");
		break;
	case CAUSE_UNEXPLAINED:
		TEXT(writer, " by nothing that was seen");
		break;
	case CAUSE_FILE_CAPS:
		TEXT(writer, " by the file's capabilities");
		write_origin(writer, &finding->process->event->file);
		break;
	case CAUSE_AMBIENT_CAPS:
		TEXT(writer, " by ambient capabilities");
		break;
	case CAUSE_CAPSET:
		TEXT(writer, " by capset()");
		break;
	case CAUSE_IO_URING:
	case CAUSE_INHERITED:
	case CAUSE_KERNEL_HELPER:
	case CAUSE_NONE:
		break;
	}
}

static void write_gain(struct json_writer *writer, const struct finding *finding)
{
	const struct process_event *event = finding->process->event;

	if (event->before.is_known) {
		TEXT(writer, " went from uid ");
		json_piece_u64(writer, event->before.euid);
		if (finding->is_regain)
			TEXT(writer, " back");
		TEXT(writer, " to ");
	} else {
		TEXT(writer, " became ");
	}
	write_identity(writer, finding->root, &event->after);
	write_cause(writer, finding);
}

static void write_drop(struct json_writer *writer, const struct finding *finding)
{
	const struct process_event *event = finding->process->event;
	const unsigned ways_of_others = KEPT_THREAD | KEPT_IO_URING | KEPT_GID | KEPT_GROUPS;
	bool is_able;

	if (judge_is_root_before(event)) {
		TEXT(writer, " went from ");
		if (event->before.euid && !event->before.fsuid)
			TEXT(writer, "root for files only (fsuid 0) to ");
		else
			TEXT(writer, "root to ");
		write_identity(writer, ROOT_NONE, &event->after);
	} else {
		TEXT(writer, " can no longer become root, as ");
		write_identity(writer, ROOT_NONE, &event->after);
	}
	if (threads_is_end(event)) {
		TEXT(writer, ", since its thread ");
		json_piece_u64(writer, event->task.tid);
		TEXT(writer, " ended");
	}
	if (finding->drop_kept & KEPT_IO_URING)
		TEXT(writer, " but keeps root's credentials in an io_uring instance");
	is_able = !finding->drop_is_complete &&
		  (finding->drop_kept & ~ways_of_others || !(finding->drop_kept & (KEPT_THREAD | KEPT_IO_URING)));
	if (is_able)
		TEXT(writer, " but can become root again");
	if (finding->drop_kept & KEPT_THREAD)
		write_others(writer, &event->others, is_able);
	if (finding->drop_kept & (KEPT_GID | KEPT_GROUPS))
		TEXT(writer, ", and keeps group 0");
}

static void write_uid_change(struct json_writer *writer, const struct finding *finding)
{
	credential_change__write_uids(writer, finding->process->event);
	write_cause(writer, finding);
}

static void write_gid_change(struct json_writer *writer, const struct process_event *event)
{
	credential_change__write_gids(writer, event);
	if (!judge_is_by_setgid_file(event))
		return;
	TEXT(writer, " by a set-group-id file");
	write_origin(writer, &event->file);
}

/* A process that was root when it was found: how it became root was before. */
static void write_found(struct json_writer *writer, const struct finding *finding)
{
	const struct process_event *event = finding->process->event;
	const struct root_history *history = finding->container ? finding->container->history : NULL;

	TEXT(writer, " runs as ");
	write_identity(writer, finding->root, &event->after);
	if (!judge_is_found_gain(event))
		return;
	write_cause(writer, finding);
	if (finding->cause == CAUSE_NONE)
		TEXT(writer, "; how it became root was not seen");
	else
		json_piece_cstring(writer, history && history->is_whole ? ", before uidzero saw the process"
									: ", before uidzero started");
}

/* What a process did, between who and where. */
static void write_deed(struct json_writer *writer, const struct finding *finding)
{
	const struct process_event *event = finding->process->event;

	switch (finding->kind) {
	case FINDING_EXEC:
	case FINDING_EXEC_ROOT:
		TEXT(writer, " started as ");
		write_identity(writer, finding->root, &event->after);
		break;
	case FINDING_ROOT_FOUND:
		write_found(writer, finding);
		break;
	case FINDING_GAIN_ROOT:
	case FINDING_UNEXPLAINED_ROOT:
		write_gain(writer, finding);
		break;
	case FINDING_GAIN_CAPS:
		TEXT(writer, " gained capabilities that amount to root");
		write_cause(writer, finding);
		break;
	case FINDING_HOST_EXEC:
		TEXT(writer, " was started by the kernel as root on the host, from a file");
		break;
	case FINDING_DROP_ROOT:
		write_drop(writer, finding);
		break;
	case FINDING_KEEP_ROOT:
		TEXT(writer, " left root's credentials in an io_uring instance, where they outlast a drop");
		break;
	case FINDING_UID_CHANGE:
		write_uid_change(writer, finding);
		break;
	case FINDING_GID_CHANGE:
		write_gid_change(writer, event);
		break;
	case FINDING_CAPABILITY_CHANGE:
		credential_change__write_capabilities(writer, event);
		break;
	default:
		break;
	}
}

static void write_container_start(struct json_writer *writer, const struct finding *finding, struct span phrase)
{
	json_piece_escaped(writer, phrase);
	TEXT(writer, " started");
	if (!finding->process)
		return;
	TEXT(writer, " with ");
	write_subject(writer, &finding->process->event->task);
	TEXT(writer, " as ");
	write_identity(writer, finding->root, &finding->process->event->after);
	write_command(writer, finding->process);
}

/* "container web (nginx:1.25) failed CIS Docker 4.1 (root_init): nginx (pid 1) ..." */
static void write_verdict(struct json_writer *writer, const struct finding *finding, struct span phrase)
{
	const struct verdict_facts *facts = finding->verdict;

	json_piece_escaped(writer, phrase);
	if (facts->exception)
		TEXT(writer, " is excepted from");
	else if (facts->result == CONTROL_PASS)
		TEXT(writer, " passed");
	else if (facts->result == CONTROL_UNKNOWN)
		TEXT(writer, " is not known to pass");
	else
		json_piece_cstring(writer, facts->result == CONTROL_WARN ? " passed with a warning" : " failed");
	TEXT(writer, " CIS Docker 4.1 (");
	json_piece_cstring(writer, verdict_name(facts->verdict));
	TEXT(writer, "): ");
	verdict_text__write_reason(writer, finding->container, facts);
}

static void write_loss(struct json_writer *writer, const struct loss_facts *loss)
{
	json_piece_u64(writer, loss ? loss->total : 0);
	TEXT(writer, " events were lost");
	if (loss && loss->reason) {
		TEXT(writer, ": ");
		json_piece_cstring(writer, loss->reason);
	}
}

void message__write(struct json_writer *writer, const char *key, const struct finding *finding,
		    struct span container_phrase)
{
	json_begin_string(writer, key);
	switch (finding->kind) {
	case FINDING_CONTAINER_START:
		write_container_start(writer, finding, container_phrase);
		break;
	case FINDING_CONTAINER_STOP:
		json_piece_escaped(writer, container_phrase);
		TEXT(writer, " stopped");
		break;
	case FINDING_METADATA:
		json_piece_escaped(writer, container_phrase);
		TEXT(writer, " is better known now");
		break;
	case FINDING_VERDICT:
		write_verdict(writer, finding, container_phrase);
		break;
	case FINDING_LOSS:
		write_loss(writer, finding->loss);
		break;
	case FINDING_AGENT_START:
		TEXT(writer, "uidzero started");
		break;
	case FINDING_AGENT_STOP:
		TEXT(writer, "uidzero stopped");
		break;
	default:
		if (!finding->process)
			break;
		if (is_of_one_thread(finding))
			write_thread(writer, &finding->process->event->task);
		write_subject(writer, &finding->process->event->task);
		write_deed(writer, finding);
		write_place(writer, container_phrase);
		write_command(writer, finding->process);
	}
	json_end_string(writer);
}
