/* SPDX-License-Identifier: Apache-2.0 */
/* The images of both stores are found with their names, users and what those amount to; see tests/data/images. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/safe_text.h"
#include "container/images.h"
#include "encode/image.h"
#include "table.h"

#define HOST_ROOT "tests/data/images"

struct expected {
	const char *name; /* of the test */
	enum container_runtime runtime;
	const char *id; /* a byte, repeated */
	const char *reference;
	size_t nr_references;
	const char *declared;
	enum user_class class;
	enum image_passwd passwd;
	uint32_t uid;
	bool is_root, has_root_group, is_intermediate;
};

/* clang-format off */
static const struct expected expectations[] = {
	{"docker: no USER", RUNTIME_DOCKER, "d0", "reg.example:5000/none:1", 1, "",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, false, false},
	{"docker: 0:0", RUNTIME_DOCKER, "d1", "reg.example:5000/zero:1", 1, "0:0",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, true, false},
	{"docker: root:root", RUNTIME_DOCKER, "d2", "reg.example:5000/rootroot:1", 1, "root:root",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, true, false},
	{"docker: 00", RUNTIME_DOCKER, "d3", "reg.example:5000/zeros:1", 1, "00",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, false, false},
	{"docker: a name", RUNTIME_DOCKER, "d4", "reg.example:5000/app:1", 1, "app",
	 USER_NAME, IMAGE_PASSWD_HAS_USER, 1001, false, false, false},
	{"docker: a name that an upper layer maps to 0", RUNTIME_DOCKER, "d5", "reg.example:5000/tampered:1", 1, "app",
	 USER_NAME_IS_ROOT, IMAGE_PASSWD_HAS_USER, 0, true, true, false},
	{"docker: passwd removed by an upper layer", RUNTIME_DOCKER, "d6", "reg.example:5000/removed:1", 1, "app",
	 USER_NAME, IMAGE_PASSWD_LACKS_USER, 0, false, false, false},
	{"docker: untagged, another name of root", RUNTIME_DOCKER, "d7", NULL, 0, "toor",
	 USER_NAME_IS_ROOT, IMAGE_PASSWD_HAS_USER, 0, true, true, false},
	{"docker: three names, the digest last", RUNTIME_DOCKER, "d8", "reg.example:5000/number:1", 3, "1001:0",
	 USER_NUMERIC, IMAGE_PASSWD_NOT_ASKED, 0, false, true, false},
	{"docker: what another one was built on", RUNTIME_DOCKER, "d9", NULL, 0, "root",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, false, true},
	{"docker: a number that is no uid", RUNTIME_DOCKER, "da", "reg.example:5000/overflow:1", 1, "4294967296",
	 USER_OVERFLOW, IMAGE_PASSWD_HAS_USER, 0, true, true, false},
	{"docker: a broken configuration", RUNTIME_DOCKER, "db", "reg.example:5000/broken:1", 1, NULL,
	 USER_UNKNOWN, IMAGE_PASSWD_NOT_ASKED, 0, false, false, false},
	{"docker: a layer that is missing", RUNTIME_DOCKER, "dc", "reg.example:5000/lost:1", 1, "app",
	 USER_NAME, IMAGE_PASSWD_UNREADABLE, 0, false, false, false},
	{"docker: a name that passwd lacks", RUNTIME_DOCKER, "dd", "reg.example:5000/nobody:1", 1, "nobody:nogroup",
	 USER_NAME, IMAGE_PASSWD_LACKS_USER, 0, false, false, false},
	{"docker: no user[:group]", RUNTIME_DOCKER, "de", "reg.example:5000/colons:1", 1, "a:b:c",
	 USER_UNKNOWN, IMAGE_PASSWD_NOT_ASKED, 0, false, false, false},
	{"docker: a name with root's group", RUNTIME_DOCKER, "df", "reg.example:5000/rootgroup:1", 1, "app:0",
	 USER_NAME, IMAGE_PASSWD_HAS_USER, 1001, false, true, false},
	{"docker with userns-remap, vfs", RUNTIME_DOCKER, "e0", "remapped:1", 1, "app",
	 USER_NAME_IS_ROOT, IMAGE_PASSWD_HAS_USER, 0, true, true, false},
	{"podman: a name", RUNTIME_PODMAN, "b0", "reg.example/app:1", 1, "app",
	 USER_NAME, IMAGE_PASSWD_HAS_USER, 1001, false, false, false},
	{"podman: a name that an upper layer maps to 0", RUNTIME_PODMAN, "b1", "reg.example/tampered:1", 2, "app",
	 USER_NAME_IS_ROOT, IMAGE_PASSWD_HAS_USER, 0, true, true, false},
	{"podman: what another one was built on", RUNTIME_PODMAN, "b2", NULL, 0, "0",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, false, true},
	{"podman: untagged, no USER", RUNTIME_PODMAN, "b3", NULL, 0, "",
	 USER_ROOT, IMAGE_PASSWD_NOT_ASKED, 0, true, false, false},
	{"podman: layers that stand on each other", RUNTIME_PODMAN, "b5", "reg.example/circle:1", 1, "app",
	 USER_NAME, IMAGE_PASSWD_UNREADABLE, 0, false, false, false},
	{"podman: no layers", RUNTIME_PODMAN, "b6", "reg.example/scratch:1", 1, "app",
	 USER_NAME, IMAGE_PASSWD_UNREADABLE, 0, false, false, false},
};
/* clang-format on */

static void read_images(const char *more_docker, struct images *ret_images)
{
	struct facts_roots roots;

	assert_int_equal(facts_roots__init(&roots, HOST_ROOT), 0);
	if (more_docker)
		assert_int_equal(facts_roots__add(&roots.docker, more_docker), 0);
	assert_int_equal(images__read(&roots, ret_images), 0);
	facts_roots__destroy(&roots);
}

static const struct image *find(const struct images *images, const char *byte)
{
	for (size_t i = 0; i < images->nr; i++) {
		const char *hex = images->list[i].id + strlen("sha256:");

		if (strncmp(hex, byte, 2) == 0)
			return &images->list[i];
	}
	fail_msg("there is no image %s", byte);
	return NULL;
}

static void test_image(void **state)
{
	const struct expected *expected = *state;
	const struct image *image;
	struct images images;

	read_images(NULL, &images);
	image = find(&images, expected->id);
	assert_int_equal(image->runtime, expected->runtime);
	assert_int_equal(image->nr_names, expected->nr_references);
	if (expected->reference)
		assert_string_equal(image->names[0], expected->reference);
	if (expected->declared)
		assert_string_equal(image->declared_user, expected->declared);
	else
		assert_null(image->declared_user);
	assert_string_equal(user_class_name(image->class), user_class_name(expected->class));
	assert_string_equal(image_passwd_name(image->passwd), image_passwd_name(expected->passwd));
	assert_int_equal(image->ids.is_known, expected->passwd == IMAGE_PASSWD_HAS_USER);
	assert_int_equal(image->ids.uid, expected->uid);
	assert_int_equal(image__is_root(image), expected->is_root);
	assert_int_equal(image__has_root_group(image), expected->has_root_group);
	assert_int_equal(image->is_intermediate, expected->is_intermediate);
	images__destroy(&images);
}

static void test_nothing_else_is_found(void **state)
{
	struct images images;

	(void)state;
	read_images(NULL, &images);
	assert_int_equal(images.nr, NR_ROWS(expectations));
	assert_int_equal(images.nr_stores, 3);
	assert_int_equal(images.nr_problems, 0);
	images__destroy(&images);
}

static void test_a_store_named_twice_is_read_once(void **state)
{
	struct images images;

	(void)state;
	read_images("/var/../var/lib/docker", &images);
	assert_int_equal(images.nr, NR_ROWS(expectations));
	images__destroy(&images);
}

static void test_a_store_of_containerd_is_a_problem(void **state)
{
	struct images images;

	(void)state;
	read_images("/srv/snapshotter", &images);
	assert_int_equal(images.nr, NR_ROWS(expectations));
	assert_int_equal(images.nr_problems, 1);
	assert_string_equal(images.problems[0].where, "/srv/snapshotter");
	assert_non_null(strstr(images.problems[0].what, "containerd"));
	images__destroy(&images);
}

/* More images than are read: the rest is told as a problem, not dropped silently. */
static void test_too_many_images_are_told(void **state)
{
	char root[] = "/tmp/uidzero-images-XXXXXX";
	struct facts_roots roots;
	struct images images;
	char path[512];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/var/lib/containers/storage/overlay-images", root);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	}
	assert_int_equal(mkdir(path, 0755), 0);
	strcat(path, "/images.json");
	file = fopen(path, "we");
	assert_non_null(file);
	fputc('[', file);
	for (unsigned i = 0; i < IMAGES_MAX + 10; i++)
		fprintf(file, "%s{\"id\":\"%064x\",\"layer\":\"x\"}", i ? "," : "", i);
	fputc(']', file);
	assert_int_equal(fclose(file), 0);

	assert_int_equal(facts_roots__init(&roots, root), 0);
	assert_int_equal(images__read(&roots, &images), 0);
	assert_int_equal(images.nr, IMAGES_MAX);
	assert_int_equal(images.nr_problems, 1);
	images__destroy(&images);
	facts_roots__destroy(&roots);
	for (char *end = path; remove(path) == 0 && (end = strrchr(path, '/')) != path + strlen("/tmp");)
		*end = '\0';
}

#define ESCAPES "\033[2Jx\nFAKE:1"

static void get_hostile(struct images *ret_images, struct image *image, char **names)
{
	names[0] = ESCAPES "\xe2\x80\xae" /* right-to-left override */;
	*image = (struct image){
		.runtime = RUNTIME_DOCKER,
		.id = "sha256:"
		      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.store = ESCAPES,
		.driver = "overlay2",
		.names = names,
		.nr_names = 1,
		.nr_names_dropped = 7,
		.declared_user = ESCAPES "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.class = USER_NAME,
		.passwd = IMAGE_PASSWD_LACKS_USER,
	};
	*ret_images = (struct images){.list = image, .nr = 1};
}

static void test_hostile_names_do_nothing_to_a_terminal(void **state)
{
	struct image_columns columns = {0};
	struct images images;
	struct image image;
	char *names[1], line[4096];
	long size;

	(void)state;
	get_hostile(&images, &image, names);
	image_columns__measure(&columns, &images, 0);
	size = image_columns__line(&columns, &image, line, sizeof(line));
	assert_in_range(size, 1, 160);
	assert_ptr_equal(memchr(line, '\n', (size_t)size), line + size - 1);
	assert_null(memchr(line, '\033', (size_t)size));
	assert_null(memmem(line, (size_t)size, "\xe2\x80\xae", 3));
	assert_int_equal(image_columns__line(&columns, &image, line, 20), -ENOSPC);
}

static void test_hostile_names_stay_one_json_line(void **state)
{
	struct encode_context context = {.host_name = "node", .agent_version = "0"};
	struct images images;
	struct image image;
	char *names[1], line[ECS_LINE_MAX];
	long size;

	(void)state;
	get_hostile(&images, &image, names);
	size = image_json(&context, 0, &image, line, sizeof(line));
	assert_true(size > 0);
	assert_ptr_equal(memchr(line, '\n', (size_t)size), line + size - 1);
	assert_null(memchr(line, '\033', (size_t)size));
	assert_non_null(memmem(line, (size_t)size, "\"references_omitted\":7", 22));
	for (size_t capacity = 0; capacity < (size_t)size; capacity++)
		assert_int_equal(image_json(&context, 0, &image, line, capacity), -ENOSPC);
}

/* Each byte of them is six in JSON. */
static void test_long_names_leave_room_for_the_line(void **state)
{
	struct encode_context context = {.host_name = "node", .agent_version = "0"};
	char *names[IMAGE_NAMES_MAX], name[FACTS_STRING_MAX + 1], line[ECS_LINE_MAX];
	struct images images;
	struct image image;
	long size;

	(void)state;
	get_hostile(&images, &image, names);
	memset(name, 1, FACTS_STRING_MAX);
	name[FACTS_STRING_MAX] = '\0';
	for (size_t i = 0; i < IMAGE_NAMES_MAX; i++)
		names[i] = name;
	names[IMAGE_NAMES_MAX - 1] = (char *)"reg.example/short:1";
	image.nr_names = IMAGE_NAMES_MAX;
	image.store = image.driver = image.declared_user = name;
	size = image_json(&context, 0, &image, line, sizeof(line));
	assert_true(size > 0);
	assert_non_null(memmem(line, (size_t)size, "\"reg.example/short:1\"]", 22));
	/* 32 - 5 - 1, and the 7 that were never kept. */
	assert_non_null(memmem(line, (size_t)size, "\"references_omitted\":33,", 24));
}

static void test_columns_fit_the_terminal(void **state)
{
	struct image_columns columns = {0};
	struct images images;
	char line[4096];

	(void)state;
	read_images(NULL, &images);
	image_columns__measure(&columns, &images, 100);
	for (size_t i = 0; i < images.nr; i++) {
		long size = image_columns__line(&columns, &images.list[i], line, sizeof(line));

		assert_in_range(size, 1, sizeof(line) - 1);
		line[size - 1] = '\0';
		assert_in_range(terminal_width(line), 40, 100);
	}
	images__destroy(&images);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(expectations) + 8] = {
		cmocka_unit_test(test_nothing_else_is_found),
		cmocka_unit_test(test_a_store_named_twice_is_read_once),
		cmocka_unit_test(test_a_store_of_containerd_is_a_problem),
		cmocka_unit_test(test_too_many_images_are_told),
		cmocka_unit_test(test_hostile_names_do_nothing_to_a_terminal),
		cmocka_unit_test(test_hostile_names_stay_one_json_line),
		cmocka_unit_test(test_long_names_leave_room_for_the_line),
		cmocka_unit_test(test_columns_fit_the_terminal),
	};
	size_t nr = 8;

	ADD_ROWS(tests, nr, expectations, test_image);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
