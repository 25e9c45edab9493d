/* SPDX-License-Identifier: Apache-2.0 */
/* Who this host is, as each line says it and a recording keeps it. */
#ifndef UIDZERO_CMD_HOST_H
#define UIDZERO_CMD_HOST_H

#include <stdbool.h>

#include "encode/ecs.h"

struct host {
	char name[256], id[64], boot_id[64]; /* "" where unknown */
	int64_t boot_to_realtime_ns;
	bool wants_all; /* what the agent was asked for */
	char agent_version[32];
};

/* Reads the host's files below host_root. Never fails: what is not there stays unknown. */
void host__detect(const char *host_root, struct host *ret_host);

/* Points into the host. */
struct encode_context host__context(const struct host *host);

/* JSON and back. The caller frees *ret_json. Returns 0, -ENOMEM, -EBADMSG. */
int host__to_json(const struct host *host, char **ret_json);
int host__from_json(const char *json, size_t size, struct host *ret_host);

#endif
