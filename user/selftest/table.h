/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each case by each hook, for a person. */
#ifndef UIDZERO_SELFTEST_TABLE_H
#define UIDZERO_SELFTEST_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "selftest/driver.h"
#include "selftest/lines.h"

/* All cases by one hook. */
struct column {
	enum creds_hook hook;
	int err;       /* not 0: this kernel refuses the hook, and nothing was made */
	uint64_t lost; /* events */
	struct made_case made[SELFTEST_CASES_MAX];
	struct seen seen[SELFTEST_CASES_MAX];
};

enum outcome { OUTCOME_SEEN, OUTCOME_MISSED, OUTCOME_IMPOSSIBLE, OUTCOME_END };

enum outcome column__outcome(const struct column *column, unsigned number);

/* How many of the wanted cases came out so, over all columns. */
unsigned table_count(const bool wanted[SELFTEST_CASES_MAX], struct column *const *columns, unsigned nr,
		     enum outcome outcome);

void table_print(const bool wanted[SELFTEST_CASES_MAX], struct column *const *columns, unsigned nr, bool has_color,
		 FILE *file);

/* The names of all cases and what they are, under their headings. */
void table_list(FILE *file);

#endif
