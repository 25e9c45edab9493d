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

/*
 * The key of the first member that does not match ("image", "executable" ...); NULL: all do.
 *
 * An executable is that of each process that the verdict stands on: of the one that decided, and of all that
 *   are root now, for root_init and root_child;
 *   are root now, or came from outside and were since the verdict is this one, for root_session;
 *   are root now, or ever gained it, for escalated;
 *   hold now what the verdict says, for root_equivalent and incomplete_drop; or ever gained it, for root_equivalent.
 * It does not match where none is known, where one's path is not known whole, and where the history has
 * forgotten any. facts need verdict, since_ns, decisive and history.
 */
const char *exception_mismatch(const struct config_exception *exception, const struct container *container,
			       const struct verdict_facts *facts);

/* @now_s: the time by the wall clock, since the epoch. */
enum exception_match exception_match(const struct config_exception *exception, const struct container *container,
				     const struct verdict_facts *facts, int64_t now_s);

/* The first one that holds for a verdict whose result is to warn or to fail; NULL: none. */
const struct config_exception *exception_for(const struct config *config, const struct container *container,
					     const struct verdict_facts *facts, int64_t now_s);

/* The grace time that counts for the container's image. */
uint64_t grace_ns_for(const struct config *config, const struct container_facts *facts);

#endif
