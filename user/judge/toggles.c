// SPDX-License-Identifier: Apache-2.0
/* Counts how often a process took the same root back. */
#include "judge/toggles.h"

#include <string.h>

static bool is_same(const struct toggle *a, const struct toggle *b)
{
	return a->tgid == b->tgid && a->start_ns == b->start_ns && a->inode == b->inode &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor && a->euid_before == b->euid_before &&
	       a->fsuid_before == b->fsuid_before && a->euid_after == b->euid_after && a->fsuid_after == b->fsuid_after;
}

/* The one that was used last comes first, so that the last one is what to forget. */
static void move_to_front(struct toggles *toggles, unsigned at, const struct toggle *toggle)
{
	memmove(toggles->toggles + 1, toggles->toggles, at * sizeof(*toggle));
	toggles->toggles[0] = *toggle;
}

void toggles_fold(struct toggles *toggles, struct finding *finding)
{
	struct toggle toggle;
	const struct process_event *event;
	unsigned at;

	if (finding->kind != FINDING_GAIN_ROOT || !finding->is_regain)
		return;
	event = finding->process->event;
	toggle = (struct toggle){
		.tgid = event->task.tgid,
		.start_ns = event->task.start_ns,
		.inode = event->file.inode,
		.dev_major = event->file.dev_major,
		.dev_minor = event->file.dev_minor,
		.euid_before = event->before.euid,
		.fsuid_before = event->before.fsuid,
		.euid_after = event->after.euid,
		.fsuid_after = event->after.fsuid,
	};
	for (at = 0; at < toggles->nr && !is_same(&toggles->toggles[at], &toggle); at++)
		;
	if (at < toggles->nr) {
		toggle.repeated = toggles->toggles[at].repeated + 1;
		finding->repeated = toggle.repeated;
		finding->severity = SEVERITY_INFO;
		finding->is_alert = false;
	} else if (toggles->nr < TOGGLES_MAX) {
		toggles->nr++;
	} else {
		at = TOGGLES_MAX - 1;
	}
	move_to_front(toggles, at, &toggle);
}
