/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that tells a person why a verdict is what it is. */
#include "encode/verdict_text.h"

#include <string.h>

#include "base/safe_text.h"
#include "encode/verdict_text_private.h"

#define NS_PER_MS 1000000ULL
#define MS_PER_S  1000ULL
#define USER_MAX  64

void verdict_text__write_duration(struct json_writer *writer, uint64_t duration_ns)
{
	static const struct {
		const char *unit, *smaller_unit;
		uint64_t seconds, smaller;
	} units[] = {
		{" d", " h", 24 * 60 * 60, 60 * 60},
		{" h", " min", 60 * 60, 60},
		{" min", " s", 60, 1},
	};
	uint64_t ms = duration_ns / NS_PER_MS, s = ms / MS_PER_S;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t rest = s % units[i].seconds / units[i].smaller;

		if (s < units[i].seconds)
			continue;
		json_piece_u64(writer, s / units[i].seconds);
		json_piece_cstring(writer, units[i].unit);
		if (rest == 0)
			return;
		TEXT(writer, " ");
		json_piece_u64(writer, rest);
		json_piece_cstring(writer, units[i].smaller_unit);
		return;
	}
	if (ms == 0)
		TEXT(writer, "less than ");
	json_piece_u64(writer, s ? s : ms ? ms : 1);
	json_piece_cstring(writer, s ? " s" : " ms");
}

void verdict_text__write_name(struct json_writer *writer, const struct stretch *stretch)
{
	if (stretch && stretch->comm[0])
		json_piece(writer, (struct span){stretch->comm, strnlen(stretch->comm, EVENT_COMM_SIZE)});
	else
		TEXT(writer, "a process");
}

/* "thread 7 of nginx (pid 5)" where one thread alone holds it, "nginx (pid 5)" elsewhere. */
static void write_subject(struct json_writer *writer, const struct stretch *stretch)
{
	if (stretch && stretch->tid) {
		TEXT(writer, "thread ");
		json_piece_u64(writer, stretch->tid);
		TEXT(writer, " of ");
	}
	verdict_text__write_name(writer, stretch);
	if (!stretch)
		return;
	TEXT(writer, " (pid ");
	json_piece_u64(writer, stretch->tgid);
	TEXT(writer, ")");
}

bool verdict_text__init_uid(const struct root_history *history, uint32_t *ret_uid)
{
	if (history->init_euid == 0 || history->init_euid == UINT32_MAX)
		return false;
	*ret_uid = history->init_euid;
	return true;
}

/* @ns_uid: as the container sees it, whose passwd names it */
static void write_uid(struct json_writer *writer, const struct container *container, uint32_t uid, uint32_t ns_uid)
{
	const char *name = container_facts__user_name(&container->facts, ns_uid);

	TEXT(writer, "uid ");
	json_piece_u64(writer, uid);
	if (!name)
		return;
	TEXT(writer, " (");
	json_piece_cstring(writer, name);
	TEXT(writer, ")");
}

static void write_init_uid(struct json_writer *writer, const struct container *container,
			   const struct root_history *history, const char *before, const char *after)
{
	bool is_mapped = control_has_user_namespace(&container->facts, history);
	uint32_t uid;

	if (!verdict_text__init_uid(history, &uid))
		return;
	json_piece_cstring(writer, before);
	write_uid(writer, container, uid, is_mapped ? UINT32_MAX : uid);
	json_piece_cstring(writer, after);
}

static void write_hold(struct json_writer *writer, const struct stretch *stretch)
{
	switch (stretch->hold) {
	case HOLD_MAPPED:
		TEXT(writer, "root of a user namespace");
		if (stretch->euid == UINT32_MAX)
			break;
		TEXT(writer, " (uid ");
		json_piece_u64(writer, stretch->euid);
		TEXT(writer, " on the host)");
		break;
	case HOLD_EQUIVALENT:
		TEXT(writer, "one with capabilities that amount to root");
		break;
	default:
		TEXT(writer, "root");
	}
}

static void write_file(struct json_writer *writer, const struct stretch *stretch)
{
	if (!stretch->executable[0])
		return;
	TEXT(writer, " (");
	json_piece_cstring(writer, stretch->executable);
	TEXT(writer, ")");
}

/* @is_whole: the container was seen from its first program on, so that uidzero ran before it */
static void write_cause(struct json_writer *writer, const struct stretch *stretch, bool is_whole)
{
	static const char *const texts[] = {
		[CAUSE_SET_UID] = " by a set*uid call",
		[CAUSE_SETUID_FILE] = " by a set-user-id file",
		[CAUSE_USER_NAMESPACE] = " by a user namespace",
		[CAUSE_UNEXPLAINED] = " by nothing that was seen",
		[CAUSE_FILE_CAPS] = " by the file's capabilities",
		[CAUSE_AMBIENT_CAPS] = " by ambient capabilities",
		[CAUSE_CAPSET] = " by capset()",
	};

	if (stretch->cause < sizeof(texts) / sizeof(texts[0]) && texts[stretch->cause])
		json_piece_cstring(writer, texts[stretch->cause]);
	if (stretch->was_found && stretch->cause != CAUSE_NONE)
		json_piece_cstring(writer, is_whole ? ", before uidzero saw the process" : ", before uidzero started");
	if (stretch->cause == CAUSE_SETUID_FILE || stretch->cause == CAUSE_FILE_CAPS)
		write_file(writer, stretch);
}

static void write_times(struct json_writer *writer, uint64_t times)
{
	if (times < 2)
		return;
	TEXT(writer, ", ");
	json_piece_u64(writer, times);
	TEXT(writer, " times so far");
}

/* How long the stretch lasts, or did. */
static void write_length(struct json_writer *writer, const struct stretch *stretch, const struct verdict_facts *facts)
{
	uint64_t until_ns = stretch->until_ns ? stretch->until_ns : facts->now_ns;
	uint64_t length_ns = until_ns > stretch->since_ns ? until_ns - stretch->since_ns : 0;
	bool is_exact = stretch->since_is_exact && (!stretch->until_ns || stretch->until_is_exact);

	if (!is_exact && length_ns >= NS_PER_MS)
		TEXT(writer, "about ");
	verdict_text__write_duration(writer, length_ns);
}

/* One that stays root, or did until its end. */
static void write_staying(struct json_writer *writer, const struct container *container,
			  const struct verdict_facts *facts)
{
	const struct stretch *stretch = facts->decisive;

	write_subject(writer, stretch);
	if (facts->verdict == VERDICT_ROOT_INIT)
		TEXT(writer, ", the first process,");
	json_piece_cstring(writer, facts->has_ended ? " was root" : " has been root");
	if (stretch) {
		write_cause(writer, stretch, facts->history->is_whole);
		TEXT(writer, " for ");
		write_length(writer, stretch, facts);
	}
	if (facts->has_ended)
		TEXT(writer, ", until it ended");
	if (facts->verdict == VERDICT_ROOT_CHILD)
		write_init_uid(writer, container, facts->history, ", while the first process is ", "");
	else if (remedy_is_init_alone(facts))
		TEXT(writer, ", but nothing that it runs is");
	TEXT(writer, "; the grace time is ");
	verdict_text__write_duration(writer, facts->grace_ns);
}

static void write_escalated(struct json_writer *writer, const struct verdict_facts *facts)
{
	write_subject(writer, facts->decisive);
	if (facts->decisive && facts->decisive->cause == CAUSE_KERNEL_HELPER) {
		TEXT(writer,
		     " was started by the kernel as root on the host, from a file that the container can write");
		write_file(writer, facts->decisive);
		return;
	}
	if (facts->decisive && facts->decisive->is_gain && facts->decisive->former_euid != UINT32_MAX) {
		TEXT(writer, " went from uid ");
		json_piece_u64(writer, facts->decisive->former_euid);
		TEXT(writer, " to ");
	} else {
		TEXT(writer, " was not root and became ");
	}
	if (facts->decisive) {
		write_hold(writer, facts->decisive);
		write_cause(writer, facts->decisive, facts->history->is_whole);
		if (facts->decisive->was_found && facts->decisive->cause == CAUSE_NONE)
			TEXT(writer, "; how it became root was not seen");
	} else {
		TEXT(writer, "it");
	}
	if (facts->history->nr_gains > 1) {
		TEXT(writer, ", the first of ");
		json_piece_u64(writer, facts->history->nr_gains);
		TEXT(writer, " times so far");
	}
}

static void write_session(struct json_writer *writer, const struct container *container,
			  const struct verdict_facts *facts)
{
	write_subject(writer, facts->decisive);
	if (facts->decisive && facts->decisive->role != ROLE_SESSION)
		TEXT(writer, " was started as root by somebody who came in from outside");
	else
		TEXT(writer, " came in from outside as root");
	TEXT(writer, " (an exec or a health check)");
	write_times(writer, facts->history->nr_sessions);
	write_init_uid(writer, container, facts->history, "; the first process is ", "");
}

/* To become root by its own credentials. */
static bool has_way_back(const struct stretch *stretch)
{
	return stretch->ruid == 0 || stretch->suid == 0 || stretch->hold == HOLD_EQUIVALENT;
}

static void write_incomplete(struct json_writer *writer, const struct container *container,
			     const struct stretch *stretch)
{
	write_subject(writer, stretch);
	if (!stretch) {
		TEXT(writer, " can become root again");
		return;
	}
	/* Of one thread's uid the reader would conclude that it is the process's. */
	if (!stretch->tid && stretch->euid != UINT32_MAX) {
		TEXT(writer, " runs as ");
		write_uid(writer, container, stretch->euid, stretch->ns_euid);
		TEXT(writer, " but");
	}
	/* The capabilities come with it. */
	if (stretch->ruid == 0 && stretch->suid == 0)
		TEXT(writer, " keeps the real and saved uid 0");
	else if (stretch->ruid == 0)
		TEXT(writer, " keeps the real uid 0");
	else if (stretch->suid == 0)
		TEXT(writer, " keeps the saved uid 0");
	else if (stretch->hold == HOLD_EQUIVALENT)
		TEXT(writer, " keeps capabilities");
	else if (stretch->keeps_ring)
		TEXT(writer, " keeps root's credentials in an io_uring instance: it can still act as root");
	else
		TEXT(writer, " keeps uid 0 aside");
	if (has_way_back(stretch) || !stretch->keeps_ring)
		TEXT(writer, ": it can become root again");
	if (has_way_back(stretch) && stretch->keeps_ring)
		TEXT(writer, ", and its io_uring instance keeps root's credentials too");
}

static void write_equivalent(struct json_writer *writer, const struct container *container,
			     const struct verdict_facts *facts)
{
	const struct stretch *stretch = facts->decisive;
	bool is_over = !stretch || stretch->until_ns;

	write_subject(writer, stretch);
	if (stretch && stretch->euid != UINT32_MAX) {
		json_piece_cstring(writer, is_over ? " ran as " : " runs as ");
		write_uid(writer, container, stretch->euid, stretch->ns_euid);
		TEXT(writer, " with");
	} else {
		json_piece_cstring(writer, is_over ? " had" : " has");
	}
	TEXT(writer, " capabilities that amount to root");
	if (!stretch) {
		TEXT(writer, ", and no longer does");
		return;
	}
	write_cause(writer, stretch, facts->history->is_whole);
	if (stretch->has_host_root) {
		TEXT(writer, ": uid ");
		json_piece_u64(writer, stretch->host_root_uid);
		TEXT(writer, " in its user namespace is the host's uid 0");
	}
	if (!is_over)
		return;
	TEXT(writer, ", and no longer does after ");
	write_length(writer, stretch, facts);
	write_times(writer, facts->history->nr_gains);
}

static void write_mapped(struct json_writer *writer, const struct stretch *stretch)
{
	if (!stretch) {
		TEXT(writer, "root in it is root of a user namespace only");
		return;
	}
	write_subject(writer, stretch);
	json_piece_cstring(writer, stretch->until_ns ? " was" : " is");
	TEXT(writer, " root in a user namespace only");
	if (stretch->euid == UINT32_MAX)
		return;
	TEXT(writer, ": uid ");
	json_piece_u64(writer, stretch->euid);
	TEXT(writer, " on the host");
}

static void write_drops(struct json_writer *writer, const struct container *container,
			const struct verdict_facts *facts)
{
	const struct stretch *stretch = facts->decisive;
	uint32_t uid;
	bool is_by_init = stretch && stretch->role == ROLE_INIT && verdict_text__init_uid(facts->history, &uid);

	if (!stretch) {
		TEXT(writer, "it was started as root");
		if (verdict_text__init_uid(facts->history, &uid))
			write_init_uid(writer, container, facts->history, "; its first process is ", " now");
		else
			TEXT(writer, ", and nobody in it is any more");
		return;
	}
	json_piece_cstring(writer, is_by_init ? "its first process was root for " : "somebody in it was root for ");
	write_length(writer, stretch, facts);
	if (is_by_init)
		write_init_uid(writer, container, facts->history, ", then ", "");
	else
		json_piece_cstring(writer, facts->has_ended ? ", until it ended" : ", and nobody is any more");
}

static void write_nonroot(struct json_writer *writer, const struct container *container,
			  const struct root_history *history)
{
	if (history->is_whole)
		TEXT(writer, "nobody in it was ever root");
	else
		TEXT(writer, "nobody in it was seen as root; what was before it was first seen is not known");
	write_init_uid(writer, container, history, "; the first process is ", "");
}

/* What it was declared to run as is all that is known. */
static void write_isolated(struct json_writer *writer, const struct container_facts *facts)
{
	const char *wanted = container_facts__wanted_user(facts);
	enum user_class class = wanted == facts->requested_user ? container_facts__requested_class(facts)
								: container_facts__declared_class(facts);

	TEXT(writer, "its programs run on a kernel of their own (");
	json_piece_cstring(writer, facts->isolation == ISOLATION_VM ? "a virtual machine" : "gVisor");
	TEXT(writer, "), and the host's kernel does not show as which user");
	if (wanted) {
		TEXT(writer, "; the declared user is ");
		json_piece(writer, utf8_prefix((struct span){wanted, strlen(wanted)}, USER_MAX));
		json_piece_cstring(writer, wanted[0] ? " (class " : "not set (class ");
		json_piece_cstring(writer, user_class_name(class));
		TEXT(writer, ")");
	}
	if (facts->resolved_user) {
		json_piece_cstring(writer, wanted ? ", which the runtime resolved to " : "; its runtime resolved ");
		json_piece_cstring(writer, facts->resolved_user);
		json_piece_cstring(writer, wanted ? "" : " for it");
	}
}

static void write_unknown(struct json_writer *writer, const struct container *container,
			  const struct verdict_facts *facts)
{
	const struct root_history *history = facts->history;

	if (!history) {
		TEXT(writer, "nothing of it was seen");
		return;
	}
	if (container->facts.isolation) {
		write_isolated(writer, &container->facts);
		return;
	}
	if (facts->decisive) {
		write_subject(writer, facts->decisive);
		json_piece_cstring(writer, facts->decisive->hold == HOLD_ROOT ? " is root" : " can become root");
		TEXT(writer, ", which is not judged before its grace time of ");
		verdict_text__write_duration(writer, facts->grace_ns);
		TEXT(writer, " is over");
		return;
	}
	TEXT(writer,
	     "nobody in it is root now, but its start was not seen, and no file of its runtime says as whom it was "
	     "started");
	write_init_uid(writer, container, history, "; the first process is ", "");
}

/* No failure, so that it is added to what the verdict says. */
static void write_group(struct json_writer *writer, const struct verdict_facts *facts)
{
	const struct group_note *group = facts->history ? &facts->history->group : NULL;
	enum control_result result = verdict_result(facts->verdict);

	if (!group || !group->tgid || (result != CONTROL_PASS && result != CONTROL_WARN))
		return;
	TEXT(writer, "; ");
	if (group->comm[0])
		json_piece(writer, (struct span){group->comm, strnlen(group->comm, EVENT_COMM_SIZE)});
	else
		TEXT(writer, "a process");
	TEXT(writer, " (pid ");
	json_piece_u64(writer, group->tgid);
	if (!group->is_gain) {
		TEXT(writer, ") kept group 0 when it dropped root");
		return;
	}
	TEXT(writer, ") gained group 0");
	if (!group->is_by_file)
		return;
	TEXT(writer, " by a set-group-id file");
	if (group->executable[0]) {
		TEXT(writer, " (");
		json_piece_cstring(writer, group->executable);
		TEXT(writer, ")");
	}
}

static void write_own_reason(struct json_writer *writer, const struct container *container,
			     const struct verdict_facts *facts)
{
	switch (facts->verdict) {
	case VERDICT_ESCALATED:
		write_escalated(writer, facts);
		break;
	case VERDICT_ROOT_INIT:
	case VERDICT_ROOT_CHILD:
		write_staying(writer, container, facts);
		break;
	case VERDICT_ROOT_SESSION:
		write_session(writer, container, facts);
		break;
	case VERDICT_INCOMPLETE_DROP:
		write_incomplete(writer, container, facts->decisive);
		break;
	case VERDICT_ROOT_EQUIVALENT:
		write_equivalent(writer, container, facts);
		break;
	case VERDICT_MAPPED_ROOT:
		write_mapped(writer, facts->decisive);
		break;
	case VERDICT_DROPS_ROOT:
		write_drops(writer, container, facts);
		break;
	case VERDICT_NONROOT:
		write_nonroot(writer, container, facts->history);
		break;
	case VERDICT_UNKNOWN:
	case VERDICT_END:
		write_unknown(writer, container, facts);
	}
}

void verdict_text__write_reason(struct json_writer *writer, const struct container *container,
				const struct verdict_facts *facts)
{
	write_own_reason(writer, container, facts);
	write_group(writer, facts);
}
