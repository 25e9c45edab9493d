// SPDX-License-Identifier: Apache-2.0
/* The self-test's lines: what they say of a finding, and that no difference to what is expected goes unnoticed. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "findings.h"
#include "selftest/lines.h"

static const struct written_row {
	const char *name;
	enum sample_finding which;
	const char *line;
} written[] = {
	{"an exec", SAMPLE_EXEC_ROOT, "exec_root inherited real init 0/0/0/0 > 0/0/0/0\n"},
	{"a gain by a file", SAMPLE_GAIN_BY_FILE,
	 "gain_root setuid_file real session 1000/1000/1000/1000 > 1000/0/0/0\n"},
	{"a gain by a call", SAMPLE_GAIN_BY_CALL, "gain_root set_uid real child 1000/1000/0/1000 > 0/0/0/0\n"},
	{"a drop", SAMPLE_DROP, "drop_root - none child 0/0/0/0 > 101/101/0/101 partial\n"},
	{"a finding without a process", SAMPLE_CONTAINER_STOP, "container_stop - none -\n"},
};

static int make_samples(void **state)
{
	struct samples *samples = calloc(1, sizeof(*samples));

	if (!samples)
		return -1;
	samples__init(samples);
	*state = samples;
	return 0;
}

static int free_samples(void **state)
{
	samples__destroy(*state);
	free(*state);
	return 0;
}

static const struct samples *the_samples;

static void is_written_so(void **state)
{
	const struct written_row *row = *state;
	char line[FINDING_LINE_MAX];

	assert_int_equal(finding_line(&the_samples->findings[row->which], line), strlen(row->line));
	assert_string_equal(line, row->line);
}

static const struct compared_row {
	const char *name;
	unsigned starts, stops;
	const char *seen, *lines;
	bool is;
	const char *difference;
} compared[] = {
	{"nothing, as it should be", 1, 1, "", "", true, ""},
	{"the same", 1, 1, "a\nb\n", "a\nb\n", true, "  a\n  b\n"},
	{"one is missing", 1, 1, "a\nc\n", "a\nb\nc\n", false, "  a\n- b\n  c\n"},
	{"all are missing", 1, 1, "", "a\nb\n", false, "- a\n- b\n"},
	{"one comes twice", 1, 1, "a\na\nb\n", "a\nb\n", false, "  a\n+ a\n  b\n"},
	{"one too many, where none should be", 1, 1, "a\n", "", false, "+ a\n"},
	{"in another order", 1, 1, "b\na\n", "a\nb\n", false, "- a\n  b\n+ a\n"},
	{"another than it should be", 1, 1, "a\nx\n", "a\nb\n", false, "  a\n- b\n+ x\n"},
	{"no start", 0, 1, "a\n", "a\n", false, "- container_start\n  a\n"},
	{"no stop", 1, 0, "a\n", "a\n", false, "  a\n- container_stop\n"},
	{"two starts", 2, 1, "", "", false, "+ container_start, 2 times\n"},
	{"two stops", 1, 2, "", "", false, "+ container_stop, 2 times\n"},
	{"a line that begins as one should", 1, 1, "ab\n", "a\n", false, "- a\n+ ab\n"},
};

static char *difference_of(const struct seen *seen, const char *lines)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	seen__print_difference(seen, lines, "", file);
	fclose(file);
	return text;
}

static void compares_so(void **state)
{
	const struct compared_row *row = *state;
	struct seen seen = {.starts = row->starts, .stops = row->stops};
	char *text;

	strcpy(seen.text, row->seen);
	assert_int_equal(seen__is(&seen, row->lines), row->is);
	text = difference_of(&seen, row->lines);
	assert_string_equal(text, row->difference);
	free(text);
}

static void an_unseen_change_and_a_complete_drop_are_written(void **state)
{
	struct samples *samples = *state;
	char line[FINDING_LINE_MAX];

	samples__event(samples, SAMPLE_EXEC_ROOT)->before.is_known = 0;
	samples__event(samples, SAMPLE_EXEC_ROOT)->header.hook = HOOK_DRIFT;
	finding_line(&samples->findings[SAMPLE_EXEC_ROOT], line);
	assert_string_equal(line, "exec_root inherited real init 0/0/0/0 drift\n");
	samples->findings[SAMPLE_DROP].drop_is_complete = true;
	finding_line(&samples->findings[SAMPLE_DROP], line);
	assert_string_equal(line, "drop_root - none child 0/0/0/0 > 101/101/0/101 complete\n");
}

static void more_than_there_is_room_for_is_a_difference(void **state)
{
	const struct samples *samples = *state;
	struct seen seen = {};
	size_t i;

	seen__add(&seen, &samples->findings[SAMPLE_CONTAINER_START]);
	seen__add(&seen, &samples->findings[SAMPLE_EXEC_ROOT]);
	seen__add(&seen, &samples->findings[SAMPLE_CONTAINER_STOP]);
	assert_true(seen__is(&seen, written[0].line));
	for (i = 0; i < 2 * SEEN_LINES_MAX / strlen(written[0].line); i++)
		seen__add(&seen, &samples->findings[SAMPLE_EXEC_ROOT]);
	assert_true(seen.is_cut);
	assert_false(seen__is(&seen, seen.text));
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(written) + NR_ROWS(compared) + 2] = {
		cmocka_unit_test_setup_teardown(an_unseen_change_and_a_complete_drop_are_written, make_samples,
						free_samples),
		cmocka_unit_test_setup_teardown(more_than_there_is_room_for_is_a_difference, make_samples,
						free_samples),
	};
	void *samples = NULL;
	size_t nr_tests = 2;
	int failed;

	if (make_samples(&samples))
		return 1;
	the_samples = samples;
	ADD_ROWS(tests, nr_tests, written, is_written_so);
	ADD_ROWS(tests, nr_tests, compared, compares_so);
	failed = cmocka_run_group_tests_name("selftest lines", tests, NULL, NULL);
	free_samples(&samples);
	return failed;
}
