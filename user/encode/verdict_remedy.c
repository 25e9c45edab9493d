/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences that tell a person what to change about a container, and what its controls stand on. */
#include <string.h>

#include "base/safe_text.h"
#include "encode/capabilities.h"
#include "encode/verdict_text.h"
#include "encode/verdict_text_private.h"
#include "maps.h"

/* More are counted. */
#define CAPABILITIES_MAX 8
#define USER_MAX         64

static bool is_pod(const struct container_facts *facts)
{
	return facts->pod_name || facts->pod_uid;
}

static void write_quoted(struct json_writer *writer, const char *text)
{
	TEXT(writer, "`");
	json_piece(writer, utf8_prefix((struct span){text, strlen(text)}, USER_MAX));
	TEXT(writer, "`");
}

/* Up to the colon; the group is another matter. */
static void write_user(struct json_writer *writer, const struct container_facts *facts)
{
	const char *wanted = container_facts__wanted_user(facts);

	TEXT(writer, "`");
	if (wanted)
		json_piece(writer, utf8_prefix(user_spec__user(wanted), USER_MAX));
	TEXT(writer, "`");
}

static struct user_ids wanted_ids(const struct container_facts *facts)
{
	return container_facts__wanted_user(facts) == facts->requested_user ? facts->requested_ids
									    : facts->declared_ids;
}

static void write_set_user(struct json_writer *writer, const struct container_facts *facts,
			   const struct root_history *history)
{
	uint32_t uid = remedy_free_uid(facts, history);

	TEXT(writer, "Add `USER ");
	json_piece_u64(writer, uid);
	TEXT(writer, "` to the image");
	if (facts->users.is_known)
		TEXT(writer, ", a number that its passwd gives to nobody,");
	json_piece_cstring(writer, is_pod(facts) ? " or set runAsUser: " : " or start it with --user ");
	json_piece_u64(writer, uid);
	if (is_pod(facts))
		TEXT(writer, " and runAsNonRoot: true");
	TEXT(writer, ", and let that uid own what the application writes (CIS Docker 4.1)");
}

static void write_numeric_user(struct json_writer *writer, const struct container_facts *facts,
			       const struct root_history *history)
{
	struct user_ids ids = wanted_ids(facts);

	if (!ids.is_known)
		ids = user_ids_parse(facts->resolved_user);
	if (ids.is_known && !remedy_is_host_root(history, ids.uid)) {
		TEXT(writer, "Write `USER ");
		json_piece_u64(writer, ids.uid);
		TEXT(writer, "` for ");
	} else {
		TEXT(writer, "Write a number for ");
	}
	write_user(writer, facts);
	TEXT(writer, ": what a name amounts to shows only once it runs, and Kubernetes refuses one under runAsNonRoot");
}

static void write_name_is_root(struct json_writer *writer, const struct container_facts *facts,
			       const struct root_history *history)
{
	struct user_ids ids = wanted_ids(facts);

	write_user(writer, facts);
	TEXT(writer, " is another name of uid 0");
	if (ids.line) {
		TEXT(writer, ", by line ");
		json_piece_u64(writer, ids.line);
		TEXT(writer, " of its passwd");
	}
	TEXT(writer, ": give it a uid of its own there, or write `USER ");
	json_piece_u64(writer, remedy_free_uid(facts, history));
	TEXT(writer, "` (CIS Docker 4.1)");
}

static void write_overflow(struct json_writer *writer, const struct container_facts *facts,
			   const struct root_history *history)
{
	write_user(writer, facts);
	TEXT(writer,
	     " is no uid, and runtimes made 0 of such numbers (CVE-2024-40635): write one from 1 to 2147483647, "
	     "such as ");
	json_piece_u64(writer, remedy_free_uid(facts, history));
}

static void write_overridden(struct json_writer *writer, const struct container_facts *facts)
{
	TEXT(writer, "The image's own user is ");
	write_quoted(writer, facts->declared_user ? facts->declared_user : "");
	TEXT(writer, ", but it was started as ");
	if (facts->requested_user && facts->requested_user[0])
		write_quoted(writer, facts->requested_user);
	else
		TEXT(writer, "root");
	json_piece_cstring(writer, is_pod(facts) ? ": leave out runAsUser (CIS Docker 4.1)"
						 : ": leave out --user (CIS Docker 4.1)");
}

static void write_exec_drop(struct json_writer *writer, const struct stretch *init)
{
	TEXT(writer, "Only ");
	verdict_text__write_name(writer, init);
	if (init && remedy_init_kind(init) == INIT_REAPER)
		TEXT(writer, " stays root, since it starts before the drop: start it after, as `exec gosu USER tini -- "
			     "PROGRAM` does, or name the user by USER (CIS Docker 4.1)");
	else
		TEXT(writer,
		     " stays root, since it waits for what it ran: end it with `exec gosu USER PROGRAM`, so that "
		     "pid 1 itself drops (CIS Docker 4.1)");
}

static void write_drop_for_good(struct json_writer *writer, const struct stretch *stretch)
{
	TEXT(writer, "Let ");
	if (stretch && stretch->tid)
		TEXT(writer, "all threads of ");
	verdict_text__write_name(writer, stretch);
	if (stretch && stretch->tid)
		TEXT(writer,
		     " drop root, as the C library's setresuid() does; the system call by itself changes one thread");
	else if (stretch && stretch->hold == HOLD_EQUIVALENT)
		TEXT(writer, " clear its capabilities when it drops root");
	else
		TEXT(writer, " set its real and saved uid too when it drops root, as setresuid() does");
	TEXT(writer, "; or let gosu or setpriv start it, after which nothing is left");
}

static void write_no_new_privs(struct json_writer *writer, const struct container_facts *facts)
{
	json_piece_cstring(writer, is_pod(facts) ? "Set allowPrivilegeEscalation: false"
						 : "Start it with --security-opt no-new-privileges");
	TEXT(writer, ": then no file gives more rights than its caller has (CIS Docker 5.26)");
}

static void write_remove_setuid(struct json_writer *writer, const struct stretch *stretch)
{
	bool is_caps = stretch && stretch->cause == CAUSE_FILE_CAPS;

	json_piece_cstring(writer, is_caps ? "Take the capabilities off " : "Take the set-user-id bit off ");
	if (stretch && stretch->executable[0]) {
		TEXT(writer, "`");
		json_piece_cstring(writer, stretch->executable);
		TEXT(writer, "`");
	} else {
		TEXT(writer, "the file");
	}
	json_piece_cstring(writer, is_caps ? " in the image (setcap -r)" : " in the image (chmod u-s)");
	TEXT(writer, ", unless users need it (CIS Docker 4.8)");
}

static void write_capabilities(struct json_writer *writer, uint64_t set)
{
	unsigned nr = 0, more = 0;

	for (unsigned bit = 0; bit < 64; bit++) {
		const char *name = capability_name(bit);

		if (!(set >> bit & 1))
			continue;
		if (!name || nr == CAPABILITIES_MAX) {
			more++;
			continue;
		}
		if (nr++)
			TEXT(writer, ", ");
		json_piece_cstring(writer, name);
	}
	if (!more)
		return;
	json_piece_cstring(writer, nr ? " and " : "");
	json_piece_u64(writer, more);
	TEXT(writer, " more");
}

static void write_drop_capabilities(struct json_writer *writer, const struct container_facts *facts)
{
	uint64_t added = facts->risk.added_capabilities & ROOT_EQUIVALENT_CAPS;

	if (facts->is_privileged == 1) {
		TEXT(writer, "Start it without privileged, and add the capabilities that it needs (CIS Docker 5.5)");
		return;
	}
	if (facts->risk.is_known && added) {
		TEXT(writer, "Do not add ");
		write_capabilities(writer, added);
		TEXT(writer, ", and drop");
	} else {
		TEXT(writer, "Drop");
	}
	json_piece_cstring(writer, is_pod(facts) ? " all (capabilities: drop: [ALL])" : " all (--cap-drop ALL)");
	TEXT(writer, " but those that it needs (CIS Docker 5.4)");
}

static void write_exec_as_user(struct json_writer *writer, const struct container_facts *facts,
			       const struct root_history *history)
{
	struct user_ids own = user_ids_parse(facts->resolved_user);
	bool has_uid = own.is_known && own.uid != 0;

	if (!has_uid && !control_has_user_namespace(facts, history))
		has_uid = verdict_text__init_uid(history, &own.uid);
	has_uid &= !remedy_is_host_root(history, own.uid);
	if (is_pod(facts))
		TEXT(writer, "An exec and a probe get the user that the container starts as: set runAsUser: ");
	else
		TEXT(writer,
		     "Exec into it as its own user, and let a health check drop to it too: `docker exec --user ");
	if (has_uid)
		json_piece_u64(writer, own.uid);
	else
		TEXT(writer, "UID");
	json_piece_cstring(writer, is_pod(facts) ? " (CIS Docker 5.24)" : "` (CIS Docker 5.24)");
}

static void write_user_namespace(struct json_writer *writer, const struct container_facts *facts)
{
	static const char *const means[RUNTIME_END] = {
		[RUNTIME_DOCKER] = "`userns-remap` in dockerd's daemon.json",
		[RUNTIME_PODMAN] = "--userns=auto",
		[RUNTIME_LXC] = "lxc.idmap",
		[RUNTIME_NSPAWN] = "--private-users=pick",
	};
	const char *mean = is_pod(facts) ? "hostUsers: false" : means[facts->identity.runtime];

	TEXT(writer, "If it must be root, map that to a plain uid of the host by ");
	json_piece_cstring(writer, mean ? mean : "a user namespace");
	TEXT(writer, " (CIS Docker 2.9)");
}

static void write_investigate(struct json_writer *writer, const struct stretch *stretch)
{
	TEXT(writer, "Find out how ");
	verdict_text__write_name(writer, stretch);
	if (stretch && stretch->was_found && stretch->cause == CAUSE_NONE)
		TEXT(writer,
		     " became root: it was root when it was first seen, and neither its ids nor its file show why");
	else
		TEXT(writer, " became root: no file or call that was seen explains it, as with an exploit");
}

static void write_group_name(struct json_writer *writer, const struct group_note *group)
{
	if (group->comm[0])
		json_piece(writer, (struct span){group->comm, strnlen(group->comm, EVENT_COMM_SIZE)});
	else
		TEXT(writer, "the process");
}

static void write_drop_group(struct json_writer *writer, const struct group_note *group)
{
	TEXT(writer, "Let ");
	write_group_name(writer, group);
	TEXT(writer,
	     " give up group 0 too when it drops root, by setgroups() and setresgid() before setresuid(); or let "
	     "gosu or setpriv start it");
}

static void write_remove_setgid(struct json_writer *writer, const struct group_note *group)
{
	TEXT(writer, "Take the set-group-id bit off ");
	if (group->executable[0]) {
		TEXT(writer, "`");
		json_piece_cstring(writer, group->executable);
		TEXT(writer, "`");
	} else {
		TEXT(writer, "the file of ");
		write_group_name(writer, group);
	}
	TEXT(writer, " in the image (chmod g-s), unless users need it (CIS Docker 4.8)");
}

static void write_ring_after_drop(struct json_writer *writer, const struct stretch *stretch)
{
	TEXT(writer, "Let ");
	verdict_text__write_name(writer, stretch);
	TEXT(writer,
	     " set its io_uring instances up, personalities and SQPOLL threads too, after it has dropped root; or "
	     "forbid io_uring by seccomp, or by the sysctl kernel.io_uring_disabled");
}

static void write_unmap_root(struct json_writer *writer, const struct stretch *stretch)
{
	TEXT(writer, "Leave the host's uid 0 out of the map of its user namespace");
	if (stretch) {
		TEXT(writer, ", where it is uid ");
		json_piece_u64(writer, stretch->host_root_uid);
	}
	TEXT(writer, " (CIS Docker 2.9)");
}

void verdict_text__write_remedy(struct json_writer *writer, enum remedy remedy, const struct container *container,
				const struct verdict_facts *facts)
{
	const struct container_facts *about = &container->facts;

	switch (remedy) {
	case REMEDY_SET_USER:
		write_set_user(writer, about, facts->history);
		break;
	case REMEDY_NUMERIC_USER:
		write_numeric_user(writer, about, facts->history);
		break;
	case REMEDY_NAME_IS_ROOT:
		write_name_is_root(writer, about, facts->history);
		break;
	case REMEDY_USER_OVERFLOWS:
		write_overflow(writer, about, facts->history);
		break;
	case REMEDY_OVERRIDDEN:
		write_overridden(writer, about);
		break;
	case REMEDY_EXEC_DROP:
		write_exec_drop(writer, facts->decisive);
		break;
	case REMEDY_DROP_FOR_GOOD:
		write_drop_for_good(writer, facts->decisive);
		break;
	case REMEDY_NO_NEW_PRIVS:
		write_no_new_privs(writer, about);
		break;
	case REMEDY_REMOVE_SETUID:
		write_remove_setuid(writer, facts->decisive);
		break;
	case REMEDY_DROP_CAPABILITIES:
		write_drop_capabilities(writer, about);
		break;
	case REMEDY_EXEC_AS_USER:
		write_exec_as_user(writer, about, facts->history);
		break;
	case REMEDY_USER_NAMESPACE:
		write_user_namespace(writer, about);
		break;
	case REMEDY_INVESTIGATE:
		write_investigate(writer, facts->decisive);
		break;
	case REMEDY_DROP_GROUP:
		write_drop_group(writer, &facts->history->group);
		break;
	case REMEDY_REMOVE_SETGID:
		write_remove_setgid(writer, &facts->history->group);
		break;
	case REMEDY_RING_AFTER_DROP:
		write_ring_after_drop(writer, facts->decisive);
		break;
	case REMEDY_UNMAP_ROOT:
		write_unmap_root(writer, facts->decisive);
		break;
	case REMEDY_END:
		break;
	}
}

static void write_sessions(struct json_writer *writer, const struct root_history *history)
{
	if (!history || history->nr_sessions == 0) {
		TEXT(writer, "nobody came in as root");
		return;
	}
	TEXT(writer, "root came in from outside");
	if (history->nr_sessions == 1) {
		TEXT(writer, " once");
	} else {
		TEXT(writer, " ");
		json_piece_u64(writer, history->nr_sessions);
		TEXT(writer, " times");
	}
}

static void write_start(struct json_writer *writer, const struct container *container,
			const struct verdict_facts *facts)
{
	if (!control_started_as_root(&container->facts, facts->history))
		TEXT(writer, "it did not start as root; its verdict is ");
	else if (control_has_user_namespace(&container->facts, facts->history))
		TEXT(writer, "it started as root of a user namespace; its verdict is ");
	else
		TEXT(writer, "it started as root; its verdict is ");
	json_piece_cstring(writer, verdict_name(facts->verdict));
}

void verdict_text__write_control_detail(struct json_writer *writer, enum control control,
					const struct container *container, const struct verdict_facts *facts)
{
	const struct container_facts *about = &container->facts;

	switch (control) {
	case CONTROL_DOCKER_4_1:
		TEXT(writer, "its verdict is ");
		json_piece_cstring(writer, verdict_name(facts->verdict));
		break;
	case CONTROL_DOCKER_2_9:
	case CONTROL_DOCKER_5_31:
		json_piece_cstring(writer, control_has_user_namespace(about, facts->history)
						   ? "it runs in a user namespace"
						   : "it runs in the host's user namespace");
		break;
	case CONTROL_DOCKER_5_4:
		json_piece_cstring(writer, about->risk.added_capabilities ? "it adds " : "it adds none");
		write_capabilities(writer, about->risk.added_capabilities);
		break;
	case CONTROL_DOCKER_5_5:
		json_piece_cstring(writer, about->is_privileged == 1 ? "it is privileged" : "it is not privileged");
		break;
	case CONTROL_DOCKER_5_24:
		write_sessions(writer, facts->history);
		break;
	case CONTROL_DOCKER_5_26:
		json_piece_cstring(writer,
				   about->no_new_privs == 1 ? "it has no_new_privs" : "it does not have no_new_privs");
		break;
	case CONTROL_PSS_RUN_AS_NON_ROOT:
	case CONTROL_KUBERNETES_ROOT:
		write_start(writer, container, facts);
		break;
	case CONTROL_END:
		break;
	}
}
