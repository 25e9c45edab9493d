/* SPDX-License-Identifier: Apache-2.0 */
/* A recording comes back as it was written, and anything else is refused. */
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event.h"
#include "source/recording.h"

#define HEADER_SIZE       16
#define FRAME_HEADER_SIZE 8

static char directory[] = "/tmp/test_recording.XXXXXX";
static char path[PATH_MAX];

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/recording", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static const struct frame {
	enum frame_type type;
	const char *data;
	size_t size;
} frames[] = {
	{FRAME_CONTEXT, "{\"name\":\"node-1\"}", 17},
	{FRAME_RECORD, "\0\1\2\377 bytes\n\0", 12},
	{FRAME_IDENTITY, NULL, 0}, /* "none" */
	{FRAME_PATH, "/docker", 7},
	{FRAME_STOP, "12345678", 8},
};

static void write_frames(void)
{
	struct recording_writer *writer;

	assert_int_equal(recording_writer__new(path, &writer), 0);
	for (size_t i = 0; i < NR_ROWS(frames); i++)
		recording_writer__add(writer, frames[i].type, frames[i].data, frames[i].size);
	assert_int_equal(recording_writer__free(writer), 0);
}

static void write_bytes(const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

static void frames_come_back_in_order(void **state)
{
	struct recording_reader *reader;
	enum frame_type type;
	const void *data;
	size_t size;

	(void)state;
	write_frames();
	assert_int_equal(recording_reader__new(path, &reader), 0);
	for (size_t i = 0; i < NR_ROWS(frames); i++) {
		assert_int_equal(recording_reader__next(reader, &type, &data, &size), 1);
		assert_int_equal(type, frames[i].type);
		assert_int_equal(size, frames[i].size);
		assert_int_equal((uintptr_t)data % 8, 0);
		if (size)
			assert_memory_equal(data, frames[i].data, size);
	}
	assert_int_equal(recording_reader__next(reader, &type, &data, &size), 0);
	assert_int_equal(recording_reader__next(reader, &type, &data, &size), 0);
	recording_reader__free(reader);
}

static void file_is_the_owners_alone_and_new(void **state)
{
	struct recording_writer *writer = NULL;
	struct stat status;

	(void)state;
	write_frames();
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(recording_writer__new(path, &writer), -EEXIST);
	assert_null(writer);
}

static void symlink_is_not_followed(void **state)
{
	struct recording_writer *writer = NULL;
	struct stat status;
	char target[PATH_MAX + 8];

	(void)state;
	snprintf(target, sizeof(target), "%s.target", path);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(recording_writer__new(path, &writer), -EEXIST);
	assert_int_equal(stat(target, &status), -1);
}

static void full_disk_is_told_at_the_end(void **state)
{
	static char block[4096];
	struct recording_writer *writer;

	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	/* The file must be new, so that a device cannot be given: it takes this one's place. */
	assert_int_equal(recording_writer__new(path, &writer), 0);
	for (int fd = 3; fd < 64; fd++) {
		char link[64], name[PATH_MAX];
		ssize_t size;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, name, sizeof(name) - 1);
		if (size < 0)
			continue;
		name[size] = '\0';
		if (!strcmp(name, path)) {
			int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

			assert_int_equal(dup2(full, fd), fd);
			close(full);
		}
	}
	for (int i = 0; i < 100; i++)
		recording_writer__add(writer, FRAME_RECORD, block, sizeof(block));
	assert_int_equal(recording_writer__free(writer), -ENOSPC);
}

/* Reads to the end. Returns what it ended with, and how many frames came before. */
static int read_all(unsigned *ret_frames)
{
	struct recording_reader *reader;
	enum frame_type type;
	const void *data;
	size_t size;
	int result = recording_reader__new(path, &reader);

	*ret_frames = 0;
	if (result)
		return result;
	while ((result = recording_reader__next(reader, &type, &data, &size)) > 0)
		++*ret_frames;
	recording_reader__free(reader);
	return result;
}

static void file_that_was_cut_off_is_damaged(void **state)
{
	unsigned nr_whole = 0, nr_read;
	size_t boundary = HEADER_SIZE, full;
	struct stat status;

	(void)state;
	write_frames();
	assert_int_equal(stat(path, &status), 0);
	full = status.st_size;
	for (size_t size = 0; size < full; size++) {
		unlink(path);
		write_frames();
		assert_int_equal(truncate(path, size), 0);
		while (nr_whole < NR_ROWS(frames) && boundary + FRAME_HEADER_SIZE + frames[nr_whole].size <= size)
			boundary += FRAME_HEADER_SIZE + frames[nr_whole++].size;
		/* Between two frames it is a shorter recording: the agent may have been killed. */
		assert_int_equal(read_all(&nr_read), size == boundary ? 0 : -EBADMSG);
		assert_int_equal(nr_read, nr_whole);
	}
}

struct raw_header {
	char magic[8];
	uint32_t version, abi, type, size;
	char data[8];
};

#define GOOD_FRAME .magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = FRAME_PATH, .size = 8

static const struct damaged_row {
	const char *name;
	struct raw_header header;
	int err;
	unsigned nr_frames;
} damaged[] = {
	{"a recording is read", .header = {GOOD_FRAME}, .nr_frames = 1},
	{"another file is none", .header = {.magic = "#!/bin/", .version = 1, .abi = EVENT_ABI}, .err = -EBADMSG},
	{"the magic counts in full", .header = {.magic = "UIDZERO\n", .version = 1, .abi = EVENT_ABI}, .err = -EBADMSG},
	{"a file of zeroes is none", .err = -EBADMSG},
	{"another abi is another version's", .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI + 1},
	 .err = -EPROTO},
	{"another version of frames is another version's",
	 .header = {.magic = "UIDZERO", .version = 2, .abi = EVENT_ABI}, .err = -EPROTO},
	{"the other byte order is another version's",
	 .header = {.magic = "UIDZERO", .version = 1 << 24, .abi = EVENT_ABI << 24}, .err = -EPROTO},
	{"a frame of no type is damaged",
	 .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = 0, .size = 8}, .err = -EBADMSG},
	{"a frame of an unknown type is damaged",
	 .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = FRAME_END, .size = 8}, .err = -EBADMSG},
	{"a frame of a type that is no number of ours is damaged",
	 .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = UINT32_MAX, .size = 8},
	 .err = -EBADMSG},
	{"a frame that is longer than the file is damaged",
	 .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = FRAME_PATH, .size = 9},
	 .err = -EBADMSG},
	{"a frame that is longer than any is damaged",
	 .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = FRAME_PATH, .size = FRAME_SIZE_MAX + 1},
	 .err = -EBADMSG},
	{"a frame of four gigabytes is damaged",
	 .header = {.magic = "UIDZERO", .version = 1, .abi = EVENT_ABI, .type = FRAME_PATH, .size = UINT32_MAX},
	 .err = -EBADMSG},
};

static void file_reads_as(void **state)
{
	const struct damaged_row *row = *state;
	unsigned nr_frames;

	write_bytes(&row->header, sizeof(row->header));
	assert_int_equal(read_all(&nr_frames), row->err);
	assert_int_equal(nr_frames, row->nr_frames);
	unlink(path);
}

static void largest_frame_comes_back_and_a_larger_one_does_not(void **state)
{
	struct recording_writer *writer;
	char *data = malloc(FRAME_SIZE_MAX + 1);
	unsigned nr_frames;

	(void)state;
	assert_non_null(data);
	memset(data, 'x', FRAME_SIZE_MAX + 1);
	assert_int_equal(recording_writer__new(path, &writer), 0);
	recording_writer__add(writer, FRAME_FACTS, data, FRAME_SIZE_MAX);
	recording_writer__add(writer, FRAME_FACTS, data, FRAME_SIZE_MAX);
	assert_int_equal(recording_writer__free(writer), 0);
	assert_int_equal(read_all(&nr_frames), 0);
	assert_int_equal(nr_frames, 2);

	unlink(path);
	assert_int_equal(recording_writer__new(path, &writer), 0);
	recording_writer__add(writer, FRAME_FACTS, data, FRAME_SIZE_MAX);
	recording_writer__add(writer, FRAME_FACTS, data, FRAME_SIZE_MAX + 1);
	recording_writer__add(writer, FRAME_FACTS, data, 1);
	free(data);
	assert_int_equal(recording_writer__free(writer), -EMSGSIZE);
	/* What came before can be read. */
	assert_int_equal(read_all(&nr_frames), 0);
	assert_int_equal(nr_frames, 1);
}

static void file_that_is_not_there_is_an_error(void **state)
{
	struct recording_reader *reader = NULL;

	(void)state;
	assert_int_equal(recording_reader__new(path, &reader), -ENOENT);
	assert_int_equal(recording_reader__new(directory, &reader), -EISDIR);
	assert_null(reader);
}

static void nothing_is_freed(void **state)
{
	(void)state;
	recording_reader__free(NULL);
	assert_int_equal(recording_writer__free(NULL), 0);
}

#define TEST(function) cmocka_unit_test_teardown(function, remove_file)

int main(void)
{
	const struct CMUnitTest fixed[] = {
		TEST(frames_come_back_in_order),
		TEST(file_is_the_owners_alone_and_new),
		TEST(symlink_is_not_followed),
		TEST(full_disk_is_told_at_the_end),
		TEST(file_that_was_cut_off_is_damaged),
		TEST(largest_frame_comes_back_and_a_larger_one_does_not),
		TEST(file_that_is_not_there_is_an_error),
		TEST(nothing_is_freed),
	};
	struct CMUnitTest tests[NR_ROWS(damaged) + NR_ROWS(fixed)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, damaged, file_reads_as);
	memcpy(tests + nr_tests, fixed, sizeof(fixed));
	return cmocka_run_group_tests_name("recording", tests, make_directory, remove_directory);
}
