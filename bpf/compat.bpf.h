/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Differences between kernels, each told by what BTF has, never by a version. */
#ifndef UIDZERO_COMPAT_BPF_H
#define UIDZERO_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define PF_KTHREAD 0x00200000
#define MNT_NOSUID 0x01 /* of struct vfsmount */
#define SB_NOSUID  0x02
#define MINORBITS  20
#define S_IFMT     00170000
#define S_ISUID    0004000

/* Kernel 6.15 renamed parent to __parent (633488947ef6 "kernfs: Use RCU to access kernfs_node::parent"). */
struct kernfs_node___6_15 {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___6_15 *renamed = (void *)kn;

	if (bpf_core_field_exists(renamed->__parent))
		return BPF_CORE_READ(renamed, __parent);
	return BPF_CORE_READ(kn, parent);
}

/*
 * Reads a field of a kernel object. A tp_btf or iterator program may follow typed pointers itself, which
 * costs one load; raw tracepoints have to ask a helper. `is_typed` is a constant in each program.
 */
#define GET(is_typed, pointer, field)                                                                                  \
	({                                                                                                             \
		typeof((pointer)->field) _value;                                                                       \
		if (is_typed)                                                                                          \
			_value = (pointer)->field;                                                                     \
		else                                                                                                   \
			_value = BPF_CORE_READ(pointer, field);                                                        \
		_value;                                                                                                \
	})

#endif
