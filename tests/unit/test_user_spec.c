/* SPDX-License-Identifier: Apache-2.0 */
/* What images declare as their user is told for what it amounts to, and a passwd is read as the runtimes read it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "container/passwd.h"
#include "container/user_spec.h"

#define SPAN(literal) ((struct span){literal, sizeof(literal) - 1})
#define NOBODY_ASKED                                                                                                   \
	{                                                                                                              \
		0                                                                                                      \
	}

static void a_declared_user_has_its_class(void **state)
{
	static const struct {
		const char *spec;
		struct user_ids passwd, runtime;
		enum user_class class;
	} cases[] = {
		{NULL, NOBODY_ASKED, NOBODY_ASKED, USER_UNKNOWN},
		{"a:b:c", NOBODY_ASKED, NOBODY_ASKED, USER_UNKNOWN},
		{"0:0:0", NOBODY_ASKED, NOBODY_ASKED, USER_UNKNOWN},
		/* root, however it is written */
		{"", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{":", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{":1001", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"0", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"00", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"+0", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"-0", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"0:0", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"0:1001", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"root", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		{"root:root", NOBODY_ASKED, NOBODY_ASKED, USER_ROOT},
		/* numbers are uids, whatever passwd calls by that name */
		{"1001", NOBODY_ASKED, NOBODY_ASKED, USER_NUMERIC},
		{"1001", {true, 0, 0, 0}, NOBODY_ASKED, USER_NUMERIC},
		{"1001:0", NOBODY_ASKED, NOBODY_ASKED, USER_NUMERIC},
		{"1001:app", NOBODY_ASKED, NOBODY_ASKED, USER_NUMERIC},
		{"01001", NOBODY_ASKED, NOBODY_ASKED, USER_NUMERIC},
		{"+1", NOBODY_ASKED, NOBODY_ASKED, USER_NUMERIC},
		{"2147483647", NOBODY_ASKED, NOBODY_ASKED, USER_NUMERIC},
		/* no uids, though numbers */
		{"2147483648", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"4294967295", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"4294967296", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"4294967296", {true, 0, 0, 0}, {true, 0, 0, 0}, USER_OVERFLOW},
		{"18446744073709551616", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"99999999999999999999999999999999999999", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"-1", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"-99999999999999999999999", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"1001:4294967296", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		{"app:-1", NOBODY_ASKED, NOBODY_ASKED, USER_OVERFLOW},
		/* names */
		{"app", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
		{"app", {true, 1001, 0, 0}, {true, 1001, 0, 0}, USER_NAME},
		{"app:root", {true, 1001, 1001, 0}, NOBODY_ASKED, USER_NAME},
		{"app", {true, 0, 1001, 0}, NOBODY_ASKED, USER_NAME_IS_ROOT},
		{"app:app", {true, 0, 0, 0}, NOBODY_ASKED, USER_NAME_IS_ROOT},
		{"app", NOBODY_ASKED, {true, 0, 0, 0}, USER_NAME_IS_ROOT},
		{"app", {true, 1001, 1001, 0}, {true, 0, 0, 0}, USER_NAME_IS_ROOT},
		{"Root", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
		{" 0", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
		{"0x0", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
		{"1e3", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
		{"-", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
		{"\xff\xfe", NOBODY_ASKED, NOBODY_ASKED, USER_NAME},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum user_class class = user_spec__classify(cases[i].spec, cases[i].passwd, cases[i].runtime);

		if (class != cases[i].class)
			fail_msg("%s is %s", cases[i].spec ? cases[i].spec : "nothing", user_class_name(class));
	}
}

static void the_root_group_is_told_apart(void **state)
{
	static const char *const roots[] = {"1001:0", "1001:00", "app:root", ":0", "0:0"};
	static const char *const others[] = {"",      "0",         "1001",     "app",  "1001:1",
					     "1001:", "app:wheel", "1001:0x0", "a:b:0"};

	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (!user_spec__has_root_group(roots[i]))
			fail_msg("%s", roots[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (user_spec__has_root_group(others[i]))
			fail_msg("%s", others[i]);
}

static void ids_are_read_back(void **state)
{
	static const char *const refused[] = {NULL,           "",     "0", ":", "0:", ":0", "a:0", "0:b", "-1:0",
					      "0:4294967296", "1:2:3"};
	struct user_ids ids = user_ids_parse("4294967295:33");

	(void)state;
	assert_true(ids.is_known && ids.uid == UINT32_MAX && ids.gid == 33);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(user_ids_parse(refused[i]).is_known);
}

static void numbers_are_what_go_takes_for_them(void **state)
{
	static const struct {
		const char *text;
		int err;
		int64_t number;
	} cases[] = {
		{"", -EINVAL, 0},
		{"+", -EINVAL, 0},
		{"--1", -EINVAL, 0},
		{"1_000", -EINVAL, 0},
		{"-5", 0, -5},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808", -ERANGE, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"-9223372036854775809", -ERANGE, INT64_MIN},
		{"99999999999999999999x", -EINVAL, 0},
		{"99999999999999999999999999", -ERANGE, INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t number = 7;
		int err = number_parse((struct span){cases[i].text, strlen(cases[i].text)}, &number);

		if (err != cases[i].err || number != cases[i].number)
			fail_msg("%s: %d, %lld", cases[i].text, err, (long long)number);
	}
}

static void a_passwd_is_read_as_runtimes_do(void **state)
{
	/* The lines as "name=uid:gid;", and "?" behind those whose uid is none. */
	static const struct {
		struct span file;
		const char *lines;
	} cases[] = {
		{SPAN(""), ""},
		{SPAN("\n\n \t\r\n"), ""},
		{SPAN("root:x:0:0:root:/root:/bin/sh\napp:x:1001:1002::/:"), "root=0:0;app=1001:1002;"},
		{SPAN("root:x:0:0:root:/root:/bin/sh\r\napp:x:0:0:a:/:/bin/sh\r\n"), "root=0:0;app=0:0;"},
		{SPAN("# a comment\nroot:x:0:0"), "# a comment=0:0?;root=0:0;"},
		{SPAN("app"), "app=0:0?;"},
		{SPAN("app:x"), "app=0:0?;"},
		{SPAN("app:x:"), "app=0:0?;"},
		{SPAN("app:x:abc:5"), "app=0:5?;"},
		{SPAN("app:x:1001"), "app=1001:0;"},
		{SPAN(":x:0:0\n:\n:::::::\nb:x:1:1"), "b=1:1;"},
		{SPAN("a:x:1:1\na:x:0:0\nb:x:1:1"), "a=1:1;a=0:0;b=1:1;"},
		{SPAN("a:x:4294967296:4294967297"), "a=0:1?;"},
		{SPAN("a:x:-1:-1"), "a=4294967295:4294967295?;"},
		{SPAN("a:x:99999999999999999999:1"), "a=4294967295:1?;"},
		{SPAN("a\0b:x:7:8\n\0\0\nc:x:\0:0"), "a"}, /* printed up to its NUL */
		{SPAN("4294967296:x:0:0"), "4294967296=0:0;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span rest = cases[i].file;
		struct passwd_line line;
		char text[256] = "";
		size_t size = 0;

		while (passwd__next(&rest, &line))
			size += (size_t)snprintf(text + size, sizeof(text) - size, "%.*s=%u:%u%s;", (int)line.name.size,
						 line.name.data, line.uid, line.gid, line.has_uid ? "" : "?");
		if (memchr(cases[i].file.data, '\0', cases[i].file.size))
			assert_int_equal(strncmp(text, cases[i].lines, strlen(cases[i].lines)), 0);
		else
			assert_string_equal(text, cases[i].lines);
	}
}

static void a_line_of_ten_megabytes_costs_only_itself(void **state)
{
	const size_t size = 10 << 20;
	char *file = malloc(size);
	struct span rest = {file, size};
	struct passwd_line line;

	(void)state;
	assert_non_null(file);
	memset(file, 'a', size);
	memcpy(file + size - 13, "\nlast:x:7:8\n\n", 13);
	assert_true(passwd__next(&rest, &line));
	assert_memory_equal(line.name.data, "last", 4);
	assert_int_equal(line.uid, 7);
	assert_false(passwd__next(&rest, &line));
	memset(file, ':', size);
	rest = (struct span){file, size};
	assert_false(passwd__next(&rest, &line));
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_declared_user_has_its_class),
		cmocka_unit_test(the_root_group_is_told_apart),
		cmocka_unit_test(ids_are_read_back),
		cmocka_unit_test(numbers_are_what_go_takes_for_them),
		cmocka_unit_test(a_passwd_is_read_as_runtimes_do),
		cmocka_unit_test(a_line_of_ten_megabytes_costs_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
