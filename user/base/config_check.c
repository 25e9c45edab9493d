/* SPDX-License-Identifier: Apache-2.0 */
/* Checks YAML against a libcyaml schema and says in one sentence what is wrong, and in which line. */
#include "base/config_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cyaml/cyaml.h>
#include <yaml.h>

#include "base/safe_text.h"

#define PATH_SIZE   128                             /* of our own keys and indices: "roots.containerd[4294967295]" */
#define SHOWN_MAX   60                              /* bytes of a value from the file that a sentence repeats */
#define SHOWN_SIZE  (SHOWN_MAX * 4 + sizeof("...")) /* each byte may become \xNN */
#define ENTRIES_MAX 65536                           /* of a sequence without a bound of its own */

struct check {
	yaml_parser_t parser;
	struct span text;
	char path[PATH_SIZE];
	const char *wanted_path;
	size_t wanted_line;
	struct config_mistake *mistake;
};

static size_t line_of(const yaml_event_t *event)
{
	return event->start_mark.line + 1;
}

static int __attribute__((format(printf, 3, 4))) fail(struct check *check, size_t line, const char *format, ...)
{
	va_list args;

	check->mistake->line = line;
	va_start(args, format);
	vsnprintf(check->mistake->sentence, sizeof(check->mistake->sentence), format, args);
	va_end(args);
	return -EINVAL;
}

/* The place as a sentence says it: "allow[0]" in quotes, or what the whole file is called. */
static const char *place(const struct check *check, char ret[PATH_SIZE + 2])
{
	if (!check->path[0])
		return "the configuration";
	snprintf(ret, PATH_SIZE + 2, "\"%s\"", check->path);
	return ret;
}

static const char *shown(const yaml_event_t *event, char ret[SHOWN_SIZE])
{
	struct span value = {(const char *)event->data.scalar.value, event->data.scalar.length};
	bool is_cut = value.size > SHOWN_MAX;
	size_t length;

	if (is_cut) {
		value.size = SHOWN_MAX;
		while (value.size > 0 && (value.data[value.size] & 0xc0) == 0x80)
			value.size--;
	}
	length = terminal_text(value, ret, SHOWN_SIZE - strlen("..."));
	if (is_cut)
		strcpy(ret + length, "...");
	return ret;
}

/* Append to a list such as "image, container"; what does not fit is left out. */
static void append_name(char *list, size_t list_size, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, list_size - used, "%s%s", used ? ", " : "", name);
}

static void list_fields(const struct cyaml_schema_value *schema, char *ret, size_t ret_size)
{
	const struct cyaml_schema_field *field;

	ret[0] = '\0';
	for (field = schema->mapping.fields; field->key; field++)
		append_name(ret, ret_size, field->key);
}

static const char *event_name(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_MAPPING_START_EVENT:
		return "a mapping";
	case YAML_SEQUENCE_START_EVENT:
		return "a list";
	default:
		return "text";
	}
}

/* A reader's mistake has no line, only the offset of the bytes. */
static size_t line_at_offset(struct span text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < text.size; i++)
		line += text.data[i] == '\n';
	return line;
}

static int fail_syntax(struct check *check)
{
	const yaml_parser_t *parser = &check->parser;
	const char *problem = parser->problem ? parser->problem : "it cannot be read";
	size_t line;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		line = line_at_offset(check->text, parser->problem_offset);
	else
		line = parser->problem_mark.line + 1;
	if (parser->context)
		return fail(check, line, "no valid YAML: %s, %s", parser->context, problem);
	return fail(check, line, "no valid YAML: %s", problem);
}

/* The next event, checked for what no place of a configuration may have. The caller deletes it. */
static int next_event(struct check *check, yaml_event_t *ret_event)
{
	yaml_event_t event;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (!yaml_parser_parse(&check->parser, &event))
		return fail_syntax(check);
	switch (event.type) {
	case YAML_ALIAS_EVENT:
		anchor = event.data.alias.anchor;
		break;
	case YAML_SCALAR_EVENT:
		anchor = event.data.scalar.anchor;
		tag = event.data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event.data.sequence_start.anchor;
		tag = event.data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event.data.mapping_start.anchor;
		tag = event.data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor || tag) {
		fail(check, line_of(&event), "YAML %s are not supported here; write the value itself",
		     anchor ? "anchors and aliases" : "tags");
		yaml_event_delete(&event);
		return -EINVAL;
	}
	*ret_event = event;
	return 0;
}

static bool is_null(const yaml_event_t *event)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (event->type != YAML_SCALAR_EVENT || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < CYAML_ARRAY_LEN(nulls); i++)
		if (!strcmp((const char *)event->data.scalar.value, nulls[i]))
			return true;
	return false;
}

static bool may_be_null(const struct cyaml_schema_value *schema)
{
	return (schema->flags & CYAML_FLAG_POINTER_NULL_STR) == CYAML_FLAG_POINTER_NULL_STR;
}

static int fail_type(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *event)
{
	char expected[CONFIG_SENTENCE_MAX / 2], buffer[PATH_SIZE + 2];
	const char *is = is_null(event) ? "has no value" : "is ";
	const char *what = is_null(event) ? "" : event_name(event);

	switch (schema->type) {
	case CYAML_MAPPING:
		list_fields(schema, expected, sizeof(expected));
		return fail(check, line_of(event), "%s %s%s; expected a mapping with the keys: %s",
			    place(check, buffer), is, what, expected);
	case CYAML_SEQUENCE:
		return fail(check, line_of(event), "%s %s%s; expected a list", place(check, buffer), is, what);
	case CYAML_UINT:
		return fail(check, line_of(event), "%s %s%s; expected a whole number", place(check, buffer), is, what);
	default:
		return fail(check, line_of(event), "%s %s%s; expected text", place(check, buffer), is, what);
	}
}

static int check_uint(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *event)
{
	const yaml_char_t *digits = event->data.scalar.value;
	size_t length = event->data.scalar.length;
	uint64_t max = schema->data_size >= 8 ? UINT64_MAX : (1ULL << (8 * schema->data_size)) - 1;
	char buffer[PATH_SIZE + 2], value[SHOWN_SIZE];
	bool is_valid = length > 0 && !(digits[0] == '0' && length > 1);
	uint64_t number = 0;

	for (size_t i = 0; is_valid && i < length; i++) {
		unsigned digit = digits[i] - (unsigned)'0';

		is_valid = digit <= 9 && number <= (max - digit) / 10;
		number = number * 10 + digit;
	}
	if (is_valid)
		return 0;
	return fail(check, line_of(event), "%s is \"%s\"; expected a whole number from 0 to %llu, in decimal",
		    place(check, buffer), shown(event, value), (unsigned long long)max);
}

static int check_enum(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *event)
{
	char expected[CONFIG_SENTENCE_MAX / 2] = "", buffer[PATH_SIZE + 2], value[SHOWN_SIZE];

	for (uint32_t i = 0; i < schema->enumeration.count; i++) {
		const char *name = schema->enumeration.strings[i].str;

		if (strlen(name) == event->data.scalar.length &&
		    !memcmp(name, event->data.scalar.value, event->data.scalar.length))
			return 0;
		append_name(expected, sizeof(expected), name);
	}
	return fail(check, line_of(event), "%s is \"%s\"; expected one of: %s", place(check, buffer),
		    shown(event, value), expected);
}

static int check_string(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *event)
{
	size_t length = event->data.scalar.length;
	char buffer[PATH_SIZE + 2];

	if (memchr(event->data.scalar.value, '\0', length))
		return fail(check, line_of(event), "%s holds a NUL byte; expected text without one",
			    place(check, buffer));
	if (length < schema->string.min)
		return fail(check, line_of(event), "%s is empty; expected text", place(check, buffer));
	if (length > schema->string.max)
		return fail(check, line_of(event), "%s is %zu bytes long; expected at most %u", place(check, buffer),
			    length, schema->string.max);
	return 0;
}

static int check_value(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *event);

static int check_sequence(struct check *check, const struct cyaml_schema_value *schema)
{
	uint32_t max = schema->sequence.max < ENTRIES_MAX ? schema->sequence.max : ENTRIES_MAX;
	size_t path_length = strlen(check->path);
	char buffer[PATH_SIZE + 2];
	yaml_event_t event;
	int err;

	for (uint32_t index = 0;; index++) {
		check->path[path_length] = '\0';
		err = next_event(check, &event);
		if (err)
			return err;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		if (index == max) {
			err = fail(check, line_of(&event), "%s has more than %u entries", place(check, buffer), max);
		} else {
			snprintf(check->path + path_length, sizeof(check->path) - path_length, "[%u]", index);
			err = check_value(check, schema->sequence.entry, &event);
		}
		yaml_event_delete(&event);
		if (err)
			return err;
	}
}

static int find_field(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *key,
		      const struct cyaml_schema_field **ret_field)
{
	char expected[CONFIG_SENTENCE_MAX / 2], buffer[PATH_SIZE + 2], name[SHOWN_SIZE];
	const struct cyaml_schema_field *field;

	list_fields(schema, expected, sizeof(expected));
	if (key->type != YAML_SCALAR_EVENT)
		return fail(check, line_of(key), "%s has %s for a key; expected one of: %s", place(check, buffer),
			    event_name(key), expected);
	for (field = schema->mapping.fields; field->key; field++) {
		if (strlen(field->key) == key->data.scalar.length &&
		    !memcmp(field->key, key->data.scalar.value, key->data.scalar.length)) {
			*ret_field = field;
			return 0;
		}
	}
	return fail(check, line_of(key), "unknown key \"%s\" in %s; expected one of: %s", shown(key, name),
		    place(check, buffer), expected);
}

static int check_mapping(struct check *check, const struct cyaml_schema_value *schema, size_t start_line)
{
	const struct cyaml_schema_field *field = NULL, *fields = schema->mapping.fields;
	size_t path_length = strlen(check->path);
	char buffer[PATH_SIZE + 2];
	yaml_event_t event;
	uint64_t seen = 0;
	int err;

	for (;;) {
		err = next_event(check, &event);
		if (err)
			return err;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			break;
		}
		err = find_field(check, schema, &event, &field);
		if (!err && (seen & 1ULL << (field - fields)))
			err = fail(check, line_of(&event), "the key \"%s\" stands twice in %s", field->key,
				   place(check, buffer));
		yaml_event_delete(&event);
		if (err)
			return err;
		seen |= 1ULL << (field - fields);

		err = next_event(check, &event);
		if (err)
			return err;
		snprintf(check->path + path_length, sizeof(check->path) - path_length, "%s%s", path_length ? "." : "",
			 field->key);
		err = check_value(check, &field->value, &event);
		yaml_event_delete(&event);
		if (err)
			return err;
		check->path[path_length] = '\0';
	}

	for (field = fields; field->key; field++)
		if (!(seen & 1ULL << (field - fields)) && !(field->value.flags & CYAML_FLAG_OPTIONAL))
			return fail(check, start_line, "%s lacks the key \"%s\"", place(check, buffer), field->key);
	return 0;
}

/* Recurses as deep as the schema is, whatever the file holds. */
static int check_value(struct check *check, const struct cyaml_schema_value *schema, const yaml_event_t *event)
{
	bool is_scalar = event->type == YAML_SCALAR_EVENT;

	if (check->wanted_path && !check->wanted_line && !strcmp(check->path, check->wanted_path))
		check->wanted_line = line_of(event);
	if (is_null(event))
		return may_be_null(schema) ? 0 : fail_type(check, schema, event);
	if (schema->type == CYAML_MAPPING && event->type == YAML_MAPPING_START_EVENT)
		return check_mapping(check, schema, line_of(event));
	if (schema->type == CYAML_SEQUENCE && event->type == YAML_SEQUENCE_START_EVENT)
		return check_sequence(check, schema);
	if (schema->type == CYAML_UINT && is_scalar)
		return check_uint(check, schema, event);
	if (schema->type == CYAML_ENUM && is_scalar)
		return check_enum(check, schema, event);
	if (schema->type == CYAML_STRING && is_scalar)
		return check_string(check, schema, event);
	return fail_type(check, schema, event);
}

static int check_stream(struct check *check, const struct cyaml_schema_value *schema)
{
	bool has_document = false, has_value = false;
	yaml_event_t event;
	int err;

	for (;;) {
		yaml_event_type_t type;

		err = next_event(check, &event);
		if (err)
			return err;
		type = event.type;
		switch (type) {
		case YAML_STREAM_START_EVENT:
		case YAML_STREAM_END_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (has_document)
				err = fail(check, line_of(&event), "a second YAML document starts here; expected one");
			has_document = true;
			break;
		default:
			/* An empty document is a null, which libcyaml does not take at the top. */
			has_value = !is_null(&event);
			if (has_value)
				err = check_value(check, schema, &event);
			break;
		}
		yaml_event_delete(&event);
		if (err)
			return err;
		if (type == YAML_STREAM_END_EVENT)
			return has_value;
	}
}

static int run(struct check *check, const struct cyaml_schema_value *schema)
{
	int err;

	if (!yaml_parser_initialize(&check->parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&check->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&check->parser, (const unsigned char *)check->text.data, check->text.size);
	err = check_stream(check, schema);
	yaml_parser_delete(&check->parser);
	return err;
}

int config_check(struct span text, const struct cyaml_schema_value *schema, struct config_mistake *ret_mistake)
{
	struct config_mistake mistake = {0};
	struct check check = {.text = text, .mistake = &mistake};
	int err;

	err = run(&check, schema);
	if (err == -EINVAL)
		*ret_mistake = mistake;
	return err;
}

size_t config_find_line(struct span text, const struct cyaml_schema_value *schema, const char *path)
{
	struct config_mistake mistake = {0};
	struct check check = {.text = text, .mistake = &mistake, .wanted_path = path};

	run(&check, schema);
	return check.wanted_line;
}
