// SPDX-License-Identifier: Apache-2.0
/* Opens what is asked of this host. */
#include "cmd/live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

int live__open(struct live *live, const struct config *config, const struct hooks_options *options,
	       char ret_reason[LIVE_REASON_MAX])
{
	struct hooks_options complete = *options;
	char reason[HOOKS_REASON_MAX] = "";
	int err;

	ret_reason[0] = '\0';
	err = cmd_set_roots(config, &live->roots);
	if (!err)
		err = state_watch__new(&live->roots, &live->states);
	if (err)
		return err;
	err = hierarchy__detect(&live->hierarchy);
	if (!err && live->hierarchy.v1_controller == V1_NONE && !live->hierarchy.v2_mount[0])
		err = -ENOENT;
	if (err) {
		snprintf(
			ret_reason, LIVE_REASON_MAX,
			"no cgroup hierarchy of the host is mounted here (%s); mount cgroup2 on /sys/fs/cgroup, or the "
			"host's /sys/fs/cgroup into this container",
			strerror(-err));
		return err;
	}
	complete.hierarchy = live->hierarchy;
	err = hooks__new(&complete, &live->hooks, reason);
	if (err)
		snprintf(ret_reason, LIVE_REASON_MAX, "%s", reason);
	return err;
}

void live__close(struct live *live)
{
	hooks__free(live->hooks);
	state_watch__free(live->states);
	facts_roots__destroy(&live->roots);
}
