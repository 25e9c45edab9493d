/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the configuration file: has it read, checked, loaded by its schema, and its values judged. */
#include "base/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "base/cleanup.h"
#include "base/config_check.h"
#include "base/config_file.h"
#include "base/config_take.h"
#include "base/safe_text.h"

/* What is being loaded, for the one sentence that may come of it. */
struct loading {
	const char *path;
	struct span text;
	char **ret_error;
	char complaint[CONFIG_SENTENCE_MAX / 2]; /* libcyaml's first */
};

static void set_error(struct loading *loading, size_t line, const char *sentence)
{
	char path[CONFIG_SENTENCE_MAX];

	terminal_text((struct span){loading->path, strlen(loading->path)}, path, sizeof(path));
	free(*loading->ret_error);
	if ((line ? asprintf(loading->ret_error, "%s:%zu: %s", path, line, sentence)
		  : asprintf(loading->ret_error, "%s: %s", path, sentence)) < 0)
		*loading->ret_error = NULL;
}

/* Only the first complaint is kept: the others are its backtrace. */
static void keep_complaint(cyaml_log_t level, void *context, const char *format, va_list args)
{
	struct loading *loading = context;
	char said[CONFIG_SENTENCE_MAX / 4];
	size_t length;

	if (level < CYAML_LOG_ERROR || loading->complaint[0])
		return;
	vsnprintf(said, sizeof(said), format, args);
	length = strcspn(said, "\n");
	terminal_text((struct span){said, length}, loading->complaint, sizeof(loading->complaint));
}

static cyaml_config_t cyaml_options(struct loading *loading)
{
	return (cyaml_config_t){
		.log_fn = loading ? keep_complaint : NULL,
		.log_ctx = loading,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

static int read_text(const char *path, char **ret_text, size_t *ret_size, char **ret_error)
{
	struct loading loading = {.path = path, .ret_error = ret_error};
	int err = config_read(path, ret_text, ret_size);

	switch (err) {
	case 0:
	case -ENOMEM:
		break;
	case -EINVAL:
		set_error(&loading, 0, "expected a regular file or a pipe");
		break;
	case -EFBIG:
		set_error(&loading, 0, "the file is larger than 1 MiB; expected a configuration");
		break;
	case -ETIMEDOUT:
		set_error(&loading, 0, "nothing was written to this pipe for 5 s");
		break;
	default:
		set_error(&loading, 0, strerror(-err));
		break;
	}
	return err;
}

static int load_text(struct loading *loading, struct config *config)
{
	cyaml_config_t options = cyaml_options(loading);
	struct config_mistake mistake;
	struct file_config *file = NULL;
	cyaml_err_t error;
	int err;

	err = config_check(loading->text, &config_schema, &mistake);
	if (err == -EINVAL)
		set_error(loading, mistake.line, mistake.sentence);
	if (err <= 0)
		return err;

	error = cyaml_load_data((const uint8_t *)loading->text.data, loading->text.size, &options, &config_schema,
				(cyaml_data_t **)&file, NULL);
	if (error == CYAML_ERR_OOM)
		return -ENOMEM;
	if (error != CYAML_OK) {
		set_error(loading, 0, loading->complaint[0] ? loading->complaint : cyaml_strerror(error));
		return -EINVAL;
	}
	if (!file)
		return 0;
	err = config_take(loading->text, file, config, &mistake);
	if (err == -EINVAL)
		set_error(loading, mistake.line, mistake.sentence);
	cyaml_free(&options, &config_schema, file, 0);
	return err;
}

static int new_default(struct config **ret_config)
{
	struct config *config;

	config = calloc(1, sizeof(*config));
	if (!config)
		return -ENOMEM;
	config->outputs = calloc(1, sizeof(*config->outputs));
	config->host_root = strdup("");
	config->socket = strdup(CONFIG_DEFAULT_SOCKET);
	if (!config->outputs || !config->host_root || !config->socket) {
		config__free(config);
		return -ENOMEM;
	}
	config->outputs[0].type = OUTPUT_STDOUT;
	config->outputs_count = 1;
	config->grace_s = CONFIG_DEFAULT_GRACE_S;
	config->events_ring_kib = CONFIG_DEFAULT_EVENTS_RING_KIB;
	config->alerts_ring_kib = CONFIG_DEFAULT_ALERTS_RING_KIB;
	*ret_config = config;
	return 0;
}

int config__parse(const char *name, struct span text, struct config **ret_config, char **ret_error)
{
	struct loading loading = {.path = name, .text = text, .ret_error = ret_error};
	struct config *config;
	int err;

	*ret_error = NULL;
	err = new_default(&config);
	if (err)
		return err;
	err = load_text(&loading, config);
	if (err) {
		config__free(config);
		return err;
	}
	*ret_config = config;
	return 0;
}

int config__load(const char *path, struct config **ret_config, char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int err;

	*ret_error = NULL;
	if (!path)
		return new_default(ret_config);
	err = read_text(path, &text, &size, ret_error);
	return err ? err : config__parse(path, (struct span){text, size}, ret_config, ret_error);
}

static void free_list(char **list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

void config__free(struct config *config)
{
	if (!config)
		return;
	for (unsigned i = 0; i < config->outputs_count; i++)
		free(config->outputs[i].path);
	free(config->outputs);
	for (unsigned i = 0; i < config->allow_count; i++) {
		struct config_allow *allow = &config->allow[i];

		free(allow->image);
		free(allow->container);
		free(allow->label);
		free(allow->executable);
		free(allow->uid);
		free(allow->reason);
	}
	free(config->allow);
	for (unsigned i = 0; i < config->exceptions_count; i++) {
		struct config_exception *exception = &config->exceptions[i];

		free(exception->name);
		free(exception->image);
		free(exception->container);
		free(exception->pod);
		free(exception->namespace);
		free(exception->label);
		free(exception->executable);
		free(exception->owner);
		free(exception->reason);
		free(exception->expires);
	}
	free(config->exceptions);
	for (unsigned i = 0; i < config->grace_count; i++)
		free(config->grace[i].image);
	free(config->grace);
	free(config->socket);
	free(config->host_root);
	free_list(config->docker_roots, config->docker_roots_count);
	free_list(config->containerd_roots, config->containerd_roots_count);
	free_list(config->runc_roots, config->runc_roots_count);
	free_list(config->runsc_roots, config->runsc_roots_count);
	free_list(config->podman_roots, config->podman_roots_count);
	free_list(config->lxc_roots, config->lxc_roots_count);
	free(config);
}
