/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's two rings as one stream in the order of the kernel's time. */
#ifndef UIDZERO_SOURCE_RINGS_H
#define UIDZERO_SOURCE_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "source/hooks.h"

struct rings;

int rings__new(struct hooks *hooks, struct rings **ret_rings);
void rings__free(struct rings *rings);

/* Becomes readable when a record came while the reader slept. */
int rings__fd(const struct rings *rings);

/**
 * Hand over what is there, at most max records. A record's bytes are the ring's: they die with the call.
 *
 * @until_ns: none that is later, by CLOCK_BOOTTIME; UINT64_MAX: all
 *
 * Returns how many, or what handle returned other than 0 (a negative errno).
 */
int rings__drain(struct rings *rings, int max, uint64_t until_ns,
		 int (*handle)(void *data, const void *record, size_t size), void *data);

/**
 * Say that the reader is about to wait: READER_NAPS, from which alerts and a ring that fills up wake it, or
 * READER_SLEEPS, from which everything does. Returns false where such a record came meanwhile: drain once more.
 * After the wait, rings__wake() takes it back.
 */
bool rings__wait(struct rings *rings, enum reader_state state);
void rings__wake(struct rings *rings);

#endif
