/* SPDX-License-Identifier: Apache-2.0 */
/* Records go in, findings come out: in order, each once, and the same ones again for the same records. */
#include "table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/drops.h"
#include "cmd/pipeline.h"
#include "fake_knowledge.h"
#include "judge/verdict.h"
#include "sample.h"

#define ID_A     "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"
#define ID_B     "8b1d0e6f2c7a4953d8e1f0a6b5c4392e7d1f8a0b6c3e5d49f2a7b8c1d0e6f534"
#define DOCKER_A "/docker/" ID_A
#define DOCKER_B "/docker/" ID_B
#define V1(id)   ((uint64_t)(id) | 5ULL << CGROUP_KEY_SHIFT)

#define STEPS_MAX   14
#define START_NS    3600000000000ULL
#define STEP_NS     1000000ULL
#define PIDNS_HOST  0
#define NOT_KNOWN   UINT32_MAX
#define UNDECODABLE EVENT_KIND_END

/* A record, as far as the rows differ. */
struct step {
	unsigned kind; /* enum event_kind, or UNDECODABLE */
	uint64_t cgroup, parent_key;
	const char *path;
	uint32_t tgid, vpid, pidns, flags;
	uint32_t before, after;       /* all uids of a process; NOT_KNOWN: not seen before */
	uint64_t pause_ns;            /* before it */
	bool kept_saved, keeps_saved; /* the saved uid is 0 before, after */
	uint32_t tid;                 /* 0: the first thread's */
	enum event_root others_root;
	uint32_t maker, number; /* of a cgroup, of a container that is empty */
};

/* Comes in, as pid 1 of a namespace that has the number of its cgroup unless said otherwise. */
#define ENTER(cgroup_, tgid_, vpid_, uid)                                                                              \
	{                                                                                                              \
		.kind = EVENT_EXEC, .cgroup = (cgroup_), .tgid = (tgid_), .vpid = (vpid_),                             \
		.pidns = 1000 + (uint32_t)(cgroup_), .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,                \
		.before = NOT_KNOWN, .after = (uid)                                                                    \
	}
#define PROCESS(kind_, cgroup_, tgid_, vpid_, flags_, before_, after_)                                                 \
	{                                                                                                              \
		.kind = (kind_), .cgroup = (cgroup_), .tgid = (tgid_), .vpid = (vpid_),                                \
		.pidns = 1000 + (uint32_t)(cgroup_), .flags = TASK_INSIDE | (flags_), .before = (before_),             \
		.after = (after_)                                                                                      \
	}
/* Process 100 of the container in cgroup 10. */
#define CHANGE(kind_, before_, after_, ...)                                                                            \
	{                                                                                                              \
		.kind = (kind_), .cgroup = 10, .tgid = 100, .vpid = 1, .pidns = 1010,                                  \
		.flags = TASK_INSIDE | TASK_ENTRY, .before = (before_), .after = (after_), ##__VA_ARGS__               \
	}
#define SWITCH(before_, after_, ...) CHANGE(EVENT_CREDS, before_, after_, ##__VA_ARGS__)
#define STARTS                       MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 0)
#define STARTED                                                                                                        \
	"1 100 init container_start real - 0\n"                                                                        \
	"1 100 init exec_root real - 21\n"
/* The first program below a stub, and the end of a stub. */
#define ENTER_BY_STUB(cgroup_, tgid_, vpid_, uid)                                                                      \
	{                                                                                                              \
		.kind = EVENT_EXEC, .cgroup = (cgroup_), .tgid = (tgid_), .vpid = (vpid_),                             \
		.pidns = 1000 + (uint32_t)(cgroup_), .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING | TASK_STUB,    \
		.before = NOT_KNOWN, .after = (uid)                                                                    \
	}
#define EXIT_OF_STUB(cgroup_, tgid_)                                                                                   \
	{                                                                                                              \
		.kind = EVENT_EXIT, .cgroup = (cgroup_), .tgid = (tgid_), .vpid = 1,                                   \
		.pidns = 1000 + (uint32_t)(cgroup_), .flags = TASK_ENTRY | TASK_STUB                                   \
	}
/* In the host's pid namespace, in no cgroup that is known any more. */
#define IN(number_, kind_, tgid_, before_, after_)                                                                     \
	{                                                                                                              \
		.kind = (kind_), .number = (number_), .tgid = (tgid_), .vpid = (tgid_),                                \
		.flags = TASK_INSIDE | TASK_HOST_PIDNS, .before = (before_), .after = (after_)                         \
	}
#define EXIT(cgroup_, tgid_, vpid_) PROCESS(EVENT_EXIT, cgroup_, tgid_, vpid_, TASK_ENTRY, 0, 0)
#define MKDIR(key, parent, path_)                                                                                      \
	{                                                                                                              \
		.kind = EVENT_CGROUP_MKDIR, .cgroup = (key), .parent_key = (parent), .path = (path_)                   \
	}
/* By a process of that container. */
#define MADE(maker_, key, parent, path_)                                                                               \
	{                                                                                                              \
		.kind = EVENT_CGROUP_MKDIR, .cgroup = (key), .parent_key = (parent), .path = (path_),                  \
		.maker = (maker_)                                                                                      \
	}
#define EMPTY(number_)                                                                                                 \
	{                                                                                                              \
		.kind = EVENT_CONTAINER_EMPTY, .number = (number_)                                                     \
	}
#define RMDIR(key)                                                                                                     \
	{                                                                                                              \
		.kind = EVENT_CGROUP_RMDIR, .cgroup = (key)                                                            \
	}

static const struct flow_row {
	const char *name;
	bool wants_all;
	enum facts_isolation isolation;
	const char *state_path, *state_id; /* what a runtime's state on disk says */
	const char *allow_container, *allow_executable;
	struct step steps[STEPS_MAX];
	const char *findings; /* a line each: container's number, pid, role, kind, root, cause, severity */
} flows[] = {
	{"a container that starts as root, drops and ends",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 0), PROCESS(EVENT_EXEC, 10, 100, 1, TASK_ENTRY, 0, 0),
		   PROCESS(EVENT_CREDS, 10, 100, 1, TASK_ENTRY, 0, 999),
		   PROCESS(EVENT_EXEC, 10, 100, 1, TASK_ENTRY, 999, 999), EXIT(10, 100, 1), EMPTY(1), RMDIR(10)},
	 .findings = "1 100 init container_start real - 0\n"
		     "1 100 init exec_root real - 21\n"
		     "1 100 init exec_root real inherited 21\n"
		     "1 100 init drop_root none - 0 complete\n"
		     "1 - - verdict drops_root - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"a container that is not root says when it starts and ends",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), PROCESS(EVENT_EXEC, 10, 101, 2, 0, 1000, 1000),
		   EXIT(10, 100, 1), EMPTY(1), RMDIR(10)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"who wants all gets each exec", .wants_all = true,
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), PROCESS(EVENT_EXEC, 10, 101, 2, 0, 1000, 1000)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 100 init exec none - 0\n"
		     "1 101 child exec none - 0\n"},
	{"a gain in a container that is not root alerts",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), PROCESS(EVENT_CREDS, 10, 101, 2, 0, 1000, 0)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"},
	{"a root session of an operator",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), ENTER(10, 200, 17, 0),
		   PROCESS(EVENT_EXEC, 10, 201, 18, 0, 0, 0), EXIT(10, 200, 17), EXIT(10, 100, 1), EMPTY(1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 200 session exec_root real - 47\n"
		     "1 201 child exec_root real inherited 21\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"a container ends once, however often its end is reported",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 0), RMDIR(10), EXIT(10, 100, 1), EMPTY(1), EMPTY(1),
		   RMDIR(10)},
	 .findings = "1 100 init container_start real - 0\n"
		     "1 100 init exec_root real - 21\n"
		     "1 - - verdict root_init - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"a container in which nothing ran neither starts nor ends", .steps = {MKDIR(10, 1, DOCKER_A), RMDIR(10)},
	 .findings = ""},
	{"two hierarchies are one container",
	 .steps = {MKDIR(V1(10), V1(1), DOCKER_A), MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000),
		   PROCESS(EVENT_CREDS, V1(10), 101, 2, 0, 1000, 0), EMPTY(1), RMDIR(10), RMDIR(V1(10))},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"a restart under the same id is another container",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), EXIT(10, 100, 1), EMPTY(1), RMDIR(10),
		   MKDIR(11, 1, DOCKER_A), ENTER(11, 300, 1, 1000), PROCESS(EVENT_CREDS, 10, 101, 2, 0, 1000, 0)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"
		     "2 300 init container_start none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"},
	{"a restart in the same cgroup starts the same container again",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), EXIT(10, 100, 1), EMPTY(1), ENTER(10, 300, 1, 1000),
		   EXIT(10, 300, 1), EMPTY(1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"
		     "1 300 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"a container in a container",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), MADE(1, 11, 10, DOCKER_A "/docker"),
		   MADE(1, 12, 11, DOCKER_A DOCKER_B), ENTER(12, 200, 1, 1000), EXIT(12, 200, 1), EMPTY(2), RMDIR(12),
		   PROCESS(EVENT_CREDS, 11, 101, 2, 0, 1000, 0)},
	 .findings = "1 100 init container_start none - 0\n"
		     "2 200 init container_start none - 0\n"
		     "2 - - verdict nonroot - 0\n"
		     "2 - - container_stop none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"},
	{"a container that only its runtime's state names", .state_path = "/custom/job", .state_id = "job-1",
	 .steps = {MKDIR(10, 1, "/custom/job"), ENTER(10, 100, 1, 0), EMPTY(1), RMDIR(10)},
	 .findings = "1 100 init container_start real - 0\n"
		     "1 100 init exec_root real - 21\n"
		     "1 - - verdict root_init - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"the host is nobody's container",
	 .steps = {MKDIR(10, 1, "/system.slice/ssh.service"),
		   {.kind = EVENT_EXEC,
		    .cgroup = 10,
		    .tgid = 100,
		    .vpid = 100,
		    .flags = TASK_HOST_PIDNS,
		    .before = NOT_KNOWN},
		   {.kind = EVENT_CREDS,
		    .cgroup = 10,
		    .tgid = 100,
		    .vpid = 100,
		    .flags = TASK_HOST_PIDNS,
		    .before = 1000},
		   MKDIR(11, 1, "/machine.slice/libpod-conmon-" ID_A ".scope"),
		   {.kind = EVENT_EXEC,
		    .cgroup = 11,
		    .tgid = 101,
		    .vpid = 101,
		    .flags = TASK_HOST_PIDNS,
		    .before = NOT_KNOWN},
		   {.kind = EVENT_EXEC, .tgid = 102, .vpid = 102, .flags = TASK_HOST_PIDNS, .before = NOT_KNOWN}},
	 .findings = ""},
	{"a pid namespace that no runtime claims, without root, is not reported",
	 .steps = {MKDIR(10, 1, "/user.slice/session-1.scope"), ENTER(10, 100, 1, 1000),
		   PROCESS(EVENT_EXEC, 10, 101, 2, 0, 1000, 1000), EXIT(10, 100, 1), RMDIR(10)},
	 .findings = ""},
	{"root in a pid namespace that no runtime claims makes it a container from its start on",
	 .steps = {MKDIR(10, 1, "/user.slice/session-1.scope"), ENTER(10, 100, 1, 1000),
		   PROCESS(EVENT_EXEC, 10, 101, 2, 0, 1000, 1000), PROCESS(EVENT_CREDS, 10, 101, 2, 0, 1000, 0),
		   EXIT(10, 100, 1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"root that a pid namespace begins with makes it a container at once",
	 .steps = {MKDIR(10, 1, "/user.slice/session-1.scope"), ENTER(10, 100, 1, 0),
		   PROCESS(EVENT_CREDS, 10, 100, 1, TASK_ENTRY, 0, 1000), EXIT(10, 100, 1)},
	 .findings = "1 100 init container_start real - 0\n"
		     "1 100 init exec_root real - 21\n"
		     "1 100 init drop_root none - 0 complete\n"
		     "1 - - verdict drops_root - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"a pid namespace in a cgroup that the system made for it is a runtime's",
	 .steps = {MKDIR(10, 1, "/system.slice/any.scope"), ENTER(10, 100, 1, 1000), EXIT(10, 100, 1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"a runtime on a kernel of its own: only what its processes gain is reported", .isolation = ISOLATION_GVISOR,
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 0), PROCESS(EVENT_EXEC, 10, 100, 1, TASK_ENTRY, 0, 0),
		   ENTER(10, 200, 17, 0), PROCESS(EVENT_CREDS, 10, 200, 17, TASK_ENTRY, 0, 65534), EXIT(10, 100, 1),
		   EMPTY(1)},
	 .findings = "1 - - container_start none - 0\n"
		     "1 - - verdict unknown - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"what breaks out of a sandboxed runtime", .isolation = ISOLATION_VM,
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 65534),
		   PROCESS(EVENT_CREDS, 10, 100, 1, TASK_ENTRY, 65534, 0), EXIT(10, 100, 1), EMPTY(1)},
	 .findings = "1 - - container_start none - 0\n"
		     "1 100 init gain_root real set_uid 73 alert\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"a pid namespace on the host, and the next one with its number", .wants_all = true,
	 .steps = {MKDIR(10, 1, "/user.slice/session-1.scope"),
		   ENTER(10, 100, 1, 1000),
		   EXIT(10, 100, 1),
		   ENTER(10, 200, 1, 1000),
		   EXIT(10, 200, 1),
		   {.kind = EVENT_EXEC,
		    .cgroup = 10,
		    .tgid = 300,
		    .vpid = 1,
		    .pidns = 1010,
		    .before = NOT_KNOWN,
		    .after = 1000,
		    .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING,
		    .pause_ns = 5000000000ULL},
		   EXIT(10, 300, 1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 100 init exec none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"
		     "2 200 init container_start none - 0\n"
		     "2 200 init exec none - 0\n"
		     "2 - - verdict nonroot - 0\n"
		     "2 - - container_stop none - 0\n"
		     "3 300 init container_start none - 0\n"
		     "3 300 init exec none - 0\n"
		     "3 - - verdict nonroot - 0\n"
		     "3 - - container_stop none - 0\n"},
	{"a container in the host's pid namespace",
	 .steps = {MKDIR(10, 1, DOCKER_A),
		   {.kind = EVENT_EXEC,
		    .cgroup = 10,
		    .tgid = 100,
		    .vpid = 100,
		    .before = NOT_KNOWN,
		    .after = 1000,
		    .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING | TASK_HOST_PIDNS},
		   {.kind = EVENT_CREDS,
		    .cgroup = 10,
		    .tgid = 101,
		    .vpid = 101,
		    .before = 1000,
		    .flags = TASK_INSIDE | TASK_HOST_PIDNS},
		   {.kind = EVENT_EXIT,
		    .cgroup = 10,
		    .tgid = 100,
		    .vpid = 100,
		    .flags = TASK_INSIDE | TASK_ENTRY | TASK_HOST_PIDNS},
		   EMPTY(1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"what ran before the agent did is found, not started, and its end is told",
	 .steps = {MKDIR(10, 1, DOCKER_A), PROCESS(EVENT_TASK, 10, 100, 1, TASK_ENTRY, NOT_KNOWN, 0),
		   PROCESS(EVENT_TASK, 10, 101, 2, 0, NOT_KNOWN, 0), PROCESS(EVENT_TASK, 10, 102, 3, 0, NOT_KNOWN, 33),
		   EXIT(10, 100, 1), EMPTY(1)},
	 .findings = "1 100 init root_found real - 21\n"
		     "1 101 child root_found real - 21\n"
		     "1 - - verdict root_init - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"a drop that goes on within a second is one",
	 .steps = {STARTS, SWITCH(0, 999, .keeps_saved = true), SWITCH(999, 999, .kept_saved = true)},
	 .findings = STARTED "1 100 init drop_root none - 0 complete\n"},
	{"a drop that an exec ends within a second is one",
	 .steps = {STARTS, SWITCH(0, 999, .keeps_saved = true), CHANGE(EVENT_EXEC, 999, 999, .kept_saved = true)},
	 .findings = STARTED "1 100 init drop_root none - 0 complete\n"},
	{"a drop that goes on after a second is two",
	 .steps = {STARTS, SWITCH(0, 999, .keeps_saved = true),
		   SWITCH(999, 999, .kept_saved = true, .pause_ns = 1000000000)},
	 .findings = STARTED "1 100 init drop_root none - 21\n"
			     "1 100 init drop_root none - 0 complete\n"},
	{"an incomplete drop comes with the first record a second later, of any process",
	 .steps = {STARTS,
		   SWITCH(0, 999, .keeps_saved = true),
		   MKDIR(20, 1, DOCKER_B),
		   {.kind = UNDECODABLE},
		   PROCESS(EVENT_EXEC, 10, 101, 2, 0, 0, 0),
		   {.kind = EVENT_CGROUP_RMDIR, .cgroup = 20, .pause_ns = 1000000000}},
	 .findings = STARTED "1 101 child exec_root real inherited 21\n"
			     "1 100 init drop_root none - 21\n"},
	{"an incomplete drop comes before what else its process does",
	 .steps = {STARTS, SWITCH(0, 999, .keeps_saved = true), SWITCH(999, 0, .kept_saved = true),
		   SWITCH(0, 999, .keeps_saved = true), SWITCH(999, 998, .kept_saved = true, .keeps_saved = true),
		   SWITCH(998, 998, .kept_saved = true)},
	 .findings = STARTED "1 100 init drop_root none - 21\n"
			     "1 100 init gain_root real set_uid 47 alert\n"
			     "1 100 init drop_root none - 21\n"
			     "1 100 init uid_change none - 0\n"
			     "1 100 init drop_root none - 0 complete\n"},
	{"an incomplete drop comes before a scan shows its process",
	 .steps = {STARTS, SWITCH(0, 999, .keeps_saved = true),
		   CHANGE(EVENT_TASK, 999, 999, .kept_saved = true, .keeps_saved = true),
		   SWITCH(999, 999, .kept_saved = true)},
	 .findings = STARTED "1 100 init drop_root none - 21\n"
			     "1 100 init drop_root none - 0 complete\n"},
	{"an incomplete drop comes before its container's end",
	 .steps = {STARTS, SWITCH(0, 999, .keeps_saved = true), EXIT(10, 100, 1), EMPTY(1)},
	 .findings = STARTED "1 100 init drop_root none - 21\n"
			     "1 - - verdict incomplete_drop - 47\n"
			     "1 - - container_stop none - 0\n"},
	{"a drop of all threads, one after the other, is one",
	 .steps = {STARTS, SWITCH(0, 999, .tid = 105, .others_root = EVENT_ROOT_REAL),
		   SWITCH(0, 999, .tid = 106, .others_root = EVENT_ROOT_REAL), SWITCH(0, 999)},
	 .findings = STARTED "1 100 init drop_root none - 0 complete\n"},
	{"a drop of all threads in two steps each is one",
	 .steps = {STARTS, SWITCH(0, 999, .tid = 105, .keeps_saved = true, .others_root = EVENT_ROOT_REAL),
		   SWITCH(0, 999, .keeps_saved = true, .others_root = EVENT_ROOT_EQUIVALENT),
		   SWITCH(999, 999, .tid = 105, .kept_saved = true, .others_root = EVENT_ROOT_EQUIVALENT),
		   SWITCH(999, 999, .kept_saved = true)},
	 .findings = STARTED "1 100 init drop_root none - 0 complete\n"},
	{"drops of two threads to different users are two",
	 .steps = {STARTS,
		   SWITCH(0, 999, .tid = 105, .others_root = EVENT_ROOT_REAL),
		   SWITCH(0, 998, .tid = 106, .others_root = EVENT_ROOT_REAL, .pause_ns = 1000000),
		   {.kind = EVENT_CGROUP_RMDIR, .cgroup = 20, .pause_ns = 1000000000}},
	 .findings = STARTED "1 100 init drop_root none - 21\n"
			     "1 100 init drop_root none - 21\n"},
	{"a container whose pid 1 never execs starts with the first program below it, and stops with pid 1",
	 .steps = {MKDIR(10, 1, "/user.slice/session-1.scope"), ENTER_BY_STUB(10, 101, 2, 0),
		   PROCESS(EVENT_EXEC, 10, 102, 3, TASK_STUB, 0, 0),
		   PROCESS(EVENT_EXIT, 10, 101, 2, TASK_ENTRY | TASK_STUB, 0, 0), EXIT_OF_STUB(10, 100),
		   ENTER_BY_STUB(10, 201, 2, 0), EXIT_OF_STUB(10, 200)},
	 .findings = "1 101 init container_start real - 0\n"
		     "1 101 init exec_root real - 21\n"
		     "1 102 child exec_root real inherited 21\n"
		     "1 - - verdict root_init - 73\n"
		     "1 - - container_stop none - 0\n"
		     "2 201 init container_start real - 0\n"
		     "2 201 init exec_root real - 21\n"
		     "2 - - verdict root_init - 73\n"
		     "2 - - container_stop none - 0\n"},
	{"a hook before pid 1 execs is the container's start, and pid 1 is what the verdict is of",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER_BY_STUB(10, 101, 2, 0),
		   PROCESS(EVENT_EXIT, 10, 101, 2, TASK_ENTRY | TASK_STUB, 0, 0), ENTER(10, 100, 1, 1000),
		   EXIT(10, 100, 1), EMPTY(1)},
	 .findings = "1 101 init container_start real - 0\n"
		     "1 101 init exec_root real - 21\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"},
	{"a removed container's last events are still its own for a second",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), EMPTY(1), RMDIR(10),
		   PROCESS(EVENT_CREDS, 10, 101, 2, 0, 1000, 0)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"},
	{"a container lives on without its first process and its cgroups until its last process ends",
	 .steps = {MKDIR(10, 1, DOCKER_A),
		   ENTER(10, 100, 100, 0),
		   EXIT(10, 100, 100),
		   RMDIR(10),
		   {.kind = EVENT_CGROUP_MKDIR, .cgroup = 30, .parent_key = 1, .path = "/a", .pause_ns = 3000000000ULL},
		   IN(1, EVENT_CREDS, 101, 0, 1000),
		   IN(1, EVENT_CREDS, 101, 1000, 0),
		   EMPTY(1)},
	 .findings = "1 100 init container_start real - 0\n"
		     "1 100 init exec_root real - 21\n"
		     "1 101 child drop_root none - 0 complete\n"
		     "1 101 child gain_root real set_uid 73 alert\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"a container whose end was reported too early goes on without a second start",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), EMPTY(1), IN(1, EVENT_CREDS, 101, 1000, 0),
		   EMPTY(1)},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 - - verdict nonroot - 0\n"
		     "1 - - container_stop none - 0\n"
		     "1 101 child gain_root real set_uid 73 alert\n"
		     "1 - - verdict escalated - 73\n"
		     "1 - - container_stop none - 0\n"},
	{"the end of a container that is not known is no finding", .steps = {EMPTY(7), EMPTY(0)}, .findings = ""},
	{"a process that entered a new cgroup of its own container is no session",
	 .steps = {MKDIR(10, 1, DOCKER_A),
		   ENTER(10, 100, 1, 1000),
		   MADE(1, 11, 10, DOCKER_A "/own"),
		   {.kind = EVENT_EXEC,
		    .cgroup = 11,
		    .tgid = 101,
		    .vpid = 2,
		    .pidns = 1010,
		    .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING | TASK_SESSION | TASK_WAS_INSIDE,
		    .before = 0,
		    .after = 0}},
	 .findings = "1 100 init container_start none - 0\n"
		     "1 101 child exec_root real inherited 21\n"},
	{"a container that a container's process makes at the root is nested, and an allow-list does not match it",
	 .allow_container = ID_B, .allow_executable = "/usr/bin/*",
	 .steps = {MKDIR(10, 1, DOCKER_A), ENTER(10, 100, 1, 1000), MADE(1, 20, 1, DOCKER_B), ENTER(20, 200, 1, 1000),
		   PROCESS(EVENT_CREDS, 20, 201, 2, 0, 1000, 0)},
	 .findings = "1 100 init container_start none - 0\n"
		     "2 200 init container_start none - 0\n"
		     "2 201 child gain_root real set_uid 73 alert\n"},
	{"what does not decode is dropped",
	 .steps = {{.kind = UNDECODABLE},
		   MKDIR(10, 1, DOCKER_A),
		   {.kind = UNDECODABLE},
		   ENTER(10, 100, 1, 1000),
		   {.kind = UNDECODABLE}},
	 .findings = "1 100 init container_start none - 0\n"},
	{"what is allowed is told without an alert", .allow_container = ID_A, .allow_executable = "/usr/bin/*",
	 .steps = {MKDIR(10, 1, DOCKER_A), MKDIR(20, 1, DOCKER_B), PROCESS(EVENT_CREDS, 10, 101, 2, 0, 1000, 0),
		   PROCESS(EVENT_CREDS, 20, 201, 2, 0, 1000, 0)},
	 .findings = "1 101 child gain_root real set_uid 0 allowed\n"
		     "2 201 child gain_root real set_uid 73 alert\n"},
};

struct run {
	struct fake_knowledge fake;
	struct config_allow allow;
	struct config config;
	struct pipeline *pipeline;
	uint64_t time_ns, last_sequence;
	int emit_err;
	char text[4096];
	size_t size;
	uint64_t sum; /* of all findings, where they are too many for the text */
};

static int emit(void *data, const struct finding *finding, struct container *container)
{
	const char *role = process_role_name(finding->role), *cause = root_cause_name(finding->cause);
	struct run *run = data;
	char number[16] = "-", pid[16] = "-", line[256];

	assert_ptr_equal(finding->container, container);
	assert_int_equal(finding->sequence, run->last_sequence + 1);
	run->last_sequence = finding->sequence;
	/* A start that was withheld happened before, and a drop that is not complete waits for what completes it. */
	if (finding->kind == FINDING_CONTAINER_START ||
	    (finding->kind == FINDING_DROP_ROOT && !finding->drop_is_complete))
		assert_true(finding->time_ns <= run->time_ns);
	else
		assert_int_equal(finding->time_ns, run->time_ns);
	assert_int_equal(finding->is_allowed, finding->allow_reason != NULL);
	if (container)
		snprintf(number, sizeof(number), "%u", container->number);
	if (finding->process)
		snprintf(pid, sizeof(pid), "%u", finding->process->event->task.tgid);
	snprintf(line, sizeof(line), "%s %s %s %s %s %s %d%s%s%s\n", number, pid, role ? role : "-",
		 finding_name(finding->kind),
		 finding->verdict ? verdict_name(finding->verdict->verdict) : root_kind_name(finding->root),
		 cause ? cause : "-", finding->severity, finding->is_alert ? " alert" : "",
		 finding->is_allowed ? " allowed" : "", finding->drop_is_complete ? " complete" : "");
	for (const char *c = line; *c; c++)
		run->sum = (run->sum ^ (unsigned char)*c) * 0x100000001b3ULL;
	if (run->size + strlen(line) < sizeof(run->text))
		run->size += sprintf(run->text + run->size, "%s", line);
	return run->emit_err;
}

static void open_run(struct run *run, bool wants_all)
{
	struct pipeline_options options = {
		.config = &run->config, .wants_all = wants_all, .emit = emit, .emit_data = run};

	run->time_ns = START_NS;
	run->text[0] = '\0';
	options.knowledge = fake__knowledge(&run->fake);
	assert_int_equal(pipeline__new(&options, &run->pipeline), 0);
}

static uint64_t buffer[(PROCESS_EVENT_MAX + 7) / 8];

static size_t make_cgroup(const struct step *step)
{
	struct cgroup_event *event = (struct cgroup_event *)buffer;

	memset(event, 0, sizeof(*event));
	event->path_size = step->path ? strlen(step->path) + 1 : 0;
	event->key = step->cgroup;
	event->parent_key = step->parent_key;
	event->container = step->number;
	event->maker = step->maker;
	if (step->path)
		memcpy(event->path, step->path, event->path_size);
	event->header = (struct event_header){
		.abi = EVENT_ABI, .kind = step->kind, .size = sizeof(*event) + event->path_size, .ring = RING_ALERTS};
	return event->header.size;
}

static void set_uids(struct event_creds *creds, uint32_t uid)
{
	*creds = (struct event_creds){.userns_inum = 1};
	if (uid == NOT_KNOWN)
		return;
	creds->is_known = 1;
	creds->ruid = creds->euid = creds->suid = creds->fsuid = uid;
}

static size_t make_process(const struct step *step)
{
	const struct sample_strings strings = {.executable = SPAN("sh\0bin\0usr\0"), .args = SPAN("sh\0")};
	struct process_event event = {
		.header = {.kind = step->kind, .hook = HOOK_TP_BTF_EXEC},
		.task = {.tgid = step->tgid,
			 .tid = step->tgid,
			 .vpid = step->vpid,
			 .start_ns = START_NS - 1000000 + step->tgid,
			 .cgroup = step->cgroup,
			 .container = step->number,
			 .pidns_inum = step->pidns,
			 .mntns_inum = step->flags & TASK_HELPER ? 1 : 7,
			 .flags = step->flags,
			 .comm = "sh"},
		.file = {.flags = FILE_KNOWN, .mode = S_IFREG | 0755},
		.syscall = step->kind == EVENT_CREDS ? SYSCALL_SETRESUID : SYSCALL_NONE,
	};

	set_uids(&event.before, step->before);
	set_uids(&event.after, step->after);
	if (step->kept_saved)
		event.before.suid = 0;
	if (step->keeps_saved)
		event.after.suid = 0;
	if (step->tid)
		event.task.tid = step->tid;
	event.others.root = step->others_root;
	if (step->others_root)
		event.others.tid = step->tgid;
	if (step->kind == EVENT_TASK && step->before != NOT_KNOWN)
		event.header.hook = HOOK_ITER_KNOWN;
	return sample_process(&event, &strings, buffer);
}

static int feed(struct run *run, const struct step *step)
{
	size_t size;

	switch (step->kind) {
	case UNDECODABLE:
		memset(buffer, 0xff, 64);
		size = 61;
		break;
	case EVENT_CGROUP_MKDIR:
	case EVENT_CGROUP_RMDIR:
	case EVENT_CONTAINER_EMPTY:
		size = make_cgroup(step);
		break;
	default:
		size = make_process(step);
	}
	run->time_ns += STEP_NS + step->pause_ns;
	((struct event_header *)buffer)->time_ns = run->time_ns;
	return pipeline__handle(run->pipeline, buffer, size);
}

static void findings_are(void **state)
{
	const struct flow_row *row = *state;

	for (int time = 0; time < 2; time++) {
		unsigned nr_steps = 0, nr_undecodable = 0, nr_findings = 0;
		struct pipeline_counts counts;
		struct run run = {};

		run.fake.states[0].path = row->state_path;
		run.fake.states[0].id = row->state_id;
		run.fake.isolation = row->isolation;
		run.allow = (struct config_allow){.container = (char *)row->allow_container,
						  .executable = (char *)row->allow_executable,
						  .reason = (char *)"expected"};
		run.config = (struct config){.allow = &run.allow, .allow_count = row->allow_container != NULL};
		open_run(&run, row->wants_all);
		for (const struct step *step = row->steps; step < row->steps + STEPS_MAX && step->kind; step++) {
			assert_int_equal(feed(&run, step), 0);
			nr_undecodable += step->kind == UNDECODABLE;
			nr_steps++;
		}
		assert_string_equal(run.text, row->findings);
		pipeline__count(run.pipeline, &counts);
		assert_int_equal(counts.records, nr_steps);
		assert_int_equal(counts.undecodable, nr_undecodable);
		assert_int_equal(counts.findings, run.last_sequence);
		for (int kind = 0; kind < FINDING_END; kind++)
			nr_findings += counts.by_finding[kind];
		assert_int_equal(nr_findings, counts.findings);
		pipeline__free(run.pipeline);
	}
}

/* What each step of a drop's wait hands over. */
static void incomplete_drop_waits_for_a_second_or_the_end(void **state)
{
	static const struct step steps[] = {STARTS, SWITCH(0, 999, .keeps_saved = true)};
	static const char lines[] = STARTED "1 100 init drop_root none - 21\n";

	(void)state;
	for (int is_stopped = 0; is_stopped < 2; is_stopped++) {
		struct run run = {};
		uint64_t at_ns;

		open_run(&run, false);
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
			assert_int_equal(feed(&run, &steps[i]), 0);
		assert_string_equal(run.text, STARTED);
		at_ns = run.time_ns;
		if (is_stopped) {
			run.time_ns++;
			assert_int_equal(pipeline__stop(run.pipeline, run.time_ns), 0);
			assert_memory_equal(run.text, lines, strlen(lines));
		} else {
			assert_int_equal(pipeline__tick(run.pipeline, at_ns + 999999999), 0);
			assert_string_equal(run.text, STARTED);
			run.time_ns = at_ns + 1000000000;
			assert_true(pipeline__is_due(run.pipeline, run.time_ns));
			assert_int_equal(pipeline__tick(run.pipeline, run.time_ns), 0);
			assert_string_equal(run.text, lines);
			assert_int_equal(pipeline__tick(run.pipeline, run.time_ns + 1), 0);
			assert_string_equal(run.text, lines);
		}
		pipeline__free(run.pipeline);
	}
}

/* The oldest one makes room. */
static void many_incomplete_drops_are_kept_within_a_limit(void **state)
{
	struct run run = {};
	const struct step start[] = {STARTS};
	unsigned nr_drops = 0;

	(void)state;
	open_run(&run, false);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(feed(&run, &start[i]), 0);
	run.size = 0;
	for (unsigned i = 0; i < DROPS_MAX + 3; i++) {
		struct step drop = SWITCH(0, 999, .keeps_saved = true);

		drop.tgid = 200 + i;
		assert_int_equal(feed(&run, &drop), 0);
		if (i == DROPS_MAX - 1)
			assert_int_equal(run.size, 0);
	}
	for (const char *line = run.text; (line = strchr(line, '\n')); line++)
		nr_drops++;
	assert_int_equal(nr_drops, 3);
	assert_memory_equal(run.text, "1 200 ", 6);
	pipeline__free(run.pipeline);
}

static void agent_and_losses_are_told_in_sequence(void **state)
{
	const struct agent_facts agent = {.kernel_release = "6.1", .cgroup_mode = "v2"};
	const struct loss_facts loss = {.total = 12, .until_ns = START_NS, .reason = "ring full"};
	struct pipeline_counts counts;
	struct run run = {};

	(void)state;
	open_run(&run, false);
	assert_int_equal(pipeline__start(run.pipeline, &agent, START_NS), 0);
	assert_int_equal(pipeline__loss(run.pipeline, &loss), 0);
	assert_int_equal(pipeline__loss(run.pipeline, &loss), 0);
	assert_int_equal(pipeline__stop(run.pipeline, START_NS), 0);
	assert_string_equal(run.text, "- - - agent_start none - 0\n"
				      "- - - loss none - 47\n"
				      "- - - loss none - 47\n"
				      "- - - agent_stop none - 0\n");
	pipeline__count(run.pipeline, &counts);
	assert_int_equal(counts.lost, 24);
	assert_int_equal(counts.by_finding[FINDING_LOSS], 2);
	assert_int_equal(counts.records, 0);
	pipeline__free(run.pipeline);
	pipeline__free(NULL);
}

#define HELPER(tgid_)                                                                                                  \
	{                                                                                                              \
		.kind = EVENT_EXEC, .tgid = (tgid_), .vpid = (tgid_), .flags = TASK_HELPER | TASK_HOST_PIDNS,          \
		.before = NOT_KNOWN, .after = 0                                                                        \
	}

static void what_the_kernel_starts_is_found_where_a_container_can_write_it(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 1000), exit_ = EXIT(10, 100, 1),
			  empty = EMPTY(1);
	const struct step first = HELPER(500), second = HELPER(501);
	struct step third = HELPER(502);
	struct run run = {};

	(void)state;
	run.allow = (struct config_allow){.container = (char *)"*", .reason = (char *)"any"};
	run.config = (struct config){.allow = &run.allow, .allow_count = 1};
	open_run(&run, false);
	assert_int_equal(feed(&run, &first), 0);
	assert_int_equal(feed(&run, &mkdir), 0);
	assert_int_equal(feed(&run, &enter), 0);
	assert_int_equal(feed(&run, &second), 0);
	assert_int_equal(run.fake.nr_candidates, 1);
	/* The same file a moment later is not asked for again. */
	assert_int_equal(feed(&run, &second), 0);
	assert_int_equal(run.fake.nr_find_by_file, 2);
	run.fake.file_holder = 1;
	third.pause_ns = 1000000000ULL;
	assert_int_equal(feed(&run, &third), 0);
	assert_int_equal(run.fake.nr_find_by_file, 3);
	assert_int_equal(run.fake.candidate.init.tgid, 100);
	assert_int_equal(run.fake.candidate.mntns_inums[0], 7);
	assert_int_equal(feed(&run, &exit_), 0);
	assert_int_equal(feed(&run, &empty), 0);
	assert_string_equal(run.text, "1 100 init container_start none - 0 allowed\n"
				      "1 502 - host_exec real kernel_helper 99 alert\n"
				      "1 - - verdict escalated - 73\n"
				      "1 - - container_stop none - 0 allowed\n");
	pipeline__free(run.pipeline);
}

static void what_the_kernel_starts_escalates_a_container_that_is_root(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 0), exit_ = EXIT(10, 100, 1),
			  empty = EMPTY(1);
	const struct step helper = HELPER(500);
	struct run run = {};

	(void)state;
	open_run(&run, false);
	run.fake.file_holder = 1;
	assert_int_equal(feed(&run, &mkdir), 0);
	assert_int_equal(feed(&run, &enter), 0);
	assert_int_equal(feed(&run, &helper), 0);
	assert_int_equal(feed(&run, &exit_), 0);
	assert_int_equal(feed(&run, &empty), 0);
	/* It can have been the container's end that made the kernel start it. */
	assert_int_equal(feed(&run, &helper), 0);
	assert_string_equal(run.text, "1 100 init container_start real - 0\n"
				      "1 100 init exec_root real - 21\n"
				      "1 500 - host_exec real kernel_helper 99 alert\n"
				      "1 - - verdict escalated - 73\n"
				      "1 - - container_stop none - 0\n"
				      "1 500 - host_exec real kernel_helper 99 alert\n");
	pipeline__free(run.pipeline);
}

static void cgroups_of_the_start_are_containers(void **state)
{
	const struct step enter = ENTER(10, 100, 1, 1000);
	struct run run = {};

	(void)state;
	open_run(&run, false);
	assert_int_equal(pipeline__add_cgroup(run.pipeline, 10, 1, (struct span){DOCKER_A, strlen(DOCKER_A)}), 0);
	assert_int_equal(feed(&run, &enter), 0);
	assert_string_equal(run.text, "1 100 init container_start none - 0\n");
	pipeline__free(run.pipeline);
}

/* The runtime writes some of its files after it has made the cgroup. */
static void facts_that_came_late_are_there_at_the_start(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 1000);
	struct run run = {};

	(void)state;
	run.fake.missing = MISSING_NAME;
	open_run(&run, false);
	assert_int_equal(feed(&run, &mkdir), 0);
	assert_int_equal(run.fake.nr_read_facts, 1);
	run.fake.missing = 0;
	assert_int_equal(feed(&run, &enter), 0);
	assert_int_equal(run.fake.nr_read_facts, 2);
	pipeline__free(run.pipeline);
}

/* What is missing when it is told is looked for after 0.1, 1 and 10 seconds more, and told once. */
static void what_was_missing_is_told_by_one_later_finding(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 1000), other = MKDIR(20, 1, "/a");
	struct run run = {};

	(void)state;
	run.fake.missing = MISSING_NAME | MISSING_IMAGE;
	open_run(&run, false);
	assert_int_equal(feed(&run, &mkdir), 0);
	assert_false(pipeline__is_due(run.pipeline, UINT64_MAX)); /* nobody was told yet */
	assert_int_equal(feed(&run, &enter), 0);
	assert_int_equal(run.fake.nr_read_facts, 2);
	assert_false(pipeline__is_due(run.pipeline, run.time_ns + 99999999));
	assert_true(pipeline__is_due(run.pipeline, run.time_ns + 100000000));
	run.time_ns += 100000000;
	assert_int_equal(pipeline__tick(run.pipeline, run.time_ns), 0);
	assert_int_equal(run.fake.nr_read_facts, 3);
	/* Any record's time does as well as a tick; some is not all, and is waited for once more. */
	run.fake.missing = MISSING_NAME;
	run.time_ns += 1000000000;
	assert_int_equal(feed(&run, &other), 0);
	assert_int_equal(run.fake.nr_read_facts, 4);
	assert_string_equal(run.text, "1 100 init container_start none - 0\n");
	run.fake.missing = 0;
	run.time_ns += 10000000000;
	assert_int_equal(pipeline__tick(run.pipeline, run.time_ns), 0);
	assert_string_equal(run.text, "1 100 init container_start none - 0\n"
				      "1 - - metadata none - 0\n");
	assert_false(pipeline__is_due(run.pipeline, UINT64_MAX));
	assert_int_equal(run.fake.nr_read_facts, 5);
	pipeline__free(run.pipeline);
}

static void what_stays_missing_is_looked_for_three_times(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 0), empty = EMPTY(1);
	struct run run = {};

	(void)state;
	run.fake.missing = MISSING_IMAGE;
	open_run(&run, false);
	assert_int_equal(feed(&run, &mkdir), 0);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(feed(&run, &enter), 0);
		run.time_ns += 20000000000;
		assert_int_equal(pipeline__tick(run.pipeline, run.time_ns), 0);
	}
	assert_int_equal(run.fake.nr_read_facts, 2 + 3);
	run.fake.missing = 0;
	assert_int_equal(feed(&run, &empty), 0);
	assert_null(strstr(run.text, "metadata"));
	pipeline__free(run.pipeline);
}

static void what_ends_is_looked_at_before(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 1000), empty = EMPTY(1),
			  rmdir = RMDIR(10);
	struct run run = {};

	(void)state;
	run.fake.missing = MISSING_IMAGE;
	open_run(&run, false);
	assert_int_equal(feed(&run, &mkdir), 0);
	assert_int_equal(feed(&run, &enter), 0);
	run.fake.missing = 0;
	assert_int_equal(feed(&run, &empty), 0);
	assert_int_equal(feed(&run, &rmdir), 0);
	assert_string_equal(run.text, "1 100 init container_start none - 0\n"
				      "1 - - metadata none - 0\n"
				      "1 - - verdict nonroot - 0\n"
				      "1 - - container_stop none - 0\n");
	assert_int_equal(pipeline__tick(run.pipeline, run.time_ns + 1000000001), 0);
	assert_int_equal(run.fake.last_forgotten, 10);
	pipeline__free(run.pipeline);
}

static void error_of_the_output_ends_the_run(void **state)
{
	const struct step mkdir = MKDIR(10, 1, DOCKER_A), enter = ENTER(10, 100, 1, 0), exit_ = EMPTY(1);
	struct run run = {.emit_err = -EPIPE};

	(void)state;
	open_run(&run, false);
	assert_int_equal(feed(&run, &mkdir), 0);
	assert_int_equal(feed(&run, &enter), -EPIPE);
	assert_string_equal(run.text, "1 100 init container_start real - 0\n");
	assert_int_equal(feed(&run, &exit_), -EPIPE);
	assert_int_equal(pipeline__stop(run.pipeline, run.time_ns), -EPIPE);
	pipeline__free(run.pipeline);
}

#define NR_RANDOM 100000

/* Few keys, processes and namespaces, so that they meet in every order, also in those that no kernel makes. */
static struct step random_step(uint64_t *seed)
{
	static const char *const paths[] = {DOCKER_A,          DOCKER_B,
					    DOCKER_A DOCKER_B, DOCKER_A "/init.scope",
					    "/custom/job",     "/system.slice/ssh.service",
					    "/lxc.monitor.a",  "/lxc.payload.a"};
	uint64_t random = sample_random(seed) >> 8;
	struct step step = {.kind = 1 + random % EVENT_KIND_END};

	step.cgroup = (random >> 8) % 12;
	step.parent_key = (random >> 12) % 12;
	step.path = step.kind == EVENT_CGROUP_MKDIR ? paths[(random >> 16) % NR_ROWS(paths)] : NULL;
	step.tgid = 100 + (random >> 20) % 6;
	step.vpid = 1 + (random >> 24) % 3;
	step.pidns = (random >> 28) % 4;
	step.flags = (random >> 32) & 0x1f;
	step.before = random >> 40 & 1 ? 0 : random >> 41 & 1 ? 1000 : NOT_KNOWN;
	step.after = random >> 42 & 1 ? 0 : 1000;
	step.maker = (random >> 48) % 4;
	step.number = (random >> 52) % 4;
	step.pause_ns = (random >> 44) % 16 ? 0 : 1000000000ULL;
	return step;
}

static void any_records_in_any_order_give_the_same_findings_twice(void **state)
{
	uint64_t sums[2], findings[2];

	(void)state;
	for (int time = 0; time < 2; time++) {
		uint64_t seed = 88172645463325252ULL;
		struct run run = {};

		run.fake.states[0].path = "/custom/job";
		run.fake.states[0].id = "job-1";
		open_run(&run, true);
		for (int i = 0; i < NR_RANDOM; i++) {
			struct step step = random_step(&seed);

			assert_int_equal(feed(&run, &step), 0);
		}
		sums[time] = run.sum;
		findings[time] = run.last_sequence;
		pipeline__free(run.pipeline);
	}
	assert_int_equal(sums[0], sums[1]);
	assert_int_equal(findings[0], findings[1]);
	assert_true(findings[0] > NR_RANDOM / 10);
}

int main(void)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test(incomplete_drop_waits_for_a_second_or_the_end),
		cmocka_unit_test(many_incomplete_drops_are_kept_within_a_limit),
		cmocka_unit_test(agent_and_losses_are_told_in_sequence),
		cmocka_unit_test(what_the_kernel_starts_is_found_where_a_container_can_write_it),
		cmocka_unit_test(what_the_kernel_starts_escalates_a_container_that_is_root),
		cmocka_unit_test(cgroups_of_the_start_are_containers),
		cmocka_unit_test(facts_that_came_late_are_there_at_the_start),
		cmocka_unit_test(what_was_missing_is_told_by_one_later_finding),
		cmocka_unit_test(what_stays_missing_is_looked_for_three_times),
		cmocka_unit_test(what_ends_is_looked_at_before),
		cmocka_unit_test(error_of_the_output_ends_the_run),
		cmocka_unit_test(any_records_in_any_order_give_the_same_findings_twice),
	};
	struct CMUnitTest tests[NR_ROWS(flows) + NR_ROWS(fixed)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, flows, findings_are);
	memcpy(tests + nr_tests, fixed, sizeof(fixed));
	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
