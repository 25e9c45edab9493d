/* SPDX-License-Identifier: Apache-2.0 */
/* A file of everything that entered the pipeline, in order, so that it can be gone through again. */
#ifndef UIDZERO_SOURCE_RECORDING_H
#define UIDZERO_SOURCE_RECORDING_H

#include <stddef.h>
#include <stdint.h>

/* What a frame holds. The numbers are the file's: append only. */
enum frame_type {
	FRAME_CONTEXT = 1, /* JSON: the host and the agent, as an encoder needs them */
	FRAME_CGROUP,      /* struct frame_cgroup and its path: was there at the start */
	FRAME_RECORD,      /* a record of the kernel or of the walk */
	FRAME_FACTS,       /* JSON: answer to read_facts and read_users */
	FRAME_IDENTITY,    /* struct container_identity: answer to find_by_cgroup; empty: none */
	FRAME_PATH,        /* text: answer to cgroup_path; empty: none */
	FRAME_START,       /* JSON: the agent was ready */
	FRAME_LOSS,        /* JSON */
	FRAME_STOP,        /* u64: CLOCK_BOOTTIME of the agent's end */
	FRAME_TICK,        /* u64: CLOCK_BOOTTIME: something was due without a record */
	FRAME_WALK,        /* struct frame_walk: all tasks were walked over */
	FRAME_NAMES,       /* nothing: the containers' names were read anew */
	FRAME_HOLDER,      /* u32: answer to find_by_file; 0: none */
	FRAME_END,
};

struct frame_cgroup {
	uint64_t key, parent_key;
	char path[];
};

/* CLOCK_BOOTTIME. */
struct frame_walk {
	uint64_t begin_ns, end_ns;
};

#define FRAME_SIZE_MAX (2 << 20)

struct recording_writer;

/* Makes the file, 0600; it must not exist. Returns 0 or a negative errno. */
int recording_writer__new(const char *path, struct recording_writer **ret_writer);
/*
 * Errors are kept until the end, so that a full disk does not stop the agent; nothing is written after one.
 * A frame of more than FRAME_SIZE_MAX bytes is one: -EMSGSIZE.
 */
void recording_writer__add(struct recording_writer *writer, enum frame_type type, const void *data, size_t size);
/* Flushes. Returns the first error as a negative errno, or 0. Takes NULL. */
int recording_writer__free(struct recording_writer *writer);

struct recording_reader;

/* @path: "-" reads standard input. Returns 0; -EBADMSG for another file; -EPROTO for another version's. */
int recording_reader__new(const char *path, struct recording_reader **ret_reader);
void recording_reader__free(struct recording_reader *reader);

/**
 * Read the next frame; its bytes live until the next call and are eight-byte aligned.
 *
 * Returns 1; 0 at the end; -EBADMSG for a file that was cut off or damaged.
 */
int recording_reader__next(struct recording_reader *reader, enum frame_type *ret_type, const void **ret_data,
			   size_t *ret_size);

#endif
