/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the readers of images over Docker's and podman's stores in memory, and the lines that tell of them. */
#include "fuzz.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "container/images.h"
#include "container/layers.h"
#include "encode/image.h"

/* The input is files, each behind a line "== /docker/PATH" or "== /podman/PATH". */
#define HEADING         "\n== "
#define FILES_MAX       128
#define DESCRIPTORS_MAX 64

static struct file {
	const char *path;
	struct span content;
} files[FILES_MAX];
static size_t nr_files;

/* Which directory an open descriptor lists; see safe_root__list(). */
static char listed[DESCRIPTORS_MAX][PATH_MAX];

static const char *const docker_roots[] = {"/docker", NULL};
static const char *const podman_roots[] = {"/podman", NULL};
static const struct facts_roots roots = {
	.host_root = (char *)"",
	.docker = (char **)docker_roots,
	.podman = (char **)podman_roots,
};

/* Of components that a directory can have. */
static bool is_path(const char *path)
{
	while (*path == '/') {
		size_t size = strcspn(++path, "/");

		if (size == 0 || size > NAME_MAX || !strncmp(path, ".", size) || !strncmp(path, "..", size))
			return false;
		path += size;
	}
	return !*path;
}

/* text is ended by a NUL; files point into it. */
static void split_files(char *text, size_t size)
{
	char *end = text + size, *at = memmem(text, size, HEADING, strlen(HEADING));

	for (nr_files = 0; at && nr_files < FILES_MAX;) {
		char *path = at + strlen(HEADING), *line_end = memchr(path, '\n', end - path);

		if (!line_end)
			break;
		at = memmem(line_end, end - line_end, HEADING, strlen(HEADING));
		*line_end = '\0';
		if (line_end - path < PATH_MAX && is_path(path))
			files[nr_files++] = (struct file){path, {line_end + 1, (at ?: end) - line_end - 1}};
	}
}

/* What the path is below the directory, without a '/' in front; or NULL. */
static const char *below(const char *path, const char *directory)
{
	size_t size = strlen(directory);

	return !strncmp(path, directory, size) && path[size] == '/' ? path + size + 1 : NULL;
}

static bool is_directory(const char *path)
{
	for (size_t i = 0; i < nr_files; i++)
		if (below(files[i].path, path))
			return true;
	return false;
}

/* Whatever files say, it leads nowhere else. */
static void join(const char *directory, const char *path, char ret_path[PATH_MAX])
{
	bool is_itself = !strcmp(path, ".");
	int size = snprintf(ret_path, PATH_MAX, "%s%s%s", directory, is_itself ? "" : "/", is_itself ? "" : path);

	REQUIRE(size < PATH_MAX && is_path(ret_path));
}

static int open_root(const char *path, struct safe_root *ret_root)
{
	if (!is_directory(path))
		return -ENOENT;
	*ret_root = (struct safe_root){.fd = INT_MIN, .path = strdup(path)};
	return 0;
}

/* From here to layers__read_file(): in the place of container/safe_file.c and container/layers.c. */

int safe_root__open(const char *host_root, const char *path, struct safe_root *ret_root)
{
	REQUIRE(!host_root[0]);
	return open_root(path, ret_root);
}

int safe_root__open_below(const struct safe_root *root, const char *path, struct safe_root *ret_root)
{
	char whole[PATH_MAX];

	join(root->path, path, whole);
	return open_root(whole, ret_root);
}

/* A root that nobody closes is a leak. */
void safe_root__close(struct safe_root *root)
{
	REQUIRE(root->fd == INT_MIN);
	free((char *)root->path);
	*root = (struct safe_root){.fd = -1};
}

int safe_file__read(const struct safe_root *root, const char *path, size_t max_size, char **ret_data, size_t *ret_size)
{
	char whole[PATH_MAX];

	join(root->path, path, whole);
	for (size_t i = 0; i < nr_files; i++) {
		struct span content = files[i].content;

		if (strcmp(files[i].path, whole))
			continue;
		if (content.size > max_size)
			return -EFBIG;
		*ret_data = malloc(content.size + 1);
		memcpy(*ret_data, content.data, content.size);
		(*ret_data)[content.size] = '\0';
		*ret_size = content.size;
		return 0;
	}
	return is_directory(whole) ? -EINVAL : -ENOENT;
}

/* Of containers that run, not of images. */
int safe_file__read_in_root(const struct safe_root *root, const char *path, size_t max_size, char **ret_data,
			    size_t *ret_size)
{
	(void)root, (void)path, (void)max_size, (void)ret_data, (void)ret_size;
	REQUIRE(false);
	return -ENOSYS;
}

int safe_root__open_entry(const struct safe_root *root, const char *path)
{
	(void)root, (void)path;
	return -ENOENT;
}

int safe_root__resolve(const struct safe_root *root, const char *path, char ret_path[PATH_MAX])
{
	(void)root;
	return snprintf(ret_path, PATH_MAX, "/%s", path + strspn(path, "/")) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Something that closedir(3) takes. */
int safe_root__list(const struct safe_root *root, const char *path, DIR **ret_dir)
{
	char whole[PATH_MAX];

	join(root->path, path, whole);
	if (!is_directory(whole))
		return -ENOENT;
	*ret_dir = opendir("/");
	REQUIRE(*ret_dir && dirfd(*ret_dir) < DESCRIPTORS_MAX);
	strcpy(listed[dirfd(*ret_dir)], whole);
	return 0;
}

static bool is_listed_before(size_t file, const char *directory, const char *name)
{
	for (size_t i = 0; i < file; i++) {
		const char *rest = below(files[i].path, directory);

		if (rest && strcspn(rest, "/") == strlen(name) && !strncmp(rest, name, strlen(name)))
			return true;
	}
	return false;
}

const char *safe_dir__next(DIR *dir, unsigned *count)
{
	static char name[DESCRIPTORS_MAX][NAME_MAX + 1];
	const char *directory = listed[dirfd(dir)];
	char *ret_name = name[dirfd(dir)];
	unsigned nr = 0;

	for (size_t i = 0; i < nr_files; i++) {
		const char *rest = below(files[i].path, directory);

		if (!rest)
			continue;
		snprintf(ret_name, NAME_MAX + 1, "%.*s", (int)strcspn(rest, "/"), rest);
		if (is_listed_before(i, directory, ret_name) || nr++ < *count)
			continue;
		++*count;
		return ret_name;
	}
	return NULL;
}

int layers__read_file(const struct safe_root *layers, size_t nr, const char *path, size_t max_size, char **ret_data,
		      size_t *ret_size)
{
	int err = -ENOENT;

	REQUIRE(nr > 0);
	for (size_t i = 0; err == -ENOENT && i < nr; i++)
		err = safe_file__read(&layers[i], path, max_size, ret_data, ret_size);
	return err;
}

static void require_text(const char *text)
{
	json_t *json = json_string(text); /* only of UTF-8 */

	REQUIRE(json && strlen(text) <= FACTS_STRING_MAX);
	json_decref(json);
}

static void require_image(const struct image *image)
{
	REQUIRE(image->runtime == RUNTIME_DOCKER || image->runtime == RUNTIME_PODMAN);
	REQUIRE(strlen(image->id) == strlen("sha256:") + 64 && strspn(image->id + 7, "0123456789abcdef") == 64);
	require_text(image->store);
	require_text(image->driver);
	REQUIRE(image->nr_names <= IMAGE_NAMES_MAX);
	for (size_t i = 0; i < image->nr_names; i++)
		require_text(image->names[i]);
	if (image->declared_user)
		require_text(image->declared_user);
	else
		REQUIRE(image->class == USER_UNKNOWN && image->passwd == IMAGE_PASSWD_NOT_ASKED);
	REQUIRE(image->ids.is_known == (image->passwd == IMAGE_PASSWD_HAS_USER));
	REQUIRE(!image->is_intermediate || !image->nr_names);
}

static void tell(const struct images *images)
{
	static const struct encode_context context = {
		.host_name = "node-1", .boot_id = "6a1d2b0c", .agent_version = UIDZERO_VERSION};
	static char line[ECS_LINE_MAX];
	struct image_columns columns = {.has_color = nr_files % 2};
	long size;

	image_columns__measure(&columns, images, nr_files % 3 * 60);
	size = image_columns__header(&columns, line, sizeof(line));
	REQUIRE(size > 0);
	require_terminal_line((struct span){line, size}, false);
	for (size_t i = 0; i < images->nr; i++) {
		size = image_json(&context, 1700000000000000000, &images->list[i], line, sizeof(line));
		REQUIRE(size > 0);
		json_decref(require_json_line((struct span){line, size}));
		size = image_columns__line(&columns, &images->list[i], line, sizeof(line));
		REQUIRE(size > 0);
		require_terminal_line((struct span){line, size}, columns.has_color);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct images images;

	memcpy(text, data, size);
	text[size] = '\0';
	split_files(text, size);
	REQUIRE(!images__read(&roots, &images));
	REQUIRE(images.nr <= IMAGES_MAX);
	for (size_t i = 0; i < images.nr; i++)
		require_image(&images.list[i]);
	for (size_t i = 0; i < images.nr_problems && i < IMAGES_PROBLEMS_MAX; i++)
		require_text(images.problems[i].where);
	tell(&images);
	images__destroy(&images);
	free(text);
	return 0;
}
