// SPDX-License-Identifier: Apache-2.0
/* Matches findings with the allow-list. */
#include "judge/policy.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static bool matches(const char *pattern, const char *text)
{
	return text && !fnmatch(pattern, text, 0);
}

bool policy_image_matches(const char *pattern, const struct container_facts *facts)
{
	char text[2 * FACTS_STRING_MAX + 2];

	if (!facts->image_name)
		return false;
	if (matches(pattern, facts->image_name))
		return true;
	if (!facts->image_tag)
		return false;
	snprintf(text, sizeof(text), "%s:%s", facts->image_name, facts->image_tag);
	return matches(pattern, text);
}

/* "key=pattern", or "key" for any value. */
static bool label_matches(const char *label, const struct container_facts *facts)
{
	size_t size = strcspn(label, "="), i;

	for (i = 0; i < facts->nr_labels; i++) {
		const struct facts_label *each = &facts->labels[i];

		if (!strncmp(each->key, label, size) && !each->key[size] &&
		    (!label[size] || matches(label + size + 1, each->value)))
			return true;
	}
	return false;
}

static bool executable_matches(const char *pattern, const struct process_view *process)
{
	char path[EVENT_PATH_MAX + 8];

	return process &&
	       path_join(process->executable, process->event->executable_is_whole, path, sizeof(path)) >= 0 &&
	       matches(pattern, path);
}

static bool uid_matches(uint32_t uid, const struct process_view *process)
{
	const struct process_event *event;

	if (!process)
		return false;
	event = process->event;
	return (event->before.is_known ? event->before.euid : event->after.euid) == uid;
}

/* What runs in a container is told by what else runs there: a nested container's names are claims. */
static bool is_told_by_host(const struct container_identity *identity)
{
	return !identity->outer_id[0];
}

/* Whoever may make cgroups can name one as he likes: only ids that the host's own runtimes gave are matched. */
static bool id_matches(const char *pattern, const struct container_identity *identity)
{
	return is_told_by_host(identity) && !identity->user_uid && matches(pattern, identity->id);
}

static bool entry_matches(const struct config_allow *allow, const struct finding *finding)
{
	const struct container_facts *facts = &finding->container->facts;

	if ((allow->image || allow->container || allow->label) && !is_told_by_host(&facts->identity))
		return false;
	return (!allow->image || policy_image_matches(allow->image, facts)) &&
	       (!allow->container || matches(allow->container, facts->name) ||
		id_matches(allow->container, &facts->identity)) &&
	       (!allow->label || label_matches(allow->label, facts)) &&
	       (!allow->executable || executable_matches(allow->executable, finding->process)) &&
	       (!allow->uid || uid_matches(*allow->uid, finding->process));
}

void policy_apply(const struct config *config, struct finding *finding)
{
	unsigned i;

	if (!finding->container)
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
