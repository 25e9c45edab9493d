/* SPDX-License-Identifier: Apache-2.0 */
/* Columns stay aligned and harmless, whatever a hostile container calls itself. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <time.h>

#include "base/safe_text.h"
#include "encode/columns.h"
#include "findings.h"

static struct samples samples;
static char line[32 << 10];

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "XXX-2", 1); /* two hours east, known without any zone file */
	tzset();
	samples__init(&samples);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	samples__destroy(&samples);
	return 0;
}

static struct columns_options options_of(unsigned width, bool has_color)
{
	return (struct columns_options){
		.has_color = has_color, .width = width, .boot_to_realtime_ns = sample_context.boot_to_realtime_ns};
}

static const char *format(const struct columns_options *options, const struct finding *finding)
{
	long size = columns_line(options, finding, line, sizeof(line) - 1);

	assert_true(size > 0);
	assert_int_equal(line[size - 1], '\n');
	line[size] = '\0';
	return line;
}

/* Those of pid namespaces differ in their last digits alone. */
static void an_id_that_is_no_hash_is_shown_whole(void **state)
{
	struct container container = {.facts = {.identity = {.id = "pidns-4026532250"}}};
	struct finding finding = samples.findings[SAMPLE_CONTAINER_STOP];
	const unsigned widths[] = {0, 200, 80};

	(void)state;
	finding.container = &container;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		const struct columns_options options = options_of(widths[i], false);

		assert_non_null(strstr(format(&options, &finding), "  pidns-4026532250  "));
	}
}

static void each_finding_has_a_line(void **state)
{
	static const struct {
		enum sample_finding which;
		const char *text;
	} cases[] = {
		{SAMPLE_EXEC, "03:00:01.000  web               nginx:1.25                130  33                exec"
			      "             id -u\n"},
		{SAMPLE_EXEC_ROOT, "03:00:00.123  web               nginx:1.25                123  root              "
				   "exec_root        /bin/sh -c exec nginx -g 'daemon off;'\n"},
		{SAMPLE_GAIN_BY_FILE, "03:00:02.000  web               nginx:1.25                140  1000 -> root"
				      "      gain_root        su -\n"},
		{SAMPLE_GAIN_BY_CALL, "03:00:03.000  web               nginx:1.25                150  1000 -> root"
				      "      gain_root        helper\n"},
		{SAMPLE_DROP, "03:00:04.000  web               nginx:1.25                160  root -> 101       "
			      "drop_root        nginx\n"},
		{SAMPLE_GID_CHANGE, "03:00:06.000  web               nginx:1.25                160  33 -> 34          "
				    "gid_change       nginx\n"},
		{SAMPLE_ROOT_FOUND, "03:00:07.000  8b1d0e6f2c7a      -                         170  100000            "
				    "root_found       python3 /app\n"},
		{SAMPLE_CONTAINER_STOP,
		 "03:00:08.000  web               nginx:1.25                  -  -                 "
		 "container_stop\n"},
		{SAMPLE_LOSS, "03:00:09.000  -                 -                           -  -                 loss"
			      "             12 events were lost\n"},
		{SAMPLE_AGENT_START, "02:58:20.000  -                 -                           -  -                 "
				     "agent_start\n"},
	};
	const struct columns_options options = options_of(0, false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format(&options, &samples.findings[cases[i].which]), cases[i].text);
}

static void the_header_stands_above_its_columns(void **state)
{
	const struct columns_options options = options_of(0, false);
	long size = columns_header(&options, line, sizeof(line));

	(void)state;
	assert_true(size > 0);
	line[size] = '\0';
	assert_string_equal(line, "TIME          CONTAINER         IMAGE                     PID  WHO               "
				  "WHAT             COMMAND\n");
}

static void colors_tell_what_matters(void **state)
{
	static const struct {
		enum sample_finding which;
		const char *text;
	} cases[] = {
		{SAMPLE_GAIN_BY_FILE, "\033[1;31mgain_root\033[0m"}, {SAMPLE_EXEC_ROOT, "\033[33mexec_root\033[0m"},
		{SAMPLE_DROP, "\033[32mdrop_root\033[0m"},           {SAMPLE_AGENT_STOP, "\033[2magent_stop\033[0m"},
		{SAMPLE_ROOT_FOUND, "\033[2mroot_found\033[0m"},     {SAMPLE_UID_CHANGE, "  uid_change   "},
	};
	const struct columns_options with = options_of(0, true), without = options_of(0, false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(strstr(format(&with, &samples.findings[cases[i].which]), cases[i].text));
		assert_null(strchr(format(&without, &samples.findings[cases[i].which]), '\033'));
	}
}

static size_t line_width(const char *text)
{
	char copy[sizeof(line)];
	size_t size = strcspn(text, "\n");

	memcpy(copy, text, size);
	copy[size] = '\0';
	return terminal_width(copy);
}

static void a_line_is_cut_to_the_terminal(void **state)
{
	struct finding finding = samples.findings[SAMPLE_EXEC_ROOT];
	struct process_view process = *finding.process;

	(void)state;
	process.args = SPAN("echo\0\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97"
			    "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97 long text\0");
	finding.process = &process;
	for (unsigned width = 70; width < 160; width++) {
		const struct columns_options options = options_of(width, false);
		size_t taken = line_width(format(&options, &finding));
		bool is_cut = strstr(line, "\xe2\x80\xa6\n") != NULL;

		assert_true(taken <= width);
		/* A wide character can leave one column free. */
		assert_true(!is_cut || taken + 1 >= width);
	}
}

static void arguments_that_are_missing_are_shown_so(void **state)
{
	const struct columns_options options = options_of(0, false);
	struct process_event *event = samples__event(&samples, SAMPLE_EXEC_ROOT);
	uint32_t full_size = event->args_full_size;
	const char *text;

	(void)state;
	event->args_full_size = 20000;
	text = format(&options, &samples.findings[SAMPLE_EXEC_ROOT]);
	assert_non_null(strstr(text, "off;'\xe2\x80\xa6\n"));
	event->args_full_size = full_size;
}

static void hostile_names_do_nothing_to_the_terminal(void **state)
{
	uint64_t seed = 0xc01;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct finding finding = samples.findings[sample_random(&seed) % SAMPLE_WITH_PROCESS_END];
		struct process_view process = *finding.process;
		struct container container = {0};
		char name[40], args[200], *columns_start;
		const struct columns_options options = options_of(sample_random(&seed) % 200, round % 2);

		for (size_t i = 0; i < sizeof(name) - 1; i++)
			name[i] = 1 + (sample_random(&seed) >> 30) % 255;
		name[sizeof(name) - 1] = '\0';
		for (size_t i = 0; i < sizeof(args); i++)
			args[i] = sample_random(&seed) >> 30;
		process.args = (struct span){args, sample_random(&seed) % sizeof(args)};
		container.facts.name = round % 3 ? name : NULL;
		container.facts.image_name = container.facts.image_tag = name;
		memcpy(container.facts.identity.id, name, sizeof(name));
		finding.process = &process;
		finding.container = &container;
		format(&options, &finding);

		for (columns_start = line; *columns_start; columns_start++) {
			uint32_t code;

			utf8_decode(columns_start, strlen(columns_start), &code);
			if (code == '\033') {
				assert_true(options.has_color);
				columns_start += strcspn(columns_start, "m");
			} else if (code != '\n' || columns_start[1] != '\0') {
				assert_true(code >= 0x20 && !(code >= 0x7f && code < 0xa0));
				columns_start += utf8_decode(columns_start, strlen(columns_start), &code) - 1;
			}
		}
		if (!options.has_color && options.width >= 72)
			assert_true(line_width(line) <= options.width);
	}
}

static void a_small_buffer_is_refused(void **state)
{
	const struct columns_options options = options_of(0, true);
	size_t full_size = strlen(format(&options, &samples.findings[SAMPLE_EXEC_ROOT]));

	(void)state;
	for (size_t capacity = 0; capacity < full_size; capacity++) {
		char *small = malloc(capacity ? capacity : 1);

		assert_non_null(small);
		assert_int_equal(columns_line(&options, &samples.findings[SAMPLE_EXEC_ROOT], small, capacity), -ENOSPC);
		free(small);
	}
	assert_int_equal(columns_header(&options, line, 10), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_finding_has_a_line),
		cmocka_unit_test(an_id_that_is_no_hash_is_shown_whole),
		cmocka_unit_test(the_header_stands_above_its_columns),
		cmocka_unit_test(colors_tell_what_matters),
		cmocka_unit_test(a_line_is_cut_to_the_terminal),
		cmocka_unit_test(arguments_that_are_missing_are_shown_so),
		cmocka_unit_test(hostile_names_do_nothing_to_the_terminal),
		cmocka_unit_test(a_small_buffer_is_refused),
	};

	return cmocka_run_group_tests_name("columns", tests, set_up, tear_down);
}
