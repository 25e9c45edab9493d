/* SPDX-License-Identifier: Apache-2.0 */
/* Which part a process plays in its container, and when the container starts and ends. */
#include "table.h"

#include <stdbool.h>

#include "judge/track.h"

#define STEPS_MAX 8

/* In a pid namespace of its own, entered from outside. */
#define ENTRY(tgid_, vpid_)                                                                                            \
	{                                                                                                              \
		.tgid = (tgid_), .vpid = (vpid_), .start_ns = 1000 + (tgid_), .flags = TASK_INSIDE | TASK_ENTRY        \
	}
#define CHILD(tgid_, vpid_)                                                                                            \
	{                                                                                                              \
		.tgid = (tgid_), .vpid = (vpid_), .start_ns = 1000 + (tgid_), .flags = TASK_INSIDE                     \
	}
#define HOST_ENTRY(tgid_)                                                                                              \
	{                                                                                                              \
		.tgid = (tgid_), .vpid = (tgid_), .start_ns = 1000 + (tgid_),                                          \
		.flags = TASK_INSIDE | TASK_ENTRY | TASK_HOST_PIDNS                                                    \
	}
#define HOST_CHILD(tgid_)                                                                                              \
	{                                                                                                              \
		.tgid = (tgid_), .vpid = (tgid_), .start_ns = 1000 + (tgid_), .flags = TASK_INSIDE | TASK_HOST_PIDNS   \
	}

/* The first program below a stub, and the stub itself, whose end alone is reported. */
#define STUB_ENTRY(tgid_, vpid_)                                                                                       \
	{                                                                                                              \
		.tgid = (tgid_), .vpid = (vpid_), .start_ns = 1000 + (tgid_),                                          \
		.flags = TASK_INSIDE | TASK_ENTRY | TASK_STUB                                                          \
	}
#define STUB(tgid_)                                                                                                    \
	{                                                                                                              \
		.tgid = (tgid_), .vpid = 1, .start_ns = 1000 + (tgid_), .flags = TASK_ENTRY | TASK_STUB                \
	}

enum step_kind { STEP_END, STEP_START, STEP_ROLE, STEP_ENDS, STEP_STOP };

struct step {
	enum step_kind kind;
	struct event_task task;
	int expected; /* whether it starts, ends or stops the container; the role */
};

static const struct track_row {
	const char *name;
	struct step steps[STEPS_MAX];
} lives[] = {
	{"pid 1 is init", {{STEP_START, ENTRY(100, 1), true}, {STEP_ROLE, ENTRY(100, 1), ROLE_INIT}}},
	{"the first process of a container in the host's pid namespace is init",
	 {{STEP_START, HOST_ENTRY(100), true}, {STEP_ROLE, HOST_ENTRY(100), ROLE_INIT}}},
	{"the first that is seen is init until pid 1 is",
	 {{STEP_START, ENTRY(200, 7), true},
	  {STEP_ROLE, ENTRY(200, 7), ROLE_INIT},
	  {STEP_START, ENTRY(100, 1), true},
	  {STEP_ROLE, ENTRY(100, 1), ROLE_INIT},
	  {STEP_ROLE, ENTRY(200, 7), ROLE_SESSION}}},
	{"who comes from outside later is a session",
	 {{STEP_START, ENTRY(100, 1), true},
	  {STEP_START, ENTRY(200, 7), false},
	  {STEP_ROLE, ENTRY(200, 7), ROLE_SESSION}}},
	{"who comes later to the host's pid namespace is a session",
	 {{STEP_START, HOST_ENTRY(100), true},
	  {STEP_START, HOST_ENTRY(200), false},
	  {STEP_ROLE, HOST_ENTRY(200), ROLE_SESSION}}},
	{"the host's own pid 1 in a container's cgroup takes nobody's place",
	 {{STEP_START, HOST_ENTRY(100), true}, {STEP_START, HOST_ENTRY(1), false}}},
	{"a child is a child", {{STEP_START, ENTRY(100, 1), true}, {STEP_ROLE, CHILD(101, 2), ROLE_CHILD}}},
	{"a child in the host's pid namespace is a child",
	 {{STEP_START, HOST_ENTRY(100), true}, {STEP_ROLE, HOST_CHILD(101), ROLE_CHILD}}},
	{"a child starts nothing, not even as pid 1 of a namespace of its own",
	 {{STEP_START, CHILD(100, 1), false}, {STEP_ROLE, CHILD(100, 1), ROLE_CHILD}, {STEP_STOP, {}, false}}},
	{"init that execs again starts nothing",
	 {{STEP_START, ENTRY(100, 1), true}, {STEP_START, ENTRY(100, 1), false}}},
	{"another process with the tgid of init is not init",
	 {{STEP_START, HOST_ENTRY(100), true},
	  {STEP_ROLE, {.tgid = 100, .vpid = 100, .start_ns = 9, .flags = TASK_ENTRY | TASK_HOST_PIDNS}, ROLE_SESSION}}},
	{"a container in which nothing ran does not stop", {{STEP_STOP, {}, false}}},
	{"a stop is told once", {{STEP_START, ENTRY(100, 1), true}, {STEP_STOP, {}, true}, {STEP_STOP, {}, false}}},
	{"init stays init when it has stopped",
	 {{STEP_START, ENTRY(100, 1), true}, {STEP_STOP, {}, true}, {STEP_ROLE, ENTRY(100, 1), ROLE_INIT}}},
	{"another pid 1 starts the container again",
	 {{STEP_START, ENTRY(100, 1), true},
	  {STEP_STOP, {}, true},
	  {STEP_START, ENTRY(300, 1), true},
	  {STEP_ROLE, ENTRY(300, 1), ROLE_INIT},
	  {STEP_ROLE, ENTRY(100, 1), ROLE_SESSION},
	  {STEP_STOP, {}, true},
	  {STEP_STOP, {}, false}}},
	{"the end of init is the end of the container, a session's is not",
	 {{STEP_START, ENTRY(100, 1), true}, {STEP_ENDS, ENTRY(200, 7), false}, {STEP_ENDS, ENTRY(100, 1), true}}},
	{"the first program below a stub is init, and the stub's end is the container's",
	 {{STEP_START, STUB_ENTRY(101, 2), true},
	  {STEP_ROLE, STUB_ENTRY(101, 2), ROLE_INIT},
	  {STEP_START, ENTRY(200, 7), false},
	  {STEP_ROLE, ENTRY(200, 7), ROLE_SESSION},
	  {STEP_ENDS, STUB_ENTRY(101, 2), false},
	  {STEP_ENDS, STUB(100), true}}},
	{"a stub that execs becomes init",
	 {{STEP_START, STUB_ENTRY(101, 2), true},
	  {STEP_START, ENTRY(100, 1), true},
	  {STEP_ROLE, ENTRY(100, 1), ROLE_INIT},
	  {STEP_ENDS, STUB_ENTRY(101, 2), false},
	  {STEP_ENDS, ENTRY(100, 1), true}}},
	{"the first program below another stub starts the container again",
	 {{STEP_START, STUB_ENTRY(101, 2), true},
	  {STEP_STOP, {}, true},
	  {STEP_START, STUB_ENTRY(201, 2), true},
	  {STEP_ROLE, STUB_ENTRY(201, 2), ROLE_INIT}}},
};

static void life_goes_so(void **state)
{
	const struct track_row *row = *state;
	struct container container = {.number = 1};

	for (const struct step *step = row->steps; step < row->steps + STEPS_MAX && step->kind; step++) {
		int told = step->kind == STEP_START  ? track_start(&container, &step->task)
			   : step->kind == STEP_ROLE ? (int)track_role(&container, &step->task)
			   : step->kind == STEP_ENDS ? track_ends(&container, &step->task)
						     : track_stop(&container);

		if (told != step->expected)
			fail_msg("step %td: %d is expected, not %d", step - row->steps, step->expected, told);
	}
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(lives)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, lives, life_goes_so);
	return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
