// SPDX-License-Identifier: Apache-2.0
/* Matches verdicts with the exceptions of the configuration. */
#include "judge/exceptions.h"

#include <stddef.h>
#include <string.h>

#include "judge/policy.h"

#define NS_PER_S 1000000000ULL

static bool verdict_stands_on(const struct verdict_facts *facts, const struct stretch *stretch)
{
	bool is_held = !stretch->until_ns;

	switch (facts->verdict) {
	case VERDICT_ESCALATED:
		return stretch->is_gain || (is_held && stretch->hold == HOLD_ROOT);
	case VERDICT_ROOT_INIT:
	case VERDICT_ROOT_CHILD:
		return is_held && stretch->hold == HOLD_ROOT;
	case VERDICT_ROOT_SESSION:
		/* It outlasts each session, so that a health check now and then makes one verdict. */
		return stretch->hold == HOLD_ROOT &&
		       (is_held || (stretch->is_of_session && stretch->until_ns >= facts->since_ns));
	case VERDICT_INCOMPLETE_DROP:
		return is_held && (stretch->hold == HOLD_SAVED || stretch->hold == HOLD_EQUIVALENT);
	case VERDICT_ROOT_EQUIVALENT:
		return stretch->hold == HOLD_EQUIVALENT && (is_held || stretch->is_gain || stretch->may_be_gain);
	default:
		return false;
	}
}

/* Of a long path there is the end alone, which whoever made the directories chose: "/x/.../usr/sbin/cron". */
static bool is_whole(const char *path)
{
	return path[0] == '/' && strlen(path) < HISTORY_EXECUTABLE_MAX - 1;
}

static bool stretch_matches(const char *pattern, const struct stretch *stretch)
{
	return is_whole(stretch->executable) && policy_text_matches(pattern, stretch->executable);
}

static bool executables_match(const char *pattern, const struct verdict_facts *facts)
{
	const struct root_history *history = facts->history;
	bool is_any = facts->decisive != NULL;

	if (!history || history->has_forgotten_held)
		return false;
	if (facts->decisive && !stretch_matches(pattern, facts->decisive))
		return false;
	for (unsigned i = 0; i < history->nr_stretches; i++) {
		const struct stretch *stretch = &history->stretches[i];

		if (!verdict_stands_on(facts, stretch))
			continue;
		if (!stretch_matches(pattern, stretch))
			return false;
		is_any = true;
	}
	return is_any;
}

const char *exception_mismatch(const struct config_exception *exception, const struct container *container,
			       const struct verdict_facts *facts)
{
	const struct container_facts *known = &container->facts;

	if (exception->image && !policy_image_matches(exception->image, known))
		return "image";
	if (exception->container && !policy_container_matches(exception->container, known))
		return "container";
	if (exception->pod && !policy_name_matches(exception->pod, known, known->pod_name))
		return "pod";
	if (exception->namespace && !policy_name_matches(exception->namespace, known, known->pod_namespace))
		return "namespace";
	if (exception->label && !policy_label_matches(exception->label, known))
		return "label";
	if (exception->executable && !executables_match(exception->executable, facts))
		return "executable";
	return NULL;
}

enum exception_match exception_match(const struct config_exception *exception, const struct container *container,
				     const struct verdict_facts *facts, int64_t now_s)
{
	if (exception_mismatch(exception, container, facts))
		return EXCEPTION_OTHER;
	return now_s < exception->expires_s ? EXCEPTION_HOLDS : EXCEPTION_EXPIRED;
}

const struct config_exception *exception_for(const struct config *config, const struct container *container,
					     const struct verdict_facts *facts, int64_t now_s)
{
	if (facts->result != CONTROL_WARN && facts->result != CONTROL_FAIL)
		return NULL;
	for (unsigned i = 0; i < config->exceptions_count; i++) {
		const struct config_exception *exception = &config->exceptions[i];

		if (exception_match(exception, container, facts, now_s) == EXCEPTION_HOLDS)
			return exception;
	}
	return NULL;
}

uint64_t grace_ns_for(const struct config *config, const struct container_facts *facts)
{
	for (unsigned i = 0; i < config->grace_count; i++)
		if (policy_image_matches(config->grace[i].image, facts))
			return config->grace[i].seconds * NS_PER_S;
	return config->grace_s * NS_PER_S;
}
