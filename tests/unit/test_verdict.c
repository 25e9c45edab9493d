/* SPDX-License-Identifier: Apache-2.0 */
/* What is done in a container, and the verdicts that follow, over time. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verdicts.h"
#include "judge/judge.h"
#include "judge/track.h"
#include "judge/verdict.h"
#include "maps.h"

#define STEPS_MAX     40
#define PIDS_MAX      64
#define MS            1000000ULL
#define BEGIN_NS      (3600000 * MS)
#define EVERY_NS      (60000 * MS)
#define CAP_SYS_ADMIN (1ULL << 21)

enum action {
	NOTHING,
	ENTER, /* the first program of a process that comes from outside */
	EXEC,
	SETUID_EXEC,
	SWITCH,     /* set*uid */
	THREAD_END, /* of one that was root: the others' credentials are the record's */
	EXIT,       /* reported */
	GONE,       /* not reported: it is only missing in the next scan */
	ASK,        /* the verdict is requested now */
	FOUND,      /* by the first walk: it ran before the agent */
	END,        /* the container's cgroup goes */
};

struct step {
	unsigned ms; /* since the start */
	enum action action;
	uint32_t pid, vpid; /* vpid 1 is init; 0: another one */
	uint32_t parent;
	uint32_t ruid, euid, suid;
	uint64_t capabilities;
	bool is_mapped, is_session;
	bool keeps_ring;
	bool has_stub;          /* ENTER: the first process does not exec, and this is the first program below it */
	bool has_ambient;       /* the capabilities are ambient ones */
	bool is_over_host_root; /* a user namespace's 0, with capabilities over the host's */
	unsigned started_ms;    /* FOUND; 0: with the container */
	uint32_t tid;           /* 0: the first thread's */
	struct event_threads others;
};

struct row {
	const char *name;
	const char *resolved_user; /* of the bundle; NULL: not known */
	uint32_t grace_s;          /* 0: ten */
	struct step steps[STEPS_MAX];
	const char *expected; /* "10000 nonroot, 12000 root_session", in ms */
};

#define UIDS(uid) .ruid = (uid), .euid = (uid), .suid = (uid)
#define AS_ROOT   UIDS(0)

static const struct row rows[] = {
	{"an application that never was root",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)}, {50, EXEC, 100, 1, UIDS(1000)}},
	 "10000 nonroot"},
	{"root that stays", NULL, 0, {{0, ENTER, 100, 1, AS_ROOT}}, "10000 root_init"},
	{"a grace time of its own", NULL, 60, {{0, ENTER, 100, 1, AS_ROOT}}, "60000 root_init"},
	{"an entrypoint that becomes gosu, which drops",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {10, EXEC, 101, 0, .parent = 100, AS_ROOT},
	  {20, GONE, .pid = 101},
	  {30, EXEC, 100, 1, AS_ROOT},
	  {38, SWITCH, 100, 1, UIDS(999)}},
	 "10000 drops_root"},
	{"a drop that comes late",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {25000, SWITCH, 100, 1, UIDS(999)}},
	 "10000 root_init, 25000 drops_root"},
	{"tini stays root, what it runs does not",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {10, EXEC, 101, 0, .parent = 100, AS_ROOT}, {20, SWITCH, 101, 0, UIDS(999)}},
	 "10000 root_init"},
	{"init drops, a child that it left does not",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {10, EXEC, 101, 0, .parent = 100, AS_ROOT}, {20, SWITCH, 100, 1, UIDS(999)}},
	 "10000 root_child"},
	{"the first program below a stub is a user's, and a later one root's",
	 NULL,
	 0,
	 {{0, ENTER, 101, 1, UIDS(1001), .has_stub = true}, {10, EXEC, 102, 0, .parent = 100, AS_ROOT}},
	 "10000 root_child"},
	{"until that child ends",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {10, EXEC, 101, 0, .parent = 100, AS_ROOT},
	  {20, SWITCH, 100, 1, UIDS(999)},
	  {15000, GONE, .pid = 101}},
	 "10000 root_child, 70000 drops_root"},
	{"a drop after the grace time, beside a child that has ended untold",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {13000, EXEC, 101, 0, .parent = 100, AS_ROOT},
	  {14000, GONE, .pid = 101},
	  {15000, SWITCH, 100, 1, UIDS(999)}},
	 "10000 root_init, 15000 drops_root"},
	{"the first thread drops beside one that is root, which ends late",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {20, SWITCH, 100, 1, UIDS(999), .others = {.tid = 105, .root = EVENT_ROOT_REAL}},
	  {80000, THREAD_END, 100, 1, UIDS(999), .tid = 105}},
	 "10000 root_init, 80000 drops_root"},
	{"it drops beside one that keeps the saved uid 0",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {20, SWITCH, 100, 1, UIDS(999), .others = {.tid = 105, .kept = EVENT_KEPT_SAVED_UID}}},
	 "10000 incomplete_drop"},
	{"it drops beside one that keeps the real uid 0",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {20, SWITCH, 100, 1, UIDS(999), .others = {.tid = 105, .kept = EVENT_KEPT_REAL_UID}}},
	 "10000 incomplete_drop"},
	{"it drops beside one that keeps capabilities",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {20, SWITCH, 100, 1, UIDS(999), .others = {.tid = 105, .root = EVENT_ROOT_EQUIVALENT}}},
	 "10000 incomplete_drop"},
	{"it drops beside io_uring's thread with root's credentials",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {20, SWITCH, 100, 1, UIDS(999), .others = {.kept = EVENT_KEPT_IO_URING}}},
	 "10000 incomplete_drop"},
	{"a thread that was never root keeps capabilities of a file",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000), .capabilities = CAP_SYS_ADMIN},
	  {20, SWITCH, 100, 1, UIDS(1000), .others = {.tid = 105, .root = EVENT_ROOT_EQUIVALENT}}},
	 "10000 root_equivalent"},
	{"a short thread drops, the first one stays root",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {15000, SWITCH, 100, 1, UIDS(999), .tid = 105, .others = {.tid = 100, .root = EVENT_ROOT_REAL}},
	  {15001, SWITCH, 100, 1, AS_ROOT}},
	 "10000 root_init"},
	{"a drop beside more threads than were examined",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {20, SWITCH, 100, 1, UIDS(999), .others = {.is_partial = 1}}},
	 "10000 drops_root"},
	{"a thread is root when the container is found",
	 "0:0",
	 0,
	 {{0, FOUND, 100, 1, AS_ROOT, .tid = 105}},
	 "10000 root_init"},
	{"root that goes from hand to hand",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {10, EXEC, 101, 0, .parent = 100, AS_ROOT},
	  {20, SWITCH, 100, 1, UIDS(999)},
	  {12000, EXEC, 102, 0, .parent = 101, AS_ROOT},
	  {12001, GONE, .pid = 101},
	  {69000, EXEC, 103, 0, .parent = 102, AS_ROOT},
	  {69001, GONE, .pid = 102},
	  {75000, GONE, .pid = 103}},
	 "10000 root_child, 79000 drops_root"},
	{"a set-user-id file",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {20000, SETUID_EXEC, 101, 0, .parent = 100, .ruid = 1000},
	  {20100, GONE, .pid = 101},
	  {90000, EXEC, 102, 0, UIDS(1000)}},
	 "10000 nonroot, 20000 escalated"},
	{"the same before the grace time",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)}, {2000, SETUID_EXEC, 101, 0, .ruid = 1000}, {2100, GONE, .pid = 101}},
	 "10000 escalated"},
	{"a set-user-id file where init is root anyway",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {10, EXEC, 101, 0, .parent = 100, AS_ROOT},
	  {20, SWITCH, 101, 0, UIDS(33)},
	  {20000, SETUID_EXEC, 101, 0, .ruid = 33}},
	 "10000 root_init"},
	{"init itself runs a set-user-id file",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)}, {20000, SETUID_EXEC, 100, 1, .ruid = 1000}, {20001, SWITCH, 100, 1, AS_ROOT}},
	 "10000 nonroot, 20000 escalated"},
	{"and lays it aside for a while",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {10, SWITCH, 100, 1, UIDS(1000)},
	  {20000, SETUID_EXEC, 100, 1, .ruid = 1000},
	  {20001, SWITCH, 100, 1, .ruid = 0, .euid = 1, .suid = 0},
	  {20002, SWITCH, 100, 1, AS_ROOT}},
	 "10000 drops_root, 20000 escalated"},
	{"an operator comes in as root once",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {20000, ENTER, 200, 0, AS_ROOT, .is_session = true},
	  {20010, EXEC, 201, 0, .parent = 200, AS_ROOT, .is_session = true},
	  {20020, GONE, .pid = 201},
	  {30000, EXIT, 200, 0, AS_ROOT, .is_session = true}},
	 "10000 nonroot, 20000 root_session, 330000 nonroot"},
	{"and leaves something behind",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {20000, ENTER, 200, 0, AS_ROOT, .is_session = true},
	  {20010, EXEC, 201, 0, .parent = 200, AS_ROOT, .is_session = true},
	  {30000, EXIT, 200, 0, AS_ROOT, .is_session = true},
	  {400000, GONE, .pid = 201}},
	 "10000 nonroot, 20000 root_session, 690010 nonroot"},
	{"an operator who is not root",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {20000, ENTER, 200, 0, UIDS(1000), .is_session = true},
	  {30000, EXIT, 200, 0, UIDS(1000), .is_session = true}},
	 "10000 nonroot"},
	{"a health check as root each 30 s is one change",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {30000, ENTER, 200, 0, AS_ROOT, .is_session = true},
	  {30010, EXIT, 200, 0, AS_ROOT, .is_session = true},
	  {60000, ENTER, 201, 0, AS_ROOT, .is_session = true},
	  {60010, EXIT, 201, 0, AS_ROOT, .is_session = true},
	  {90000, ENTER, 202, 0, AS_ROOT, .is_session = true},
	  {90010, EXIT, 202, 0, AS_ROOT, .is_session = true},
	  {300000, ENTER, 203, 0, AS_ROOT, .is_session = true},
	  {300010, EXIT, 203, 0, AS_ROOT, .is_session = true}},
	 "10000 nonroot, 30000 root_session, 600010 nonroot"},
	{"a saved uid 0 stays",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {10, SWITCH, 100, 1, .ruid = 999, .euid = 999, .suid = 0}},
	 "10000 incomplete_drop"},
	{"and goes",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {10, SWITCH, 100, 1, .ruid = 999, .euid = 999, .suid = 0},
	  {20000, SWITCH, 100, 1, UIDS(999)}},
	 "10000 incomplete_drop, 20000 drops_root"},
	{"root that is laid aside and taken back all the time",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {1000, SWITCH, 100, 1, .ruid = 0, .euid = 999, .suid = 0},
	  {8000, SWITCH, 100, 1, AS_ROOT},
	  {12000, SWITCH, 100, 1, .ruid = 0, .euid = 999, .suid = 0},
	  {20000, SWITCH, 100, 1, AS_ROOT},
	  {21000, SWITCH, 100, 1, .ruid = 0, .euid = 999, .suid = 0},
	  {30000, SWITCH, 100, 1, AS_ROOT},
	  {31000, SWITCH, 100, 1, .ruid = 0, .euid = 999, .suid = 0}},
	 "10000 incomplete_drop"},
	{"root that is taken back for good",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {1000, SWITCH, 100, 1, .ruid = 0, .euid = 999, .suid = 0},
	  {20000, SWITCH, 100, 1, AS_ROOT}},
	 "10000 incomplete_drop, 30000 root_init"},
	{"capabilities that are kept in a drop",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {10, SWITCH, 100, 1, UIDS(999), .capabilities = CAP_SYS_ADMIN}},
	 "10000 incomplete_drop"},
	{"capabilities without root",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(999), .capabilities = CAP_SYS_ADMIN}},
	 "10000 root_equivalent"},
	{"root of a user namespace",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(100000), .is_mapped = true}},
	 "10000 mapped_root"},
	{"such root that drops",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(100000), .is_mapped = true}, {10, SWITCH, 100, 1, UIDS(100999)}},
	 "10000 drops_root"},
	{"the host's root from a user namespace",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(100000), .is_mapped = true}, {20000, SWITCH, 101, 0, AS_ROOT}},
	 "10000 mapped_root, 20000 escalated"},
	{"root that ends within the grace time",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {2000, END, 100, 1, AS_ROOT}},
	 "2000 root_init"},
	{"a drop that ends within it",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {5, EXEC, 101, 0, .parent = 100, AS_ROOT},
	  {10, SWITCH, 100, 1, UIDS(999)},
	  {2000, END, 100, 1, UIDS(999)}},
	 "2000 drops_root"},
	{"nobody's that ends within it",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(999)}, {2000, END, 100, 1, UIDS(999)}},
	 "2000 nonroot"},
	{"a long life's end is no change",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {20000, END, .pid = 100}},
	 "10000 root_init"},
	{"a container that starts anew",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT}, {20000, END, .pid = 100}, {21000, ENTER, 300, 1, UIDS(999)}},
	 "10000 root_init, 31000 nonroot"},
	{"who asks before the grace time is over is told of no pass",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {2000, ASK, .pid = 100},
	  {3000, SWITCH, 100, 1, UIDS(999)},
	  {4000, ASK, .pid = 100}},
	 "2000 asked unknown, 4000 asked drops_root, 10000 drops_root"},
	{"nor of one that can become root again",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {1000, SWITCH, 100, 1, .ruid = 999, .euid = 999, .suid = 0},
	  {2000, ASK, .pid = 100}},
	 "2000 asked unknown, 10000 incomplete_drop"},
	{"found: a child that is root since a moment",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999)}, {30000, FOUND, 101, 0, .parent = 100, AS_ROOT, .started_ms = 28000}},
	 "38000 root_child"},
	{"found: root that runs for long", "0:0", 0, {{30000, FOUND, 100, 1, AS_ROOT}}, "30000 root_init"},
	{"found: root that runs since a moment", "0:0", 0, {{4000, FOUND, 100, 1, AS_ROOT}}, "10000 root_init"},
	{"found: what was started as it runs", "999:999", 0, {{30000, FOUND, 100, 1, UIDS(999)}}, "30000 nonroot"},
	{"found: what was started as root", "0:0", 0, {{30000, FOUND, 100, 1, UIDS(999)}}, "30000 drops_root"},
	{"found: nobody knows how it was started", NULL, 0, {{30000, FOUND, 100, 1, UIDS(999)}}, "30000 unknown"},
	{"found: root where there was none",
	 "999:999",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999)}, {30000, FOUND, 101, 0, .parent = 100, AS_ROOT}},
	 "30000 escalated"},
	{"found: a set-user-id program",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999)}, {30000, FOUND, 101, 0, .parent = 100, .ruid = 999}},
	 "30000 escalated"},
	{"found: init is root where it was not started so",
	 "999:999",
	 0,
	 {{30000, FOUND, 100, 1, AS_ROOT}},
	 "30000 escalated"},
	{"found: root that was inherited",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999)}, {30000, FOUND, 101, 0, .parent = 100, AS_ROOT}},
	 "30000 root_child"},
	{"found: an operator",
	 "999:999",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999)},
	  {30000, FOUND, 200, 0, AS_ROOT, .is_session = true},
	  {50000, GONE, .pid = 200}},
	 "30000 root_session, 330000 nonroot"},
	{"found: a saved uid 0",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, .ruid = 999, .euid = 999, .suid = 0}},
	 "30000 incomplete_drop"},
	{"a drop beside an io_uring instance that keeps root, until an exec closes it",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {38, SWITCH, 100, 1, UIDS(999), .keeps_ring = true},
	  {90000, EXEC, 100, 1, UIDS(999)}},
	 "10000 incomplete_drop, 90000 drops_root"},
	{"found: an io_uring instance that keeps root",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999), .keeps_ring = true}},
	 "30000 incomplete_drop"},
	{"capabilities for a moment",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {20000, EXEC, 101, 0, .parent = 100, UIDS(1000), .capabilities = CAP_SYS_ADMIN},
	  {20100, GONE, .pid = 101},
	  {90000, EXEC, 102, 0, UIDS(1000)}},
	 "10000 nonroot, 20000 root_equivalent"},
	{"the same before the grace time",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {2000, EXEC, 101, 0, .parent = 100, UIDS(1000), .capabilities = CAP_SYS_ADMIN},
	  {2100, GONE, .pid = 101}},
	 "10000 root_equivalent"},
	{"capabilities for a moment, where root was given up before",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, AS_ROOT},
	  {38, SWITCH, 100, 1, UIDS(999)},
	  {20000, EXEC, 101, 0, .parent = 100, UIDS(999), .capabilities = CAP_SYS_ADMIN},
	  {20100, GONE, .pid = 101}},
	 "10000 drops_root, 20000 root_equivalent"},
	{"uid 0 outranks capabilities that were gained",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(1000)},
	  {20000, EXEC, 101, 0, .parent = 100, UIDS(1000), .capabilities = CAP_SYS_ADMIN},
	  {20100, GONE, .pid = 101},
	  {30000, SETUID_EXEC, 102, 0, .parent = 100, .ruid = 1000},
	  {30100, GONE, .pid = 102}},
	 "10000 nonroot, 20000 root_equivalent, 30000 escalated"},
	{"found: a user's process with capabilities of a file, which ends",
	 "1000:1000",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(1000)},
	  {30000, FOUND, 101, 0, UIDS(1000), .capabilities = CAP_SYS_ADMIN, .started_ms = 1000},
	  {50000, GONE, .pid = 101}},
	 "30000 root_equivalent"},
	{"found: what root kept over its drop is no gain",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(999)},
	  {30000, FOUND, 101, 0, UIDS(999), .capabilities = CAP_SYS_ADMIN, .started_ms = 1000},
	  {50000, GONE, .pid = 101}},
	 "30000 incomplete_drop, 90000 drops_root"},
	{"found: what a container was started with is no gain",
	 "1000:1000",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(1000)},
	  {30000, FOUND, 101, 0, UIDS(1000), .capabilities = CAP_SYS_ADMIN, .has_ambient = true, .started_ms = 1000},
	  {50000, GONE, .pid = 101}},
	 "30000 root_equivalent, 90000 nonroot"},
	{"a user namespace's root over the host's",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(100000), .capabilities = CAP_SYS_ADMIN, .is_over_host_root = true}},
	 "10000 root_equivalent"},
	{"the same that drops it",
	 NULL,
	 0,
	 {{0, ENTER, 100, 1, UIDS(100000), .capabilities = CAP_SYS_ADMIN, .is_over_host_root = true},
	  {20000, SWITCH, 100, 1, UIDS(100500), .is_over_host_root = true}},
	 "10000 root_equivalent, 20000 drops_root"},
	{"found: a user namespace's root over the host's",
	 "0:0",
	 0,
	 {{30000, FOUND, 100, 1, UIDS(100000), .capabilities = CAP_SYS_ADMIN, .is_over_host_root = true}},
	 "30000 root_equivalent"},
};

/* A process as the kernel would know it. */
struct process {
	struct process_event event; /* as it was told last */
	bool is_alive;
};

struct stage {
	struct container container;
	struct config config;
	struct verdicts verdicts;
	struct process processes[PIDS_MAX];
	unsigned nr_processes;
	uint64_t next_walk_ns;
	char told[512];
};

static int keep(void *data, struct finding *finding, struct container *container)
{
	struct stage *stage = data;
	size_t size = strlen(stage->told);

	assert_ptr_equal(container, &stage->container);
	assert_true(finding->time_ns >= finding->verdict->since_ns);
	snprintf(stage->told + size, sizeof(stage->told) - size, "%s%llu %s", size ? ", " : "",
		 (unsigned long long)((finding->time_ns - BEGIN_NS) / MS), verdict_name(finding->verdict->verdict));
	return 0;
}

static struct process *process_of(struct stage *stage, uint32_t pid)
{
	struct process *process;

	for (unsigned i = 0; i < stage->nr_processes; i++) {
		if (stage->processes[i].event.task.tgid == pid)
			return &stage->processes[i];
	}
	assert_true(stage->nr_processes < PIDS_MAX);
	process = &stage->processes[stage->nr_processes++];
	process->event.task.tgid = process->event.task.tid = pid;
	return process;
}

static void note(struct stage *stage, const struct process_event *event)
{
	struct process_view view = {.event = event};
	struct finding finding = {.time_ns = event->header.time_ns, .process = &view, .container = &stage->container};
	bool is_told;

	if (track_start(&stage->container, &event->task))
		assert_int_equal(verdicts__begin(&stage->verdicts, &stage->container, event), 0);
	finding.role = track_role(&stage->container, &event->task);
	is_told = judge_process(false, &finding);
	assert_int_equal(verdicts__note(&stage->verdicts, &stage->container, &finding, is_told, finding.time_ns), 0);
}

static bool holds_something(const struct process_event *event)
{
	return event->after_root != EVENT_ROOT_NONE || !event->after.ruid || !event->after.suid || event->others.kept ||
	       event->task.flags & TASK_IO_URING;
}

/* As the kernel's walk does. */
static void walk(struct stage *stage, uint64_t now_ns)
{
	for (unsigned i = 0; i < stage->nr_processes; i++) {
		struct process *process = &stage->processes[i];
		struct process_event event = process->event;

		if (!process->is_alive || (!(event.task.flags & TASK_ENTRY) && !holds_something(&event)))
			continue;
		event.header.kind = EVENT_TASK;
		event.header.hook = HOOK_ITER_KNOWN;
		event.header.time_ns = now_ns;
		event.task.flags &= ~TASK_ENTERING;
		event.before = event.after;
		event.before_root = event.after_root;
		note(stage, &event);
	}
	stage->verdicts.walk_due_ns = UINT64_MAX;
	assert_int_equal(verdicts__note_walk(&stage->verdicts, &stage->container, now_ns, now_ns), 0);
	stage->next_walk_ns = now_ns + EVERY_NS;
}

/* What the agent does between two events. */
static void pass_time(struct stage *stage, uint64_t until_ns)
{
	for (int nr = 0;; nr++) {
		uint64_t due_ns = stage->verdicts.walk_due_ns < stage->next_walk_ns ? stage->verdicts.walk_due_ns
										    : stage->next_walk_ns;

		assert_true(nr < 100); /* walks without an end */
		if (due_ns > until_ns)
			return;
		walk(stage, due_ns);
	}
}

static void fill(struct process_event *event, const struct step *step)
{
	event->before = event->after;
	event->before_root = event->after_root;
	event->after = (struct event_creds){
		.is_known = 1,
		.ruid = step->ruid,
		.euid = step->euid,
		.suid = step->suid,
		.fsuid = step->euid,
		.rgid = 999,
		.egid = 999,
		.sgid = 999,
		.fsgid = 999,
		.cap_permitted = step->capabilities,
		.cap_ambient = step->has_ambient ? step->capabilities : 0,
		.userns_level = step->is_over_host_root,
	};
	event->userns = (struct event_userns){
		.nr_extents = step->is_over_host_root ? 2 : 0,
		.uid_extents = {{0, 100000, 1000}, {1000, 0, 1}},
	};
	event->after_root = !step->euid               ? EVENT_ROOT_REAL
			    : step->is_mapped         ? EVENT_ROOT_MAPPED
			    : step->capabilities != 0 ? EVENT_ROOT_EQUIVALENT
						      : EVENT_ROOT_NONE;
	event->task.vpid = step->vpid ? step->vpid : step->pid;
	event->task.parent_tgid = step->parent;
	event->task.tid = step->tid ? step->tid : step->pid;
	event->others = step->others;
	event->task.flags &= TASK_ENTRY;
	event->task.flags |= TASK_INSIDE | (step->is_session ? TASK_SESSION : 0) |
			     (step->keeps_ring ? TASK_IO_URING : 0) | (step->has_stub ? TASK_STUB : 0);
	event->file.mode = 0755;
}

static void ask(struct stage *stage, uint64_t now_ns)
{
	struct verdict_facts facts;
	struct finding finding = {};
	size_t size = strlen(stage->told);

	assert_true(verdicts__look(&stage->verdicts, &stage->container, now_ns, &facts, &finding));
	snprintf(stage->told + size, sizeof(stage->told) - size, "%s%llu asked %s", size ? ", " : "",
		 (unsigned long long)((now_ns - BEGIN_NS) / MS), verdict_name(facts.verdict));
}

static void act(struct stage *stage, const struct step *step)
{
	struct process *process = process_of(stage, step->pid);
	struct process_event *event = &process->event;
	uint64_t now_ns = BEGIN_NS + step->ms * MS;

	event->header.time_ns = now_ns;
	event->header.hook = HOOK_NONE;
	event->syscall = SYSCALL_NONE;
	if (!event->task.start_ns)
		event->task.start_ns = step->action == FOUND ? BEGIN_NS + step->started_ms * MS : now_ns;
	process->is_alive = step->action != GONE && step->action != EXIT;
	switch (step->action) {
	case ASK:
		ask(stage, now_ns);
		return;
	case GONE:
		return;
	case EXIT:
		event->header.kind = EVENT_EXIT;
		assert_int_equal(verdicts__note_exit(&stage->verdicts, &stage->container, event), 0);
		return;
	case END:
		for (unsigned i = 0; i < stage->nr_processes; i++)
			stage->processes[i].is_alive = false;
		assert_true(track_stop(&stage->container));
		assert_int_equal(verdicts__end(&stage->verdicts, &stage->container, now_ns), 0);
		return;
	default:
		break;
	}
	fill(event, step);
	event->header.kind = step->action == SWITCH || step->action == THREAD_END ? EVENT_CREDS : EVENT_EXEC;
	if (step->action == THREAD_END) {
		event->header.hook = HOOK_TP_BTF_EXIT;
		event->before.euid = 0;
		event->before_root = EVENT_ROOT_REAL;
	}
	if (step->action == SWITCH)
		event->syscall = SYSCALL_SETRESUID;
	if (step->action == ENTER || (step->action == FOUND && (step->vpid == 1 || step->is_session)))
		event->task.flags |= TASK_ENTRY;
	if (step->action == ENTER)
		event->task.flags |= TASK_ENTERING;
	if (step->action == ENTER || step->action == FOUND) {
		event->before.is_known = 0;
		event->before_root = EVENT_ROOT_UNTOLD;
	} else if (!event->before.is_known) { /* a child that was not seen forking */
		event->before = event->after;
		event->before_root = event->after_root;
		event->before.euid = event->before.fsuid = event->before.suid = event->after.ruid;
		event->before_root = event->after.ruid ? EVENT_ROOT_NONE : EVENT_ROOT_REAL;
		if (step->action == SWITCH) {
			event->before.ruid = event->before.euid = event->before.suid = event->before.fsuid = 100500;
			event->before_root = EVENT_ROOT_NONE;
		}
	}
	if (step->action == SETUID_EXEC)
		event->file = (struct event_file){.mode = 04755, .flags = FILE_KNOWN};
	if (step->action == FOUND) {
		event->header.kind = EVENT_TASK;
		event->header.hook = HOOK_ITER_TASK;
	}
	note(stage, event);
}

static void verdicts_follow(void **state)
{
	const struct row *row = *state;
	struct stage *stage = calloc(1, sizeof(*stage));
	bool is_found = row->steps[0].action == FOUND;
	uint64_t end_ns = BEGIN_NS;

	assert_non_null(stage);
	stage->config.grace_s = row->grace_s ? row->grace_s : CONFIG_DEFAULT_GRACE_S;
	stage->container.facts.resolved_user = (char *)row->resolved_user;
	stage->next_walk_ns = UINT64_MAX;
	verdicts__init(&stage->verdicts, &stage->config, 0, keep, stage);
	for (unsigned i = 0; i < STEPS_MAX && row->steps[i].action; i++) {
		uint64_t at_ns = BEGIN_NS + row->steps[i].ms * MS;

		/* The first walk is over when all that it found is told. */
		if (is_found && row->steps[i].action != FOUND) {
			is_found = false;
			walk(stage, end_ns);
		}
		if (!is_found)
			pass_time(stage, at_ns - 1);
		act(stage, &row->steps[i]);
		end_ns = at_ns;
		if (stage->next_walk_ns == UINT64_MAX)
			stage->next_walk_ns = at_ns + EVERY_NS;
	}
	if (is_found)
		walk(stage, end_ns);
	pass_time(stage, end_ns + 1000000 * MS);
	if (strcmp(stage->told, row->expected) != 0)
		fail_msg("%s:\n  told     %s\n  expected %s", row->name, stage->told, row->expected);
	verdicts__destroy(&stage->verdicts);
	free(stage->container.history);
	free(stage);
}

/* Who asks before the grace time is over is not told that root was given up. */
static void it_is_asked_for_too_early(void **state)
{
	const struct step enter = {0, ENTER, 100, 1, AS_ROOT}, drop = {10, SWITCH, 100, 1, UIDS(999)};
	struct stage *stage = calloc(1, sizeof(*stage));
	struct finding finding = {};
	struct verdict_facts facts;

	(void)state;
	assert_non_null(stage);
	stage->config.grace_s = CONFIG_DEFAULT_GRACE_S;
	verdicts__init(&stage->verdicts, &stage->config, 0, keep, stage);
	act(stage, &enter);
	assert_true(verdicts__look(&stage->verdicts, &stage->container, BEGIN_NS + 5 * MS, &facts, &finding));
	assert_int_equal(facts.verdict, VERDICT_UNKNOWN);
	assert_non_null(facts.decisive);
	act(stage, &drop);
	assert_true(verdicts__look(&stage->verdicts, &stage->container, BEGIN_NS + 20 * MS, &facts, &finding));
	assert_int_equal(facts.verdict, VERDICT_DROPS_ROOT);
	assert_string_equal(stage->told, "");
	verdicts__destroy(&stage->verdicts);
	free(stage->container.history);
	free(stage);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows) + 1];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, verdicts_follow);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(it_is_asked_for_too_early);
	return _cmocka_run_group_tests("verdict", tests, nr_tests, NULL, NULL);
}
