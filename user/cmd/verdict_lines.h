/* SPDX-License-Identifier: Apache-2.0 */
/* All verdicts of a pipeline as lines, and one that ends them. */
#ifndef UIDZERO_CMD_VERDICT_LINES_H
#define UIDZERO_CMD_VERDICT_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "cmd/host.h"
#include "cmd/pipeline.h"

/* What is wanted beside the verdicts. */
struct verdict_question {
	/*
	 * Only containers of this name, or whose id begins so, and behind a verdict that does not pass what each
	 * exception is to it. NULL: all.
	 */
	const char *explained;
	bool wants_ocsf; /* the same in OCSF, behind each verdict */
	bool wants_all;  /* as pipeline__tell_verdicts() */
};

/*
 * Read a request as docs/check.md has them. The question's texts belong to *ret_json, which the caller releases.
 *
 * Returns 0, or -EINVAL for what is none.
 */
int verdict_question__parse(const char *request, struct verdict_question *ret_question, json_t **ret_json);

/**
 * Write the verdict of each container that runs, and {"uidzero":{"answer":"end","verdicts":N,"notes":[...]}}.
 *
 * Returns 0 or a negative errno.
 */
int verdict_lines__write(struct pipeline *pipeline, const struct config *config, const struct host *host,
			 const struct verdict_question *question, FILE *out);

#endif
