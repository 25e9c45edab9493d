/* SPDX-License-Identifier: Apache-2.0 */
/* What podman and CRI-O keep of a container in the store that they share, and in the bundle's annotations. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/facts_fill.h"
#include "container/facts_text.h"
#include "container/image_store.h"
#include "container/json_read.h"
#include "container/runtimes/oci.h"
#include "container/runtimes/runtime.h"

#define CRIO "io.kubernetes.cri-o."

static bool is_text(const json_t *json, const char *text)
{
	return json_is_string(json) && strcmp(json_string_value(json), text) == 0;
}

static int parse_embedded(const json_t *text, json_t **ret_json)
{
	int err = json_is_string(text) ? json_read__parse(json_text(text), false, ret_json) : -EBADMSG;

	return err == -ENOMEM ? err : 0;
}

/*
 * The list of all containers as the store writes it is compact, with "id" first in each entry. Quotes within
 * strings are escaped, so that the needle matches a key only; one entry is parsed instead of hundreds.
 */
static json_t *find_entry_quickly(struct span list, const char *id, int *ret_err)
{
	char needle[CONTAINER_ID_MAX + 16];
	const char *entry;
	json_t *json = NULL;
	int size = snprintf(needle, sizeof(needle), "{\"id\":\"%s\"", id);

	entry = memmem(list.data, list.size, needle, (size_t)size);
	if (entry)
		*ret_err = json_read__parse((struct span){entry, list.size - (size_t)(entry - list.data)}, true, &json);
	return json;
}

/* The entry of a container or an image, by its id. */
static json_t *find_entry(struct span list, const char *id, int *ret_err)
{
	json_auto_t *json = NULL;
	json_t *entry = find_entry_quickly(list, id, ret_err);
	size_t i;

	if (entry || *ret_err == -ENOMEM)
		return entry;
	/* Another order or spacing: read it all, if the id is in it at all. */
	if (!memmem(list.data, list.size, id, strlen(id)))
		return NULL;
	*ret_err = json_read__parse(list, false, &json);
	if (*ret_err)
		return NULL;
	json_array_foreach(json, i, entry) if (is_text(json_object_get(entry, "id"), id)) return json_incref(entry);
	return NULL;
}

static int fill_image_id(const json_t *json, struct container_facts *facts)
{
	struct span hex = json_text(json);
	char text[sizeof(IMAGE_ID_PREFIX) + IMAGE_HEX_SIZE];

	if (facts->image_id || !is_image_hex(hex))
		return 0;
	snprintf(text, sizeof(text), IMAGE_ID_PREFIX "%s", hex.data);
	return facts_text__set(&facts->image_id, span_of(text));
}

/*
 * The store notes the image's first name where the container was started by the image's id, so that name says nothing
 * where there are others. Another name of it was written by the user.
 */
static int fill_image_name(json_t *names, struct span noted, struct container_facts *facts)
{
	struct span first = json_text(json_array_get(names, 0));
	json_t *name;
	size_t i;
	int err = 0;

	if (facts->image_name || facts->nr_image_references)
		return 0;
	if (json_array_size(names) < 2 || noted.size != first.size || memcmp(noted.data, first.data, first.size) != 0)
		return facts_fill__image(noted, facts);
	json_array_foreach(names, i, name) if (!err) err = facts_fill__reference(json_text(name), facts);
	return err ?: facts_fill__end_references(facts);
}

static int read_image_name(const struct safe_root *root, const char *driver, struct span noted,
			   struct container_facts *facts)
{
	_cleanup_free_ char *data = NULL;
	json_auto_t *entry = NULL;
	char path[PATH_MAX];
	size_t size;
	int err = 0;

	snprintf(path, sizeof(path), "%s-images/images.json", driver);
	if (!facts->image_id || safe_file__read(root, path, FACTS_FILE_MAX, &data, &size) < 0)
		return facts_fill__image(noted, facts);
	entry = find_entry((struct span){data, size}, facts->image_id + strlen(IMAGE_ID_PREFIX), &err);
	return err == -ENOMEM ? err : fill_image_name(json_object_get(entry, "names"), noted, facts);
}

static int fill_entry(const struct safe_root *root, const char *driver, json_t *entry, struct container_facts *facts)
{
	json_auto_t *metadata = NULL;
	json_t *image = json_object_get(entry, "image");
	int err;

	err = parse_embedded(json_object_get(entry, "metadata"), &metadata);
	err = err ?: fill_image_id(image, facts);
	err = err ?: fill_image_id(json_object_get(metadata, "image-id"), facts);
	err = err ?: read_image_name(root, driver, json_text(json_object_get(metadata, "image-name")), facts);
	/* CRI-O's names are "k8s_<container>_<pod>_..."; the bundle's annotations have said it shorter by now. */
	err = err ?: facts_fill__default_text(json_array_get(json_object_get(entry, "names"), 0), &facts->name);
	err = err ?: facts_fill__default_text(json_object_get(metadata, "name"), &facts->name);
	if (facts->is_privileged < 0)
		facts->is_privileged = json_flag(json_object_get(metadata, "privileged"), -1);
	return err;
}

static int read_list(const struct safe_root *root, const char *driver, const char *file, struct container_facts *facts)
{
	json_auto_t *entry = NULL;
	_cleanup_free_ char *data = NULL;
	char path[PATH_MAX];
	size_t size;
	int err;

	snprintf(path, sizeof(path), "%s-containers/%s", driver, file);
	err = safe_file__read(root, path, FACTS_FILE_MAX, &data, &size);
	if (err)
		return err == -ENOMEM ? err : 0;
	entry = find_entry((struct span){data, size}, facts->identity.id, &err);
	if (!entry)
		return err == -ENOMEM ? err : 0;
	err = fill_entry(root, driver, entry, facts);
	return err ?: 1;
}

static int read_image(const struct safe_root *root, const char *driver, struct container_facts *facts)
{
	json_auto_t *image = NULL;
	char path[IMAGE_PATH_MAX];
	int err;

	if (!facts->image_id)
		return 0;
	podman_store__image_path(driver, facts->image_id + strlen(IMAGE_ID_PREFIX), path);
	err = json_read__members(root, path, &image, "config");
	if (err)
		return err == -ENOMEM ? err : 0;
	err = oci__fill_declared_user(image, &facts->declared_user);
	/* The container's own labels are in a database; it has its image's too. */
	if (facts->identity.runtime == RUNTIME_PODMAN)
		err = err ?: facts_fill__labels(json_at(image, "config", "Labels"), NULL, facts);
	return err;
}

static int fill_crio(json_t *annotations, struct container_facts *facts)
{
	json_auto_t *labels = NULL;
	json_t *privileged = json_object_get(annotations, CRIO "PrivilegedRuntime");
	int err;

	err = parse_embedded(json_object_get(annotations, CRIO "Labels"), &labels);
	err = err ?: facts_fill__pod_labels(labels, facts);
	err = err ?: facts_fill__labels(labels, NULL, facts);
	err = err ?: facts_fill__default_text(json_object_get(annotations, CRIO "Namespace"), &facts->pod_namespace);
	/* A sandbox is the pod, and so is its name. */
	if (facts->is_sandbox)
		err = err ?: facts_fill__default_text(json_object_get(annotations, CRIO "KubeName"), &facts->pod_name);
	err = err
		      ?: facts_fill__default_text(json_object_get(labels, facts->is_sandbox
										  ? "io.kubernetes.pod.name"
										  : "io.kubernetes.container.name"),
						  &facts->name);
	err = err ?: facts_fill__default_text(json_object_get(annotations, CRIO "KubeName"), &facts->name);
	err = err ?: facts_fill__default_text(json_object_get(annotations, CRIO "ContainerName"), &facts->name);
	err = err ?: facts_fill__image(json_text(json_object_get(annotations, CRIO "ImageName")), facts);
	err = err ?: facts_fill__image(json_text(json_object_get(annotations, CRIO "Image")), facts);
	if (facts->is_privileged < 0 && json_is_string(privileged))
		facts->is_privileged = is_text(privileged, "true");
	return err;
}

static int fill_annotations(json_t *annotations, struct container_facts *facts)
{
	json_t *privileged = json_object_get(annotations, "io.podman.annotations.privileged");

	if (is_text(json_object_get(annotations, CRIO "ContainerType"), "sandbox"))
		facts->is_sandbox = true;
	/* podman uses some of CRI-O's annotations too, but has no pods of Kubernetes. */
	if (is_text(json_object_get(annotations, "io.container.manager"), "libpod")) {
		facts->identity.runtime = RUNTIME_PODMAN;
		if (facts->is_privileged < 0 && json_is_string(privileged))
			facts->is_privileged = is_text(privileged, "TRUE");
		return 0;
	}
	if (facts->identity.runtime != RUNTIME_PODMAN && json_object_get(annotations, CRIO "ContainerType"))
		facts->identity.runtime = RUNTIME_CRIO;
	return facts->identity.runtime == RUNTIME_CRIO ? fill_crio(annotations, facts) : 0;
}

static int read_bundle(const struct safe_root *root, const char *driver, struct container_facts *facts)
{
	json_auto_t *spec = NULL;
	char path[PATH_MAX];
	int found;
	int err;

	snprintf(path, sizeof(path), "%s-containers/%s/userdata", driver, facts->identity.id);
	found = oci__read_bundle(root, path, facts, &spec);
	if (found != 1)
		return found;
	err = fill_annotations(json_object_get(spec, "annotations"), facts);
	return err ?: 1;
}

static int read_driver(const struct safe_root *root, const char *driver, struct container_facts *facts)
{
	int has_bundle, is_listed;
	int err;

	has_bundle = read_bundle(root, driver, facts);
	if (has_bundle < 0)
		return has_bundle;
	is_listed = read_list(root, driver, "containers.json", facts);
	if (is_listed == 0) /* podman run --rm, in newer versions */
		is_listed = read_list(root, driver, "volatile-containers.json", facts);
	if (is_listed < 0)
		return is_listed;
	if (!has_bundle && !is_listed)
		return 0;
	if (facts->identity.runtime == RUNTIME_UNKNOWN)
		facts->identity.runtime = RUNTIME_PODMAN;
	err = read_image(root, driver, facts);
	return err ?: 1;
}

/* The store has a few directories for each of its drivers, and mostly one driver. */
static int read_store(const struct safe_root *root, struct container_facts *facts)
{
	unsigned count = 0;
	const char *name;
	DIR *dir;
	int found = 0;

	if (safe_root__list(root, ".", &dir) < 0)
		return 0;
	while (found >= 0 && (name = safe_dir__next(dir, &count))) {
		char driver[NAME_MAX + 1];
		int found_here;

		if (!podman_store__driver(name, "-containers", driver))
			continue;
		found_here = read_driver(root, driver, facts);
		if (found_here)
			found = found_here;
	}
	closedir(dir);
	return found;
}

/* A container may have its bundle below one root and its entry in the list below another. */
static int podman__read(const struct facts_roots *roots, struct container_facts *facts)
{
	int found = 0;

	for (char **path = roots->podman; *path && found >= 0; path++) {
		struct safe_root root;
		int found_here;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		found_here = read_store(&root, facts);
		if (found_here)
			found = found_here;
		safe_root__close(&root);
	}
	return found;
}

const struct runtime_reader podman_reader = {{RUNTIME_PODMAN, RUNTIME_CRIO}, podman__read};
