/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the configuration: it is loaded with every promise of base/config.h kept, or refused in one plain sentence. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "base/config.h"

static void require_directories(char **directories, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		REQUIRE(directories[i][0] == '/' && directories[i][strlen(directories[i]) - 1] != '/');
}

static void require_ring(uint32_t kib)
{
	REQUIRE(kib >= CONFIG_RING_KIB_MIN && kib <= CONFIG_RING_KIB_MAX && !(kib & (kib - 1)));
}

static void require_outputs(const struct config *config)
{
	REQUIRE(config->outputs_count > 0);
	for (unsigned i = 0; i < config->outputs_count; i++) {
		const struct config_output *output = &config->outputs[i];

		REQUIRE(output->type == OUTPUT_STDOUT || output->type == OUTPUT_FILE);
		REQUIRE(output->type == OUTPUT_FILE ? output->path && output->path[0] == '/' : !output->path);
	}
}

static void require_promises(const struct config *config)
{
	require_outputs(config);
	for (unsigned i = 0; i < config->allow_count; i++) {
		const struct config_allow *allow = &config->allow[i];

		REQUIRE(allow->reason);
		REQUIRE(allow->image || allow->container || allow->label || allow->executable || allow->uid);
	}
	REQUIRE(!config->host_root[0] || config->host_root[0] == '/');
	REQUIRE(!config->host_root[0] || config->host_root[strlen(config->host_root) - 1] != '/');
	require_ring(config->events_ring_kib);
	require_ring(config->alerts_ring_kib);
	require_directories(config->docker_roots, config->docker_roots_count);
	require_directories(config->containerd_roots, config->containerd_roots_count);
	require_directories(config->runc_roots, config->runc_roots_count);
	require_directories(config->podman_roots, config->podman_roots_count);
	require_directories(config->lxc_roots, config->lxc_roots_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1), *error;
	struct config *config = NULL;
	int err;

	memcpy(copy, data, size);
	err = config__parse("uidzero.yaml", (struct span){copy, size}, &config, &error);
	free(copy);
	if (err) {
		REQUIRE(err == -EINVAL && !config && error);
		require_plain_text((struct span){error, strlen(error)});
		REQUIRE(!strncmp(error, "uidzero.yaml:", strlen("uidzero.yaml:")));
		free(error);
		return 0;
	}
	REQUIRE(!error);
	require_promises(config);
	config__free(config);
	return 0;
}
