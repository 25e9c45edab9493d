/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a test of each row of a table, named by the row. */
#ifndef UIDZERO_TESTS_TABLE_H
#define UIDZERO_TESTS_TABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define NR_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Appends to an array of struct CMUnitTest; the function finds its row in *state. */
#define ADD_ROWS(tests, nr_tests, table, function)                                                                     \
	for (size_t row_ = 0; row_ < NR_ROWS(table); row_++)                                                           \
		(tests)[(nr_tests)++] = (struct CMUnitTest)                                                            \
		{                                                                                                      \
			.name = (table)[row_].name, .test_func = (function), .initial_state = (void *)&(table)[row_]   \
		}

#endif
