/* SPDX-License-Identifier: Apache-2.0 */
/* Where runtimes keep their facts: the defaults, what the configuration adds, and a rootless user's own. */
#include "container/facts_roots.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/passwd.h"
#include "container/runtimes/runtime.h"
#include "container/safe_file.h"

int facts_roots__add(char ***list, const char *directory)
{
	char **longer;
	size_t count = 0;
	char *copy;

	while (*list && (*list)[count])
		count++;
	longer = realloc(*list, (count + 2) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	longer[count] = NULL;
	*list = longer;
	copy = strdup(directory);
	if (!copy)
		return -ENOMEM;
	longer[count] = copy;
	longer[count + 1] = NULL;
	return 0;
}

static int add_all(char ***list, const char *const *directories)
{
	int err = 0;

	/* Readers expect a list, if an empty one. */
	if (!*list)
		*list = calloc(1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (; !err && *directories; directories++)
		err = facts_roots__add(list, *directories);
	return err;
}

#define add_directories(list, ...) add_all(list, (const char *const[]){__VA_ARGS__, NULL})

int facts_roots__init(struct facts_roots *roots, const char *host_root)
{
	struct facts_roots new = {0};
	int err = 0;

	new.host_root = strdup(host_root);
	if (!new.host_root)
		err = -ENOMEM;
	err = err
		      ?: add_directories(&new.docker, "/var/lib/docker", "/run/docker",
					 "/var/snap/docker/common/var-lib-docker", "/run/snap.docker");
	err = err
		      ?: add_directories(&new.containerd, "/run/containerd", "/run/k3s/containerd",
					 "/run/k0s/containerd", "/var/snap/microk8s/common/run/containerd",
					 "/var/vcap/data/containerd/state");
	err = err
		      ?: add_directories(&new.containerd_runc, "/run/containerd/runc", "/run/docker/runtime-runc",
					 "/run/containerd/runsc");
	err = err ?: add_directories(&new.podman, "/var/lib/containers/storage", "/run/containers/storage");
	err = err ?: add_directories(&new.runc, "/run/runc");
	err = err ?: add_directories(&new.crun, "/run/crun");
	err = err ?: add_directories(&new.runsc, "/run/runsc");
	err = err ?: add_directories(&new.kata, "/run/vc/sbs", "/run/kata");
	err = err ?: add_directories(&new.lxc, "/var/lib/lxc");
	if (err) {
		facts_roots__destroy(&new);
		return err;
	}
	*roots = new;
	return 0;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void facts_roots__destroy(struct facts_roots *roots)
{
	free(roots->host_root);
	free_list(roots->docker);
	free_list(roots->containerd);
	free_list(roots->containerd_runc);
	free_list(roots->podman);
	free_list(roots->runc);
	free_list(roots->crun);
	free_list(roots->runsc);
	free_list(roots->kata);
	free_list(roots->lxc);
	memset(roots, 0, sizeof(*roots));
}

static int find_home(const char *host_root, uint32_t uid, char *ret_home, size_t home_size)
{
	_cleanup_free_ char *data = NULL;
	struct passwd_line line;
	struct safe_root etc;
	struct span rest;
	size_t size;
	int err;

	err = safe_root__open(host_root, "/etc", &etc);
	if (err)
		return err;
	err = safe_file__read(&etc, "passwd", PASSWD_MAX, &data, &size);
	safe_root__close(&etc);
	if (err)
		return err;
	rest = (struct span){data, size};
	while (passwd__next(&rest, &line)) {
		if (!line.has_uid || line.uid != uid || line.home.size == 0 || line.home.data[0] != '/' ||
		    line.home.size >= home_size || memchr(line.home.data, '\0', line.home.size))
			continue;
		memcpy(ret_home, line.home.data, line.home.size);
		ret_home[line.home.size] = '\0';
		return 0;
	}
	return -ENOENT;
}

static int add_below(char ***list, const char *directory, const char *below)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", directory, below) >= (int)sizeof(path))
		return 0;
	return add_directories(list, path);
}

int facts_roots__init_user(struct facts_roots *roots, const struct facts_roots *system, uint32_t uid)
{
	struct facts_roots new = {0};
	char home[PATH_MAX / 2];
	char run[64];
	int err;

	err = find_home(system->host_root, uid, home, sizeof(home));
	if (err == -ENOMEM)
		return err;
	if (err)
		strcpy(home, "/nonexistent");
	err = 0;
	snprintf(run, sizeof(run), "/run/user/%" PRIu32, uid);

	new.host_root = strdup(system->host_root);
	if (!new.host_root)
		err = -ENOMEM;
	err = err ?: add_below(&new.docker, home, "/.local/share/docker");
	err = err ?: add_below(&new.docker, run, "/docker");
	err = err ?: add_below(&new.containerd, run, "/containerd");
	err = err ?: add_below(&new.containerd_runc, run, "/docker/runtime-runc");
	err = err ?: add_below(&new.podman, home, "/.local/share/containers/storage");
	err = err ?: add_below(&new.podman, run, "/containers");
	err = err ?: add_below(&new.runc, run, "/runc");
	err = err ?: add_below(&new.crun, run, "/crun");
	err = err ?: add_below(&new.lxc, home, "/.local/share/lxc");
	/* Those of a user are that user's claim, and are not read. */
	err = err ?: add_all(&new.runsc, (const char *const[]){NULL});
	err = err ?: add_all(&new.kata, (const char *const[]){NULL});
	if (err) {
		facts_roots__destroy(&new);
		return err;
	}
	*roots = new;
	return 0;
}

int facts_roots__copy(struct facts_roots *roots, const struct facts_roots *other, const char *host_root)
{
	struct facts_roots new = {.host_root = strdup(host_root)};
	int err = new.host_root ? 0 : -ENOMEM;

	err = err ?: add_all(&new.docker, (const char *const *)other->docker);
	err = err ?: add_all(&new.containerd, (const char *const *)other->containerd);
	err = err ?: add_all(&new.containerd_runc, (const char *const *)other->containerd_runc);
	err = err ?: add_all(&new.podman, (const char *const *)other->podman);
	err = err ?: add_all(&new.runc, (const char *const *)other->runc);
	err = err ?: add_all(&new.crun, (const char *const *)other->crun);
	err = err ?: add_all(&new.lxc, (const char *const *)other->lxc);
	err = err ?: add_all(&new.runsc, (const char *const *)other->runsc);
	err = err ?: add_all(&new.kata, (const char *const *)other->kata);
	if (err) {
		facts_roots__destroy(&new);
		return err;
	}
	*roots = new;
	return 0;
}

struct probe {
	const char *host_root;
	void (*report)(enum container_runtime runtime, const char *directory, void *data);
	void *data;
};

static void probe_directory(const struct probe *probe, enum container_runtime runtime, const char *directory)
{
	struct safe_root root;

	if (safe_root__open(probe->host_root, directory, &root) < 0)
		return;
	safe_root__close(&root);
	probe->report(runtime, directory, probe->data);
}

static void probe_list(const struct probe *probe, enum container_runtime runtime, char **list)
{
	for (size_t i = 0; list[i]; i++)
		probe_directory(probe, runtime, list[i]);
}

void facts_roots__probe(const struct facts_roots *roots,
			void (*report)(enum container_runtime runtime, const char *directory, void *data), void *data)
{
	struct probe probe = {roots->host_root, report, data};

	probe_list(&probe, RUNTIME_DOCKER, roots->docker);
	probe_list(&probe, RUNTIME_CONTAINERD, roots->containerd);
	probe_list(&probe, RUNTIME_PODMAN, roots->podman);
	probe_list(&probe, RUNTIME_RUNC, roots->runc);
	probe_list(&probe, RUNTIME_CRUN, roots->crun);
	probe_list(&probe, RUNTIME_LXC, roots->lxc);
	probe_list(&probe, RUNTIME_RUNSC, roots->runsc);
	probe_directory(&probe, RUNTIME_NSPAWN, NSPAWN_MACHINES);
}
