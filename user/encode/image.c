/* SPDX-License-Identifier: Apache-2.0 */
/* An image at rest as one line: JSON in the Elastic Common Schema, or columns for a person. */
#include "encode/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "container/facts_text.h"
#include "container/images.h"
#include "encode/cells.h"
#include "encode/encoded_container.h"
#include "encode/json.h"
#include "encode/timestamp.h"

/* A line has ECS_LINE_MAX bytes for all: hostile names must leave room for the rest. */
#define REFERENCES_MAX (32 << 10)

#define CELL_MAX       1024
#define SHORT_ID_SIZE  12
#define RUNTIME_WIDTH  7
#define CLASS_WIDTH    12
#define NAME_WIDTH_MIN 16
#define NAME_WIDTH_MAX 48
#define USER_WIDTH_MIN 4
#define USER_WIDTH_MAX 16
#define NOTE_WIDTH     28

static void write_list(struct json_writer *writer, const char *key, const char *element)
{
	json_open_array(writer, key);
	json_cstring(writer, NULL, element);
	json_close_array(writer);
}

static void write_image(struct json_writer *writer, const struct image *image)
{
	struct span name = {0}, tag = {0};

	json_open_object(writer, "container");
	json_cstring(writer, "runtime", container_runtime_name(image->runtime));
	json_open_object(writer, "image");
	if (image->nr_names)
		image_reference__split(span_of(image->names[0]), &name, &tag);
	if (name.size)
		json_bytes(writer, "name", name);
	if (tag.size) {
		json_open_array(writer, "tag");
		json_bytes(writer, NULL, tag);
		json_close_array(writer);
	}
	json_open_object(writer, "hash");
	write_list(writer, "all", image->id);
	json_close_object(writer);
	json_close_object(writer);
	json_close_object(writer);
}

static void write_identity(struct json_writer *writer, const struct image *image)
{
	json_open_object(writer, "identity");
	if (image->declared_user && image->declared_user[0])
		json_cstring(writer, "declared", image->declared_user);
	json_cstring(writer, "class", user_class_name(image->class));
	ecs_write_user_ids(writer, "passwd", image->ids);
	if (image__has_root_group(image))
		json_bool(writer, "gid_zero", true);
	json_close_object(writer);
}

static void write_references(struct json_writer *writer, const struct image *image)
{
	size_t omitted = image->nr_names_dropped, start = writer->size;

	if (image->nr_names)
		json_open_array(writer, "references");
	for (size_t i = 0; i < image->nr_names; i++) {
		struct json_writer before = *writer;

		json_cstring(writer, NULL, image->names[i]);
		if (writer->has_overflowed || writer->size - start <= REFERENCES_MAX)
			continue;
		*writer = before;
		omitted++;
	}
	if (image->nr_names)
		json_close_array(writer);
	if (omitted)
		json_u64(writer, "references_omitted", omitted);
}

static void write_extension(struct json_writer *writer, const struct image *image)
{
	json_open_object(writer, "uidzero");
	json_cstring(writer, "schema", SCHEMA_VERSION);
	write_identity(writer, image);
	json_open_object(writer, "image");
	json_bool(writer, "root", image__is_root(image));
	json_cstring(writer, "passwd", image_passwd_name(image->passwd));
	json_cstring(writer, "store", image->store);
	json_cstring(writer, "driver", image->driver);
	write_references(writer, image);
	json_bool(writer, "intermediate", image->is_intermediate);
	json_close_object(writer);
	json_close_object(writer);
}

long image_json(const struct encode_context *context, uint64_t realtime_ns, const struct image *image, char *buffer,
		size_t capacity)
{
	struct json_writer writer;
	struct day_cache cache = {0};
	char time[TIMESTAMP_SIZE];

	timestamp_write(&cache, realtime_ns, time);
	json_writer__init(&writer, buffer, capacity);
	json_open_object(&writer, NULL);
	json_bytes(&writer, "@timestamp", (struct span){time, sizeof(time)});
	ecs_write_constants(&writer, context);
	json_open_object(&writer, "event");
	json_cstring(&writer, "kind", "state");
	write_list(&writer, "category", "configuration");
	write_list(&writer, "type", "info");
	json_cstring(&writer, "module", "uidzero");
	json_cstring(&writer, "dataset", "uidzero.images");
	json_close_object(&writer);
	write_image(&writer, image);
	write_extension(&writer, image);
	json_close_object(&writer);
	if (writer.has_overflowed || writer.size == capacity)
		return -ENOSPC;
	buffer[writer.size] = '\n';
	return (long)writer.size + 1;
}

static void format_name(const struct image *image, char cell[CELL_MAX])
{
	size_t more = image->nr_names + image->nr_names_dropped - 1, size;

	if (!image->nr_names) {
		strcpy(cell, image->is_intermediate ? "(intermediate)" : "(untagged)");
		return;
	}
	size = terminal_text(span_of(image->names[0]), cell, CELL_MAX);
	if (more)
		snprintf(cell + size, CELL_MAX - size, " +%zu", more);
}

static void format_user(const struct image *image, char cell[CELL_MAX])
{
	if (image->declared_user && image->declared_user[0])
		terminal_text(span_of(image->declared_user), cell, CELL_MAX);
	else
		strcpy(cell, image->declared_user ? "-" : "?");
}

static void format_note(const struct image *image, char cell[CELL_MAX])
{
	const char *text = "";

	if (!image->declared_user)
		text = "configuration not readable";
	else if (image->class == USER_UNKNOWN)
		text = "no user[:group]";
	else if (image->passwd == IMAGE_PASSWD_LACKS_USER)
		text = "not in its passwd";
	else if (image->passwd == IMAGE_PASSWD_UNREADABLE)
		text = "passwd not readable";
	else if (image__has_root_group(image) && !image__is_root(image))
		text = "root's group";
	if (image->passwd == IMAGE_PASSWD_HAS_USER)
		snprintf(cell, CELL_MAX, "uid %" PRIu32 " in its passwd%s%s", image->ids.uid, text[0] ? ", " : "",
			 text);
	else
		strcpy(cell, text);
}

/* Red is what runs as root, yellow what is not known before it runs. */
static const char *color_of(const struct image *image)
{
	if (image__is_root(image))
		return CELL_BOLD_RED;
	return image->class == USER_NUMERIC ? CELL_GREEN : CELL_YELLOW;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void image_columns__measure(struct image_columns *columns, const struct images *images, unsigned width)
{
	size_t name_width = NAME_WIDTH_MIN, user_width = USER_WIDTH_MIN, used;
	char cell[CELL_MAX];

	for (size_t i = 0; i < images->nr; i++) {
		format_name(&images->list[i], cell);
		name_width = larger(name_width, terminal_width(cell));
		format_user(&images->list[i], cell);
		user_width = larger(user_width, terminal_width(cell));
	}
	columns->user_width = smaller(user_width, USER_WIDTH_MAX);
	name_width = smaller(name_width, NAME_WIDTH_MAX);
	used = SHORT_ID_SIZE + RUNTIME_WIDTH + columns->user_width + CLASS_WIDTH + NOTE_WIDTH + 5 * strlen("  ");
	if (width && name_width + used > width)
		name_width = width > used + NAME_WIDTH_MIN ? width - used : NAME_WIDTH_MIN;
	columns->name_width = name_width;
}

static long put_line(const struct image_columns *columns, const char *const cells[6], const char *color, char *buffer,
		     size_t capacity)
{
	struct cell_line line = {.buffer = buffer, .capacity = capacity};

	cell_line__put(&line, cells[0], columns->name_width, false, false, NULL);
	cell_line__put(&line, cells[1], SHORT_ID_SIZE, false, false, NULL);
	cell_line__put(&line, cells[2], RUNTIME_WIDTH, false, false, NULL);
	cell_line__put(&line, cells[3], columns->user_width, false, false, NULL);
	cell_line__put(&line, cells[4], CLASS_WIDTH, false, false, color);
	cell_line__put(&line, cells[5], NOTE_WIDTH, false, true, NULL);
	cell_line__end(&line);
	return cell_line__finish(&line);
}

long image_columns__header(const struct image_columns *columns, char *buffer, size_t capacity)
{
	static const char *const names[] = {"IMAGE", "ID", "RUNTIME", "USER", "CLASS", "NOTE"};

	return put_line(columns, names, NULL, buffer, capacity);
}

long image_columns__line(const struct image_columns *columns, const struct image *image, char *buffer, size_t capacity)
{
	char name[CELL_MAX], id[SHORT_ID_SIZE + 1], user[CELL_MAX], note[CELL_MAX];
	const char *const cells[] = {
		name, id, container_runtime_name(image->runtime), user, user_class_name(image->class), note,
	};

	format_name(image, name);
	snprintf(id, sizeof(id), "%s", image->id + strlen("sha256:"));
	format_user(image, user);
	format_note(image, note);
	return put_line(columns, cells, columns->has_color ? color_of(image) : NULL, buffer, capacity);
}
