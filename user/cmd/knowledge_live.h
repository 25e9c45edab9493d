/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline's knowledge from this host: runtimes' files and the kernel's tables; kept in a recording if one is made.
 */
#ifndef UIDZERO_CMD_KNOWLEDGE_LIVE_H
#define UIDZERO_CMD_KNOWLEDGE_LIVE_H

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

/* Points to `live`. */
struct knowledge knowledge_live(struct live *live);

#endif
