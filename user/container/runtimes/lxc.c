/* SPDX-License-Identifier: Apache-2.0 */
/* What LXC's configuration file says of a container (lxc.container.conf(5)). */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/span.h"
#include "container/facts_text.h"
#include "container/passwd_mounts.h"
#include "container/runtimes/runtime.h"
#include "container/safe_file.h"

#define MOUNTS_MAX 256 /* as in a bundle */

/* What is wanted of the file; the last line of a key holds. */
struct lxc_config {
	struct span init_uid, init_gid, no_new_privs, rootfs;
	bool has_fstab; /* whatever it mounts */
};

static struct span trim(struct span text)
{
	while (text.size && strchr(" \t\r", text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size && strchr(" \t\r", text.data[text.size - 1]))
		text.size--;
	return text;
}

static bool span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

/* Take the next "key = value" of a text. Returns false at its end. */
static bool next_pair(struct span *text, struct span *ret_key, struct span *ret_value)
{
	while (text->size > 0) {
		const char *end = memchr(text->data, '\n', text->size);
		struct span line = {text->data, end ? (size_t)(end - text->data) : text->size};
		const char *equals = line.size ? memchr(line.data, '=', line.size) : NULL;

		text->data += line.size + (end ? 1 : 0);
		text->size -= line.size + (end ? 1 : 0);
		if (!equals)
			continue;
		*ret_key = trim((struct span){line.data, (size_t)(equals - line.data)});
		*ret_value = trim((struct span){equals + 1, line.size - (size_t)(equals + 1 - line.data)});
		return true;
	}
	return false;
}

static void read_pairs(struct span text, struct lxc_config *config)
{
	struct span key, value;

	while (next_pair(&text, &key, &value)) {
		if (value.size >= 2 && strchr("'\"", value.data[0]) && value.data[value.size - 1] == value.data[0])
			value = (struct span){value.data + 1, value.size - 2};
		if (span_is(key, "lxc.init.uid"))
			config->init_uid = value;
		else if (span_is(key, "lxc.init.gid"))
			config->init_gid = value;
		else if (span_is(key, "lxc.no_new_privs"))
			config->no_new_privs = value;
		else if (span_is(key, "lxc.rootfs.path"))
			config->rootfs = value;
	}
}

static struct span take_word(struct span *text)
{
	struct span word = trim(*text);
	size_t size = 0;

	while (size < word.size && !strchr(" \t", word.data[size]))
		size++;
	*text = (struct span){word.data + size, word.size - size};
	return (struct span){word.data, size};
}

/* As in fstab(5): what, where ... The second is below the container's root, or the host's path of it. */
static void note_mount(const char *host_root, struct span entry, struct container_facts *facts)
{
	size_t size = facts->rootfs ? strlen(facts->rootfs) : 0;
	struct span where;

	take_word(&entry);
	where = take_word(&entry);
	if (size && where.size > size && memcmp(where.data, facts->rootfs, size) == 0 && where.data[size] == '/')
		where = (struct span){where.data + size, where.size - size};
	passwd_mounts__note(host_root, where, facts);
}

/* Another file with mounts is not read: it may have one over the passwd. */
static void note_mounts(const char *host_root, struct span text, struct container_facts *facts)
{
	struct span key, value;

	for (unsigned count = 0; !facts->passwd_is_mounted && next_pair(&text, &key, &value);) {
		if (span_is(key, "lxc.mount.entry") && count++ < MOUNTS_MAX)
			note_mount(host_root, value, facts);
		else if (span_is(key, "lxc.mount.entry") || span_is(key, "lxc.mount.fstab") ||
			 span_is(key, "lxc.mount"))
			facts->passwd_is_mounted = value.size > 0;
	}
}

/* An empty value is the default: root. */
static struct span id_or_root(struct span id)
{
	if (id.size == 0)
		return (struct span){"0", 1};
	for (size_t i = 0; i < id.size; i++)
		if (id.data[i] < '0' || id.data[i] > '9' || i == 10)
			return (struct span){"", 0};
	return id;
}

static int fill_resolved_user(const struct lxc_config *config, struct container_facts *facts)
{
	struct span uid = id_or_root(config->init_uid), gid = id_or_root(config->init_gid);
	char text[32];

	if (uid.size == 0 || gid.size == 0)
		return 0;
	snprintf(text, sizeof(text), "%.*s:%.*s", (int)uid.size, uid.data, (int)gid.size, gid.data);
	return facts_text__set(&facts->resolved_user, span_of(text));
}

/* "dir:<path>", "overlay:<lower>:<upper>" ...; other kinds than the first are mounted where nobody else sees them. */
static int fill_rootfs(struct span path, struct container_facts *facts)
{
	if (path.size > strlen("dir:") && memcmp(path.data, "dir:", strlen("dir:")) == 0)
		path = (struct span){path.data + strlen("dir:"), path.size - strlen("dir:")};
	return path.size > 0 && path.data[0] == '/' ? facts_text__set(&facts->rootfs, path) : 0;
}

static int read_config(const struct safe_root *root, struct container_facts *facts)
{
	_cleanup_free_ char *data = NULL;
	struct lxc_config config = {0};
	char path[PATH_MAX];
	size_t size;
	int err;

	if (snprintf(path, sizeof(path), "%s/config", facts->identity.id) >= (int)sizeof(path))
		return 0;
	err = safe_file__read(root, path, FACTS_FILE_MAX, &data, &size);
	if (err)
		return err == -ENOMEM ? err : 0;
	read_pairs((struct span){data, size}, &config);
	facts->identity.runtime = RUNTIME_LXC;
	facts->no_new_privs = span_is(config.no_new_privs, "1");
	err = fill_resolved_user(&config, facts);
	err = err ?: fill_rootfs(config.rootfs, facts);
	if (!err)
		note_mounts(root->host_root, (struct span){data, size}, facts);
	return err ?: 1;
}

static int lxc__read(const struct facts_roots *roots, struct container_facts *facts)
{
	int found = 0;
	int err;

	for (char **path = roots->lxc; *path && found == 0; path++) {
		struct safe_root root;

		if (safe_root__open(roots->host_root, *path, &root) < 0)
			continue;
		found = read_config(&root, facts);
		safe_root__close(&root);
	}
	/* The cgroup already carries the name. */
	if (found < 0 || facts->identity.runtime != RUNTIME_LXC)
		return found;
	err = facts_text__set(&facts->name, span_of(facts->identity.id));
	return err ?: 1;
}

const struct runtime_reader lxc_reader = {{RUNTIME_LXC}, lxc__read};
