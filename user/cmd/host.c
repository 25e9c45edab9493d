// SPDX-License-Identifier: Apache-2.0
/* Tells the host's names and clocks. */
#include "cmd/host.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/safe_text.h"

/* The first line of a file, "" where there is none. */
static void read_line(const char *root, const char *name, char *ret, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	ssize_t length;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "%s%s", root, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return;
	length = read(fd, ret, size - 1);
	ret[length > 0 ? length : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

/* Lines and recordings are JSON, and a host can have any bytes for a name. */
static void make_text(char *name, size_t size)
{
	char text[sizeof(((struct host *)0)->name)];

	memcpy(name, text, terminal_text((struct span){name, strlen(name)}, text, size) + 1);
}

void host__detect(const char *host_root, struct host *ret_host)
{
	memset(ret_host, 0, sizeof(*ret_host));
	/* In a container of its own uidzero has a host name of its own: the file tells the host's. */
	if (host_root[0])
		read_line(host_root, "/etc/hostname", ret_host->name, sizeof(ret_host->name));
	if (!ret_host->name[0])
		gethostname(ret_host->name, sizeof(ret_host->name) - 1);
	make_text(ret_host->name, sizeof(ret_host->name));
	read_line(host_root, "/etc/machine-id", ret_host->id, sizeof(ret_host->id));
	make_text(ret_host->id, sizeof(ret_host->id));
	read_line("", "/proc/sys/kernel/random/boot_id", ret_host->boot_id, sizeof(ret_host->boot_id));
	ret_host->boot_to_realtime_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	snprintf(ret_host->agent_version, sizeof(ret_host->agent_version), "%s", UIDZERO_VERSION);
}

struct encode_context host__context(const struct host *host)
{
	return (struct encode_context){
		.host_name = host->name,
		.host_id = host->id[0] ? host->id : NULL,
		.boot_id = host->boot_id,
		.agent_version = host->agent_version,
		.boot_to_realtime_ns = host->boot_to_realtime_ns,
	};
}

int host__to_json(const struct host *host, char **ret_json)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:b, s:s}", "name", host->name, "id", host->id, "boot_id",
				   host->boot_id, "boot_to_realtime_ns", (json_int_t)host->boot_to_realtime_ns,
				   "wants_all", host->wants_all, "agent_version", host->agent_version);

	if (!object)
		return -ENOMEM;
	*ret_json = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return *ret_json ? 0 : -ENOMEM;
}

int host__from_json(const char *json, size_t size, struct host *ret_host)
{
	const char *name, *id, *boot_id, *version;
	json_int_t offset;
	int wants_all, err;
	json_t *object;

	object = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
	if (!object)
		return -EBADMSG;
	err = json_unpack(object, "{s:s, s:s, s:s, s:I, s:b, s:s}", "name", &name, "id", &id, "boot_id", &boot_id,
			  "boot_to_realtime_ns", &offset, "wants_all", &wants_all, "agent_version", &version);
	if (!err) {
		snprintf(ret_host->name, sizeof(ret_host->name), "%s", name);
		snprintf(ret_host->id, sizeof(ret_host->id), "%s", id);
		snprintf(ret_host->boot_id, sizeof(ret_host->boot_id), "%s", boot_id);
		snprintf(ret_host->agent_version, sizeof(ret_host->agent_version), "%s", version);
		ret_host->boot_to_realtime_ns = offset;
		ret_host->wants_all = wants_all;
	}
	json_decref(object);
	return err ? -EBADMSG : 0;
}
