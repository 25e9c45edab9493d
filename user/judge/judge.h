/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons about credentials: what an event of a process means for being root. Pure. */
#ifndef UIDZERO_JUDGE_JUDGE_H
#define UIDZERO_JUDGE_JUDGE_H

#include <stdbool.h>

#include "judge/finding.h"

/**
 * What the credentials amount to.
 *
 * @userns: the map of the credentials' own user namespace; NULL where it is not known
 */
enum root_kind judge_root(const struct event_creds *creds, const struct event_userns *userns);

/* What the process of a record amounts to now: as the kernel told, or else by its credentials. */
enum root_kind judge_root_now(const struct process_event *event);

/* Was one of its ids in force 0 before, on the host or as its user namespace mapped it? */
/* Is, or was, uid 0 of the host among the process's ids, or did its capabilities amount to it? */
bool judge_holds_host_root(const struct process_event *event);

bool judge_is_root_before(const struct process_event *event);

/* What credentials have left of root: enum drop_kept. Groups are those of the initial user namespace. */
unsigned judge_kept(const struct event_creds *creds, const struct event_userns *userns);

/* Does an io_uring instance of the process act with root's credentials, whatever its own are? */
bool judge_keeps_ring(const struct process_event *event);

/* Is it 0 as its own user namespace sees it, though not on the host? */
bool judge_is_zero_inside(const struct process_event *event);

/* No uid is 0, here or as the user namespace maps it, and no capability is left to become root again by. */
bool judge_drop_is_complete(const struct event_creds *creds, const struct event_userns *userns);

/**
 * Judge an EXEC, CREDS, TASK or IO_URING record of a process in a container.
 *
 * @wants_all: FINDING_EXEC, FINDING_CAPABILITY_CHANGE and each FINDING_GID_CHANGE too
 * @finding:   kind, severity, is_alert, root, cause, drop_is_complete, drop_kept, is_regain are set; process and role
 * are read
 *
 * Returns false where there is nothing to say.
 */
bool judge_process(bool wants_all, struct finding *finding);

/*
 * Is group 0 in force after an event (effective, file system or supplementary), and was not before? It is not a gain
 * for the host's root.
 */
bool judge_gains_root_group(const struct process_event *event);

/* Did an exec take the effective gid from the set-group-id bit of the event's file? */
bool judge_is_by_setgid_file(const struct process_event *event);

/*
 * Why a process that a scan found is root, or has capabilities that amount to it: by what its file and its ids show.
 * CAUSE_NONE where they do not show it.
 */
enum root_cause judge_found_cause(const struct process_event *event);

/* A process that a scan found as root by its effective uid alone: it gained root before it was seen. */
bool judge_is_found_gain(const struct process_event *event);

/* Judge an EXEC record with TASK_HELPER, of a file that lies in a container: sets what judge_process() does. */
void judge_host_exec(struct finding *finding);

/* Is it told that a process got root, or what amounts to it, which it had not laid aside before? */
bool judge_is_gain(const struct finding *finding);

#endif
