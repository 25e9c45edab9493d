/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of an encoder expect of each line: strict JSON that does nothing to a terminal. */
#ifndef UIDZERO_TESTS_ENCODED_LINE_H
#define UIDZERO_TESTS_ENCODED_LINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

static inline json_t *parse_line(const char *text, long size)
{
	json_error_t error;
	json_t *json;

	assert_true(size > 1);
	assert_int_equal(text[size - 1], '\n');
	for (long i = 0; i < size - 1; i++)
		assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!json)
		fail_msg("%s: %.*s", error.text, (int)size, text);
	return json;
}

#endif
