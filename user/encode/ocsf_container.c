/* SPDX-License-Identifier: Apache-2.0 */
/* A container as the Open Cybersecurity Schema Framework has it. */
#include "encode/ocsf_container.h"

#include <ctype.h>
#include <string.h>

#define RESOURCE_TEXT_MAX 256

static bool write_tag(struct json_writer *writer, const struct facts_label *labels, size_t at, size_t max_size)
{
	json_open_object(writer, NULL);
	container_text__write(writer, "name", labels[at].key, max_size);
	container_text__write(writer, "value", labels[at].value, max_size);
	json_close_object(writer);
	return true;
}

static size_t write_tags(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	struct json_writer empty = *writer;
	size_t omitted, nr;

	json_open_array(writer, "tags");
	omitted = container_labels__write(writer, facts, max_size, write_tag, &nr);
	json_close_array(writer);
	if (nr == 0)
		*writer = empty;
	return omitted;
}

/* An image must have an id. Where it is not known, the name that the runtime was given is the only one there is. */
static void write_image(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	bool has_id = facts->image_id && facts->image_id[0];

	if (!has_id && (!facts->image_name || !facts->image_name[0]))
		return;
	json_open_object(writer, "image");
	container_text__write(writer, "uid", has_id ? facts->image_id : facts->image_name, max_size);
	container_text__write(writer, "name", facts->image_name, max_size);
	container_text__write(writer, "tag", facts->image_tag, max_size);
	json_close_object(writer);
}

/* A static pod's is the hash of its manifest, which is no UUID. */
static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < sizeof(form); i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	}
	return true;
}

static bool has_name(const struct container_facts *facts)
{
	return facts->identity.id[0] || (facts->name && facts->name[0]);
}

size_t ocsf_container__write(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	size_t omitted;

	if (!has_name(facts))
		return facts->nr_labels;
	json_open_object(writer, "container");
	container_text__write(writer, "uid", facts->identity.id, max_size);
	container_text__write(writer, "name", facts->name, max_size);
	json_cstring(writer, "runtime", container_runtime_name(facts->identity.runtime));
	write_image(writer, facts, max_size);
	if (facts->pod_name || facts->pod_namespace || facts->pod_uid)
		json_cstring(writer, "orchestrator", "kubernetes");
	if (facts->pod_uid && is_uuid(facts->pod_uid))
		json_cstring(writer, "pod_uuid", facts->pod_uid);
	omitted = write_tags(writer, facts, max_size);
	json_close_object(writer);
	return omitted;
}

void ocsf_container__write_resources(struct json_writer *writer, const struct container *container)
{
	const struct container_facts *facts = &container->facts;

	if (!has_name(facts))
		return;
	json_open_array(writer, "resources");
	json_open_object(writer, NULL);
	container_text__write(writer, "uid", facts->identity.id, RESOURCE_TEXT_MAX);
	container_text__write(writer, "name", facts->name, RESOURCE_TEXT_MAX);
	json_cstring(writer, "type", "container");
	container_text__write(writer, "namespace", facts->pod_namespace, RESOURCE_TEXT_MAX);
	json_u64(writer, "role_id", 1);
	json_cstring(writer, "role", "Target");
	json_close_object(writer);
	json_close_array(writer);
}
