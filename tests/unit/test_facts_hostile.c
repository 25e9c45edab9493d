/* SPDX-License-Identifier: Apache-2.0 */
/* Files that were made to mislead, to block or to burst the reader leave facts missing, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "container/facts.h"

#define ID        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IMAGE_HEX "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

#define DOCKER_CONFIG "var/lib/docker/containers/" ID "/config.v2.json"
#define DOCKER_IMAGE  "var/lib/docker/image/overlay2/imagedb/content/sha256/" IMAGE_HEX
#define DOCKER_BUNDLE "run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" ID "/config.json"
#define PODMAN_LIST   "var/lib/containers/storage/overlay-containers/containers.json"
#define CTR_BUNDLE    "run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json"

#define MISSING_ALL (MISSING_NAME | MISSING_IMAGE | MISSING_DECLARED_USER | MISSING_RESOLVED_USER | MISSING_USERS)

/* Nothing here takes a second; what blocks is ended. */
#define DEADLINE_S 60

static const char docker_config[] = "{\"Name\":\"/web\",\"Driver\":\"overlay2\",\"Image\":\"sha256:" IMAGE_HEX "\","
				    "\"Config\":{\"Image\":\"nginx:1\",\"User\":\"u\",\"Labels\":{\"a\":\"b\"}}}";
static const char oci_config[] =
	"{\"process\":{\"user\":{\"uid\":1,\"gid\":2},\"noNewPrivileges\":true},"
	"\"annotations\":{\"nerdctl/name\":\"n\"},\"root\":{\"path\":\"/rootfs\",\"readonly\":true},"
	"\"mounts\":[{\"type\":\"bind\",\"source\":\"/etc\",\"destination\":\"/etc\",\"options\":[\"ro\"]}],"
	"\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/proc/self/ns/net\"}],"
	"\"seccomp\":{\"defaultAction\":\"x\"},\"maskedPaths\":[\"/x\"],"
	"\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}}}";

/* A host's root of the test's own. */
struct host {
	char path[64];
	struct facts_roots roots;
};

static int set_up(void **state)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		return -1;
	strcpy(host->path, "/tmp/uidzero-facts-XXXXXX");
	if (!mkdtemp(host->path) || facts_roots__init(&host->roots, host->path))
		return -1;
	*state = host;
	alarm(DEADLINE_S);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct host *host = *state;

	alarm(0);
	nftw(host->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	facts_roots__destroy(&host->roots);
	free(host);
	return 0;
}

/* The path below the host's root, its directories made and nothing in its place. */
static const char *place(const struct host *host, const char *path)
{
	static char full[4096];

	snprintf(full, sizeof(full), "%s/%s", host->path, path);
	for (char *slash = full + strlen(host->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	if (remove(full) < 0 && errno != ENOENT)
		assert_int_equal(nftw(full, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	return full;
}

static void put_bytes(const struct host *host, const char *path, const void *data, size_t size)
{
	FILE *file = fopen(place(host, path), "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void put(const struct host *host, const char *path, const char *text)
{
	put_bytes(host, path, text, strlen(text));
}

static void read_facts(const struct host *host, enum container_runtime runtime, struct container_facts *ret_facts)
{
	struct container_identity identity = {.runtime = runtime, .id = ID};

	assert_int_equal(container_facts__read(&host->roots, &identity, ret_facts), 0);
}

static void assert_nothing_known(const struct host *host, const char *what)
{
	struct container_facts facts;

	read_facts(host, RUNTIME_DOCKER, &facts);
	if (facts.missing != MISSING_ALL || facts.requested_user || facts.image_id)
		fail_msg("%s: the name is %s", what, facts.name ? facts.name : "unknown");
	container_facts__destroy(&facts);
}

static void put_fifo(const struct host *host)
{
	assert_int_equal(mkfifo(place(host, DOCKER_CONFIG), 0644), 0);
}

static void put_directory(const struct host *host)
{
	assert_int_equal(mkdir(place(host, DOCKER_CONFIG), 0755), 0);
}

static void put_socket(const struct host *host)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* The path is longer than an address may be. */
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", host->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(rename(address.sun_path, place(host, DOCKER_CONFIG)), 0);
	close(fd);
}

static void put_sparse_gibibyte(const struct host *host)
{
	char path[4096];

	put(host, DOCKER_CONFIG, docker_config);
	snprintf(path, sizeof(path), "%s/" DOCKER_CONFIG, host->path);
	assert_int_equal(truncate(path, 1 << 30), 0);
}

static void put_link_to_secret(const struct host *host)
{
	assert_int_equal(symlink("/etc/shadow", place(host, DOCKER_CONFIG)), 0);
}

static void put_link_to_endless(const struct host *host)
{
	assert_int_equal(symlink("/dev/zero", place(host, DOCKER_CONFIG)), 0);
}

static void put_link_to_self(const struct host *host)
{
	assert_int_equal(symlink("config.v2.json", place(host, DOCKER_CONFIG)), 0);
}

/* To a file that would do, elsewhere below the host's root. */
static void put_link_out(const struct host *host)
{
	put(host, "srv/config.v2.json", docker_config);
	assert_int_equal(symlink("../../../../../srv/config.v2.json", place(host, DOCKER_CONFIG)), 0);
}

static void put_link_beside(const struct host *host)
{
	put(host, DOCKER_CONFIG, "");
	put(host, "var/lib/docker/containers/" ID "/other", docker_config);
	assert_int_equal(symlink("other", place(host, DOCKER_CONFIG)), 0);
}

static void put_linked_directory(const struct host *host)
{
	put(host, "srv/config.v2.json", docker_config);
	assert_int_equal(symlink("../../../../srv", place(host, "var/lib/docker/containers/" ID)), 0);
}

/* Even within the root: one container's facts are not another's. */
static void put_directory_linked_beside(const struct host *host)
{
	put(host, "var/lib/docker/containers/other/config.v2.json", docker_config);
	assert_int_equal(symlink("other", place(host, "var/lib/docker/containers/" ID)), 0);
}

static void put_magic_link(const struct host *host)
{
	char target[128];
	int fd;

	put(host, "srv/config.v2.json", docker_config);
	snprintf(target, sizeof(target), "%s/srv", host->path);
	fd = open(target, O_PATH | O_DIRECTORY); /* stays open, or the link leads nowhere */
	assert_true(fd >= 0);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	assert_int_equal(symlink(target, place(host, "var/lib/docker/containers/" ID)), 0);
}

static void put_nothing(const struct host *host)
{
	put(host, DOCKER_CONFIG, "");
}

static void put_half(const struct host *host)
{
	put_bytes(host, DOCKER_CONFIG, docker_config, sizeof(docker_config) / 2);
}

static void put_more(const struct host *host)
{
	char text[sizeof(docker_config) + 8];

	snprintf(text, sizeof(text), "%s{}", docker_config);
	put(host, DOCKER_CONFIG, text);
}

static void put_nested(const struct host *host)
{
	size_t depth = 1 << 20;
	char *text = malloc(depth * 5 + 1);

	for (size_t i = 0; i < depth; i++)
		memcpy(text + i * 5, "{\"a\":", 5);
	put_bytes(host, DOCKER_CONFIG, text, depth * 5 > FACTS_FILE_MAX ? FACTS_FILE_MAX : depth * 5);
	free(text);
}

static void put_nul_in_key(const struct host *host)
{
	put(host, DOCKER_CONFIG, "{\"Name\":\"/web\",\"Config\":{\"a\\u0000b\":1}}");
}

static void put_huge_number(const struct host *host)
{
	put(host, DOCKER_CONFIG, "{\"Name\":\"/web\",\"Config\":{\"a\":99999999999999999999999999}}");
}

static void put_array(const struct host *host)
{
	put(host, DOCKER_CONFIG, "[{\"Name\":\"/web\"}]");
}

static const struct {
	const char *what;
	void (*put)(const struct host *host);
} traps[] = {
	{"a FIFO", put_fifo},
	{"a directory", put_directory},
	{"a socket", put_socket},
	{"a sparse file of 1 GiB", put_sparse_gibibyte},
	{"a link to a secret", put_link_to_secret},
	{"a link to an endless device", put_link_to_endless},
	{"a link to itself", put_link_to_self},
	{"a link out of the root", put_link_out},
	{"a link to a file beside it", put_link_beside},
	{"a link in the directory's place", put_linked_directory},
	{"a link to a directory beside it", put_directory_linked_beside},
	{"a link by way of /proc", put_magic_link},
	{"an empty file", put_nothing},
	{"half a file", put_half},
	{"more than a file", put_more},
	{"JSON that nests a million deep", put_nested},
	{"NUL in a key", put_nul_in_key},
	{"a number that is too big", put_huge_number},
	{"an array", put_array},
};

static void a_trap_leaves_facts_missing(void **state)
{
	for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
		traps[i].put(*state);
		assert_nothing_known(*state, traps[i].what);
		place(*state, "var");
	}
}

static int forbid_openat2(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(instructions) / sizeof(instructions[0]), instructions};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Without asserts: it runs in a process of its own. */
static int read_without_openat2(const struct host *host, const struct container_identity *identity,
				unsigned expected_missing)
{
	struct container_facts facts;
	bool is_as_expected;

	if (container_facts__read(&host->roots, identity, &facts))
		return 1;
	is_as_expected = facts.missing == expected_missing;
	container_facts__destroy(&facts);
	return !is_as_expected;
}

static int run_without_openat2(const struct host *host, unsigned expected_missing)
{
	struct container_identity identity = {.runtime = RUNTIME_DOCKER, .id = ID};
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		alarm(DEADLINE_S);
		if (forbid_openat2())
			_exit(2);
		_exit(read_without_openat2(host, &identity, expected_missing));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void a_kernel_without_openat2_is_no_less_careful(void **state)
{
	for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
		traps[i].put(*state);
		if (run_without_openat2(*state, MISSING_ALL))
			fail_msg("%s", traps[i].what);
		place(*state, "var");
	}
	put(*state, DOCKER_CONFIG, docker_config);
	put(*state, DOCKER_IMAGE, "{\"config\":{\"User\":\"app\"}}");
	put(*state, DOCKER_BUNDLE, oci_config);
	put(*state, "rootfs/etc/passwd", "root:x:0:0::/:");
	/* The host's /etc is mounted over that. */
	assert_int_equal(run_without_openat2(*state, MISSING_USERS), 0);
	put(*state, DOCKER_BUNDLE,
	    "{\"process\":{\"user\":{\"uid\":1,\"gid\":2}},\"root\":{\"path\":\"/rootfs\"},"
	    "\"mounts\":[{\"destination\":\"/proc\"}]}");
	assert_int_equal(run_without_openat2(*state, 0), 0);
}

static void a_root_may_be_a_link_within_the_host(void **state)
{
	struct container_facts facts;

	put(*state, "data/docker/containers/" ID "/config.v2.json", docker_config);
	assert_int_equal(symlink("/data/docker", place(*state, "var/lib/docker")), 0);
	read_facts(*state, RUNTIME_DOCKER, &facts);
	assert_string_equal(facts.name, "web");
	container_facts__destroy(&facts);
}

/* Reads the facts with each value of the tree replaced by each of some others. */
static void replace_each(const struct host *host, const char *path, json_t *root, json_t *holder,
			 enum container_runtime runtime)
{
	static const char *const others[] = {
		"null",
		"true",
		"-1",
		"4294967296",
		"1.5",
		"\"\"",
		"\"/\"",
		"\"\\u0000\"",
		"\"../../../x\"",
		"[]",
		"[[]]",
		"{}",
		"{\"a\":1}",
		"{\"uid\":\"0\"}",
		"\"{\"",
		"\"[]\"",
		"\"{\\\"image-name\\\":1}\"",
	};
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(holder, next, key, value)
	{
		char name[64];

		snprintf(name, sizeof(name), "%s", key);
		json_incref(value);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			struct container_facts facts;
			char *text;

			json_object_set_new(holder, name,
					    json_loads(others[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
			text = json_dumps(root, JSON_COMPACT);
			put(host, path, text);
			free(text);
			read_facts(host, runtime, &facts);
			container_facts__destroy(&facts);
			read_facts(host, RUNTIME_UNKNOWN, &facts);
			container_facts__destroy(&facts);
		}
		json_object_set_new(holder, name, value);
		replace_each(host, path, root, value, runtime);
	}
}

static void a_field_of_any_type_is_survived(void **state)
{
	static const struct {
		const char *path, *json;
		enum container_runtime runtime;
	} files[] = {
		{DOCKER_CONFIG, docker_config, RUNTIME_DOCKER},
		{DOCKER_IMAGE, "{\"config\":{\"User\":\"app\"}}", RUNTIME_DOCKER},
		{"var/lib/docker/containers/" ID "/hostconfig.json", "{\"Privileged\":true}", RUNTIME_DOCKER},
		{"var/lib/docker/image/overlay2/repositories.json",
		 "{\"Repositories\":{\"a\":{\"a:1\":\"sha256:" IMAGE_HEX "\"}}}", RUNTIME_DOCKER},
		{CTR_BUNDLE, oci_config, RUNTIME_CONTAINERD},
		{CTR_BUNDLE,
		 "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\","
		 "\"io.kubernetes.cri.image-name\":\"a:1\",\"io.kubernetes.cri.sandbox-name\":\"s\"}}",
		 RUNTIME_CONTAINERD},
		{"var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json",
		 "{\"process\":{\"user\":{\"uid\":0,\"gid\":0}},\"annotations\":{\"io.container.manager\":\"cri-o\","
		 "\"io.kubernetes.cri-o.ContainerType\":\"container\",\"io.kubernetes.cri-o.Labels\":\"{}\"}}",
		 RUNTIME_CRIO},
		{"run/runc/" ID "/state.json",
		 "{\"config\":{\"labels\":{},\"no_new_privileges\":true},\"cgroup_paths\":{\"\":\"/sys/fs/cgroup/x\"}}",
		 RUNTIME_RUNC},
		{"run/crun/" ID "/status", "{\"bundle\":\"/x\",\"cgroup-path\":\"/x\"}", RUNTIME_CRUN},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		json_t *root = json_loads(files[i].json, 0, NULL);

		assert_non_null(root);
		replace_each(*state, files[i].path, root, root, files[i].runtime);
		json_decref(root);
		put(*state, files[i].path, files[i].json);
	}
}

static void a_user_that_is_no_id_is_not_resolved(void **state)
{
	static const struct {
		const char *user, *resolved;
	} cases[] = {
		{"{\"uid\":0,\"gid\":0}", "0:0"},
		{"{\"uid\":4294967295,\"gid\":4294967295}", "4294967295:4294967295"},
		{"{\"uid\":4294967296,\"gid\":0}", NULL},
		{"{\"uid\":-1,\"gid\":0}", NULL},
		{"{\"uid\":0,\"gid\":-1}", NULL},
		{"{\"uid\":1e3,\"gid\":0}", NULL},
		{"{\"uid\":\"0\",\"gid\":0}", NULL},
		{"{\"uid\":0}", NULL},
		{"{}", NULL},
		{"null", NULL},
		{"[0,0]", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;
		char text[256];

		snprintf(text, sizeof(text), "{\"process\":{\"user\":%s}}", cases[i].user);
		put(*state, CTR_BUNDLE, text);
		read_facts(*state, RUNTIME_CONTAINERD, &facts);
		if (!facts.resolved_user != !cases[i].resolved ||
		    (facts.resolved_user && strcmp(facts.resolved_user, cases[i].resolved) != 0))
			fail_msg("%s is resolved to %s", cases[i].user, facts.resolved_user);
		assert_int_equal(!!(facts.missing & MISSING_RESOLVED_USER), !cases[i].resolved);
		container_facts__destroy(&facts);
	}
}

static void text_is_made_valid(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{"a\\u0000b", "a\xef\xbf\xbd"
			      "b"},
		{"a\xff"
		 "b",
		 "a\xef\xbf\xbd"
		 "b"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\\u001b[31m\\n", "\x1b[31m\n"}, /* for the encoders to escape */
		{"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;
		char text[256];

		snprintf(text, sizeof(text), "{\"Name\":\"/%s\"}", cases[i].name);
		put(*state, DOCKER_CONFIG, text);
		read_facts(*state, RUNTIME_DOCKER, &facts);
		assert_non_null(facts.name);
		assert_string_equal(facts.name, cases[i].expected);
		container_facts__destroy(&facts);
	}
}

static void long_text_is_cut_at_a_whole_character(void **state)
{
	/* What does not fill the limit evenly: 1024 is no multiple of 3; 1 + 3 * 341 is. */
	static const struct {
		const char *start, *character;
		size_t count, expected;
	} cases[] = {
		{"", "a", 5000, FACTS_STRING_MAX},
		{"", "\xe2\x82\xac", 5000, FACTS_STRING_MAX / 3 * 3},
		{"b", "\xe2\x82\xac", 5000, FACTS_STRING_MAX},
		{"", "a", FACTS_STRING_MAX, FACTS_STRING_MAX},
		{"", "\\u0000", 2000, FACTS_STRING_MAX / 3 * 3},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;
		char *text = malloc(64 << 10);
		size_t size = (size_t)sprintf(text, "{\"Name\":\"/%s", cases[i].start);

		for (size_t j = 0; j < cases[i].count; j++)
			size += (size_t)sprintf(text + size, "%s", cases[i].character);
		sprintf(text + size, "\"}");
		put(*state, DOCKER_CONFIG, text);
		free(text);
		read_facts(*state, RUNTIME_DOCKER, &facts);
		assert_int_equal(strlen(facts.name), cases[i].expected);
		container_facts__destroy(&facts);
	}
}

static void what_nobody_looks_at_is_skipped(void **state)
{
	static const struct {
		const char *json, *name;
	} cases[] = {
		{"{\"Name\":\"/web\"}", "web"},
		{" {\n\t\"x\" : 1 ,\r\"Name\" : \"/web\" } \n", "web"},
		{"{\"x\":99999999999999999999999999,\"Name\":\"/web\"}", "web"},
		{"{\"x\":\"\\\"}\",\"Name\":\"/web\",\"y\":[\"]\",{\"Name\":\"/z\"}]}", "web"},
		{"{\"x\":{\"Name\":\"/z\"}}", NULL},
		{"{\"x\":\"\\\\\",\"Name\":\"/web\"}", "web"},
		{"{\"Name\":\"/z\",\"Name\":\"/web\"}", "web"}, /* as jansson has it: the last one */
		{"{\"Name\":\"/web\",}", NULL},
		{"{\"Name\":\"/web\"", NULL},
		{"{\"Name\":\"/web\",\"x\":\"", NULL},
		{"{\"Name\":\"/web\",\"x\":\"\\", NULL},
		{"{\"Name\":\"/web\",\"x\":[", NULL},
		{"{\"Name\":\"/web\",\"x\"}", NULL},
		{"{\"Name\":\"/web\" \"x\":1}", NULL},
		{"{\"Name\":}", NULL},
		{"{,\"Name\":\"/web\"}", NULL},
		{"{}", NULL},
		{"{", NULL},
		{"}", NULL},
		{"{\"", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;

		put(*state, DOCKER_CONFIG, cases[i].json);
		read_facts(*state, RUNTIME_DOCKER, &facts);
		if (!facts.name != !cases[i].name || (facts.name && strcmp(facts.name, cases[i].name) != 0))
			fail_msg("%s: %s", cases[i].json, facts.name ? facts.name : "unknown");
		container_facts__destroy(&facts);
	}
}

/* The key is as long as no name that is looked for: past a NUL, one must not be compared on beyond its end. */
static void a_key_that_goes_on_behind_a_nul_is_none_of_ours(void **state)
{
	static const char start[] = "{\"Name\":\"/web\",\"Name\0", end[] = "\":\"/z\"}";
	char text[sizeof(start) + 4096 + sizeof(end)];
	size_t sizes[] = {0, 1, 40, 4096};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct container_facts facts;
		size_t size = sizeof(start) - 1;

		memcpy(text, start, size);
		memset(text + size, 'x', sizes[i]);
		size += sizes[i];
		memcpy(text + size, end, sizeof(end) - 1);
		put_bytes(*state, DOCKER_CONFIG, text, size + sizeof(end) - 1);
		read_facts(*state, RUNTIME_DOCKER, &facts);
		assert_string_equal(facts.name, "web");
		container_facts__destroy(&facts);
	}
}

static void labels_beyond_the_limit_are_counted(void **state)
{
	struct container_facts facts, copy;
	char *text = malloc(1 << 20), *json;
	size_t size = (size_t)sprintf(text, "{\"Config\":{\"Labels\":{\"number\":1");

	for (int i = 0; i < 10000; i++)
		size += (size_t)sprintf(text + size, ",\"label-%d\":\"%d\"", i, i);
	sprintf(text + size, "}}}");
	put(*state, DOCKER_CONFIG, text);
	free(text);
	read_facts(*state, RUNTIME_DOCKER, &facts);
	assert_int_equal(facts.nr_labels, FACTS_LABELS_MAX);
	assert_int_equal(facts.nr_labels_dropped, 10000 - FACTS_LABELS_MAX);
	assert_string_equal(facts.labels[0].key, "label-0");
	assert_string_equal(facts.labels[63].value, "63");
	assert_int_equal(container_facts__to_json(&facts, &json), 0);
	assert_int_equal(container_facts__from_json(json, strlen(json), &copy), 0);
	assert_int_equal(copy.nr_labels, FACTS_LABELS_MAX);
	assert_int_equal(copy.nr_labels_dropped, 10000 - FACTS_LABELS_MAX);
	free(json);
	container_facts__destroy(&facts);
	container_facts__destroy(&copy);
}

static void names_in_files_lead_nowhere(void **state)
{
	static const char *const configs[] = {
		"{\"Name\":\"/x\",\"Driver\":\"../../../../srv\",\"Image\":\"sha256:" IMAGE_HEX "\"}",
		"{\"Name\":\"/x\",\"Driver\":\"..\",\"Image\":\"sha256:" IMAGE_HEX "\"}",
		"{\"Name\":\"/x\",\"Driver\":\"/srv\",\"Image\":\"sha256:" IMAGE_HEX "\"}",
		"{\"Name\":\"/x\",\"Driver\":\"overlay2\",\"Image\":\"sha256:../../../../../../../../../srv\"}",
	};

	put(*state, "srv/imagedb/content/sha256/" IMAGE_HEX, "{\"config\":{\"User\":\"stolen\"}}");
	put(*state, "var/lib/docker/imagedb/content/sha256/" IMAGE_HEX, "{\"config\":{\"User\":\"stolen\"}}");
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct container_facts facts;

		put(*state, DOCKER_CONFIG, configs[i]);
		read_facts(*state, RUNTIME_DOCKER, &facts);
		assert_null(facts.declared_user);
		assert_true(facts.missing & MISSING_DECLARED_USER);
		container_facts__destroy(&facts);
	}
}

static void an_image_reference_is_split(void **state)
{
	static const struct {
		const char *reference, *name, *tag;
	} cases[] = {
		{"nginx", "nginx", NULL},
		{"nginx:1.25", "nginx", "1.25"},
		{"docker.io/library/nginx:1.25", "docker.io/library/nginx", "1.25"},
		{"localhost:5000/a/b", "localhost:5000/a/b", NULL},
		{"localhost:5000/a/b:c", "localhost:5000/a/b", "c"},
		{"a/b@sha256:" IMAGE_HEX, "a/b", NULL},
		{"h:5000/a/b:t@sha256:" IMAGE_HEX, "h:5000/a/b", "t"},
		{"sha256:" ID, NULL, NULL},
		{ID, NULL, NULL},
		{"0123456789ab", "0123456789ab", NULL},
		{"fedcba987654", NULL, NULL}, /* the start of the image's id */
		{"fed", "fed", NULL},
		{"", NULL, NULL},
		{":", NULL, NULL},
		{"a:", "a", NULL},
		{"@", NULL, NULL},
		{"/", "/", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;
		char text[512];

		snprintf(text, sizeof(text),
			 "{\"Driver\":\"overlay2\",\"Image\":\"sha256:" IMAGE_HEX "\",\"Config\":{\"Image\":\"%s\"}}",
			 cases[i].reference);
		put(*state, DOCKER_CONFIG, text);
		read_facts(*state, RUNTIME_DOCKER, &facts);
		if (!facts.image_name != !cases[i].name || !facts.image_tag != !cases[i].tag)
			fail_msg("%s is split to %s and %s", cases[i].reference, facts.image_name, facts.image_tag);
		if (cases[i].name)
			assert_string_equal(facts.image_name, cases[i].name);
		if (cases[i].tag)
			assert_string_equal(facts.image_tag, cases[i].tag);
		assert_int_equal(!!(facts.missing & MISSING_IMAGE), !cases[i].name);
		container_facts__destroy(&facts);
	}
}

static void an_entry_is_not_found_in_anothers_text(void **state)
{
	static const char *const lists[] = {
		"[{\"id\":\"" IMAGE_HEX "\",\"names\":[\"{\\\"id\\\":\\\"" ID "\\\",\\\"names\\\":[\\\"x\\\"]}\"]}]",
		"[{\"id\":\"" IMAGE_HEX "\",\"names\":[\"" ID "\"]}]",
		"{\"id\":\"" IMAGE_HEX "\"}",
		"[\"" ID "\"]",
		"[{\"id\":[\"" ID "\"]}]",
		"[{\"id\":\"" ID "\"",
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct container_facts facts;

		put(*state, PODMAN_LIST, lists[i]);
		read_facts(*state, RUNTIME_PODMAN, &facts);
		if (facts.missing != MISSING_ALL)
			fail_msg("%s", lists[i]);
		container_facts__destroy(&facts);
	}
}

static void a_bundle_is_only_where_runc_says(void **state)
{
	static const struct {
		const char *labels, *resolved;
	} cases[] = {
		{"\"bundle=/srv/a\"", "1:2"},
		{"\"bundle=/srv/b\",\"bundle=/srv/a\"", "1:2"}, /* runc's own comes last */
		{"\"bundle=/srv/a\",\"bundle=/srv/b\"", NULL},
		{"\"bundle=srv/a\"", NULL},
		{"\"bundle=\"", NULL},
		{"\"bundle=/srv/link\"", "1:2"}, /* a link within the host's root */
		{"1,[],\"x\"", NULL},
	};

	put(*state, "srv/a/config.json", oci_config);
	assert_int_equal(mkfifo(place(*state, "srv/b/config.json"), 0644), 0);
	assert_int_equal(symlink("/srv/a", place(*state, "srv/link")), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;
		char text[256];

		snprintf(text, sizeof(text), "{\"config\":{\"labels\":[%s]}}", cases[i].labels);
		put(*state, "run/runc/" ID "/state.json", text);
		read_facts(*state, RUNTIME_RUNC, &facts);
		if (!facts.resolved_user != !cases[i].resolved)
			fail_msg("%s", cases[i].labels);
		assert_string_equal(facts.name, ID);
		container_facts__destroy(&facts);
	}
}

static void a_state_of_any_shape_finds_no_cgroup(void **state)
{
	static const char *const paths[] = {
		"null",
		"[]",
		"{}",
		"\"/sys/fs/cgroup/a\"",
		"{\"\":1}",
		"{\"\":\"\"}",
		"{\"\":\"/\"}",
		"{\"\":\"/sys/fs/cgroup\"}",
		"{\"\":\"/sys/fs/cgroup/\"}",
		"{\"\":\"/sys/fs/cgroup//\"}",
		"{\"memory\":\"/sys/fs/cgroup/memory\"}",
		"{\"memory\":\"/sys/fs/cgroup/memory/\"}",
		"{\"memory\":\"/sys/fs/cgroup/a\"}",
		"{\"\":\"/a\"}",
		"{\"\":\"a\"}",
		"{\"\":\"/sys/fs/cgroupx/a\"}",
	};
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct container_identity identity;
		char text[256];

		snprintf(text, sizeof(text), "{\"id\":\"a\",\"cgroup_paths\":%s}", paths[i]);
		put(host, "run/runc/a/state.json", text);
		snprintf(text, sizeof(text), "{\"cgroup-path\":%s}", i % 2 ? "\"/\"" : "\"\"");
		put(host, "run/crun/a/status", text);
		if (container_facts__find_by_cgroup(&host->roots, &(struct cgroup_search){.path = "/a"}, &identity) !=
		    0)
			fail_msg("%s", paths[i]);
	}
}

static void an_lxc_configuration_is_taken_as_it_is(void **state)
{
	static const struct {
		const char *config, *resolved;
		int no_new_privs;
	} cases[] = {
		{"", "0:0", 0},
		{"lxc.init.uid=7", "7:0", 0},
		{" lxc.init.uid\t=\t7 \r\nlxc.init.gid = \"8\"\n", "7:8", 0},
		{"lxc.init.uid = 7\nlxc.init.uid = 9\n", "9:0", 0},
		{"lxc.init.uid = x\n", NULL, 0},
		{"lxc.init.uid = 99999999999\n", NULL, 0},
		{"lxc.init.uid = -1\n", NULL, 0},
		{"#lxc.init.uid = 7\n=\n==\n\n\"", "0:0", 0},
		{"lxc.init.uid = \"\nlxc.no_new_privs = 1", NULL, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts;

		put(*state, "var/lib/lxc/" ID "/config", cases[i].config);
		read_facts(*state, RUNTIME_LXC, &facts);
		if (!facts.resolved_user != !cases[i].resolved ||
		    (facts.resolved_user && strcmp(facts.resolved_user, cases[i].resolved) != 0))
			fail_msg("%s is resolved to %s", cases[i].config, facts.resolved_user);
		assert_int_equal(facts.no_new_privs, cases[i].no_new_privs);
		container_facts__destroy(&facts);
	}
}

static void a_passwd_of_any_shape_is_survived(void **state)
{
	static const char *const files[] = {
		"",
		"\n\n",
		"::::::",
		"a:x:1000",
		"a:x:1000::::",
		"a:x:1000:::relative:",
		"a:x:1000x:::/home:",
		"a:x::::/home:",
		"a:x:99999999999999999999:::/home:",
		"a:x:1000:::/home/../..:",
		"a:x:-1:::/home:",
	};
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct container_identity identity = {.runtime = RUNTIME_DOCKER, .id = ID, .user_uid = 1000};
		struct container_facts facts;

		put(host, "etc/passwd", files[i]);
		put(host, "home/.local/share/docker/containers/" ID "/config.v2.json", docker_config);
		assert_int_equal(container_facts__read(&host->roots, &identity, &facts), 0);
		assert_int_equal(facts.missing, MISSING_ALL);
		container_facts__destroy(&facts);
	}
}

/* A writer that changes the file without pause; the reader sees the one, the other, or nothing whole. */
static void a_file_that_changes_while_read_is_survived(void **state)
{
	struct host *host = *state;
	pid_t writer;

	put(host, DOCKER_CONFIG, docker_config);
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		char path[4096];
		int fd;

		alarm(DEADLINE_S);
		snprintf(path, sizeof(path), "%s/" DOCKER_CONFIG, host->path);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		for (unsigned i = 0;; i++) {
			if (ftruncate(fd, i % 3 == 2 ? FACTS_FILE_MAX + 1 : i % 7) < 0 ||
			    pwrite(fd, docker_config, strlen(docker_config), 0) < 0)
				_exit(1);
		}
	}
	for (int i = 0; i < 300; i++) {
		struct container_facts facts;

		read_facts(host, RUNTIME_DOCKER, &facts);
		if (facts.name)
			assert_string_equal(facts.name, "web");
		container_facts__destroy(&facts);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
}

static void no_descriptor_is_left_open(void **state)
{
	int before = dup(0), after;

	close(before);
	put(*state, DOCKER_CONFIG, docker_config);
	put(*state, DOCKER_BUNDLE, oci_config);
	put(*state, PODMAN_LIST, "[]");
	for (int runtime = RUNTIME_UNKNOWN; runtime < RUNTIME_END; runtime++) {
		struct container_facts facts;

		read_facts(*state, (enum container_runtime)runtime, &facts);
		container_facts__destroy(&facts);
	}
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_trap_leaves_facts_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_kernel_without_openat2_is_no_less_careful, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_root_may_be_a_link_within_the_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_field_of_any_type_is_survived, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_user_that_is_no_id_is_not_resolved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(text_is_made_valid, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_text_is_cut_at_a_whole_character, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_nobody_looks_at_is_skipped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_that_goes_on_behind_a_nul_is_none_of_ours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(labels_beyond_the_limit_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_in_files_lead_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_image_reference_is_split, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_entry_is_not_found_in_anothers_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_bundle_is_only_where_runc_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_state_of_any_shape_finds_no_cgroup, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_lxc_configuration_is_taken_as_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_passwd_of_any_shape_is_survived, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_changes_while_read_is_survived, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_descriptor_is_left_open, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
