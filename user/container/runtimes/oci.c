/* SPDX-License-Identifier: Apache-2.0 */
/* The OCI bundle, which all runtimes but LXC and nspawn hand down to runc or crun. */
#include "container/runtimes/oci.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "container/facts_fill.h"
#include "container/facts_text.h"
#include "container/json_read.h"
#include "container/passwd_mounts.h"
#include "container/runtimes/oci_risk.h"

/* Each is looked up in the root file system. With more, the passwd counts as hidden by one of them. */
#define MOUNTS_MAX 256

static bool is_id(const json_t *json)
{
	return json_is_integer(json) && json_integer_value(json) >= 0 && json_integer_value(json) <= UINT32_MAX;
}

static int fill_resolved_user(json_t *process, struct container_facts *facts)
{
	json_t *uid = json_at(process, "user", "uid");
	json_t *gid = json_at(process, "user", "gid");
	char text[32];

	if (facts->resolved_user || !is_id(uid) || !is_id(gid))
		return 0;
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT, json_integer_value(uid),
		 json_integer_value(gid));
	return facts_text__set(&facts->resolved_user, span_of(text));
}

static int fill_bundle(const struct safe_root *root, const char *directory, struct container_facts *facts)
{
	char path[PATH_MAX];
	int size;

	if (facts->bundle)
		return 0;
	size = strcmp(directory, ".") == 0 ? snprintf(path, sizeof(path), "%s", root->path)
					   : snprintf(path, sizeof(path), "%s/%s", root->path, directory);
	return size < (int)sizeof(path) ? facts_text__set(&facts->bundle, span_of(path)) : 0;
}

/* A relative path is one below the bundle. */
static int fill_rootfs(const json_t *json, struct container_facts *facts)
{
	const char *root = json_string_value(json);
	char path[PATH_MAX];
	int size;

	if (facts->rootfs || !root || !facts->bundle)
		return 0;
	size = root[0] == '/' ? snprintf(path, sizeof(path), "%s", root)
			      : snprintf(path, sizeof(path), "%s/%s", facts->bundle, root);
	return size < (int)sizeof(path) ? facts_text__set(&facts->rootfs, span_of(path)) : 0;
}

static void fill_passwd(const char *host_root, json_t *mounts, struct container_facts *facts)
{
	json_t *mount;
	size_t i;

	if (json_array_size(mounts) > MOUNTS_MAX)
		facts->passwd_is_mounted = true;
	json_array_foreach(mounts, i, mount)
	{
		if (facts->passwd_is_mounted)
			break;
		passwd_mounts__note(host_root, json_text(json_object_get(mount, "destination")), facts);
	}
}

int oci__read_bundle(const struct safe_root *root, const char *directory, struct container_facts *facts,
		     json_t **ret_spec)
{
	json_auto_t *spec = NULL;
	json_t *process;
	char path[PATH_MAX];
	int err;

	if (snprintf(path, sizeof(path), "%s/config.json", directory) >= (int)sizeof(path))
		return 0;
	err = json_read__members(root, path, &spec, "process", "annotations", "root", OCI_RISK_MEMBERS);
	if (err)
		return err == -ENOMEM ? err : 0;
	if (!json_is_object(spec))
		return 0;

	process = json_object_get(spec, "process");
	/* Left out where it is false. */
	if (facts->no_new_privs < 0 && json_is_object(process))
		facts->no_new_privs = json_flag(json_object_get(process, "noNewPrivileges"), 0);
	err = fill_resolved_user(process, facts);
	err = err ?: fill_bundle(root, directory, facts);
	err = err ?: fill_rootfs(json_at(spec, "root", "path"), facts);
	err = err ?: oci_risk__fill(root->host_root, spec, facts);
	if (err)
		return err;
	fill_passwd(root->host_root, json_object_get(spec, "mounts"), facts);
	*ret_spec = json_incref(spec);
	return 1;
}

int oci__fill_declared_user(json_t *image, char **declared_user)
{
	json_t *config = json_object_get(image, "config");
	json_t *user = json_object_get(config, "User");

	if (*declared_user || !json_is_object(image))
		return 0;
	/* An image without USER may leave out the key, and the whole of "config" too. */
	if (!user && (!config || json_is_object(config) || json_is_null(config)))
		return facts_text__set(declared_user, span_of(""));
	return facts_fill__text(user, declared_user);
}
