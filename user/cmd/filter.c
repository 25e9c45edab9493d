// SPDX-License-Identifier: Apache-2.0
/* Matches findings with a person's wishes. */
#include "cmd/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "judge/policy.h"

int filter_parse_findings(const char *text, uint64_t *ret_findings, const char **ret_unknown)
{
	uint64_t findings = 0;

	for (;;) {
		size_t size = strcspn(text, ",");
		enum finding_kind kind;
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)size, text);
		if (size >= sizeof(name) || finding_from_name(name, &kind)) {
			*ret_unknown = text;
			return -ENOENT;
		}
		findings |= 1ULL << kind;
		if (!text[size])
			break;
		text += size + 1;
	}
	*ret_findings = findings;
	return 0;
}

bool container_is_called(const struct container *container, const char *wanted)
{
	const struct container_facts *facts = &container->facts;

	return policy_text_matches(wanted, facts->name) || (facts->name && !strcmp(facts->name, wanted)) ||
	       !strncmp(facts->identity.id, wanted, strlen(wanted));
}

static bool is_any_of(const struct container *container, const struct filter *filter)
{
	for (size_t i = 0; container && i < filter->nr_containers; i++)
		if (container_is_called(container, filter->containers[i]))
			return true;
	return false;
}

bool filter_matches(const struct filter *filter, const struct finding *finding)
{
	if (filter->findings && !(filter->findings & 1ULL << finding->kind))
		return false;
	if (filter->nr_containers && !is_any_of(finding->container, filter))
		return false;
	if (filter->image && !(finding->container && policy_image_matches(filter->image, &finding->container->facts)))
		return false;
	return !filter->pid || (finding->process && finding->process->event->task.tgid == filter->pid);
}
