/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the configuration: it is loaded with every promise of base/config.h kept, or refused in one plain sentence. */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

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

static void require_image(const char *image)
{
	size_t prefix = strlen(CONFIG_IMAGE_ID_PREFIX);

	REQUIRE(strncmp(image, CONFIG_IMAGE_ID_PREFIX, prefix) != 0 || strlen(image) == prefix + 64);
}

static void require_exceptions(const struct config *config)
{
	for (unsigned i = 0; i < config->exceptions_count; i++) {
		const struct config_exception *exception = &config->exceptions[i];
		time_t last_s = exception->expires_s - 1;
		char last[64];
		struct tm tm;

		REQUIRE(exception->name && exception->owner && exception->reason && exception->expires);
		REQUIRE(exception->image || exception->container || exception->pod || exception->namespace ||
			exception->label || exception->executable);
		if (exception->image)
			require_image(exception->image);
		REQUIRE(!exception->label || exception->label[0] != '=');
		REQUIRE(gmtime_r(&last_s, &tm));
		snprintf(last, sizeof(last), "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		REQUIRE(!strcmp(last, exception->expires));
		REQUIRE(exception->expires_s % 86400 == 0);
	}
}

static void require_grace(const struct config *config)
{
	REQUIRE(config->grace_s <= CONFIG_GRACE_S_MAX);
	for (unsigned i = 0; i < config->grace_count; i++) {
		REQUIRE(config->grace[i].image && config->grace[i].seconds <= CONFIG_GRACE_S_MAX);
		require_image(config->grace[i].image);
	}
}

static void require_promises(const struct config *config)
{
	require_outputs(config);
	for (unsigned i = 0; i < config->allow_count; i++) {
		const struct config_allow *allow = &config->allow[i];

		REQUIRE(allow->reason);
		REQUIRE(allow->image || allow->container || allow->label || allow->executable || allow->uid);
		if (allow->image)
			require_image(allow->image);
	}
	require_exceptions(config);
	require_grace(config);
	REQUIRE(!config->socket[0] || config->socket[0] == '/');
	REQUIRE(strlen(config->socket) < sizeof(((struct sockaddr_un *)0)->sun_path));
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
