/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a container against CIS Docker Benchmark 4.1, by what really ran in it. Pure. */
#ifndef UIDZERO_JUDGE_VERDICT_H
#define UIDZERO_JUDGE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "container/container.h"
#include "judge/history.h"

/* In the order of a decision: the first that applies is the verdict. The names are docs/events.md's. */
enum verdict {
	VERDICT_UNKNOWN,         /* not enough is known, or not yet */
	VERDICT_ESCALATED,       /* a process that was not root became it */
	VERDICT_ROOT_INIT,       /* the first process has been root for longer than the grace time */
	VERDICT_ROOT_CHILD,      /* another one of the container's own has */
	VERDICT_ROOT_SESSION,    /* who came in from outside is root, or was a while ago */
	VERDICT_INCOMPLETE_DROP, /* nobody is root, but somebody can become it again */
	VERDICT_ROOT_EQUIVALENT, /* no uid 0, but capabilities that amount to it: now, or gained by a process before */
	VERDICT_MAPPED_ROOT,     /* root in a user namespace only */
	VERDICT_DROPS_ROOT,      /* was root, and nobody is any more */
	VERDICT_NONROOT,         /* never was */
	VERDICT_END,
};

/* What a control says of a container. */
enum control_result { CONTROL_UNKNOWN, CONTROL_PASS, CONTROL_WARN, CONTROL_FAIL };

/* A verdict with what it stands on. */
struct verdict_facts {
	enum verdict verdict;
	enum control_result result;               /* of the verdict itself, whatever is excepted */
	const struct config_exception *exception; /* that excepts it; NULL: none */
	uint64_t now_ns;                          /* when it was judged; CLOCK_BOOTTIME */
	uint64_t since_ns;                        /* the verdict is this one since; CLOCK_BOOTTIME */
	uint64_t grace_ns;                        /* that counted */
	uint64_t root_for_ns;                     /* how long somebody was root, as far as was seen */
	bool root_for_is_exact;                   /* no stretch's begin or end is guessed or forgotten */
	bool has_ended;                           /* the container */
	unsigned nr_root_now;                     /* processes that are root, really or mapped */
	const struct stretch *decisive;           /* the process that decided; NULL where none did */
	const struct root_history *history;
};

/* How long a verdict remembers a root session: health checks come and go, and are one change. */
#define VERDICT_SESSION_NS (300 * 1000000000ULL)

/**
 * Judge a container by its history.
 *
 * @now_ns:    CLOCK_BOOTTIME
 * @has_ended: who is root now has been so until the container's end, however short that was
 *
 * Sets all but since_ns and exception, which depend on what was told before, and on the configuration.
 */
void verdict_judge(const struct container *container, uint64_t grace_ns, uint64_t now_ns, bool has_ended,
		   struct verdict_facts *ret_facts);

/* When a walk over all tasks is needed to judge it next; UINT64_MAX: not before something happens. */
uint64_t verdict_due(const struct container *container, uint64_t grace_ns, uint64_t now_ns);

/* Of the line that tells it. */
enum finding_severity verdict_severity(const struct verdict_facts *facts);

const char *verdict_name(enum verdict verdict);           /* "root_init" ... as uidzero.verdict */
enum control_result verdict_result(enum verdict verdict); /* what it means to CIS Docker 4.1 */
/* The same of the verdict's, or "excepted". */
const char *verdict_evaluation_name(const struct verdict_facts *facts);
const char *control_result_name(enum control_result result); /* "passed", "warn", "failed", "unknown" */

#endif
