// SPDX-License-Identifier: Apache-2.0
/* Cases in which a process goes to other cgroups or namespaces, or comes in from outside. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"
#include "selftest/sandbox.h"

#define EXECS(role)   "exec_root inherited real " role " 0/0/0/0 > 0/0/0/0\n"
#define BY_FILE(role) "gain_root setuid_file real " role " " USER " > 1000/0/0/0\n"
#define SESSION       "exec_root - real session 0/0/0/0\n"

/* What is done after having gone elsewhere, see acts(). */
#define ACTS "drop_root - none child 0/0/0/0 > " USER " complete group\n" BY_FILE("child")

static int copy_setuid(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", 0, 04711);
}

static int drops_and_execs_setuid_file(const struct selftest_case *self)
{
	if (syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("setresuid");
	return stage_exec(self, "setuid", 2);
}

/* A child, a drop, and a gain. */
static int acts(const struct selftest_case *self)
{
	return stage_fork(self, drops_and_execs_setuid_file);
}

/* --- cgroups --------------------------------------------------------------------------------------- */

static int goes_to_own_cgroup(const struct selftest_case *self)
{
	int status = stage_enter_cgroup("delegated");

	return status ? status : stage_exec(self, "program", 1);
}

static int goes_to_named_cgroup(const struct selftest_case *self)
{
	int status = stage_enter_cgroup("lxc.payload.other");

	return status ? status : stage_exec(self, "program", 1);
}

static int goes_to_root_cgroup(const struct selftest_case *self)
{
	int status = stage_enter_cgroup(NULL);

	return status ? status : stage_exec(self, "program", 1);
}

static int leaves_and_removes_cgroups(const struct selftest_case *self)
{
	int status = stage_remove_cgroups();

	return status ? status : stage_exec(self, "program", 1);
}

static int enters_other_with_own_mounts(const struct selftest_case *self)
{
	int status = stage_enter_other_cgroup();

	if (!status && unshare(CLONE_NEWNS))
		status = stage_impossible("unshare(CLONE_NEWNS)");
	return status ? status : stage_exec(self, "program", 1);
}

static int enters_other_with_own_root(const struct selftest_case *self)
{
	int status = stage_enter_other_cgroup();

	if (!status &&
	    (mkdir("root", 0755) || mount("/", "root", NULL, MS_BIND | MS_REC, NULL) || chroot("root") || chdir("/")))
		status = stage_fails("chroot");
	return status ? status : stage_exec(self, "program", 1);
}

static int child_goes_to_other(const struct selftest_case *self)
{
	int status = stage_visit();

	return status ? status : stage_fork(self, enters_other_with_own_mounts);
}

static int child_goes_to_other_by_chroot(const struct selftest_case *self)
{
	int status = stage_visit();

	return status ? status : stage_fork(self, enters_other_with_own_root);
}

static int child_goes_to_new_one(const struct selftest_case *self)
{
	return stage_fork(self, enters_other_with_own_mounts);
}

/* The first process ends, and a child in the root cgroup goes on. */
static int first_ends_before_child(const struct selftest_case *self)
{
	int alive[2], status;
	char byte;
	pid_t pid;

	if (pipe(alive))
		return stage_fails("pipe");
	pid = fork();
	if (pid < 0)
		return stage_fails("fork");
	if (pid)
		return STAGE_DONE;
	close(alive[1]);
	/* Until the first process, which has the other end, has ended. */
	if (read(alive[0], &byte, 1))
		return stage_fails("the first process's end");
	status = stage_remove_cgroups();
	if (!status)
		status = stage_walk();
	return status ? status : acts(self);
}

/* --- namespaces ------------------------------------------------------------------------------------ */

static int unshares_and_execs(const struct selftest_case *self, int flags)
{
	if (unshare(flags))
		return stage_impossible("unshare");
	return stage_exec(self, "program", 1);
}

static int unshares_mounts(const struct selftest_case *self)
{
	return unshares_and_execs(self, CLONE_NEWNS);
}

static int unshares_cgroup(const struct selftest_case *self)
{
	return unshares_and_execs(self, CLONE_NEWCGROUP);
}

static int unshares_ipc_and_names(const struct selftest_case *self)
{
	return unshares_and_execs(self, CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET);
}

static int execs(const struct selftest_case *self)
{
	return stage_exec(self, "program", 1);
}

/* The child is pid 1 of a namespace within the container's. */
static int unshares_pids(const struct selftest_case *self)
{
	if (unshare(CLONE_NEWPID))
		return stage_impossible("unshare(CLONE_NEWPID)");
	return stage_fork(self, execs);
}

static int changes_root(const struct selftest_case *self)
{
	if (mkdir("root", 0755) || mount("/", "root", NULL, MS_BIND | MS_REC, NULL) || chroot("root") || chdir("/"))
		return stage_fails("chroot");
	return stage_exec(self, "program", 1);
}

/* --- from outside ---------------------------------------------------------------------------------- */

static int is_visited(const struct selftest_case *self)
{
	(void)self;
	return stage_visit();
}

static int runs_program(const struct selftest_case *self)
{
	return stage_spawn(self, "program", 1);
}

static int enters(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_cgroups(self, visit);

	if (!status)
		status = visit_namespaces(visit);
	return status ? status : runs_program(self);
}

/* Needs no fork, and does none. */
static int enters_host_pidns(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_cgroups(self, visit);

	if (!status)
		status = visit_namespaces(visit);
	return status ? status : execs(self);
}

static int enters_without_cgroups(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_namespaces(visit);

	return status ? status : runs_program(self);
}

static int enters_as_user(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_cgroups(self, visit);

	if (!status)
		status = visit_namespaces(visit);
	return status ? status : stage_fork(self, drops_and_execs_setuid_file);
}

/* A monitor of the runtime's: it runs beside the container, in its cgroup. */
static int enters_cgroups_alone(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_cgroups(self, visit);

	return status ? status : stage_exec_as(self, "/proc/self/exe", "uidzero", 2);
}

const struct selftest_case selftest_moves[] = {
	{
		.name = "cgroup_own",
		.summary = "into a cgroup of the container's own",
		.prepare = copy_setuid,
		.stages = {goes_to_own_cgroup, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "cgroup_named",
		.summary = "the same, named as a runtime names a container's",
		.prepare = copy_setuid,
		.stages = {goes_to_named_cgroup, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "cgroup_root",
		.summary = "out of the container's, into the host's root cgroup",
		.prepare = copy_setuid,
		.stages = {goes_to_root_cgroup, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "cgroup_root_host_pidns",
		.summary = "the same without a pid namespace of its own",
		.flags = SELFTEST_HOST_PIDNS,
		.prepare = copy_setuid,
		.stages = {goes_to_root_cgroup, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "cgroup_removed",
		.summary = "into the root cgroup, with its own cgroups removed",
		.prepare = copy_setuid,
		.stages = {leaves_and_removes_cgroups, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "cgroup_of_other",
		.summary = "a child into another container's, and its own mount namespace",
		.prepare = copy_setuid,
		.stages = {child_goes_to_other, acts, stage_end},
		.visit = visit_make_other,
		.lines = AS_ROOT EXECS("child") ACTS,
	},
	{
		.name = "cgroup_of_other_chroot",
		.summary = "the same by chroot, without a pid namespace",
		.flags = SELFTEST_HOST_PIDNS,
		.prepare = copy_setuid,
		.stages = {child_goes_to_other_by_chroot, acts, stage_end},
		.visit = visit_make_other,
		.lines = AS_ROOT EXECS("child") ACTS,
	},
	{
		.name = "cgroup_as_other",
		.summary = "into one that it names as another container's: nested",
		.prepare = copy_setuid,
		.stages = {child_goes_to_new_one, acts, stage_end},
		.lines = AS_ROOT AS_ROOT ACTS,
	},
	{
		.name = "outlives_first",
		.summary = "a child outlives the first process and its cgroups",
		.flags = SELFTEST_HOST_PIDNS,
		.prepare = copy_setuid,
		.stages = {first_ends_before_child, stage_end, stage_end},
		.lines = AS_ROOT ACTS,
	},
	{
		.name = "cgroup_namespace",
		.summary = "into a cgroup namespace of its own",
		.prepare = copy_setuid,
		.stages = {unshares_cgroup, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "host_pidns",
		.summary = "a container without a pid namespace of its own",
		.flags = SELFTEST_HOST_PIDNS,
		.prepare = copy_setuid,
		.stages = {execs, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "unshare_mounts",
		.summary = "into a mount namespace of its own",
		.prepare = copy_setuid,
		.stages = {unshares_mounts, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "unshare_others",
		.summary = "into IPC, UTS and network namespaces of its own",
		.prepare = copy_setuid,
		.stages = {unshares_ipc_and_names, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "unshare_pids",
		.summary = "into a pid namespace within the container's",
		.prepare = copy_setuid,
		.stages = {unshares_pids, acts, stage_end},
		.lines = AS_ROOT EXECS("child") ACTS,
	},
	{
		.name = "chroot",
		.summary = "into another root directory",
		.prepare = copy_setuid,
		.stages = {changes_root, acts, stage_end},
		.lines = AS_ROOT EXECS("init") ACTS,
	},
	{
		.name = "session",
		.summary = "a program from outside, into cgroups and namespaces",
		.flags = SELFTEST_AS_USER,
		.stages = {is_visited, stage_end},
		.visit = enters,
		.lines = SESSION,
	},
	{
		.name = "session_without_cgroup",
		.summary = "the same, as nsenter does it: not into the cgroups",
		.flags = SELFTEST_AS_USER,
		.stages = {is_visited, stage_end},
		.visit = enters_without_cgroups,
		.lines = SESSION,
	},
	{
		.name = "session_host_pidns",
		.summary = "into a container without a pid namespace",
		.flags = SELFTEST_AS_USER | SELFTEST_HOST_PIDNS,
		.stages = {is_visited, stage_end},
		.visit = enters_host_pidns,
		.lines = SESSION,
	},
	{
		.name = "session_user",
		.summary = "a user from outside, into a set-user-id file",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid,
		.stages = {is_visited, stage_end, stage_end},
		.visit = enters_as_user,
		.lines = "gain_root setuid_file real session 1000/0/0/0\n",
	},
	{
		.name = "session_monitor",
		.summary = "a program in the cgroups alone is the runtime's",
		.flags = SELFTEST_AS_USER,
		.stages = {is_visited, stage_end, stage_end},
		.visit = enters_cgroups_alone,
		.lines = "",
	},
	{},
};
