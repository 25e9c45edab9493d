// SPDX-License-Identifier: Apache-2.0
/* Cases in which a process stops being root, for good or not. */
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/case.h"

#define DROPS  "drop_root - none init 0/0/0/0 > " USER " complete group\n"
#define LEAVES "drop_root - none init 0/0/0/0 > " USER " complete\n"
#define KEEPS  "drop_root - equivalent init 0/0/0/0 > " USER " partial group\n"

/* --- uids ------------------------------------------------------------------------------------------ */

/* The gids are given up, the supplementary group is not. */
static int keeps_groups(const struct selftest_case *self)
{
	const gid_t group = 0;

	if (setgroups(1, &group) || setresgid(SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("setgroups or setresgid");
	return stage_drop(self);
}

static int drops_by_setuid(const struct selftest_case *self)
{
	(void)self;
	return syscall(SYS_setuid, SELFTEST_USER) ? stage_fails("setuid") : STAGE_DONE;
}

static int drops_and_waits(const struct selftest_case *self)
{
	int status = stage_drop(self);

	return status ? status : stage_walk();
}

static int drops_in_child(const struct selftest_case *self)
{
	return stage_fork(self, stage_drop);
}

static int keeps_saved(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(SELFTEST_USER, SELFTEST_USER, -1);
}

static int keeps_saved_for_a_while(const struct selftest_case *self)
{
	int status = keeps_saved(self);

	return status ? status : stage_set_uids(-1, -1, SELFTEST_USER);
}

static int keeps_saved_over_a_walk(const struct selftest_case *self)
{
	int status = keeps_saved(self);

	if (!status)
		status = stage_walk();
	return status ? status : stage_set_uids(-1, -1, SELFTEST_USER);
}

static int keeps_saved_and_execs(const struct selftest_case *self)
{
	int status = keeps_saved(self);

	return status ? status : stage_exec(self, "program", 1);
}

static int keeps_real(const struct selftest_case *self)
{
	(void)self;
	return stage_set_uids(-1, SELFTEST_USER, SELFTEST_USER);
}

static int keeps_real_and_regains(const struct selftest_case *self)
{
	int status = keeps_real(self);

	return !status && syscall(SYS_setuid, 0) ? stage_fails("setuid") : status;
}

/* As 4.2BSD's programs did: the real and the effective one change places. */
static int swaps(const struct selftest_case *self)
{
	(void)self;
	if (syscall(SYS_setreuid, 0, SELFTEST_USER) || syscall(SYS_setreuid, SELFTEST_USER, 0) ||
	    syscall(SYS_setreuid, 0, SELFTEST_USER))
		return stage_fails("setreuid");
	return STAGE_DONE;
}

static int lowers_fsuid(const struct selftest_case *self)
{
	(void)self;
	syscall(SYS_setfsuid, SELFTEST_USER);
	return STAGE_DONE;
}

static int lowers_euid(const struct selftest_case *self)
{
	int status = stage_set_uids(-1, SELFTEST_USER, -1);

	(void)self;
	return status ? status : stage_set_uids(-1, 0, -1);
}

/* --- capabilities ---------------------------------------------------------------------------------- */

static int sets_caps(const char *text)
{
	cap_t caps = cap_from_text(text);
	int err = !caps || cap_set_proc(caps);

	cap_free(caps);
	return err ? stage_fails(text) : STAGE_DONE;
}

static int drops_with(int option, unsigned long value, const struct selftest_case *self)
{
	return prctl(option, value, 0, 0, 0) ? stage_fails("prctl") : stage_drop(self);
}

static int keeps_caps(const struct selftest_case *self)
{
	return drops_with(PR_SET_KEEPCAPS, 1, self);
}

static int keeps_caps_by_securebits(const struct selftest_case *self)
{
	return drops_with(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, self);
}

static int keeps_setuid_cap(const struct selftest_case *self)
{
	int status = keeps_caps(self);

	return status ? status : sets_caps("cap_setuid=ep");
}

static int keeps_setuid_cap_and_regains(const struct selftest_case *self)
{
	int status = keeps_setuid_cap(self);

	return !status && syscall(SYS_setuid, 0) ? stage_fails("setuid") : status;
}

/* As a name server does that opens more ports later. */
static int keeps_harmless_cap(const struct selftest_case *self)
{
	int status = keeps_caps(self);

	return status ? status : sets_caps("cap_net_bind_service=ep");
}

static int keeps_caps_and_execs(const struct selftest_case *self)
{
	int status = keeps_caps(self);

	return status ? status : stage_exec(self, "program", 1);
}

static int keeps_only_saved_and_execs(const struct selftest_case *self)
{
	int status = sets_caps("cap_setuid=ep");

	if (!status)
		status = keeps_saved(self);
	if (!status)
		status = sets_caps("=");
	return status ? status : stage_exec(self, "program", 1);
}

static int lowers_caps_first(const struct selftest_case *self)
{
	int status = sets_caps("cap_setuid=ep");

	return status ? status : stage_drop(self);
}

/* --- as programs do -------------------------------------------------------------------------------- */

static int drops_and_execs(const struct selftest_case *self)
{
	int status = drops_by_setuid(self);

	return status ? status : stage_exec(self, "program", 1);
}

/* su-exec; with glibc's functions, which call once for each thread. */
static int acts_as_su_exec(const struct selftest_case *self)
{
	const gid_t group = SELFTEST_USER;

	if (setgroups(1, &group) || setgid(group) || setuid(SELFTEST_USER))
		return stage_fails("setgroups, setgid or setuid");
	return stage_exec(self, "program", 1);
}

static int acts_as_setpriv(const struct selftest_case *self)
{
	if (setresgid(SELFTEST_USER, SELFTEST_USER, SELFTEST_USER) || setgroups(0, NULL) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setresuid(SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("setresgid, setgroups, no_new_privs or setresuid");
	return stage_exec(self, "program", 1);
}

const struct selftest_case selftest_drops[] = {
	{
		.name = "drop_setresuid",
		.summary = "setresuid to a user",
		.stages = {stage_drop},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_setuid",
		.summary = "setuid of root's, which sets all ids",
		.stages = {drops_by_setuid},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_walk",
		.summary = "setresuid to a user, then a walk over all tasks",
		.stages = {drops_and_waits},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_child",
		.summary = "a forked child drops, its parent does not",
		.stages = {drops_in_child},
		.lines = AS_ROOT "drop_root - none child 0/0/0/0 > " USER " complete group\n",
	},
	{
		.name = "drop_mapped",
		.summary = "a user namespace's root becomes its user",
		.flags = SELFTEST_USERNS,
		.stages = {stage_drop},
		.lines = "exec_root - mapped init 100000/100000/100000/100000\n"
			 "drop_root - none init 100000/100000/100000/100000 > 101000/101000/101000/101000 complete\n",
	},
	{
		.name = "drop_saved_kept",
		.summary = "the saved uid stays 0, and is given up later",
		.stages = {keeps_saved_for_a_while},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_saved_kept_longer",
		.summary = "the same, and a scan of all tasks comes between",
		.stages = {keeps_saved_over_a_walk},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > 1000/1000/0/1000 partial group\n"
				 "drop_root - none init 1000/1000/0/1000 > " USER " complete group\n",
	},
	{
		.name = "drop_saved_kept_mapped",
		.summary = "the same in a user namespace",
		.flags = SELFTEST_USERNS,
		.stages = {keeps_saved_for_a_while},
		.lines = "exec_root - mapped init 100000/100000/100000/100000\n"
			 "drop_root - none init 100000/100000/100000/100000 > 101000/101000/101000/101000 complete\n",
	},
	{
		.name = "drop_saved_kept_exec",
		.summary = "the saved uid stays 0; a program does not inherit it",
		.stages = {keeps_saved_and_execs, stage_end},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_only_saved_kept_exec",
		.summary = "the same, the capabilities being gone before",
		.stages = {keeps_only_saved_and_execs, stage_end},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_real_kept",
		.summary = "the real uid stays 0, and is taken back by setuid",
		.stages = {keeps_real_and_regains},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > 0/1000/1000/1000 partial group\n"
				 "gain_root set_uid real init 0/1000/1000/1000 > 0/0/1000/0\n",
	},
	{
		.name = "drop_swap",
		.summary = "setreuid swaps real and effective uid, thrice",
		.stages = {swaps},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > 0/1000/1000/1000 partial group\n"
				 "gain_root set_uid real init 0/1000/1000/1000 > 1000/0/0/0\n"
				 "drop_root - equivalent init 1000/0/0/0 > 0/1000/1000/1000 partial group\n",
	},
	{
		.name = "drop_for_a_moment",
		.summary = "the effective uid alone goes and comes back",
		.stages = {lowers_euid},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > 0/1000/0/1000 partial group\n"
				 "gain_root set_uid real init 0/1000/0/1000 > 0/0/0/0\n",
	},
	{
		.name = "drop_fsuid",
		.summary = "setfsuid alone, as a file server does: still root",
		.stages = {lowers_fsuid},
		.lines = AS_ROOT "uid_change - real init 0/0/0/0 > 0/0/0/1000\n",
	},
	{
		/* Group 0 opens files, but no way back. */
		.name = "drop_groups_kept",
		.summary = "setresgid and setresuid without setgroups",
		.stages = {keeps_groups},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_caps_kept",
		.summary = "PR_SET_KEEPCAPS keeps all capabilities",
		.stages = {keeps_caps},
		.lines = AS_ROOT KEEPS,
	},
	{
		.name = "drop_caps_kept_exec",
		.summary = "the same; a program does not inherit them",
		.stages = {keeps_caps_and_execs, stage_end},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_caps_by_securebits",
		.summary = "SECBIT_NO_SETUID_FIXUP keeps all capabilities",
		.stages = {keeps_caps_by_securebits},
		.lines = AS_ROOT KEEPS,
	},
	{
		.name = "drop_setuid_cap_kept",
		.summary = "capset keeps CAP_SETUID, and setuid takes root back",
		.stages = {keeps_setuid_cap_and_regains},
		.lines = AS_ROOT KEEPS "gain_root set_uid real init " USER " > 0/0/0/0\n",
	},
	{
		.name = "drop_harmless_cap_kept",
		.summary = "capset keeps CAP_NET_BIND_SERVICE",
		.stages = {keeps_harmless_cap},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_caps_first",
		.summary = "capset first, then setresuid",
		.stages = {lowers_caps_first},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_exec",
		.summary = "setuid to a user, then a program",
		.stages = {drops_and_execs, stage_end},
		.lines = AS_ROOT DROPS,
	},
	{
		.name = "drop_su_exec",
		.summary = "setgroups, setgid, setuid, then a program",
		.stages = {acts_as_su_exec, stage_end},
		.lines = AS_ROOT LEAVES,
	},
	{
		.name = "drop_setpriv",
		.summary = "the same with no_new_privs",
		.stages = {acts_as_setpriv, stage_end},
		.lines = AS_ROOT LEAVES,
	},
	{},
};
