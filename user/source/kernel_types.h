/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own types (BTF): which number one has, and an excerpt for programs that need few of them. */
#ifndef UIDZERO_SOURCE_KERNEL_TYPES_H
#define UIDZERO_SOURCE_KERNEL_TYPES_H

#include <stdint.h>

struct btf;
struct kernel_types;

/**
 * Read raw BTF, in this machine's byte order.
 *
 * @path: /sys/kernel/btf/vmlinux
 *
 * Returns 0, -EBADMSG where the file is no such thing, or another negative errno.
 */
int kernel_types__new(const char *path, struct kernel_types **ret_types);
void kernel_types__free(struct kernel_types *types);

/* The number of the first type of that kind (BTF_KIND_FUNC ...) and name, or -ESRCH. */
int kernel_types__find(const struct kernel_types *types, uint32_t kind, const char *name);

/**
 * Write BTF that answers every relocation of a field, size, existence or enumerator as the whole would: all
 * types that are named as any of the programs', flavours ("___6_15") included, and what those are made of.
 * Pointers point to void, and numbers are the excerpt's own: relocations of type ids cannot be had from it.
 *
 * @programs: the types of the object with the relocations
 * @fd:       an empty file
 *
 * Returns 0 or a negative errno.
 */
int kernel_types__write_excerpt(const struct kernel_types *types, const struct btf *programs, int fd);

#endif
