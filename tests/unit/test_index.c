/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a task is: by its cgroup, by the state on disk that names it, or by its pid namespace. */
#include "table.h"

#include <malloc.h>
#include <stdlib.h>

#include "container/index.h"
#include "fake_knowledge.h"
#include "maps.h"

#define ID_A "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"
#define ID_B "8b1d0e6f2c7a4953d8e1f0a6b5c4392e7d1f8a0b6c3e5d49f2a7b8c1d0e6f534"

#define V1(id)   ((uint64_t)(id) | 5ULL << CGROUP_KEY_SHIFT)
#define SECOND   1000000000ULL
#define PIDNS_A  4026532101U
#define PIDNS_B  4026532102U
#define ROOT_KEY 1

struct fixture {
	struct fake_knowledge fake;
	struct container_index *index;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct knowledge knowledge;

	if (!fixture)
		return -1;
	knowledge = fake__knowledge(&fixture->fake);
	*state = fixture;
	return container_index__new(&knowledge, &fixture->index);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	container_index__free(fixture->index);
	free(fixture);
	return 0;
}

static void add(struct fixture *fixture, uint64_t key, uint64_t parent_key, const char *path)
{
	assert_int_equal(
		container_index__add_cgroup(fixture->index, key, parent_key, (struct span){path, strlen(path)}), 0);
}

static void make(struct fixture *fixture, uint64_t key, uint64_t parent_key, const char *path, uint32_t maker,
		 uint64_t maker_cgroup)
{
	const struct cgroup_event event = {.header.time_ns = 1000,
					   .key = key,
					   .parent_key = parent_key,
					   .maker = maker,
					   .maker_cgroup = maker_cgroup};

	assert_int_equal(container_index__make_cgroup(fixture->index, &event, (struct span){path, strlen(path)}), 0);
}

static struct container *resolve(struct fixture *fixture, uint64_t cgroup, uint32_t pidns)
{
	const struct event_task task = {.tgid = 100,
					.vpid = 7,
					.start_ns = 1,
					.cgroup = cgroup,
					.pidns_inum = pidns,
					.flags = TASK_INSIDE | (pidns ? 0 : TASK_HOST_PIDNS)};

	return container_index__resolve(fixture->index, &task);
}

static struct container *resolve_pid_one(struct fixture *fixture, uint64_t cgroup, uint32_t pidns, uint32_t tgid)
{
	const struct event_task task = {.tgid = tgid,
					.vpid = 1,
					.start_ns = tgid,
					.cgroup = cgroup,
					.pidns_inum = pidns,
					.flags = TASK_INSIDE | TASK_ENTRY};
	struct container *container = container_index__resolve(fixture->index, &task);

	assert_non_null(container);
	container->init_tgid = task.tgid;
	container->init_start_ns = task.start_ns;
	container->is_running = true;
	return container;
}

static void assert_decided(const struct fixture *fixture, uint64_t key, enum cgroup_state state, uint32_t container)
{
	const struct fake_decision *decision = fake__decision(&fixture->fake, key);

	if (state == CGROUP_UNKNOWN) {
		assert_null(decision);
		return;
	}
	assert_non_null(decision);
	assert_int_equal(decision->state, state);
	assert_int_equal(decision->container, container);
}

static const struct path_row {
	const char *name, *path;
	enum cgroup_state state; /* at once, by the path alone */
	const char *id, *outer_id;
} paths[] = {
	{"Docker's cgroup is a container", "/docker/" ID_A, CGROUP_CONTAINER, ID_A, ""},
	{"Docker's scope is a container", "/system.slice/docker-" ID_A ".scope", CGROUP_CONTAINER, ID_A, ""},
	{"a pod's container is a container", "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID_A ".scope",
	 CGROUP_CONTAINER, ID_A, ""},
	{"what is below a container is the container's", "/docker/" ID_A "/init.scope", CGROUP_CONTAINER, ID_A, ""},
	{"a container in a container has both ids", "/docker/" ID_A "/docker/" ID_B, CGROUP_CONTAINER, ID_B, ID_A},
	{"podman's monitor is the host's", "/machine.slice/libpod-conmon-" ID_A ".scope", CGROUP_HOST, NULL, NULL},
	{"CRI-O's monitor is the host's", "/system.slice/crio-conmon-" ID_A ".scope", CGROUP_HOST, NULL, NULL},
	{"LXC's monitor is the host's", "/lxc.monitor.web", CGROUP_HOST, NULL, NULL},
	{"a monitor's name inside a container is the container's", "/docker/" ID_A "/libpod-conmon-" ID_B ".scope",
	 CGROUP_CONTAINER, ID_A, ""},
	{"LXC's name is the id", "/lxc.payload.web", CGROUP_CONTAINER, "web", ""},
	{"a name of format characters is a name", "/lxc.payload.%s%n%s", CGROUP_CONTAINER, "%s%n%s", ""},
	{"a name of control bytes is a name", "/lxc.payload.a\n\x1b[2J\xff", CGROUP_CONTAINER, "a\n\x1b[2J\xff", ""},
	{"a name that leads upwards is none", "/lxc.payload...", CGROUP_UNKNOWN, NULL, NULL},
	{"an empty name is none", "/lxc.payload.", CGROUP_UNKNOWN, NULL, NULL},
	{"an id that is too short is none", "/docker/3f4e8a1c9d2b", CGROUP_UNKNOWN, NULL, NULL},
	{"an id in upper case is none", "/docker/3F4E8A1C9D2B7065E4F1A8C3B6D90E27F5A4C1D8E3B2967A0C5D4E8F1B3A6279",
	 CGROUP_UNKNOWN, NULL, NULL},
	{"a service's cgroup says nothing", "/system.slice/ssh.service", CGROUP_UNKNOWN, NULL, NULL},
	{"the root says nothing", "/", CGROUP_UNKNOWN, NULL, NULL},
	{"a path that is none says nothing", "docker/" ID_A, CGROUP_UNKNOWN, NULL, NULL},
};

static void path_is_decided(void **state)
{
	const struct path_row *row = *state;
	struct fixture *fixture;
	struct container *container;
	void *made = NULL;

	assert_int_equal(set_up(&made), 0);
	fixture = made;
	add(fixture, 10, ROOT_KEY, row->path);
	assert_decided(fixture, 10, row->state, row->state == CGROUP_CONTAINER);
	container = resolve(fixture, 10, 0);
	if (row->id) {
		assert_non_null(container);
		assert_string_equal(container->facts.identity.id, row->id);
		assert_string_equal(container->facts.identity.outer_id, row->outer_id);
		assert_string_equal(container->cgroup_path, row->path);
		assert_int_equal(container->cgroup_key, 10);
		assert_int_equal(container->number, 1);
	} else {
		assert_null(container);
		assert_decided(fixture, 10, CGROUP_HOST, 0);
	}
	tear_down(&made);
}

static void two_hierarchies_are_one_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, V1(10), V1(ROOT_KEY), "/docker/" ID_A);
	add(fixture, 20, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 20, 0);
	assert_non_null(container);
	assert_ptr_equal(resolve(fixture, V1(10), 0), container);
	assert_decided(fixture, V1(10), CGROUP_CONTAINER, container->number);
	assert_decided(fixture, 20, CGROUP_CONTAINER, container->number);
	assert_int_equal(container->cgroup_key, V1(10));
	assert_int_equal(container_index__nr_seen(fixture->index), 1);
	assert_int_equal(container_index__nr_known(fixture->index), 1);
	assert_int_equal(fixture->fake.nr_read_facts, 1);
}

static void the_same_number_in_two_hierarchies_is_two_cgroups(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, V1(10), V1(ROOT_KEY), "/docker/" ID_A);
	add(fixture, 10, ROOT_KEY, "/system.slice/ssh.service");
	assert_non_null(resolve(fixture, V1(10), 0));
	assert_null(resolve(fixture, 10, 0));
}

static void nested_cgroups_inherit(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	fixture->fake.states[0].path = "/anything";
	fixture->fake.states[0].id = "job";
	add(fixture, 10, ROOT_KEY, "/anything");
	container = resolve(fixture, 10, 0);
	assert_non_null(container);
	add(fixture, 11, 10, "/anything/system.slice");
	add(fixture, 12, 11, "/anything/system.slice/cron.service");
	assert_decided(fixture, 11, CGROUP_CONTAINER, container->number);
	assert_decided(fixture, 12, CGROUP_CONTAINER, container->number);
	assert_ptr_equal(resolve(fixture, 12, 0), container);
	assert_int_equal(fixture->fake.nr_find, 1);
}

static void nested_container_has_a_number_of_its_own(void **state)
{
	struct fixture *fixture = *state;
	struct container *outer, *inner;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	add(fixture, 11, 10, "/docker/" ID_A "/docker");
	add(fixture, 12, 11, "/docker/" ID_A "/docker/" ID_B);
	outer = resolve(fixture, 11, 0);
	inner = resolve(fixture, 12, 0);
	assert_non_null(outer);
	assert_non_null(inner);
	assert_int_not_equal(outer->number, inner->number);
	assert_string_equal(outer->facts.identity.id, ID_A);
	assert_string_equal(outer->facts.identity.outer_id, "");
	assert_string_equal(inner->facts.identity.id, ID_B);
	assert_string_equal(inner->facts.identity.outer_id, ID_A);
	assert_decided(fixture, 12, CGROUP_CONTAINER, inner->number);
	/* The end of the inner one is not the outer one's. */
	assert_ptr_equal(container_index__remove_cgroup(fixture->index, 12, SECOND), inner);
	container_index__reap(fixture->index, 3 * SECOND);
	assert_int_equal(container_index__nr_known(fixture->index), 1);
	assert_ptr_equal(resolve(fixture, 10, 0), outer);
}

static void each_container_of_a_chain_is_read_in_the_next_outer_one(void **state)
{
	struct fixture *fixture = *state;
	struct container *outer, *inner, *innermost;

	/* Of the outermost one the path says nothing; the others' say nothing of it. */
	fixture->fake.states[0].path = "/any";
	fixture->fake.states[0].id = "job";
	add(fixture, 10, ROOT_KEY, "/any");
	outer = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	add(fixture, 11, 10, "/any/docker");
	add(fixture, 12, 11, "/any/docker/" ID_A);
	assert_int_equal(fixture->fake.last_outer_tgid, 500);
	inner = resolve_pid_one(fixture, 12, PIDNS_B, 600);
	add(fixture, 13, 12, "/any/docker/" ID_A "/kubepods/" ID_B);
	assert_int_equal(fixture->fake.last_outer_tgid, 600);
	innermost = resolve(fixture, 13, 0);
	assert_string_equal(outer->facts.identity.outer_id, "");
	assert_string_equal(inner->facts.identity.outer_id, "job");
	assert_string_equal(inner->facts.identity.between_ids, "");
	assert_string_equal(innermost->facts.identity.outer_id, "job");
	assert_string_equal(innermost->facts.identity.between_ids, ID_A "/");
	assert_string_equal(innermost->facts.identity.id, ID_B);
	assert_ptr_not_equal(innermost, inner);
	/* What is below a container that the path names is that container's. */
	add(fixture, 14, 12, "/any/docker/" ID_A "/init.scope");
	assert_ptr_equal(resolve(fixture, 14, 0), inner);
	add(fixture, 20, ROOT_KEY, "/docker/" ID_A);
	assert_ptr_not_equal(resolve(fixture, 20, 0), inner);
	assert_int_equal(fixture->fake.last_outer_tgid, 0);
}

/* Whoever may make cgroups below his own can give them any name. */
static const struct borrowed_row {
	const char *name, *path;
} borrowed[] = {
	{"a container that names a cgroup of its own after another is not that one", "/docker/" ID_B "/docker/" ID_A},
	{"a user who names a cgroup of his own after a container is not that one",
	 "/user.slice/user-1000.slice/user@1000.service/docker/" ID_A},
};

static void id_is_not_borrowed(void **state)
{
	const struct borrowed_row *row = *state;

	for (int is_first = 0; is_first < 2; is_first++) {
		struct container *honest, *borrower;
		struct fixture *fixture;
		void *made = NULL;

		assert_int_equal(set_up(&made), 0);
		fixture = made;
		if (is_first)
			add(fixture, 20, ROOT_KEY, row->path);
		add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
		if (!is_first)
			add(fixture, 20, ROOT_KEY, row->path);
		honest = resolve(fixture, 10, 0);
		borrower = resolve(fixture, 20, 0);
		assert_non_null(honest);
		assert_non_null(borrower);
		assert_ptr_not_equal(honest, borrower);
		assert_string_equal(honest->facts.identity.outer_id, "");
		assert_int_equal(honest->facts.identity.user_uid, 0);
		/* Nor does it end with the borrower. */
		container_index__remove_cgroup(fixture->index, 20, SECOND);
		container_index__reap(fixture->index, 3 * SECOND);
		assert_ptr_equal(resolve(fixture, 10, 0), honest);
		tear_down(&made);
	}
}

/* A container whose processes are in cgroups that its own processes made, below others' or at the root. */
static const struct made_row {
	const char *name, *path;
	bool is_below_victim; /* its directory is the other container's */
	const char *id, *outer_id;
} made_by_container[] = {
	{"a part of another container's path is the maker's", "/docker/" ID_B "/x", true, ID_A, ""},
	{"the id of another container is a nested container of the maker", "/docker/" ID_B, false, ID_B, ID_A},
	{"the id of a container at the root is a nested container of the maker", "/lxc.payload.web", false, "web",
	 ID_A},
	{"its own id again is the maker itself", "/docker/" ID_A, false, ID_A, ""},
	{"a name that says nothing is the maker's", "/any", false, ID_A, ""},
	{"a monitor's name is the maker's", "/lxc.monitor.web", false, ID_A, ""},
};

static void cgroup_belongs_to_the_container_that_made_it(void **state)
{
	const struct made_row *row = *state;

	for (int by_key = 0; by_key < 2; by_key++) {
		struct container *maker, *victim, *container;
		struct fixture *fixture;
		void *made = NULL;

		assert_int_equal(set_up(&made), 0);
		fixture = made;
		make(fixture, 10, ROOT_KEY, "/docker/" ID_A, 0, 0);
		maker = resolve_pid_one(fixture, 10, PIDNS_A, 500);
		make(fixture, 20, ROOT_KEY, row->is_below_victim ? "/docker/" ID_B : "/b", 0, 0);
		victim = resolve(fixture, 20, 0);
		make(fixture, 30, row->is_below_victim ? 20 : ROOT_KEY, row->path, by_key ? 0 : maker->number, 10);
		container = resolve(fixture, 30, 0);
		assert_non_null(container);
		assert_ptr_not_equal(container, victim);
		assert_string_equal(container->facts.identity.id, row->id);
		assert_string_equal(container->facts.identity.outer_id, row->outer_id);
		if (row->outer_id[0])
			assert_int_equal(fixture->fake.last_outer_tgid, 500);
		else
			assert_ptr_equal(container, maker);
		assert_decided(fixture, 30, CGROUP_CONTAINER, container->number);
		assert_int_equal(fake__decision(&fixture->fake, 30)->outer, row->outer_id[0] ? maker->number : 0);
		tear_down(&made);
	}
}

/* docker run --cgroup-parent /docker/<A>: the host's runtime makes it. */
static void container_that_the_host_makes_below_another_is_its_sibling(void **state)
{
	struct fixture *fixture = *state;
	struct container *outer, *sibling, *by_state;

	make(fixture, 10, ROOT_KEY, "/docker/" ID_A, 0, 0);
	outer = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	make(fixture, 20, 10, "/docker/" ID_A "/" ID_B, 0, 0);
	sibling = resolve(fixture, 20, 0);
	assert_string_equal(sibling->facts.identity.id, ID_B);
	assert_string_equal(sibling->facts.identity.outer_id, "");
	assert_string_equal(sibling->facts.identity.between_ids, "");
	assert_int_equal(fixture->fake.last_outer_tgid, 0);
	assert_int_equal(fake__decision(&fixture->fake, 20)->outer, 0);
	/* Without a name of its own, the runtime's state decides once something enters; else it is a part of A. */
	fixture->fake.states[0].path = "/docker/" ID_A "/job";
	fixture->fake.states[0].id = "job-1";
	make(fixture, 30, 10, "/docker/" ID_A "/job", 0, 0);
	assert_decided(fixture, 30, CGROUP_UNKNOWN, 0);
	by_state = resolve(fixture, 30, 0);
	assert_string_equal(by_state->facts.identity.id, "job-1");
	assert_string_equal(by_state->facts.identity.outer_id, "");
	make(fixture, 40, 10, "/docker/" ID_A "/session", 0, 0);
	assert_ptr_equal(resolve(fixture, 40, 0), outer);
	assert_decided(fixture, 40, CGROUP_CONTAINER, outer->number);
}

/* The host makes it, and a process that was in the container above is in it first. */
static void container_that_a_descendant_enters_first_is_nested(void **state)
{
	struct fixture *fixture = *state;
	struct event_task task = {.tgid = 700,
				  .vpid = 1,
				  .pidns_inum = PIDNS_B,
				  .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING | TASK_WAS_INSIDE};
	struct container *outer, *nested;

	make(fixture, 10, ROOT_KEY, "/docker/" ID_A, 0, 0);
	outer = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	make(fixture, 20, 10, "/docker/" ID_A "/docker", 0, 0);
	make(fixture, 30, 20, "/docker/" ID_A "/docker/" ID_B, 0, 0);
	assert_decided(fixture, 30, CGROUP_UNKNOWN, 0);
	task.cgroup = 30;
	nested = container_index__resolve(fixture->index, &task);
	assert_non_null(nested);
	assert_string_equal(nested->facts.identity.id, ID_B);
	assert_string_equal(nested->facts.identity.outer_id, ID_A);
	assert_int_equal(fake__decision(&fixture->fake, 30)->outer, outer->number);
	task.cgroup = 20;
	assert_ptr_equal(container_index__resolve(fixture->index, &task), outer);
}

/* Before the agent: its maker is not known, but the host's runtime has a state of its own containers. */
static void container_below_another_is_a_sibling_if_the_hosts_state_names_it(void **state)
{
	struct fixture *fixture = *state;
	struct container *sibling, *nested;

	fixture->fake.states[0].path = "/docker/" ID_A "/" ID_B;
	fixture->fake.states[0].id = ID_B;
	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	add(fixture, 20, 10, "/docker/" ID_A "/" ID_B);
	sibling = resolve(fixture, 20, 0);
	assert_string_equal(sibling->facts.identity.outer_id, "");
	assert_string_equal(fixture->fake.searched_id, ID_B);
	add(fixture, 21, 10, "/docker/" ID_A "/docker");
	add(fixture, 22, 21, "/docker/" ID_A "/docker/" ID_B);
	nested = resolve(fixture, 22, 0);
	assert_ptr_not_equal(nested, sibling);
	assert_string_equal(nested->facts.identity.outer_id, ID_A);
	/* The same while the first scan has not ended. */
	make(fixture, 23, 10, "/docker/" ID_A "/lxc.payload.web", CGROUP_MAKER_UNKNOWN, 0);
	assert_string_equal(resolve(fixture, 23, 0)->facts.identity.outer_id, ID_A);
}

static void container_with_processes_is_known_without_cgroups(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;
	struct event_task task = {.flags = TASK_INSIDE | TASK_HOST_PIDNS};

	make(fixture, 10, ROOT_KEY, "/docker/" ID_A, 0, 0);
	container = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	container_index__hold(fixture->index, container);
	container_index__hold(fixture->index, container);
	container_index__remove_cgroup(fixture->index, 10, SECOND);
	container_index__reap(fixture->index, 3 * SECOND);
	task.container = container->number;
	assert_ptr_equal(container_index__resolve(fixture->index, &task), container);
	assert_ptr_equal(container_index__find(fixture->index, container->number, 0), container);
	container_index__ended(fixture->index, container, 4 * SECOND);
	container_index__ended(fixture->index, container, 4 * SECOND);
	container_index__reap(fixture->index, 6 * SECOND);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
}

/* The kernel's table has a place for each number. */
static void numbers_of_known_containers_have_places_of_their_own(void **state)
{
	struct fixture *fixture = *state;
	struct container *first, *last = NULL;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	first = resolve(fixture, 10, 0);
	for (uint64_t i = 0; i < CONTAINER_SLOTS; i++) {
		add(fixture, 20 + i, ROOT_KEY, "/docker/" ID_B);
		last = resolve(fixture, 20 + i, 0);
		assert_int_not_equal(last->number % CONTAINER_SLOTS, first->number % CONTAINER_SLOTS);
		container_index__remove_cgroup(fixture->index, 20 + i, i * 3 * SECOND);
		container_index__reap(fixture->index, (i * 3 + 2) * SECOND);
	}
	assert_int_equal(container_index__nr_seen(fixture->index), 1 + CONTAINER_SLOTS);
}

static void monitor_is_the_hosts_with_all_below(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 10, ROOT_KEY, "/machine.slice/libpod-conmon-" ID_A ".scope");
	add(fixture, 11, 10, "/machine.slice/libpod-conmon-" ID_A ".scope/anything");
	assert_decided(fixture, 11, CGROUP_HOST, 0);
	assert_null(resolve(fixture, 11, 0));
	assert_int_equal(fixture->fake.nr_find, 0);
	assert_int_equal(container_index__nr_seen(fixture->index), 0);
}

static void state_on_disk_is_asked_at_the_first_event(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	fixture->fake.states[0].path = "/custom/job";
	fixture->fake.states[0].id = "job-1";
	add(fixture, 10, ROOT_KEY, "/custom/job");
	assert_decided(fixture, 10, CGROUP_UNKNOWN, 0);
	assert_int_equal(fixture->fake.nr_find, 0);
	container = resolve(fixture, 10, 0);
	assert_non_null(container);
	assert_string_equal(container->facts.identity.id, "job-1");
	assert_int_equal(container->facts.identity.runtime, RUNTIME_RUNC);
	assert_decided(fixture, 10, CGROUP_CONTAINER, container->number);
	assert_ptr_equal(resolve(fixture, 10, 0), container);
	assert_int_equal(fixture->fake.nr_find, 1);
}

/* The child was made before anybody knew what its parent is. */
static void cgroup_below_one_that_was_unknown_is_the_same_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	fixture->fake.states[0].path = "/custom/job";
	fixture->fake.states[0].id = "job-1";
	add(fixture, 10, ROOT_KEY, "/custom/job");
	add(fixture, 11, 10, "/custom/job/below");
	container = resolve(fixture, 11, 0);
	assert_non_null(container);
	assert_ptr_equal(resolve(fixture, 10, 0), container);
	assert_int_equal(container_index__nr_seen(fixture->index), 1);
}

static void cgroup_that_nobody_names_is_the_hosts_once_and_for_all(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 10, ROOT_KEY, "/system.slice/ssh.service");
	assert_null(resolve(fixture, 10, 0));
	assert_decided(fixture, 10, CGROUP_HOST, 0);
	assert_null(resolve(fixture, 10, 0));
	assert_int_equal(fixture->fake.nr_find, 1);
	assert_int_equal(fixture->fake.nr_decisions, 1);
}

static void cgroup_that_nobody_told_of_is_looked_up(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	fixture->fake.paths[0].key = 10;
	fixture->fake.paths[0].path = "/docker/" ID_A;
	container = resolve(fixture, 10, 0);
	assert_non_null(container);
	assert_string_equal(container->facts.identity.id, ID_A);
	assert_decided(fixture, 10, CGROUP_CONTAINER, container->number);
	assert_null(resolve(fixture, 11, 0)); /* a path that cannot be known */
	assert_null(resolve(fixture, 11, 0));
	assert_int_equal(fixture->fake.nr_cgroup_path, 2);
}

static void root_cgroup_is_the_hosts(void **state)
{
	struct fixture *fixture = *state;

	assert_null(resolve(fixture, 0, 0));
	assert_int_equal(fixture->fake.nr_cgroup_path, 0);
}

static void cgroup_that_is_known_stays_as_it_is(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	add(fixture, 10, ROOT_KEY, "/docker/" ID_B);
	container = resolve(fixture, 10, 0);
	assert_string_equal(container->facts.identity.id, ID_A);
	assert_int_equal(fixture->fake.nr_decisions, 1);
}

static void the_number_that_the_kernel_gives_is_enough(void **state)
{
	struct fixture *fixture = *state;
	struct event_task task = {.container = 1, .flags = TASK_HOST_PIDNS};

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	assert_ptr_equal(container_index__resolve(fixture->index, &task), resolve(fixture, 10, 0));
	task.container = 2; /* of nobody */
	assert_null(container_index__resolve(fixture->index, &task));
	task.cgroup = 10;
	assert_non_null(container_index__resolve(fixture->index, &task));
}

static void pid_namespace_is_a_container_where_no_cgroup_is(void **state)
{
	struct fixture *fixture = *state;
	struct container *first, *second;

	add(fixture, 10, ROOT_KEY, "/user.slice/session-1.scope");
	assert_null(resolve(fixture, 10, 0));
	first = resolve(fixture, 10, PIDNS_A);
	assert_non_null(first);
	assert_string_equal(first->facts.identity.id, "pidns-4026532101");
	assert_string_equal(first->cgroup_path, "/user.slice/session-1.scope");
	assert_ptr_equal(resolve(fixture, 10, PIDNS_A), first);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), first);
	second = resolve(fixture, 10, PIDNS_B);
	assert_non_null(second);
	assert_ptr_not_equal(first, second);
	assert_int_not_equal(first->number, second->number);
	assert_null(resolve(fixture, 10, 0));
	assert_decided(fixture, 10, CGROUP_HOST, 0);
}

static void new_cgroup_names_what_enters_it_first(void **state)
{
	struct fixture *fixture = *state;
	struct event_task task = {.cgroup = 10,
				  .tgid = 500,
				  .vpid = 1,
				  .pidns_inum = PIDNS_A,
				  .flags = TASK_INSIDE | TASK_ENTRY | TASK_ENTERING};
	struct container *container;

	make(fixture, 10, ROOT_KEY, "/jobs/short-1", 0, 0);
	container = container_index__resolve(fixture->index, &task);
	assert_non_null(container);
	assert_string_equal(container->facts.identity.id, "short-1");
	assert_int_equal(fixture->fake.search.made_ns, 1000);
	assert_int_equal(fixture->fake.search.tgid, 500);
	/* The cgroup stays the host's, and names one only. */
	assert_decided(fixture, 10, CGROUP_HOST, 0);
	task.pidns_inum = PIDNS_B;
	task.tgid = 600;
	container = container_index__resolve(fixture->index, &task);
	assert_non_null(container);
	assert_string_equal(container->facts.identity.id, "pidns-4026532102");
}

static void who_enters_the_pid_namespace_without_the_cgroup_is_in_the_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	add(fixture, 20, ROOT_KEY, "/user.slice/session-1.scope");
	container = resolve(fixture, 10, PIDNS_A);
	assert_non_null(container);
	assert_ptr_equal(resolve(fixture, 20, PIDNS_A), container);
	assert_int_equal(container_index__nr_seen(fixture->index), 1);
}

static void host_cgroup_that_a_runtime_took_becomes_its_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, 10, ROOT_KEY, "/custom/job");
	assert_null(resolve(fixture, 10, 0));
	assert_decided(fixture, 10, CGROUP_HOST, 0);
	fixture->fake.states[0].path = "/custom/job";
	fixture->fake.states[0].id = "job-1";
	container = resolve(fixture, 10, PIDNS_A);
	assert_non_null(container);
	assert_string_equal(container->facts.identity.id, "job-1");
	assert_decided(fixture, 10, CGROUP_CONTAINER, container->number);
}

/* A thread that has left it, and has done nothing since the cgroup was classified, is found by the cgroup alone. */
static void removed_cgroup_of_a_running_container_stays_until_that_ends(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 10, 0);
	container_index__hold(fixture->index, container);
	assert_ptr_equal(container_index__remove_cgroup(fixture->index, 10, SECOND), container);
	container_index__reap(fixture->index, 3 * SECOND);
	container_index__reap(fixture->index, 6 * SECOND);
	assert_ptr_equal(resolve(fixture, 10, 0), container);
	container_index__ended(fixture->index, container, 7 * SECOND);
	container_index__reap(fixture->index, 9 * SECOND);
	assert_null(resolve(fixture, 10, 0));
	assert_int_equal(container_index__nr_known(fixture->index), 0);
}

static void pid_namespace_ends_with_its_first_process(void **state)
{
	struct fixture *fixture = *state;
	struct container *container = resolve_pid_one(fixture, 0, PIDNS_A, 500);

	container_index__ended(fixture->index, container, SECOND);
	container_index__ended(fixture->index, container, SECOND);
	container_index__reap(fixture->index, 2 * SECOND);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), container);
	container_index__reap(fixture->index, 2 * SECOND + 1);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
	assert_int_equal(container_index__nr_seen(fixture->index), 1);
}

/* The kernel gives the smallest number that is free. */
static void pid_namespace_with_a_number_that_was_used_is_another_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *former = resolve_pid_one(fixture, 0, PIDNS_A, 500), *container;

	container_index__ended(fixture->index, former, SECOND);
	assert_ptr_equal(resolve_pid_one(fixture, 0, PIDNS_A, 500), former); /* its last events */
	container = resolve_pid_one(fixture, 0, PIDNS_A, 600);
	assert_ptr_not_equal(container, former);
	assert_int_not_equal(container->number, former->number);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), container);
	container_index__reap(fixture->index, 3 * SECOND);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), container);
	container_index__ended(fixture->index, container, 3 * SECOND);
	container_index__reap(fixture->index, 5 * SECOND);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
}

static void pid_namespace_with_the_number_of_a_removed_containers_is_another_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *former, *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	former = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	former->is_running = false;
	assert_ptr_equal(container_index__remove_cgroup(fixture->index, 10, SECOND), former);
	container = resolve_pid_one(fixture, 0, PIDNS_A, 600);
	assert_ptr_not_equal(container, former);
	assert_string_equal(container->facts.identity.id, "pidns-4026532101");
	assert_ptr_equal(resolve(fixture, 10, PIDNS_A), former);
}

/* podman and Docker remove a cgroup some time after its last process ended. */
static void pid_namespace_with_the_number_of_a_stopped_containers_is_another_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *former, *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	former = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	former->is_running = false;
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), former); /* its last events */
	container = resolve_pid_one(fixture, 0, PIDNS_A, 600);
	assert_ptr_not_equal(container, former);
	add(fixture, 20, ROOT_KEY, "/docker/" ID_B);
	container->is_running = false;
	container = resolve_pid_one(fixture, 20, PIDNS_A, 700);
	assert_string_equal(container->facts.identity.id, ID_B);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), container);
}

static void container_takes_the_pid_namespace_of_a_removed_one(void **state)
{
	struct fixture *fixture = *state;
	struct container *former, *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	former = resolve_pid_one(fixture, 10, PIDNS_A, 500);
	former->is_running = false;
	assert_ptr_equal(container_index__remove_cgroup(fixture->index, 10, SECOND), former);
	add(fixture, 20, ROOT_KEY, "/docker/" ID_B);
	container = resolve_pid_one(fixture, 20, PIDNS_A, 600);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), container); /* by nsenter, at once */
	container_index__reap(fixture->index, 3 * SECOND);
	assert_ptr_equal(resolve(fixture, 0, PIDNS_A), container);
}

static void pid_namespace_of_no_number_is_nobodys(void **state)
{
	struct fixture *fixture = *state;
	const struct event_task in_cgroup = {.cgroup = 10}, nowhere = {};

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	assert_non_null(container_index__resolve(fixture->index, &in_cgroup));
	assert_null(container_index__resolve(fixture->index, &nowhere));
	container_index__remove_cgroup(fixture->index, 10, SECOND);
	container_index__reap(fixture->index, 3 * SECOND);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
	assert_null(container_index__resolve(fixture->index, &nowhere));
}

static void removed_cgroup_lingers_a_second_of_events(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 10, PIDNS_A);
	assert_ptr_equal(container_index__remove_cgroup(fixture->index, 10, 5 * SECOND), container);
	container_index__reap(fixture->index, 6 * SECOND);
	assert_ptr_equal(resolve(fixture, 10, PIDNS_A), container);
	assert_int_equal(fixture->fake.nr_forgotten, 0);
	container_index__reap(fixture->index, 6 * SECOND + 1);
	assert_int_equal(fixture->fake.nr_forgotten, 1);
	assert_int_equal(fixture->fake.last_forgotten, 10);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
	assert_int_equal(container_index__nr_seen(fixture->index), 1);
	assert_null(resolve(fixture, 10, 0));
}

static void host_cgroup_that_is_removed_is_forgotten_too(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 10, ROOT_KEY, "/system.slice/ssh.service");
	assert_null(container_index__remove_cgroup(fixture->index, 10, SECOND));
	container_index__reap(fixture->index, 3 * SECOND);
	assert_int_equal(fixture->fake.last_forgotten, 10);
}

static void container_ends_with_its_own_cgroup_only(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	add(fixture, V1(10), V1(ROOT_KEY), "/docker/" ID_A);
	add(fixture, 20, ROOT_KEY, "/docker/" ID_A);
	add(fixture, 21, 20, "/docker/" ID_A "/init.scope");
	container = resolve(fixture, 20, 0);
	assert_null(container_index__remove_cgroup(fixture->index, 21, SECOND));
	assert_null(container_index__remove_cgroup(fixture->index, 20, SECOND));
	assert_ptr_equal(container_index__remove_cgroup(fixture->index, V1(10), SECOND), container);
	assert_null(container_index__remove_cgroup(fixture->index, 99, SECOND));
	container_index__reap(fixture->index, 3 * SECOND);
	assert_int_equal(fixture->fake.nr_forgotten, 3);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
}

static void cgroup_is_removed_once(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	assert_non_null(container_index__remove_cgroup(fixture->index, 10, SECOND));
	assert_null(container_index__remove_cgroup(fixture->index, 10, SECOND));
	container_index__reap(fixture->index, 3 * SECOND);
	assert_int_equal(fixture->fake.nr_forgotten, 1);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
}

static void restart_under_the_same_id_is_a_new_container(void **state)
{
	struct fixture *fixture = *state;
	struct container *former, *container;

	add(fixture, V1(10), V1(ROOT_KEY), "/docker/" ID_A);
	add(fixture, 20, ROOT_KEY, "/docker/" ID_A);
	former = resolve(fixture, 20, 0);
	container_index__remove_cgroup(fixture->index, V1(10), SECOND);
	container_index__remove_cgroup(fixture->index, 20, SECOND);
	add(fixture, V1(11), V1(ROOT_KEY), "/docker/" ID_A);
	add(fixture, 21, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 21, 0);
	assert_ptr_not_equal(container, former);
	assert_int_not_equal(container->number, former->number);
	assert_ptr_equal(resolve(fixture, V1(11), 0), container);
	assert_ptr_equal(resolve(fixture, 20, 0), former);
	container_index__reap(fixture->index, 3 * SECOND);
	assert_ptr_equal(resolve(fixture, 21, 0), container);
	assert_int_equal(container_index__nr_known(fixture->index), 1);
	/* And once more, now that the first is gone. */
	add(fixture, 22, ROOT_KEY, "/docker/" ID_A);
	assert_ptr_equal(resolve(fixture, 22, 0), container);
}

static void facts_that_were_missing_are_read_anew(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	fixture->fake.missing = MISSING_IMAGE;
	fixture->fake.image_name = "docker.io/library/nginx";
	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 10, 0);
	assert_null(container->facts.image_name);
	container->encoded = strdup("{}");
	container->encoded_size = 2;
	fixture->fake.facts_err = -ENOMEM;
	container_index__complete_facts(fixture->index, container);
	assert_non_null(container->encoded);
	fixture->fake.facts_err = 0;
	fixture->fake.missing = MISSING_IMAGE | MISSING_NAME; /* gone by now */
	container_index__complete_facts(fixture->index, container);
	assert_int_equal(container->facts.missing, MISSING_IMAGE);
	fixture->fake.missing = 0;
	container_index__complete_facts(fixture->index, container);
	assert_string_equal(container->facts.image_name, "docker.io/library/nginx");
	assert_null(container->encoded);
	assert_int_equal(container->encoded_size, 0);
	container_index__complete_facts(fixture->index, container);
	assert_int_equal(fixture->fake.nr_read_facts, 4);
	container->facts.missing = MISSING_USERS;
	container_index__complete_facts(fixture->index, container);
	assert_int_equal(fixture->fake.nr_read_facts, 4);
	container->facts.missing = 0;
	add(fixture, 11, ROOT_KEY, "/docker/" ID_A);
	assert_ptr_equal(resolve(fixture, 11, 0), container);
}

static void the_first_process_shows_who_runs_and_completes_the_users(void **state)
{
	struct fixture *fixture = *state;
	struct process_event event = {.task = {.tgid = 77, .start_ns = 5},
				      .after = {.is_known = 1, .euid = 1001, .egid = 7}};
	struct container *container;

	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 10, 0);
	container->encoded = strdup("{}");
	container_index__note_first(fixture->index, container, &event);
	assert_true(container->observed.is_known && container->observed.uid == 1001 && container->observed.gid == 7);
	assert_null(container->encoded);
	assert_int_equal(fixture->fake.nr_read_users, 1);
	assert_int_equal(fixture->fake.asked_process.tgid, 77);
	assert_int_equal(fixture->fake.asked_process.start_ns, 5);

	/* Those that are known stay: what runs by now may have written others. */
	container->facts.users.is_known = true;
	event.after.is_known = 0;
	container_index__note_first(fixture->index, container, &event);
	assert_false(container->observed.is_known);
	assert_int_equal(fixture->fake.nr_read_users, 1);
}

/* Its files go with it, one after the other. */
static void facts_never_become_less(void **state)
{
	struct fixture *fixture = *state;
	struct container *container;

	fixture->fake.missing = MISSING_DECLARED_USER;
	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	container = resolve(fixture, 10, 0);
	container->facts.name = strdup("web");
	fixture->fake.missing = MISSING_NAME;
	container_index__complete_facts(fixture->index, container);
	assert_string_equal(container->facts.name, "web");
	fixture->fake.missing = MISSING_NAME | MISSING_DECLARED_USER;
	container_index__complete_facts(fixture->index, container);
	assert_string_equal(container->facts.name, "web");
	assert_int_equal(container->facts.missing, MISSING_DECLARED_USER);
}

static void container_whose_facts_cannot_be_held_is_not_half_there(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.facts_err = -ENOMEM;
	add(fixture, 10, ROOT_KEY, "/docker/" ID_A);
	assert_decided(fixture, 10, CGROUP_UNKNOWN, 0);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
	assert_null(resolve(fixture, 0, PIDNS_A));
	fixture->fake.facts_err = 0;
	assert_non_null(resolve(fixture, 0, PIDNS_A));
}

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated_bytes(void)
{
	return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
						       : mallinfo2().uordblks;
}

#define NR_STORM 100000
/* glibc counts chunks that its caches keep as in use; the sanitizer counts exactly. */
#define CACHED_BYTES_MAX 65536

static void a_hundred_thousand_containers_leave_nothing(void **state)
{
	struct fixture *fixture = *state;
	size_t before = allocated_bytes(), most = 0;

	for (uint64_t i = 1; i <= NR_STORM; i++) {
		uint64_t now_ns = i * SECOND / 100;
		struct container *container;
		char path[128];

		/* A container in two hierarchies with a cgroup below, and what runs in a pid namespace only. */
		snprintf(path, sizeof(path), "/docker/%064llx", (unsigned long long)i);
		add(fixture, i, 0, path); /* the root has the first number */
		add(fixture, V1(i), 0, path);
		strcat(path, "/init.scope");
		add(fixture, NR_STORM + i, i, path);
		container = resolve_pid_one(fixture, NR_STORM + i, 2 * i, i);
		container->encoded = malloc(100);
		container = resolve_pid_one(fixture, 0, 2 * i + 1, NR_STORM + i);
		container_index__ended(fixture->index, container, now_ns);
		container_index__remove_cgroup(fixture->index, NR_STORM + i, now_ns);
		container_index__remove_cgroup(fixture->index, V1(i), now_ns);
		container_index__remove_cgroup(fixture->index, i, now_ns);
		container_index__reap(fixture->index, now_ns);
		if (container_index__nr_known(fixture->index) > most)
			most = container_index__nr_known(fixture->index);
	}
	assert_true(most < 250); /* two a hundredth of a second, for a second */
	container_index__reap(fixture->index, UINT64_MAX);
	assert_int_equal(container_index__nr_seen(fixture->index), 2 * NR_STORM);
	assert_int_equal(container_index__nr_known(fixture->index), 0);
	assert_int_equal(fixture->fake.nr_forgotten, 3 * NR_STORM);
	assert_true(allocated_bytes() <= before + (__sanitizer_get_current_allocated_bytes ? 0 : CACHED_BYTES_MAX));
}

/* More than can end in one second: the oldest go before their time. */
static void what_ended_is_kept_within_a_limit(void **state)
{
	struct fixture *fixture = *state;

	for (uint64_t i = 1; i <= NR_STORM; i++) {
		char path[128];

		snprintf(path, sizeof(path), "/docker/%064llx", (unsigned long long)i);
		add(fixture, i, ROOT_KEY, path);
		container_index__remove_cgroup(fixture->index, i, SECOND);
	}
	assert_int_equal(container_index__nr_known(fixture->index), 65536);
	assert_int_equal(fixture->fake.nr_forgotten, NR_STORM - 65536);
	assert_int_equal(fixture->fake.last_forgotten, NR_STORM - 65536);
}

static void nothing_is_freed_twice(void **state)
{
	(void)state;
	container_index__free(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest fixed[] = {
		TEST(two_hierarchies_are_one_container),
		TEST(the_same_number_in_two_hierarchies_is_two_cgroups),
		TEST(nested_cgroups_inherit),
		TEST(nested_container_has_a_number_of_its_own),
		TEST(each_container_of_a_chain_is_read_in_the_next_outer_one),
		TEST(container_that_the_host_makes_below_another_is_its_sibling),
		TEST(container_that_a_descendant_enters_first_is_nested),
		TEST(container_below_another_is_a_sibling_if_the_hosts_state_names_it),
		TEST(container_with_processes_is_known_without_cgroups),
		TEST(numbers_of_known_containers_have_places_of_their_own),
		TEST(monitor_is_the_hosts_with_all_below),
		TEST(state_on_disk_is_asked_at_the_first_event),
		TEST(cgroup_below_one_that_was_unknown_is_the_same_container),
		TEST(cgroup_that_nobody_names_is_the_hosts_once_and_for_all),
		TEST(cgroup_that_nobody_told_of_is_looked_up),
		TEST(root_cgroup_is_the_hosts),
		TEST(cgroup_that_is_known_stays_as_it_is),
		TEST(the_number_that_the_kernel_gives_is_enough),
		TEST(pid_namespace_is_a_container_where_no_cgroup_is),
		TEST(new_cgroup_names_what_enters_it_first),
		TEST(who_enters_the_pid_namespace_without_the_cgroup_is_in_the_container),
		TEST(host_cgroup_that_a_runtime_took_becomes_its_container),
		TEST(removed_cgroup_of_a_running_container_stays_until_that_ends),
		TEST(pid_namespace_ends_with_its_first_process),
		TEST(pid_namespace_with_a_number_that_was_used_is_another_container),
		TEST(pid_namespace_with_the_number_of_a_removed_containers_is_another_container),
		TEST(pid_namespace_with_the_number_of_a_stopped_containers_is_another_container),
		TEST(container_takes_the_pid_namespace_of_a_removed_one),
		TEST(pid_namespace_of_no_number_is_nobodys),
		TEST(removed_cgroup_lingers_a_second_of_events),
		TEST(host_cgroup_that_is_removed_is_forgotten_too),
		TEST(container_ends_with_its_own_cgroup_only),
		TEST(cgroup_is_removed_once),
		TEST(restart_under_the_same_id_is_a_new_container),
		TEST(facts_that_were_missing_are_read_anew),
		TEST(the_first_process_shows_who_runs_and_completes_the_users),
		TEST(facts_never_become_less),
		TEST(container_whose_facts_cannot_be_held_is_not_half_there),
		TEST(a_hundred_thousand_containers_leave_nothing),
		TEST(what_ended_is_kept_within_a_limit),
		cmocka_unit_test(nothing_is_freed_twice),
	};
	struct CMUnitTest tests[NR_ROWS(paths) + NR_ROWS(borrowed) + NR_ROWS(made_by_container) + NR_ROWS(fixed)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, paths, path_is_decided);
	ADD_ROWS(tests, nr_tests, borrowed, id_is_not_borrowed);
	ADD_ROWS(tests, nr_tests, made_by_container, cgroup_belongs_to_the_container_that_made_it);
	memcpy(tests + nr_tests, fixed, sizeof(fixed));
	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
