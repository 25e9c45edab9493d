/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the container in which a file of the host lies, or which can write it. */
#ifndef UIDZERO_CONTAINER_FILE_HOLDER_H
#define UIDZERO_CONTAINER_FILE_HOLDER_H

#include "container/knowledge.h"

/*
 * As knowledge.find_by_file. By the file's mount namespace, which only a container's process can have; else by its path
 * on the host and the mounts of the containers' first processes. Reads /proc, follows no symlink.
 */
uint32_t file_holder__find(const struct file_search *search, const struct file_candidate *candidates,
			   size_t nr_candidates);

#endif
