/* SPDX-License-Identifier: Apache-2.0 */
/* What a recording keeps as JSON comes back as it was, and hostile JSON is refused. */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/frames.h"
#include "cmd/host.h"

static const struct start_row {
	const char *name;
	struct agent_facts agent;
	uint64_t time_ns;
} starts[] = {
	{"a start with hooks",
	 {"6.12.48+deb13-amd64", "hybrid", {"tp_btf/sched_process_exec", "fentry/commit_creds"}},
	 3500000000000ULL},
	{"a start without hooks", {"5.10.0", "v1", {NULL}}, 0},
	{"a start with as many hooks as there is room for",
	 {"6.1.0", "v2", {"a", "b", "c", "d", "e", "f", "g"}},
	 INT64_MAX},
	{"names that JSON escapes", {"6.1\"\\\n\x01", "v2", {"\xe2\x80\xa6"}}, 1},
};

static void start_comes_back(void **state)
{
	const struct start_row *row = *state;
	struct frame_owner *owner;
	struct agent_facts agent;
	uint64_t time_ns;
	char *json;
	size_t i;

	assert_int_equal(frame_from_start(&row->agent, row->time_ns, &json), 0);
	assert_null(strchr(json, '\n'));
	assert_int_equal(frame_to_start(json, strlen(json), &agent, &time_ns, &owner), 0);
	free(json);
	assert_int_equal(time_ns, row->time_ns);
	assert_string_equal(agent.kernel_release, row->agent.kernel_release);
	assert_string_equal(agent.cgroup_mode, row->agent.cgroup_mode);
	for (i = 0; row->agent.hooks[i]; i++)
		assert_string_equal(agent.hooks[i], row->agent.hooks[i]);
	assert_null(agent.hooks[i]);
	frame_free(owner);
}

static const uint64_t by_cpu[] = {1, 0, FRAME_COUNT_MAX};

static const struct loss_row {
	const char *name;
	struct loss_facts loss;
} losses[] = {
	{"a loss by kind and CPU",
	 {.total = 12,
	  .by_kind = {[EVENT_EXEC] = 9, [EVENT_EXIT] = 1, [EVENT_CGROUP_RMDIR] = 2},
	  .nr_cpus = NR_ROWS(by_cpu),
	  .by_cpu = by_cpu,
	  .since_ns = 3598000000000ULL,
	  .until_ns = 3601000000000ULL,
	  .reason = "ring full"}},
	{"a loss that no CPU counted", {.total = 1, .until_ns = 5, .reason = ""}},
	{"a loss as large as can be",
	 {.total = FRAME_COUNT_MAX, .by_kind = {[EVENT_EXEC] = FRAME_COUNT_MAX}, .reason = "x"}},
};

static void loss_comes_back(void **state)
{
	const struct loss_row *row = *state;
	struct frame_owner *owner;
	struct loss_facts loss;
	char *json;

	assert_int_equal(frame_from_loss(&row->loss, &json), 0);
	assert_int_equal(frame_to_loss(json, strlen(json), &loss, &owner), 0);
	free(json);
	assert_int_equal(loss.total, row->loss.total);
	assert_memory_equal(loss.by_kind, row->loss.by_kind, sizeof(loss.by_kind));
	assert_int_equal(loss.nr_cpus, row->loss.nr_cpus);
	if (loss.nr_cpus)
		assert_memory_equal(loss.by_cpu, row->loss.by_cpu, loss.nr_cpus * sizeof(loss.by_cpu[0]));
	assert_int_equal(loss.since_ns, row->loss.since_ns);
	assert_int_equal(loss.until_ns, row->loss.until_ns);
	assert_string_equal(loss.reason, row->loss.reason);
	frame_free(owner);
}

static const struct json_row {
	const char *name, *json;
} bad_starts[] = {
	{"a start of nothing is refused", ""},
	{"a start that is no JSON is refused", "{\"kernel\":"},
	{"a start that is no object is refused", "[]"},
	{"a start without its time is refused", "{\"kernel\":\"6.1\",\"cgroup_mode\":\"v2\",\"hooks\":[]}"},
	{"a start whose time is text is refused",
	 "{\"kernel\":\"6.1\",\"cgroup_mode\":\"v2\",\"hooks\":[],\"time_ns\":\"1\"}"},
	{"a start whose kernel is a number is refused",
	 "{\"kernel\":6,\"cgroup_mode\":\"v2\",\"hooks\":[],\"time_ns\":1}"},
	{"a start that names a member twice is refused",
	 "{\"kernel\":\"6.1\",\"kernel\":\"6.2\",\"cgroup_mode\":\"v2\",\"hooks\":[],\"time_ns\":1}"},
	{"a start with broken text is refused",
	 "{\"kernel\":\"\xff\",\"cgroup_mode\":\"v2\",\"hooks\":[],\"time_ns\":1}"},
	{"a start with NUL in a text is refused",
	 "{\"kernel\":\"6\\u0000\",\"cgroup_mode\":\"v2\",\"hooks\":[],\"time_ns\":1}"},
};

static void start_is_refused(void **state)
{
	const struct json_row *row = *state;
	struct agent_facts agent = {.kernel_release = "untouched"};
	struct frame_owner *owner = NULL;
	uint64_t time_ns = 1;

	assert_int_equal(frame_to_start(row->json, strlen(row->json), &agent, &time_ns, &owner), -EBADMSG);
	assert_string_equal(agent.kernel_release, "untouched");
	assert_int_equal(time_ns, 1);
	assert_null(owner);
}

static void hooks_that_are_no_texts_end_the_list(void **state)
{
	static const struct {
		const char *hooks;
		unsigned nr_hooks;
	} cases[] = {
		{"\"a\"", 0},
		{"{\"a\":1}", 0},
		{"[1,\"a\"]", 0},
		{"[\"a\",null,\"b\"]", 1},
		{"[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\"]", 12},
	};

	(void)state;
	for (size_t i = 0; i < NR_ROWS(cases); i++) {
		struct frame_owner *owner;
		struct agent_facts agent;
		unsigned nr_hooks = 0;
		uint64_t time_ns;
		char json[256];

		snprintf(json, sizeof(json), "{\"kernel\":\"6.1\",\"cgroup_mode\":\"v2\",\"hooks\":%s,\"time_ns\":1}",
			 cases[i].hooks);
		assert_int_equal(frame_to_start(json, strlen(json), &agent, &time_ns, &owner), 0);
		while (agent.hooks[nr_hooks])
			nr_hooks++;
		assert_int_equal(nr_hooks, cases[i].nr_hooks);
		frame_free(owner);
	}
}

static const struct json_row bad_losses[] = {
	{"a loss of nothing is refused", ""},
	{"a loss without a reason is refused",
	 "{\"total\":1,\"by_kind\":[],\"by_cpu\":[],\"since_ns\":1,\"until_ns\":2}"},
	{"a loss of more kinds than there are is refused", "{\"total\":1,\"by_kind\":[0,0,0,0,0,0,0,0,0,0],\"by_cpu\":["
							   "],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
	{"a loss whose total is no whole number is refused",
	 "{\"total\":1.5,\"by_kind\":[],\"by_cpu\":[],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
	{"a loss whose total is beyond 64 bits is refused", "{\"total\":99999999999999999999,\"by_kind\":[],\"by_cpu\":"
							    "[],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
	{"a loss whose total is no number that a line can hold is refused",
	 "{\"total\":9007199254740992,\"by_kind\":[],\"by_cpu\":[],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
	{"a loss of less than nothing is refused",
	 "{\"total\":-1,\"by_kind\":[],\"by_cpu\":[],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
	{"a loss of less than nothing of a kind is refused",
	 "{\"total\":1,\"by_kind\":[-1],\"by_cpu\":[],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
	{"a loss of a CPU that no line can hold is refused",
	 "{\"total\":1,\"by_kind\":[],\"by_cpu\":[9007199254740992],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}"},
};

static void loss_is_refused(void **state)
{
	const struct json_row *row = *state;
	struct frame_owner *owner = NULL;
	struct loss_facts loss = {.total = 4711};

	assert_int_equal(frame_to_loss(row->json, strlen(row->json), &loss, &owner), -EBADMSG);
	assert_int_equal(loss.total, 4711);
	assert_null(owner);
}

static void loss_of_more_cpus_than_hosts_have_is_refused(void **state)
{
	static char json[64 + 2 * (FRAME_CPUS_MAX + 1) + 128];
	struct frame_owner *owner = NULL;
	struct loss_facts loss;

	(void)state;
	for (int nr_cpus = FRAME_CPUS_MAX; nr_cpus <= FRAME_CPUS_MAX + 1; nr_cpus++) {
		size_t size = sprintf(json, "{\"total\":1,\"by_kind\":[],\"by_cpu\":[");

		for (int cpu = 0; cpu < nr_cpus; cpu++)
			size += sprintf(json + size, "%s0", cpu ? "," : "");
		size += sprintf(json + size, "],\"since_ns\":1,\"until_ns\":2,\"reason\":\"x\"}");
		assert_int_equal(frame_to_loss(json, size, &loss, &owner), nr_cpus > FRAME_CPUS_MAX ? -EBADMSG : 0);
		if (nr_cpus > FRAME_CPUS_MAX)
			continue;
		assert_int_equal(loss.nr_cpus, nr_cpus);
		frame_free(owner);
	}
}

/* A line holds 64 KiB, and has to be written whatever a recording says. */
static void texts_that_no_line_has_room_for_are_refused(void **state)
{
	static const char *const formats[] = {
		"{\"kernel\":\"%s\",\"cgroup_mode\":\"v2\",\"hooks\":[],\"time_ns\":1}",
		"{\"kernel\":\"6.1\",\"cgroup_mode\":\"%s\",\"hooks\":[],\"time_ns\":1}",
		"{\"kernel\":\"6.1\",\"cgroup_mode\":\"v2\",\"hooks\":[\"%s\"],\"time_ns\":1}",
		"{\"total\":1,\"by_kind\":[],\"by_cpu\":[],\"since_ns\":1,\"until_ns\":2,\"reason\":\"%s\"}",
	};
	char text[FRAME_TEXT_MAX + 2], json[FRAME_TEXT_MAX + 256];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < NR_ROWS(formats); i++) {
		for (size_t size = FRAME_TEXT_MAX; size <= FRAME_TEXT_MAX + 1; size++) {
			struct frame_owner *owner = NULL;
			struct agent_facts agent;
			struct loss_facts loss;
			uint64_t time_ns;
			int err;

			text[size] = '\0';
			snprintf(json, sizeof(json), formats[i], text);
			text[size] = 'x';
			err = strstr(json, "total") ? frame_to_loss(json, strlen(json), &loss, &owner)
						    : frame_to_start(json, strlen(json), &agent, &time_ns, &owner);
			assert_int_equal(err, size > FRAME_TEXT_MAX ? -EBADMSG : 0);
			frame_free(owner);
		}
	}
}

/* The bytes end where a page that cannot be read begins: sizes are taken at their word. */
static void json_is_read_no_further_than_its_size(void **state)
{
	const struct loss_facts loss = {.total = 1, .reason = "x"};
	char *json;

	(void)state;
	assert_int_equal(frame_from_loss(&loss, &json), 0);
	for (size_t size = 0; size < strlen(json); size++) {
		struct frame_owner *owner;
		struct loss_facts cut;
		char *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, json, size);
		assert_int_equal(frame_to_loss(copy, size, &cut, &owner), -EBADMSG);
		free(copy);
	}
	free(json);
	frame_free(NULL);
}

static const struct host_row {
	const char *name;
	struct host host;
} hosts[] = {
	{"a host that is known",
	 {"node-1", "0123456789abcdef0123456789abcdef", "6a1d2b0c-3c52-4a57-8d4e-5a0d3b2f9c11", 1732233600000000000LL,
	  true, "0.1.0"}},
	{"a host that is not known", {"", "", "", 0, false, ""}},
	{"a host whose clock was set back", {"node-1", "", "", -5, false, "0.1.0"}},
	{"a host whose name JSON escapes", {"a\"b\\c\x01", "\t", "\n", 1, true, "\xe2\x80\xa6"}},
};

static void host_comes_back(void **state)
{
	const struct host_row *row = *state;
	struct host host = {};
	char *json;

	assert_int_equal(host__to_json(&row->host, &json), 0);
	assert_int_equal(host__from_json(json, strlen(json), &host), 0);
	free(json);
	assert_string_equal(host.name, row->host.name);
	assert_string_equal(host.id, row->host.id);
	assert_string_equal(host.boot_id, row->host.boot_id);
	assert_string_equal(host.agent_version, row->host.agent_version);
	assert_int_equal(host.boot_to_realtime_ns, row->host.boot_to_realtime_ns);
	assert_int_equal(host.wants_all, row->host.wants_all);
}

#define HOST_REST "\"id\":\"\",\"boot_id\":\"\",\"boot_to_realtime_ns\":0,\"wants_all\":false,\"agent_version\":\"0\"}"

static const struct json_row bad_hosts[] = {
	{"a host of nothing is refused", ""},
	{"a host that is no object is refused", "3"},
	{"a host without a name is refused", "{" HOST_REST},
	{"a host whose name is a number is refused", "{\"name\":1," HOST_REST},
	{"a host whose wish is a number is refused", "{\"name\":\"\",\"id\":\"\",\"boot_id\":\"\",\"boot_to_realtime_"
						     "ns\":0,\"wants_all\":1,\"agent_version\":\"0\"}"},
	{"a host with two names is refused", "{\"name\":\"a\",\"name\":\"b\"," HOST_REST},
};

static void host_is_refused(void **state)
{
	const struct json_row *row = *state;
	struct host host = {.name = "untouched"};

	assert_int_equal(host__from_json(row->json, strlen(row->json), &host), -EBADMSG);
	assert_string_equal(host.name, "untouched");
}

static void names_that_are_too_long_are_cut(void **state)
{
	char json[2048], name[1000];
	struct host host = {};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(json, sizeof(json), "{\"name\":\"%s\"," HOST_REST, name);
	assert_int_equal(host__from_json(json, strlen(json), &host), 0);
	assert_int_equal(strlen(host.name), sizeof(host.name) - 1);
}

static char root[] = "/tmp/test_frames.XXXXXX";

static int make_root(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/etc", root);
	return mkdir(path, 0700);
}

static int remove_root(void **state)
{
	static const char *const names[] = {"/etc/hostname", "/etc/machine-id", "/etc", ""};
	char path[64];

	(void)state;
	for (size_t i = 0; i < NR_ROWS(names); i++) {
		snprintf(path, sizeof(path), "%s%s", root, names[i]);
		remove(path);
	}
	return 0;
}

static void write_file(const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	remove(path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void host_is_named_by_its_files(void **state)
{
	struct encode_context context;
	struct host host;

	(void)state;
	write_file("/etc/hostname", "node-1\nsecond line\n");
	write_file("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	host__detect(root, &host);
	assert_string_equal(host.name, "node-1");
	assert_string_equal(host.id, "0123456789abcdef0123456789abcdef");
	assert_string_equal(host.agent_version, UIDZERO_VERSION);
	assert_true(host.boot_to_realtime_ns > 0);
	context = host__context(&host);
	assert_ptr_equal(context.host_name, host.name);
	assert_ptr_equal(context.host_id, host.id);
	assert_int_equal(context.boot_to_realtime_ns, host.boot_to_realtime_ns);
}

static void host_without_files_has_the_kernels_name_and_no_id(void **state)
{
	char name[256] = "", path[64];
	struct host host;

	(void)state;
	snprintf(path, sizeof(path), "%s/etc/hostname", root);
	remove(path);
	snprintf(path, sizeof(path), "%s/etc/machine-id", root);
	remove(path);
	gethostname(name, sizeof(name) - 1);
	host__detect(root, &host);
	assert_string_equal(host.name, name);
	assert_string_equal(host.id, "");
	assert_null(host__context(&host).host_id);
}

/* Opened for reading it would wait for a writer. */
static void pipe_in_place_of_a_file_does_not_block(void **state)
{
	char path[64];
	struct host host;

	(void)state;
	snprintf(path, sizeof(path), "%s/etc/machine-id", root);
	remove(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	host__detect(root, &host);
	assert_string_equal(host.id, "");
}

static void host_whose_name_is_no_text_can_be_recorded(void **state)
{
	struct host host, back;
	char *json;

	(void)state;
	write_file("/etc/hostname", "node\xff\xfe-1\n");
	host__detect(root, &host);
	assert_int_equal(host__to_json(&host, &json), 0);
	assert_int_equal(host__from_json(json, strlen(json), &back), 0);
	assert_string_equal(back.name, host.name);
	free(json);
}

static void time_goes_on(void **state)
{
	uint64_t first_ns = boottime_ns();

	(void)state;
	assert_true(first_ns > 0);
	assert_true(boottime_ns() >= first_ns);
}

int main(void)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test(hooks_that_are_no_texts_end_the_list),
		cmocka_unit_test(loss_of_more_cpus_than_hosts_have_is_refused),
		cmocka_unit_test(texts_that_no_line_has_room_for_are_refused),
		cmocka_unit_test(json_is_read_no_further_than_its_size),
		cmocka_unit_test(names_that_are_too_long_are_cut),
		cmocka_unit_test(host_is_named_by_its_files),
		cmocka_unit_test(host_without_files_has_the_kernels_name_and_no_id),
		cmocka_unit_test(pipe_in_place_of_a_file_does_not_block),
		cmocka_unit_test(host_whose_name_is_no_text_can_be_recorded),
		cmocka_unit_test(time_goes_on),
	};
	struct CMUnitTest tests[NR_ROWS(starts) + NR_ROWS(losses) + NR_ROWS(bad_starts) + NR_ROWS(bad_losses) +
				NR_ROWS(hosts) + NR_ROWS(bad_hosts) + NR_ROWS(fixed)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, starts, start_comes_back);
	ADD_ROWS(tests, nr_tests, losses, loss_comes_back);
	ADD_ROWS(tests, nr_tests, bad_starts, start_is_refused);
	ADD_ROWS(tests, nr_tests, bad_losses, loss_is_refused);
	ADD_ROWS(tests, nr_tests, hosts, host_comes_back);
	ADD_ROWS(tests, nr_tests, bad_hosts, host_is_refused);
	memcpy(tests + nr_tests, fixed, sizeof(fixed));
	return cmocka_run_group_tests_name("frames", tests, make_root, remove_root);
}
