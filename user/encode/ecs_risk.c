/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's start says of what root in it reaches on the host. */
#include "encode/ecs_risk.h"

#include <string.h>
#include <sys/stat.h>

#include "base/safe_text.h"
#include "encode/capabilities.h"

/* Beyond, mounts are counted: a line has room for other things too. */
#define MOUNTS_MAX (4 << 10)

static struct span prefix_of(const char *text, size_t max_size)
{
	return utf8_prefix((struct span){text, strlen(text)}, max_size);
}

static void write_namespaces(struct json_writer *writer, unsigned shared)
{
	static const struct {
		enum facts_namespace bit;
		const char *name;
	} namespaces[] = {
		{NAMESPACE_PID, "pid"}, {NAMESPACE_NETWORK, "network"}, {NAMESPACE_IPC, "ipc"},
		{NAMESPACE_UTS, "uts"}, {NAMESPACE_CGROUP, "cgroup"},   {NAMESPACE_MOUNT, "mount"},
	};

	if (!shared)
		return;
	json_open_array(writer, "host_namespaces");
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		if (shared & namespaces[i].bit)
			json_cstring(writer, NULL, namespaces[i].name);
	}
	json_close_array(writer);
}

/* Nobody but root reads it, unless by its group. */
static bool needs_root(const struct facts_mount *mount)
{
	return mount->is_known && mount->uid == 0 && !(mount->mode & S_IROTH);
}

static void write_mount(struct json_writer *writer, const struct facts_mount *mount, size_t max_size)
{
	const char mode[] = {'0' + (mount->mode >> 9 & 7), '0' + (mount->mode >> 6 & 7), '0' + (mount->mode >> 3 & 7),
			     '0' + (mount->mode & 7)};

	json_open_object(writer, NULL);
	json_bytes(writer, "source", prefix_of(mount->source, max_size));
	json_bytes(writer, "destination", prefix_of(mount->destination, max_size));
	json_bool(writer, "writable", mount->is_writable);
	if (mount->is_known) {
		json_u64_string(writer, "uid", mount->uid);
		json_u64_string(writer, "gid", mount->gid);
		json_bytes(writer, "mode", (struct span){mode, sizeof(mode)});
		json_bool(writer, "needs_root", needs_root(mount));
	}
	json_close_object(writer);
}

/* Those that need root come first: where room ends, they are what matters. */
static void write_mounts(struct json_writer *writer, const struct facts_risk *risk, size_t max_size)
{
	size_t start = writer->size, nr_written = 0, omitted = risk->nr_mounts_dropped;
	struct json_writer empty = *writer;

	json_open_array(writer, "mounts");
	for (int is_first_pass = 1; is_first_pass >= 0; is_first_pass--) {
		for (size_t i = 0; i < risk->nr_mounts; i++) {
			const struct facts_mount *mount = &risk->mounts[i];
			struct json_writer before = *writer;

			if (needs_root(mount) != is_first_pass)
				continue;
			write_mount(writer, mount, max_size);
			if (writer->has_overflowed || writer->size - start > MOUNTS_MAX) {
				*writer = before;
				omitted++;
			} else {
				nr_written++;
			}
		}
	}
	json_close_array(writer);
	if (nr_written == 0)
		*writer = empty;
	if (omitted)
		json_u64(writer, "mounts_omitted", omitted);
}

void ecs_risk__write(struct json_writer *writer, const struct container_facts *facts, size_t max_size)
{
	const struct facts_risk *risk = &facts->risk;
	struct capabilities_cache cache = {0};

	if (facts->no_new_privs >= 0)
		json_bool(writer, "no_new_privs", facts->no_new_privs);
	if (!risk->is_known)
		return;
	json_bool(writer, "seccomp", risk->has_seccomp);
	json_bool(writer, "user_namespace", risk->has_user_namespace);
	json_bool(writer, "read_only_root", risk->is_root_readonly);
	if (risk->added_capabilities) {
		json_open_array(writer, "added_capabilities");
		json_members(writer, capabilities_elements(&cache, risk->added_capabilities));
		json_close_array(writer);
	}
	write_namespaces(writer, risk->host_namespaces);
	write_mounts(writer, risk, max_size);
}
