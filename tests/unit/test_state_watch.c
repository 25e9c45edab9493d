/* SPDX-License-Identifier: Apache-2.0 */
/* A state that was there for a moment names its container, and only for a moment more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "container/state_watch.h"

struct fixture {
	char root[64];
	struct facts_roots roots;
	struct state_watch *watch;
};

static void path_of(const struct fixture *fixture, const char *path, char ret[256])
{
	snprintf(ret, 256, "%s%s", fixture->root, path);
}

static void make_directory(const struct fixture *fixture, const char *path)
{
	char whole[256];

	path_of(fixture, path, whole);
	assert_int_equal(mkdir(whole, 0755), 0);
}

static void remove_path(const struct fixture *fixture, const char *path)
{
	char whole[256];

	path_of(fixture, path, whole);
	assert_int_equal(remove(whole), 0);
}

#define TICK_NS (1000000000ULL / sysconf(_SC_CLK_TCK))

/* Of a container whose first process has this pid, and began so many ticks after the boot. */
static struct cgroup_search search_of(const char *path, uint32_t pid)
{
	return (struct cgroup_search){.path = path, .made_ns = 1, .start_ns = pid * 100 * TICK_NS + 1, .tgid = pid};
}

/* As runc does: under another name first. */
static void write_state(const struct fixture *fixture, const char *directory, const char *cgroup, uint32_t pid)
{
	char path[256], temporary[256 + 4];
	FILE *file;

	path_of(fixture, directory, path);
	strcat(path, "/state.json");
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "we");
	assert_non_null(file);
	fprintf(file,
		"{\"init_process_pid\":%u,\"init_process_start\":%u,\"cgroup_paths\":{\"\":\"/sys/fs/cgroup%s\"},"
		"\"config\":{\"labels\":[]}}",
		pid, pid * 100, cgroup);
	fclose(file);
	assert_int_equal(rename(temporary, path), 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->root, "/tmp/uidzero-state-watch.XXXXXX");
	if (!mkdtemp(fixture->root) || facts_roots__init(&fixture->roots, fixture->root))
		return -1;
	make_directory(fixture, "/run");
	make_directory(fixture, "/run/runc");
	*state = fixture;
	return state_watch__new(&fixture->roots, &fixture->watch);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	state_watch__free(fixture->watch);
	facts_roots__destroy(&fixture->roots);
	remove_path(fixture, "/run/runc");
	remove_path(fixture, "/run");
	remove_path(fixture, "");
	free(fixture);
	return 0;
}

static void a_state_that_is_gone_names_its_container_a_moment_longer(void **state)
{
	struct fixture *fixture = *state;
	struct cgroup_search search = search_of("/any/job", 7);
	struct container_identity identity;
	struct container_facts facts;

	make_directory(fixture, "/run/runc/job-1");
	state_watch__read(fixture->watch);
	write_state(fixture, "/run/runc/job-1", "/any/job", 7);
	state_watch__read(fixture->watch);
	assert_int_equal(state_watch__find(fixture->watch, &search, &identity), 1);
	remove_path(fixture, "/run/runc/job-1/state.json");
	remove_path(fixture, "/run/runc/job-1");
	state_watch__read(fixture->watch);
	assert_int_equal(
		state_watch__find(fixture->watch, &(struct cgroup_search){.path = "/any/job/below"}, &identity), 1);
	assert_string_equal(identity.id, "job-1");
	assert_int_equal(identity.runtime, RUNTIME_RUNC);
	assert_int_equal(state_watch__facts(fixture->watch, &identity, &facts), 0);
	assert_string_equal(facts.name, "job-1");
	container_facts__destroy(&facts);
	assert_int_equal(state_watch__find(fixture->watch, &(struct cgroup_search){.path = "/any/other"}, &identity),
			 0);
	for (int i = 0; i < 300 && state_watch__find(fixture->watch, &search, &identity); i++)
		usleep(10000);
	assert_int_equal(state_watch__find(fixture->watch, &search, &identity), 0);
}

static void of_two_states_for_one_cgroup_the_newer_counts(void **state)
{
	struct fixture *fixture = *state;
	struct container_identity identity;
	char directory[64], path[80];

	/* More than are kept, and none of them read before the next is made. */
	for (int i = 0; i < 200; i++) {
		snprintf(directory, sizeof(directory), "/run/runc/job-%d", i);
		make_directory(fixture, directory);
		write_state(fixture, directory, "/any/job", 0);
		state_watch__read(fixture->watch);
		assert_int_equal(
			state_watch__find(fixture->watch, &(struct cgroup_search){.path = "/any/job"}, &identity), 1);
		assert_string_equal(identity.id, directory + strlen("/run/runc/"));
		snprintf(path, sizeof(path), "%s/state.json", directory);
		remove_path(fixture, path);
		remove_path(fixture, directory);
	}
}

/* One container after the other has the cgroup's path, and not every one's state was there when it was looked for. */
static void a_state_names_no_other_container_of_its_path(void **state)
{
	struct fixture *fixture = *state;
	struct cgroup_search first = search_of("/any/job", 7), later = search_of("/any/job", 9), search;
	struct container_identity identity;

	make_directory(fixture, "/run/runc/job-7");
	write_state(fixture, "/run/runc/job-7", "/any/job", 7);
	state_watch__read(fixture->watch);
	remove_path(fixture, "/run/runc/job-7/state.json");
	remove_path(fixture, "/run/runc/job-7");
	state_watch__read(fixture->watch);
	later.made_ns = boottime_ns();
	assert_int_equal(state_watch__find(fixture->watch, &later, &identity), 0);
	assert_int_equal(container_facts__find_by_cgroup(&fixture->roots, &later, &identity), 0);

	make_directory(fixture, "/run/runc/job-9");
	write_state(fixture, "/run/runc/job-9", "/any/job", 9);
	state_watch__read(fixture->watch);
	assert_int_equal(state_watch__find(fixture->watch, &first, &identity), 1);
	assert_string_equal(identity.id, "job-7");
	assert_int_equal(state_watch__find(fixture->watch, &later, &identity), 1);
	assert_string_equal(identity.id, "job-9");
	assert_int_equal(container_facts__find_by_cgroup(&fixture->roots, &first, &identity), 0);
	assert_int_equal(container_facts__find_by_cgroup(&fixture->roots, &later, &identity), 1);
	assert_string_equal(identity.id, "job-9");

	/* A session's process, and one of another pid namespace than the runtime's. */
	search = later;
	search.start_ns += 1000 * TICK_NS;
	search.tgid = 8;
	assert_int_equal(container_facts__find_by_cgroup(&fixture->roots, &search, &identity), 1);
	/* What is older and was moved in, before the agent's start. */
	search.start_ns = TICK_NS;
	assert_int_equal(container_facts__find_by_cgroup(&fixture->roots, &search, &identity), 0);
	search.made_ns = 0;
	assert_int_equal(container_facts__find_by_cgroup(&fixture->roots, &search, &identity), 1);

	remove_path(fixture, "/run/runc/job-9/state.json");
	remove_path(fixture, "/run/runc/job-9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_state_that_is_gone_names_its_container_a_moment_longer, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(of_two_states_for_one_cgroup_the_newer_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_state_names_no_other_container_of_its_path, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("state_watch", tests, NULL, NULL);
}
