/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes `uidzero replay`: a stranger's recording gives clean lines, numbered without a hole, or is refused. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "source/recording.h"

#define FILE_HEADER_SIZE 16

struct frame_header {
	uint32_t type, size;
};

static int recording_fd;
static char recording_path[64];

/* Standard output is a file in memory from here on. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int output_fd = memfd_create("output", MFD_CLOEXEC);

	(void)argc, (void)argv;
	setenv("TZ", "UTC", 1);
	recording_fd = memfd_create("recording", MFD_CLOEXEC);
	REQUIRE(recording_fd >= 0 && output_fd >= 0 && dup2(output_fd, STDOUT_FILENO) == STDOUT_FILENO);
	close(output_fd);
	snprintf(recording_path, sizeof(recording_path), "/proc/self/fd/%d", recording_fd);
	return 0;
}

static void set_file(int fd, const void *data, size_t size)
{
	REQUIRE(!ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET));
	REQUIRE(write(fd, data, size) == (ssize_t)size);
}

/* What was written, as one piece of memory that the caller frees. */
static struct span replay(const char *format)
{
	char *argv[] = {(char *)"uidzero replay", (char *)"--config=/dev/null", (char *)format, recording_path, NULL};
	int status;
	char *text;
	off_t size;

	set_file(STDOUT_FILENO, NULL, 0);
	status = cmd_replay(4, argv);
	REQUIRE(status == EXIT_DONE || status == EXIT_CANNOT);
	size = lseek(STDOUT_FILENO, 0, SEEK_END);
	text = malloc(size + 1);
	REQUIRE(text && pread(STDOUT_FILENO, text, size, 0) == size);
	return (struct span){text, size};
}

/* Returns false at the end. */
static bool next_line(struct span *rest, struct span *ret_line)
{
	const char *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
	size_t size = end ? (size_t)(end - rest->data) + 1 : rest->size;

	if (!size)
		return false;
	*ret_line = (struct span){rest->data, size};
	rest->data += size;
	rest->size -= size;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text, rest, line;
	json_int_t nr = 0;

	set_file(recording_fd, data, size);
	text = rest = replay("--format=json");
	while (next_line(&rest, &line)) {
		json_t *json = require_json_line(line);

		nr++;
		REQUIRE(json_integer_value(json_object_get(json_object_get(json, "event"), "sequence")) == nr);
		json_decref(json);
	}
	free((char *)text.data);
	text = rest = replay("--format=columns");
	while (next_line(&rest, &line))
		require_terminal_line(line, false);
	free((char *)text.data);
	return 0;
}

/* The frame at an offset. Returns false where none is whole. */
static bool frame_at(const uint8_t *data, size_t size, size_t at, struct frame_header *ret_header)
{
	if (at + sizeof(*ret_header) > size)
		return false;
	memcpy(ret_header, data + at, sizeof(*ret_header));
	return ret_header->size <= size - at - sizeof(*ret_header);
}

/* The offset of one frame among all, or of the end. */
static size_t pick_frame(const uint8_t *data, size_t size, unsigned seed)
{
	struct frame_header header;
	size_t at, nr = 0;

	for (at = FILE_HEADER_SIZE; frame_at(data, size, at, &header); at += sizeof(header) + header.size)
		nr++;
	if (!nr)
		return size;
	nr = seed % nr;
	for (at = FILE_HEADER_SIZE; nr > 0 && frame_at(data, size, at, &header); nr--)
		at += sizeof(header) + header.size;
	return at;
}

/* Puts bytes in the place of others. Returns the new size, or the old one where they do not fit. */
static size_t splice(uint8_t *data, size_t size, size_t max_size, size_t at, size_t old_size, const void *bytes,
		     size_t new_size)
{
	if (size - old_size + new_size > max_size)
		return size;
	memmove(data + at + new_size, data + at + old_size, size - at - old_size);
	if (new_size)
		memcpy(data + at, bytes, new_size);
	return size - old_size + new_size;
}

/* One frame's bytes change, and its size with them; or a whole frame goes, comes again or comes elsewhere. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static uint8_t frame[FRAME_SIZE_MAX];
	size_t at = pick_frame(data, size, seed >> 4), whole_size;
	struct frame_header header;

	if (seed % 16 == 0 || size <= FILE_HEADER_SIZE || !frame_at(data, size, at, &header) ||
	    header.size > sizeof(frame) / 2)
		return LLVMFuzzerMutate(data, size, max_size);
	whole_size = sizeof(header) + header.size;
	memcpy(frame, data + at, whole_size);
	switch (seed % 16) {
	case 1:
		return splice(data, size, max_size, at, whole_size, NULL, 0);
	case 2:
		return splice(data, size, max_size, at, 0, frame, whole_size);
	case 3:
		size = splice(data, size, max_size, at, whole_size, NULL, 0);
		return splice(data, size, max_size, pick_frame(data, size, seed >> 12), 0, frame, whole_size);
	}
	header.size = LLVMFuzzerMutate(frame + sizeof(header), header.size, header.size + 256);
	if (header.type == FRAME_RECORD && seed % 16 > 4)
		repair_record(frame + sizeof(header), header.size);
	memcpy(frame, &header, sizeof(header));
	return splice(data, size, max_size, at, whole_size, frame, sizeof(header) + header.size);
}
