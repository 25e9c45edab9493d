/* SPDX-License-Identifier: Apache-2.0 */
/* Records are taken only where all that they say fits together. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "sample.h"

static uint64_t buffer[(PROCESS_EVENT_MAX + 7) / 8];

static void assert_span(struct span span, const char *text, size_t size)
{
	assert_int_equal(span.size, size);
	assert_memory_equal(span.data, text, size);
}

static void points_into_a_process_record(void **state)
{
	struct process_event event = sample_exec();
	struct sample_strings strings = sample_exec_strings();
	struct event_view view;
	size_t size;

	(void)state;
	strings.interp = SPAN("/bin/sh\0");
	size = sample_process(&event, &strings, buffer);
	assert_int_equal(event_decode(buffer, size, &view), 0);
	assert_ptr_equal(view.header, buffer);
	assert_ptr_equal(view.process.event, buffer);
	assert_span(view.process.filename, "/bin/sh", 7);
	assert_span(view.process.interp, "/bin/sh", 7);
	assert_span(view.process.executable, "dash\0bin\0usr", 13);
	assert_span(view.process.cwd, "www\0srv", 8);
	assert_span(view.process.args, strings.args.data, strings.args.size);
}

static void takes_records_without_strings_and_cut_args(void **state)
{
	struct process_event event = sample_exec();
	struct sample_strings none = {.args = {NULL, 0}}, cut = {.args = SPAN("sh\0-")};
	struct event_view view;

	(void)state;
	event.header.kind = EVENT_EXIT;
	assert_int_equal(event_decode(buffer, sample_process(&event, &none, buffer), &view), 0);
	assert_int_equal(view.process.args.size, 0);
	event.args_full_size = 900;
	assert_int_equal(event_decode(buffer, sample_process(&event, &cut, buffer), &view), 0);
	assert_int_equal(view.process.args.size, 4);
}

static void set_abi(struct process_event *event)
{
	event->header.abi++;
}

static void set_kind_0(struct process_event *event)
{
	event->header.kind = 0;
}

static void set_kind_end(struct process_event *event)
{
	event->header.kind = EVENT_KIND_END;
}

static void set_cgroup_kind(struct process_event *event)
{
	event->header.kind = EVENT_CGROUP_MKDIR;
}

static void set_hook(struct process_event *event)
{
	event->header.hook = HOOK_END;
}

static void set_ring(struct process_event *event)
{
	event->header.ring = RING_END;
}

static void set_size(struct process_event *event)
{
	event->header.size--;
}

static void set_comm(struct process_event *event)
{
	memset(event->task.comm, 'a', EVENT_COMM_SIZE);
}

static void set_parent_comm(struct process_event *event)
{
	memset(event->task.parent_comm, 'a', EVENT_COMM_SIZE);
}

static void set_syscall(struct process_event *event)
{
	event->syscall = SYSCALL_END;
}

static void set_negative_syscall(struct process_event *event)
{
	event->syscall = -1;
}

static void set_filename_size(struct process_event *event)
{
	event->filename_size--;
}

static void set_huge_filename(struct process_event *event)
{
	event->filename_size = UINT16_MAX;
}

static void set_args_size(struct process_event *event)
{
	event->args_size++;
}

static void set_short_args(struct process_event *event)
{
	event->args_size--;
}

static void set_shifted_executable(struct process_event *event)
{
	event->executable_size--;
	event->cwd_size++;
}

static void set_empty_component(struct process_event *event)
{
	event->strings[event->filename_size] = '\0';
}

static void set_nul_in_filename(struct process_event *event)
{
	event->strings[1] = '\0';
}

static void set_whole(struct process_event *event)
{
	event->executable_is_whole = 2;
}

static void refuses_what_contradicts_itself(void **state)
{
	static const struct {
		void (*spoil)(struct process_event *event);
		int err;
	} cases[] = {
		{set_abi, -EPROTO},
		{set_kind_0, -EBADMSG},
		{set_kind_end, -EBADMSG},
		{set_cgroup_kind, -EBADMSG},
		{set_hook, -EBADMSG},
		{set_ring, -EBADMSG},
		{set_size, -EBADMSG},
		{set_comm, -EBADMSG},
		{set_parent_comm, -EBADMSG},
		{set_syscall, -EBADMSG},
		{set_negative_syscall, -EBADMSG},
		{set_filename_size, -EBADMSG},
		{set_huge_filename, -EBADMSG},
		{set_args_size, -EBADMSG},
		{set_short_args, -EBADMSG},
		{set_shifted_executable, -EBADMSG},
		{set_empty_component, -EBADMSG},
		{set_nul_in_filename, -EBADMSG},
		{set_whole, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process_event event = sample_exec();
		struct sample_strings strings = sample_exec_strings();
		size_t size = sample_process(&event, &strings, buffer);
		struct event_view view = {0};

		cases[i].spoil((struct process_event *)buffer);
		assert_int_equal(event_decode(buffer, size, &view), cases[i].err);
		assert_null(view.header);
	}
}

static void refuses_every_shortened_record(void **state)
{
	struct process_event event = sample_exec();
	struct sample_strings strings = sample_exec_strings();
	size_t full_size = sample_process(&event, &strings, buffer);
	struct event_view view;

	(void)state;
	for (size_t size = 0; size < full_size; size++) {
		/* An allocation of its own, so that the sanitizer sees a read past the end. */
		void *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, buffer, size);
		assert_int_equal(event_decode(copy, size, &view), -EBADMSG);
		if (size >= sizeof(struct event_header)) {
			((struct event_header *)copy)->size = size;
			assert_int_equal(event_decode(copy, size, &view), -EBADMSG);
		}
		free(copy);
	}
}

static size_t make_cgroup(int kind, struct span path)
{
	struct cgroup_event *event = (struct cgroup_event *)buffer;

	*event = (struct cgroup_event){
		.header = {.abi = EVENT_ABI, .kind = kind, .size = sizeof(*event) + path.size},
		.path_size = path.size,
	};
	memcpy(event->path, path.data, path.size);
	return event->header.size;
}

static void checks_cgroup_records(void **state)
{
	static const struct {
		int kind;
		struct span path;
		int err;
	} cases[] = {
		{EVENT_CGROUP_MKDIR, SPAN("/docker/a\0"), 0},     {EVENT_CGROUP_MKDIR, SPAN("/\0"), 0},
		{EVENT_CGROUP_MKDIR, SPAN(""), -EBADMSG},         {EVENT_CGROUP_MKDIR, SPAN("\0"), -EBADMSG},
		{EVENT_CGROUP_MKDIR, SPAN("docker\0"), -EBADMSG}, {EVENT_CGROUP_MKDIR, SPAN("/docker"), -EBADMSG},
		{EVENT_CGROUP_MKDIR, SPAN("/a\0b\0"), -EBADMSG},  {EVENT_CGROUP_RMDIR, SPAN(""), 0},
		{EVENT_CGROUP_RMDIR, SPAN("/a\0"), -EBADMSG},     {EVENT_CONTAINER_EMPTY, SPAN(""), 0},
		{EVENT_CONTAINER_EMPTY, SPAN("/a\0"), -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t size = make_cgroup(cases[i].kind, cases[i].path);
		struct event_view view;

		assert_int_equal(event_decode(buffer, size, &view), cases[i].err);
		if (!cases[i].err && cases[i].path.size)
			assert_span(view.cgroup.path, cases[i].path.data, cases[i].path.size - 1);
		((struct cgroup_event *)buffer)->path_size = UINT32_MAX;
		assert_int_equal(event_decode(buffer, size, &view), -EBADMSG);
	}
}

static void joins_components_from_leaf_to_root(void **state)
{
	static const struct {
		struct span components;
		int is_whole;
		const char *path;
	} cases[] = {
		{SPAN(""), 1, "/"},
		{SPAN("c\0b\0a\0"), 1, "/a/b/c"},
		{SPAN("c\0b\0"), 0, "\xe2\x80\xa6/b/c"},
		{SPAN("nginx\0"), 1, "/nginx"},
		{SPAN("memfd:a/b\0"), 1, "/memfd:a/b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].path);
		char path[32];

		assert_int_equal(path_join(cases[i].components, cases[i].is_whole, path, sizeof(path)), length);
		assert_string_equal(path, cases[i].path);
		assert_int_equal(path_join(cases[i].components, cases[i].is_whole, path, length + 1), length);
		for (size_t size = 0; size <= length; size++)
			assert_int_equal(path_join(cases[i].components, cases[i].is_whole, path, size), -ENAMETOOLONG);
	}
}

static void maps_uids_as_the_process_sees_them(void **state)
{
	const struct event_userns two = {.nr_extents = 2, .uid_extents = {{0, 100000, 1000}, {1000, 5, 1}}};
	const struct event_userns many = {.nr_extents = 6, .uid_extents = {{0, 100000, 1000}}};
	const struct event_userns wrapping = {.nr_extents = 1, .uid_extents = {{0, 0xfffffff0U, 0xffffffffU}}};

	(void)state;
	assert_int_equal(userns_map_uid(&two, 0, 42), 42);
	assert_int_equal(userns_map_uid(&two, 1, 100000), 0);
	assert_int_equal(userns_map_uid(&two, 1, 100999), 999);
	assert_int_equal(userns_map_uid(&two, 1, 101000), UINT32_MAX);
	assert_int_equal(userns_map_uid(&two, 1, 5), 1000);
	assert_int_equal(userns_map_uid(&two, 1, 0), UINT32_MAX);
	assert_int_equal(userns_map_uid(&many, 1, 100000), UINT32_MAX);
	assert_int_equal(userns_map_uid(&wrapping, 1, 0xfffffff5U), 5);
	assert_int_equal(userns_map_uid(&wrapping, 1, 3), UINT32_MAX);
}

/* What the kernel says of a map is believed only where the record has not the map itself. */
static void knows_the_hosts_root_inside(void **state)
{
	const struct event_userns two = {
		.nr_extents = 2, .uid_extents = {{0, 100000, 1000}, {1000, 0, 1}}, .host_root_uid = 7};
	const struct event_userns without = {.nr_extents = 1, .uid_extents = {{0, 100000, 1000}}, .host_root_uid = 7};
	const struct event_userns many = {.nr_extents = 6, .host_root_uid = 7};
	const struct event_userns not_written = {.host_root_uid = 7};

	(void)state;
	assert_int_equal(userns_host_root_uid(&two, 1), 1000);
	assert_int_equal(userns_host_root_uid(&two, 0), EVENT_NO_UID);
	assert_int_equal(userns_host_root_uid(&without, 1), EVENT_NO_UID);
	assert_int_equal(userns_host_root_uid(&many, 1), 7);
	assert_int_equal(userns_host_root_uid(&many, 0), EVENT_NO_UID);
	assert_int_equal(userns_host_root_uid(&not_written, 1), EVENT_NO_UID);
}

/* Reads all that a view shows, for the sanitizer to watch. */
static unsigned sum_span(struct span span)
{
	unsigned sum = 0;

	for (size_t i = 0; i < span.size; i++)
		sum += (unsigned char)span.data[i];
	return sum;
}

static void random_changes_never_lead_past_the_end(void **state)
{
	struct process_event event = sample_exec();
	struct sample_strings strings = sample_exec_strings();
	size_t full_size = sample_process(&event, &strings, buffer);
	uint64_t seed = 0xdec0de;
	unsigned taken = 0, sum = 0;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		size_t size = round % 4 ? full_size : sample_random(&seed) % (full_size + 1);
		unsigned char *copy = malloc(size ? size : 1);
		struct event_view view;

		assert_non_null(copy);
		memcpy(copy, buffer, size);
		for (unsigned changes = sample_random(&seed) % 4; changes > 0 && size > 0; changes--) {
			size_t at = sample_random(&seed) % size;

			/* Rather where the sizes are. */
			if (changes % 2 && size > offsetof(struct process_event, exit_code))
				at = offsetof(struct process_event, filename_size) + at % 12;
			copy[at] = sample_random(&seed) >> 24;
		}
		if (size >= sizeof(struct event_header) && round % 2)
			((struct event_header *)copy)->size = size;
		if (event_decode(copy, size, &view) == 0 && view.header->kind <= EVENT_EXIT) {
			char path[EVENT_PATH_MAX + 8];

			taken++;
			sum += sum_span(view.process.filename) + sum_span(view.process.interp) +
			       sum_span(view.process.args);
			assert_true(path_join(view.process.executable, 0, path, sizeof(path)) > 0);
			assert_true(path_join(view.process.cwd, 1, path, sizeof(path)) > 0);
		}
		free(copy);
	}
	assert_true(taken > 1000 && sum > 0);
}

static void names_what_it_knows_only(void **state)
{
	(void)state;
	assert_string_equal(event_hook_name(HOOK_TP_BTF_EXEC), "tp_btf/sched_process_exec");
	assert_null(event_hook_name(HOOK_NONE));
	assert_null(event_hook_name(HOOK_END));
	assert_string_equal(event_syscall_name(SYSCALL_SETRESUID), "setresuid");
	assert_null(event_syscall_name(SYSCALL_NONE));
	assert_null(event_syscall_name(SYSCALL_END));
	assert_string_equal(event_kind_name(EVENT_CREDS), "credentials");
	assert_null(event_kind_name(0));
	assert_null(event_kind_name(EVENT_KIND_END));
	for (int hook = HOOK_NONE + 1; hook < HOOK_END; hook++)
		assert_non_null(event_hook_name(hook));
	for (int nr = SYSCALL_NONE + 1; nr < SYSCALL_END; nr++)
		assert_non_null(event_syscall_name(nr));
	for (int kind = 1; kind < EVENT_KIND_END; kind++)
		assert_non_null(event_kind_name(kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_into_a_process_record),
		cmocka_unit_test(takes_records_without_strings_and_cut_args),
		cmocka_unit_test(refuses_what_contradicts_itself),
		cmocka_unit_test(refuses_every_shortened_record),
		cmocka_unit_test(checks_cgroup_records),
		cmocka_unit_test(joins_components_from_leaf_to_root),
		cmocka_unit_test(maps_uids_as_the_process_sees_them),
		cmocka_unit_test(knows_the_hosts_root_inside),
		cmocka_unit_test(random_changes_never_lead_past_the_end),
		cmocka_unit_test(names_what_it_knows_only),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
