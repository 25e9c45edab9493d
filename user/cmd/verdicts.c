// SPDX-License-Identifier: Apache-2.0
/* When verdicts are judged and told: at the grace time, at each change, and at the end of what ends before. */
#include "cmd/verdicts.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/exceptions.h"
#include "judge/history.h"
#include "judge/judge.h"

void verdicts__init(struct verdicts *verdicts, const struct config *config, int64_t boot_to_realtime_ns,
		    int (*emit)(void *data, struct finding *finding, struct container *container), void *data)
{
	*verdicts = (struct verdicts){
		.config = config,
		.boot_to_realtime_ns = boot_to_realtime_ns,
		.walk_due_ns = UINT64_MAX,
		.emit = emit,
		.data = data,
	};
}

static uint64_t grace_ns(const struct verdicts *verdicts, const struct container *container)
{
	return grace_ns_for(verdicts->config, &container->facts);
}

/* As it is now, and since when. */
static void judge(const struct verdicts *verdicts, struct container *container, uint64_t now_ns, bool has_ended,
		  struct verdict_facts *ret_facts)
{
	const struct root_history *history = container->history;
	int64_t now_s = ((int64_t)now_ns + verdicts->boot_to_realtime_ns) / 1000000000;

	verdict_judge(container, grace_ns(verdicts, container), now_ns, has_ended, ret_facts);
	if (!history->is_told)
		ret_facts->since_ns = history->started_ns;
	else
		ret_facts->since_ns =
			history->told_verdict == (int)ret_facts->verdict ? history->told_since_ns : now_ns;
	ret_facts->exception = exception_for(verdicts->config, container, ret_facts, now_s);
}

static void describe(struct container *container, uint64_t now_ns, const struct verdict_facts *facts,
		     struct finding *ret_finding)
{
	ret_finding->kind = FINDING_VERDICT;
	ret_finding->severity = verdict_severity(facts);
	ret_finding->time_ns = now_ns;
	ret_finding->container = container;
	ret_finding->verdict = facts;
}

/* Who sees it: an event, which shows one process, or a walk, which shows all; or it is the last word. */
enum sight { SIGHT_EVENT, SIGHT_WALK, SIGHT_END };

static bool is_news(const struct root_history *history, const struct verdict_facts *facts)
{
	/* Somebody's grace time goes on. */
	if (!history->is_told && facts->verdict == VERDICT_UNKNOWN && facts->decisive)
		return false;
	return !history->is_told || history->told_verdict != (int)facts->verdict ||
	       history->told_excepted != !!facts->exception;
}

/* A child can have ended untold since it was seen. */
static bool is_doubtful(const struct verdict_facts *facts, enum sight sight)
{
	return sight == SIGHT_EVENT && facts->decisive && facts->decisive->role == ROLE_CHILD &&
	       !facts->decisive->until_ns && facts->decisive->seen_ns < facts->now_ns;
}

/* Tells the verdict where it is news; what an event alone does not show waits for a walk, which is due then. */
static int tell(struct verdicts *verdicts, struct container *container, uint64_t now_ns, enum sight sight)
{
	struct root_history *history = container->history;
	struct finding finding = {};
	struct verdict_facts facts;

	judge(verdicts, container, now_ns, sight == SIGHT_END, &facts);
	if (!is_news(history, &facts))
		return 0;
	if (is_doubtful(&facts, sight)) {
		verdicts->walk_due_ns = now_ns;
		return 0;
	}
	history->is_told = true;
	history->told_verdict = facts.verdict;
	history->told_excepted = facts.exception;
	history->told_since_ns = facts.since_ns;
	describe(container, now_ns, &facts, &finding);
	return verdicts->emit(verdicts->data, &finding, container);
}

/* The first one is told by a walk at its time, which alone knows who is not there any more. */
static int tell_change(struct verdicts *verdicts, struct container *container, uint64_t now_ns, enum sight sight)
{
	uint64_t due_ns;
	int err = 0;

	/* What comes after its end is told, and changes no verdict any more. */
	if (!container->is_running)
		return 0;
	if (container->history->is_told)
		err = tell(verdicts, container, now_ns, sight);
	due_ns = verdict_due(container, grace_ns(verdicts, container), now_ns);
	if (due_ns < verdicts->walk_due_ns)
		verdicts->walk_due_ns = due_ns;
	return err;
}

void verdicts__destroy(struct verdicts *verdicts)
{
	while (verdicts->nr_spares)
		free(verdicts->spares[--verdicts->nr_spares]);
}

int verdicts__begin(struct verdicts *verdicts, struct container *container, const struct process_event *event)
{
	if (!container->history)
		container->history = verdicts->nr_spares ? verdicts->spares[--verdicts->nr_spares]
							 : malloc(sizeof(*container->history));
	if (!container->history)
		return -ENOMEM;
	history__begin(container->history, event);
	if (container->facts.isolation)
		history__begin_unseen(container->history);
	return tell_change(verdicts, container, event->header.time_ns, SIGHT_EVENT);
}

/*
 * Where the first process is root for longer than its grace time, what a child holds changes nothing, unless it gained
 * it, or an exception stands for programs that are root. A storm of programs costs no judging so.
 */
static bool is_settled(const struct verdicts *verdicts, const struct container *container,
		       const struct finding *finding)
{
	const struct root_history *history = container->history;

	return history->is_told && history->told_verdict == VERDICT_ROOT_INIT && !verdicts->config->exceptions_count &&
	       finding->role == ROLE_CHILD && !judge_is_gain(finding);
}

int verdicts__note(struct verdicts *verdicts, struct container *container, const struct finding *finding, bool is_told,
		   uint64_t now_ns)
{
	bool has_changed;

	if (!container->history)
		return 0;
	has_changed = history__note(container->history, finding->process, finding->role, is_told ? finding : NULL);
	/* Until the first one is told, its time must be known. */
	if ((!has_changed && container->history->is_told) || is_settled(verdicts, container, finding))
		return 0;
	return tell_change(verdicts, container, now_ns, SIGHT_EVENT);
}

int verdicts__note_host_exec(struct verdicts *verdicts, struct container *container, const struct finding *finding)
{
	if (!container->history)
		return 0;
	history__note_host_exec(container->history, finding->process, finding);
	return tell_change(verdicts, container, finding->time_ns, SIGHT_EVENT);
}

int verdicts__note_exit(struct verdicts *verdicts, struct container *container, const struct process_event *event)
{
	if (!container->history || !history__note_exit(container->history, event))
		return 0;
	return tell_change(verdicts, container, event->header.time_ns, SIGHT_EVENT);
}

int verdicts__note_walk(struct verdicts *verdicts, struct container *container, uint64_t begin_ns, uint64_t end_ns)
{
	struct root_history *history = container->history;
	int err = 0;

	if (!history || !container->is_running)
		return 0;
	history__note_walk(history, begin_ns);
	if (!history->is_told && history->started_ns + grace_ns(verdicts, container) <= end_ns)
		err = tell(verdicts, container, end_ns, SIGHT_WALK);
	return err ? err : tell_change(verdicts, container, end_ns, SIGHT_WALK);
}

int verdicts__end(struct verdicts *verdicts, struct container *container, uint64_t time_ns)
{
	int err = 0;

	if (container->history && !container->history->is_told)
		err = tell(verdicts, container, time_ns, SIGHT_END);
	/* The container lingers until nothing refers to it any more, thousands at a time where they are short. */
	if (container->history && verdicts->nr_spares < VERDICTS_SPARES_MAX)
		verdicts->spares[verdicts->nr_spares++] = container->history;
	else
		free(container->history);
	container->history = NULL;
	return err;
}

bool verdicts__look(const struct verdicts *verdicts, struct container *container, uint64_t now_ns,
		    struct verdict_facts *ret_facts, struct finding *ret_finding)
{
	if (!container->history || !container->is_running)
		return false;
	judge(verdicts, container, now_ns, false, ret_facts);
	describe(container, now_ns, ret_facts, ret_finding);
	return true;
}
