/* SPDX-License-Identifier: Apache-2.0 */
/* This host: its runtimes' files and the kernel's tables, and the pipeline's knowledge from them. */
#ifndef UIDZERO_CMD_LIVE_H
#define UIDZERO_CMD_LIVE_H

#include "base/config.h"
#include "container/knowledge.h"
#include "container/state_watch.h"
#include "source/hooks.h"
#include "source/recording.h"

struct live {
	struct facts_roots roots;
	struct hierarchy hierarchy;
	struct hooks *hooks;
	struct state_watch *states;
	struct recording_writer *writer; /* NULL: none is made */
};

#define LIVE_REASON_MAX 768

/**
 * Find the host's cgroups and load the hooks.
 *
 * @live:       zeroed but for writer
 * @options:    hierarchy is filled in
 * @ret_reason: on failure one sentence for a person, or ""
 *
 * Returns 0 or a negative errno; live__close() in any case.
 */
int live__open(struct live *live, const struct config *config, const struct hooks_options *options,
	       char ret_reason[LIVE_REASON_MAX]);

/* All but the writer. */
void live__close(struct live *live);

/* Points to `live`. */
struct knowledge knowledge_live(struct live *live);

#endif
