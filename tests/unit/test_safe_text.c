/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile bytes stay harmless on a terminal, and widths are as terminals draw them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/safe_text.h"
#include "sample.h"

static void decodes_one_sequence_as_unicode_allows(void **state)
{
	static const struct {
		struct span text;
		size_t taken;
		uint32_t code;
	} cases[] = {
		{SPAN(""), 0, 0},
		{SPAN("a"), 1, 'a'},
		{SPAN("\0"), 1, 0},
		{SPAN("\x7f"), 1, 0x7f},
		{SPAN("\xc2\x80"), 2, 0x80},
		{SPAN("\xdf\xbf"), 2, 0x7ff},
		{SPAN("\xe0\xa0\x80"), 3, 0x800},
		{SPAN("\xed\x9f\xbf"), 3, 0xd7ff},
		{SPAN("\xee\x80\x80"), 3, 0xe000},
		{SPAN("\xef\xbf\xbd"), 3, 0xfffd},
		{SPAN("\xf0\x90\x80\x80"), 4, 0x10000},
		{SPAN("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
		/* overlong */
		{SPAN("\xc0\x80"), 1, 0xfffd},
		{SPAN("\xc1\xbf"), 1, 0xfffd},
		{SPAN("\xe0\x9f\xbf"), 1, 0xfffd},
		{SPAN("\xf0\x8f\xbf\xbf"), 1, 0xfffd},
		/* a surrogate */
		{SPAN("\xed\xa0\x80"), 1, 0xfffd},
		/* beyond the last plane */
		{SPAN("\xf4\x90\x80\x80"), 1, 0xfffd},
		{SPAN("\xf5\x80\x80\x80"), 1, 0xfffd},
		{SPAN("\xff"), 1, 0xfffd},
		/* no lead, and cut: the maximal subpart */
		{SPAN("\x80"), 1, 0xfffd},
		{SPAN("\xc3"), 1, 0xfffd},
		{SPAN("\xe2\x82"), 2, 0xfffd},
		{SPAN("\xf0\x9f\x98"), 3, 0xfffd},
		{SPAN("\xf0\x9f\x41"), 2, 0xfffd},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t code = 0;

		assert_int_equal(utf8_decode(cases[i].text.data, cases[i].text.size, &code), cases[i].taken);
		assert_int_equal(code, cases[i].code);
	}
}

static void shows_hostile_text_as_escapes(void **state)
{
	static const struct {
		struct span text;
		const char *shown;
	} cases[] = {
		{SPAN("plain text"), "plain text"},
		{SPAN("C:\\dir"), "C:\\dir"},
		{SPAN("a\nb\tc\rd"), "a\\nb\\tc\\x0dd"},
		{SPAN("\033[2J\a\0z\x7f"), "\\x1b[2J\\x07\\x00z\\x7f"},
		{SPAN("\xc2\x9b"
		      "31m"),
		 "\\u{009b}31m"},
		{SPAN("gnp.\xe2\x80\xae"
		      "exe"),
		 "gnp.\\u{202e}exe"},
		{SPAN("\xef\xbb\xbf"), "\\u{feff}"},
		{SPAN("\xf3\xa0\x81\x81"), "\\u{e0041}"},
		{SPAN("\xff\xfe"), "\\xff\\xfe"},
		{SPAN("\xe2\x82"), "\\xe2\\x82"},
		{SPAN("\xef\xbf\xbd"), "\xef\xbf\xbd"},
		{SPAN("gr\xc3\xbc\xc3\x9f\xe6\xbc\xa2"), "gr\xc3\xbc\xc3\x9f\xe6\xbc\xa2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char shown[64];

		assert_int_equal(terminal_text(cases[i].text, shown, sizeof(shown)), strlen(cases[i].shown));
		assert_string_equal(shown, cases[i].shown);
	}
}

static void cuts_between_whole_characters(void **state)
{
	char shown[8];

	(void)state;
	assert_int_equal(terminal_text(SPAN("ab\xe6\xbc\xa2"), shown, 5), 2);
	assert_string_equal(shown, "ab");
	assert_int_equal(terminal_text(SPAN("ab\x01"), shown, 6), 2);
	assert_string_equal(shown, "ab");
	assert_int_equal(terminal_text(SPAN("ab\x01"), shown, 7), 6);
	assert_int_equal(terminal_text(SPAN("a"), shown, 1), 0);
	assert_string_equal(shown, "");
	assert_int_equal(terminal_text(SPAN("a"), shown, 0), 0);
}

static void prefixes_hold_whole_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_prefix(SPAN("abc"), 3).size, 3);
	assert_int_equal(utf8_prefix(SPAN("abc"), 2).size, 2);
	assert_int_equal(utf8_prefix(SPAN("a\xe6\xbc\xa2"), 3).size, 1);
	assert_int_equal(utf8_prefix(SPAN("\xf0\x9f\x98\x80"), 3).size, 0);
	assert_int_equal(utf8_prefix(SPAN("\x80\x80\x80\x80\x80\x80\x80"), 6).size, 6);
	assert_int_equal(utf8_whole(SPAN("a\xe6\xbc\xa2")).size, 4);
	assert_int_equal(utf8_whole(SPAN("a\xe6\xbc")).size, 1);
	assert_int_equal(utf8_whole(SPAN("a\xe6")).size, 1);
	assert_int_equal(utf8_whole(SPAN("a\xf0\x9f\x98")).size, 1);
	assert_int_equal(utf8_whole(SPAN("\x80\x80")).size, 2);
	assert_int_equal(utf8_whole(SPAN("")).size, 0);
}

static void widths_are_as_terminals_draw(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{"", 0},
		{"abc", 3},
		{"\xe6\xbc\xa2\xe5\xad\x97", 4},             /* two ideographs */
		{"\xed\x95\x9c", 2},                         /* a Hangul syllable */
		{"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2}, /* the same from jamo */
		{"e\xcc\x81", 1},                            /* e and a combining acute */
		{"\xf0\x9f\x90\xb3", 2},                     /* an emoji */
		{"\xef\xbd\xb1", 1},                         /* halfwidth katakana */
		{"\xef\xbc\xa1", 2},                         /* fullwidth A */
		{"\xe2\x80\xa6", 1},                         /* an ellipsis */
		{"\xf0\xa0\x80\x80", 2},                     /* plane 2 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(terminal_width(cases[i].text), cases[i].width);
}

static void random_bytes_never_reach_the_terminal_raw(void **state)
{
	uint64_t seed = 0x5eed;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char bytes[48], shown[256];
		size_t size = sample_random(&seed) % sizeof(bytes), length;

		for (size_t i = 0; i < size; i++)
			bytes[i] = sample_random(&seed) >> (round % 2 ? 24 : 57);
		length = terminal_text((struct span){bytes, size}, shown, 1 + sample_random(&seed) % sizeof(shown));
		assert_int_equal(length, strlen(shown));
		for (size_t i = 0; i < length;) {
			uint32_t code;
			size_t taken = utf8_decode(shown + i, length - i, &code);

			assert_true(code >= 0x20 && !(code >= 0x7f && code < 0xa0));
			assert_true(taken == (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4));
			i += taken;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_one_sequence_as_unicode_allows),
		cmocka_unit_test(shows_hostile_text_as_escapes),
		cmocka_unit_test(cuts_between_whole_characters),
		cmocka_unit_test(prefixes_hold_whole_characters),
		cmocka_unit_test(widths_are_as_terminals_draw),
		cmocka_unit_test(random_bytes_never_reach_the_terminal_raw),
	};

	return cmocka_run_group_tests_name("safe_text", tests, NULL, NULL);
}
