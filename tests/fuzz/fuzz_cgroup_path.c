/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes what tells containers by cgroup paths: ids are names out of the path, and what is below belongs to it. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "container/cgroup_path.h"

#define OTHER_ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* In exactly as much memory as it has bytes. Returns as cgroup_path_parse(). */
static int parse(const void *path, size_t size, const char *below, struct container_identity *ret_identity)
{
	size_t below_size = strlen(below);
	char *copy = malloc(size + below_size + !(size + below_size));
	int result;

	memcpy(copy, path, size);
	memcpy(copy + size, below, below_size);
	result = cgroup_path_parse((struct span){copy, size + below_size}, ret_identity);
	free(copy);
	return result;
}

/* nspawn's names are unescaped, the others stand in the path as they are. */
static void require_name(const char *name, const void *path, size_t size, bool is_literal)
{
	REQUIRE(memchr(name, '\0', CONTAINER_ID_MAX));
	REQUIRE(name[0] && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, ".."));
	REQUIRE(!is_literal || memmem(path, size, name, strlen(name)));
}

/* Whatever slashes follow: empty components name nothing. */
static bool ends_with(const uint8_t *data, size_t size, const char *text)
{
	size_t text_size = strlen(text);

	while (size && data[size - 1] == '/')
		size--;
	return size >= text_size && !memcmp(data + size - text_size, text, text_size);
}

static const char *outermost(const struct container_identity *identity)
{
	return identity->outer_id[0] ? identity->outer_id : identity->id;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct container_identity identity, below, untouched;
	int result;

	memset(&identity, 0xa5, sizeof(identity));
	untouched = identity;
	result = parse(data, size, "", &identity);
	if (result != 1) {
		REQUIRE(result == 0 || result == -EXDEV);
		REQUIRE(!memcmp(&identity, &untouched, sizeof(identity)));
		return 0;
	}
	REQUIRE(identity.runtime < RUNTIME_END);
	require_name(identity.id, data, size, !memmem(data, size, "machine-", 8));
	if (identity.outer_id[0])
		require_name(identity.outer_id, data, size, !memmem(data, size, "machine-", 8));
	REQUIRE(strcmp(identity.id, identity.outer_id));

	/* No name that a process inside gives a cgroup of its own takes it out of its container ... */
	REQUIRE(parse(data, size, "/conmon/lxc.monitor.x", &below) == 1);
	REQUIRE(!strcmp(outermost(&below), outermost(&identity)) && below.user_uid == identity.user_uid);
	/* ... and a container inside it has its own id, but what podman calls so there is a pod. */
	REQUIRE(parse(data, size, "/" OTHER_ID, &below) == 1);
	REQUIRE(!strcmp(outermost(&below), outermost(&identity)) && below.user_uid == identity.user_uid);
	REQUIRE(!strcmp(below.id, OTHER_ID) || ends_with(data, size, "/libpod_parent"));
	return 0;
}
