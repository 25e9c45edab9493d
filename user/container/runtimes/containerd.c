/* SPDX-License-Identifier: Apache-2.0 */
/* What containerd keeps of a container outside its database: the bundle, with CRI's and nerdctl's annotations. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "container/facts_fill.h"
#include "container/facts_text.h"
#include "container/isolation.h"
#include "container/json_read.h"
#include "container/runtimes/oci.h"
#include "container/runtimes/runc.h"
#include "container/runtimes/runtime.h"

#define TASKS "io.containerd.runtime.v2.task"
#define CRI   "io.kubernetes.cri."

static bool is_text(const json_t *json, const char *text)
{
	return json_is_string(json) && strcmp(json_string_value(json), text) == 0;
}

/* ctr and nerdctl hand labels down as annotations; what the tools themselves note there is none of the user's. */
static bool is_users_label(const char *key)
{
	return strncmp(key, CRI, strlen(CRI)) != 0 && strncmp(key, "nerdctl/", strlen("nerdctl/")) != 0 &&
	       strncmp(key, "io.containerd.", strlen("io.containerd.")) != 0 &&
	       strncmp(key, "containerd.io/", strlen("containerd.io/")) != 0;
}

static int fill_cri(json_t *annotations, struct container_facts *facts)
{
	json_t *image = json_object_get(annotations, CRI "image-name");
	int err = 0;

	facts->is_sandbox = is_text(json_object_get(annotations, CRI "container-type"), "sandbox");
	if (facts->is_sandbox) {
		if (!image)
			image = json_object_get(annotations, CRI "podsandbox.image-name");
		err = facts_fill__default_text(json_object_get(annotations, CRI "sandbox-name"), &facts->name);
	}
	err = err ?: facts_fill__default_text(json_object_get(annotations, CRI "container-name"), &facts->name);
	err = err
		      ?: facts_fill__default_text(json_object_get(annotations, CRI "container-name"),
						  &facts->kubernetes_container);
	err = err ?: facts_fill__default_text(json_object_get(annotations, CRI "sandbox-name"), &facts->pod_name);
	err = err
		      ?: facts_fill__default_text(json_object_get(annotations, CRI "sandbox-namespace"),
						  &facts->pod_namespace);
	err = err ?: facts_fill__default_text(json_object_get(annotations, CRI "sandbox-uid"), &facts->pod_uid);
	return err ?: facts_fill__image(json_text(image), facts);
}

static int fill_annotations(json_t *annotations, struct container_facts *facts)
{
	int err;

	if (json_object_get(annotations, CRI "container-type"))
		return fill_cri(annotations, facts);
	err = facts_fill__default_text(json_object_get(annotations, "nerdctl/name"), &facts->name);
	return err ?: facts_fill__labels(annotations, is_users_label, facts);
}

/* ctr has no names: the user chooses the id. A generated one is no name. */
static int fill_name_by_id(struct container_facts *facts)
{
	const char *id = facts->identity.id;

	if (facts->name || (strlen(id) == 64 && strspn(id, "0123456789abcdef") == 64))
		return 0;
	return facts_text__set(&facts->name, span_of(id));
}

static int fill(const char *namespace, json_t *spec, struct container_facts *facts)
{
	int err;

	facts->identity.runtime = strcmp(namespace, "moby") == 0 ? RUNTIME_DOCKER : RUNTIME_CONTAINERD;
	err = fill_annotations(json_object_get(spec, "annotations"), facts);
	err = err ?: fill_name_by_id(facts);
	return err ?: 1;
}

/* What a directory holds in <namespace>/<id>: bundles themselves, or the states of runc that name them. */
enum directory_kind { BUNDLES, STATES };

static int read_namespace(const char *host_root, const struct safe_root *root, const char *path,
			  enum directory_kind kind, const char *namespace, struct container_facts *facts)
{
	json_auto_t *spec = NULL;
	int found, err = 0;

	found = kind == BUNDLES ? oci__read_bundle(root, path, facts, &spec)
				: runc__read_bundle(host_root, root, path, facts, &spec);
	if (found == 1 && kind == BUNDLES)
		err = isolation__read_task(root, path, namespace, facts);
	return found == 1 && !err ? fill(namespace, spec, facts) : err ?: found;
}

/* A node has a handful of namespaces, however many containers it runs. */
static int read_namespaces(const char *host_root, const struct safe_root *root, const char *directory,
			   enum directory_kind kind, struct container_facts *facts)
{
	char path[PATH_MAX];
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int found = 0;

	if (safe_root__list(root, directory, &dir) < 0)
		return 0;
	while (found == 0 && (name = safe_dir__next(dir, &count)))
		if (snprintf(path, sizeof(path), "%s/%s/%s", directory, name, facts->identity.id) < (int)sizeof(path))
			found = read_namespace(host_root, root, path, kind, name, facts);
	closedir(dir);
	return found;
}

static int read_roots(const struct facts_roots *roots, char **paths, const char *directory, enum directory_kind kind,
		      struct container_facts *facts)
{
	int found = 0;

	for (char **path = paths; *path && found == 0; path++) {
		struct safe_root root;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		found = read_namespaces(roots->host_root, &root, directory, kind, facts);
		safe_root__close(&root);
	}
	return found;
}

static int containerd__read(const struct facts_roots *roots, struct container_facts *facts)
{
	int found = read_roots(roots, roots->containerd, TASKS, BUNDLES, facts);

	/* Wherever containerd has its bundles: the state of its runc is here, and says where. */
	return found ? found : read_roots(roots, roots->containerd_runc, ".", STATES, facts);
}

const struct runtime_reader containerd_reader = {{RUNTIME_CONTAINERD}, containerd__read};
