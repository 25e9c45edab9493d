/* SPDX-License-Identifier: Apache-2.0 */
/* What each runtime left on a host's disk is found and joined; see tests/data/runtimes/README.md. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "container/facts.h"

#define HOST_ROOT "tests/data/runtimes"

#define ID8(pair) pair pair pair pair pair pair pair pair
#define ID(pair)  ID8(pair) ID8(pair) ID8(pair) ID8(pair)
#define IMAGE_ID  "sha256:a248d349883e859af5d9570e14e10d2c5ccc46af3ac67817281710a35dff3949"
#define PODMAN_ID "sha256:ffb9bfa6d11ff32507c387343d89a6e0564f973a0a4e8d5a0408f73aa69eaacc"
#define TASKS     "/run/containerd/io.containerd.runtime.v2.task"
#define STORE     "/var/lib/containers/storage/overlay-containers"

#define MISSING_ALL (MISSING_NAME | MISSING_IMAGE | MISSING_DECLARED_USER | MISSING_RESOLVED_USER)

struct expected {
	enum container_runtime asked;
	const char *id;
	enum container_runtime runtime;
	const char *name, *image_name, *image_tag, *image_id, *declared, *requested, *resolved, *bundle;
	int is_privileged, no_new_privs;
	const char *labels; /* "key=value;..." */
	const char *pod;    /* "namespace/name/uid/container" */
	bool is_sandbox;
	unsigned missing; /* but for MISSING_USERS */
};

#define USERS "0=root;1=daemon;1001=app;"

static const struct expected containers[] = {
	{RUNTIME_DOCKER, ID("d0"), RUNTIME_DOCKER, "web", "reg.example:5000/team/bb", "1.2", IMAGE_ID, "app", NULL,
	 "1001:1002", "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" ID("d0"), 0, 0,
	 "a=b;com.x=y;", NULL, false, 0},
	/* of ECS; --user by a name that is root's */
	{RUNTIME_DOCKER, ID("d3"), RUNTIME_DOCKER, "ecs-shop-7-web-a2f1", "reg.example:5000/team/bb", "1.2", IMAGE_ID,
	 "app", "toor", "0:0", "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" ID("d3"), 0, 0,
	 "com.amazonaws.ecs.cluster=prod;com.amazonaws.ecs.container-name=web;", NULL, false, 0},
	/* by the system's containerd, started by the image's id, a pod's sandbox of cri-dockerd */
	{RUNTIME_DOCKER, ID("d1"), RUNTIME_DOCKER, "by_id", "reg.example:5000/team/bb", "1.2", IMAGE_ID, "app", "7:8",
	 "7:8", TASKS "/moby/" ID("d1"), 1, 1,
	 "io.kubernetes.pod.name=pod-1;io.kubernetes.pod.namespace=ns-1;io.kubernetes.pod.uid=u-1;"
	 "io.kubernetes.container.name=POD;io.kubernetes.docker.type=podsandbox;",
	 "ns-1/pod-1/u-1/POD", true, 0},
	/* userns-remap; the container was not started */
	{RUNTIME_DOCKER, ID("d2"), RUNTIME_DOCKER, "remapped", "bb", "1",
	 "sha256:34d847f73f09182262a1d550c68b13edde9797ae2f4562e75f8cc75876424b2d", "", NULL, NULL, NULL, 0, -1, "",
	 NULL, false, MISSING_RESOLVED_USER},
	{RUNTIME_CONTAINERD, "ctr1", RUNTIME_CONTAINERD, "ctr1", NULL, NULL, NULL, NULL, NULL, "1001:1002",
	 TASKS "/default/ctr1", 0, 1, "foo=bar;", NULL, false, MISSING_IMAGE | MISSING_DECLARED_USER},
	{RUNTIME_CONTAINERD, "elsewhere", RUNTIME_CONTAINERD, "elsewhere", NULL, NULL, NULL, NULL, NULL, "1001:1002",
	 "/srv/containerd/io.containerd.runtime.v2.task/default/elsewhere", 0, 1, "foo=bar;", NULL, false,
	 MISSING_IMAGE | MISSING_DECLARED_USER},
	/* Kubernetes: a container and its sandbox */
	{RUNTIME_CONTAINERD, ID("c0"), RUNTIME_CONTAINERD, "app", "registry.example:5000/team/app", "2.1", NULL, NULL,
	 NULL, "65532:65532", TASKS "/k8s.io/" ID("c0"), -1, 1, "",
	 "shop/app-5d9c/0ae4f1a2-5a9b-4b0f-9d0c-0123456789ab/app", false, MISSING_DECLARED_USER},
	{RUNTIME_CONTAINERD, ID("c1"), RUNTIME_CONTAINERD, "app-5d9c", NULL, NULL, NULL, NULL, NULL, "65535:65535",
	 TASKS "/k8s.io/" ID("c1"), -1, 1, "", "shop/app-5d9c/0ae4f1a2-5a9b-4b0f-9d0c-0123456789ab/-", true,
	 MISSING_IMAGE | MISSING_DECLARED_USER},
	/* nerdctl */
	{RUNTIME_CONTAINERD, ID("c2"), RUNTIME_CONTAINERD, "proxy", NULL, NULL, NULL, NULL, NULL, "0:0",
	 TASKS "/default/" ID("c2"), -1, 0, "team=edge;", NULL, false, MISSING_IMAGE | MISSING_DECLARED_USER},
	/* k3s: in a pod on the host's network, with /etc of the host; its pod's own files are none of that */
	{RUNTIME_CONTAINERD, ID("c3"), RUNTIME_CONTAINERD, "agent", "docker.io/example/agent", "3", NULL, NULL, NULL,
	 "1001:1001", "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID("c3"), 0, 0, "",
	 "kube-system/agent-x7k2p/5b1c9a52-7c5e-4b8e-9f39-6a3c0d8f1b7e/agent", false, MISSING_DECLARED_USER},
	{RUNTIME_CONTAINERD, ID("c4"), RUNTIME_CONTAINERD, "agent-x7k2p", "docker.io/rancher/mirrored-pause", "3.6",
	 NULL, NULL, NULL, "65535:65535", "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID("c4"), 0, 0,
	 "", "kube-system/agent-x7k2p/5b1c9a52-7c5e-4b8e-9f39-6a3c0d8f1b7e/-", true, MISSING_DECLARED_USER},
	/* privileged, which containerd says nowhere; a root without passwd */
	{RUNTIME_CONTAINERD, ID("c5"), RUNTIME_CONTAINERD, "debug", "docker.io/example/agent", "3", NULL, NULL, NULL,
	 "0:0", "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID("c5"), 1, 0, "",
	 "kube-system/agent-x7k2p/5b1c9a52-7c5e-4b8e-9f39-6a3c0d8f1b7e/debug", false, MISSING_DECLARED_USER},
	/* Cloud Foundry's Garden */
	{RUNTIME_CONTAINERD, "6b0a3f52-1d0e-4c33-7a51-9f2e", RUNTIME_CONTAINERD, "6b0a3f52-1d0e-4c33-7a51-9f2e", NULL,
	 NULL, NULL, NULL, NULL, "2000:2000",
	 "/var/vcap/data/containerd/state/io.containerd.runtime.v2.task/garden/6b0a3f52-1d0e-4c33-7a51-9f2e", 0, 0,
	 "container-type=garden-init;", NULL, false, MISSING_IMAGE | MISSING_DECLARED_USER},
	/* what buildkit runs */
	{RUNTIME_RUNC, "ycl6o0w6v1fpo5iq3s7jkk6wx", RUNTIME_RUNC, "ycl6o0w6v1fpo5iq3s7jkk6wx", NULL, NULL, NULL, NULL,
	 NULL, "0:0", "/var/lib/buildkit/runc-overlayfs/executor/ycl6o0w6v1fpo5iq3s7jkk6wx", 0, 0, "", NULL, false, 0},
	/* a sandbox of CRI-O's, its bundle below /run */
	{RUNTIME_CRIO, ID("b4"), RUNTIME_CRIO, "db-0", NULL, NULL, NULL, NULL, NULL, "0:0",
	 "/run/containers/storage/overlay-containers/" ID("b4") "/userdata", 0, 0,
	 "io.kubernetes.container.name=POD;io.kubernetes.pod.name=db-0;io.kubernetes.pod.namespace=shop;"
	 "io.kubernetes.pod.uid=0ae4;",
	 "shop/db-0/0ae4/POD", true, MISSING_IMAGE | MISSING_DECLARED_USER},
	{RUNTIME_PODMAN, ID("b0"), RUNTIME_PODMAN, "pweb", "reg.example:5000/team/bb", "1.2", PODMAN_ID, "app", NULL,
	 "1001:1002", STORE "/" ID("b0") "/userdata", 0, 0, "a=b;", NULL, false, 0},
	{RUNTIME_CRIO, ID("b1"), RUNTIME_CRIO, "db", "quay.example/db/db", "16", PODMAN_ID, "app", NULL, "1001:0",
	 STORE "/" ID("b1") "/userdata", 1, 1,
	 "io.kubernetes.container.name=db;io.kubernetes.pod.name=db-0;io.kubernetes.pod.namespace=shop;"
	 "io.kubernetes.pod.uid=0ae4;app=db;",
	 "shop/db-0/0ae4/db", false, 0},
	/* podman run --rm of newer versions: another list, and not written as compactly */
	{RUNTIME_PODMAN, ID("b3"), RUNTIME_PODMAN, "brief", "localhost/brief", NULL, PODMAN_ID, "app", NULL, "0:0",
	 STORE "/" ID("b3") "/userdata", 1, 0, "a=b;", NULL, false, 0},
	{RUNTIME_RUNC, "plain", RUNTIME_RUNC, "plain", NULL, NULL, NULL, NULL, NULL, "1001:1002", "/srv/bundles/plain",
	 0, 1, "k=v;", NULL, false, 0},
	/* its bundle is gone, crun has a copy of the file that matters */
	{RUNTIME_CRUN, "crunned", RUNTIME_CRUN, "crunned", NULL, NULL, NULL, NULL, NULL, "33:34", "/run/crun/crunned",
	 0, 1, "k=v;", NULL, false, 0},
	{RUNTIME_LXC, "web1", RUNTIME_LXC, "web1", NULL, NULL, NULL, NULL, NULL, "1001:1002", NULL, -1, 0, "", NULL,
	 false, 0},
	{RUNTIME_LXC, "plain", RUNTIME_LXC, "plain", NULL, NULL, NULL, NULL, NULL, "0:0", NULL, -1, 1, "", NULL, false,
	 0},
	{RUNTIME_LXC, "no-config", RUNTIME_LXC, "no-config", NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1, -1, "", NULL,
	 false, MISSING_RESOLVED_USER},
	{RUNTIME_NSPAWN, "web-1", RUNTIME_NSPAWN, "web-1", NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1, -1, "", NULL,
	 false, MISSING_RESOLVED_USER},
	/* a path of Kubernetes does not say which runtime it is */
	{RUNTIME_UNKNOWN, ID("d1"), RUNTIME_DOCKER, "by_id", "reg.example:5000/team/bb", "1.2", IMAGE_ID, "app", "7:8",
	 "7:8", TASKS "/moby/" ID("d1"), 1, 1,
	 "io.kubernetes.pod.name=pod-1;io.kubernetes.pod.namespace=ns-1;io.kubernetes.pod.uid=u-1;"
	 "io.kubernetes.container.name=POD;io.kubernetes.docker.type=podsandbox;",
	 "ns-1/pod-1/u-1/POD", true, 0},
	{RUNTIME_UNKNOWN, ID("c0"), RUNTIME_CONTAINERD, "app", "registry.example:5000/team/app", "2.1", NULL, NULL,
	 NULL, "65532:65532", TASKS "/k8s.io/" ID("c0"), -1, 1, "",
	 "shop/app-5d9c/0ae4f1a2-5a9b-4b0f-9d0c-0123456789ab/app", false, MISSING_DECLARED_USER},
	{RUNTIME_UNKNOWN, ID("b1"), RUNTIME_CRIO, "db", "quay.example/db/db", "16", PODMAN_ID, "app", NULL, "1001:0",
	 STORE "/" ID("b1") "/userdata", 1, 1,
	 "io.kubernetes.container.name=db;io.kubernetes.pod.name=db-0;io.kubernetes.pod.namespace=shop;"
	 "io.kubernetes.pod.uid=0ae4;app=db;",
	 "shop/db-0/0ae4/db", false, 0},
	/* who is asked for by name is not looked for elsewhere */
	{RUNTIME_PODMAN, ID("d0"), RUNTIME_PODMAN, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1, -1, "", NULL,
	 false, MISSING_ALL},
	{RUNTIME_UNKNOWN, ID("00"), RUNTIME_UNKNOWN, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1, -1, "", NULL,
	 false, MISSING_ALL},
	{RUNTIME_UNKNOWN, "..", RUNTIME_UNKNOWN, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1, -1, "", NULL,
	 false, MISSING_ALL},
	{RUNTIME_CONTAINERD, "../default/ctr1", RUNTIME_CONTAINERD, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1,
	 -1, "", NULL, false, MISSING_ALL},
};

/* What the bundles and the root file systems of some of them say. */
static const struct expected_bundle {
	const char *id;
	const char *users; /* "uid=name;..." by the root file system's passwd; NULL where there is none */
	const char *ids;   /* what it says of the declared and the requested user: "uid:gid,uid:gid" */
	/* "added capabilities,host's namespaces,flags; source>destination owner:mode flags;...": see print_risk() */
	const char *risk;
} bundles[] = {
	{ID("d0"), USERS, "1001:1002,-", NULL},
	{ID("d3"), USERS, "1001:1002,0:0", "0,10,s;"},
	{ID("c3"), USERS, "-,-",
	 "8000001000,12,s;"
	 "/var/lib/kubelet/pods/5b1c9a52-7c5e-4b8e-9f39-6a3c0d8f1b7e/etc-hosts>/etc/hosts ? w;/etc>/host/etc dir;"},
	{ID("c4"), NULL, "-,-", "0,12,s;"},
	{ID("c5"), "", "-,-", "3f57fbda04,10,p;"},
	{"6b0a3f52-1d0e-4c33-7a51-9f2e", NULL, "-,-",
	 "0,10,su;/var/vcap/data/rep/instance_identity/1>/etc/cf-instance-credentials ? ;"},
	{"ycl6o0w6v1fpo5iq3s7jkk6wx", NULL, "-,-", "0,0,s;"},
	{ID("b4"), NULL, "-,-", "0,0,s;"},
	{ID("d1"), USERS, "1001:1002,-", NULL},
};

static int set_up(void **state)
{
	struct facts_roots *roots = calloc(1, sizeof(*roots));

	if (!roots || facts_roots__init(roots, HOST_ROOT))
		return -1;
	*state = roots;
	return 0;
}

static int tear_down(void **state)
{
	facts_roots__destroy(*state);
	free(*state);
	return 0;
}

static void assert_text(const char *id, const char *field, const char *value, const char *expected)
{
	if (!value != !expected || (value && strcmp(value, expected) != 0))
		fail_msg("%s: %s is %s, not %s", id, field, value ? value : "unknown", expected ? expected : "unknown");
}

static void assert_labels(const struct container_facts *facts, const char *expected)
{
	char text[1024] = "";
	size_t size = 0;

	for (size_t i = 0; i < facts->nr_labels; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s=%s;", facts->labels[i].key,
					 facts->labels[i].value);
	assert_string_equal(text, expected);
	assert_int_equal(facts->nr_labels_dropped, 0);
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void assert_pod(const struct container_facts *facts, const char *expected)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s/%s/%s/%s", or_dash(facts->pod_namespace), or_dash(facts->pod_name),
		 or_dash(facts->pod_uid), or_dash(facts->kubernetes_container));
	assert_string_equal(text, expected ? expected : "-/-/-/-");
}

static void print_ids(struct user_ids ids, char *ret_text)
{
	strcpy(ret_text, "-");
	if (ids.is_known)
		sprintf(ret_text, "%u:%u", ids.uid, ids.gid);
}

static const struct expected_bundle *find_bundle(const char *id)
{
	static const struct expected_bundle none;

	for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++)
		if (strcmp(bundles[i].id, id) == 0)
			return &bundles[i];
	return &none;
}

static void assert_users(const struct container_facts *facts, const struct expected_bundle *expected)
{
	char text[1024] = "", declared[32], requested[32];
	const char *name = facts->users.names;
	size_t size = 0;

	assert_int_equal(facts->users.is_known, !!expected->users);
	for (uint32_t i = 0; i < facts->users.nr; i++, name += strlen(name) + 1)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%u=%s;", facts->users.uids[i], name);
	assert_string_equal(text, expected->users ? expected->users : "");
	print_ids(facts->declared_ids, declared);
	print_ids(facts->requested_ids, requested);
	snprintf(text, sizeof(text), "%s,%s", declared, requested);
	assert_string_equal(text, expected->ids ? expected->ids : "-,-");
}

/* Flags: seccomp, user namespace, read-only root, looks privileged; of a mount: writable. */
static void assert_risk(const struct container_facts *facts, const char *expected)
{
	const struct facts_risk *risk = &facts->risk;
	char text[2048];
	int size = snprintf(text, sizeof(text), "%llx,%x,%s%s%s%s;", (unsigned long long)risk->added_capabilities,
			    risk->host_namespaces, risk->has_seccomp ? "s" : "", risk->has_user_namespace ? "u" : "",
			    risk->is_root_readonly ? "r" : "", risk->looks_privileged ? "p" : "");

	for (size_t i = 0; i < risk->nr_mounts; i++) {
		const struct facts_mount *mount = &risk->mounts[i];

		size += snprintf(text + size, sizeof(text) - (size_t)size, "%s>%s %s%s;", mount->source,
				 mount->destination,
				 !mount->is_known       ? "? "
				 : S_ISDIR(mount->mode) ? "dir"
							: "file",
				 mount->is_writable ? "w" : "");
	}
	assert_true(risk->is_known);
	assert_int_equal(risk->nr_mounts_dropped, 0);
	assert_string_equal(text, expected);
}

static void assert_facts(const struct container_facts *facts, const struct expected *expected)
{
	const struct expected_bundle *bundle = expected->resolved ? find_bundle(expected->id) : find_bundle("");

	assert_string_equal(facts->identity.id, expected->id);
	assert_int_equal(facts->identity.runtime, expected->runtime);
	assert_text(expected->id, "name", facts->name, expected->name);
	assert_text(expected->id, "image_name", facts->image_name, expected->image_name);
	assert_text(expected->id, "image_tag", facts->image_tag, expected->image_tag);
	assert_text(expected->id, "image_id", facts->image_id, expected->image_id);
	assert_text(expected->id, "declared_user", facts->declared_user, expected->declared);
	assert_text(expected->id, "requested_user", facts->requested_user, expected->requested);
	assert_text(expected->id, "resolved_user", facts->resolved_user, expected->resolved);
	assert_text(expected->id, "bundle", facts->bundle, expected->bundle);
	assert_int_equal(facts->is_privileged, expected->is_privileged);
	assert_int_equal(facts->no_new_privs, expected->no_new_privs);
	assert_labels(facts, expected->labels);
	assert_pod(facts, expected->pod);
	assert_int_equal(facts->is_sandbox, expected->is_sandbox);
	assert_users(facts, bundle);
	if (bundle->risk)
		assert_risk(facts, bundle->risk);
	assert_int_equal(facts->missing, expected->missing | (bundle->users ? 0 : MISSING_USERS));
	assert_string_equal(container_facts__status(facts), !facts->missing                    ? "complete"
							    : expected->missing == MISSING_ALL ? "none"
											       : "partial");
}

static struct container_identity identity_of(enum container_runtime runtime, const char *id)
{
	struct container_identity identity = {.runtime = runtime};

	assert_true(strlen(id) < sizeof(identity.id));
	memcpy(identity.id, id, strlen(id));
	return identity;
}

static void what_a_runtime_left_is_found(void **state)
{
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		struct container_identity identity = identity_of(containers[i].asked, containers[i].id);
		struct container_facts facts;

		assert_int_equal(container_facts__read(*state, &identity, &facts), 0);
		assert_facts(&facts, &containers[i]);
		container_facts__destroy(&facts);
	}
}

static void facts_survive_json(void **state)
{
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		struct container_identity identity = identity_of(containers[i].asked, containers[i].id);
		struct container_facts facts, copy;
		char *json, *again;

		assert_int_equal(container_facts__read(*state, &identity, &facts), 0);
		assert_int_equal(container_facts__to_json(&facts, &json), 0);
		assert_null(strchr(json, '\n'));
		assert_int_equal(container_facts__from_json(json, strlen(json), &copy), 0);
		assert_facts(&copy, &containers[i]);
		assert_memory_equal(&copy.identity, &facts.identity, sizeof(copy.identity));
		assert_int_equal(container_facts__to_json(&copy, &again), 0);
		assert_string_equal(json, again);
		free(json);
		free(again);
		container_facts__destroy(&facts);
		container_facts__destroy(&copy);
	}
}

static void json_keeps_every_field(void **state)
{
	static const char json[] =
		"{\"runtime\":\"podman\",\"id\":\"i\",\"outer_id\":\"o\",\"between_ids\":\"a/"
		"\",\"user_uid\":4294967295,\"name\":\"n\","
		"\"image_name\":\"in\",\"image_tag\":\"it\",\"image_id\":\"ii\",\"declared_user\":\"\","
		"\"requested_user\":\"ru\",\"resolved_user\":\"0:0\",\"bundle\":\"/b\",\"rootfs\":\"/"
		"r\",\"pod_name\":\"pn\","
		"\"pod_namespace\":\"ns\",\"pod_uid\":\"pu\",\"kubernetes_container\":\"kc\",\"is_privileged\":true,"
		"\"no_new_privs\":false,\"is_sandbox\":true,\"labels\":{\"\":\"\",\"a\":\"\\u001B\\\"\"},"
		"\"nr_labels_dropped\":3,\"missing\":[\"name\",\"image\",\"declared_user\",\"resolved_user\",\"users\"]"
		","
		"\"declared_ids\":[0,4294967295],\"requested_ids\":[1,2,3],\"users\":[0,\"root\",4294967295,\"\u00e4\"]"
		","
		"\"risk\":{\"has_user_namespace\":true,\"has_seccomp\":false,\"is_root_readonly\":true,"
		"\"looks_privileged\":true,\"added_capabilities\":2199023255551,\"host_namespaces\":63,\"mounts\":"
		"[{\"source\":\"/s\",\"destination\":\"/d\",\"is_writable\":true},{\"source\":\"/"
		"t\",\"destination\":\"/e\","
		"\"is_writable\":false,\"uid\":4294967295,\"gid\":7,\"mode\":33188}],\"nr_mounts_dropped\":4}}";
	struct container_facts facts;
	char *again;

	(void)state;
	assert_int_equal(container_facts__from_json(json, sizeof(json) - 1, &facts), 0);
	assert_int_equal(container_facts__to_json(&facts, &again), 0);
	assert_string_equal(again, json);
	free(again);
	container_facts__destroy(&facts);
}

static void json_of_another_shape_is_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"[]",
		"null",
		"{",
		"{\"user_uid\":-1}",
		"{\"user_uid\":4294967296}",
		"{\"nr_labels_dropped\":-1}",
		"{\"id\":\"a\\u0000b\"}",
		"{\"users\":[0,\"a\\u0000b\"]}",
		"{\"risk\":[]}",
		"{\"risk\":{\"nr_mounts_dropped\":-1}}",
		"{\"risk\":{\"mounts\":[{\"source\":\"/s\"}]}}",
		"{\"risk\":{\"mounts\":[" ID("5,") "]}}",
		"{\"name\":\"n\",\"labels\":{\"a\":\"b\"},\"outer_id\":\"" ID8(ID("d0")) "\"}",
	};
	struct container_facts facts;

	(void)state;
	memset(&facts, 0x5a, sizeof(facts));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (container_facts__from_json(refused[i], strlen(refused[i]), &facts) != -EBADMSG)
			fail_msg("%s", refused[i]);
	for (size_t i = 0; i < sizeof(facts); i++)
		assert_int_equal(((unsigned char *)&facts)[i], 0x5a);
}

static void a_nested_container_borrows_no_facts_of_the_hosts(void **state)
{
	struct container_identity identity = identity_of(RUNTIME_DOCKER, ID("d0"));
	struct container_facts facts;

	memcpy(identity.outer_id, ID("d1"), 64);
	assert_int_equal(container_facts__read(*state, &identity, &facts), 0);
	assert_null(facts.name);
	assert_int_equal(facts.missing, MISSING_ALL | MISSING_USERS);
	assert_string_equal(facts.identity.outer_id, ID("d1"));
	container_facts__destroy(&facts);
}

/* This process, whose root is the host's. */
static struct container_process this_process(void)
{
	FILE *file = fopen("/proc/self/stat", "re");
	unsigned long long ticks = 0;
	int pid = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file,
				"%d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
				"%*d %*d %llu",
				&pid, &ticks),
			 2);
	fclose(file);
	return (struct container_process){(uint32_t)pid, ticks * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK))};
}

static void a_nested_container_is_looked_for_in_the_outer_ones_root(void **state)
{
	struct container_identity identity = identity_of(RUNTIME_DOCKER, ID("d0"));
	struct container_process outer = this_process();
	struct facts_roots roots = {0};
	struct container_facts facts;
	char directory[512], store[600];

	(void)state;
	memcpy(identity.outer_id, ID("d1"), 64);
	assert_non_null(getcwd(directory, sizeof(directory)));
	snprintf(store, sizeof(store), "%s/" HOST_ROOT "/var/lib/docker", directory);
	assert_int_equal(facts_roots__init(&roots, ""), 0);
	assert_int_equal(facts_roots__add(&roots.docker, store), 0);
	/* On a busy host it may not come in time: what is missing is looked for again. */
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(container_facts__read_nested(&roots, &identity, &outer, &facts), 0);
		assert_string_equal(facts.identity.outer_id, ID("d1"));
		if (facts.name)
			break;
		container_facts__destroy(&facts);
		usleep(1000);
	}
	assert_string_equal(facts.name, "web");
	container_facts__destroy(&facts);
	/* Another process has the number by now. */
	outer.start_ns += 1000000000;
	assert_int_equal(container_facts__read_nested(&roots, &identity, &outer, &facts), 0);
	assert_null(facts.name);
	assert_int_equal(facts.missing, MISSING_ALL | MISSING_USERS);
	container_facts__destroy(&facts);
	facts_roots__destroy(&roots);
}

static void a_rootless_container_is_looked_for_at_its_user(void **state)
{
	static const struct {
		uint32_t uid;
		const char *id, *name;
	} cases[] = {
		{1000, ID("a0"), "rootless"}, {1000, ID("a1"), "adas"}, /* podman's */
		{0, ID("a1"), NULL},          {1000, ID("d0"), NULL},   /* the system's */
		{0, ID("a0"), NULL},          {1001, ID("a0"), NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_identity identity = identity_of(RUNTIME_UNKNOWN, cases[i].id);
		struct container_facts facts;

		identity.user_uid = cases[i].uid;
		assert_int_equal(container_facts__read(*state, &identity, &facts), 0);
		assert_text(cases[i].id, "name", facts.name, cases[i].name);
		container_facts__destroy(&facts);
	}
}

static void a_cgroup_is_found_by_the_state_that_names_it(void **state)
{
	static const struct {
		const char *path;
		enum container_runtime runtime;
		const char *id; /* NULL: none */
	} cases[] = {
		{"/odd/place/here", RUNTIME_RUNC, "plain"},
		{"/odd/place/here/below/it", RUNTIME_RUNC, "plain"},
		{"/odd/place", RUNTIME_RUNC, NULL},
		{"/odd", RUNTIME_RUNC, NULL},
		{"/odd/place/here2", RUNTIME_RUNC, NULL},
		{"/odd/place/her", RUNTIME_RUNC, NULL},
		{"/place/here", RUNTIME_RUNC, NULL},
		{"/memory/odd/place/here", RUNTIME_RUNC, NULL},
		{"/unified/odd/place/here", RUNTIME_RUNC, NULL},
		{"/deep/v2", RUNTIME_RUNC, "v2"},
		{"/deep/v2/x", RUNTIME_RUNC, "v2"},
		{"/v2", RUNTIME_RUNC, NULL},
		{"/plain", RUNTIME_RUNC, NULL}, /* only its id */
		{"/deep/crun/one", RUNTIME_CRUN, "crunned"},
		{"/deep/crun/one/a", RUNTIME_CRUN, "crunned"},
		{"/deep/crun", RUNTIME_CRUN, NULL},
		{"/default/ctr1", RUNTIME_CONTAINERD, "ctr1"},
		{"/default/ctr1/a", RUNTIME_CONTAINERD, "ctr1"},
		{"/default/elsewhere", RUNTIME_CONTAINERD, "elsewhere"},
		{"/default", RUNTIME_CONTAINERD, NULL},
		{"/buildkit/ycl6o0w6v1fpo5iq3s7jkk6wx", RUNTIME_RUNC, "ycl6o0w6v1fpo5iq3s7jkk6wx"},
		{"/", RUNTIME_RUNC, NULL},
		{"//", RUNTIME_RUNC, NULL},
		{"", RUNTIME_RUNC, NULL},
		{"odd/place/here", RUNTIME_RUNC, NULL},
		{"/..", RUNTIME_RUNC, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_identity identity = {.runtime = RUNTIME_END};
		int found = container_facts__find_by_cgroup(*state, &(struct cgroup_search){.path = cases[i].path},
							    &identity);

		if (found != !!cases[i].id)
			fail_msg("%s: %d", cases[i].path, found);
		assert_int_equal(identity.runtime, cases[i].id ? cases[i].runtime : RUNTIME_END);
		if (cases[i].id)
			assert_string_equal(identity.id, cases[i].id);
	}
}

static void a_cgroup_is_found_by_the_state_of_one_id_only_where_it_is_exactly_that(void **state)
{
	static const struct {
		const char *path, *id;
		bool is_found;
	} cases[] = {
		{"/odd/place/here", "plain", true},
		{"/odd/place/here/below", "plain", false},
		{"/odd/place/here", "v2", false},
		{"/odd/place/here", "none", false},
		{"/deep/v2", "v2", true},
		{"/deep/v2/x", "v2", false},
		{"/deep/crun/one", "crunned", true},
		{"/deep/crun/one/a", "crunned", false},
		{"/default/ctr1", "ctr1", true},
		{"/default/ctr1/a", "ctr1", false},
		{"/default/elsewhere", "ctr1", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cgroup_search search = {.path = cases[i].path, .id = cases[i].id};
		struct container_identity identity = {};
		int found = container_facts__find_by_cgroup(*state, &search, &identity);

		if (found != cases[i].is_found)
			fail_msg("%s, %s: %d", cases[i].path, cases[i].id, found);
		assert_string_equal(identity.id, cases[i].is_found ? cases[i].id : "");
	}
}

static void add_to_seen(enum container_runtime runtime, const char *directory, void *data)
{
	char *seen = data;

	snprintf(seen + strlen(seen), 1024 - strlen(seen), "%s %s\n", container_runtime_name(runtime), directory);
}

static void only_directories_that_exist_are_reported(void **state)
{
	char seen[1024] = "";

	facts_roots__probe(*state, add_to_seen, seen);
	assert_string_equal(
		seen,
		"docker /var/lib/docker\ndocker /run/docker\ncontainerd /run/containerd\n"
		"containerd /run/k3s/containerd\ncontainerd /var/vcap/data/containerd/state\n"
		"podman /var/lib/containers/storage\npodman /run/containers/storage\nrunc /run/runc\ncrun /run/crun\n"
		"lxc /var/lib/lxc\n");
}

static void a_directory_that_was_added_is_searched_too(void **state)
{
	struct container_identity identity = identity_of(RUNTIME_DOCKER, ID("a0"));
	struct facts_roots *roots = *state;
	struct container_facts facts;

	assert_int_equal(facts_roots__add(&roots->docker, "/home/ada/.local/share/docker"), 0);
	assert_int_equal(container_facts__read(roots, &identity, &facts), 0);
	assert_string_equal(facts.name, "rootless");
	container_facts__destroy(&facts);
}

static void nothing_needs_no_destruction(void **state)
{
	struct container_facts facts = {0};
	struct facts_roots roots = {0};

	(void)state;
	container_facts__destroy(&facts);
	facts_roots__destroy(&roots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_runtime_left_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(facts_survive_json, set_up, tear_down),
		cmocka_unit_test(json_keeps_every_field),
		cmocka_unit_test(json_of_another_shape_is_refused),
		cmocka_unit_test(a_nested_container_is_looked_for_in_the_outer_ones_root),
		cmocka_unit_test_setup_teardown(a_nested_container_borrows_no_facts_of_the_hosts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_rootless_container_is_looked_for_at_its_user, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cgroup_is_found_by_the_state_that_names_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cgroup_is_found_by_the_state_of_one_id_only_where_it_is_exactly_that,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_directories_that_exist_are_reported, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_directory_that_was_added_is_searched_too, set_up, tear_down),
		cmocka_unit_test(nothing_needs_no_destruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
