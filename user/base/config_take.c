/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the values of a configuration that was loaded by its schema, and takes them over. */
#include "base/config_take.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/config_check.h"
#include "base/config_file.h"
#include "base/safe_text.h"

#define OUTPUT_MAX_SIZE_MIN 4096
#define KEEP_MAX            1000
#define IMAGE_HEX_SIZE      64

struct taking {
	struct span text; /* of the file */
	struct config_mistake *mistake;
};

/* For a value that has its type but cannot be meant; `key` is its path in the file. */
static int __attribute__((format(printf, 3, 4)))
fail_value(struct taking *taking, const char *key, const char *format, ...)
{
	struct config_mistake *mistake = taking->mistake;
	char said[CONFIG_SENTENCE_MAX];
	va_list args;
	int length;

	length = snprintf(said, sizeof(said), "\"%s\" ", key);
	va_start(args, format);
	vsnprintf(said + length, sizeof(said) - length, format, args);
	va_end(args);
	/* What the file says stands in it too. */
	terminal_text((struct span){said, strlen(said)}, mistake->sentence, sizeof(mistake->sentence));
	mistake->line = config_find_line(taking->text, &config_schema, key);
	return -EINVAL;
}

/* "/srv/docker//" becomes "/srv/docker", "/" becomes "": paths are appended to it. */
static void strip_slashes(char *path)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		path[--length] = '\0';
}

static int take_output(struct taking *taking, unsigned index, struct file_output *from, struct config_output *to)
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
		return fail_value(taking, key, "is for outputs of the type file, and this one is stdout");
	}

	snprintf(key, sizeof(key), "outputs[%u]", index);
	if (!from->path)
		return fail_value(taking, key, "is of the type file and lacks the key \"path\"");
	snprintf(key, sizeof(key), "outputs[%u].path", index);
	if (from->path[0] != '/' || from->path[strlen(from->path) - 1] == '/')
		return fail_value(taking, key, "is \"%.100s\"; expected the absolute path of a file", from->path);
	snprintf(key, sizeof(key), "outputs[%u].max_size", index);
	if (from->max_size && config_parse_size(from->max_size, &to->max_size))
		return fail_value(taking, key, "is \"%s\"; expected bytes such as 1048576, 512K, 100M or 1G, or 0",
				  from->max_size);
	if (to->max_size && to->max_size < OUTPUT_MAX_SIZE_MIN)
		return fail_value(taking, key, "is \"%s\", that is %llu bytes; expected at least %d, or 0 for no bound",
				  from->max_size, (unsigned long long)to->max_size, OUTPUT_MAX_SIZE_MIN);
	snprintf(key, sizeof(key), "outputs[%u].keep", index);
	if (to->keep > KEEP_MAX)
		return fail_value(taking, key, "is %u; expected at most %d", to->keep, KEEP_MAX);
	to->path = steal_pointer(&from->path);
	return 0;
}

static int take_outputs(struct taking *taking, struct file_config *file, struct config *config)
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

		err = take_output(taking, i, &file->outputs[i], output);
		if (err)
			return err;
		config->outputs_count++;
		for (unsigned j = 0; j < i; j++) {
			const struct config_output *other = &config->outputs[j];

			snprintf(key, sizeof(key), "outputs[%u]", i);
			if (output->type == other->type &&
			    (output->type == OUTPUT_STDOUT || !strcmp(output->path, other->path)))
				return fail_value(taking, key, "writes to where \"outputs[%u]\" writes", j);
		}
	}
	return 0;
}

/* What the entries of several lists may name; a member that is not there is right. */
static int judge_match(struct taking *taking, const char *entry, const char *image, const char *label)
{
	char key[64];

	if (image && !strncmp(image, CONFIG_IMAGE_ID_PREFIX, strlen(CONFIG_IMAGE_ID_PREFIX))) {
		const char *hex = image + strlen(CONFIG_IMAGE_ID_PREFIX);

		snprintf(key, sizeof(key), "%s.image", entry);
		if (strlen(hex) != IMAGE_HEX_SIZE || strspn(hex, "0123456789abcdef") != IMAGE_HEX_SIZE)
			return fail_value(
				taking, key,
				"is \"%.100s\"; expected a pattern, or sha256: and the 64 hexadecimal digits of "
				"an image's id",
				image);
	}
	if (label && label[0] == '=') {
		snprintf(key, sizeof(key), "%s.label", entry);
		return fail_value(taking, key, "is \"%.100s\"; expected \"key\" or \"key=pattern\"", label);
	}
	return 0;
}

static int take_allow(struct taking *taking, struct file_config *file, struct config *config)
{
	char key[64];
	int err;

	for (unsigned i = 0; i < file->allow_count; i++) {
		struct config_allow *allow = &file->allow[i];

		snprintf(key, sizeof(key), "allow[%u]", i);
		if (!allow->image && !allow->container && !allow->label && !allow->executable && !allow->uid)
			return fail_value(taking, key,
					  "would match everything; expected at least one of: image, container, label, "
					  "executable, uid");
		err = judge_match(taking, key, allow->image, allow->label);
		if (err)
			return err;
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

static int take_exceptions(struct taking *taking, struct file_config *file, struct config *config)
{
	char key[64];
	int err;

	for (unsigned i = 0; i < file->exceptions_count; i++) {
		struct config_exception *exception = &file->exceptions[i];

		snprintf(key, sizeof(key), "exceptions[%u]", i);
		if (!exception->image && !exception->container && !exception->pod && !exception->namespace &&
		    !exception->label && !exception->executable)
			return fail_value(taking, key,
					  "would match everything; expected at least one of: image, container, pod, "
					  "namespace, label, executable");
		err = judge_match(taking, key, exception->image, exception->label);
		if (err)
			return err;
		if (!exception->name)
			exception->name = strdup(key);
		if (!exception->name)
			return -ENOMEM;
		snprintf(key, sizeof(key), "exceptions[%u].expires", i);
		if (config_parse_last_day(exception->expires, &exception->expires_s))
			return fail_value(taking, key, "is \"%s\"; expected the last day, such as 2027-01-31",
					  exception->expires);
	}
	config->exceptions = steal_pointer(&file->exceptions);
	config->exceptions_count = file->exceptions_count;
	file->exceptions_count = 0;
	return 0;
}

static int take_seconds(struct taking *taking, const char *key, const char *from, uint32_t *to)
{
	if (!config_parse_grace(from, to))
		return 0;
	return fail_value(taking, key, "is \"%s\"; expected at most %d seconds, such as 10s, 2m or 10", from,
			  CONFIG_GRACE_S_MAX);
}

static int take_verdict(struct taking *taking, struct file_verdict *verdict, struct config *config)
{
	char key[64];
	int err;

	if (verdict->grace) {
		err = take_seconds(taking, "verdict.grace", verdict->grace, &config->grace_s);
		if (err)
			return err;
	}
	if (!verdict->grace_by_image_count)
		return 0;
	config->grace = calloc(verdict->grace_by_image_count, sizeof(*config->grace));
	if (!config->grace)
		return -ENOMEM;
	for (unsigned i = 0; i < verdict->grace_by_image_count; i++) {
		struct file_grace *from = &verdict->grace_by_image[i];
		struct config_grace *to = &config->grace[i];

		snprintf(key, sizeof(key), "verdict.grace_by_image[%u]", i);
		err = judge_match(taking, key, from->image, NULL);
		if (err)
			return err;
		snprintf(key, sizeof(key), "verdict.grace_by_image[%u].grace", i);
		err = take_seconds(taking, key, from->grace, &to->seconds);
		if (err)
			return err;
		to->image = steal_pointer(&from->image);
		config->grace_count++;
	}
	return 0;
}

static int take_socket(struct taking *taking, struct file_config *file, struct config *config)
{
	char *path = file->socket;

	if (!strcmp(path, "off"))
		path[0] = '\0';
	if (path[0] && (path[0] != '/' || path[strlen(path) - 1] == '/'))
		return fail_value(taking, "socket",
				  "is \"%.100s\"; expected the absolute path of a socket, or off for none", path);
	free(config->socket);
	config->socket = steal_pointer(&file->socket);
	return 0;
}

static int take_ring(struct taking *taking, const char *key, const uint32_t *from, uint32_t *to)
{
	if (!from)
		return 0;
	if (*from < CONFIG_RING_KIB_MIN || *from > CONFIG_RING_KIB_MAX || (*from & (*from - 1)))
		return fail_value(taking, key, "is %u; expected a power of two from %d to %d", *from,
				  CONFIG_RING_KIB_MIN, CONFIG_RING_KIB_MAX);
	*to = *from;
	return 0;
}

static int take_roots(struct taking *taking, const char *name, char ***from, unsigned *from_count, char ***to,
		      unsigned *to_count)
{
	char key[64];

	for (unsigned i = 0; i < *from_count; i++) {
		char *directory = (*from)[i];

		snprintf(key, sizeof(key), "roots.%s[%u]", name, i);
		if (directory[0] == '/')
			strip_slashes(directory);
		if (!directory[0] || directory[0] != '/')
			return fail_value(taking, key, "is \"%.100s\"; expected the absolute path of a directory",
					  directory[0] ? directory : "/");
	}
	*to = steal_pointer(from);
	*to_count = *from_count;
	*from_count = 0;
	return 0;
}

int config_take(struct span text, struct file_config *file, struct config *config, struct config_mistake *ret_mistake)
{
	struct taking taken = {.text = text, .mistake = ret_mistake}, *taking = &taken;
	struct file_roots *roots = file->roots;
	int err;

	err = take_outputs(taking, file, config);
	if (!err)
		err = take_allow(taking, file, config);
	if (!err)
		err = take_exceptions(taking, file, config);
	if (!err && file->verdict)
		err = take_verdict(taking, file->verdict, config);
	if (!err && file->socket)
		err = take_socket(taking, file, config);
	if (err)
		return err;

	if (file->host_root) {
		if (file->host_root[0] && file->host_root[0] != '/')
			return fail_value(taking, "host_root", "is \"%.100s\"; expected an absolute path",
					  file->host_root);
		strip_slashes(file->host_root);
		free(config->host_root);
		config->host_root = steal_pointer(&file->host_root);
	}
	if (file->rings) {
		err = take_ring(taking, "rings.events_kib", file->rings->events_kib, &config->events_ring_kib);
		if (!err)
			err = take_ring(taking, "rings.alerts_kib", file->rings->alerts_kib, &config->alerts_ring_kib);
		if (err)
			return err;
	}

#define TAKE_ROOTS(name)                                                                                               \
	(err ? err                                                                                                     \
	     : take_roots(taking, #name, &roots->name, &roots->name##_count, &config->name##_roots,                    \
			  &config->name##_roots_count))
	if (roots) {
		err = TAKE_ROOTS(docker);
		err = TAKE_ROOTS(containerd);
		err = TAKE_ROOTS(runc);
		err = TAKE_ROOTS(runsc);
		err = TAKE_ROOTS(podman);
		err = TAKE_ROOTS(lxc);
	}
#undef TAKE_ROOTS
	return err;
}
