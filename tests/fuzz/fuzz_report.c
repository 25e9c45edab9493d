/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the reports: whatever verdict lines say, each document is one, and no text of theirs gets out of its place. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "report/report.h"

#define COLUMNS 72
/* A tag that no document has: where it stands in one, a text was not escaped. */
#define FOREIGN_TAG "<q"

/*
 * An input is lines. One that begins with '=' edits the last JSON line and adds it again: "=uidzero.remedy.0=text", or
 * with "=#" any JSON value in place of the text. So a mutation of a text is not one of the syntax around it.
 */
struct input {
	struct report *report;
	json_t *base;
};

static void add(struct input *input, struct span line)
{
	int err = report__add(input->report, line);

	REQUIRE(err == 0 || err == 1 || err == -EBADMSG);
}

static json_t *value_of(struct span text)
{
	if (text.size && text.data[0] == '#')
		return json_loadb(text.data + 1, text.size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	return json_stringn(text.data, text.size);
}

static json_t *step_into(json_t *at, const char *key, size_t size)
{
	json_t *next = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10)) : json_object_getn(at, key, size);

	if (!next && json_is_object(at)) {
		next = json_object();
		if (json_object_setn_new(at, key, size, next))
			return NULL;
	}
	return next;
}

static void set(json_t *at, const char *path, json_t *value)
{
	size_t size = strcspn(path, ".");

	while (at && path[size]) {
		at = step_into(at, path, size);
		path += size + 1;
		size = strcspn(path, ".");
	}
	if (json_is_array(at))
		json_array_set(at, strtoul(path, NULL, 10), value);
	else if (at)
		json_object_setn(at, path, size, value);
}

static void edit(struct input *input, struct span line)
{
	const char *end = memchr(line.data + 1, '=', line.size - 1);
	json_t *value = NULL;
	char *path, *text;

	if (!input->base || !end)
		return;
	path = strndup(line.data + 1, end - line.data - 1);
	value = value_of((struct span){end + 1, line.data + line.size - end - 1});
	if (value)
		set(input->base, path, value);
	json_decref(value);
	free(path);
	text = json_dumps(input->base, JSON_COMPACT);
	if (text)
		add(input, (struct span){text, strlen(text)});
	free(text);
}

static void take(struct input *input, struct span line)
{
	json_t *object;

	if (line.size && line.data[0] == '=') {
		edit(input, line);
		return;
	}
	object = json_loadb(line.data, line.size, JSON_ALLOW_NUL, NULL);
	if (json_is_object(object)) {
		json_decref(input->base);
		input->base = json_incref(object);
	}
	json_decref(object);
	add(input, line);
}

static void for_each_line(struct span text, void (*each)(void *data, struct span line), void *data)
{
	while (text.size) {
		const char *end = memchr(text.data, '\n', text.size);
		size_t size = end ? (size_t)(end - text.data) : text.size;

		each(data, (struct span){text.data, size});
		size += end != NULL;
		text.data += size;
		text.size -= size;
	}
}

static void take_line(void *data, struct span line)
{
	take(data, line);
}

static void require_object(void *data, struct span line)
{
	json_t *json = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);

	REQUIRE(json_is_object(json));
	json_decref(json);
	(*(size_t *)data)++;
}

/* Only our own markup is indented. */
static void require_plain(void *data, struct span line)
{
	(void)data;
	while (line.size && line.data[0] == '\t') {
		line.data++;
		line.size--;
	}
	require_plain_text(line);
}

static void require_terminal(void *has_color, struct span line)
{
	line.size++; /* its '\n' */
	require_terminal_line(line, has_color != NULL);
}

static struct span document(const struct report *report, int (*write)(const struct report *, FILE *))
{
	struct span text;
	FILE *out = open_memstream((char **)&text.data, &text.size);

	REQUIRE(out && write(report, out) == 0 && fclose(out) == 0);
	return text;
}

static void require_json(const struct report *report, int (*write)(const struct report *, FILE *))
{
	struct span text = document(report, write);
	json_t *json = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	REQUIRE(json_is_object(json));
	json_decref(json);
	free((char *)text.data);
}

static void require_markup(const struct report *report, int (*write)(const struct report *, FILE *))
{
	struct span text = document(report, write);

	for_each_line(text, require_plain, NULL);
	REQUIRE(!strstr(text.data, FOREIGN_TAG));
	free((char *)text.data);
}

static void require_lines(const struct report *report)
{
	struct span text = document(report, report_json__write);
	size_t nr = 0;

	for_each_line(text, require_object, &nr);
	REQUIRE(nr == report->nr_verdicts);
	free((char *)text.data);
}

static int write_table(const struct report *report, FILE *out)
{
	return report_table__write(report, out, 0, 0);
}

static int write_terminal(const struct report *report, FILE *out)
{
	return report_table__write(report, out, COLUMNS, 1);
}

static int write_explanations(const struct report *report, FILE *out)
{
	const json_t *line;
	int err = 0;
	size_t i;

	report_foreach(report, i, line) err = err ?: report_explain__write(report, line, out, COLUMNS);
	return err;
}

static void require_text(const struct report *report, int (*write)(const struct report *, FILE *), bool has_color)
{
	struct span text = document(report, write);

	REQUIRE(!text.size || text.data[text.size - 1] == '\n');
	for_each_line(text, require_terminal, has_color ? &text : NULL);
	free((char *)text.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {};

	REQUIRE(report__new("1.2.3", &input.report) == 0);
	for_each_line((struct span){(const char *)data, size}, take_line, &input);
	REQUIRE(report__sort(input.report) == 0);
	require_lines(input.report);
	require_json(input.report, report_sarif__write);
	require_json(input.report, report_docker_bench__write);
	require_markup(input.report, report_junit__write);
	require_markup(input.report, report_html__write);
	require_text(input.report, write_table, false);
	require_text(input.report, write_terminal, true);
	require_text(input.report, write_explanations, false);
	json_decref(input.base);
	report__free(input.report);
	return 0;
}
