/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the container in which a file of the host lies, or which can write it. */
#include "container/file_holder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/facts_users.h"
#include "container/mountinfo.h"
#include "container/safe_file.h"

#define MOUNTINFO_MAX (4 << 20)

/* What is known of the file, each way. */
struct holder_search {
	struct span host_mounts;
	struct file_place host_root;
	struct {
		char path[PATH_MAX]; /* normalized */
		struct file_place place;
		bool has_place;
	} files[FILE_CALLED_MAX + 1];
	int nr_files;
	uint32_t major, minor;
};

/* @name: of a directory below /proc */
static int read_mounts(const char *name, uint64_t start_ns, char **ret_data, size_t *ret_size)
{
	struct safe_root proc;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%s", name);
	err = safe_root__open("", path, &proc);
	if (err)
		return err;
	/* Asked before and not after: what has ended has no mounts any more. */
	if (start_ns && !process_has_started_at(proc.fd, start_ns))
		err = -ESRCH;
	err = err ?: safe_file__read(&proc, "mountinfo", MOUNTINFO_MAX, ret_data, ret_size);
	safe_root__close(&proc);
	return err;
}

/* @own: the host's */
static uint32_t find_by_mntns(uint32_t inum, uint32_t own, const struct file_candidate *candidates,
			      size_t nr_candidates)
{
	for (size_t i = 0; inum && inum != own && i < nr_candidates; i++)
		for (size_t j = 0; j < CANDIDATE_MNTNS_MAX; j++)
			if (candidates[i].mntns_inums[j] == inum)
				return candidates[i].number;
	return 0;
}

/* "/proc/123/root/evil": what the path leads through is that process's. Returns 0 for any other path. */
static uint32_t mntns_of_process_path(const char *path)
{
	unsigned pid = path_process(path);
	char link[64];
	struct stat st;

	if (!pid)
		return 0;
	snprintf(link, sizeof(link), "/proc/%u/ns/mnt", pid);
	/* The link's target is a namespace and no path. */
	return stat(link, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

static void add_file(struct holder_search *holder, const char *path)
{
	int at = holder->nr_files;

	if (!path || !path_normalize(path, holder->files[at].path))
		return;
	holder->files[at].has_place =
		mountinfo_locate(holder->host_mounts, holder->files[at].path, &holder->files[at].place);
	holder->nr_files++;
}

/* The file that runs. Another device than the one that the kernel has seen is another file. */
static void add_executable(struct holder_search *holder, const char *path)
{
	const struct file_place *place = &holder->files[0].place;

	add_file(holder, path);
	if (place->major != holder->major || place->minor != holder->minor)
		holder->files[0].has_place = false;
}

static bool holds(const struct holder_search *holder, const struct file_candidate *candidate)
{
	_cleanup_free_ char *data = NULL;
	uint32_t major, minor;
	struct span mounts;
	char name[16];
	size_t size;

	snprintf(name, sizeof(name), "%u", candidate->init.tgid);
	if (!candidate->init.tgid || read_mounts(name, candidate->init.start_ns, &data, &size))
		return false;
	mounts = (struct span){data, size};
	for (int i = 0; i < holder->nr_files; i++)
		if (mountinfo_holds(mounts, holder->files[i].has_place ? &holder->files[i].place : NULL,
				    holder->files[i].path, &holder->host_root))
			return true;
	/* An overlay is a device of its own: its files are the container's, whatever path leads there. */
	return mountinfo_root_overlay(mounts, &major, &minor) && major == holder->major && minor == holder->minor &&
	       !(major == holder->host_root.major && minor == holder->host_root.minor);
}

uint32_t file_holder__find(const struct file_search *search, const struct file_candidate *candidates,
			   size_t nr_candidates)
{
	_cleanup_free_ struct holder_search *holder = NULL;
	_cleanup_free_ char *mounts = NULL;
	uint32_t number, own = search->own_mntns_inum;
	size_t size;

	number = find_by_mntns(search->mntns_inum, own, candidates, nr_candidates);
	for (int i = 0; i < FILE_CALLED_MAX && search->called[i] && !number; i++)
		number = find_by_mntns(mntns_of_process_path(search->called[i]), own, candidates, nr_candidates);
	if (number || nr_candidates == 0)
		return number;
	holder = calloc(1, sizeof(*holder));
	/* In a container of its own, the agent is in another mount namespace than the host's first process. */
	if (!holder || (read_mounts("1", 0, &mounts, &size) && read_mounts("self", 0, &mounts, &size)))
		return 0;
	holder->host_mounts = (struct span){mounts, size};
	holder->major = search->major;
	holder->minor = search->minor;
	if (!mountinfo_locate(holder->host_mounts, "/", &holder->host_root))
		return 0;
	if (search->mntns_inum == own)
		add_executable(holder, search->path);
	for (int i = 0; i < FILE_CALLED_MAX && search->called[i]; i++)
		add_file(holder, search->called[i]);
	for (size_t i = 0; i < nr_candidates && !number; i++)
		if (holds(holder, &candidates[i]))
			number = candidates[i].number;
	return number;
}
