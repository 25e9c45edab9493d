/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts that the configuration accepts, until a day. Pure. */
#ifndef UIDZERO_JUDGE_EXCEPTIONS_H
#define UIDZERO_JUDGE_EXCEPTIONS_H

#include "base/config.h"
#include "judge/verdict.h"

/* How an exception stands to a container, the best last. */
enum exception_match {
	EXCEPTION_OTHER,   /* a member does not match */
	EXCEPTION_EXPIRED, /* it would match, but no longer counts */
	EXCEPTION_HOLDS,
};

/* @now_s: the time by the wall clock, since the epoch. */
enum exception_match exception_match(const struct config_exception *exception, const struct container *container,
				     const struct verdict_facts *facts, int64_t now_s);

/* The first one that holds for a verdict that is neither passed nor unknown; NULL: none. */
const struct config_exception *exception_for(const struct config *config, const struct container *container,
					     const struct verdict_facts *facts, int64_t now_s);

/* The grace time that counts for the container's image. */
uint64_t grace_ns_for(const struct config *config, const struct container_facts *facts);

#endif
