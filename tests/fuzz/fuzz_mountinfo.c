/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the search for a file in mounts: a path, a line feed, and a mountinfo. */
#include "fuzz.h"

#include <string.h>

#include "container/mountinfo.h"

static void require_normal(const char *path)
{
	char again[PATH_MAX];

	REQUIRE(path[0] == '/' && strlen(path) < PATH_MAX);
	REQUIRE(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
	REQUIRE(path_normalize(path, again) && !strcmp(path, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct file_place place = {}, host_root = {};
	char name[2 * PATH_MAX], path[PATH_MAX];
	uint32_t major, minor;
	struct span mounts;
	size_t length;
	char *copy;

	if (!end || (length = (size_t)(end - data)) >= sizeof(name))
		return 0;
	memcpy(name, data, length);
	name[length] = '\0';
	if (!path_normalize(name, path))
		return 0;
	require_normal(path);
	/* In exactly as much memory as it has bytes. */
	mounts.size = size - length - 1;
	copy = malloc(mounts.size + !mounts.size);
	memcpy(copy, end + 1, mounts.size);
	mounts.data = copy;
	if (mountinfo_locate(mounts, "/", &host_root) && mountinfo_locate(mounts, path, &place)) {
		REQUIRE(memchr(place.path, '\0', sizeof(place.path)));
		/* What has the host's mounts holds no file of the host's. */
		REQUIRE(!mountinfo_holds(mounts, &place, NULL, &host_root));
		mountinfo_holds(mounts, &place, path, &host_root);
	}
	mountinfo_root_overlay(mounts, &major, &minor);
	free(copy);
	return 0;
}
