/* SPDX-License-Identifier: Apache-2.0 */
/* The live side that run and trace share: hooks, rings, signals, losses, around one pipeline. */
#ifndef UIDZERO_CMD_AGENT_H
#define UIDZERO_CMD_AGENT_H

#include "cmd/host.h"
#include "cmd/live.h"
#include "cmd/pipeline.h"

struct agent_options {
	const struct config *config;
	const char *record_path; /* NULL: no recording */
	const char *socket_path; /* where it answers who asks for verdicts; NULL: nowhere */
	bool wants_all;
	int creds_hook; /* as hooks_options.creds_hook */
	const struct host *host;
	/* As pipeline_options.emit. */
	int (*emit)(void *data, const struct finding *finding, struct container *container);
	/* What was emitted must reach its reader now. Returns 0 or a negative errno that ends the run. */
	int (*flush)(void *data);
	/* SIGHUP or SIGUSR1 came. */
	void (*reopen)(void *data);
	/* All tasks were walked over, and what that found was emitted. NULL: nobody asks. */
	void (*walked)(void *data);
	void *data;
};

#define AGENT_REASON_MAX LIVE_REASON_MAX

/**
 * Run until SIGTERM or SIGINT, or until emit or flush fails.
 *
 * @ret_counts: what was seen, set in any case
 * @ret_reason: on failure one sentence for a person; "" where emit or flush ended the run
 *
 * Returns 0 or a negative errno.
 */
int agent__run(const struct agent_options *options, struct pipeline_counts *ret_counts,
	       char ret_reason[AGENT_REASON_MAX]);

#endif
