/* SPDX-License-Identifier: Apache-2.0 */
/* A container as the Elastic Common Schema has it. */
#include "encode/ecs_container.h"

#include <string.h>

#include "base/safe_text.h"
#include "container/facts_text.h"

static char without_dot(char c)
{
	return c == '.' ? '_' : c;
}

/* Keys that are the same once their dots are gone would be one member twice. */
static bool is_same_key(const char *a, const char *b)
{
	while (*a && without_dot(*a) == without_dot(*b)) {
		a++;
		b++;
	}
	return without_dot(*a) == without_dot(*b);
}

static bool is_repeated(const struct facts_label *labels, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (is_same_key(labels[i].key, labels[at].key))
			return true;
	}
	return false;
}

/*
 * A dot in a field's name means a nested object to Elasticsearch, so "app" and "app.version" would be in
 * conflict; as Elastic's own shippers do by default (labels.dedot), dots become underscores.
 */
static bool write_label(struct json_writer *writer, const struct facts_label *labels, size_t at, size_t max_size)
{
	const struct facts_label *label = &labels[at];
	char key[FACTS_STRING_MAX];
	size_t size = strlen(label->key);

	if (is_repeated(labels, at))
		return false;
	for (size_t i = 0; i < size; i++)
		key[i] = without_dot(label->key[i]);
	json_key(writer, (struct span){key, size});
	container_text__write(writer, NULL, label->value, max_size);
	return true;
}

static size_t write_labels(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	struct json_writer empty = *writer;
	size_t omitted, nr;

	json_open_object(writer, "labels");
	omitted = container_labels__write(writer, facts, max_size, write_label, &nr);
	json_close_object(writer);
	if (nr == 0)
		*writer = empty;
	return omitted;
}

static bool is_repeated_tag(const struct container_facts *facts, size_t at, struct span tag)
{
	struct span name, other;

	for (size_t i = 0; i < at; i++) {
		image_reference__split(span_of(facts->image_references[i]), &name, &other);
		if (other.size == tag.size && memcmp(other.data, tag.data, tag.size) == 0)
			return true;
	}
	return false;
}

/* The one that was used, or all where that is not known. */
static void write_tags(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	size_t start = writer->size;
	struct span name, tag;

	if (!(facts->image_tag && facts->image_tag[0]) && !facts->nr_image_references)
		return;
	json_open_array(writer, "tag");
	container_text__write(writer, NULL, facts->image_tag, max_size);
	for (size_t i = 0; i < facts->nr_image_references && writer->size - start < CONTAINER_REFERENCES_MAX; i++) {
		image_reference__split(span_of(facts->image_references[i]), &name, &tag);
		if (tag.size && !is_repeated_tag(facts, i, tag))
			json_bytes(writer, NULL, utf8_prefix(tag, CONTAINER_REFERENCE_MAX));
	}
	json_close_array(writer);
}

size_t ecs_container__write(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	size_t omitted;

	json_open_object(writer, "container");
	container_text__write(writer, "id", facts->identity.id, max_size);
	container_text__write(writer, "name", facts->name, max_size);
	json_cstring(writer, "runtime", container_runtime_name(facts->identity.runtime));
	if (facts->image_name || facts->image_tag || facts->image_id || facts->nr_image_references) {
		json_open_object(writer, "image");
		container_text__write(writer, "name", facts->image_name, max_size);
		write_tags(writer, facts, max_size);
		if (facts->image_id && facts->image_id[0]) {
			json_open_object(writer, "hash");
			json_open_array(writer, "all");
			container_text__write(writer, NULL, facts->image_id, max_size);
			json_close_array(writer);
			json_close_object(writer);
		}
		json_close_object(writer);
	}
	if (facts->is_privileged >= 0) {
		json_open_object(writer, "security_context");
		json_bool(writer, "privileged", facts->is_privileged);
		json_close_object(writer);
	}
	omitted = write_labels(writer, facts, max_size);
	json_close_object(writer);
	return omitted;
}
