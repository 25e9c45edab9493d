/* SPDX-License-Identifier: Apache-2.0 */
/* A workload on a kernel of its own is recognised by what its runtime leaves on the host, and by nothing else. */
#include "host_tree.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "container/facts.h"
#include "container/process_stat.h"

#define ID      "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0"
#define POD     "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0"
#define OTHER   "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0"
#define TASKS   "/run/containerd/io.containerd.runtime.v2.task"
#define CTR     TASKS "/k8s.io/" ID
#define MOBY    TASKS "/moby/" ID
#define STORE   "/var/lib/docker/containers/" ID
#define PODMAN  "/var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json"
#define BUNDLE  "{\"process\":{\"user\":{\"uid\":0,\"gid\":0}}}"
#define NOTHING ""

#define FILES_MAX 4

struct file {
	const char *path, *text;
};

static const struct row {
	const char *name;
	enum container_runtime runtime;
	const char *id, *outer_id;
	uint32_t user_uid;
	enum facts_isolation expected;
	struct file files[FILES_MAX];
} rows[] = {
	{"a container of runc",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{CTR "/config.json", BUNDLE},
	  {CTR "/shim-binary-path", "/usr/bin/containerd-shim-runc-v2"},
	  {CTR "/options.json", "{\"binary_name\":\"runc\",\"root\":\"/run/containerd/runc\"}"},
	  {"/run/containerd/runc/k8s.io/" ID "/state.json", "{}"}}},
	{"gVisor's shim",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_GVISOR,
	 {{CTR "/config.json", BUNDLE}, {CTR "/shim-binary-path", "/opt/bin/containerd-shim-runsc-v1"}}},
	{"Kata's shim",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_VM,
	 {{CTR "/config.json", BUNDLE}, {CTR "/shim-binary-path", "/usr/local/bin/containerd-shim-kata-v2"}}},
	{"one of Kata's configurations",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_VM,
	 {{CTR "/config.json", BUNDLE}, {CTR "/shim-binary-path", "containerd-shim-kata-qemu-v2"}}},
	{"a shim of another name",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{CTR "/config.json", BUNDLE}, {CTR "/shim-binary-path", "/kata/containerd-shim-x"}}},
	{"runc's shim that runs runsc, with a root of its own",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_GVISOR,
	 {{CTR "/config.json", BUNDLE},
	  {CTR "/options.json", "{\"root\":\"/srv/states\"}"},
	  {"/srv/states/k8s.io/" ID "_sandbox:" ID ".lock", NOTHING}}},
	{"a state of the same id that is not in that namespace",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{CTR "/config.json", BUNDLE},
	  {CTR "/options.json", "{\"root\":\"/srv/states\"}"},
	  {"/srv/states/default/" ID "_sandbox:" ID ".lock", NOTHING}}},
	{"runsc's states beside runc's",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_GVISOR,
	 {{CTR "/config.json", BUNDLE}, {"/run/containerd/runsc/k8s.io/" ID "_sandbox:" ID ".lock", NOTHING}}},
	{"a container in a pod's sandbox",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_GVISOR,
	 {{CTR "/config.json", BUNDLE}, {"/run/containerd/runsc/k8s.io/" ID "_sandbox:" POD ".lock", NOTHING}}},
	{"another container in the sandbox that is called as this one",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{CTR "/config.json", BUNDLE}, {"/run/containerd/runsc/k8s.io/" OTHER "_sandbox:" ID ".lock", NOTHING}}},
	{"a lock that was left, and runc's container of now",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{CTR "/config.json", BUNDLE},
	  {"/run/containerd/runc/k8s.io/" ID "_sandbox:" ID ".lock", NOTHING},
	  {"/run/containerd/runc/k8s.io/" ID "/state.json", "{}"}}},
	{"Docker with a runtime of containerd's",
	 RUNTIME_DOCKER,
	 ID,
	 NULL,
	 0,
	 ISOLATION_VM,
	 {{STORE "/config.v2.json", "{\"Name\":\"/web\"}"},
	  {STORE "/hostconfig.json", "{\"Runtime\":\"io.containerd.kata.v2\"}"}}},
	{"Docker with a runtime whose name the administrator chose",
	 RUNTIME_DOCKER,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{STORE "/config.v2.json", "{\"Name\":\"/web\"}"},
	  {STORE "/hostconfig.json", "{\"Runtime\":\"runsc\"}"},
	  {MOBY "/config.json", BUNDLE}}},
	{"Docker with runsc",
	 RUNTIME_DOCKER,
	 ID,
	 NULL,
	 0,
	 ISOLATION_GVISOR,
	 {{STORE "/config.v2.json", "{\"Name\":\"/web\"}"},
	  {STORE "/hostconfig.json", "{\"Runtime\":\"any\"}"},
	  {"/run/docker/runtime-runc/moby/" ID "_sandbox:" ID ".lock", NOTHING}}},
	{"podman with runsc",
	 RUNTIME_PODMAN,
	 ID,
	 NULL,
	 0,
	 ISOLATION_GVISOR,
	 {{PODMAN, BUNDLE}, {"/run/runsc/" ID "_sandbox:" ID ".lock", NOTHING}}},
	{"CRI-O with Kata", RUNTIME_CRIO, ID, NULL, 0, ISOLATION_VM, {{PODMAN, BUNDLE}, {"/run/vc/sbs/" ID, NULL}}},
	{"Kata's runtime in Rust",
	 RUNTIME_CRIO,
	 ID,
	 NULL,
	 0,
	 ISOLATION_VM,
	 {{PODMAN, BUNDLE}, {"/run/kata/" ID, NULL}}},
	{"an id that a user chose, and a sandbox of that name",
	 RUNTIME_CONTAINERD,
	 "web",
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{TASKS "/default/web/config.json", BUNDLE}, {"/run/runsc/web_sandbox:web.lock", NOTHING}}},
	{"a cgroup's name alone",
	 RUNTIME_UNKNOWN,
	 "web",
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{"/run/runsc/web_sandbox:web.state", "{}"}, {"/run/vc/sbs/web", NULL}}},
	{"a generated id that no runtime knows",
	 RUNTIME_UNKNOWN,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{"/run/runsc/" ID "_sandbox:" ID ".lock", NOTHING}, {"/run/vc/sbs/" ID, NULL}}},
	{"a container in a container, with the id of a sandbox on the host",
	 RUNTIME_DOCKER,
	 ID,
	 OTHER,
	 0,
	 ISOLATION_NONE,
	 {{"/run/runsc/" ID "_sandbox:" ID ".lock", NOTHING}, {"/run/vc/sbs/" ID, NULL}}},
	{"a plain user's container",
	 RUNTIME_DOCKER,
	 ID,
	 NULL,
	 1000,
	 ISOLATION_NONE,
	 {{"/etc/passwd", "ada:x:1000:1000::/home/ada:/bin/sh\n"},
	  {"/home/ada/.local/share/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/web\"}"},
	  {"/home/ada/.local/share/docker/containers/" ID "/hostconfig.json",
	   "{\"Runtime\":\"io.containerd.runsc.v1\"}"},
	  {"/run/runsc/" ID "_sandbox:" ID ".lock", NOTHING}}},
	{"hostile files",
	 RUNTIME_CONTAINERD,
	 ID,
	 NULL,
	 0,
	 ISOLATION_NONE,
	 {{CTR "/config.json", BUNDLE},
	  {CTR "/shim-binary-path", ""},
	  {CTR "/options.json", "{\"root\":\"../../../run/runsc\"}"},
	  {"/run/runsc/_sandbox:.lock", NOTHING}}},
};

static void put_files(const struct row *row)
{
	for (size_t i = 0; i < FILES_MAX && row->files[i].path; i++)
		host_tree__put(row->files[i].path, row->files[i].text);
}

static void isolation_is_what_the_host_says(void **state)
{
	const struct row *row = *state;
	struct container_identity identity = {.runtime = row->runtime, .user_uid = row->user_uid};
	struct container_facts facts, copy;
	struct facts_roots roots;
	char *json;

	assert_int_equal(host_tree__set_up(NULL), 0);
	put_files(row);
	strcpy(identity.id, row->id);
	strcpy(identity.outer_id, row->outer_id ? row->outer_id : "");
	assert_int_equal(facts_roots__init(&roots, host_tree), 0);
	assert_int_equal(container_facts__read(&roots, &identity, &facts), 0);
	assert_int_equal(facts.isolation, row->expected);
	/* A recording keeps it. */
	assert_int_equal(container_facts__to_json(&facts, &json), 0);
	assert_int_equal(container_facts__from_json(json, strlen(json), &copy), 0);
	assert_int_equal(copy.isolation, row->expected);
	free(json);
	container_facts__destroy(&copy);
	container_facts__destroy(&facts);
	facts_roots__destroy(&roots);
	assert_int_equal(host_tree__tear_down(NULL), 0);
}

#define V1_STATE "{\"bundleDir\":\"/srv/b\",\"sandbox\":{\"cgroup\":{\"cgroupv1\":{\"name\":\"/a/web\"}}}}"
#define V2_STATE                                                                                                       \
	"{\"bundleDir\":\"/srv/b\",\"sandbox\":{\"cgroup\":{\"cgroupv2\":{\"Mountpoint\":\"/sys/fs/cgroup\","          \
	"\"Path\":\"/a/web\"}}}}"
#define BELOW_STATE                                                                                                    \
	"{\"sandbox\":{\"cgroup\":{\"cgroupv1\":{\"name\":\"web\",\"parents\":{\"pids\":\"/a\",\"cpu\":\"/x\"}}}}}"

static void the_cgroup_of_a_state_names_its_container(void **state)
{
	static const struct {
		const char *state, *path;
		bool is_found;
	} cases[] = {
		{V1_STATE, "/a/web", true},
		{V1_STATE, "/a/web/below", true},
		{V1_STATE, "/a/webs", false},
		{V1_STATE, "/a", false},
		{V2_STATE, "/a/web", true},
		{V2_STATE, "/b/web", false},
		{BELOW_STATE, "/a/web", true},
		{BELOW_STATE, "/web", false},
		{"{\"sandbox\":{\"cgroup\":{\"cgroupv1\":{\"name\":\"/\"}}}}", "/a/web", false},
		{"{\"sandbox\":{\"cgroup\":[]}}", "/a/web", false},
		{"{\"sandbox\"", "/a/web", false},
		{"", "/a/web", false},
	};
	struct facts_roots roots;

	(void)state;
	assert_int_equal(facts_roots__init(&roots, host_tree), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_identity identity = {};
		struct cgroup_search search = {.path = cases[i].path};
		struct container_facts facts;

		host_tree__put("/run/runsc/shop_sandbox:shop.state", cases[i].state);
		host_tree__put("/srv/b/config.json", BUNDLE);
		if (container_facts__find_by_cgroup(&roots, &search, &identity) != cases[i].is_found)
			fail_msg("%s: %s", cases[i].path, cases[i].state);
		if (!cases[i].is_found)
			continue;
		assert_int_equal(identity.runtime, RUNTIME_RUNSC);
		assert_string_equal(identity.id, "shop");
		assert_int_equal(container_facts__read(&roots, &identity, &facts), 0);
		assert_int_equal(facts.isolation, ISOLATION_GVISOR);
		assert_string_equal(facts.name, "shop");
		container_facts__destroy(&facts);
	}
	facts_roots__destroy(&roots);
}

static uint64_t start_ns_of(pid_t pid)
{
	struct process_stat stat;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(process_stat__read(fd, &stat));
	assert_int_equal(stat.parent, getpid());
	close(fd);
	return stat.start_ticks * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK)) + 1000;
}

/* While runsc makes a container there is no state, and the process that it starts is one whose parent has the lock. */
static void the_parent_that_holds_the_lock_names_the_container(void **state)
{
	struct cgroup_search search = {.path = "/any/thing"};
	struct container_identity identity;
	struct facts_roots roots;
	int lock;

	(void)state;
	assert_int_equal(symlink("/proc", host_tree__path("/proc")), 0);
	host_tree__put("/run/runsc/shop_sandbox:shop.lock", "");
	host_tree__put("/run/runsc/done_sandbox:done.lock", "");
	host_tree__put("/run/runsc/done_sandbox:done.state", V1_STATE);
	assert_int_equal(facts_roots__init(&roots, host_tree), 0);
	search.tgid = (uint32_t)fork();
	if (search.tgid == 0) {
		/* A check that fails leaves nothing behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	search.start_ns = start_ns_of((pid_t)search.tgid);
	assert_int_equal(container_facts__find_by_cgroup(&roots, &search, &identity), 0);
	lock = open(host_tree__path("/run/runsc/done_sandbox:done.lock"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(container_facts__find_by_cgroup(&roots, &search, &identity), 0);
	close(lock);
	lock = open(host_tree__path("/run/runsc/shop_sandbox:shop.lock"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(container_facts__find_by_cgroup(&roots, &search, &identity), 1);
	assert_string_equal(identity.id, "shop");
	/* Another process has got the number since. */
	search.start_ns -= 1000000000;
	assert_int_equal(container_facts__find_by_cgroup(&roots, &search, &identity), 0);
	close(lock);
	kill((pid_t)search.tgid, SIGKILL);
	waitpid((pid_t)search.tgid, NULL, 0);
	facts_roots__destroy(&roots);
}

int main(void)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test_setup_teardown(the_cgroup_of_a_state_names_its_container, host_tree__set_up,
						host_tree__tear_down),
		cmocka_unit_test_setup_teardown(the_parent_that_holds_the_lock_names_the_container, host_tree__set_up,
						host_tree__tear_down),
	};
	struct CMUnitTest tests[NR_ROWS(rows) + NR_ROWS(fixed)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, isolation_is_what_the_host_says);
	memcpy(tests + nr_tests, fixed, sizeof(fixed));
	return cmocka_run_group_tests_name("isolation", tests, NULL, NULL);
}
