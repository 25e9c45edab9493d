/* SPDX-License-Identifier: Apache-2.0 */
/* Reads which container a cgroup's path names, component by component. */
#include "container/cgroup_path.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define HEX_ID_SIZE      64
#define MACHINE_NAME_MAX 64 /* machine names are host names: HOST_NAME_MAX */

/* How a prefix and an id are joined to a cgroup's name. */
enum name_form {
	FORM_SCOPE = 1 << 0, /* docker-<id>.scope, or what a cgroupfs driver makes of "slice:docker:<id>" */
	FORM_BARE = 1 << 1,  /* crio-<id> */
};

static const struct id_prefix {
	const char *text;
	enum container_runtime runtime;
	unsigned forms;
	bool is_monitor;
} id_prefixes[] = {
	{"docker", RUNTIME_DOCKER, FORM_SCOPE, false},
	{"cri-containerd", RUNTIME_CONTAINERD, FORM_SCOPE, false},
	{"nerdctl", RUNTIME_CONTAINERD, FORM_SCOPE, false},
	{"crio", RUNTIME_CRIO, FORM_SCOPE | FORM_BARE, false},
	{"libpod", RUNTIME_PODMAN, FORM_SCOPE | FORM_BARE, false},
	{"libpod-payload", RUNTIME_PODMAN, FORM_BARE, false}, /* podman run --cgroups=split, Quadlet's default */
	{"crio-conmon", RUNTIME_CRIO, FORM_SCOPE | FORM_BARE, true},
	{"libpod-conmon", RUNTIME_PODMAN, FORM_SCOPE | FORM_BARE, true},
};

/* Parents below which a bare id is surely this runtime's. */
static const struct {
	const char *parent;
	enum container_runtime runtime;
} id_parents[] = {
	{"docker", RUNTIME_DOCKER},
	{"actions_job", RUNTIME_DOCKER},
	{"k8s.io", RUNTIME_CONTAINERD},
};

enum match_kind { MATCH_NONE, MATCH_CONTAINER, MATCH_MONITOR };

struct match {
	enum container_runtime runtime;
	char id[CONTAINER_ID_MAX];
};

/* The component at hand and what stands around it. */
struct walk {
	struct span rest; /* behind the component */
	struct span component, parent, grandparent;
	bool is_base; /* nothing but a container stands above: what runtimes take for their hierarchy's root */
};

static bool span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

static bool strip_prefix(struct span *span, const char *prefix)
{
	size_t size = strlen(prefix);

	if (span->size < size || memcmp(span->data, prefix, size) != 0)
		return false;
	span->data += size;
	span->size -= size;
	return true;
}

static bool strip_suffix(struct span *span, const char *suffix)
{
	size_t size = strlen(suffix);

	if (span->size < size || memcmp(span->data + span->size - size, suffix, size) != 0)
		return false;
	span->size -= size;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Runtimes write ids in lower case only. */
static bool is_hex_id(const char *data)
{
	for (size_t i = 0; i < HEX_ID_SIZE; i++)
		if (hex_digit(data[i]) < 0)
			return false;
	return true;
}

/* A name becomes a component of paths to look at. */
static bool copy_name(struct span name, struct match *ret_match)
{
	if (name.size == 0 || name.size >= sizeof(ret_match->id) || span_is(name, ".") || span_is(name, ".."))
		return false;
	memcpy(ret_match->id, name.data, name.size);
	ret_match->id[name.size] = '\0';
	return true;
}

static enum match_kind match_prefixed_id(struct span name, struct match *ret_match)
{
	enum name_form form = strip_suffix(&name, ".scope") ? FORM_SCOPE : FORM_BARE;
	struct span id = {NULL, HEX_ID_SIZE};

	if (name.size < HEX_ID_SIZE + 2)
		return MATCH_NONE;
	name.size -= HEX_ID_SIZE;
	id.data = name.data + name.size;
	if (!is_hex_id(id.data))
		return MATCH_NONE;

	if (form == FORM_BARE && strip_suffix(&name, ":")) {
		const char *colon = memchr(name.data, ':', name.size);
		struct span slice;

		if (!colon)
			return MATCH_NONE;
		slice = (struct span){name.data, (size_t)(colon - name.data)};
		if (!strip_suffix(&slice, ".slice"))
			return MATCH_NONE;
		name.size -= slice.size + strlen(".slice:");
		name.data = colon + 1;
		form = FORM_SCOPE;
	} else if (!strip_suffix(&name, "-")) {
		return MATCH_NONE;
	}

	for (size_t i = 0; i < sizeof(id_prefixes) / sizeof(id_prefixes[0]); i++) {
		const struct id_prefix *prefix = &id_prefixes[i];

		if (!(prefix->forms & form) || !span_is(name, prefix->text))
			continue;
		ret_match->runtime = prefix->runtime;
		copy_name(id, ret_match);
		return prefix->is_monitor ? MATCH_MONITOR : MATCH_CONTAINER;
	}
	return MATCH_NONE;
}

static enum match_kind match_bare_id(const struct walk *walk, struct match *ret_match)
{
	if (walk->component.size != HEX_ID_SIZE || !is_hex_id(walk->component.data))
		return MATCH_NONE;
	if (span_is(walk->parent, "libpod_parent"))
		return MATCH_NONE; /* a pod of podman, with its containers below */

	ret_match->runtime = RUNTIME_UNKNOWN;
	for (size_t i = 0; i < sizeof(id_parents) / sizeof(id_parents[0]); i++)
		if (span_is(walk->parent, id_parents[i].parent))
			ret_match->runtime = id_parents[i].runtime;
	if (span_is(walk->grandparent, "ecs"))
		ret_match->runtime = RUNTIME_DOCKER;
	copy_name(walk->component, ret_match);
	return MATCH_CONTAINER;
}

static enum match_kind match_lxc(const struct walk *walk, struct match *ret_match)
{
	struct span name = walk->component;

	ret_match->runtime = RUNTIME_LXC;
	if (strip_prefix(&name, "lxc.payload."))
		return copy_name(name, ret_match) ? MATCH_CONTAINER : MATCH_NONE;
	if (strip_prefix(&name, "lxc.monitor.") || span_is(name, "lxc.pivot"))
		return MATCH_MONITOR;

	/* Before LXC 4.0 the name was a component of its own. */
	if (!walk->is_base)
		return MATCH_NONE;
	if (span_is(walk->parent, "lxc") || span_is(walk->parent, "lxc.payload"))
		return copy_name(name, ret_match) ? MATCH_CONTAINER : MATCH_NONE;
	if (span_is(walk->parent, "lxc.monitor"))
		return MATCH_MONITOR;
	return MATCH_NONE;
}

static bool is_machine_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_';
}

/* Undo systemd-escape(1). A '-' that is not escaped would stand for '/', which no machine's name has. */
static bool unescape_machine_name(struct span name, struct match *ret_match)
{
	char text[MACHINE_NAME_MAX];
	size_t size = 0;

	for (size_t i = 0; i < name.size; i++) {
		char c = name.data[i];

		if (c == '-')
			return false;
		if (c == '\\') {
			int high, low;

			if (name.size - i < strlen("\\xNN") || name.data[i + 1] != 'x')
				return false;
			high = hex_digit(name.data[i + 2]);
			low = hex_digit(name.data[i + 3]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 3;
		}
		if (!is_machine_name_char(c) || size == MACHINE_NAME_MAX)
			return false;
		text[size++] = c;
	}
	return copy_name((struct span){text, size}, ret_match);
}

/* libvirt registers its machines as "<driver>-<number>-<name>". */
static bool is_libvirt_name(const char *name, const char *driver)
{
	size_t size = strlen(driver);
	size_t digits;

	if (strncmp(name, driver, size) != 0 || name[size] != '-')
		return false;
	digits = strspn(name + size + 1, "0123456789");
	return digits > 0 && name[size + 1 + digits] == '-';
}

static enum match_kind match_nspawn(const struct walk *walk, struct match *ret_match)
{
	struct span name = walk->component, below = walk->rest;
	bool has_payload = strip_prefix(&below, "/payload") && (below.size == 0 || below.data[0] == '/');

	ret_match->runtime = RUNTIME_NSPAWN;
	if (strip_prefix(&name, "machine-") && strip_suffix(&name, ".scope")) {
		if (!unescape_machine_name(name, ret_match))
			return MATCH_NONE;
		if (has_payload)
			return MATCH_CONTAINER;
		if (is_libvirt_name(ret_match->id, "qemu"))
			return MATCH_MONITOR; /* a virtual machine: its processes are the host's */
		if (is_libvirt_name(ret_match->id, "lxc"))
			ret_match->runtime = RUNTIME_UNKNOWN;
		return MATCH_CONTAINER;
	}

	/* systemd-nspawn@.service runs it with --keep-unit: the supervisor is in the unit too, beside the payload. */
	name = walk->component;
	if (!strip_prefix(&name, "systemd-nspawn@") || !strip_suffix(&name, ".service") || !has_payload)
		return MATCH_NONE;
	for (size_t i = 0; i < name.size; i++)
		if (!is_machine_name_char(name.data[i]))
			return MATCH_NONE;
	return name.size <= MACHINE_NAME_MAX && copy_name(name, ret_match) ? MATCH_CONTAINER : MATCH_NONE;
}

static enum match_kind match_component(const struct walk *walk, struct match *ret_match)
{
	enum match_kind kind = match_prefixed_id(walk->component, ret_match);

	if (kind == MATCH_NONE)
		kind = match_bare_id(walk, ret_match);
	if (kind == MATCH_NONE)
		kind = match_lxc(walk, ret_match);
	if (kind == MATCH_NONE)
		kind = match_nspawn(walk, ret_match);
	if (kind == MATCH_NONE && span_is(walk->component, "conmon") && span_is(walk->parent, "libpod_parent"))
		kind = MATCH_MONITOR;
	return kind;
}

static bool next_component(struct walk *walk)
{
	const char *end;

	while (strip_prefix(&walk->rest, "/"))
		;
	if (walk->rest.size == 0)
		return false;
	end = memchr(walk->rest.data, '/', walk->rest.size);
	walk->grandparent = walk->parent;
	walk->parent = walk->component;
	walk->component.data = walk->rest.data;
	walk->component.size = end ? (size_t)(end - walk->rest.data) : walk->rest.size;
	walk->rest.data += walk->component.size;
	walk->rest.size -= walk->component.size;
	return true;
}

/* The uid in "<prefix><uid><suffix>"; 0 for any other name. */
static uint32_t uid_in_name(struct span name, const char *prefix, const char *suffix)
{
	uint64_t uid = 0;

	if (!strip_prefix(&name, prefix) || !strip_suffix(&name, suffix) || name.size == 0 || name.size > 10)
		return 0;
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] < '0' || name.data[i] > '9')
			return 0;
		uid = uid * 10 + (uint64_t)(name.data[i] - '0');
	}
	return uid <= UINT32_MAX ? (uint32_t)uid : 0;
}

/* Below user@<uid>.service that user makes cgroups as he likes, and gives them the names of others' containers. */
static uint32_t delegated_to(struct span path)
{
	struct walk walk = {.rest = path};
	uint32_t uid;

	if (!next_component(&walk) || !span_is(walk.component, "user.slice") || !next_component(&walk))
		return 0;
	uid = uid_in_name(walk.component, "user-", ".slice");
	if (!next_component(&walk) || uid_in_name(walk.component, "user@", ".service") != uid)
		return 0;
	return uid;
}

static void add_between(struct container_identity *identity, const char *id)
{
	size_t used = strlen(identity->between_ids), size = strlen(id);

	if (used + size + 2 > sizeof(identity->between_ids))
		return;
	memcpy(identity->between_ids + used, id, size);
	memcpy(identity->between_ids + used + size, "/", 2);
}

void container_identity__nest(struct container_identity *identity, const struct container_identity *outer)
{
	memset(identity->between_ids, 0, sizeof(identity->between_ids));
	if (!outer->outer_id[0]) {
		memcpy(identity->outer_id, outer->id, sizeof(identity->outer_id));
		return;
	}
	memcpy(identity->outer_id, outer->outer_id, sizeof(identity->outer_id));
	memcpy(identity->between_ids, outer->between_ids, sizeof(identity->between_ids));
	add_between(identity, outer->id);
}

int cgroup_path_parse(struct span path, struct container_identity *ret_identity)
{
	struct walk walk = {.rest = path, .is_base = true};
	struct match match = {0}, inner = {0}, outer = {0};
	struct container_identity identity = {0};
	bool has_container = false, has_monitor = false;

	if (path.size == 0 || path.data[0] != '/' || memchr(path.data, '\0', path.size))
		return 0;

	while (next_component(&walk)) {
		bool is_lxc_parent;

		switch (match_component(&walk, &match)) {
		case MATCH_CONTAINER:
			if (!has_container)
				outer = match;
			else if (strcmp(inner.id, outer.id) != 0 && strcmp(inner.id, match.id) != 0)
				add_between(&identity, inner.id);
			inner = match;
			has_container = true;
			walk.is_base = true;
			/* What stands below names nothing by this component again. */
			walk.component = (struct span){"", 0};
			continue;
		case MATCH_MONITOR:
			/* Inside a container anybody can call a cgroup so; it stays the container's. */
			has_monitor = true;
			break;
		case MATCH_NONE:
			break;
		}
		is_lxc_parent = span_is(walk.component, "lxc") || span_is(walk.component, "lxc.payload") ||
				span_is(walk.component, "lxc.monitor");
		/* LXD and Proxmox give the container "ns" below the cgroup that carries its name. */
		walk.is_base = walk.is_base && (is_lxc_parent || span_is(walk.component, "ns"));
	}

	if (!has_container)
		return has_monitor ? -EXDEV : 0;
	*ret_identity = identity;
	ret_identity->runtime = inner.runtime;
	memcpy(ret_identity->id, inner.id, sizeof(ret_identity->id));
	if (strcmp(inner.id, outer.id) != 0)
		memcpy(ret_identity->outer_id, outer.id, sizeof(ret_identity->outer_id));
	ret_identity->user_uid = delegated_to(path);
	return 1;
}

const char *container_runtime_name(enum container_runtime runtime)
{
	static const char *const names[RUNTIME_END] = {
		[RUNTIME_DOCKER] = "docker", [RUNTIME_CONTAINERD] = "containerd",
		[RUNTIME_CRIO] = "cri-o",    [RUNTIME_PODMAN] = "podman",
		[RUNTIME_RUNC] = "runc",     [RUNTIME_CRUN] = "crun",
		[RUNTIME_LXC] = "lxc",       [RUNTIME_NSPAWN] = "systemd-nspawn",
		[RUNTIME_RUNSC] = "runsc",
	};

	return (unsigned)runtime < RUNTIME_END ? names[runtime] : NULL;
}
