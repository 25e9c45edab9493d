/* SPDX-License-Identifier: Apache-2.0 */
/* Other controls of the benchmarks, where what is known of a container anyway decides them. Pure. */
#ifndef UIDZERO_JUDGE_CONTROLS_H
#define UIDZERO_JUDGE_CONTROLS_H

#include "judge/verdict.h"

enum control {
	CONTROL_DOCKER_4_1,          /* a user for the container; all numbers as in v1.6.0 */
	CONTROL_DOCKER_2_9,          /* user namespace support */
	CONTROL_DOCKER_5_4,          /* capabilities */
	CONTROL_DOCKER_5_5,          /* privileged */
	CONTROL_DOCKER_5_24,         /* exec as root */
	CONTROL_DOCKER_5_26,         /* no new privileges */
	CONTROL_DOCKER_5_31,         /* the host's user namespace */
	CONTROL_PSS_RUN_AS_NON_ROOT, /* Kubernetes Pod Security Standards, restricted */
	CONTROL_KUBERNETES_ROOT,     /* CIS Kubernetes: admission of root containers */
	CONTROL_END,
};

struct control_description {
	const char *id;        /* "CIS-Docker-4.1" */
	const char *name;      /* the benchmark's title of it */
	const char *benchmark; /* "CIS Docker Benchmark v1.6.0" */
	const char *benchmark_id, *version, *number, *section;
	const char *reference; /* where to read it */
};

extern const struct control_description control_descriptions[CONTROL_END];

/* Judge a control. CONTROL_UNKNOWN where it does not concern this container, or cannot be told. */
enum control_result control__judge(enum control control, const struct container *container,
				   const struct verdict_facts *facts);

/* By a daemon that remaps or runs as a plain user, or because the container asked for one. @history: NULL: not known */
bool control_has_user_namespace(const struct container_facts *facts, const struct root_history *history);

/* As its own user namespace sees it, whatever became of it; for those of Kubernetes. */
bool control_started_as_root(const struct container_facts *facts, const struct root_history *history);

#endif
