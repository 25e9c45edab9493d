/* SPDX-License-Identifier: Apache-2.0 */
/* How the pipeline learns what no record says: from the host's disk and kernel, or from a recording. */
#ifndef UIDZERO_CONTAINER_KNOWLEDGE_H
#define UIDZERO_CONTAINER_KNOWLEDGE_H

#include <stddef.h>
#include <stdint.h>

#include "container/container.h"
#include "container/facts.h"
#include "event.h"

#define FILE_CALLED_MAX 4

/* A program that the kernel has started by itself. */
struct file_search {
	const char *path; /* of the file that runs; NULL where it is not known whole */
	/* The script that it runs, and what it was called by and with, as far as that can be a path; any text. */
	const char *called[FILE_CALLED_MAX]; /* NULL beyond the last one */
	uint32_t major, minor;               /* the device of the file that runs */
	uint32_t mntns_inum;                 /* of the mount that the file that runs was opened by; 0: not known */
	uint32_t own_mntns_inum;             /* the host's: the program's own */
};

#define CANDIDATE_MNTNS_MAX CONTAINER_MNTNS_MAX

/* A container that runs. */
struct file_candidate {
	uint32_t number;
	struct container_process init;
	uint32_t mntns_inums[CANDIDATE_MNTNS_MAX]; /* 0: none */
};

struct knowledge {
	void *data;
	/* As container_facts__read(), or container_facts__read_nested() where `outer` is not NULL. */
	int (*read_facts)(void *data, const struct container_identity *identity, const struct container_process *outer,
			  struct container_facts *ret_facts);
	/* As container_facts__read_users(). */
	int (*read_users)(void *data, const struct container_process *process, struct container_facts *facts);
	/* As container_facts__find_by_cgroup(). */
	int (*find_by_cgroup)(void *data, const struct cgroup_search *search, struct container_identity *ret_identity);
	/* The number of the container in which a file lies, or which can write it; 0: none. */
	uint32_t (*find_by_file)(void *data, const struct file_search *search, const struct file_candidate *candidates,
				 size_t nr_candidates);
	/* The path of a cgroup that nobody told of, "" where it cannot be known. Returns 0 or a negative errno. */
	int (*cgroup_path)(void *data, uint64_t key, char *ret_path, size_t ret_size);
	/* Inform the kernel side what a cgroup is, and in which container that one is nested; 0: in none. */
	void (*decide)(void *data, uint64_t key, uint64_t parent_key, enum cgroup_state state, uint32_t container,
		       uint32_t outer);
	/* Nothing refers to a removed cgroup any more. */
	void (*forget)(void *data, uint64_t key);
};

#endif
