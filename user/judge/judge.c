// SPDX-License-Identifier: Apache-2.0
/* The rules of gains and drops. */
#include "judge/judge.h"

#include <linux/securebits.h>
#include <sys/stat.h>

#include "judge/threads.h"
#include "maps.h"

static bool is_mapped_zero(const struct event_userns *userns, uint32_t level, uint32_t kuid)
{
	return userns && userns_map_uid(userns, level, kuid) == 0;
}

/* Are capabilities in that user namespace capabilities over the host's uid 0 too? */
static bool reaches_host_root(const struct event_creds *creds, const struct event_userns *userns)
{
	return !creds->userns_level || (userns && userns_host_root_uid(userns, creds->userns_level) != EVENT_NO_UID);
}

static bool has_equivalent(const struct event_creds *creds, const struct event_userns *userns)
{
	return creds->cap_permitted & ROOT_EQUIVALENT_CAPS && reaches_host_root(creds, userns);
}

enum root_kind judge_root(const struct event_creds *creds, const struct event_userns *userns)
{
	if (!creds->is_known)
		return ROOT_NONE;
	/* With fsuid 0 files open as root's, whatever euid says. */
	if (!creds->euid || !creds->fsuid)
		return ROOT_REAL;
	if (has_equivalent(creds, userns))
		return ROOT_EQUIVALENT;
	if (creds->userns_level && (is_mapped_zero(userns, creds->userns_level, creds->euid) ||
				    is_mapped_zero(userns, creds->userns_level, creds->fsuid)))
		return ROOT_MAPPED;
	return ROOT_NONE;
}

/* Uid 0, here or as the user namespace maps it. */
static bool is_zero(const struct event_creds *creds, const struct event_userns *userns, uint32_t uid)
{
	return !uid || (creds->userns_level && is_mapped_zero(userns, creds->userns_level, uid));
}

/* Is one of its uids 0? With a real or a saved one a process takes root when it likes. */
static bool holds_root(const struct event_creds *creds, const struct event_userns *userns)
{
	return is_zero(creds, userns, creds->ruid) || is_zero(creds, userns, creds->euid) ||
	       is_zero(creds, userns, creds->suid) || is_zero(creds, userns, creds->fsuid);
}

unsigned judge_kept(const struct event_creds *creds, const struct event_userns *userns)
{
	unsigned kept = 0;

	if (is_zero(creds, userns, creds->ruid))
		kept |= KEPT_REAL_UID;
	if (is_zero(creds, userns, creds->suid))
		kept |= KEPT_SAVED_UID;
	if (has_equivalent(creds, userns))
		kept |= KEPT_CAPABILITIES;
	if (!creds->rgid || !creds->egid || !creds->sgid || !creds->fsgid)
		kept |= KEPT_GID;
	if (creds->has_root_group)
		kept |= KEPT_GROUPS;
	return kept;
}

bool judge_keeps_ring(const struct process_event *event)
{
	return event->task.flags & TASK_IO_URING || event->others.kept & EVENT_KEPT_IO_URING;
}

bool judge_is_zero_inside(const struct process_event *event)
{
	const struct event_creds *creds = &event->after;

	if (!creds->is_known || !creds->userns_level || !creds->euid)
		return false;
	return event->userns.nr_extents > EVENT_USERNS_EXTENTS
		       ? event->userns.is_root_inside
		       : is_mapped_zero(&event->userns, creds->userns_level, creds->euid);
}

bool judge_drop_is_complete(const struct event_creds *creds, const struct event_userns *userns)
{
	return !holds_root(creds, userns) && !(judge_kept(creds, userns) & KEPT_CAPABILITIES);
}

static bool have_same_uids(const struct event_creds *a, const struct event_creds *b)
{
	return a->ruid == b->ruid && a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid;
}

static bool have_same_gids(const struct event_creds *a, const struct event_creds *b)
{
	return a->rgid == b->rgid && a->egid == b->egid && a->sgid == b->sgid && a->fsgid == b->fsgid &&
	       a->has_root_group == b->has_root_group;
}

/* Uid 0, here or as a user namespace maps it. */
static bool is_root(enum root_kind root)
{
	return root == ROOT_REAL || root == ROOT_MAPPED;
}

/* As the kernel told. Returns false where it told nothing that we know. */
static bool is_told(uint8_t told, enum root_kind *ret_root)
{
	static const enum root_kind roots[] = {
		[EVENT_ROOT_NONE] = ROOT_NONE,
		[EVENT_ROOT_EQUIVALENT] = ROOT_EQUIVALENT,
		[EVENT_ROOT_MAPPED] = ROOT_MAPPED,
		[EVENT_ROOT_REAL] = ROOT_REAL,
	};

	if (told == EVENT_ROOT_UNTOLD || told > EVENT_ROOT_REAL)
		return false;
	*ret_root = roots[told];
	return true;
}

/* The map of the credentials before: the record's is the new namespace's, and says nothing of another one. */
static const struct event_userns *userns_before(const struct process_event *event)
{
	return event->before.userns_inum == event->after.userns_inum ? &event->userns : NULL;
}

/* What they amounted to then: the kernel kept it, since a user namespace's map can have been written after. */
static enum root_kind root_before(const struct process_event *event)
{
	enum root_kind root;

	return is_told(event->before_root, &root) ? root : judge_root(&event->before, userns_before(event));
}

bool judge_is_root_before(const struct process_event *event)
{
	return is_root(root_before(event));
}

enum root_kind judge_root_now(const struct process_event *event)
{
	enum root_kind root;

	/* It has seen all of a map of which the record holds nothing. */
	return is_told(event->after_root, &root) ? root : judge_root(&event->after, &event->userns);
}

/* Did the file's set-user-id bit make the effective uid what it is? */
static bool is_by_setuid_file(const struct process_event *event)
{
	const struct event_file *file = &event->file;

	return file->mode & S_ISUID && !(file->flags & FILE_NOSUID) && file->uid == event->after.euid &&
	       event->after.ruid != event->after.euid && !(event->task.flags & TASK_NO_NEW_PRIVS);
}

bool judge_is_by_setgid_file(const struct process_event *event)
{
	const struct event_file *file = &event->file;
	const struct event_creds *after = &event->after;

	/* Without the group's execute bit, S_ISGID asks for mandatory locks. */
	return event->header.kind == EVENT_EXEC && file->mode & S_ISGID && file->mode & S_IXGRP &&
	       !(file->flags & FILE_NOSUID) && file->gid == after->egid && after->rgid != after->egid &&
	       !(event->task.flags & TASK_NO_NEW_PRIVS);
}

static bool has_root_group(const struct event_creds *creds)
{
	return !creds->egid || !creds->fsgid || creds->has_root_group;
}

bool judge_gains_root_group(const struct process_event *event)
{
	if (judge_root_now(event) == ROOT_REAL || !has_root_group(&event->after))
		return false;
	if (event->before.is_known)
		return root_before(event) != ROOT_REAL && !has_root_group(&event->before);
	return judge_is_by_setgid_file(event);
}

bool judge_is_found_gain(const struct process_event *event)
{
	return event->header.kind == EVENT_TASK && event->header.hook != HOOK_DRIFT && !event->after.euid &&
	       event->after.ruid;
}

enum root_cause judge_found_cause(const struct process_event *event)
{
	const struct event_creds *after = &event->after;
	const uint32_t keeps = SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP;

	if (judge_is_found_gain(event))
		return is_by_setuid_file(event) ? CAUSE_SETUID_FILE : CAUSE_NONE;
	/* Not by an ambient set, nor kept from a uid 0: an exec leaves no others but the file's. */
	if (judge_root_now(event) == ROOT_EQUIVALENT && !holds_root(after, &event->userns) &&
	    !(after->securebits & keeps) && after->cap_permitted & ~after->cap_ambient & ROOT_EQUIVALENT_CAPS)
		return CAUSE_FILE_CAPS;
	return CAUSE_NONE;
}

/* Why an exec ended with other credentials than it began with. An exec never changes ruid. */
static enum root_cause exec_cause(const struct process_event *event, enum root_kind was, enum root_kind is)
{
	const struct event_creds *before = &event->before, *after = &event->after;

	/* The first program inside: what came before was set-up, but its real uid and ambient set still tell. */
	if (!before->is_known && is_by_setuid_file(event))
		return CAUSE_SETUID_FILE;
	if (!before->is_known && judge_is_zero_inside(event))
		return CAUSE_NONE;
	if (!before->is_known)
		return is == ROOT_EQUIVALENT && after->cap_permitted & ~after->cap_ambient & ROOT_EQUIVALENT_CAPS
			       ? CAUSE_FILE_CAPS
			       : CAUSE_NONE;
	if (before->userns_inum != after->userns_inum)
		return CAUSE_USER_NAMESPACE;
	/* Whatever fsuid was before, an exec sets it to euid. */
	if (before->ruid == after->ruid && before->euid == after->euid && after->fsuid == after->euid) {
		if (was == is || is == ROOT_REAL)
			return CAUSE_INHERITED;
		if (is == ROOT_MAPPED || judge_is_zero_inside(event))
			return CAUSE_USER_NAMESPACE;
		return after->cap_ambient & ROOT_EQUIVALENT_CAPS ? CAUSE_AMBIENT_CAPS : CAUSE_FILE_CAPS;
	}
	return before->ruid == after->ruid && is_by_setuid_file(event) ? CAUSE_SETUID_FILE : CAUSE_UNEXPLAINED;
}

/* Why credentials changed without an exec. */
static enum root_cause change_cause(const struct process_event *event, enum root_kind is)
{
	bool is_by_map = is == ROOT_MAPPED || (is == ROOT_EQUIVALENT && event->after.userns_level);

	if (is_by_map && have_same_uids(&event->before, &event->after))
		return CAUSE_USER_NAMESPACE;
	if (event->header.hook == HOOK_DRIFT)
		return CAUSE_UNEXPLAINED;
	switch (event->syscall) {
	case SYSCALL_SETUID:
	case SYSCALL_SETREUID:
	case SYSCALL_SETRESUID:
	case SYSCALL_SETFSUID:
		return CAUSE_SET_UID;
	case SYSCALL_CAPSET:
		return CAUSE_CAPSET;
	case SYSCALL_UNSHARE:
	case SYSCALL_SETNS:
		return CAUSE_USER_NAMESPACE;
	default:
		return CAUSE_UNEXPLAINED;
	}
}

static enum finding_severity root_severity(enum root_kind root, enum finding_severity real)
{
	return root == ROOT_MAPPED ? SEVERITY_INFO : real;
}

static void set(struct finding *finding, enum finding_kind kind, enum finding_severity severity, bool is_alert)
{
	finding->kind = kind;
	finding->severity = severity;
	finding->is_alert = is_alert;
}

/* A set*uid call took the root back that its process had only laid aside: sudo does so a dozen times. */
static bool is_regain(const struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	/* The host's root is another one than a user namespace's, which may have been laid aside. */
	return finding->cause == CAUSE_SET_UID && !is_root(was) &&
	       holds_root(&event->before, is == ROOT_REAL ? NULL : userns_before(event));
}

/* The record's thread and the process's io_uring instances keep nothing; its other threads may. */
static bool is_complete_alone(const struct process_event *event)
{
	return judge_drop_is_complete(&event->after, &event->userns) && !judge_keeps_ring(event);
}

static bool is_complete(const struct process_event *event)
{
	return is_complete_alone(event) && !threads_keep_root(&event->others);
}

/* It was not root but could become it, and no longer can. */
static bool is_end_of_drop(const struct process_event *event)
{
	bool was_complete = judge_drop_is_complete(&event->before, userns_before(event)) &&
			    !(event->task.flags & TASK_HAD_IO_URING);

	return event->before.is_known && !was_complete && is_complete_alone(event);
}

static unsigned kept_by_process(const struct process_event *event)
{
	unsigned kept = judge_kept(&event->after, &event->userns);

	if (judge_keeps_ring(event))
		kept |= KEPT_IO_URING;
	if (threads_keep_root(&event->others))
		kept |= KEPT_THREAD;
	return kept;
}

/* Root, or what amounts to it, came or went. Returns false where neither did. */
static bool judge_change(struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	/* The host's root from a namespace's has left it: the worst of gains. */
	if (is_root(is) && (!is_root(was) || (is == ROOT_REAL && was == ROOT_MAPPED))) {
		finding->is_regain = is_regain(finding, was, is);
		/* No call that may, though every one would have been seen: the kernel itself was made to do it. */
		if (event->syscall == SYSCALL_UNEXPECTED && finding->cause == CAUSE_UNEXPLAINED)
			set(finding, FINDING_UNEXPLAINED_ROOT, SEVERITY_CRITICAL, true);
		else
			set(finding, FINDING_GAIN_ROOT,
			    root_severity(is, finding->is_regain ? SEVERITY_MEDIUM : SEVERITY_HIGH), is != ROOT_MAPPED);
		return true;
	}
	/* Root of a namespace in a new one inside it, not mapped yet, has all capabilities there: it drops nothing. */
	if (was == ROOT_MAPPED && !is_root(is) && event->after.userns_level > event->before.userns_level)
		return false;
	/* The first program in a cgroup that was not known yet drops nothing either: a runtime's set-up ends so. */
	if (!is_root(is) && !(event->task.flags & TASK_ENTERING) && (is_root(was) || is_end_of_drop(event))) {
		finding->drop_is_complete = is_complete(event);
		finding->drop_kept = kept_by_process(event);
		finding->cause = CAUSE_NONE;
		set(finding, FINDING_DROP_ROOT, finding->drop_is_complete ? SEVERITY_INFO : SEVERITY_LOW, false);
		return true;
	}
	if (is == ROOT_EQUIVALENT && was == ROOT_NONE) {
		set(finding, FINDING_GAIN_CAPS, SEVERITY_HIGH, true);
		return true;
	}
	return false;
}

/* An exec resets saved and file system ids to the effective ones, which is no news. */
static bool are_uids_changed(const struct process_event *event)
{
	const struct event_creds *before = &event->before, *after = &event->after;

	if (event->header.kind != EVENT_EXEC)
		return !have_same_uids(before, after);
	return before->is_known ? before->ruid != after->ruid || before->euid != after->euid : is_by_setuid_file(event);
}

static bool are_gids_changed(const struct process_event *event)
{
	const struct event_creds *before = &event->before, *after = &event->after;

	if (event->header.kind != EVENT_EXEC)
		return !have_same_gids(before, after);
	return before->is_known ? before->rgid != after->rgid || before->egid != after->egid
				: judge_is_by_setgid_file(event);
}

/* A change that neither gained nor dropped root. Returns false where it is not to be reported. */
static bool judge_other_change(bool wants_all, struct finding *finding)
{
	const struct process_event *event = finding->process->event;

	if (are_uids_changed(event))
		set(finding, FINDING_UID_CHANGE, SEVERITY_INFO, false);
	else if (judge_gains_root_group(event))
		set(finding, FINDING_GID_CHANGE, SEVERITY_LOW, false);
	else if (wants_all && are_gids_changed(event))
		set(finding, FINDING_GID_CHANGE, SEVERITY_INFO, false);
	else if (wants_all && event->header.kind != EVENT_EXEC)
		set(finding, FINDING_CAPABILITY_CHANGE, SEVERITY_INFO, false);
	else
		return false;
	return true;
}

/* The first program in a cgroup that was not known yet: what differs from before is a runtime's set-up. */
static bool is_end_of_setup(const struct process_event *event)
{
	return event->task.flags & TASK_ENTERING && event->before.is_known;
}

static bool judge_exec(bool wants_all, struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	finding->cause = is == ROOT_NONE ? CAUSE_NONE : exec_cause(event, was, is);
	if ((event->before.is_known || finding->cause != CAUSE_NONE) && judge_change(finding, was, is))
		return true;
	if (is_root(is) || (is == ROOT_EQUIVALENT && judge_is_zero_inside(event)))
		set(finding, FINDING_EXEC_ROOT,
		    root_severity(is, finding->role == ROLE_SESSION ? SEVERITY_MEDIUM : SEVERITY_LOW), false);
	else if (!is_end_of_setup(event) && judge_other_change(wants_all, finding))
		finding->cause = finding->kind == FINDING_UID_CHANGE ? exec_cause(event, was, is) : CAUSE_NONE;
	else if (wants_all)
		set(finding, FINDING_EXEC, SEVERITY_INFO, false);
	else
		return false;
	return true;
}

static bool judge_creds(bool wants_all, struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	finding->cause = change_cause(event, is);
	if (judge_change(finding, was, is))
		return true;
	finding->cause = CAUSE_NONE;
	/* The credentials are two threads': none of the two has changed them. */
	if (threads_is_end(event))
		return false;
	return judge_other_change(wants_all, finding);
}

/* Seen by the walk: for the first time, or with other credentials than were last known. */
static bool judge_task(struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	if (event->before.is_known && event->header.hook == HOOK_DRIFT) {
		finding->cause = change_cause(event, is);
		return judge_change(finding, was, is);
	}
	finding->cause = judge_found_cause(event);
	/* Whoever was told before is not found again. */
	if (!is_root(is) || event->header.hook == HOOK_ITER_KNOWN)
		return false;
	set(finding, FINDING_ROOT_FOUND, root_severity(is, SEVERITY_LOW), false);
	return true;
}

/* It holds root, or did; once for each process, however many instances it has. */
static bool judge_io_uring(struct finding *finding)
{
	finding->cause = CAUSE_IO_URING;
	set(finding, FINDING_KEEP_ROOT, SEVERITY_MEDIUM, false);
	return true;
}

bool judge_process(bool wants_all, struct finding *finding)
{
	const struct process_event *event = finding->process->event;
	enum root_kind was = root_before(event), is = judge_root_now(event);

	finding->root = is;
	switch (event->header.kind) {
	case EVENT_EXEC:
		return judge_exec(wants_all, finding, was, is);
	case EVENT_CREDS:
		return judge_creds(wants_all, finding, was, is);
	case EVENT_TASK:
		return judge_task(finding, was, is);
	case EVENT_IO_URING:
		return judge_io_uring(finding);
	default:
		return false;
	}
}

static bool has_host_uid(const struct event_creds *creds)
{
	return creds->is_known && (!creds->ruid || !creds->euid || !creds->suid || !creds->fsuid);
}

bool judge_holds_host_root(const struct process_event *event)
{
	enum root_kind was = root_before(event), is = judge_root_now(event);

	return has_host_uid(&event->before) || has_host_uid(&event->after) || was == ROOT_EQUIVALENT ||
	       is == ROOT_EQUIVALENT || event->others.root == EVENT_ROOT_REAL ||
	       event->others.root == EVENT_ROOT_EQUIVALENT;
}

void judge_host_exec(struct finding *finding)
{
	finding->root = judge_root_now(finding->process->event);
	finding->cause = CAUSE_KERNEL_HELPER;
	set(finding, FINDING_HOST_EXEC, SEVERITY_CRITICAL, true);
}

bool judge_is_gain(const struct finding *finding)
{
	return (finding->kind == FINDING_GAIN_ROOT || finding->kind == FINDING_UNEXPLAINED_ROOT ||
		finding->kind == FINDING_GAIN_CAPS || finding->kind == FINDING_HOST_EXEC) &&
	       !finding->is_regain;
}
