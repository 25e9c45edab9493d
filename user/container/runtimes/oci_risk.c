/* SPDX-License-Identifier: Apache-2.0 */
/* What an OCI bundle lets a container's root do beyond the container. */
#include "container/runtimes/oci_risk.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>

#include "container/facts_text.h"
#include "container/json_read.h"

/* What Docker, containerd and podman give a container that asks for nothing; podman's and CRI-O's are fewer. */
#define DEFAULT_CAPABILITIES 0xa80425fbULL
/* CAP_AUDIT_READ was the last for long: whoever has all of these was given all there were. */
#define ALL_CAPABILITIES ((1ULL << (CAP_AUDIT_READ + 1)) - 1)

#define CONTAINER_ID_SIZE 64

/* Inodes of the initial namespaces, fixed by the kernel (include/linux/proc_ns.h) but for the network's. */
static const struct namespace_kind {
	const char *type;
	enum facts_namespace bit;
	ino_t initial;
} namespace_kinds[] = {
	{"pid", NAMESPACE_PID, 0xeffffffc},       {"network", NAMESPACE_NETWORK, 0},
	{"ipc", NAMESPACE_IPC, 0xefffffff},       {"uts", NAMESPACE_UTS, 0xeffffffe},
	{"cgroup", NAMESPACE_CGROUP, 0xeffffffb}, {"mount", NAMESPACE_MOUNT, 0},
};

static bool is_text(const json_t *json, const char *text)
{
	return json_is_string(json) && strcmp(json_string_value(json), text) == 0;
}

static json_t *find_namespace(json_t *namespaces, const char *type)
{
	json_t *namespace;
	size_t i;

	json_array_foreach(namespaces, i,
			   namespace) if (is_text(json_object_get(namespace, "type"), type)) return namespace;
	return NULL;
}

/* Docker and Kubernetes join namespaces by path, the host's network too. */
static bool is_path_of_hosts(const char *host_root, const char *path, const struct namespace_kind *kind)
{
	char full[PATH_MAX];
	struct stat st, host;

	if (strncmp(path, "/proc/", strlen("/proc/")) == 0)
		host_root = "";
	if (snprintf(full, sizeof(full), "%s%s", host_root, path) >= (int)sizeof(full) || stat(full, &st) < 0)
		return false;
	if (kind->initial)
		return st.st_ino == kind->initial;
	/* Where init's is denied, the agent's own is the host's unless it runs in a container without its network. */
	if (kind->bit != NAMESPACE_NETWORK ||
	    (stat("/proc/1/ns/net", &host) < 0 && stat("/proc/self/ns/net", &host) < 0))
		return false;
	return st.st_ino == host.st_ino && st.st_dev == host.st_dev;
}

static void fill_namespaces(const char *host_root, json_t *namespaces, struct facts_risk *risk)
{
	for (size_t i = 0; i < sizeof(namespace_kinds) / sizeof(namespace_kinds[0]); i++) {
		const struct namespace_kind *kind = &namespace_kinds[i];
		json_t *namespace = find_namespace(namespaces, kind->type);
		const char *path = json_string_value(json_object_get(namespace, "path"));

		if (!namespace || (path && path[0] == '/' && is_path_of_hosts(host_root, path, kind)))
			risk->host_namespaces |= kind->bit;
	}
	risk->has_user_namespace = find_namespace(namespaces, "user");
}

static uint64_t capabilities_of(const json_t *names)
{
	uint64_t set = 0;
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		cap_value_t value;

		if (json_is_string(name) && cap_from_name(json_string_value(name), &value) == 0 && value < 64)
			set |= 1ULL << value;
	}
	return set;
}

/* A rule without numbers is for all devices; of several rules the last one holds. */
static bool has_all_devices(json_t *rules)
{
	json_t *rule = json_array_get(rules, json_array_size(rules) - 1);

	return json_flag(json_object_get(rule, "allow"), 0) && !json_object_get(rule, "major") &&
	       !json_object_get(rule, "minor");
}

/* Who started it has said so to the runtime above; down here it shows by what was left out. */
static bool looks_privileged(json_t *linux_part, uint64_t capabilities, const struct facts_risk *risk)
{
	return (capabilities & ALL_CAPABILITIES) == ALL_CAPABILITIES && !risk->has_seccomp &&
	       json_array_size(json_object_get(linux_part, "maskedPaths")) == 0 &&
	       has_all_devices(json_at(linux_part, "resources", "devices"));
}

static bool has_option(json_t *options, const char *wanted)
{
	json_t *option;
	size_t i;

	json_array_foreach(options, i, option) if (is_text(option, wanted)) return true;
	return false;
}

static bool is_component(const char *path, const char *id)
{
	const char *at = strlen(id) == CONTAINER_ID_SIZE ? strstr(path, id) : NULL;

	return at && at > path && at[-1] == '/' && (at[CONTAINER_ID_SIZE] == '/' || at[CONTAINER_ID_SIZE] == '\0');
}

/*
 * hostname, resolv.conf and the like are the runtime's own, kept for this container or its pod: in directories
 * that are called after its id, which nobody can have chosen.
 */
static bool is_runtimes_own(const char *source, const char *sandbox_id, const struct container_facts *facts)
{
	return is_component(source, facts->identity.id) || (sandbox_id && is_component(source, sandbox_id));
}

static int add_mount(json_t *mount, struct facts_risk *risk)
{
	json_t *options = json_object_get(mount, "options");
	struct facts_mount *added;
	int err;

	if (risk->nr_mounts == FACTS_MOUNTS_MAX) {
		risk->nr_mounts_dropped++;
		return 0;
	}
	if (!risk->mounts)
		risk->mounts = calloc(FACTS_MOUNTS_MAX, sizeof(*risk->mounts));
	if (!risk->mounts)
		return -ENOMEM;
	added = &risk->mounts[risk->nr_mounts++];
	added->is_writable = !has_option(options, "ro") && !has_option(options, "rro");
	err = facts_text__copy(json_text(json_object_get(mount, "source")), &added->source);
	return err ?: facts_text__copy(json_text(json_object_get(mount, "destination")), &added->destination);
}

static int fill_mounts(json_t *spec, struct container_facts *facts)
{
	json_t *annotations = json_object_get(spec, "annotations");
	const char *sandbox_id = json_string_value(json_object_get(annotations, "io.kubernetes.cri.sandbox-id"));
	json_t *mount;
	size_t i;
	int err = 0;

	if (!sandbox_id)
		sandbox_id = json_string_value(json_object_get(annotations, "io.kubernetes.cri-o.SandboxID"));
	json_array_foreach(json_object_get(spec, "mounts"), i, mount)
	{
		const char *source = json_string_value(json_object_get(mount, "source"));
		json_t *options = json_object_get(mount, "options");
		bool is_bind = is_text(json_object_get(mount, "type"), "bind") || has_option(options, "bind") ||
			       has_option(options, "rbind");

		if (!err && is_bind && source && source[0] == '/' &&
		    json_text(json_object_get(mount, "destination")).size > 0 &&
		    !is_runtimes_own(source, sandbox_id, facts))
			err = add_mount(mount, &facts->risk);
	}
	return err;
}

int oci_risk__fill(const char *host_root, json_t *spec, struct container_facts *facts)
{
	json_t *linux_part = json_object_get(spec, "linux");
	json_t *process = json_object_get(spec, "process");
	struct facts_risk *risk = &facts->risk;
	uint64_t capabilities = capabilities_of(json_at(process, "capabilities", "bounding"));

	/* Without these two it is no bundle of a container that runs. */
	if (risk->is_known || !json_is_object(process) || !json_is_array(json_object_get(linux_part, "namespaces")))
		return 0;
	risk->is_known = true;
	risk->added_capabilities = capabilities & ~DEFAULT_CAPABILITIES;
	risk->has_seccomp = json_object_get(linux_part, "seccomp");
	risk->is_root_readonly = json_flag(json_at(spec, "root", "readonly"), 0);
	fill_namespaces(host_root, json_object_get(linux_part, "namespaces"), risk);
	risk->looks_privileged = looks_privileged(linux_part, capabilities, risk);
	return fill_mounts(spec, facts);
}
