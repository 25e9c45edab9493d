/* SPDX-License-Identifier: Apache-2.0 */
/* Users as the container's own passwd names them, read once before what runs in it can have changed it. */
#include "container/facts_users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "container/facts_text.h"
#include "container/host_mounts.h"
#include "container/passwd.h"
#include "container/process_stat.h"
#include "container/safe_file.h"

/* useradd(8) allows 32; a longer one is no use to anybody and would be cut. */
#define NAME_SIZE_MAX 64
#define PASSWD        "etc/passwd" /* below a root */
#define MOUNTINFO_MAX (4 << 20)

static const char *name_at(const struct facts_users *users, uint32_t index)
{
	const char *name = users->names;

	for (uint32_t i = 0; i < index; i++)
		name += strlen(name) + 1;
	return name;
}

/* Returns users->nr where there is none. */
static uint32_t find_uid(const struct facts_users *users, uint32_t uid)
{
	uint32_t i = 0;

	while (i < users->nr && users->uids[i] != uid)
		i++;
	return i;
}

const char *container_facts__user_name(const struct container_facts *facts, uint32_t uid)
{
	uint32_t at = find_uid(&facts->users, uid);

	return at < facts->users.nr ? name_at(&facts->users, at) : NULL;
}

int facts_users__add(struct facts_users *users, uint32_t uid, struct span name)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	char *names;

	if (name.size == 0 || users->nr == FACTS_USERS_MAX || find_uid(users, uid) < users->nr)
		return 0;
	if (facts_text__copy(name, &text))
		return -ENOMEM;
	/* Of the copy: it is longer where bytes were replaced, and a recording gives it back. */
	if (strlen(text) > NAME_SIZE_MAX)
		return 0;
	if (!users->uids)
		users->uids = malloc(FACTS_USERS_MAX * sizeof(*users->uids));
	if (!users->uids)
		return -ENOMEM;
	size = (size_t)(name_at(users, users->nr) - users->names);
	names = realloc(users->names, size + strlen(text) + 1);
	if (!names)
		return -ENOMEM;
	strcpy(names + size, text);
	users->names = names;
	users->uids[users->nr++] = uid;
	return 0;
}

static void find_ids(struct container_facts *facts, struct span passwd)
{
	facts->declared_ids = passwd__find(passwd, facts->declared_user);
	facts->requested_ids = passwd__find(passwd, facts->requested_user);
}

int facts_users__fill(struct container_facts *facts, struct span passwd)
{
	struct facts_users users = {.is_known = true};
	struct span rest = passwd;
	struct passwd_line line;
	uint32_t *uids;

	if (facts->users.is_known)
		return 0;
	while (users.nr < FACTS_USERS_MAX && passwd__next(&rest, &line)) {
		if (!line.has_uid || facts_users__add(&users, line.uid, line.name) == 0)
			continue;
		free(users.uids);
		free(users.names);
		return -ENOMEM;
	}
	/* A host has thousands of containers, and a passwd has forty lines. */
	uids = users.nr ? realloc(users.uids, users.nr * sizeof(*users.uids)) : NULL;
	if (uids)
		users.uids = uids;
	facts->users = users;
	/* Where a mount hides the image's, the runtime has found the user in that one. */
	if (!facts->passwd_is_mounted)
		find_ids(facts, passwd);
	facts->missing &= ~(unsigned)MISSING_USERS;
	return 0;
}

/* Returns 0, -ENOENT where there is none, or another negative errno where it was refused. */
static int read_rootfs(const struct safe_root *root, struct container_facts *facts)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int err = safe_file__read_in_root(root, PASSWD, PASSWD_MAX, &data, &size);

	if (err)
		return err;
	if (!facts->passwd_is_mounted)
		return facts_users__fill(facts, (struct span){data, size});
	find_ids(facts, (struct span){data, size});
	return 0;
}

/* A root that is not mounted (here) is an empty directory, or none. */
static bool is_empty(const struct safe_root *root)
{
	unsigned count = 0;
	bool is_empty = true;
	DIR *dir;

	if (safe_root__list(root, ".", &dir) < 0)
		return true;
	is_empty = !safe_dir__next(dir, &count);
	closedir(dir);
	return is_empty;
}

int facts_users__read_rootfs(const char *host_root, struct container_facts *facts)
{
	struct safe_root root;
	int err;

	if (!facts->rootfs || strlen(facts->rootfs) >= FACTS_STRING_MAX ||
	    safe_root__open(host_root, facts->rootfs, &root) < 0)
		return 0;
	err = read_rootfs(&root, facts);
	if ((err == -ENOENT || err == -ENOTDIR) && !facts->passwd_is_mounted && !is_empty(&root))
		err = facts_users__fill(facts, (struct span){"", 0});
	safe_root__close(&root);
	return err == -ENOMEM ? err : 0;
}

/* Field 22 of proc(5)'s stat; the name before it may hold anything. */
bool process_has_started_at(int proc_fd, uint64_t start_ns)
{
	struct process_stat stat;

	return process_stat__read(proc_fd, &stat) && stat.start_ticks == clock_ticks(start_ns);
}

/*
 * A file server that does not answer waits for good. Where the process sees one at all, a symlink could lead there,
 * so none is followed then.
 */
static int read_as_process(int proc_fd, const struct safe_root *root, char **ret_data, size_t *ret_size)
{
	const struct safe_root proc = {.fd = proc_fd};
	_cleanup_free_ char *mountinfo = NULL;
	struct span mounts = {0};
	int err;

	err = safe_file__read(&proc, "mountinfo", MOUNTINFO_MAX, &mountinfo, &mounts.size);
	if (err)
		return err;
	mounts.data = mountinfo;
	if (mountinfo_is_all_local(mounts))
		return safe_file__read_in_root(root, PASSWD, PASSWD_MAX, ret_data, ret_size);
	if (!mountinfo_is_local(mounts, "/" PASSWD))
		return -ESTALE;
	return safe_file__read(root, PASSWD, PASSWD_MAX, ret_data, ret_size);
}

int container_facts__read_users(const struct container_process *process, struct container_facts *facts)
{
	_cleanup_close_ int proc_fd = -1, root_fd = -1;
	_cleanup_free_ char *data = NULL;
	struct safe_root root = {0};
	size_t size = 0;
	char path[32];
	int err;

	if (facts->users.is_known)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u", process->tgid);
	proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0 || !process_has_started_at(proc_fd, process->start_ns))
		return 0;
	root_fd = openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return 0;
	root.fd = root_fd;
	err = read_as_process(proc_fd, &root, &data, &size);
	if (!err)
		err = facts_users__fill(facts, (struct span){data, size});
	else if (err == -ENOENT || err == -ENOTDIR)
		err = facts_users__fill(facts, (struct span){"", 0});
	return err == -ENOMEM ? err : 0;
}
