/* SPDX-License-Identifier: Apache-2.0 */
/* The risk facts of a container as JSON and back, for recordings. */
#include "container/facts_risk.h"

#include <errno.h>
#include <stdlib.h>

#include "container/facts_fill.h"
#include "container/json_read.h"

static json_t *mount_to_json(const struct facts_mount *mount)
{
	json_t *object = json_pack("{s:s, s:s, s:b}", "source", mount->source, "destination", mount->destination,
				   "is_writable", mount->is_writable);

	if (!object || !mount->is_known)
		return object;
	if (json_object_set_new(object, "uid", json_integer(mount->uid)) == 0 &&
	    json_object_set_new(object, "gid", json_integer(mount->gid)) == 0 &&
	    json_object_set_new(object, "mode", json_integer(mount->mode)) == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *facts_risk__to_json(const struct facts_risk *risk)
{
	json_t *mounts = json_array();

	for (size_t i = 0; mounts && i < risk->nr_mounts; i++) {
		if (json_array_append_new(mounts, mount_to_json(&risk->mounts[i])) == 0)
			continue;
		json_decref(mounts);
		mounts = NULL;
	}
	return json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:o, s:I}", "has_user_namespace", risk->has_user_namespace,
			 "has_seccomp", risk->has_seccomp, "is_root_readonly", risk->is_root_readonly,
			 "looks_privileged", risk->looks_privileged, "added_capabilities",
			 (json_int_t)risk->added_capabilities, "host_namespaces", (json_int_t)risk->host_namespaces,
			 "mounts", mounts, "nr_mounts_dropped", (json_int_t)risk->nr_mounts_dropped);
}

static bool has_flag(json_t *object, const char *key)
{
	return json_flag(json_object_get(object, key), 0);
}

static json_int_t number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int mount_from_json(json_t *object, struct facts_mount *mount)
{
	int err = facts_fill__text(json_object_get(object, "source"), &mount->source);

	err = err ?: facts_fill__text(json_object_get(object, "destination"), &mount->destination);
	mount->is_writable = has_flag(object, "is_writable");
	mount->is_known = json_object_get(object, "mode");
	mount->uid = (uint32_t)number(object, "uid");
	mount->gid = (uint32_t)number(object, "gid");
	mount->mode = (uint32_t)number(object, "mode");
	return err ?: mount->source && mount->destination ? 0 : -EBADMSG;
}

int facts_risk__from_json(json_t *object, struct facts_risk *ret_risk)
{
	json_t *mounts = json_object_get(object, "mounts"), *mount;
	json_int_t dropped = number(object, "nr_mounts_dropped");
	size_t i;
	int err = 0;

	if (!object)
		return 0;
	if (!json_is_object(object) || json_array_size(mounts) > FACTS_MOUNTS_MAX || dropped < 0)
		return -EBADMSG;
	ret_risk->is_known = true;
	ret_risk->has_user_namespace = has_flag(object, "has_user_namespace");
	ret_risk->has_seccomp = has_flag(object, "has_seccomp");
	ret_risk->is_root_readonly = has_flag(object, "is_root_readonly");
	ret_risk->looks_privileged = has_flag(object, "looks_privileged");
	ret_risk->added_capabilities = (uint64_t)number(object, "added_capabilities");
	ret_risk->host_namespaces = (unsigned)number(object, "host_namespaces");
	ret_risk->nr_mounts_dropped = (size_t)dropped;
	if (json_array_size(mounts) > 0) {
		ret_risk->mounts = calloc(FACTS_MOUNTS_MAX, sizeof(*ret_risk->mounts));
		if (!ret_risk->mounts)
			return -ENOMEM;
	}
	json_array_foreach(mounts, i, mount)
	{
		if (err)
			break;
		ret_risk->nr_mounts = i + 1;
		err = mount_from_json(mount, &ret_risk->mounts[i]);
	}
	return err;
}
