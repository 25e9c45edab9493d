// SPDX-License-Identifier: Apache-2.0
/* Chooses who tells of this host: the agent that runs, or a look of one's own. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/verdict_source.h"

static bool is_absent(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED;
}

static int ask_named(const char *socket_path, const struct verdict_question *question, verdict_take_fn take, void *data,
		     char ret_reason[VERDICT_REASON_MAX])
{
	int err = verdict_source__agent(socket_path, question, take, data, ret_reason);

	if (is_absent(err))
		snprintf(ret_reason, VERDICT_REASON_MAX,
			 "no agent answers at %s (%s); start `uidzero run` with this socket in its configuration, or "
			 "leave --socket out to look without an agent",
			 socket_path, strerror(-err));
	return err;
}

/* What a look cannot know. */
static void warn(const struct config *config, enum verdict_agent agent, char ret_reason[VERDICT_REASON_MAX])
{
	static const char lack[] = "what containers did before now is not known";

	if (agent == VERDICT_AGENT_UNWANTED)
		snprintf(ret_reason, VERDICT_REASON_MAX, "with --config no agent is asked: %s", lack);
	else if (agent == VERDICT_AGENT_IF_ANY && config->socket[0])
		snprintf(ret_reason, VERDICT_REASON_MAX, "no agent answers at %s: %s", config->socket, lack);
	else if (agent == VERDICT_AGENT_IF_ANY)
		snprintf(ret_reason, VERDICT_REASON_MAX, "the configuration names no agent's socket: %s", lack);
}

int verdict_source__host(const struct config *config, const char *socket_path, enum verdict_agent agent,
			 const struct verdict_question *question, verdict_take_fn take, void *data,
			 char ret_reason[VERDICT_REASON_MAX])
{
	int err = -ENOENT;

	if (socket_path)
		return ask_named(socket_path, question, take, data, ret_reason);
	if (agent == VERDICT_AGENT_IF_ANY && config->socket[0])
		err = verdict_source__agent(config->socket, question, take, data, ret_reason);
	if (!is_absent(err))
		return err;
	ret_reason[0] = '\0';
	err = verdict_source__look(config, question, take, data, ret_reason);
	if (!err)
		warn(config, agent, ret_reason);
	return err;
}
