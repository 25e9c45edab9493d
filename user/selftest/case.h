/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case of the self-test is, and what it is made of.
 *
 * To add one: write its functions and an entry of the table in cases_*.c. Each case has a container of its own: a
 * cgroup in each hierarchy, a mount namespace with a private file system as SELFTEST_DIR, which is also the
 * working directory, and a pid namespace. The first program inside is this one; it calls stages[0], in which the
 * case happens. An exec is this program again, calling the next stage. `uidzero selftest --case NAME` then
 * shows what is seen; whether that is right, and not only what happens to be told, is for you to say in `lines`.
 */
#ifndef UIDZERO_SELFTEST_CASE_H
#define UIDZERO_SELFTEST_CASE_H

#include <stddef.h>
#include <sys/types.h>

#include "source/hooks.h"

#define SELFTEST_STAGES    4
#define SELFTEST_USER      1000          /* of SELFTEST_AS_USER */
#define SELFTEST_MAPPED    100000        /* what SELFTEST_USERNS maps 0 to */
#define SELFTEST_HOST_ROOT 2000          /* what SELFTEST_USERNS_HOST_ROOT maps to the host's 0 */
#define SELFTEST_DIR       "/sys/kernel" /* is there wherever this runs, and nothing in the container needs it */

/* For `lines`: the container's first program as root, and the four uids of SELFTEST_USER. */
#define AS_ROOT "exec_root - real init 0/0/0/0\n"
#define USER    "1000/1000/1000/1000"

/* How the container starts; by default as root with all capabilities. */
enum selftest_flags {
	SELFTEST_AS_USER = 1 << 0,     /* uid and gid SELFTEST_USER of its user namespace, no capabilities */
	SELFTEST_WITH_SETUID = 1 << 1, /* with AS_USER: CAP_SETUID, as an ambient one */
	SELFTEST_NO_NEW_PRIVS = 1 << 2,
	SELFTEST_USERNS = 1 << 3,     /* a user namespace in which 0 is SELFTEST_MAPPED */
	SELFTEST_HOST_PIDNS = 1 << 4, /* no pid namespace of its own; what outlives the first process is waited for */
	SELFTEST_USERNS_HOST_ROOT = 1 << 5, /* the same user namespace, with the host's uid 0 as another one */
};

struct visit;

struct selftest_case {
	const char *name;    /* unique; letters, digits, underscores */
	const char *summary; /* a few words for a person */
	unsigned flags;      /* enum selftest_flags */
	/* Makes files in SELFTEST_DIR, as root before the container is entered. NULL: only "program" is there. */
	int (*prepare)(const struct selftest_case *self);
	const char *first; /* the first program's file in SELFTEST_DIR; NULL: "program" */
	/* What the first process does instead of running `first`; it does not have to exec at all. */
	int (*stub)(const struct selftest_case *self);
	/* All functions return 0 or what stage_fails(), stage_impossible() and other stage_*() do. */
	int (*stages[SELFTEST_STAGES])(const struct selftest_case *self);
	/* A process of the host, root and outside, while a stage waits in stage_visit(): what nsenter and exec are. */
	int (*visit)(const struct selftest_case *self, const struct visit *visit);
	/*
	 * All findings in their order, as finding_line() writes them, each ended by a line feed; "" for none.
	 * container_start and container_stop are left out: every case has each once.
	 */
	const char *lines;
	/* The same by one hook, where it sees another thing; NULL: as `lines`. */
	const char *lines_by[CREDS_HOOK_END];
};

/* Cases under one heading. */
struct selftest_group {
	const char *heading;
	const struct selftest_case *cases; /* ended by one without a name */
};

extern const struct selftest_case selftest_gains[], selftest_user_namespaces[], selftest_drops[], selftest_threads[],
	selftest_urings[], selftest_hides[], selftest_moves[], selftest_files[], selftest_stubs[], selftest_nothings[];

/* All of them, ended by one without a heading. */
extern const struct selftest_group selftest_groups[];

#define SELFTEST_CASES_MAX 256

/* The case of that number, over all groups; NULL beyond the last one. */
const struct selftest_case *selftest_case_at(size_t number);
/* The number of the case of that name, or -ENOENT. */
int selftest_case_find(const char *name, size_t size);
/* What it looks like by that hook. */
const char *selftest_case_lines(const struct selftest_case *which, enum creds_hook hook);

/* --- for prepare, stages and visit ----------------------------------------------------------------- */

/* How a stage ends, its process too. */
enum stage_status { STAGE_DONE, STAGE_FAILED, STAGE_IMPOSSIBLE };

/* Something that must work did not: "what: strerror(errno)" is told. */
int stage_fails(const char *what);
/* This kernel, or this host, has no such thing. The same, but no failure. */
int stage_impossible(const char *what);

/* Ends at once. */
int stage_end(const struct selftest_case *self);
/* Set the uids of the calling thread alone, unlike glibc's functions. */
int stage_set_uids(uid_t ruid, uid_t euid, uid_t suid);
/* The same, all three to SELFTEST_USER. */
int stage_drop(const struct selftest_case *self);

/* Calls act in a forked process and waits for that. */
int stage_fork(const struct selftest_case *self, int (*act)(const struct selftest_case *self));
/* Wait for a process that ends as a stage does. */
int stage_wait(pid_t pid);
/* Runs a file of SELFTEST_DIR, this program or a copy of it, in the given stage. Returns only where it fails. */
int stage_exec(const struct selftest_case *self, const char *file, unsigned stage);
/* The same by any path, with another argv[0]. */
int stage_exec_as(const struct selftest_case *self, const char *path, const char *name, unsigned stage);
/* Runs "selftest" of SELFTEST_DIR, which a handler of binfmt_misc opens with this program. */
int stage_exec_handled(const struct selftest_case *self, unsigned stage);
/* stage_exec() in a forked process, which is waited for. */
int stage_spawn(const struct selftest_case *self, const char *file, unsigned stage);

/* For prepare: a copy of this program in SELFTEST_DIR. */
int stage_copy(const char *file, uid_t owner, mode_t mode);
/* The same, of root's, with file capabilities as in cap_from_text(3). */
int stage_copy_with_caps(const char *file, const char *caps);

/* How many threads the process has; one that pthread_join() saw end can still be among them. Returns -1 on failure. */
int stage_count_threads(void);
/* Wait until they are so few. */
int stage_fewer_threads(int count);
/* Wait until the thread group's leader has ended; its process goes on. */
int stage_leader_end(void);
/* Wait until uidzero has walked over all tasks, begun after this. */
int stage_walk(void);
/* Wait until visit has been called and has ended. */
int stage_visit(void);

/* For visit: go into the container's cgroups; into its mount and pid namespace, the latter for what is forked then. */
int visit_cgroups(const struct selftest_case *self, const struct visit *visit);
int visit_namespaces(const struct visit *visit);

/* Make a cgroup of that name below the caller's in each hierarchy and go into it; NULL: go into the root. */
int stage_enter_cgroup(const char *name);

/*
 * Go into cgroups that are called as the container's, with SELFTEST_OTHER, and are beside those: into ones that the
 * visit has made, as the host does for another container, or into new ones.
 */
int stage_enter_other_cgroup(void);
/* Leave the container's cgroups for the root ones, and remove them. */
int stage_remove_cgroups(void);
/* For visit: make the cgroups of another container. */
int visit_make_other(const struct selftest_case *self, const struct visit *visit);

/* setuid(2) as a 32-bit program calls it. */
int stage_setuid_32bit(uid_t uid);

/* Go into a new user namespace, in which the present effective uid is 0. */
int stage_unshare_user(void);
/* The caller's pid as the host, and the host's /proc, has it. */
pid_t stage_host_pid(void);
/* Write the same lines as a process's uid_map and gid_map. */
int stage_write_maps(pid_t pid, const char *lines);
/* One line: `inside` is `outside`, so many. */
int stage_map_user(pid_t pid, unsigned inside, unsigned outside, unsigned count);

#endif
