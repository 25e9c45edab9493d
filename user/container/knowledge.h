/* SPDX-License-Identifier: Apache-2.0 */
/* How the pipeline learns what no record says: from the host's disk and kernel, or from a recording. */
#ifndef UIDZERO_CONTAINER_KNOWLEDGE_H
#define UIDZERO_CONTAINER_KNOWLEDGE_H

#include <stddef.h>
#include <stdint.h>

#include "container/facts.h"
#include "event.h"

struct knowledge {
	void *data;
	/* As container_facts__read(), or container_facts__read_nested() where `outer` is not NULL. */
	int (*read_facts)(void *data, const struct container_identity *identity, const struct container_process *outer,
			  struct container_facts *ret_facts);
	/* As container_facts__read_users(). */
	int (*read_users)(void *data, const struct container_process *process, struct container_facts *facts);
	/* As container_facts__find_by_cgroup(). */
	int (*find_by_cgroup)(void *data, const struct cgroup_search *search, struct container_identity *ret_identity);
	/* The path of a cgroup that nobody told of, "" where it cannot be known. Returns 0 or a negative errno. */
	int (*cgroup_path)(void *data, uint64_t key, char *ret_path, size_t ret_size);
	/* Tell the kernel what a cgroup is. */
	void (*decide)(void *data, uint64_t key, uint64_t parent_key, enum cgroup_state state, uint32_t container);
	/* Nothing refers to a removed cgroup any more. */
	void (*forget)(void *data, uint64_t key);
};

#endif
