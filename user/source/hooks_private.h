/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of hooks share: its life (hooks.c), the kernel's tables (hooks_tables.c), a trial of each
 * (hooks_probe.c). */
#ifndef UIDZERO_SOURCE_HOOKS_PRIVATE_H
#define UIDZERO_SOURCE_HOOKS_PRIVATE_H

#include <bpf/libbpf.h>

#include "source/hooks.h"

struct uidzero_bpf; /* the skeleton, made by the build */

struct hooks {
	struct uidzero_bpf *skeleton;
	struct bpf_link *creds_links[16]; /* by creds_calls */
	struct bpf_link *new_rings_link;  /* beside the skeleton's for rings that are registered with */
	enum creds_hook creds_hook;
	const char *names[HOOKS_NAMES_MAX + 1];
	uint32_t nr_cpus;
	struct cpu_counters *counters; /* room for one read of the per-CPU map */
};

/* At a classic tracepoint, by its id. Returns 0 or a negative errno. */
int hooks_attach_tracepoint(struct bpf_program *program, int id, struct bpf_link **ret_link);

bool hooks_is_for_rings(const struct bpf_program *program);
/* Returns 0, -ENOENT where the kernel has no such tracepoints, or another negative errno. */
int hooks_attach_rings(struct hooks *hooks, struct bpf_program *program, struct bpf_link **ret_link);
/* To those of hooks__names(), as far as there is room. */
void hooks_add_name(struct hooks *hooks, const char *name);

/* A libbpf_print_fn_t: that a program is refused is an answer and no news. */
int hooks_print_nothing(enum libbpf_print_level level, const char *format, va_list args);

#endif
