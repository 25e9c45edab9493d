// SPDX-License-Identifier: Apache-2.0
/* Cases in which nobody becomes root or stops being it. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"

#define NOSUID_DIR SELFTEST_DIR "/nosuid"

/* --- calls ----------------------------------------------------------------------------------------- */

static int is_refused_root(const struct selftest_case *self)
{
	(void)self;
	errno = 0;
	if (!syscall(SYS_setuid, 0) || !syscall(SYS_setreuid, 0, 0) || !syscall(SYS_setresuid, 0, 0, 0))
		return stage_fails("a call was not refused");
	/* This one tells the former id, whether it was refused or not. */
	syscall(SYS_setfsuid, 0);
	return STAGE_DONE;
}

static int changes_nothing(const struct selftest_case *self)
{
	uid_t uid = getuid();

	(void)self;
	if (syscall(SYS_setuid, uid) || syscall(SYS_setreuid, -1, -1) || syscall(SYS_setreuid, uid, uid) ||
	    syscall(SYS_setresuid, -1, -1, -1) || syscall(SYS_setresuid, uid, uid, uid))
		return stage_fails("set*uid");
	syscall(SYS_setfsuid, uid);
	syscall(SYS_setfsuid, -1);
	return STAGE_DONE;
}

static int changes_groups(const struct selftest_case *self)
{
	(void)self;
	if (syscall(SYS_setregid, 5, 6) || syscall(SYS_setresgid, 7, 8, 9) || syscall(SYS_setgid, 10) ||
	    syscall(SYS_setgroups, 0, NULL))
		return stage_fails("set*gid");
	syscall(SYS_setfsgid, 11);
	return STAGE_DONE;
}

/* Root all the same: by its uid it takes them back with the next program. */
static int lowers_capabilities(const struct selftest_case *self)
{
	cap_t none = cap_init();
	int err = !none || cap_set_proc(none);

	(void)self;
	cap_free(none);
	return err ? stage_fails("capset") : STAGE_DONE;
}

static int forks_and_execs(const struct selftest_case *self)
{
	int status = stage_fork(self, stage_end);

	if (!status)
		status = stage_spawn(self, "program", 1);
	return status ? status : stage_exec(self, "program", 1);
}

/* Not mapped, it is nobody. */
static int unshares_unmapped_and_execs(const struct selftest_case *self)
{
	if (unshare(CLONE_NEWUSER))
		return stage_impossible("unshare(CLONE_NEWUSER)");
	return stage_exec(self, "program", 1);
}

/* --- files ----------------------------------------------------------------------------------------- */

static int copy_setuid(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", 0, 04711);
}

static int copy_setuid_to_nosuid(const struct selftest_case *self)
{
	(void)self;
	if (mkdir(NOSUID_DIR, 0755) ||
	    mount("uidzero-selftest", NOSUID_DIR, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"))
		return stage_fails(NOSUID_DIR);
	return stage_copy("nosuid/setuid", 0, 04711);
}

static int copy_with_harmless_cap(const struct selftest_case *self)
{
	(void)self;
	return stage_copy_with_caps("caps", "cap_net_raw=ep");
}

static int copy_with_setuid_cap(const struct selftest_case *self)
{
	(void)self;
	return stage_copy_with_caps("caps", "cap_setuid=ep");
}

static int runs_setuid_file(const struct selftest_case *self)
{
	return stage_spawn(self, "setuid", 1);
}

static int runs_nosuid_file(const struct selftest_case *self)
{
	return stage_spawn(self, "nosuid/setuid", 1);
}

static int runs_file_with_caps(const struct selftest_case *self)
{
	return stage_spawn(self, "caps", 1);
}

const struct selftest_case selftest_nothings[] = {
	{
		.name = "refused_calls",
		.summary = "set*uid calls that are refused",
		.flags = SELFTEST_AS_USER,
		.stages = {is_refused_root},
		.lines = "",
	},
	{
		.name = "unchanged_root",
		.summary = "set*uid calls of root's that change nothing",
		.stages = {changes_nothing},
		.lines = AS_ROOT,
	},
	{
		.name = "unchanged_user",
		.summary = "set*uid calls of a user's that change nothing",
		.flags = SELFTEST_AS_USER,
		.stages = {changes_nothing},
		.lines = "",
	},
	{
		.name = "groups",
		.summary = "set*gid and setgroups",
		.stages = {changes_groups},
		.lines = AS_ROOT,
	},
	{
		.name = "capset",
		.summary = "root gives up all capabilities, and stays uid 0",
		.stages = {lowers_capabilities},
		.lines = AS_ROOT,
	},
	{
		.name = "user_programs",
		.summary = "a user forks and runs programs",
		.flags = SELFTEST_AS_USER,
		.stages = {forks_and_execs, stage_end},
		.lines = "",
	},
	{
		.name = "userns_unmapped",
		.summary = "unshare without a map, then a program",
		.flags = SELFTEST_AS_USER,
		.stages = {unshares_unmapped_and_execs, stage_end},
		.lines = "",
	},
	{
		.name = "setuid_file_no_new_privs",
		.summary = "a set-user-id file with no_new_privs",
		.flags = SELFTEST_AS_USER | SELFTEST_NO_NEW_PRIVS,
		.prepare = copy_setuid,
		.stages = {runs_setuid_file, stage_end},
		.lines = "",
	},
	{
		.name = "setuid_file_nosuid",
		.summary = "a set-user-id file on a nosuid mount",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid_to_nosuid,
		.stages = {runs_nosuid_file, stage_end},
		.lines = "",
	},
	{
		.name = "setuid_file_unmapped",
		.summary = "a set-user-id file whose owner the user namespace lacks",
		.flags = SELFTEST_AS_USER | SELFTEST_USERNS,
		.prepare = copy_setuid,
		.stages = {runs_setuid_file, stage_end},
		.lines = "",
	},
	{
		.name = "file_caps_harmless",
		.summary = "a file with CAP_NET_RAW, as ping has it",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_with_harmless_cap,
		.stages = {runs_file_with_caps, stage_end},
		.lines = "",
	},
	{
		.name = "file_caps_no_new_privs",
		.summary = "a file with CAP_SETUID, with no_new_privs",
		.flags = SELFTEST_AS_USER | SELFTEST_NO_NEW_PRIVS,
		.prepare = copy_with_setuid_cap,
		.stages = {runs_file_with_caps, stage_end},
		.lines = "",
	},
	{},
};
