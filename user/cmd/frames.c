// SPDX-License-Identifier: Apache-2.0
/* Packs start and loss into JSON and back. */
#include "cmd/frames.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct frame_owner {
	json_t *object;
	uint64_t *by_cpu;
};

#define HOOKS_MAX (sizeof(((struct agent_facts *)0)->hooks) / sizeof(const char *) - 1)

static int dump(json_t *object, char **ret_json)
{
	if (!object)
		return -ENOMEM;
	*ret_json = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return *ret_json ? 0 : -ENOMEM;
}

static json_t *numbers(const uint64_t *values, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, json_integer(values[i]));
	return array;
}

int frame_from_start(const struct agent_facts *agent, uint64_t time_ns, char **ret_json)
{
	json_t *hooks = json_array();
	size_t i;

	for (i = 0; i < HOOKS_MAX && agent->hooks[i]; i++)
		json_array_append_new(hooks, json_string(agent->hooks[i]));
	return dump(json_pack("{s:s, s:s, s:o, s:I}", "kernel", agent->kernel_release, "cgroup_mode",
			      agent->cgroup_mode, "hooks", hooks, "time_ns", (json_int_t)time_ns),
		    ret_json);
}

int frame_from_loss(const struct loss_facts *loss, char **ret_json)
{
	return dump(json_pack("{s:I, s:o, s:o, s:I, s:I, s:s}", "total", (json_int_t)loss->total, "by_kind",
			      numbers(loss->by_kind, EVENT_KIND_END), "by_cpu", numbers(loss->by_cpu, loss->nr_cpus),
			      "since_ns", (json_int_t)loss->since_ns, "until_ns", (json_int_t)loss->until_ns, "reason",
			      loss->reason),
		    ret_json);
}

/* A recording may be a stranger's: what a line has no room for, or could not say, is refused. */
static bool is_short(const char *text)
{
	return strlen(text) <= FRAME_TEXT_MAX;
}

static bool is_count(json_int_t value)
{
	return value >= 0 && value <= FRAME_COUNT_MAX;
}

/* Returns false where one of them is no count. */
static bool read_counts(const json_t *array, uint64_t *ret_counts)
{
	size_t i;

	for (i = 0; i < json_array_size(array); i++) {
		json_int_t value = json_integer_value(json_array_get(array, i));

		if (!is_count(value))
			return false;
		ret_counts[i] = value;
	}
	return true;
}

static struct frame_owner *owner_of(const char *json, size_t size)
{
	struct frame_owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return NULL;
	owner->object = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
	if (!owner->object) {
		free(owner);
		return NULL;
	}
	return owner;
}

void frame_free(struct frame_owner *owner)
{
	if (!owner)
		return;
	json_decref(owner->object);
	free(owner->by_cpu);
	free(owner);
}

int frame_to_start(const char *json, size_t size, struct agent_facts *ret_agent, uint64_t *ret_time_ns,
		   struct frame_owner **ret_owner)
{
	struct frame_owner *owner = owner_of(json, size);
	struct agent_facts agent = {};
	json_int_t time_ns;
	json_t *hooks;
	size_t i;

	if (!owner ||
	    json_unpack(owner->object, "{s:s, s:s, s:o, s:I}", "kernel", &agent.kernel_release, "cgroup_mode",
			&agent.cgroup_mode, "hooks", &hooks, "time_ns", &time_ns) ||
	    !is_short(agent.kernel_release) || !is_short(agent.cgroup_mode)) {
		frame_free(owner);
		return -EBADMSG;
	}
	for (i = 0; i < json_array_size(hooks) && i < HOOKS_MAX; i++) {
		agent.hooks[i] = json_string_value(json_array_get(hooks, i));
		if (agent.hooks[i] && !is_short(agent.hooks[i])) {
			frame_free(owner);
			return -EBADMSG;
		}
	}
	*ret_agent = agent;
	*ret_time_ns = time_ns;
	*ret_owner = owner;
	return 0;
}

int frame_to_loss(const char *json, size_t size, struct loss_facts *ret_loss, struct frame_owner **ret_owner)
{
	struct frame_owner *owner = owner_of(json, size);
	json_int_t total, since_ns, until_ns;
	struct loss_facts loss = {};
	json_t *by_kind, *by_cpu;

	if (!owner ||
	    json_unpack(owner->object, "{s:I, s:o, s:o, s:I, s:I, s:s}", "total", &total, "by_kind", &by_kind, "by_cpu",
			&by_cpu, "since_ns", &since_ns, "until_ns", &until_ns, "reason", &loss.reason) ||
	    json_array_size(by_kind) > EVENT_KIND_END || json_array_size(by_cpu) > FRAME_CPUS_MAX || !is_count(total) ||
	    !is_short(loss.reason)) {
		frame_free(owner);
		return -EBADMSG;
	}
	loss.nr_cpus = json_array_size(by_cpu);
	owner->by_cpu = calloc(loss.nr_cpus + 1, sizeof(*owner->by_cpu));
	if (!owner->by_cpu) {
		frame_free(owner);
		return -ENOMEM;
	}
	if (!read_counts(by_kind, loss.by_kind) || !read_counts(by_cpu, owner->by_cpu)) {
		frame_free(owner);
		return -EBADMSG;
	}
	loss.by_cpu = owner->by_cpu;
	loss.total = total;
	loss.since_ns = since_ns;
	loss.until_ns = until_ns;
	*ret_loss = loss;
	*ret_owner = owner;
	return 0;
}
