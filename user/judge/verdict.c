/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of verdicts, in the order in which they decide. */
#include "judge/verdict.h"

#include <string.h>

#include "container/user_spec.h"

static const struct {
	const char *name;
	enum control_result result;
} verdicts[VERDICT_END] = {
	[VERDICT_UNKNOWN] = {"unknown", CONTROL_UNKNOWN},
	[VERDICT_ESCALATED] = {"escalated", CONTROL_FAIL},
	[VERDICT_ROOT_INIT] = {"root_init", CONTROL_FAIL},
	[VERDICT_ROOT_CHILD] = {"root_child", CONTROL_FAIL},
	[VERDICT_ROOT_SESSION] = {"root_session", CONTROL_WARN},
	[VERDICT_INCOMPLETE_DROP] = {"incomplete_drop", CONTROL_WARN},
	[VERDICT_ROOT_EQUIVALENT] = {"root_equivalent", CONTROL_WARN},
	[VERDICT_MAPPED_ROOT] = {"mapped_root", CONTROL_PASS},
	[VERDICT_DROPS_ROOT] = {"drops_root", CONTROL_PASS},
	[VERDICT_NONROOT] = {"nonroot", CONTROL_PASS},
};

const char *verdict_name(enum verdict verdict)
{
	return (unsigned)verdict < VERDICT_END ? verdicts[verdict].name : NULL;
}

enum control_result verdict_result(enum verdict verdict)
{
	return (unsigned)verdict < VERDICT_END ? verdicts[verdict].result : CONTROL_UNKNOWN;
}

enum finding_severity verdict_severity(const struct verdict_facts *facts)
{
	static const enum finding_severity severities[] = {
		[CONTROL_UNKNOWN] = SEVERITY_INFO,
		[CONTROL_PASS] = SEVERITY_INFO,
		[CONTROL_WARN] = SEVERITY_MEDIUM,
		[CONTROL_FAIL] = SEVERITY_HIGH,
	};

	return facts->exception ? SEVERITY_INFO : severities[facts->result];
}

const char *control_result_name(enum control_result result)
{
	static const char *const names[] = {
		[CONTROL_UNKNOWN] = "unknown",
		[CONTROL_PASS] = "passed",
		[CONTROL_WARN] = "warn",
		[CONTROL_FAIL] = "failed",
	};

	return (unsigned)result < sizeof(names) / sizeof(names[0]) ? names[result] : NULL;
}

const char *verdict_evaluation_name(const struct verdict_facts *facts)
{
	return facts->exception ? "excepted" : control_result_name(facts->result);
}

/* What the judging of one container shares. */
struct question {
	const struct root_history *history;
	uint64_t grace_ns, now_ns;
	bool has_ended;
	bool is_known_nonroot; /* its first program was not root, in any user namespace */
};

/*
 * When a process that holds it since then does so for longer than the grace time: what began within the container's
 * own, at the end of that.
 */
static uint64_t lasting_ns(const struct root_history *history, uint64_t since_ns, uint64_t grace_ns)
{
	uint64_t end_ns = history->started_ns + grace_ns;

	return since_ns < end_ns ? end_ns : since_ns + grace_ns;
}

/* One that was laid aside before counts for itself: it may be again. */
static uint64_t root_is_lasting_ns(const struct root_history *history, const struct stretch *stretch, uint64_t grace_ns)
{
	return stretch->since_ns == stretch->holding_since_ns ? lasting_ns(history, stretch->since_ns, grace_ns)
							      : stretch->since_ns + grace_ns;
}

/* When what it holds counts. */
static uint64_t counts_from_ns(const struct root_history *history, const struct stretch *stretch, uint64_t grace_ns)
{
	return stretch->hold == HOLD_ROOT ? root_is_lasting_ns(history, stretch, grace_ns)
					  : lasting_ns(history, stretch->holding_since_ns, grace_ns);
}

/*
 * Has it held so for long enough? Counted to when it was seen last: between two walks a process can have ended
 * untold. Of a container that ends, only the end of who came from outside is told.
 */
static bool lasts(const struct question *question, const struct stretch *stretch, uint64_t from_ns)
{
	if (stretch->until_ns)
		return false;
	return stretch->seen_ns >= from_ns || (question->has_ended && stretch->role != ROLE_CHILD);
}

/* Is root, and not for a moment only. */
static bool is_lasting_root(const struct question *question, const struct stretch *stretch)
{
	return stretch->hold == HOLD_ROOT &&
	       lasts(question, stretch, root_is_lasting_ns(question->history, stretch, question->grace_ns));
}

static bool is_root_init(const struct question *question, const struct stretch *stretch)
{
	return stretch->role == ROLE_INIT && is_lasting_root(question, stretch);
}

/* It is, or it and those that were before it. */
static bool is_root_child(const struct question *question, const struct stretch *stretch)
{
	uint64_t since_ns = question->history->root_since_ns;

	if (stretch->is_of_session || stretch->hold != HOLD_ROOT)
		return false;
	return is_lasting_root(question, stretch) ||
	       (since_ns && lasts(question, stretch, since_ns + question->grace_ns));
}

static bool is_root_session(const struct question *question, const struct stretch *stretch)
{
	(void)question;
	return stretch->is_of_session && !stretch->until_ns && stretch->hold == HOLD_ROOT;
}

/* Is able to become root, or takes it now and then. */
static bool can_become_root(const struct question *question, const struct stretch *stretch)
{
	return !stretch->is_of_session && stretch->hold != HOLD_MAPPED &&
	       lasts(question, stretch, lasting_ns(question->history, stretch->holding_since_ns, question->grace_ns));
}

/* Holds what would count if it stayed. */
static bool is_pending(const struct question *question, const struct stretch *stretch)
{
	return !stretch->until_ns && !stretch->is_of_session && stretch->hold != HOLD_MAPPED &&
	       stretch->seen_ns < counts_from_ns(question->history, stretch, question->grace_ns);
}

static bool is_equivalent(const struct question *question, const struct stretch *stretch)
{
	return stretch->hold == HOLD_EQUIVALENT && can_become_root(question, stretch);
}

static bool is_mapped(const struct question *question, const struct stretch *stretch)
{
	return stretch->hold == HOLD_MAPPED && !stretch->is_of_session &&
	       lasts(question, stretch, lasting_ns(question->history, stretch->since_ns, question->grace_ns));
}

static bool was_gain(const struct question *question, const struct stretch *stretch)
{
	(void)question;
	return stretch->is_gain && stretch->hold == HOLD_ROOT;
}

static bool was_started_on_host(const struct question *question, const struct stretch *stretch)
{
	(void)question;
	return stretch->cause == CAUSE_KERNEL_HELPER;
}

/* Capabilities that amount to root, which a process got by itself, whether it still has them or not. */
static bool was_gain_of_caps(const struct question *question, const struct stretch *stretch)
{
	return stretch->hold == HOLD_EQUIVALENT &&
	       (stretch->is_gain || (stretch->may_be_gain && question->is_known_nonroot));
}

/* Of its user namespace, where that is over the host's uid 0: what it was started with, and no rest of a drop. */
static bool is_zero_inside(const struct stretch *stretch)
{
	return stretch->ns_euid == 0 && stretch->euid != 0;
}

/* Root that was laid down, by one of the container's own. */
static bool was_root(const struct question *question, const struct stretch *stretch)
{
	(void)question;
	return stretch->hold == HOLD_ROOT && !stretch->is_of_session && !stretch->is_gain;
}

static bool was_mapped_init(const struct question *question, const struct stretch *stretch)
{
	(void)question;
	return stretch->hold == HOLD_MAPPED && stretch->role == ROLE_INIT;
}

static const struct stretch *first_that(bool (*is)(const struct question *question, const struct stretch *stretch),
					const struct question *question)
{
	for (unsigned i = 0; i < question->history->nr_stretches; i++) {
		if (is(question, &question->history->stretches[i]))
			return &question->history->stretches[i];
	}
	return NULL;
}

/* As what its first program was started: seen, or by what the runtime was told. */
static enum root_kind first_root(const struct container *container, bool *ret_is_known)
{
	const struct root_history *history = container->history;
	struct user_ids resolved = user_ids_parse(container->facts.resolved_user);

	*ret_is_known = history->is_whole || resolved.is_known;
	if (history->is_whole)
		return history->was_root ? ROOT_REAL : history->was_mapped ? ROOT_MAPPED : ROOT_NONE;
	if (!resolved.is_known || resolved.uid != 0)
		return ROOT_NONE;
	return container->facts.risk.is_known && container->facts.risk.has_user_namespace ? ROOT_MAPPED : ROOT_REAL;
}

static enum verdict judge(const struct container *container, const struct question *question,
			  const struct stretch **ret_decisive)
{
	const struct root_history *history = question->history;
	bool start_is_known;
	enum root_kind start = first_root(container, &start_is_known);
	const struct stretch *init = first_that(is_root_init, question);
	const struct stretch *lasting = init ? init : first_that(is_root_child, question);
	/*
	 * Root where there was none has been gained, whether that was seen or not. Where a first process that does not
	 * exec starts the programs, it can be root although the first of them is not.
	 */
	bool is_gained = lasting && ((start_is_known && start != ROOT_REAL && !container->has_stub) ||
				     (history->has_escalated && lasting->is_gain));

	/* Whatever root is in the container, it was root outside of it. */
	*ret_decisive = history->has_reached_host ? first_that(was_started_on_host, question) : NULL;
	if (history->has_reached_host)
		return VERDICT_ESCALATED;
	*ret_decisive = init;
	/* Where the first process is root anyway, nothing is to be gained. */
	if (init && !is_gained)
		return VERDICT_ROOT_INIT;
	*ret_decisive = first_that(was_gain, question);
	if (history->has_escalated || (*ret_decisive && !(*ret_decisive)->until_ns) || is_gained) {
		if (!*ret_decisive)
			*ret_decisive = lasting;
		return VERDICT_ESCALATED;
	}
	*ret_decisive = lasting;
	if (lasting)
		return VERDICT_ROOT_CHILD;
	*ret_decisive = first_that(is_root_session, question);
	if (*ret_decisive ||
	    (history->last_session_ns && question->now_ns < history->last_session_ns + VERDICT_SESSION_NS))
		return VERDICT_ROOT_SESSION;
	*ret_decisive = first_that(can_become_root, question);
	if (*ret_decisive && ((*ret_decisive)->hold != HOLD_EQUIVALENT ||
			      ((start != ROOT_NONE || history->has_dropped) && !is_zero_inside(*ret_decisive))))
		return VERDICT_INCOMPLETE_DROP;
	*ret_decisive = first_that(was_gain_of_caps, question);
	if (!*ret_decisive)
		*ret_decisive = first_that(is_equivalent, question);
	if (*ret_decisive || history->has_gained_caps)
		return VERDICT_ROOT_EQUIVALENT;
	/* Who asks before the first one is told must not take it for passed. */
	*ret_decisive = first_that(is_pending, question);
	if (*ret_decisive && !history->is_told && !question->has_ended)
		return VERDICT_UNKNOWN;
	*ret_decisive = first_that(is_mapped, question);
	if (*ret_decisive)
		return VERDICT_MAPPED_ROOT;
	*ret_decisive = first_that(start == ROOT_MAPPED ? was_mapped_init : was_root, question);
	if (*ret_decisive || start != ROOT_NONE)
		return VERDICT_DROPS_ROOT;
	return start_is_known ? VERDICT_NONROOT : VERDICT_UNKNOWN;
}

static bool is_root_now(const struct stretch *stretch)
{
	return !stretch->until_ns && (stretch->hold == HOLD_ROOT || stretch->hold == HOLD_MAPPED);
}

void verdict_judge(const struct container *container, uint64_t grace_ns, uint64_t now_ns, bool has_ended,
		   struct verdict_facts *ret_facts)
{
	const struct root_history *history = container->history;
	struct question question = {history, grace_ns, now_ns, has_ended, false};
	bool start_is_known;

	*ret_facts = (struct verdict_facts){
		.now_ns = now_ns, .grace_ns = grace_ns, .has_ended = has_ended, .history = history};
	if (!history)
		return;
	question.is_known_nonroot = first_root(container, &start_is_known) == ROOT_NONE && start_is_known;
	/* Another kernel runs its programs; what the runtime's own processes gain, this one shows. */
	ret_facts->verdict = container->facts.isolation && !history->has_escalated
				     ? VERDICT_UNKNOWN
				     : judge(container, &question, &ret_facts->decisive);
	ret_facts->result = verdict_result(ret_facts->verdict);
	ret_facts->root_for_ns = history__root_for(history, now_ns, &ret_facts->root_for_is_exact);
	for (unsigned i = 0; i < history->nr_stretches; i++)
		ret_facts->nr_root_now += is_root_now(&history->stretches[i]);
}

uint64_t verdict_due(const struct container *container, uint64_t grace_ns, uint64_t now_ns)
{
	const struct root_history *history = container->history;
	uint64_t due_ns = UINT64_MAX;

	if (!history || !container->is_running)
		return due_ns;
	if (!history->is_told && history->started_ns + grace_ns > now_ns)
		return history->started_ns + grace_ns;
	/* The end of that is told. */
	if (history->is_told && history->told_verdict == VERDICT_ROOT_INIT)
		return due_ns;
	/* What is held since then would be for long. */
	for (unsigned i = 0; i < history->nr_stretches; i++) {
		const struct stretch *stretch = &history->stretches[i];
		uint64_t from_ns = counts_from_ns(history, stretch, grace_ns);

		if (!stretch->until_ns && stretch->seen_ns < from_ns && from_ns < due_ns)
			due_ns = from_ns;
	}
	if (!history->is_told && due_ns == UINT64_MAX)
		return now_ns;
	if (history->told_verdict == VERDICT_ROOT_SESSION && history->last_session_ns &&
	    history->last_session_ns + VERDICT_SESSION_NS < due_ns)
		due_ns = history->last_session_ns + VERDICT_SESSION_NS;
	return due_ns < now_ns ? now_ns : due_ns;
}
