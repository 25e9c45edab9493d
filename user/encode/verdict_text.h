/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentences that tell a person why a verdict is what it is, and what to change. Each writes pieces of a string
 * that the caller has begun.
 */
#ifndef UIDZERO_ENCODE_VERDICT_TEXT_H
#define UIDZERO_ENCODE_VERDICT_TEXT_H

#include "encode/json.h"
#include "judge/controls.h"
#include "judge/remedy.h"
#include "judge/verdict.h"

/* Why: "nginx (pid 4711), the first process, has been root since it started, 3 h 12 min ago; ..." */
void verdict_text__write_reason(struct json_writer *writer, const struct container *container,
				const struct verdict_facts *facts);

/* What to change. @remedy: one of those that remedies() gave for the same container and verdict */
void verdict_text__write_remedy(struct json_writer *writer, enum remedy remedy, const struct container *container,
				const struct verdict_facts *facts);

/* What a control's result stands on: "CAP_SYS_ADMIN was added"; for a result that is not unknown. */
void verdict_text__write_control_detail(struct json_writer *writer, enum control control,
					const struct container *container, const struct verdict_facts *facts);

/* A time span as people say it: "38 ms", "12 s", "3 h 12 min"; the two largest units. */
void verdict_text__write_duration(struct json_writer *writer, uint64_t duration_ns);

#endif
