// SPDX-License-Identifier: Apache-2.0
/* Cases in which a file's owner, group or handler decides which credentials its program gets. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "selftest/case.h"

#define OTHER_USER  2000
#define DISK_USER   5000
#define MAPPED_DIR  SELFTEST_DIR "/mapped"
#define HANDLER_DIR SELFTEST_DIR "/handlers"
#define HANDLER     "uidzero-selftest"
#define MAGIC       "\x7fuidzero-selftest\n"

/* --- set-user-id and set-group-id files ------------------------------------------------------------ */

static int copy_setuid_of_other(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setuid", OTHER_USER, 04711);
}

static int copy_setgid(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setgid", 0, 02711);
}

static int copy_setgid_of_other(const struct selftest_case *self)
{
	(void)self;
	return stage_copy("setgid", OTHER_USER, 02711);
}

static int runs_setuid_file(const struct selftest_case *self)
{
	return stage_spawn(self, "setuid", 1);
}

static int runs_setgid_file(const struct selftest_case *self)
{
	return stage_spawn(self, "setgid", 1);
}

/* --- calls that gain group 0 ----------------------------------------------------------------------- */

static int regains_group(const struct selftest_case *self)
{
	(void)self;
	if (syscall(SYS_setresgid, SELFTEST_USER, SELFTEST_USER, 0) ||
	    syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("a drop of root");
	return syscall(SYS_setresgid, -1, 0, -1) ? stage_fails("setresgid") : STAGE_DONE;
}

static int joins_group(const struct selftest_case *self)
{
	const cap_value_t value = CAP_SETGID;
	const gid_t group = 0;
	cap_t caps = NULL;
	int err;

	(void)self;
	if (syscall(SYS_setresgid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER) || prctl(PR_SET_KEEPCAPS, 1) ||
	    syscall(SYS_setresuid, SELFTEST_USER, SELFTEST_USER, SELFTEST_USER))
		return stage_fails("a drop of root");
	caps = cap_get_proc();
	err = !caps || cap_set_flag(caps, CAP_EFFECTIVE, 1, &value, CAP_SET) || cap_set_proc(caps);
	cap_free(caps);
	if (err)
		return stage_fails("capset");
	return syscall(SYS_setgroups, 1, &group) ? stage_fails("setgroups") : STAGE_DONE;
}

/* --- idmapped mounts ------------------------------------------------------------------------------- */

/* In the new user namespace: says which process it is, and stays until it is killed. */
static void host_userns(int ready)
{
	pid_t pid = stage_host_pid();

	if (write(ready, &pid, sizeof(pid)) < 0)
		_exit(STAGE_FAILED);
	for (;;)
		pause();
}

static int write_map(pid_t pid, const char *file, const char *map)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, map, strlen(map)) < 0 ? -errno : 0;
}

/* The descriptor of a user namespace with these lines as its maps, or a negative errno. */
static int open_userns(const char *map)
{
	int ready[2], fd, err;
	char path[64];
	pid_t pid, host_pid = 0;

	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
	err = pid < 0 ? -errno : 0;
	if (!pid)
		host_userns(ready[1]);
	close(ready[1]);
	if (!err && read(ready[0], &host_pid, sizeof(host_pid)) != sizeof(host_pid))
		err = -EIO;
	close(ready[0]);
	if (pid < 0)
		return err;
	if (!err)
		err = write_map(host_pid, "uid_map", map);
	if (!err)
		err = write_map(host_pid, "gid_map", map);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", host_pid);
	fd = err ? err : open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		fd = -errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

/* A second mount of SELFTEST_DIR, as MAPPED_DIR, with a set-user-id file whose owner it maps. */
static int mount_mapped(uid_t owner, const char *map)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP};
	_cleanup_close_ int tree = -1, userns = -1;
	int status = stage_copy("setuid", owner, 04711);

	if (status)
		return status;
	if (mkdir(MAPPED_DIR, 0755))
		return stage_fails(MAPPED_DIR);
	userns = open_userns(map);
	if (userns < 0) {
		errno = -userns;
		return stage_impossible("a user namespace with a map");
	}
	attr.userns_fd = userns;
	tree = syscall(SYS_open_tree, AT_FDCWD, SELFTEST_DIR, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return stage_fails("open_tree");
	/* In 5.12 it came, and for a tmpfs in 6.3. */
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return stage_impossible("an idmapped mount of a tmpfs");
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, MAPPED_DIR, MOVE_MOUNT_F_EMPTY_PATH)
		       ? stage_fails("move_mount")
		       : STAGE_DONE;
}

/* More lines than the kernel keeps in the map itself. */
static int mount_mapped_to_root(const struct selftest_case *self)
{
	(void)self;
	return mount_mapped(DISK_USER, "1 10001 1\n3 10003 1\n5 10005 1\n7 10007 1\n5000 0 1\n9 10009 1\n11 10011 1\n");
}

static int mount_mapped_from_root(const struct selftest_case *self)
{
	(void)self;
	return mount_mapped(0, "0 2000 1\n");
}

static int runs_mapped_file(const struct selftest_case *self)
{
	return stage_spawn(self, "mapped/setuid", 1);
}

/* --- a handler of binfmt_misc with the credentials of the file ------------------------------------- */

/* What a run that was killed has left, or another one has made, is the same. */
static void unregister_handler(void)
{
	_cleanup_close_ int fd = open(HANDLER_DIR "/" HANDLER, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "-1", 2) < 0)
		return;
}

static bool are_handlers_enabled(void)
{
	_cleanup_close_ int fd = open(HANDLER_DIR "/status", O_RDONLY | O_CLOEXEC);
	char status[16] = "";

	return fd >= 0 && read(fd, status, sizeof(status) - 1) > 0 && !strncmp(status, "enabled", strlen("enabled"));
}

static int register_handler(const struct selftest_case *self)
{
	static const char line[] = ":" HANDLER ":M::\\x7fuidzero-selftest::" SELFTEST_DIR "/program:C";
	_cleanup_close_ int handled = -1, fd = -1;

	(void)self;
	handled = open(SELFTEST_DIR "/selftest", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (handled < 0 || write(handled, MAGIC, strlen(MAGIC)) < 0 || fchmod(handled, 04711))
		return stage_fails("a file to be handled");
	if (mkdir(HANDLER_DIR, 0755))
		return stage_fails(HANDLER_DIR);
	if (syscall(SYS_mount, "uidzero-selftest", HANDLER_DIR, "binfmt_misc", 0, NULL))
		return stage_impossible("binfmt_misc");
	errno = 0;
	if (!are_handlers_enabled())
		return stage_impossible("binfmt_misc, which is disabled");
	unregister_handler();
	fd = open(HANDLER_DIR "/register", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, line, strlen(line)) < 0 ? stage_impossible("a handler of binfmt_misc") : STAGE_DONE;
}

static int runs_handled_file(const struct selftest_case *self)
{
	pid_t pid = fork();
	int status, visited;

	if (pid < 0)
		return stage_fails("fork");
	if (!pid)
		_exit(stage_exec_handled(self, 1));
	status = stage_wait(pid);
	visited = stage_visit();
	return status ? status : visited;
}

static int removes_handler(const struct selftest_case *self, const struct visit *visit)
{
	int status = visit_namespaces(visit);

	(void)self;
	if (!status)
		unregister_handler();
	return status;
}

const struct selftest_case selftest_files[] = {
	{
		.name = "setuid_file_of_other",
		.summary = "a set-user-id file of another user's, not root's",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setuid_of_other,
		.stages = {runs_setuid_file, stage_end},
		.lines = "uid_change setuid_file none child " USER " > 1000/2000/2000/2000\n",
	},
	{
		.name = "setgid_file",
		.summary = "a set-group-id file of group 0",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setgid,
		.stages = {runs_setgid_file, stage_end},
		.lines = "gid_change - none child " USER " > " USER " egid 1000 > 0\n",
	},
	{
		.name = "setgid_file_no_new_privs",
		.summary = "a set-group-id file of group 0, with no_new_privs",
		.flags = SELFTEST_AS_USER | SELFTEST_NO_NEW_PRIVS,
		.prepare = copy_setgid,
		.stages = {runs_setgid_file, stage_end},
		.lines = "",
	},
	{
		.name = "setgid_file_of_other",
		.summary = "a set-group-id file of another group's",
		.flags = SELFTEST_AS_USER,
		.prepare = copy_setgid_of_other,
		.stages = {runs_setgid_file, stage_end},
		.lines = "",
	},
	{
		.name = "group_by_saved_gid",
		.summary = "setresgid(-1, 0, -1) by a saved gid 0, from a user",
		.stages = {regains_group},
		.lines = AS_ROOT "drop_root - none init 0/0/0/0 > " USER " complete group\n"
				 "gid_change - none init " USER " > " USER " egid 1000 > 0\n",
	},
	{
		.name = "group_by_setgroups",
		.summary = "setgroups(0) by CAP_SETGID, from a user",
		.stages = {joins_group},
		.lines = AS_ROOT "drop_root - equivalent init 0/0/0/0 > " USER " partial\n"
				 "gid_change - equivalent init " USER " > " USER " egid 1000 > 1000\n",
	},
	{
		.name = "setuid_file_idmapped",
		.summary = "a set-user-id file whose owner an idmapped mount makes root",
		.flags = SELFTEST_AS_USER,
		.prepare = mount_mapped_to_root,
		.stages = {runs_mapped_file, stage_end},
		.lines = "gain_root setuid_file real child " USER " > 1000/0/0/0\n",
	},
	{
		.name = "setuid_file_idmapped_away",
		.summary = "a set-user-id file of root's that an idmapped mount gives to a user",
		.flags = SELFTEST_AS_USER,
		.prepare = mount_mapped_from_root,
		.stages = {runs_mapped_file, stage_end},
		.lines = "uid_change setuid_file none child " USER " > 1000/2000/2000/2000\n",
	},
	{
		.name = "setuid_file_handled",
		.summary = "a set-user-id file that binfmt_misc runs with its credentials",
		.flags = SELFTEST_AS_USER,
		.prepare = register_handler,
		.stages = {runs_handled_file, stage_end},
		.visit = removes_handler,
		.lines = "gain_root setuid_file real child " USER " > 1000/0/0/0\n",
	},
	{},
};
