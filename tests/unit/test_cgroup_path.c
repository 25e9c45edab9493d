/* SPDX-License-Identifier: Apache-2.0 */
/* Each form of cgroup path that was seen names its container, and what only resembles one names none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "container/cgroup_path.h"

#define PATHS "tests/data/cgroup-paths.tsv"

/* 64, 64 and 32 hex digits, and a pod's uid in both spellings. */
#define C "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define O "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define S "00112233445566778899aabbccddeeff"
#define P "0ae4f1a2-5a9b-4b0f-9d0c-0123456789ab"
#define p "0ae4f1a2_5a9b_4b0f_9d0c_0123456789ab"

static const char *token(char name)
{
	switch (name) {
	case 'C':
		return C;
	case 'O':
		return O;
	case 'S':
		return S;
	case 'P':
		return P;
	case 'p':
		return p;
	default:
		return NULL;
	}
}

static void expand(const char *text, char *ret, size_t size)
{
	size_t length = 0;

	while (*text) {
		const char *value = text[0] == '{' && text[1] && text[2] == '}' ? token(text[1]) : NULL;

		length += value ? (size_t)snprintf(ret + length, size - length, "%s", value)
				: (size_t)snprintf(ret + length, size - length, "%c", *text);
		assert_true(length < size);
		text += value ? 3 : 1;
	}
	ret[length] = '\0';
}

static int parse(const char *path, struct container_identity *ret_identity)
{
	/* Behind the span lies what would complete an id. */
	char *bytes = malloc(strlen(path) + 1);
	int result;

	assert_non_null(bytes);
	memcpy(bytes, path, strlen(path));
	bytes[strlen(path)] = '0';
	result = cgroup_path_parse((struct span){bytes, strlen(path)}, ret_identity);
	free(bytes);
	return result;
}

static const char *runtime_of(const struct container_identity *identity)
{
	const char *name = container_runtime_name(identity->runtime);

	return name ? name : "unknown";
}

static void assert_identity(const char *path, const char *runtime, const char *id, const char *outer_id)
{
	struct container_identity identity = {0};
	int result = parse(path, &identity);

	if (result != 1 || strcmp(runtime_of(&identity), runtime) != 0 || strcmp(identity.id, id) != 0 ||
	    strcmp(identity.outer_id, outer_id) != 0)
		fail_msg("%s: %d %s %s (%s), not %s %s (%s)", path, result, runtime_of(&identity), identity.id,
			 identity.outer_id, runtime, id, outer_id);
}

/* Columns: path, runtime ("-": none), id, outer id, where it was seen. */
static void assert_row(char *line)
{
	char path[1024], id[256] = "", outer_id[256] = "";
	char *columns[5] = {0};

	for (size_t i = 0; i < 5; i++)
		columns[i] = strsep(&line, "\t");
	assert_non_null(columns[1]);
	expand(columns[0], path, sizeof(path));
	expand(columns[2] ? columns[2] : "", id, sizeof(id));
	expand(columns[3] ? columns[3] : "", outer_id, sizeof(outer_id));
	if (strcmp(columns[1], "-") != 0) {
		assert_identity(path, columns[1], id, outer_id);
	} else {
		struct container_identity untouched = {.runtime = RUNTIME_END};

		if (parse(path, &untouched) > 0)
			fail_msg("%s is taken for %s", path, untouched.id);
		assert_int_equal(untouched.runtime, RUNTIME_END);
	}
}

static void every_form_that_was_seen_is_told(void **state)
{
	FILE *file = fopen(PATHS, "re");
	char line[2048];
	unsigned rows = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		assert_row(line);
		rows++;
	}
	fclose(file);
	assert_true(rows >= 35);
}

static void all_of_a_chain_are_told(void **state)
{
	const char *middle = "aaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbb";
	struct container_identity identity, job = {.id = "job"};
	char path[512], expected[80];

	(void)state;
	snprintf(path, sizeof(path), "/docker/" O "/docker/%s/kubelet/kubepods/pod" S "/" C, middle);
	snprintf(expected, sizeof(expected), "%s/", middle);
	assert_int_equal(parse(path, &identity), 1);
	assert_string_equal(identity.outer_id, O);
	assert_string_equal(identity.between_ids, expected);
	assert_string_equal(identity.id, C);
	/* As many as have room. */
	for (size_t i = 2; i < 20; i++) {
		container_identity__nest(&job, &identity);
		assert_string_equal(job.outer_id, O);
		assert_int_equal(strlen(job.between_ids), 65 * (i < 7 ? i : 7));
		identity = job;
		memcpy(identity.id, C, sizeof(C));
	}
}

static void other_forms_are_told_too(void **state)
{
	static const struct {
		const char *path, *runtime, *id, *outer_id;
	} cases[] = {
		{"/docker/" C, "docker", C, ""},
		{"//docker//" C "/", "docker", C, ""},
		{"/" C, "unknown", C, ""},
		{"/system.slice/app.service/libpod-payload-" C, "podman", C, ""},
		{"/machine.slice/machine-libpod_pod_" O ".slice/libpod-" C ".scope", "podman", C, ""},
		{"/libpod_parent/" O "/libpod-" C, "podman", C, ""}, /* O is a pod */
		{"/kubepods/besteffort/pod" P "/crio-" C, "cri-o", C, ""},
		{"/kubepods-besteffort-pod" p ".slice:crio:" C, "cri-o", C, ""},
		{"/kubepods-besteffort-pod" p ".slice:docker:" C, "docker", C, ""},
		/* LXC before 4.0, Proxmox, and in each other */
		{"/lxc/100/ns", "lxc", "100", ""},
		{"/lxc/100/ns/lxc/inner", "lxc", "inner", "100"},
		{"/lxc.payload/web1/init.scope", "lxc", "web1", ""},
		{"/lxc.payload.web1/lxc.payload.inner", "lxc", "inner", "web1"},
		{"/lxc/lxc", "lxc", "lxc", ""},
		{"/lxc.payload.a b", "lxc", "a b", ""},
		{"/user.slice/user-1000.slice/user@1000.service/lxc.payload.mine", "lxc", "mine", ""},
		/* systemd's machines */
		{"/machine.slice/machine-web1.scope", "systemd-nspawn", "web1", ""},
		{"/machine.slice/machine-web\\x2d1.scope/payload/init.scope", "systemd-nspawn", "web-1", ""},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/payload", "systemd-nspawn", "qemu-1-vm", ""},
		{"/machine.slice/machine-qemu\\x2dvm.scope", "systemd-nspawn", "qemu-vm", ""},
		{"/machine.slice/machine-lxc\\x2d12\\x2dvm.scope", "unknown", "lxc-12-vm", ""},
		{"/machine.slice/systemd-nspawn@web-1.service/payload", "systemd-nspawn", "web-1", ""},
		{"/machine.slice/machine-web1.scope/payload/docker/" C, "docker", C, "web1"},
		/* three deep: the innermost and the outermost */
		{"/docker/" O "/docker/" S S "/docker/" C, "docker", C, O},
		/* whoever is in a container can make such cgroups: they stay the container's */
		{"/docker/" C "/lxc.monitor.x", "docker", C, ""},
		{"/docker/" C "/libpod_parent/conmon", "docker", C, ""},
		{"/docker/" C "/libpod-conmon-" O ".scope", "docker", C, ""},
		{"/docker/" C "/lxc.pivot", "docker", C, ""},
		{"/docker/" C "/machine-qemu\\x2d1\\x2dvm.scope", "docker", C, ""},
		{"/docker/" C "/docker/" C, "docker", C, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_identity(cases[i].path, cases[i].runtime, cases[i].id, cases[i].outer_id);
}

static void what_resembles_a_container_is_none(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"//",
		"docker/" C,
		C,
		"/docker",
		/* 63 and 65 digits, upper case, no hex */
		"/docker/123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"/docker/" C "0",
		"/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
		"/docker/g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"/system.slice/docker-123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
		"/system.slice/docker-" C "0.scope",
		"/system.slice/docker-0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF.scope",
		/* near misses of the prefix and the suffix */
		"/system.slice/docker-" C,
		"/system.slice/docker-" C ".service",
		"/system.slice/docker-" C ".mount",
		"/system.slice/docker-" C ".scope.d",
		"/system.slice/docker" C ".scope",
		"/system.slice/docker--" C ".scope",
		"/system.slice/-" C ".scope",
		"/system.slice/" C ".scope",
		"/system.slice/xdocker-" C ".scope",
		"/system.slice/run-docker-" C ".scope",
		"/system.slice/cri-containerd-" C,
		"/machine.slice/libpod-" S ".scope",
		"/machine.slice/libpod-payload-" C ".scope",
		"/machine.slice/machine-libpod_pod_" C ".slice",
		"/libpod_parent/" C,
		"/libpod_parent",
		"/kubepods/besteffort/pod" P,
		"/kubepods.slice/kubepods-pod" p ".slice",
		"/kubepods/burstable/pod" S,
		"/a.slice:docker-" C,
		"/a.slice::" C,
		"/a.slice:other:" C,
		"/a.service:docker:" C,
		":docker:" C,
		"/:docker:" C,
		"/docker:" C,
		/* LXC */
		"/lxc",
		"/lxc.payload",
		"/lxc.payload.",
		"/lxc/..",
		"/lxc/.",
		"/system.slice/lxc/name",
		"/system.slice/lxc.service/name",
		"/lxc.service",
		/* machines */
		"/machine.slice",
		"/machine.slice/machine-.scope",
		"/machine.slice/machine-..scope",
		"/machine.slice/machine-\\x2e..scope",
		"/machine.slice/machine-a-b.scope",
		"/machine.slice/machine-a\\x2.scope",
		"/machine.slice/machine-a\\x2",
		"/machine.slice/machine-a\\",
		"/machine.slice/machine-a\\x2f\\x2e\\x2e.scope",
		"/machine.slice/machine-a\\x00b.scope",
		"/machine.slice/machine-a\\x2Db.scope",
		"/machine.slice/machine-a b.scope",
		"/machine.slice/machine-" C "x.scope",
		"/machine.slice/systemd-nspawn@web1.service",
		"/machine.slice/systemd-nspawn@web1.service/supervisor",
		"/machine.slice/systemd-nspawn@web1.service/payloads",
		"/machine.slice/systemd-nspawn@.service/payload",
		"/machine.slice/systemd-nspawn@../payload",
		"/payload",
	};
	struct container_identity identity = {.runtime = RUNTIME_END};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (parse(paths[i], &identity) != 0)
			fail_msg("%s is taken for %s", paths[i], identity.id);
	assert_int_equal(identity.runtime, RUNTIME_END);
}

static void monitors_are_surely_none(void **state)
{
	static const char *const paths[] = {
		"/lxc.monitor.web1",
		"/lxc.monitor.web1/below",
		"/lxc.monitor/web1",
		"/lxc.pivot",
		"/machine.slice/libpod-conmon-" C ".scope",
		"/libpod_parent/libpod-conmon-" C,
		"/libpod_parent/conmon",
		"/system.slice/crio-conmon-" C ".scope",
		"/kubepods/besteffort/pod" P "/crio-conmon-" C,
		"/machine.slice/machine-qemu\\x2d3\\x2dvm.scope/libvirt/emulator", /* a virtual machine */
	};
	struct container_identity identity = {.runtime = RUNTIME_END};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (parse(paths[i], &identity) != -EXDEV)
			fail_msg("%s", paths[i]);
	assert_int_equal(identity.runtime, RUNTIME_END);
}

static void a_delegated_cgroup_names_its_user(void **state)
{
	static const struct {
		const char *path;
		uint32_t uid;
	} cases[] = {
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" C ".scope", 1000},
		{"/user.slice/user-4294967295.slice/user@4294967295.service/docker/" C, UINT32_MAX},
		{"/user.slice/user-0.slice/user@0.service/docker/" C, 0},
		{"/user.slice/user-1000.slice/user@1001.service/docker/" C, 0},
		{"/user.slice/user-1000.slice/session-1.scope/docker/" C, 0},
		{"/user.slice/user-4294967297.slice/user@4294967297.service/docker/" C, 0},
		{"/user.slice/user-99999999999.slice/user@99999999999.service/docker/" C, 0},
		{"/user.slice/user-x.slice/user@x.service/docker/" C, 0},
		{"/docker/" C "/user.slice/user-1000.slice/user@1000.service", 0},
		{"/docker/" C, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_identity identity = {.user_uid = 1};

		assert_int_equal(parse(cases[i].path, &identity), 1);
		assert_int_equal(identity.user_uid, cases[i].uid);
	}
}

static void a_name_that_does_not_fit_is_none(void **state)
{
	char path[600] = "/lxc.payload.";
	struct container_identity identity;
	size_t size = strlen(path);

	(void)state;
	memset(path + size, 'a', CONTAINER_ID_MAX - 1);
	assert_int_equal(cgroup_path_parse((struct span){path, size + CONTAINER_ID_MAX - 1}, &identity), 1);
	assert_int_equal(strlen(identity.id), CONTAINER_ID_MAX - 1);
	memset(path + size, 'a', CONTAINER_ID_MAX);
	assert_int_equal(cgroup_path_parse((struct span){path, size + CONTAINER_ID_MAX}, &identity), 0);
}

static void a_nul_in_a_path_is_no_end(void **state)
{
	static const char path[] = "/lxc.payload.a\0b";
	struct container_identity identity;

	(void)state;
	assert_int_equal(cgroup_path_parse((struct span){path, sizeof(path) - 1}, &identity), 0);
	assert_int_equal(cgroup_path_parse((struct span){NULL, 0}, &identity), 0);
}

static void every_runtime_has_a_name(void **state)
{
	(void)state;
	assert_null(container_runtime_name(RUNTIME_UNKNOWN));
	for (int runtime = RUNTIME_UNKNOWN + 1; runtime < RUNTIME_END; runtime++)
		assert_non_null(container_runtime_name((enum container_runtime)runtime));
	assert_null(container_runtime_name(RUNTIME_END));
	assert_null(container_runtime_name((enum container_runtime) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_that_was_seen_is_told),
		cmocka_unit_test(all_of_a_chain_are_told),
		cmocka_unit_test(other_forms_are_told_too),
		cmocka_unit_test(what_resembles_a_container_is_none),
		cmocka_unit_test(monitors_are_surely_none),
		cmocka_unit_test(a_delegated_cgroup_names_its_user),
		cmocka_unit_test(a_name_that_does_not_fit_is_none),
		cmocka_unit_test(a_nul_in_a_path_is_no_end),
		cmocka_unit_test(every_runtime_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
