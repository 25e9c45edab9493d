/* SPDX-License-Identifier: Apache-2.0 */
/* Other controls of the benchmarks, where what is known of a container anyway decides them. Pure. */
#ifndef UIDZERO_JUDGE_CONTROLS_H
#define UIDZERO_JUDGE_CONTROLS_H

#include "judge/verdict.h"

enum control {
	CONTROL_DOCKER_4_1,          /* a user for the container */
	CONTROL_DOCKER_2_9,          /* user namespace support; the number in v1.6.0 */
	CONTROL_DOCKER_5_4,          /* capabilities; the numbers are those of v1.6.0, see docs/decisions.md */
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

#endif
