/* SPDX-License-Identifier: Apache-2.0 */
/* What each line says of its container, encoded once and kept with it. */
#include "encode/encoded_container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "container/image_store.h"
#include "encode/ecs_risk.h"
#include "event.h"

/* A line has ECS_LINE_MAX bytes for all; hostile labels must leave room for the process. */
#define PIECE_MAX        (28 << 10)
#define LABELS_MAX       (8 << 10)
#define PHRASE_MAX       2048
#define IMAGE_SHORT_SIZE 12

enum piece {
	PIECE_CONTAINER,
	PIECE_ORCHESTRATOR,
	PIECE_EXTENSION,
	PIECE_IDENTITY,
	PIECE_RISK,
	PIECE_PHRASE,
	PIECE_END
};

/* How container->encoded begins; the pieces follow one another. */
struct layout {
	container_writer *write_container; /* who wrote the first */
	uint32_t sizes[PIECE_END];
	uint32_t has_lossy_text;
};

void container_text__write(struct json_writer *writer, const char *key, const char *text, size_t max_size)
{
	if (text && text[0])
		json_bytes(writer, key, utf8_prefix((struct span){text, strlen(text)}, max_size));
}

static struct span string_span(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

size_t container_labels__write(struct json_writer *writer, const struct container_facts *facts, size_t max_size,
			       bool (*write_label)(struct json_writer *writer, const struct facts_label *labels,
						   size_t at, size_t max_size),
			       size_t *ret_nr)
{
	size_t nr = facts->nr_labels < FACTS_LABELS_MAX ? facts->nr_labels : FACTS_LABELS_MAX;
	size_t start = writer->size;

	*ret_nr = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct facts_label *label = &facts->labels[i];
		struct json_writer before = *writer;

		if (!label->key || !label->key[0] || !label->value || !label->value[0] ||
		    strlen(label->key) > max_size || !write_label(writer, facts->labels, i, max_size))
			continue;
		if (writer->has_overflowed || writer->size - start > LABELS_MAX)
			*writer = before;
		else
			++*ret_nr;
	}
	return facts->nr_labels - *ret_nr;
}

/* In Kubernetes. The same words in each format. */
static void write_orchestrator(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	if (!facts->pod_name && !facts->pod_namespace && !facts->pod_uid)
		return;
	json_open_object(writer, "orchestrator");
	json_cstring(writer, "type", "kubernetes");
	container_text__write(writer, "namespace", facts->pod_namespace, max_size);
	json_open_object(writer, "resource");
	json_cstring(writer, "type", "pod");
	container_text__write(writer, "name", facts->pod_name, max_size);
	container_text__write(writer, "id", facts->pod_uid, max_size);
	json_close_object(writer);
	json_close_object(writer);
}

static void write_missing(struct json_writer *writer, unsigned missing)
{
	static const struct {
		enum facts_missing bit;
		const char *name;
	} facts[] = {
		{MISSING_NAME, "name"},
		{MISSING_IMAGE, "image"},
		{MISSING_DECLARED_USER, "declared_user"},
		{MISSING_RESOLVED_USER, "resolved_user"},
		{MISSING_USERS, "users"},
	};

	if (!missing)
		return;
	json_open_array(writer, "metadata_missing");
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (missing & facts[i].bit)
			json_cstring(writer, NULL, facts[i].name);
	}
	json_close_array(writer);
}

/* From the outermost container to this one. */
static void write_chain(struct json_writer *writer, const struct container_identity *identity, size_t max_size)
{
	const char *id = identity->between_ids;

	json_open_array(writer, "chain");
	container_text__write(writer, NULL, identity->outer_id, max_size);
	for (size_t size; (size = strcspn(id, "/")) > 0; id += size + (id[size] == '/'))
		json_bytes(writer, NULL, utf8_prefix((struct span){id, size}, max_size));
	container_text__write(writer, NULL, identity->id, max_size);
	json_close_array(writer);
}

static bool has_extension(const struct container *container)
{
	const struct container_facts *facts = &container->facts;

	return container->is_unclaimed || facts->identity.outer_id[0] || facts->isolation || facts->nr_image_references;
}

/* All names of an image that was started by its id. */
static void write_references(struct json_writer *writer, const struct container_facts *facts)
{
	size_t omitted = facts->nr_image_references_dropped, start = writer->size;

	if (!facts->nr_image_references)
		return;
	json_open_array(writer, "image_references");
	for (size_t i = 0; i < facts->nr_image_references; i++) {
		if (writer->size - start < CONTAINER_REFERENCES_MAX)
			container_text__write(writer, NULL, facts->image_references[i], CONTAINER_REFERENCE_MAX);
		else
			omitted++;
	}
	json_close_array(writer);
	if (omitted)
		json_u64(writer, "image_references_omitted", omitted);
}

static void write_extension(struct json_writer *writer, const struct container *container, size_t omitted_labels,
			    size_t max_size)
{
	const struct container_facts *facts = &container->facts;

	if (has_extension(container) || omitted_labels) {
		json_open_object(writer, "container");
		if (container->is_unclaimed)
			json_bool(writer, "unclaimed", true);
		json_cstring(writer, "isolation", facts_isolation_name(facts->isolation));
		container_text__write(writer, "outer_id", facts->identity.outer_id, max_size);
		if (facts->identity.outer_id[0])
			write_chain(writer, &facts->identity, max_size);
		write_references(writer, facts);
		if (omitted_labels)
			json_u64(writer, "labels_omitted", omitted_labels);
		json_close_object(writer);
	}
	if (facts->kubernetes_container || facts->is_sandbox) {
		json_open_object(writer, "kubernetes");
		container_text__write(writer, "container_name", facts->kubernetes_container, max_size);
		json_bool(writer, "sandbox", facts->is_sandbox);
		json_close_object(writer);
	}
	json_open_object(writer, "cgroup");
	json_u64_string(writer, "id", container->cgroup_key & ((1ULL << CGROUP_KEY_SHIFT) - 1));
	container_text__write(writer, "path", container->cgroup_path, max_size);
	json_close_object(writer);
	json_cstring(writer, "metadata", container_facts__status(facts));
	write_missing(writer, facts->missing);
}

void ecs_write_user_ids(struct json_writer *writer, const char *key, struct user_ids ids)
{
	if (!ids.is_known)
		return;
	json_begin_string(writer, key);
	json_piece_u64(writer, ids.uid);
	json_piece_escaped(writer, (struct span){":", 1});
	json_piece_u64(writer, ids.gid);
	json_end_string(writer);
}

/* Of a sandboxed runtime the kernel has shown the runtime's own process. */
static bool is_observed(const struct container *container)
{
	return container->observed.is_known && !container->facts.isolation;
}

/* Its first process runs with root's group, as far as is known: files of the image are often writable to it. */
static bool is_gid_zero(const struct container *container)
{
	const struct container_facts *facts = &container->facts;
	struct user_ids resolved = user_ids_parse(facts->resolved_user);
	const char *wanted = container_facts__wanted_user(facts);

	if (resolved.is_known)
		return resolved.gid == 0;
	return is_observed(container) ? container->observed.gid == 0 : wanted && user_spec__has_root_group(wanted);
}

static void write_identity(struct json_writer *writer, const struct container *container, size_t max_size)
{
	const struct container_facts *facts = &container->facts;

	container_text__write(writer, "declared", facts->declared_user, max_size);
	if (facts->declared_user || facts->missing & MISSING_DECLARED_USER)
		json_cstring(writer, "class", user_class_name(container_facts__declared_class(facts)));
	container_text__write(writer, "requested", facts->requested_user, max_size);
	if (facts->requested_user && facts->requested_user[0])
		json_cstring(writer, "requested_class", user_class_name(container_facts__requested_class(facts)));
	ecs_write_user_ids(writer, "passwd",
			   container_facts__wanted_user(facts) == facts->requested_user ? facts->requested_ids
											: facts->declared_ids);
	container_text__write(writer, "resolved", facts->resolved_user, max_size);
	if (is_observed(container))
		ecs_write_user_ids(writer, "observed", container->observed);
	if (is_gid_zero(container))
		json_bool(writer, "gid_zero", true);
}

/* "docker.io/library/nginx:1.25", or "1d2c3b4a5f6e, tagged app:1 and 2 more". */
static void write_image(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	struct span id;

	if (facts->nr_image_references && facts->image_id && image_id__hex(string_span(facts->image_id), &id)) {
		json_piece(writer, utf8_prefix(id, IMAGE_SHORT_SIZE));
		json_piece_cstring(writer, ", tagged ");
		json_piece(writer, utf8_prefix(string_span(facts->image_references[0]), max_size));
		json_piece_cstring(writer, " and ");
		json_piece_u64(writer, facts->nr_image_references - 1 + facts->nr_image_references_dropped);
		json_piece_cstring(writer, " more");
		return;
	}
	json_piece(writer, utf8_prefix(string_span(facts->image_name), max_size));
	if (!facts->image_tag || !facts->image_tag[0])
		return;
	json_piece_cstring(writer, ":");
	json_piece(writer, utf8_prefix(string_span(facts->image_tag), max_size));
}

/* The name, else the short id, and the image. */
static void write_phrase(struct json_writer *writer, const struct container_facts *facts)
{
	const size_t max_size = 64;

	json_piece_cstring(writer, "container ");
	if (facts->name && facts->name[0])
		json_piece(writer, utf8_prefix(string_span(facts->name), max_size));
	else if (facts->identity.id[0])
		json_piece(writer, utf8_prefix(short_id(facts->identity.id), max_size));
	else
		json_piece_cstring(writer, "without a name");
	if (!facts->nr_image_references && (!facts->image_name || !facts->image_name[0]))
		return;
	json_piece_cstring(writer, " (");
	write_image(writer, facts, max_size);
	json_piece_cstring(writer, ")");
}

/* Lays the pieces out behind the layout. Returns the size of all, 0 where it does not fit. */
static size_t encode(const struct container *container, container_writer *write_container, size_t max_size,
		     char *buffer, size_t capacity)
{
	const struct container_facts *facts = &container->facts;
	struct layout layout = {.write_container = write_container};
	size_t size = sizeof(layout), omitted_labels = 0;

	for (int piece = 0; piece < PIECE_END; piece++) {
		struct json_writer writer;

		json_writer__init(&writer, buffer + size, capacity - size);
		switch (piece) {
		case PIECE_CONTAINER:
			omitted_labels = write_container(&writer, facts, max_size);
			break;
		case PIECE_ORCHESTRATOR:
			write_orchestrator(&writer, facts, max_size);
			break;
		case PIECE_EXTENSION:
			write_extension(&writer, container, omitted_labels, max_size);
			break;
		case PIECE_IDENTITY:
			write_identity(&writer, container, max_size);
			break;
		case PIECE_RISK:
			ecs_risk__write(&writer, facts, max_size);
			break;
		case PIECE_PHRASE:
			write_phrase(&writer, facts);
			break;
		}
		if (writer.has_overflowed)
			return 0;
		layout.sizes[piece] = writer.size;
		layout.has_lossy_text |= writer.has_lossy_text;
		size += writer.size;
	}
	memcpy(buffer, &layout, sizeof(layout));
	return size;
}

static int fill(struct container *container, container_writer *write_container)
{
	/* At the last length everything fits: 14 texts of 128 bytes, each byte escaped to six, and the labels. */
	static const size_t max_sizes[] = {FACTS_STRING_MAX - 1, 128};
	char buffer[PIECE_MAX];
	size_t size = 0;

	for (size_t i = 0; i < sizeof(max_sizes) / sizeof(max_sizes[0]) && size == 0; i++)
		size = encode(container, write_container, max_sizes[i], buffer, sizeof(buffer));
	if (size == 0)
		return -ENOMEM;
	free(container->encoded);
	container->encoded = malloc(size);
	if (!container->encoded)
		return -ENOMEM;
	memcpy(container->encoded, buffer, size);
	container->encoded_size = size;
	return 0;
}

int encoded_container__get(struct container *container, container_writer *write_container,
			   struct encoded_container *ret_encoded)
{
	struct layout layout = {0};
	struct span pieces[PIECE_END];
	const char *at;

	if (container->encoded)
		memcpy(&layout, container->encoded, sizeof(layout));
	if (layout.write_container != write_container) {
		int err = fill(container, write_container);

		if (err)
			return err;
		memcpy(&layout, container->encoded, sizeof(layout));
	}
	at = container->encoded + sizeof(layout);
	for (int piece = 0; piece < PIECE_END; piece++) {
		pieces[piece] = (struct span){at, layout.sizes[piece]};
		at += layout.sizes[piece];
	}
	*ret_encoded = (struct encoded_container){
		.container = pieces[PIECE_CONTAINER],
		.orchestrator = pieces[PIECE_ORCHESTRATOR],
		.extension = pieces[PIECE_EXTENSION],
		.identity = pieces[PIECE_IDENTITY],
		.risk = pieces[PIECE_RISK],
		.phrase = pieces[PIECE_PHRASE],
		.has_lossy_text = layout.has_lossy_text,
	};
	return 0;
}
