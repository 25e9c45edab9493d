/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of hooks share: its life (hooks.c) and the kernel's tables (hooks_tables.c). */
#ifndef UIDZERO_SOURCE_HOOKS_PRIVATE_H
#define UIDZERO_SOURCE_HOOKS_PRIVATE_H

#include "source/hooks.h"

struct bpf_link;
struct uidzero_bpf; /* the skeleton, made by the build */

struct hooks {
	struct uidzero_bpf *skeleton;
	struct bpf_link *creds_links[16]; /* by creds_calls */
	enum creds_hook creds_hook;
	const char *names[HOOKS_NAMES_MAX + 1];
	uint32_t nr_cpus;
	struct cpu_counters *counters; /* room for one read of the per-CPU map */
};

#endif
