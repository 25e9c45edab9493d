/* SPDX-License-Identifier: Apache-2.0 */
/* What runc and crun keep of a container that nobody above them knows: where its bundle is. */
#include "container/runtimes/runc.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "container/facts_fill.h"
#include "container/facts_text.h"
#include "container/json_read.h"
#include "container/runtimes/oci.h"
#include "container/runtimes/runtime.h"

#define BUNDLE_LABEL "bundle="

/* Annotations become labels too, and can be called "bundle"; runc adds its own one last. */
static const char *find_bundle_label(json_t *state)
{
	json_t *labels = json_at(state, "config", "labels");
	json_t *label;
	size_t i;
	const char *bundle = NULL;

	json_array_foreach(labels, i, label)
	{
		const char *text = json_string_value(label);

		if (text && strncmp(text, BUNDLE_LABEL, strlen(BUNDLE_LABEL)) == 0)
			bundle = text + strlen(BUNDLE_LABEL);
	}
	return bundle;
}

/* It is wherever the caller of runc had it. */
static int read_bundle_at(const char *host_root, const char *path, struct container_facts *facts, json_t **ret_spec)
{
	struct safe_root bundle;
	int found;

	if (!path || path[0] != '/' || safe_root__open(host_root, path, &bundle) < 0)
		return 0;
	found = oci__read_bundle(&bundle, ".", facts, ret_spec);
	safe_root__close(&bundle);
	return found;
}

static int read_json(const struct safe_root *root, const char *directory, const char *file, json_t **ret_json)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return json_read__file(root, path, ret_json);
}

int runc__read_bundle(const char *host_root, const struct safe_root *root, const char *directory,
		      struct container_facts *facts, json_t **ret_spec)
{
	json_auto_t *state = NULL;
	int err = read_json(root, directory, "state.json", &state);

	if (err)
		return err == -ENOMEM ? err : 0;
	return read_bundle_at(host_root, find_bundle_label(state), facts, ret_spec);
}

static int fill_name(struct container_facts *facts)
{
	return facts->name ? 0 : facts_text__set(&facts->name, span_of(facts->identity.id));
}

static int fill_annotations(json_t *annotations, struct container_facts *facts)
{
	json_t *manager = json_object_get(annotations, "io.container.manager");

	if (json_is_string(manager) && strcmp(json_string_value(manager), "libpod") == 0)
		facts->identity.runtime = RUNTIME_PODMAN;
	return facts_fill__labels(annotations, NULL, facts);
}

static int read_runc(const char *host_root, const struct safe_root *root, struct container_facts *facts)
{
	json_auto_t *state = NULL, *spec = NULL;
	int err = read_json(root, facts->identity.id, "state.json", &state);

	if (err)
		return err == -ENOMEM ? err : 0;
	facts->identity.runtime = RUNTIME_RUNC;
	if (read_bundle_at(host_root, find_bundle_label(state), facts, &spec) == -ENOMEM)
		return -ENOMEM;
	if (facts->no_new_privs < 0)
		facts->no_new_privs = json_flag(json_at(state, "config", "no_new_privileges"), -1);
	err = fill_annotations(json_object_get(spec, "annotations"), facts);
	err = err ?: fill_name(facts);
	return err ?: 1;
}

static int read_crun(const char *host_root, const struct safe_root *root, struct container_facts *facts)
{
	json_auto_t *status = NULL, *spec = NULL;
	int err = read_json(root, facts->identity.id, "status", &status);
	int found;

	if (err)
		return err == -ENOMEM ? err : 0;
	facts->identity.runtime = RUNTIME_CRUN;
	found = read_bundle_at(host_root, json_string_value(json_object_get(status, "bundle")), facts, &spec);
	if (found == 0) /* crun keeps a copy beside its status */
		found = oci__read_bundle(root, facts->identity.id, facts, &spec);
	if (found < 0)
		return found;
	err = fill_annotations(json_object_get(spec, "annotations"), facts);
	err = err ?: fill_name(facts);
	return err ?: 1;
}

static int read_list(const struct facts_roots *roots, char **paths, struct container_facts *facts,
		     int (*read)(const char *host_root, const struct safe_root *root, struct container_facts *facts))
{
	int found = 0;

	for (char **path = paths; *path && found == 0; path++) {
		struct safe_root root;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		found = read(roots->host_root, &root, facts);
		safe_root__close(&root);
	}
	return found;
}

static int runc__read(const struct facts_roots *roots, struct container_facts *facts)
{
	int found = read_list(roots, roots->runc, facts, read_runc);

	return found ? found : read_list(roots, roots->crun, facts, read_crun);
}

const struct runtime_reader runc_reader = {{RUNTIME_RUNC, RUNTIME_CRUN}, runc__read};
