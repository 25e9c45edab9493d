/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and attaches the kernel side's programs without libbpf reading all of the kernel's types for them. */
#ifndef UIDZERO_SOURCE_PROGRAM_TYPES_H
#define UIDZERO_SOURCE_PROGRAM_TYPES_H

struct bpf_link;
struct bpf_program;
struct program_types;
struct uidzero_bpf; /* the skeleton, made by the build */

/* One at a time in a process; skeletons that it opened are loaded before it is freed. Returns 0 or a negative errno. */
int program_types__new(struct program_types **ret_types);
void program_types__free(struct program_types *types);

/* As uidzero_bpf__open(). Returns 0 or a negative errno. */
int program_types__open(struct program_types *types, struct uidzero_bpf **ret_skeleton);

/* As bpf_program__attach(). Returns 0 or a negative errno. */
int program_types_attach(const struct bpf_program *program, struct bpf_link **ret_link);

#endif
