/* SPDX-License-Identifier: Apache-2.0 */
/* The process that makes the cases happen, one after the other, while its parent looks on as uidzero does. */
#ifndef UIDZERO_SELFTEST_DRIVER_H
#define UIDZERO_SELFTEST_DRIVER_H

#include <stdbool.h>

#include "selftest/case.h"
#include "selftest/cgroups.h"
#include "selftest/stage.h"

struct driver;

enum made { MADE_NOT_YET, MADE, MADE_FAILED, MADE_IMPOSSIBLE };

/* How a case went, as far as who made it knows. */
struct made_case {
	enum made made;
	char reason[MESSAGE_MAX]; /* of MADE_FAILED and MADE_IMPOSSIBLE */
};

/**
 * Fork it. It waits until driver__begin(), makes each wanted case, asks for walks by SIGUSR2, and ends with
 * SIGTERM to its parent. Before the hooks are loaded: it must not keep them loaded.
 *
 * @wanted: a flag for each case
 *
 * Returns 0 or a negative errno.
 */
int driver__start(const struct run_cgroups *cgroups, const bool wanted[SELFTEST_CASES_MAX], struct driver **ret_driver);
/* Kills it where it still runs. Takes NULL. What it had made so far is left to run_cgroups__remove(). */
void driver__free(struct driver *driver);

void driver__begin(struct driver *driver);
/* A walk over all tasks is done. */
void driver__walked(struct driver *driver);

/* All cases were gone through. */
bool driver__is_done(const struct driver *driver);
/* It has ended, one way or the other. */
bool driver__has_ended(struct driver *driver);
/* The number of the case that it is at. */
unsigned driver__at(const struct driver *driver);
const struct made_case *driver__made(const struct driver *driver, unsigned number);

#endif
