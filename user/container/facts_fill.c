/* SPDX-License-Identifier: Apache-2.0 */
/* Copies JSON values into the fields of struct container_facts. */
#include "container/facts_fill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "container/facts_text.h"
#include "container/json_read.h"

int facts_fill__text(const json_t *json, char **text)
{
	return json_is_string(json) ? facts_text__set(text, json_text(json)) : 0;
}

int facts_fill__default_text(const json_t *json, char **text)
{
	return *text || json_text(json).size == 0 ? 0 : facts_fill__text(json, text);
}

int facts_fill__image(struct span reference, struct container_facts *facts)
{
	struct span name, tag;
	int err;

	if (facts->image_name)
		return 0;
	image_reference__split(reference, &name, &tag);
	if (name.size == 0)
		return 0;
	err = facts_text__set(&facts->image_name, name);
	if (!err && tag.size > 0)
		err = facts_text__set(&facts->image_tag, tag);
	return err;
}

int facts_fill__reference(struct span reference, struct container_facts *facts)
{
	if (facts->image_name || reference.size == 0 || memchr(reference.data, '@', reference.size))
		return 0;
	if (facts->nr_image_references == FACTS_TAGS_MAX) {
		facts->nr_image_references_dropped++;
		return 0;
	}
	if (!facts->image_references)
		facts->image_references = calloc(FACTS_TAGS_MAX, sizeof(*facts->image_references));
	if (!facts->image_references ||
	    facts_text__copy(reference, &facts->image_references[facts->nr_image_references]))
		return -ENOMEM;
	facts->nr_image_references++;
	return 0;
}

static void free_references(struct container_facts *facts)
{
	while (facts->nr_image_references)
		free(facts->image_references[--facts->nr_image_references]);
	free(facts->image_references);
	facts->image_references = NULL;
}

int facts_fill__end_references(struct container_facts *facts)
{
	struct span name, other, tag;
	bool is_common = true;
	int err;

	if (!facts->nr_image_references)
		return 0;
	image_reference__split(span_of(facts->image_references[0]), &name, &tag);
	if (facts->nr_image_references == 1) {
		err = facts_fill__image(span_of(facts->image_references[0]), facts);
		free_references(facts);
		return err;
	}
	for (size_t i = 1; i < facts->nr_image_references; i++) {
		image_reference__split(span_of(facts->image_references[i]), &other, &tag);
		is_common &= other.size == name.size && memcmp(other.data, name.data, name.size) == 0;
	}
	return is_common && !facts->nr_image_references_dropped && name.size ? facts_text__set(&facts->image_name, name)
									     : 0;
}

static bool has_label(const struct container_facts *facts, const char *key)
{
	for (size_t i = 0; i < facts->nr_labels; i++)
		if (strcmp(facts->labels[i].key, key) == 0)
			return true;
	return false;
}

static int add_label(struct container_facts *facts, const char *key, const json_t *value)
{
	struct facts_label label = {0};
	int err;

	if (!facts->labels) {
		facts->labels = calloc(FACTS_LABELS_MAX, sizeof(*facts->labels));
		if (!facts->labels)
			return -ENOMEM;
	}
	err = facts_text__copy(span_of(key), &label.key);
	if (err)
		return err;
	if (has_label(facts, label.key)) {
		free(label.key);
		return 0;
	}
	err = facts_text__copy(json_text(value), &label.value);
	if (err) {
		free(label.key);
		return err;
	}
	facts->labels[facts->nr_labels++] = label;
	return 0;
}

int facts_fill__labels(json_t *json, bool (*is_wanted)(const char *key), struct container_facts *facts)
{
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value)
	{
		int err;

		if (!json_is_string(value) || (is_wanted && !is_wanted(key)))
			continue;
		if (facts->nr_labels == FACTS_LABELS_MAX) {
			facts->nr_labels_dropped++;
			continue;
		}
		err = add_label(facts, key, value);
		if (err)
			return err;
	}
	return 0;
}

int facts_fill__pod_labels(json_t *labels, struct container_facts *facts)
{
	int err = 0;

	err = err ?: facts_fill__default_text(json_object_get(labels, "io.kubernetes.pod.name"), &facts->pod_name);
	err = err
		      ?: facts_fill__default_text(json_object_get(labels, "io.kubernetes.pod.namespace"),
						  &facts->pod_namespace);
	err = err ?: facts_fill__default_text(json_object_get(labels, "io.kubernetes.pod.uid"), &facts->pod_uid);
	err = err
		      ?: facts_fill__default_text(json_object_get(labels, "io.kubernetes.container.name"),
						  &facts->kubernetes_container);
	return err;
}
