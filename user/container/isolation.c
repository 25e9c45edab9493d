/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the shims and states of sandboxed runtimes: gVisor's runsc, and Kata Containers. */
#include "container/isolation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/facts_text.h"
#include "container/image_store.h"
#include "container/json_read.h"
#include "container/runtimes/runsc.h"

const char *facts_isolation_name(enum facts_isolation isolation)
{
	static const char *const names[ISOLATION_END] = {
		[ISOLATION_GVISOR] = "gvisor",
		[ISOLATION_VM] = "vm",
	};

	return (unsigned)isolation < ISOLATION_END ? names[isolation] : NULL;
}

static bool has_prefix(struct span text, const char *prefix)
{
	size_t size = strlen(prefix);

	return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

void isolation__note_runtime(struct span name, struct container_facts *facts)
{
	if (has_prefix(name, "io.containerd.runsc."))
		facts->isolation = ISOLATION_GVISOR;
	else if (has_prefix(name, "io.containerd.kata"))
		facts->isolation = ISOLATION_VM;
}

/* containerd makes the program's name out of the runtime's: "io.containerd.kata.v2" is containerd-shim-kata-v2. */
static void note_shim(struct span path, struct container_facts *facts)
{
	const char *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;

	if (slash)
		path = (struct span){slash + 1, path.size - (size_t)(slash + 1 - path.data)};
	if (has_prefix(path, "containerd-shim-runsc-"))
		facts->isolation = ISOLATION_GVISOR;
	else if (has_prefix(path, "containerd-shim-kata"))
		facts->isolation = ISOLATION_VM;
}

/* @directory: where the runtime keeps the states of one of containerd's namespaces */
static void note_runsc(const char *host_root, const char *directory, struct container_facts *facts)
{
	struct safe_root root;

	if (safe_root__open(host_root, directory, &root) < 0)
		return;
	if (runsc__has_container(&root, facts->identity.id))
		facts->isolation = ISOLATION_GVISOR;
	safe_root__close(&root);
}

static int read_shim(const struct safe_root *root, const char *directory, struct container_facts *facts)
{
	_cleanup_free_ char *data = NULL;
	char path[PATH_MAX];
	size_t size;
	int err;

	if (snprintf(path, sizeof(path), "%s/shim-binary-path", directory) >= (int)sizeof(path))
		return 0;
	err = safe_file__read(root, path, PATH_MAX, &data, &size);
	if (!err)
		note_shim((struct span){data, size}, facts);
	return err == -ENOMEM ? err : 0;
}

/* runc's shim serves any program that takes runc's arguments, and passes it the directory for its states. */
static int read_options(const struct safe_root *root, const char *directory, const char *namespace,
			struct container_facts *facts)
{
	json_auto_t *options = NULL;
	const char *states;
	char path[PATH_MAX];
	int err;

	if (snprintf(path, sizeof(path), "%s/options.json", directory) >= (int)sizeof(path))
		return 0;
	err = json_read__members(root, path, &options, "root");
	if (err)
		return err == -ENOMEM ? err : 0;
	states = json_string_value(json_object_get(options, "root"));
	if (states && states[0] == '/' && snprintf(path, sizeof(path), "%s/%s", states, namespace) < (int)sizeof(path))
		note_runsc(root->host_root, path, facts);
	return 0;
}

int isolation__read_task(const struct safe_root *root, const char *directory, const char *namespace,
			 struct container_facts *facts)
{
	int err = read_shim(root, directory, facts);

	return err || facts->isolation ? err : read_options(root, directory, namespace, facts);
}

/* <root>/<namespace>/<id>_sandbox:<id of the sandbox>.state */
static void find_in_namespaces(const char *host_root, const char *path, struct container_facts *facts)
{
	struct safe_root root, below;
	unsigned count = 0;
	const char *name;
	DIR *dir;

	if (safe_root__open(host_root, path, &root) < 0)
		return;
	if (safe_root__list(&root, ".", &dir) == 0) {
		while (!facts->isolation && (name = safe_dir__next(dir, &count))) {
			if (safe_root__open_below(&root, name, &below) < 0)
				continue;
			if (runsc__has_container(&below, facts->identity.id))
				facts->isolation = ISOLATION_GVISOR;
			safe_root__close(&below);
		}
		closedir(dir);
	}
	safe_root__close(&root);
}

/* Kata keeps a directory for each sandbox, called after the container that is the pod's sandbox. */
static void find_kata(const char *host_root, const char *path, struct container_facts *facts)
{
	struct safe_root root, sandbox;

	if (safe_root__open(host_root, path, &root) < 0)
		return;
	if (safe_root__open_below(&root, facts->identity.id, &sandbox) == 0) {
		facts->isolation = ISOLATION_VM;
		safe_root__close(&sandbox);
	}
	safe_root__close(&root);
}

void isolation__find(const struct facts_roots *roots, struct container_facts *facts)
{
	/* An id that a user chose can be that of two containers, and a state can be left of an earlier one. */
	if (facts->isolation || facts->identity.runtime == RUNTIME_UNKNOWN ||
	    !is_image_hex(span_of(facts->identity.id)))
		return;
	for (char **path = roots->containerd_runc; *path && !facts->isolation; path++)
		find_in_namespaces(roots->host_root, *path, facts);
	for (char **path = roots->runsc; *path && !facts->isolation; path++)
		note_runsc(roots->host_root, *path, facts);
	for (char **path = roots->kata; *path && !facts->isolation; path++)
		find_kata(roots->host_root, *path, facts);
}
