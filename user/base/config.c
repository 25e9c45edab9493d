/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the configuration file: has it read, checked and loaded by schema, and judges its values. */
#include "base/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "base/cleanup.h"
#include "base/config_check.h"
#include "base/config_file.h"
#include "base/safe_text.h"

#define OUTPUT_MAX_SIZE_MIN 4096
#define KEEP_MAX            1000

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

/* For a value that has its type but cannot be meant; `key` is its path in the file. */
static int __attribute__((format(printf, 3, 4)))
fail_value(struct loading *loading, const char *key, const char *format, ...)
{
	char said[CONFIG_SENTENCE_MAX], sentence[CONFIG_SENTENCE_MAX];
	va_list args;
	int length;

	length = snprintf(said, sizeof(said), "\"%s\" ", key);
	va_start(args, format);
	vsnprintf(said + length, sizeof(said) - length, format, args);
	va_end(args);
	/* What the file says stands in it too. */
	terminal_text((struct span){said, strlen(said)}, sentence, sizeof(sentence));
	set_error(loading, config_find_line(loading->text, &config_schema, key), sentence);
	return -EINVAL;
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

int config_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	uint64_t number = 0;
	unsigned shift = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		unsigned digit = *text - '0';

		if (number > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		number = number * 10 + digit;
	}
	if (*text) {
		suffix = strchr(suffixes, *text);
		if (!suffix || (text[1] && strcmp(text + 1, "iB")))
			return -EINVAL;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (number > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = number << shift;
	return 0;
}

/* "/srv/docker//" becomes "/srv/docker", "/" becomes "": paths are appended to it. */
static void strip_slashes(char *path)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		path[--length] = '\0';
}

static int take_output(struct loading *loading, unsigned index, struct file_output *from, struct config_output *to)
{
	char key[64];

	*to = (struct config_output){
		.type = from->type,
		.max_size = CONFIG_DEFAULT_MAX_SIZE,
		.keep = from->keep ? *from->keep : CONFIG_DEFAULT_KEEP,
	};
	if (from->type == OUTPUT_STDOUT) {
		const char *extra = from->path ? "path" : from->max_size ? "max_size" : from->keep ? "keep" : NULL;

		*to = (struct config_output){.type = OUTPUT_STDOUT};
		if (!extra)
			return 0;
		snprintf(key, sizeof(key), "outputs[%u].%s", index, extra);
		return fail_value(loading, key, "is for outputs of the type file, and this one is stdout");
	}

	snprintf(key, sizeof(key), "outputs[%u]", index);
	if (!from->path)
		return fail_value(loading, key, "is of the type file and lacks the key \"path\"");
	snprintf(key, sizeof(key), "outputs[%u].path", index);
	if (from->path[0] != '/' || from->path[strlen(from->path) - 1] == '/')
		return fail_value(loading, key, "is \"%.100s\"; expected the absolute path of a file", from->path);
	snprintf(key, sizeof(key), "outputs[%u].max_size", index);
	if (from->max_size && config_parse_size(from->max_size, &to->max_size))
		return fail_value(loading, key, "is \"%s\"; expected bytes such as 1048576, 512K, 100M or 1G, or 0",
				  from->max_size);
	if (to->max_size && to->max_size < OUTPUT_MAX_SIZE_MIN)
		return fail_value(loading, key,
				  "is \"%s\", that is %llu bytes; expected at least %d, or 0 for no bound",
				  from->max_size, (unsigned long long)to->max_size, OUTPUT_MAX_SIZE_MIN);
	snprintf(key, sizeof(key), "outputs[%u].keep", index);
	if (to->keep > KEEP_MAX)
		return fail_value(loading, key, "is %u; expected at most %d", to->keep, KEEP_MAX);
	to->path = steal_pointer(&from->path);
	return 0;
}

static int take_outputs(struct loading *loading, struct file_config *file, struct config *config)
{
	char key[64];
	int err;

	if (!file->outputs_count)
		return 0;
	free(config->outputs);
	config->outputs_count = 0;
	config->outputs = calloc(file->outputs_count, sizeof(*config->outputs));
	if (!config->outputs)
		return -ENOMEM;
	for (unsigned i = 0; i < file->outputs_count; i++) {
		struct config_output *output = &config->outputs[i];

		err = take_output(loading, i, &file->outputs[i], output);
		if (err)
			return err;
		config->outputs_count++;
		for (unsigned j = 0; j < i; j++) {
			const struct config_output *other = &config->outputs[j];

			snprintf(key, sizeof(key), "outputs[%u]", i);
			if (output->type == other->type &&
			    (output->type == OUTPUT_STDOUT || !strcmp(output->path, other->path)))
				return fail_value(loading, key, "writes to where \"outputs[%u]\" writes", j);
		}
	}
	return 0;
}

static int take_allow(struct loading *loading, struct file_config *file, struct config *config)
{
	char key[64];

	for (unsigned i = 0; i < file->allow_count; i++) {
		struct config_allow *allow = &file->allow[i];

		snprintf(key, sizeof(key), "allow[%u]", i);
		if (!allow->image && !allow->container && !allow->label && !allow->executable && !allow->uid)
			return fail_value(loading, key,
					  "would match everything; expected at least one of: image, container, label, "
					  "executable, uid");
		if (allow->label && allow->label[0] == '=') {
			strcat(key, ".label");
			return fail_value(loading, key, "is \"%.100s\"; expected \"key\" or \"key=pattern\"",
					  allow->label);
		}
		if (!allow->reason)
			allow->reason = strdup(key);
		if (!allow->reason)
			return -ENOMEM;
	}
	config->allow = steal_pointer(&file->allow);
	config->allow_count = file->allow_count;
	file->allow_count = 0;
	return 0;
}

static int take_ring(struct loading *loading, const char *key, const uint32_t *from, uint32_t *to)
{
	if (!from)
		return 0;
	if (*from < CONFIG_RING_KIB_MIN || *from > CONFIG_RING_KIB_MAX || (*from & (*from - 1)))
		return fail_value(loading, key, "is %u; expected a power of two from %d to %d", *from,
				  CONFIG_RING_KIB_MIN, CONFIG_RING_KIB_MAX);
	*to = *from;
	return 0;
}

static int take_roots(struct loading *loading, const char *name, char ***from, unsigned *from_count, char ***to,
		      unsigned *to_count)
{
	char key[64];

	for (unsigned i = 0; i < *from_count; i++) {
		char *directory = (*from)[i];

		snprintf(key, sizeof(key), "roots.%s[%u]", name, i);
		if (directory[0] == '/')
			strip_slashes(directory);
		if (!directory[0] || directory[0] != '/')
			return fail_value(loading, key, "is \"%.100s\"; expected the absolute path of a directory",
					  directory[0] ? directory : "/");
	}
	*to = steal_pointer(from);
	*to_count = *from_count;
	*from_count = 0;
	return 0;
}

static int take(struct loading *loading, struct file_config *file, struct config *config)
{
	struct file_roots *roots = file->roots;
	int err;

	err = take_outputs(loading, file, config);
	if (!err)
		err = take_allow(loading, file, config);
	if (err)
		return err;

	if (file->host_root) {
		if (file->host_root[0] && file->host_root[0] != '/')
			return fail_value(loading, "host_root", "is \"%.100s\"; expected an absolute path",
					  file->host_root);
		strip_slashes(file->host_root);
		free(config->host_root);
		config->host_root = steal_pointer(&file->host_root);
	}
	if (file->rings) {
		err = take_ring(loading, "rings.events_kib", file->rings->events_kib, &config->events_ring_kib);
		if (!err)
			err = take_ring(loading, "rings.alerts_kib", file->rings->alerts_kib, &config->alerts_ring_kib);
		if (err)
			return err;
	}

#define TAKE_ROOTS(name)                                                                                               \
	(err ? err                                                                                                     \
	     : take_roots(loading, #name, &roots->name, &roots->name##_count, &config->name##_roots,                   \
			  &config->name##_roots_count))
	if (roots) {
		err = TAKE_ROOTS(docker);
		err = TAKE_ROOTS(containerd);
		err = TAKE_ROOTS(runc);
		err = TAKE_ROOTS(podman);
		err = TAKE_ROOTS(lxc);
	}
#undef TAKE_ROOTS
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
	err = take(loading, file, config);
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
	if (!config->outputs || !config->host_root) {
		config__free(config);
		return -ENOMEM;
	}
	config->outputs[0].type = OUTPUT_STDOUT;
	config->outputs_count = 1;
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
	free(config->host_root);
	free_list(config->docker_roots, config->docker_roots_count);
	free_list(config->containerd_roots, config->containerd_roots_count);
	free_list(config->runc_roots, config->runc_roots_count);
	free_list(config->podman_roots, config->podman_roots_count);
	free_list(config->lxc_roots, config->lxc_roots_count);
	free(config);
}
