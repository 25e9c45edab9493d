/* SPDX-License-Identifier: Apache-2.0 */
/* A container's facts as one line of JSON and back, for recordings. */
#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/facts.h"
#include "container/facts_fill.h"
#include "container/facts_risk.h"
#include "container/facts_text.h"
#include "container/facts_users.h"
#include "container/json_read.h"

static const struct text_field {
	const char *key;
	size_t offset;
} text_fields[] = {
	{"name", offsetof(struct container_facts, name)},
	{"image_name", offsetof(struct container_facts, image_name)},
	{"image_tag", offsetof(struct container_facts, image_tag)},
	{"image_id", offsetof(struct container_facts, image_id)},
	{"declared_user", offsetof(struct container_facts, declared_user)},
	{"requested_user", offsetof(struct container_facts, requested_user)},
	{"resolved_user", offsetof(struct container_facts, resolved_user)},
	{"bundle", offsetof(struct container_facts, bundle)},
	{"rootfs", offsetof(struct container_facts, rootfs)},
	{"pod_name", offsetof(struct container_facts, pod_name)},
	{"pod_namespace", offsetof(struct container_facts, pod_namespace)},
	{"pod_uid", offsetof(struct container_facts, pod_uid)},
	{"kubernetes_container", offsetof(struct container_facts, kubernetes_container)},
};

#define NR_TEXT_FIELDS (sizeof(text_fields) / sizeof(text_fields[0]))

static const struct {
	const char *key;
	unsigned bit;
} missing_names[] = {
	{"name", MISSING_NAME},
	{"image", MISSING_IMAGE},
	{"declared_user", MISSING_DECLARED_USER},
	{"resolved_user", MISSING_RESOLVED_USER},
	{"users", MISSING_USERS},
};

#define NR_MISSING_NAMES (sizeof(missing_names) / sizeof(missing_names[0]))

/* An LXC name may be any bytes; JSON takes UTF-8 only. Lossless for all that is. */
static int set_id(json_t *object, const char *key, const char *id)
{
	_cleanup_free_ char *text = NULL;
	int err;

	if (!id[0])
		return 0;
	err = facts_text__copy(span_of(id), &text);
	return err ?: json_object_set_new(object, key, json_string(text));
}

static json_t *encode_labels(const struct container_facts *facts)
{
	json_t *labels = json_object();

	for (size_t i = 0; labels && i < facts->nr_labels; i++) {
		if (json_object_set_new(labels, facts->labels[i].key, json_string(facts->labels[i].value)) < 0) {
			json_decref(labels);
			return NULL;
		}
	}
	return labels;
}

static json_t *encode_references(const struct container_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < facts->nr_image_references; i++) {
		if (json_array_append_new(array, json_string(facts->image_references[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *encode_missing(unsigned missing)
{
	json_t *names = json_array();

	for (size_t i = 0; names && i < NR_MISSING_NAMES; i++) {
		if ((missing & missing_names[i].bit) &&
		    json_array_append_new(names, json_string(missing_names[i].key)) < 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

/* [uid, gid], and the line of the passwd where it is known */
static int set_ids(json_t *object, const char *key, struct user_ids ids)
{
	json_t *array;
	int err;

	if (!ids.is_known)
		return 0;
	array = json_pack("[I, I]", (json_int_t)ids.uid, (json_int_t)ids.gid);
	err = ids.line ? json_array_append_new(array, json_integer(ids.line)) : 0;
	return json_object_set_new(object, key, array) ?: err;
}

/* [uid, name, uid, name ...] */
static json_t *encode_users(const struct facts_users *users)
{
	const char *name = users->names;
	json_t *array = json_array();
	int err = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < users->nr; i++, name += strlen(name) + 1) {
		err = json_array_append_new(array, json_integer(users->uids[i]));
		err = err ?: json_array_append_new(array, json_string(name));
	}
	if (!err)
		return array;
	json_decref(array);
	return NULL;
}

int container_facts__to_json(const struct container_facts *facts, char **ret_json)
{
	const char *runtime = container_runtime_name(facts->identity.runtime);
	json_auto_t *object = json_object();
	char *text;
	int err = object ? 0 : -ENOMEM;

	if (runtime)
		err = err ?: json_object_set_new(object, "runtime", json_string(runtime));
	err = err ?: set_id(object, "id", facts->identity.id);
	err = err ?: set_id(object, "outer_id", facts->identity.outer_id);
	err = err ?: set_id(object, "between_ids", facts->identity.between_ids);
	if (facts->identity.user_uid)
		err = err ?: json_object_set_new(object, "user_uid", json_integer(facts->identity.user_uid));
	for (size_t i = 0; i < NR_TEXT_FIELDS; i++) {
		const char *value = *(char *const *)((const char *)facts + text_fields[i].offset);

		if (value)
			err = err ?: json_object_set_new(object, text_fields[i].key, json_string(value));
	}
	if (facts->is_privileged >= 0)
		err = err ?: json_object_set_new(object, "is_privileged", json_boolean(facts->is_privileged));
	if (facts->no_new_privs >= 0)
		err = err ?: json_object_set_new(object, "no_new_privs", json_boolean(facts->no_new_privs));
	if (facts->is_sandbox)
		err = err ?: json_object_set_new(object, "is_sandbox", json_true());
	if (facts->nr_image_references)
		err = err ?: json_object_set_new(object, "image_references", encode_references(facts));
	if (facts->nr_image_references_dropped)
		err = err
			      ?: json_object_set_new(object, "nr_image_references_dropped",
						     json_integer((json_int_t)facts->nr_image_references_dropped));
	if (facts->isolation)
		err = err
			      ?: json_object_set_new(object, "isolation",
						     json_string(facts_isolation_name(facts->isolation)));
	if (facts->nr_labels)
		err = err ?: json_object_set_new(object, "labels", encode_labels(facts));
	if (facts->nr_labels_dropped)
		err = err
			      ?: json_object_set_new(object, "nr_labels_dropped",
						     json_integer((json_int_t)facts->nr_labels_dropped));
	if (facts->missing)
		err = err ?: json_object_set_new(object, "missing", encode_missing(facts->missing));
	err = err ?: set_ids(object, "declared_ids", facts->declared_ids);
	err = err ?: set_ids(object, "requested_ids", facts->requested_ids);
	if (facts->users.is_known)
		err = err ?: json_object_set_new(object, "users", encode_users(&facts->users));
	if (facts->risk.is_known)
		err = err ?: json_object_set_new(object, "risk", facts_risk__to_json(&facts->risk));
	if (err)
		return -ENOMEM;

	text = json_dumps(object, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	*ret_json = text;
	return 0;
}

static int decode_id(const json_t *json, char *ret_id, size_t ret_size)
{
	struct span id = json_text(json);

	if (id.size >= ret_size || (id.size && memchr(id.data, '\0', id.size)))
		return -EBADMSG;
	if (id.size)
		memcpy(ret_id, id.data, id.size);
	return 0;
}

static enum container_runtime decode_runtime(const json_t *json)
{
	const char *name = json_string_value(json);

	for (int runtime = RUNTIME_UNKNOWN + 1; name && runtime < RUNTIME_END; runtime++)
		if (strcmp(container_runtime_name((enum container_runtime)runtime), name) == 0)
			return (enum container_runtime)runtime;
	return RUNTIME_UNKNOWN;
}

static enum facts_isolation decode_isolation(const json_t *json)
{
	const char *name = json_string_value(json);

	for (int isolation = ISOLATION_NONE + 1; name && isolation < ISOLATION_END; isolation++)
		if (strcmp(facts_isolation_name((enum facts_isolation)isolation), name) == 0)
			return (enum facts_isolation)isolation;
	return ISOLATION_NONE;
}

static unsigned decode_missing(json_t *names)
{
	unsigned missing = 0;
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) for (size_t j = 0; j < NR_MISSING_NAMES;
						j++) if (json_is_string(name) &&
							 strcmp(json_string_value(name), missing_names[j].key) == 0)
		missing |= missing_names[j].bit;
	return missing;
}

static struct user_ids decode_ids(json_t *array)
{
	json_t *uid = json_array_get(array, 0), *gid = json_array_get(array, 1);

	if (!json_is_integer(uid) || !json_is_integer(gid))
		return (struct user_ids){0};
	return (struct user_ids){true, (uint32_t)json_integer_value(uid), (uint32_t)json_integer_value(gid),
				 (uint32_t)json_integer_value(json_array_get(array, 2))};
}

static int decode_users(json_t *array, struct facts_users *users)
{
	int err = 0;

	users->is_known = json_is_array(array);
	for (size_t i = 0; !err && i + 1 < json_array_size(array); i += 2) {
		struct span name = json_text(json_array_get(array, i + 1));

		if (name.size && memchr(name.data, '\0', name.size))
			return -EBADMSG;
		err = facts_users__add(users, (uint32_t)json_integer_value(json_array_get(array, i)), name);
	}
	return err;
}

/* One reference is written as name and tag. */
static int decode_references(json_t *object, struct container_facts *facts)
{
	json_int_t dropped = json_integer_value(json_object_get(object, "nr_image_references_dropped"));
	char *image_name = facts->image_name;
	json_t *reference;
	size_t i;
	int err = 0;

	if (dropped < 0)
		return -EBADMSG;
	facts->image_name = NULL;
	json_array_foreach(json_object_get(object, "image_references"), i, reference)
	{
		if (!err && json_is_string(reference))
			err = facts_fill__reference(json_text(reference), facts);
	}
	facts->image_name = image_name;
	facts->nr_image_references_dropped += (size_t)dropped;
	return err;
}

static int decode(json_t *object, struct container_facts *facts)
{
	json_int_t uid = json_integer_value(json_object_get(object, "user_uid"));
	json_int_t dropped = json_integer_value(json_object_get(object, "nr_labels_dropped"));
	int err;

	if (!json_is_object(object) || uid < 0 || uid > UINT32_MAX || dropped < 0)
		return -EBADMSG;
	facts->identity.runtime = decode_runtime(json_object_get(object, "runtime"));
	facts->identity.user_uid = (uint32_t)uid;
	facts->is_privileged = json_flag(json_object_get(object, "is_privileged"), -1);
	facts->no_new_privs = json_flag(json_object_get(object, "no_new_privs"), -1);
	facts->is_sandbox = json_flag(json_object_get(object, "is_sandbox"), 0);
	facts->isolation = decode_isolation(json_object_get(object, "isolation"));
	facts->missing = decode_missing(json_object_get(object, "missing"));
	facts->declared_ids = decode_ids(json_object_get(object, "declared_ids"));
	facts->requested_ids = decode_ids(json_object_get(object, "requested_ids"));

	err = decode_id(json_object_get(object, "id"), facts->identity.id, CONTAINER_ID_MAX);
	err = err ?: decode_id(json_object_get(object, "outer_id"), facts->identity.outer_id, CONTAINER_ID_MAX);
	err = err
		      ?: decode_id(json_object_get(object, "between_ids"), facts->identity.between_ids,
				   sizeof(facts->identity.between_ids));
	for (size_t i = 0; i < NR_TEXT_FIELDS; i++)
		err = err
			      ?: facts_fill__text(json_object_get(object, text_fields[i].key),
						  (char **)((char *)facts + text_fields[i].offset));
	err = err ?: facts_fill__labels(json_object_get(object, "labels"), NULL, facts);
	facts->nr_labels_dropped += (size_t)dropped;
	err = err ?: decode_references(object, facts);
	err = err ?: decode_users(json_object_get(object, "users"), &facts->users);
	err = err ?: facts_risk__from_json(json_object_get(object, "risk"), &facts->risk);
	return err;
}

int container_facts__from_json(const char *json, size_t size, struct container_facts *ret_facts)
{
	struct container_facts facts = {0};
	json_auto_t *object = NULL;
	int err;

	err = json_read__parse((struct span){json, size}, false, &object);
	err = err ?: decode(object, &facts);
	if (err) {
		container_facts__destroy(&facts);
		return err;
	}
	*ret_facts = facts;
	return 0;
}
