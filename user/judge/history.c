/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps who held root in a container: one stretch for each process and what it held. */
#include "judge/history.h"

#include <stdio.h>
#include <string.h>

#include "judge/judge.h"
#include "judge/threads.h"
#include "maps.h"

#define NS_PER_S 1000000000ULL

const char *hold_name(enum hold hold)
{
	static const char *const names[HOLD_END] = {"root", "mapped", "equivalent", "saved"};

	return (unsigned)hold < HOLD_END ? names[hold] : NULL;
}

/* What the record's own thread holds. Returns HOLD_END for nothing. */
static enum hold own_hold(const struct process_event *event)
{
	switch (judge_root_now(event)) {
	case ROOT_REAL:
		return HOLD_ROOT;
	case ROOT_MAPPED:
		return HOLD_MAPPED;
	case ROOT_EQUIVALENT:
		return HOLD_EQUIVALENT;
	default:
		if (judge_keeps_ring(event))
			return HOLD_SAVED;
		return event->after.is_known && (!event->after.ruid || !event->after.suid) ? HOLD_SAVED : HOLD_END;
	}
}

static enum hold others_hold(const struct event_threads *others)
{
	if (others->root == EVENT_ROOT_REAL)
		return HOLD_ROOT;
	if (others->root == EVENT_ROOT_MAPPED)
		return HOLD_MAPPED;
	if (others->root == EVENT_ROOT_EQUIVALENT || others->kept & EVENT_KEPT_CAPABILITIES)
		return HOLD_EQUIVALENT;
	return others->kept & (EVENT_KEPT_REAL_UID | EVENT_KEPT_SAVED_UID | EVENT_KEPT_IO_URING) ? HOLD_SAVED
												 : HOLD_END;
}

/* A process holds what any of its threads does. */
static enum hold hold_of(const struct process_event *event)
{
	enum hold own = own_hold(event), others = others_hold(&event->others);

	return own < others ? own : others;
}

/* What the walk saw began at some time before, and what ended between two walks at some time between them. */
static bool is_exact(const struct event_header *header)
{
	return header->kind != EVENT_TASK && header->hook != HOOK_DRIFT;
}

void history__begin(struct root_history *history, const struct process_event *event)
{
	bool is_starting = event->task.flags & TASK_ENTERING;

	memset(history, 0, sizeof(*history));
	history->is_whole = is_starting;
	history->started_ns = is_starting ? event->header.time_ns : event->task.start_ns;
	history->was_root = is_starting && judge_root_now(event) == ROOT_REAL;
	history->was_mapped = is_starting && (judge_root_now(event) == ROOT_MAPPED || judge_is_zero_inside(event));
	history->host_root_uid = EVENT_NO_UID;
	history->init_has_session_flag = event->task.flags & TASK_SESSION;
}

void history__begin_unseen(struct root_history *history)
{
	history->is_whole = history->was_root = history->was_mapped = false;
}

static struct stretch *find_held(struct root_history *history, uint32_t tgid, uint64_t start_ns)
{
	for (unsigned i = history->nr_stretches; i-- > 0;) {
		struct stretch *stretch = &history->stretches[i];

		if (!stretch->until_ns && stretch->tgid == tgid && stretch->start_ns == start_ns)
			return stretch;
	}
	return NULL;
}

static void forget(struct root_history *history, unsigned at)
{
	history->has_forgotten_held |= !history->stretches[at].until_ns || history->stretches[at].is_gain;
	memmove(&history->stretches[at], &history->stretches[at + 1],
		(--history->nr_stretches - at) * sizeof(history->stretches[0]));
	history->nr_forgotten++;
}

/* The oldest that is over makes room, but for the first one of all; or else the youngest of a child. */
static void make_room(struct root_history *history)
{
	unsigned at;

	if (history->nr_stretches < HISTORY_STRETCHES_MAX)
		return;
	for (at = 1; at < history->nr_stretches; at++) {
		if (history->stretches[at].until_ns) {
			forget(history, at);
			return;
		}
	}
	for (at = history->nr_stretches - 1; at > 0 && history->stretches[at].role != ROLE_CHILD; at--)
		;
	forget(history, at);
}

static void copy_executable(const struct process_view *process, char ret[HISTORY_EXECUTABLE_MAX])
{
	char path[EVENT_PATH_MAX + 8];
	int size = path_join(process->executable, process->event->executable_is_whole, path, sizeof(path));
	size_t skipped;

	if (size <= 0)
		return;
	skipped = size < HISTORY_EXECUTABLE_MAX ? 0 : size - (HISTORY_EXECUTABLE_MAX - 1);
	memcpy(ret, path + skipped, size - skipped + 1);
}

static void copy_command(struct span args, char ret[HISTORY_COMMAND_MAX])
{
	size_t size = args.size < HISTORY_COMMAND_MAX ? args.size : HISTORY_COMMAND_MAX - 1;

	/* The last argument's own NUL is no space. */
	while (size > 0 && size == args.size && !args.data[size - 1])
		args.size = --size;
	memcpy(ret, args.data, size);
	for (char *end = ret; (end = memchr(end, '\0', ret + size - end));)
		*end = ' ';
	ret[size] = '\0';
}

/* Of threads that hold the same the first one counts, which is the process to most readers. */
static void describe_holder(struct stretch *stretch, const struct process_event *event)
{
	const struct event_threads *others = &event->others;
	enum hold own = own_hold(event), other = others_hold(others);
	uint32_t tid = threads_is_end(event) ? others->tid : event->task.tid;

	stretch->keeps_ring = judge_keeps_ring(event);
	stretch->host_root_uid = userns_host_root_uid(&event->userns, event->after.userns_level);
	stretch->has_host_root = stretch->host_root_uid != EVENT_NO_UID;
	/* io_uring acts for the whole process. */
	if (own < other || (own == other && others->tid != event->task.tgid) || !others->tid) {
		stretch->tid = tid != event->task.tgid ? tid : 0;
		stretch->ruid = event->after.ruid;
		stretch->euid = event->after.euid;
		stretch->suid = event->after.suid;
		stretch->ns_euid =
			judge_is_zero_inside(event)
				? 0
				: userns_map_uid(&event->userns, event->after.userns_level, event->after.euid);
		return;
	}
	stretch->tid = others->tid != event->task.tgid ? others->tid : 0;
	stretch->ruid = others->kept & EVENT_KEPT_REAL_UID ? 0 : UINT32_MAX;
	stretch->suid = others->kept & EVENT_KEPT_SAVED_UID ? 0 : UINT32_MAX;
	stretch->euid = stretch->ns_euid = UINT32_MAX;
}

/* What it is called now: a change of credentials tells no program, which is the same then. */
static void describe(struct stretch *stretch, const struct process_view *process, const struct stretch *former)
{
	const struct process_event *event = process->event;

	memcpy(stretch->comm, event->task.comm, sizeof(stretch->comm));
	if (process->executable.size)
		copy_executable(process, stretch->executable);
	else if (former)
		memcpy(stretch->executable, former->executable, sizeof(stretch->executable));
	if (process->args.size)
		copy_command(process->args, stretch->command);
	else if (former)
		memcpy(stretch->command, former->command, sizeof(stretch->command));
	describe_holder(stretch, event);
}

/* The kernel knows who came in where a pid namespace tells; else its parent does, if that one is known. */
static bool is_of_session(struct root_history *history, const struct event_task *task, enum process_role role)
{
	const struct stretch *parent;

	if (role != ROLE_CHILD)
		return role == ROLE_SESSION;
	if (!(task->flags & TASK_HOST_PIDNS) && !history->init_has_session_flag)
		return task->flags & TASK_SESSION;
	parent = find_held(history, task->parent_tgid, task->parent_start_ns);
	return parent && parent->is_of_session;
}

/* Did it become root by itself? A set-user-id program that was not seen starting shows it by its real uid. */
static bool is_gain(const struct process_event *event, const struct finding *finding)
{
	if (finding && judge_is_gain(finding))
		return true;
	return judge_is_found_gain(event);
}

/* Nothing that a scan shows is a change, unless it drifted. */
static bool is_found(const struct process_event *event)
{
	return event->header.kind == EVENT_TASK && event->header.hook != HOOK_DRIFT;
}

static enum root_cause cause_of(const struct process_event *event, const struct finding *finding)
{
	if (finding)
		return finding->cause;
	return is_found(event) ? judge_found_cause(event) : CAUSE_NONE;
}

/* A walk sees what it holds, and not how it got it: what it was started with are ambient ones. */
static bool may_be_gain(const struct process_event *event)
{
	return event->header.kind == EVENT_TASK && judge_root_now(event) == ROOT_EQUIVALENT &&
	       !judge_is_zero_inside(event) &&
	       event->after.cap_permitted & ~event->after.cap_ambient & ROOT_EQUIVALENT_CAPS;
}

/* Who forks another one and ends is root as long as the two together. */
static void note_root(struct root_history *history)
{
	for (unsigned i = 0; i < history->nr_stretches; i++) {
		const struct stretch *stretch = &history->stretches[i];

		if (stretch->until_ns || stretch->is_of_session || stretch->hold != HOLD_ROOT)
			continue;
		if (!history->root_since_ns)
			history->root_since_ns = stretch->since_ns;
		return;
	}
	history->root_since_ns = 0;
}

static void note_session(struct root_history *history, const struct stretch *stretch)
{
	if (stretch->is_of_session && stretch->hold == HOLD_ROOT)
		history->last_session_ns = stretch->seen_ns;
}

static void begin_stretch(struct root_history *history, const struct process_view *process, enum process_role role,
			  const struct finding *finding, const struct stretch *former)
{
	const struct process_event *event = process->event;
	struct stretch stretch = {
		.tgid = event->task.tgid,
		.start_ns = event->task.start_ns,
		.since_ns = is_exact(&event->header) ? event->header.time_ns : event->task.start_ns,
		.seen_ns = event->header.time_ns,
		.hold = hold_of(event),
		.role = role,
		.cause = cause_of(event, finding),
		.is_of_session = is_of_session(history, &event->task, role),
		.is_gain = is_gain(event, finding) || (former && former->is_gain),
		.was_found = is_found(event),
		.may_be_gain = may_be_gain(event),
		.since_is_exact = is_exact(&event->header),
		.former_euid = event->before.is_known && !is_found(event) ? event->before.euid : (uint32_t)-1,
	};

	/* Seen by the walk in the middle of what events told. */
	if (former && stretch.since_ns < former->seen_ns)
		stretch.since_ns = former->seen_ns;
	stretch.holding_since_ns = former ? former->holding_since_ns : stretch.since_ns;
	/* Root that was laid aside is held by what it came from at first. */
	if (former && finding && finding->is_regain) {
		stretch.cause = former->cause;
		stretch.was_found = former->was_found;
	}
	describe(&stretch, process, former);
	make_room(history);
	history->stretches[history->nr_stretches++] = stretch;
	note_session(history, &stretch);
}

static void end_stretch(struct stretch *stretch, uint64_t time_ns, bool until_is_exact)
{
	stretch->until_ns = time_ns;
	stretch->until_is_exact = until_is_exact;
	if (until_is_exact)
		stretch->seen_ns = time_ns;
}

/* The end of a drop that has begun within the last second, by the same process. */
static bool is_rest_of_drop(const struct root_history *history, const struct process_event *event)
{
	const struct evidence *last = &history->evidence[EVIDENCE_DROP];

	return last->kind == FINDING_DROP_ROOT && last->tgid == event->task.tgid &&
	       last->start_ns == event->task.start_ns && event->header.time_ns - last->time_ns < NS_PER_S &&
	       !judge_is_root_before(event);
}

static void count(struct root_history *history, const struct process_event *event, enum process_role role,
		  const struct finding *finding)
{
	if (role == ROLE_SESSION && judge_root_now(event) == ROOT_REAL && event->task.flags & TASK_ENTERING)
		history->nr_sessions++;
	if (!finding)
		return;
	switch (finding->kind) {
	case FINDING_DROP_ROOT:
		history->nr_drops += !is_rest_of_drop(history, event);
		break;
	case FINDING_GAIN_ROOT:
	case FINDING_UNEXPLAINED_ROOT:
		if (finding->is_regain) {
			history->nr_regains++;
			break;
		}
		history->nr_gains++;
		history->has_escalated |= finding->root == ROOT_REAL;
		break;
	case FINDING_GAIN_CAPS:
		history->nr_gains++;
		history->has_gained_caps = true;
		break;
	default:
		break;
	}
}

/* Returns EVIDENCE_END for none. */
static enum evidence_class evidence_class_of(const struct finding *finding)
{
	if (judge_is_gain(finding))
		return EVIDENCE_GAIN;
	switch (finding->kind) {
	case FINDING_DROP_ROOT:
		return EVIDENCE_DROP;
	case FINDING_KEEP_ROOT:
		return EVIDENCE_KEEP;
	case FINDING_EXEC_ROOT:
	case FINDING_ROOT_FOUND:
		return finding->role == ROLE_INIT      ? EVIDENCE_START
		       : finding->role == ROLE_SESSION ? EVIDENCE_SESSION
						       : EVIDENCE_CHILD;
	default:
		return EVIDENCE_END;
	}
}

static void keep_evidence(struct root_history *history, const struct process_view *process,
			  const struct finding *finding)
{
	const struct process_event *event = process->event;
	enum evidence_class class = evidence_class_of(finding);
	struct evidence *evidence;

	if (class == EVIDENCE_END)
		return;
	evidence = &history->evidence[class];
	if (evidence->kind != FINDING_EXEC && class != EVIDENCE_DROP)
		return;
	*evidence = (struct evidence){
		.kind = finding->kind,
		.time_ns = finding->time_ns,
		.seq = event->header.seq,
		.start_ns = event->task.start_ns,
		.cpu = event->header.cpu,
		.tgid = event->task.tgid,
		.tid = event->task.tid,
		.ring = event->header.ring,
	};
	if (process->args.size)
		copy_command(process->args, evidence->command);
	else
		snprintf(evidence->command, sizeof(evidence->command), "%.*s", EVENT_COMM_SIZE, event->task.comm);
}

/* Group 0 without uid 0: less than a verdict, but a part of its reason. */
static void note_group(struct root_history *history, const struct process_view *process, const struct finding *finding)
{
	const struct process_event *event = process->event;
	struct group_note *group = &history->group;
	bool is_gain = judge_gains_root_group(event);
	bool has_group = judge_kept(&event->after, &event->userns) & (KEPT_GID | KEPT_GROUPS);
	bool keeps = finding && finding->kind == FINDING_DROP_ROOT && finding->drop_is_complete && has_group;

	if (group->tgid == event->task.tgid && group->start_ns == event->task.start_ns && !has_group)
		*group = (struct group_note){};
	if (group->tgid || !(is_gain || keeps))
		return;
	*group = (struct group_note){
		.tgid = event->task.tgid,
		.start_ns = event->task.start_ns,
		.is_gain = is_gain,
		.is_by_file = is_gain && judge_is_by_setgid_file(event),
	};
	memcpy(group->comm, event->task.comm, sizeof(group->comm));
	copy_executable(process, group->executable);
}

bool history__note(struct root_history *history, const struct process_view *process, enum process_role role,
		   const struct finding *finding)
{
	const struct process_event *event = process->event;
	struct stretch *held = find_held(history, event->task.tgid, event->task.start_ns);
	struct stretch former = held ? *held : (struct stretch){};
	enum hold hold = hold_of(event);

	if (role == ROLE_INIT &&
	    (own_hold(event) <= others_hold(&event->others) || event->task.tid == event->task.tgid))
		history->init_euid = event->after.euid;
	if (event->after.userns_level)
		history->host_root_uid = userns_host_root_uid(&event->userns, event->after.userns_level);
	count(history, event, role, finding);
	note_group(history, process, finding);
	if (finding)
		keep_evidence(history, process, finding);
	/* A thread that was not examined can hold it still: a scan that does not find such a one ends it. */
	if (held && event->others.is_partial && hold > held->hold)
		return false;
	if (held && held->hold == hold) {
		held->seen_ns = event->header.time_ns;
		describe(held, process, &former);
		note_session(history, held);
		return false;
	}
	if (held) {
		end_stretch(held, event->header.time_ns, is_exact(&event->header));
		history->has_dropped |= held->hold == HOLD_ROOT && hold != HOLD_ROOT && !held->is_of_session;
	}
	if (hold != HOLD_END)
		begin_stretch(history, process, role, finding, held ? &former : NULL);
	note_root(history);
	return held || hold != HOLD_END;
}

void history__note_host_exec(struct root_history *history, const struct process_view *process,
			     const struct finding *finding)
{
	struct stretch *stretch;

	history->has_reached_host = true;
	history->has_escalated = true;
	history->nr_gains++;
	keep_evidence(history, process, finding);
	begin_stretch(history, process, ROLE_NONE, finding, NULL);
	/* How long it runs is not seen. */
	stretch = &history->stretches[history->nr_stretches - 1];
	stretch->is_gain = true;
	end_stretch(stretch, finding->time_ns, false);
}

bool history__note_exit(struct root_history *history, const struct process_event *event)
{
	struct stretch *held = find_held(history, event->task.tgid, event->task.start_ns);

	if (!held)
		return false;
	end_stretch(held, event->header.time_ns, true);
	note_session(history, held);
	note_root(history);
	return true;
}

bool history__note_walk(struct root_history *history, uint64_t begin_ns)
{
	bool has_changed = false;

	for (unsigned i = 0; i < history->nr_stretches; i++) {
		struct stretch *stretch = &history->stretches[i];

		if (stretch->until_ns || stretch->seen_ns >= begin_ns)
			continue;
		end_stretch(stretch, begin_ns, false);
		has_changed = true;
	}
	note_root(history);
	return has_changed;
}

uint64_t history__root_for(const struct root_history *history, uint64_t now_ns, bool *ret_is_exact)
{
	uint64_t sum_ns = 0, counted_ns = 0;

	*ret_is_exact = history->is_whole && !history->nr_forgotten;
	/* By their begin: what the ones before have counted is not counted again. */
	for (unsigned i = 0; i < history->nr_stretches; i++) {
		const struct stretch *stretch = &history->stretches[i];
		uint64_t from_ns = stretch->since_ns, to_ns = stretch->until_ns ? stretch->seen_ns : now_ns;

		if (stretch->hold != HOLD_ROOT && stretch->hold != HOLD_MAPPED)
			continue;
		if (!stretch->since_is_exact || (stretch->until_ns && !stretch->until_is_exact))
			*ret_is_exact = false;
		if (from_ns < counted_ns)
			from_ns = counted_ns;
		if (to_ns > from_ns)
			sum_ns += to_ns - from_ns;
		if (to_ns > counted_ns)
			counted_ns = to_ns;
	}
	return sum_ns;
}

unsigned history__evidence(const struct root_history *history, const struct evidence *ret_evidence[EVIDENCE_END])
{
	unsigned nr = 0;

	for (int class = 0; class < EVIDENCE_END; class ++) {
		const struct evidence *evidence = &history->evidence[class];
		unsigned at = nr;

		if (evidence->kind == FINDING_EXEC)
			continue;
		for (; at > 0 && ret_evidence[at - 1]->time_ns > evidence->time_ns; at--)
			ret_evidence[at] = ret_evidence[at - 1];
		ret_evidence[at] = evidence;
		nr++;
	}
	return nr;
}
