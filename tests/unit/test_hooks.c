// SPDX-License-Identifier: Apache-2.0
/* What each program of the kernel side tells of, so that the runs it missed are counted as that. */
#include "source/hooks.h"

#include <bpf/libbpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "uidzero.skel.h"

static void each_program_tells_of_one_kind(void **state)
{
	static const struct {
		const char *section;
		enum event_kind kind;
	} expected[] = {
		{"tp_btf/sched_process_exec", EVENT_EXEC},
		{"raw_tp/sched_process_exec", EVENT_EXEC},
		{"fentry/commit_creds", EVENT_CREDS},
		{"kprobe/commit_creds", EVENT_CREDS},
		{"tracepoint/syscalls/sys_exit_setuid", EVENT_CREDS},
		{"raw_tp/sys_exit", EVENT_CREDS},
		{"tp_btf/sched_process_fork", EVENT_EXIT},
		{"raw_tp/sched_process_fork", EVENT_EXIT},
		{"tp_btf/sched_process_exit", EVENT_EXIT},
		{"raw_tp/sched_process_exit", EVENT_EXIT},
		{"tp_btf/cgroup_mkdir", EVENT_CGROUP_MKDIR},
		{"raw_tp/cgroup_mkdir", EVENT_CGROUP_MKDIR},
		{"tp_btf/cgroup_attach_task", EVENT_CGROUP_MKDIR},
		{"raw_tp/cgroup_attach_task", EVENT_CGROUP_MKDIR},
		{"tp_btf/cgroup_rmdir", EVENT_CGROUP_RMDIR},
		{"raw_tp/cgroup_rmdir", EVENT_CGROUP_RMDIR},
		{"iter/task", EVENT_TASK},
		{"raw_tp/io_uring_register", EVENT_IO_URING},
	};
	struct uidzero_bpf *skeleton = uidzero_bpf__open();
	struct bpf_program *program;
	size_t nr = 0, i;

	(void)state;
	assert_non_null(skeleton);
	bpf_object__for_each_program(program, skeleton->obj)
	{
		const char *section = bpf_program__section_name(program);

		for (i = 0; strcmp(expected[i].section, section); i++)
			assert_true(i + 1 < sizeof(expected) / sizeof(expected[0]));
		assert_int_equal(hooks_kind_of(section), expected[i].kind);
		nr++;
	}
	assert_int_equal(nr, sizeof(expected) / sizeof(expected[0]));
	uidzero_bpf__destroy(skeleton);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_tells_of_one_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
