/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of layers shows the files that overlayfs would show, and leads nowhere else. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cmocka.h>

#include "container/layers.h"
#include "table.h"

/* Nothing here takes a second; what blocks is ended. */
#define DEADLINE_S 60
#define LAYERS_MAX 3
#define ENTRIES    6

/*
 * "f PATH TEXT" a file, "l PATH TARGET" a symlink, "d PATH" a directory, "w PATH" a whiteout as the kernel makes it,
 * "p PATH" a FIFO.
 */
struct row {
	const char *name;
	const char *layers[LAYERS_MAX][ENTRIES]; /* the topmost first */
	const char *text;                        /* what etc/passwd has; NULL: err */
	int err;
};

static const struct row rows[] = {
	{"the only layer's", {{"f etc/passwd one"}}, "one", 0},
	{"the topmost one counts", {{"f etc/passwd one"}, {"f etc/passwd two"}}, "one", 0},
	{"a lower one's, through a directory of both", {{"f etc/group g"}, {"f etc/passwd two"}}, "two", 0},
	{"a lower one's, where the upper has no directory", {{"d usr"}, {"d"}, {"f etc/passwd three"}}, "three", 0},
	{"a whiteout of the file", {{"w etc/passwd"}, {"f etc/passwd two"}}, NULL, -ENOENT},
	{"a whiteout of the directory", {{"w etc"}, {"f etc/passwd two"}}, NULL, -ENOENT},
	{"a whiteout below what is there", {{"f etc/passwd one"}, {"w etc"}, {"f etc/passwd three"}}, "one", 0},
	{"a whiteout by name, of the file", {{"f etc/.wh.passwd -"}, {"f etc/passwd two"}}, NULL, -ENOENT},
	{"a whiteout by name, of the directory", {{"f .wh.etc -"}, {"f etc/passwd two"}}, NULL, -ENOENT},
	{"an opaque directory by name", {{"f etc/.wh..wh..opq -"}, {"f etc/passwd two"}}, NULL, -ENOENT},
	{"an opaque directory with the file",
	 {{"f etc/.wh..wh..opq -", "f etc/passwd one"}, {"f etc/passwd two"}},
	 "one",
	 0},
	{"an opaque directory between", {{"d etc"}, {"f etc/.wh..wh..opq -"}, {"f etc/passwd three"}}, NULL, -ENOENT},
	{"a file in the directory's place", {{"f etc -"}, {"f etc/passwd two"}}, NULL, -ENOTDIR},
	{"a file below the directory", {{"d etc"}, {"f etc -"}, {"f etc/passwd three"}}, NULL, -ENOENT},
	{"nothing at all", {{"d usr"}, {"d"}}, NULL, -ENOENT},
	{"a link to another layer's file", {{"l etc/passwd ../usr/p"}, {"f usr/p two"}}, "two", 0},
	{"an absolute link stays within", {{"l etc/passwd /usr/p"}, {"d"}, {"f usr/p three"}}, "three", 0},
	{"a linked directory", {{"l etc usr/etc"}, {"f usr/etc/passwd two", "f etc/passwd no"}}, "two", 0},
	{"a link upwards ends at the root", {{"l etc/passwd ../../../usr/p", "f usr/p one"}}, "one", 0},
	{"a link out of the image", {{"l etc/passwd ../../../../../../../../../../etc/passwd"}}, NULL, -ELOOP},
	{"a link to itself", {{"l etc/passwd passwd"}}, NULL, -ELOOP},
	{"a link to nothing", {{"l etc/passwd /nothing"}, {"f etc/passwd two"}}, NULL, -ENOENT},
	{"a FIFO", {{"p etc/passwd"}, {"f etc/passwd two"}}, NULL, -EINVAL},
	{"a directory", {{"d etc/passwd"}, {"f etc/passwd two"}}, NULL, -EISDIR},
	{"too large", {{"f etc/passwd 0123456789abcdefg"}}, NULL, -EFBIG},
};

static char directory[64];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void make_parents(char *path)
{
	for (char *slash = path + strlen(directory) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	}
}

static void make_entry(size_t layer, const char *entry)
{
	char kind, name[256] = "", rest[256] = "", path[1024];
	FILE *file;

	assert_true(sscanf(entry, "%c %255s %255s", &kind, name, rest) >= 1);
	snprintf(path, sizeof(path), "%s/%zu/%s", directory, layer, name);
	make_parents(path);
	switch (kind) {
	case 'd':
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		return;
	case 'l':
		assert_int_equal(symlink(rest, path), 0);
		return;
	case 'w':
		assert_int_equal(mknod(path, S_IFCHR, makedev(0, 0)), 0);
		return;
	case 'p':
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	default:
		file = fopen(path, "we");
		assert_non_null(file);
		assert_true(fputs(rest, file) >= 0);
		assert_int_equal(fclose(file), 0);
	}
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct safe_root layers[LAYERS_MAX];
	char *data = NULL;
	size_t nr = 0, size;
	int err;

	strcpy(directory, "/tmp/uidzero-layers-XXXXXX");
	assert_non_null(mkdtemp(directory));
	alarm(DEADLINE_S);
	for (; nr < LAYERS_MAX && row->layers[nr][0]; nr++) {
		char path[128];

		for (size_t i = 0; i < ENTRIES && row->layers[nr][i]; i++)
			make_entry(nr, row->layers[nr][i]);
		snprintf(path, sizeof(path), "%s/%zu", directory, nr);
		assert_int_equal(safe_root__open("", path, &layers[nr]), 0);
	}
	err = layers__read_file(layers, nr, "etc/passwd", 16, &data, &size);
	while (nr > 0)
		safe_root__close(&layers[--nr]);
	assert_int_equal(nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	alarm(0);
	assert_int_equal(err, row->err);
	if (row->text)
		assert_string_equal(data, row->text);
	free(data);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows)];
	size_t nr = 0;

	ADD_ROWS(tests, nr, rows, test_row);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
