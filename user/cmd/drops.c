// SPDX-License-Identifier: Apache-2.0
/* Keeps drops that are not complete for a moment: what completes one soon is the same drop. */
#include "cmd/drops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void drops__destroy(struct drops *drops)
{
	while (drops->nr)
		free(drops->kept[--drops->nr].record);
}

bool drops_can_continue(const struct finding *finding)
{
	return finding->kind == FINDING_DROP_ROOT && !finding->drop_is_complete &&
	       finding->process->event->header.kind == EVENT_CREDS;
}

static bool is_of(const struct kept_drop *drop, const struct event_task *task)
{
	return drop->record->task.tgid == task->tgid && drop->record->task.start_ns == task->start_ns;
}

const struct kept_drop *drops__find(const struct drops *drops, const struct event_task *task)
{
	for (unsigned i = 0; i < drops->nr; i++)
		if (is_of(&drops->kept[i], task))
			return &drops->kept[i];
	return NULL;
}

const struct kept_drop *drops__oldest(const struct drops *drops, uint64_t until_ns, const struct container *container)
{
	for (unsigned i = 0; i < drops->nr; i++)
		if (drops->kept[i].since_ns <= until_ns && (!container || drops->kept[i].container == container))
			return &drops->kept[i];
	return NULL;
}

static bool are_equal(const struct event_creds *a, const struct event_creds *b)
{
	return !memcmp(a, b, sizeof(*a));
}

bool drops_continues(const struct kept_drop *drop, const struct finding *finding, bool is_told)
{
	const struct process_event *former = drop->record, *event = finding->process->event;

	if (event->header.time_ns - drop->since_ns >= DROPS_WAIT_NS || event->header.kind == EVENT_TASK)
		return false;
	if (!is_told)
		return event->header.kind == EVENT_CREDS && are_equal(&event->before, &former->after);
	if (finding->kind != FINDING_DROP_ROOT)
		return false;
	return finding->drop_is_complete || event->task.tid == former->task.tid ||
	       are_equal(&event->before, &former->after) ||
	       (are_equal(&event->before, &former->before) && are_equal(&event->after, &former->after));
}

void drops__take(struct drops *drops, const struct kept_drop *drop, struct kept_drop *ret_drop)
{
	size_t at = drop - drops->kept;

	*ret_drop = *drop;
	memmove(&drops->kept[at], &drops->kept[at + 1], (--drops->nr - at) * sizeof(*drop));
}

int drops__keep(struct drops *drops, const struct finding *finding, struct container *container, uint64_t since_ns)
{
	const struct process_event *event = finding->process->event;
	struct kept_drop drop = {.container = container, .role = finding->role, .since_ns = since_ns};
	unsigned at;

	if (drops->nr == DROPS_MAX)
		return -ENOSPC;
	drop.record = malloc(event->header.size);
	if (!drop.record)
		return -ENOMEM;
	memcpy(drop.record, event, event->header.size);
	for (at = drops->nr++; at && drops->kept[at - 1].since_ns > since_ns; at--)
		drops->kept[at] = drops->kept[at - 1];
	drops->kept[at] = drop;
	return 0;
}

struct process_event *drops_join(const struct kept_drop *drop, const struct process_event *record, bool is_told)
{
	const struct process_event *base = is_told ? record : drop->record;
	struct process_event *joined = malloc(base->header.size);

	if (!joined)
		return NULL;
	memcpy(joined, base, base->header.size);
	joined->before = drop->record->before;
	joined->before_root = drop->record->before_root;
	joined->after = record->after;
	joined->after_root = record->after_root;
	joined->userns = record->userns;
	joined->others = record->others;
	return joined;
}
