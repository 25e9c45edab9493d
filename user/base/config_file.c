/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as its file has it: the schema that libcyaml follows, and the bounded reading. */
#include "base/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cyaml/cyaml.h>

#include "base/cleanup.h"

#define OUTPUTS_MAX    8
#define ALLOW_MAX      1024
#define EXCEPTIONS_MAX 1024
#define GRACE_MAX      256
#define ROOTS_MAX      64
#define TEXT_MAX       4096
/* What an exception says of itself must leave room in a verdict's line. */
#define WHO_MAX           256
#define REASON_MAX        1024
#define PATH_LENGTH_MAX   (PATH_MAX - 64) /* the directories below and ".1" must fit too */
#define PIPE_WAIT_MS      5000
#define SOCKET_LENGTH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

#define REQUIRED_TEXT CYAML_FLAG_POINTER
#define OPTIONAL_TEXT (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define OPTIONAL_GROUP                                                                                                 \
	(CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL) /* may stand with all its keys commented out */

static const cyaml_strval_t output_types[] = {
	{"stdout", OUTPUT_STDOUT},
	{"file", OUTPUT_FILE},
};

static const cyaml_schema_field_t output_fields[] = {
	CYAML_FIELD_ENUM("type", CYAML_FLAG_STRICT, struct file_output, type, output_types,
			 CYAML_ARRAY_LEN(output_types)),
	CYAML_FIELD_STRING_PTR("path", OPTIONAL_TEXT, struct file_output, path, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_STRING_PTR("max_size", OPTIONAL_TEXT, struct file_output, max_size, 1, 32),
	CYAML_FIELD_UINT_PTR("keep", OPTIONAL_TEXT, struct file_output, keep),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t allow_fields[] = {
	CYAML_FIELD_STRING_PTR("image", OPTIONAL_TEXT, struct config_allow, image, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("container", OPTIONAL_TEXT, struct config_allow, container, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("label", OPTIONAL_TEXT, struct config_allow, label, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("executable", OPTIONAL_TEXT, struct config_allow, executable, 1, TEXT_MAX),
	CYAML_FIELD_UINT_PTR("uid", OPTIONAL_TEXT, struct config_allow, uid),
	CYAML_FIELD_STRING_PTR("reason", OPTIONAL_TEXT, struct config_allow, reason, 1, TEXT_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t grace_fields[] = {
	CYAML_FIELD_STRING_PTR("image", REQUIRED_TEXT, struct file_grace, image, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("grace", REQUIRED_TEXT, struct file_grace, grace, 1, 32),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t grace_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct file_grace, grace_fields),
};

static const cyaml_schema_field_t verdict_fields[] = {
	CYAML_FIELD_STRING_PTR("grace", OPTIONAL_TEXT, struct file_verdict, grace, 1, 32),
	CYAML_FIELD_SEQUENCE("grace_by_image", OPTIONAL_GROUP, struct file_verdict, grace_by_image, &grace_schema, 0,
			     GRACE_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t exception_fields[] = {
	CYAML_FIELD_STRING_PTR("name", OPTIONAL_TEXT, struct config_exception, name, 1, WHO_MAX),
	CYAML_FIELD_STRING_PTR("image", OPTIONAL_TEXT, struct config_exception, image, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("container", OPTIONAL_TEXT, struct config_exception, container, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("pod", OPTIONAL_TEXT, struct config_exception, pod, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("namespace", OPTIONAL_TEXT, struct config_exception, namespace, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("label", OPTIONAL_TEXT, struct config_exception, label, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("executable", OPTIONAL_TEXT, struct config_exception, executable, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("owner", REQUIRED_TEXT, struct config_exception, owner, 1, WHO_MAX),
	CYAML_FIELD_STRING_PTR("reason", REQUIRED_TEXT, struct config_exception, reason, 1, REASON_MAX),
	CYAML_FIELD_STRING_PTR("expires", REQUIRED_TEXT, struct config_exception, expires, 1, 32),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t exception_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_exception, exception_fields),
};

static const cyaml_schema_field_t rings_fields[] = {
	CYAML_FIELD_UINT_PTR("events_kib", OPTIONAL_TEXT, struct file_rings, events_kib),
	CYAML_FIELD_UINT_PTR("alerts_kib", OPTIONAL_TEXT, struct file_rings, alerts_kib),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t output_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct file_output, output_fields),
};

static const cyaml_schema_value_t allow_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_allow, allow_fields),
};

static const cyaml_schema_value_t directory_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, PATH_LENGTH_MAX),
};

#define ROOTS_FIELD(name)                                                                                              \
	CYAML_FIELD_SEQUENCE(#name, OPTIONAL_GROUP, struct file_roots, name, &directory_schema, 0, ROOTS_MAX)

static const cyaml_schema_field_t roots_fields[] = {
	ROOTS_FIELD(docker), ROOTS_FIELD(containerd), ROOTS_FIELD(runc), ROOTS_FIELD(runsc),
	ROOTS_FIELD(podman), ROOTS_FIELD(lxc),        CYAML_FIELD_END,
};

static const cyaml_schema_field_t config_fields[] = {
	CYAML_FIELD_SEQUENCE("outputs", OPTIONAL_GROUP, struct file_config, outputs, &output_schema, 0, OUTPUTS_MAX),
	CYAML_FIELD_SEQUENCE("allow", OPTIONAL_GROUP, struct file_config, allow, &allow_schema, 0, ALLOW_MAX),
	CYAML_FIELD_MAPPING_PTR("verdict", OPTIONAL_GROUP, struct file_config, verdict, verdict_fields),
	CYAML_FIELD_SEQUENCE("exceptions", OPTIONAL_GROUP, struct file_config, exceptions, &exception_schema, 0,
			     EXCEPTIONS_MAX),
	CYAML_FIELD_STRING_PTR("socket", OPTIONAL_TEXT, struct file_config, socket, 0, SOCKET_LENGTH_MAX),
	CYAML_FIELD_STRING_PTR("host_root", OPTIONAL_TEXT, struct file_config, host_root, 0, PATH_LENGTH_MAX),
	CYAML_FIELD_MAPPING_PTR("rings", OPTIONAL_GROUP, struct file_config, rings, rings_fields),
	CYAML_FIELD_MAPPING_PTR("roots", OPTIONAL_GROUP, struct file_config, roots, roots_fields),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_config, config_fields),
};

static int wait_readable(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	int ready;

	do {
		ready = poll(&pollfd, 1, PIPE_WAIT_MS);
	} while (ready < 0 && errno == EINTR);
	return ready < 0 ? -errno : ready == 0 ? -ETIMEDOUT : 0;
}

static int read_all(int fd, bool is_pipe, char *buffer, size_t capacity, size_t *ret_size)
{
	size_t size = 0;
	int err;

	while (size < capacity) {
		ssize_t n;

		if (is_pipe && (err = wait_readable(fd)))
			return err;
		n = read(fd, buffer + size, capacity - size);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR && !(is_pipe && errno == EAGAIN))
			return -errno;
		if (n > 0)
			size += n;
	}
	*ret_size = size;
	return 0;
}

/* "-c /dev/null" is how people ask for the defaults. */
static bool is_null_device(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

int config_read(const char *path, char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct stat status;
	size_t size = 0;
	int err;

	/* O_NONBLOCK: a FIFO without a writer must not hang the start. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !is_null_device(&status))
		return -EINVAL;
	text = malloc(CONFIG_FILE_MAX + 1);
	if (!text)
		return -ENOMEM;
	err = read_all(fd, S_ISFIFO(status.st_mode), text, CONFIG_FILE_MAX + 1, &size);
	if (err)
		return err;
	if (size > CONFIG_FILE_MAX)
		return -EFBIG;
	*ret_text = steal_pointer(&text);
	*ret_size = size;
	return 0;
}
