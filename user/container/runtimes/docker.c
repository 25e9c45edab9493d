/* SPDX-License-Identifier: Apache-2.0 */
/* What dockerd keeps of a container: config.v2.json, hostconfig.json, the image's configuration and the bundle. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/facts_fill.h"
#include "container/facts_text.h"
#include "container/image_store.h"
#include "container/isolation.h"
#include "container/json_read.h"
#include "container/runtimes/oci.h"
#include "container/runtimes/runtime.h"

#define SHORT_ID_SIZE 12 /* as docker prints ids; a shorter one could as well be a name */

static int read_config(const struct safe_root *root, const char *id, const char *file, json_t **ret_json)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "containers/%s/%s", id, file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return json_read__members(root, path, ret_json, "Name", "Driver", "Image", "Config", "Privileged", "Runtime");
}

static int fill_name(json_t *config, struct container_facts *facts)
{
	struct span name = json_text(json_object_get(config, "Name"));

	if (facts->name || name.size == 0)
		return 0;
	if (name.data[0] == '/') {
		name.data++;
		name.size--;
	}
	return name.size ? facts_text__set(&facts->name, name) : 0;
}

/* Kubernetes' containers by way of cri-dockerd carry labels that say what the name "k8s_..." abbreviates. */
static int fill_labels(json_t *labels, struct container_facts *facts)
{
	struct span type = json_text(json_object_get(labels, "io.kubernetes.docker.type"));
	int err = facts_fill__labels(labels, NULL, facts);

	if (type.size == strlen("podsandbox") && memcmp(type.data, "podsandbox", type.size) == 0)
		facts->is_sandbox = true;
	return err ?: facts_fill__pod_labels(labels, facts);
}

/* A container may have been started by its image's id, or the start of it: then the store's tags name the image. */
static bool is_image_id(struct span reference, const char *hex)
{
	if (reference.size > strlen(IMAGE_ID_PREFIX) &&
	    memcmp(reference.data, IMAGE_ID_PREFIX, strlen(IMAGE_ID_PREFIX)) == 0) {
		reference.data += strlen(IMAGE_ID_PREFIX);
		reference.size -= strlen(IMAGE_ID_PREFIX);
	}
	return reference.size >= SHORT_ID_SIZE && reference.size <= IMAGE_HEX_SIZE &&
	       memcmp(reference.data, hex, reference.size) == 0;
}

static bool is_reference_to(const json_t *id, const char *image_id)
{
	struct span text = json_text(id);

	return text.size == strlen(image_id) && memcmp(text.data, image_id, text.size) == 0;
}

static int fill_image_by_tags(const struct safe_root *root, const char *driver, struct container_facts *facts)
{
	json_auto_t *repositories = NULL;
	const char *name, *reference, *digest = NULL;
	json_t *references, *id;
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "image/%s/repositories.json", driver);
	err = json_read__file(root, path, &repositories);
	if (err)
		return err == -ENOMEM ? err : 0;
	json_object_foreach(json_object_get(repositories, "Repositories"), name, references)
	{
		json_object_foreach(references, reference, id)
		{
			if (err || !is_reference_to(id, facts->image_id))
				continue;
			if (strchr(reference, '@'))
				digest = reference;
			err = facts_fill__reference(span_of(reference), facts);
		}
	}
	/* Pulled by its digest alone, it has no tag. */
	if (!err && !facts->nr_image_references && digest)
		return facts_fill__image(span_of(digest), facts);
	return err ?: facts_fill__end_references(facts);
}

static int fill_image(const struct safe_root *root, json_t *config, struct container_facts *facts)
{
	struct span reference = json_text(json_at(config, "Config", "Image"));
	struct span id = json_text(json_object_get(config, "Image"));
	const char *driver = json_string_value(json_object_get(config, "Driver"));
	struct span id_hex;
	json_auto_t *image = NULL;
	const char *hex;
	char path[IMAGE_PATH_MAX];
	int err;

	if (!image_id__hex(id, &id_hex))
		return facts_fill__image(reference, facts);
	err = facts_text__set(&facts->image_id, id);
	if (err)
		return err;
	hex = facts->image_id + strlen(IMAGE_ID_PREFIX);
	/* It becomes a component of paths. */
	if (driver && (strchr(driver, '/') || strlen(driver) > NAME_MAX || driver[0] == '.'))
		driver = NULL;

	if (reference.size && !is_image_id(reference, hex))
		err = facts_fill__image(reference, facts);
	else if (driver)
		err = fill_image_by_tags(root, driver, facts);
	if (err || !driver)
		return err;

	docker_store__image_path(driver, hex, path);
	err = json_read__members(root, path, &image, "config");
	if (err)
		return err == -ENOMEM ? err : 0;
	return oci__fill_declared_user(image, &facts->declared_user);
}

/* Returns 1 where this is the data directory that holds the container. */
static int read_store(const struct safe_root *root, struct container_facts *facts)
{
	json_auto_t *config = NULL, *host_config = NULL;
	int err;

	err = read_config(root, facts->identity.id, "config.v2.json", &config);
	if (err)
		return err == -ENOMEM ? err : 0;
	if (!json_is_object(config))
		return 0;
	facts->identity.runtime = RUNTIME_DOCKER;

	err = read_config(root, facts->identity.id, "hostconfig.json", &host_config);
	if (err == -ENOMEM)
		return err;
	if (facts->is_privileged < 0)
		facts->is_privileged = json_flag(json_object_get(host_config, "Privileged"), -1);

	isolation__note_runtime(json_text(json_object_get(host_config, "Runtime")), facts);

	err = fill_name(config, facts);
	err = err ?: facts_fill__text(json_at(config, "Config", "User"), &facts->requested_user);
	err = err ?: fill_labels(json_at(config, "Config", "Labels"), facts);
	err = err ?: fill_image(root, config, facts);
	/* dockerd notes the image's where nobody asked for another one. */
	if (facts->requested_user && facts->declared_user && strcmp(facts->requested_user, facts->declared_user) == 0) {
		free(facts->requested_user);
		facts->requested_user = NULL;
	}
	return err ?: 1;
}

static int read_remapped_stores(const struct safe_root *root, struct container_facts *facts)
{
	struct safe_root remapped;
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int found = 0;

	if (safe_root__list(root, ".", &dir) < 0)
		return 0;
	while (found == 0 && (name = safe_dir__next(dir, &count))) {
		if (!docker_store__is_remapped(name) || safe_root__open_below(root, name, &remapped) < 0)
			continue;
		found = read_store(&remapped, facts);
		safe_root__close(&remapped);
	}
	closedir(dir);
	return found;
}

/* With a containerd of its own, dockerd keeps the bundles below its --exec-root. */
static int read_own_bundle(const struct safe_root *root, struct container_facts *facts)
{
	json_auto_t *spec = NULL;
	char path[PATH_MAX];
	int found;

	if (snprintf(path, sizeof(path), "containerd/daemon/io.containerd.runtime.v2.task/moby/%s",
		     facts->identity.id) >= (int)sizeof(path))
		return 0;
	found = oci__read_bundle(root, path, facts, &spec);
	if (found != 1)
		return found;
	facts->identity.runtime = RUNTIME_DOCKER;
	return isolation__read_task(root, path, "moby", facts) ?: 1;
}

static int docker__read(const struct facts_roots *roots, struct container_facts *facts)
{
	bool is_docker = facts->identity.runtime == RUNTIME_DOCKER;
	bool has_store = false, has_bundle = false;

	for (char **path = roots->docker; *path; path++) {
		struct safe_root root;
		int found = 0;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		if (!has_store) {
			found = read_store(&root, facts);
			if (found == 0)
				found = read_remapped_stores(&root, facts);
			has_store = found == 1;
		}
		if (found >= 0 && !has_bundle) {
			found = read_own_bundle(&root, facts);
			has_bundle = found == 1;
		}
		safe_root__close(&root);
		if (found < 0)
			return found;
	}

	/* With the system's containerd the bundle is among that one's, in the namespace "moby". */
	if ((has_store || is_docker) && !has_bundle) {
		int found = containerd_reader.read(roots, facts);

		facts->identity.runtime = RUNTIME_DOCKER;
		if (found < 0)
			return found;
		has_bundle = found == 1;
	}
	return has_store || has_bundle;
}

const struct runtime_reader docker_reader = {{RUNTIME_DOCKER}, docker__read};
