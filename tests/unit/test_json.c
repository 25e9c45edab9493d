/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is written is read back by a strict parser, or said not to have fitted. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/safe_text.h"
#include "encode/json.h"
#include "sample.h"

static char buffer[64 << 10];
static struct json_writer writer;

static void begin(void)
{
	json_writer__init(&writer, buffer, sizeof(buffer));
}

static void assert_written(const char *expected)
{
	assert_false(writer.has_overflowed);
	assert_int_equal(writer.size, strlen(expected));
	assert_memory_equal(buffer, expected, writer.size);
}

static json_t *parse(void)
{
	json_error_t error;
	json_t *json;

	assert_false(writer.has_overflowed);
	json = json_loadb(buffer, writer.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	if (!json)
		fail_msg("%s: %.*s", error.text, (int)writer.size, buffer);
	return json;
}

static void separates_members_and_elements(void **state)
{
	(void)state;
	begin();
	json_open_object(&writer, NULL);
	json_open_object(&writer, "empty");
	json_close_object(&writer);
	json_open_array(&writer, "list");
	json_u64(&writer, NULL, 1);
	json_cstring(&writer, NULL, "two");
	json_open_array(&writer, NULL);
	json_close_array(&writer);
	json_bool(&writer, NULL, false);
	json_close_array(&writer);
	json_bool(&writer, "yes", true);
	json_cstring(&writer, "absent", NULL);
	json_word(&writer, "absent", NULL);
	json_members(&writer, SPAN(""));
	json_members(&writer, SPAN("\"a\":1,\"b\":2"));
	json_i64(&writer, "below", -5);
	json_u64_string(&writer, "id", 7);
	json_key(&writer, SPAN("k\"\n"));
	json_u64(&writer, NULL, 3);
	json_begin_string(&writer, "pieces");
	json_piece(&writer, SPAN("a\""));
	json_piece_u64(&writer, 10);
	json_piece_cstring(&writer, "b");
	json_piece_escaped(&writer, SPAN("\\n"));
	json_end_string(&writer);
	json_bool(&writer, "last", true);
	json_close_object(&writer);
	assert_written("{\"empty\":{},\"list\":[1,\"two\",[],false],\"yes\":true,\"a\":1,\"b\":2,\"below\":-5,"
		       "\"id\":\"7\",\"k\\\"\\n\":3,\"pieces\":\"a\\\"10b\\n\",\"last\":true}");
	json_decref(parse());
}

static void writes_numbers_in_full(void **state)
{
	static const uint64_t values[] = {0,
					  1,
					  9,
					  10,
					  99,
					  100,
					  999,
					  1000,
					  9999,
					  10000,
					  12345,
					  99999,
					  100000,
					  4294967295,
					  UINT32_MAX + 1ULL,
					  1ULL << 53,
					  999999999999999999ULL,
					  1000000000000000000ULL,
					  UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char expected[64];

		begin();
		json_u64(&writer, NULL, values[i]);
		snprintf(expected, sizeof(expected), "%" PRIu64, values[i]);
		assert_written(expected);
	}
	begin();
	json_i64(&writer, NULL, INT64_MIN);
	assert_written("-9223372036854775808");
}

static void escapes_what_must_not_stand_in_a_line(void **state)
{
	static const struct {
		struct span text;
		const char *json;
		bool is_lossy;
	} cases[] = {
		{SPAN(""), "\"\"", false},
		{SPAN("plain"), "\"plain\"", false},
		{SPAN("sixteen bytes ok and a tail"), "\"sixteen bytes ok and a tail\"", false},
		{SPAN("\"\\/"), "\"\\\"\\\\/\"", false},
		{SPAN("\b\t\n\f\r\v\0\x1b\x1f"), "\"\\b\\t\\n\\f\\r\\u000b\\u0000\\u001b\\u001f\"", false},
		{SPAN("\x7f"), "\"\\u007f\"", false},
		{SPAN("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), "\"\\u0080\\u009b\\u009f\xc2\xa0\"", false},
		{SPAN("12345678\x7f"), "\"12345678\\u007f\"", false},
		{SPAN("1234\xc3\xbc"), "\"1234\xc3\xbc\"", false},
		{SPAN("\xe2\x80\xa8"), "\"\xe2\x80\xa8\"", false},
		{SPAN("\xf0\x9f\x90\xb3"), "\"\xf0\x9f\x90\xb3\"", false},
		{SPAN("\xef\xbf\xbd"), "\"\xef\xbf\xbd\"", false},
		{SPAN("\xff"), "\"\xef\xbf\xbd\"", true},
		{SPAN("a\xc3"), "\"a\xef\xbf\xbd\"", true},
		{SPAN("\xe2\x82z"), "\"\xef\xbf\xbdz\"", true},
		{SPAN("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", true},
		{SPAN("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", true},
		{SPAN("\xef\xbf"), "\"\xef\xbf\xbd\"", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		json_bytes(&writer, NULL, cases[i].text);
		assert_written(cases[i].json);
		assert_int_equal(writer.has_lossy_text, cases[i].is_lossy);
		json_decref(parse());
	}
}

/* Lengths that are not known when it is compiled. */
static void copies_keys_and_words_of_each_length(void **state)
{
	(void)state;
	for (size_t size = 1; size < 40; size++) {
		char text[40] = "", expected[128];

		for (size_t i = 0; i < size; i++)
			text[i] = 'a' + i % 26;
		begin();
		json_open_object(&writer, NULL);
		json_word(&writer, text, text);
		json_word(&writer, NULL, text + 1);
		json_close_object(&writer);
		snprintf(expected, sizeof(expected), "{\"%s\":\"%s\",\"%s\"}", text, text, text + 1);
		assert_written(expected);
	}
}

/* Every byte at every place of a word and of a tail. */
static void finds_each_special_byte_wherever_it_stands(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		for (size_t at = 0; at < 20; at++) {
			char text[20];
			json_t *json;

			memset(text, 'x', sizeof(text));
			text[at] = byte;
			begin();
			json_bytes(&writer, NULL, (struct span){text, sizeof(text)});
			json = parse();
			if (byte < 0x80) {
				assert_int_equal(json_string_length(json), sizeof(text));
				assert_memory_equal(json_string_value(json), text, sizeof(text));
			} else {
				assert_int_equal(json_string_length(json), sizeof(text) + 2);
			}
			assert_int_equal(writer.has_lossy_text, byte >= 0x80);
			for (size_t i = 0; i < writer.size; i++)
				assert_true((unsigned char)buffer[i] >= 0x20 && buffer[i] != 0x7f);
			json_decref(json);
		}
	}
}

/* The text with each broken sequence as U+FFFD. */
static size_t repaired(struct span text, char *ret)
{
	size_t size = 0;

	for (size_t at = 0; at < text.size;) {
		uint32_t code;
		size_t taken = utf8_decode(text.data + at, text.size - at, &code);

		if (code == 0xfffd) {
			memcpy(ret + size, "\xef\xbf\xbd", 3);
			size += 3;
		} else {
			memcpy(ret + size, text.data + at, taken);
			size += taken;
		}
		at += taken;
	}
	return size;
}

static void random_bytes_come_back_repaired(void **state)
{
	uint64_t seed = 0x1e55;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[64], expected[3 * sizeof(text)];
		size_t size = sample_random(&seed) % sizeof(text), expected_size;
		json_t *json;

		for (size_t i = 0; i < size; i++) {
			uint64_t random = sample_random(&seed);

			text[i] = random % 8 ? random >> 25 : random >> 24 | 0x80;
		}
		expected_size = repaired((struct span){text, size}, expected);
		begin();
		json_bytes(&writer, NULL, (struct span){text, size});
		json = parse();
		assert_int_equal(json_string_length(json), expected_size);
		assert_memory_equal(json_string_value(json), expected, expected_size);
		json_decref(json);
	}
}

static void write_some_of_all(struct json_writer *to)
{
	json_open_object(to, NULL);
	json_bytes(to, "text", SPAN("plain and \x01\xff\xc3\xbc\" not"));
	json_u64(to, "number", 9007199254740992ULL);
	json_i64(to, "below", -12);
	json_u64_string(to, "id", 1000);
	json_word(to, "finding", "exec_root");
	json_open_array(to, "list");
	json_bool(to, NULL, true);
	json_members(to, SPAN("1,2"));
	json_close_array(to);
	json_key(to, SPAN("k\n"));
	json_begin_string(to, NULL);
	json_piece(to, SPAN("a\n"));
	json_piece_u64(to, 5);
	json_piece_escaped(to, SPAN("\\n"));
	json_end_string(to);
	json_close_object(to);
}

static void never_writes_past_its_capacity(void **state)
{
	size_t full_size;

	(void)state;
	begin();
	write_some_of_all(&writer);
	full_size = writer.size;
	json_decref(parse());
	for (size_t capacity = 0; capacity < full_size + 32; capacity++) {
		char *small = malloc(capacity ? capacity : 1);

		assert_non_null(small);
		json_writer__init(&writer, small, capacity);
		write_some_of_all(&writer);
		assert_true(writer.has_overflowed || capacity >= full_size);
		assert_true(writer.size <= capacity);
		if (!writer.has_overflowed)
			assert_memory_equal(small, buffer, full_size);
		free(small);
	}
	assert_false(writer.has_overflowed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(separates_members_and_elements),
		cmocka_unit_test(writes_numbers_in_full),
		cmocka_unit_test(escapes_what_must_not_stand_in_a_line),
		cmocka_unit_test(copies_keys_and_words_of_each_length),
		cmocka_unit_test(finds_each_special_byte_wherever_it_stands),
		cmocka_unit_test(random_bytes_come_back_repaired),
		cmocka_unit_test(never_writes_past_its_capacity),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
