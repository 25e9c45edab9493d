// SPDX-License-Identifier: Apache-2.0
/* Matches findings with the allow-list. */
#include "judge/policy.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "container/facts_text.h"

bool policy_text_matches(const char *pattern, const char *text)
{
	return text && !fnmatch(pattern, text, 0);
}

static bool is_told_by_host(const struct container_facts *facts)
{
	return !facts->identity.outer_id[0];
}

bool policy_name_matches(const char *pattern, const struct container_facts *facts, const char *name)
{
	return is_told_by_host(facts) && policy_text_matches(pattern, name);
}

static bool reference_matches(const char *pattern, const struct container_facts *facts, const char *reference)
{
	struct span name, tag;
	char text[FACTS_STRING_MAX];

	image_reference__split(span_of(reference), &name, &tag);
	snprintf(text, sizeof(text), "%.*s", (int)name.size, name.data);
	return policy_name_matches(pattern, facts, text) || policy_name_matches(pattern, facts, reference);
}

/* By which it was started is not known: a pattern that leaves one of them out can mean another image. */
static bool all_references_match(const char *pattern, const struct container_facts *facts)
{
	for (size_t i = 0; i < facts->nr_image_references; i++)
		if (!reference_matches(pattern, facts, facts->image_references[i]))
			return false;
	return facts->nr_image_references && !facts->nr_image_references_dropped;
}

bool policy_image_matches(const char *pattern, const struct container_facts *facts)
{
	char text[2 * FACTS_STRING_MAX + 2];

	if (!strncmp(pattern, CONFIG_IMAGE_ID_PREFIX, strlen(CONFIG_IMAGE_ID_PREFIX)))
		return is_told_by_host(facts) && facts->image_id && !strcmp(pattern, facts->image_id);
	if (policy_name_matches(pattern, facts, facts->image_name) || all_references_match(pattern, facts))
		return true;
	if (!facts->image_name || !facts->image_tag)
		return false;
	snprintf(text, sizeof(text), "%s:%s", facts->image_name, facts->image_tag);
	return policy_name_matches(pattern, facts, text);
}

/* Whoever may make cgroups can name one as he likes: only ids that the host's own runtimes gave are matched. */
bool policy_container_matches(const char *pattern, const struct container_facts *facts)
{
	return policy_name_matches(pattern, facts, facts->name) ||
	       (!facts->identity.user_uid && policy_name_matches(pattern, facts, facts->identity.id));
}

bool policy_label_matches(const char *label, const struct container_facts *facts)
{
	size_t size = strcspn(label, "="), i;

	for (i = 0; i < facts->nr_labels; i++) {
		const struct facts_label *each = &facts->labels[i];

		if (!strncmp(each->key, label, size) && !each->key[size] &&
		    (!label[size] || policy_text_matches(label + size + 1, each->value)))
			return is_told_by_host(facts);
	}
	return false;
}

static bool executable_matches(const char *pattern, const struct process_view *process)
{
	char path[EVENT_PATH_MAX + 8];

	return process &&
	       path_join(process->executable, process->event->executable_is_whole, path, sizeof(path)) >= 0 &&
	       policy_text_matches(pattern, path);
}

static bool uid_matches(uint32_t uid, const struct process_view *process)
{
	const struct process_event *event;

	if (!process)
		return false;
	event = process->event;
	return (event->before.is_known ? event->before.euid : event->after.euid) == uid;
}

static bool entry_matches(const struct config_allow *allow, const struct finding *finding)
{
	const struct container_facts *facts = &finding->container->facts;

	return (!allow->image || policy_image_matches(allow->image, facts)) &&
	       (!allow->container || policy_container_matches(allow->container, facts)) &&
	       (!allow->label || policy_label_matches(allow->label, facts)) &&
	       (!allow->executable || executable_matches(allow->executable, finding->process)) &&
	       (!allow->uid || uid_matches(*allow->uid, finding->process));
}

void policy_apply(const struct config *config, struct finding *finding)
{
	unsigned i;

	/* A verdict has exceptions of its own; what happens on the host is no container's expected behaviour. */
	if (!finding->container || finding->kind == FINDING_VERDICT || finding->kind == FINDING_HOST_EXEC)
		return;
	for (i = 0; i < config->allow_count; i++) {
		if (!entry_matches(&config->allow[i], finding))
			continue;
		finding->is_allowed = true;
		finding->is_alert = false;
		finding->severity = SEVERITY_INFO;
		finding->allow_reason = config->allow[i].reason;
		return;
	}
}
