/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's and an LXC configuration's mounts over the passwd are found, in each way in which they can be written. */
#include "host_tree.h"

#include "container/facts.h"

#define BUNDLE(mounts)                                                                                                 \
	"{\"process\":{\"user\":{\"uid\":1001,\"gid\":1001}},\"root\":{\"path\":\"/c\"},\"mounts\":[" mounts "]}"
#define MOUNT(destination) "{\"type\":\"bind\",\"source\":\"/srv/x\",\"destination\":\"" destination "\"}"
#define LXC                "lxc.rootfs.path = dir:/c\n"

static const struct row {
	const char *name;
	enum container_runtime runtime;
	const char *config;
	bool is_mounted;
} rows[] = {
	{"no mount", RUNTIME_CONTAINERD, BUNDLE(""), false},
	{"the runtime's own files", RUNTIME_CONTAINERD,
	 BUNDLE(MOUNT("/proc") "," MOUNT("/etc/hosts") "," MOUNT("/etc/resolv.conf")), false},
	{"the file", RUNTIME_CONTAINERD, BUNDLE(MOUNT("/proc") "," MOUNT("/etc/passwd")), true},
	{"its directory", RUNTIME_CONTAINERD, BUNDLE(MOUNT("/etc")), true},
	{"a mount that is no text", RUNTIME_CONTAINERD, BUNDLE("{\"destination\":1},7,null"), false},
	{"LXC without a mount", RUNTIME_LXC, LXC, false},
	{"LXC, another file", RUNTIME_LXC, LXC "lxc.mount.entry = /srv/x etc/hosts none bind 0 0\n", false},
	{"LXC, the file below the root", RUNTIME_LXC, LXC "lxc.mount.entry = /srv/x etc/passwd none bind 0 0\n", true},
	{"LXC, before the root is named", RUNTIME_LXC, "lxc.mount.entry=/srv/x\tetc\tnone bind 0 0\n" LXC, true},
	{"LXC, by the host's path", RUNTIME_LXC, LXC "lxc.mount.entry = /srv/x /c/etc/passwd none bind 0 0\n", true},
	{"LXC, another root's", RUNTIME_LXC, LXC "lxc.mount.entry = /srv/x /other/etc/passwd none bind 0 0\n", false},
	{"LXC, a file with mounts", RUNTIME_LXC, LXC "lxc.mount.fstab = /srv/fstab\n", true},
	{"LXC, an entry that is cut", RUNTIME_LXC, LXC "lxc.mount.entry = /srv/x", false},
};

static void a_mount_hides_the_images_names(void **state)
{
	const struct row *row = *state;
	struct container_identity identity = {.runtime = row->runtime, .id = "web"};
	bool is_lxc = row->runtime == RUNTIME_LXC;
	struct container_facts facts;
	struct facts_roots roots;

	assert_int_equal(host_tree__set_up(NULL), 0);
	host_tree__put("/c/etc/passwd", "image:x:1001:1001::/:\n");
	host_tree__put(is_lxc ? "/var/lib/lxc/web/config"
			      : "/run/containerd/io.containerd.runtime.v2.task/default/web/config.json",
		       row->config);
	assert_int_equal(facts_roots__init(&roots, host_tree), 0);
	assert_int_equal(container_facts__read(&roots, &identity, &facts), 0);
	assert_int_equal(facts.passwd_is_mounted, row->is_mounted);
	assert_int_equal(container_facts__user_name(&facts, 1001) == NULL, row->is_mounted);
	assert_int_equal(!!(facts.missing & MISSING_USERS), row->is_mounted);
	container_facts__destroy(&facts);
	facts_roots__destroy(&roots);
	assert_int_equal(host_tree__tear_down(NULL), 0);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, a_mount_hides_the_images_names);
	return cmocka_run_group_tests_name("passwd mounts", tests, NULL, NULL);
}
