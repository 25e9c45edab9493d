/* SPDX-License-Identifier: Apache-2.0 */
/* What to change about a container so that its verdict gets better. Pure. */
#include "judge/remedy.h"

#include <string.h>

#include "judge/controls.h"

#define FREE_UID_MIN 1000 /* where Debian, Fedora and Alpine begin to count people */

bool remedy_is_host_root(const struct root_history *history, uint32_t uid)
{
	return history && history->host_root_uid != EVENT_NO_UID && history->host_root_uid == uid;
}

uint32_t remedy_free_uid(const struct container_facts *facts, const struct root_history *history)
{
	uint32_t uid = FREE_UID_MIN;

	/* Ends: there are fewer users than numbers. */
	while (container_facts__user_name(facts, uid) || remedy_is_host_root(history, uid))
		uid++;
	return uid;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_one_of(const char *name, const char *const names[])
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* By the executable: a script's comm is its own name. The runtimes' --init is a file of theirs: its comm tells. */
enum init_kind remedy_init_kind(const struct stretch *init)
{
	static const char *const reapers[] = {"tini",      "tini-static", "dumb-init", "docker-init",
					      "catatonit", "podman-init", NULL};
	static const char *const waiting[] = {"sh",  "bash", "dash",    "ash",  "busybox", "zsh",
					      "ksh", "su",   "runuser", "sudo", "doas",    NULL};
	char comm[EVENT_COMM_SIZE + 1] = "";
	const char *executable = base_name(init->executable);

	memcpy(comm, init->comm, EVENT_COMM_SIZE);
	if (is_one_of(executable, reapers) || is_one_of(comm, reapers))
		return INIT_REAPER;
	return is_one_of(executable[0] ? executable : comm, waiting) ? INIT_WAITING : INIT_OTHER;
}

bool remedy_is_init_alone(const struct verdict_facts *facts)
{
	const struct stretch *init = facts->decisive;
	enum init_kind kind;

	if (!init || init->role != ROLE_INIT || init->tid || facts->nr_root_now > 1)
		return false;
	kind = remedy_init_kind(init);
	if (kind != INIT_OTHER && facts->history->nr_drops > 0)
		return true;
	/* The drop can have been before anybody looked; a reaper always runs something. */
	return kind == INIT_REAPER && !facts->history->is_whole && facts->nr_root_now == 1;
}

/* What is wrong with the user that counts, though it may do no harm; 0 where it is a number. */
static unsigned advice(const struct container_facts *facts)
{
	bool is_requested = facts->requested_user && facts->requested_user[0];

	switch (is_requested ? container_facts__requested_class(facts) : container_facts__declared_class(facts)) {
	case USER_NAME:
		return REMEDY_NUMERIC_USER;
	case USER_NAME_IS_ROOT:
		return REMEDY_NAME_IS_ROOT;
	case USER_OVERFLOW:
		return REMEDY_USER_OVERFLOWS;
	default:
		return 0;
	}
}

/* Why it starts as root. */
static unsigned start(const struct container_facts *facts)
{
	enum user_class declared = container_facts__declared_class(facts);
	unsigned wrong = advice(facts);

	/* They start a whole system, whose users are its own affair. */
	if (facts->identity.runtime == RUNTIME_LXC || facts->identity.runtime == RUNTIME_NSPAWN)
		return 0;
	if (declared == USER_NUMERIC || declared == USER_NAME)
		return REMEDY_OVERRIDDEN;
	return wrong & (REMEDY_NAME_IS_ROOT | REMEDY_USER_OVERFLOWS) ? wrong : REMEDY_SET_USER;
}

static unsigned by_cause(const struct container_facts *facts, const struct stretch *stretch)
{
	switch (stretch->cause) {
	case CAUSE_SETUID_FILE:
	case CAUSE_FILE_CAPS:
		return REMEDY_REMOVE_SETUID | (facts->no_new_privs == 1 ? 0 : REMEDY_NO_NEW_PRIVS);
	case CAUSE_SET_UID: /* by the saved uid, or else by CAP_SETUID */
		return stretch->is_gain ? REMEDY_DROP_CAPABILITIES : REMEDY_DROP_FOR_GOOD;
	case CAUSE_AMBIENT_CAPS:
	case CAUSE_CAPSET:
		return REMEDY_DROP_CAPABILITIES;
	case CAUSE_UNEXPLAINED:
		return REMEDY_INVESTIGATE;
	default:
		return 0;
	}
}

/* The last resort of what cannot do without root. Docker refuses it where the container is privileged. */
static unsigned mapping(const struct container_facts *facts, const struct root_history *history)
{
	bool has_it = control_has_user_namespace(facts, history);

	return has_it || facts->is_privileged == 1 ? 0 : REMEDY_USER_NAMESPACE;
}

/* Of a process of the container's own that stays root. */
static unsigned staying(const struct container_facts *container, const struct verdict_facts *facts)
{
	unsigned caused = facts->decisive ? by_cause(container, facts->decisive) : 0;

	if (caused & REMEDY_INVESTIGATE)
		return caused;
	/* The process drops already, but not in this thread. */
	if (!caused && facts->decisive && facts->decisive->tid)
		caused = REMEDY_DROP_FOR_GOOD;
	if (!caused)
		caused = remedy_is_init_alone(facts) ? REMEDY_EXEC_DROP : start(container);
	return caused | mapping(container, facts->history);
}

/* Of what is not root, but not done with it either. */
static unsigned dropping(const struct stretch *stretch)
{
	bool has_way_back = !stretch || !stretch->keeps_ring || !stretch->ruid || !stretch->suid ||
			    stretch->hold == HOLD_EQUIVALENT;

	return (has_way_back ? REMEDY_DROP_FOR_GOOD : 0) |
	       (stretch && stretch->keeps_ring ? REMEDY_RING_AFTER_DROP : 0);
}

/* Of group 0 in processes that are not root, which no failure is made of. */
static unsigned by_group(const struct verdict_facts *facts)
{
	const struct root_history *history = facts->history;
	enum control_result result = verdict_result(facts->verdict);

	if (!history || !history->group.tgid || (result != CONTROL_PASS && result != CONTROL_WARN))
		return 0;
	return history->group.is_by_file ? REMEDY_REMOVE_SETGID : REMEDY_DROP_GROUP;
}

static unsigned by_verdict(const struct container *container, const struct verdict_facts *facts)
{
	const struct container_facts *about = &container->facts;
	unsigned caused = facts->decisive ? by_cause(about, facts->decisive) : 0;

	switch (facts->verdict) {
	case VERDICT_NONROOT:
	case VERDICT_DROPS_ROOT:
	case VERDICT_MAPPED_ROOT:
		return advice(about);
	case VERDICT_ROOT_INIT:
	case VERDICT_ROOT_CHILD:
		return staying(about, facts);
	case VERDICT_ESCALATED:
		return caused ? caused : REMEDY_INVESTIGATE;
	case VERDICT_ROOT_SESSION:
		return REMEDY_EXEC_AS_USER;
	case VERDICT_INCOMPLETE_DROP:
		return dropping(facts->decisive);
	case VERDICT_ROOT_EQUIVALENT:
		if (facts->decisive && facts->decisive->has_host_root)
			return REMEDY_UNMAP_ROOT;
		return caused & REMEDY_REMOVE_SETUID ? caused : REMEDY_DROP_CAPABILITIES;
	case VERDICT_UNKNOWN:
	case VERDICT_END:
		break;
	}
	return 0;
}

unsigned remedies(const struct container *container, const struct verdict_facts *facts)
{
	return by_verdict(container, facts) | by_group(facts);
}
