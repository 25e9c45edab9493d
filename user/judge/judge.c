// SPDX-License-Identifier: Apache-2.0
/* The rules of gains and drops. */
#include "judge/judge.h"

#include <linux/capability.h>
#include <sys/stat.h>

#define CAP_BIT(cap) (1ULL << (cap))

/* Capabilities in the initial user namespace by which a process makes itself root, or acts as root does. */
#define ROOT_EQUIVALENT                                                                                                \
	(CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_SYS_MODULE) | CAP_BIT(CAP_SYS_PTRACE) | CAP_BIT(CAP_SYS_RAWIO) |         \
	 CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_CHOWN) |         \
	 CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETFCAP))

static bool is_mapped_zero(const struct event_userns *userns, uint32_t level, uint32_t kuid)
{
	return userns && userns_map_uid(userns, level, kuid) == 0;
}

enum root_kind judge_root(const struct event_creds *creds, const struct event_userns *userns)
{
	if (!creds->is_known)
		return ROOT_NONE;
	/* With fsuid 0 files open as root's, whatever euid says. */
	if (!creds->euid || !creds->fsuid)
		return ROOT_REAL;
	if (creds->userns_level && (is_mapped_zero(userns, creds->userns_level, creds->euid) ||
				    is_mapped_zero(userns, creds->userns_level, creds->fsuid)))
		return ROOT_MAPPED;
	return ROOT_NONE;
}

bool judge_drop_is_complete(const struct event_creds *creds)
{
	if (!creds->ruid || !creds->euid || !creds->suid || !creds->fsuid)
		return false;
	return creds->userns_level || !(creds->cap_permitted & ROOT_EQUIVALENT);
}

static bool have_same_uids(const struct event_creds *a, const struct event_creds *b)
{
	return a->ruid == b->ruid && a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid;
}

/* Why an exec ended with other uids than it began with. An exec never changes ruid. */
static enum root_cause exec_cause(const struct process_event *event)
{
	const struct event_creds *before = &event->before, *after = &event->after;
	const struct event_file *file = &event->file;

	if (!before->is_known)
		return CAUSE_NONE;
	if (before->userns_inum != after->userns_inum)
		return CAUSE_USER_NAMESPACE;
	/* Whatever fsuid was before, an exec sets it to euid. */
	if (before->euid == after->euid && after->fsuid == after->euid)
		return CAUSE_INHERITED;
	if (before->ruid == after->ruid && file->mode & S_ISUID && !(file->flags & FILE_NOSUID) &&
	    file->uid == after->euid && !(event->task.flags & TASK_NO_NEW_PRIVS))
		return CAUSE_SETUID_FILE;
	return CAUSE_UNEXPLAINED;
}

static enum finding_severity root_severity(enum root_kind root, enum finding_severity real)
{
	return root == ROOT_REAL ? real : SEVERITY_INFO;
}

static void set(struct finding *finding, enum finding_kind kind, enum finding_severity severity, bool is_alert)
{
	finding->kind = kind;
	finding->severity = severity;
	finding->is_alert = is_alert;
}

static void set_drop(struct finding *finding, const struct event_creds *after)
{
	finding->drop_is_complete = judge_drop_is_complete(after);
	set(finding, FINDING_DROP_ROOT, finding->drop_is_complete ? SEVERITY_INFO : SEVERITY_LOW, false);
}

static void set_gain(struct finding *finding, enum root_kind root)
{
	set(finding, FINDING_GAIN_ROOT, root_severity(root, SEVERITY_HIGH), true);
}

static bool judge_exec(bool wants_all, struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	finding->cause = is == ROOT_NONE ? CAUSE_NONE : exec_cause(event);
	if (is != ROOT_NONE && was == ROOT_NONE && event->before.is_known) {
		set_gain(finding, is);
	} else if (is != ROOT_NONE) {
		/* Somebody came in as root where the container's own start was not by this event. */
		set(finding, FINDING_EXEC_ROOT,
		    root_severity(is, finding->role == ROLE_SESSION ? SEVERITY_MEDIUM : SEVERITY_LOW), false);
	} else if (was != ROOT_NONE) {
		set_drop(finding, &event->after);
	} else if (wants_all) {
		set(finding, FINDING_EXEC, SEVERITY_INFO, false);
	} else {
		return false;
	}
	return true;
}

static bool judge_creds(bool wants_all, struct finding *finding, enum root_kind was, enum root_kind is)
{
	const struct process_event *event = finding->process->event;

	if (is != ROOT_NONE && was == ROOT_NONE) {
		finding->cause =
			event->before.userns_inum == event->after.userns_inum ? CAUSE_SET_UID : CAUSE_USER_NAMESPACE;
		set_gain(finding, is);
	} else if (is == ROOT_NONE && was != ROOT_NONE) {
		set_drop(finding, &event->after);
	} else if (!have_same_uids(&event->before, &event->after)) {
		set(finding, FINDING_UID_CHANGE, SEVERITY_INFO, false);
	} else if (wants_all) {
		set(finding, FINDING_GID_CHANGE, SEVERITY_INFO, false);
	} else {
		return false;
	}
	return true;
}

bool judge_process(bool wants_all, struct finding *finding)
{
	const struct process_event *event = finding->process->event;
	/* The map is the new namespace's: it says nothing of credentials in another one. */
	bool is_same_userns = event->before.userns_inum == event->after.userns_inum;
	enum root_kind was = judge_root(&event->before, is_same_userns ? &event->userns : NULL);
	enum root_kind is = judge_root(&event->after, &event->userns);

	finding->root = is;
	switch (event->header.kind) {
	case EVENT_EXEC:
		return judge_exec(wants_all, finding, was, is);
	case EVENT_CREDS:
		return judge_creds(wants_all, finding, was, is);
	case EVENT_TASK:
		if (is == ROOT_NONE)
			return false;
		set(finding, FINDING_ROOT_FOUND, root_severity(is, SEVERITY_LOW), false);
		return true;
	default:
		return false;
	}
}
