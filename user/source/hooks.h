/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the kernel side and attaches the best hooks that this kernel allows. */
#ifndef UIDZERO_SOURCE_HOOKS_H
#define UIDZERO_SOURCE_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "maps.h"
#include "source/hierarchy.h"

struct hooks;

/* How changes of credentials are seen, best first: what each costs is in docs/benchmarks.md. */
enum creds_hook {
	CREDS_FENTRY,       /* every commit, at no cost to anything else */
	CREDS_KPROBE,       /* the same, dearer */
	CREDS_TRACEPOINT,   /* the exits of the calls; not of 32-bit ones */
	CREDS_RAW_SYS_EXIT, /* every system call's exit: where tracefs cannot be read */
	CREDS_HOOK_END,
};

/* "fentry", "kprobe", "tracepoint", "sys_exit": as --hook takes them. */
const char *creds_hook_name(enum creds_hook hook);

struct hooks_options {
	uint32_t events_ring_size, alerts_ring_size; /* bytes, powers of two */
	bool wants_all;                              /* non-root execs and gid changes too */
	struct hierarchy hierarchy;
	int creds_hook;  /* enum creds_hook, that one and no other; -1: the best that works */
	bool walks_only; /* nothing is attached but the walk over all tasks; creds_hook does not matter */
};

#define HOOKS_REASON_MAX 512
#define HOOKS_NAMES_MAX  12

/**
 * Load and attach. Nothing stays in the kernel after hooks__free() or the end of the process.
 *
 * @ret_reason: on failure one sentence: what is missing and how to mend it
 *
 * Returns 0 or a negative errno.
 */
int hooks__new(const struct hooks_options *options, struct hooks **ret_hooks, char ret_reason[HOOKS_REASON_MAX]);
void hooks__free(struct hooks *hooks);

enum creds_hook hooks__creds_hook(const struct hooks *hooks);
/* What the next walk over all tasks reports. */
void hooks__walk_reports(struct hooks *hooks, enum walk walk);
/* Did the last walk see changes that only another one, a moment later, can tell from those under way? */
bool hooks__walk_has_doubts(struct hooks *hooks);

/* NULL-terminated, "tp_btf/sched_process_exec" ... */
const char *const *hooks__names(const struct hooks *hooks);

int hooks__ring_fd(const struct hooks *hooks, enum event_ring ring);
uint32_t hooks__ring_size(const struct hooks *hooks, enum event_ring ring);
/* The word by which the reader says that it waits: enum reader_state, see rings.h. */
volatile uint32_t *hooks__reader_state(const struct hooks *hooks);
int hooks__iterator_fd(const struct hooks *hooks); /* a new fd of iter/task to read from, or a negative errno */

/* Scans of all tasks that were begun, by hooks__iterator_fd(). */
uint32_t hooks__scan_number(const struct hooks *hooks);
/* Did one of those after the given one see a thread of the container? True where the kernel does not know its number.
 */
bool hooks__saw_container(const struct hooks *hooks, uint32_t container, uint32_t scan);
/* By the kernel's count, which a missed exit leaves too high. */
bool hooks__has_live_threads(const struct hooks *hooks, uint32_t container);

/*
 * The kernel's table of cgroups. Errors of the map are returned as negative errno.
 *
 * @outer: the number of the next outer container; 0: it is not nested
 */
int hooks__set_cgroup(struct hooks *hooks, uint64_t key, uint64_t parent_key, enum cgroup_state state,
		      uint32_t container, uint32_t outer);
int hooks__get_cgroup(const struct hooks *hooks, uint64_t key, struct cgroup_entry *ret_entry);
int hooks__forget_cgroup(struct hooks *hooks, uint64_t key);

/* What was lost so far, summed over CPUs and by CPU; `by_cpu` has hooks__nr_cpus() members. */
struct hooks_losses {
	uint64_t by_kind[EVENT_KIND_END];
	uint64_t missed[EVENT_KIND_END]; /* runs that the kernel skipped because the program was already running */
	uint64_t untracked, unlisted;    /* no room in `tasks`, in `cgroups` */
	uint64_t *by_cpu;
};
uint32_t hooks__nr_cpus(const struct hooks *hooks);
int hooks__read_losses(const struct hooks *hooks, struct hooks_losses *losses);

/* Which kind is lost when a program misses a run; of a fork, which makes no record, EVENT_EXIT: the lifecycle. */
enum event_kind hooks_kind_of(const char *section);

/* For doctor: try each program alone. @err is 0 or a negative errno. */
int hooks__probe(void (*report)(void *data, const char *name, int err), void *data);

#endif
