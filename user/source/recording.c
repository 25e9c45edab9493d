// SPDX-License-Identifier: Apache-2.0
/* Writes and reads recordings: a magic, then frames of type, size and bytes. */
#include "source/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "event.h"

struct file_header {
	char magic[8];
	uint32_t version; /* of the frames */
	uint32_t abi;     /* of the records in them */
};

static const struct file_header expected_header = {"UIDZERO", 1, EVENT_ABI};

struct frame_header {
	uint32_t type, size;
};

struct recording_writer {
	FILE *file;
	int err;
};

int recording_writer__new(const char *path, struct recording_writer **ret_writer)
{
	struct recording_writer *writer = calloc(1, sizeof(*writer));
	int fd;

	if (!writer)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	writer->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!writer->file) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		free(writer);
		return err;
	}
	if (fwrite(&expected_header, sizeof(expected_header), 1, writer->file) != 1)
		writer->err = -errno;
	*ret_writer = writer;
	return 0;
}

void recording_writer__add(struct recording_writer *writer, enum frame_type type, const void *data, size_t size)
{
	struct frame_header header = {.type = type, .size = size};

	/* After an error nothing more: a frame in the middle must not be missing. */
	if (writer->err)
		return;
	if (size > FRAME_SIZE_MAX) { /* no reader would take it */
		writer->err = -EMSGSIZE;
		return;
	}
	if (fwrite(&header, sizeof(header), 1, writer->file) != 1 || (size && fwrite(data, size, 1, writer->file) != 1))
		writer->err = errno ? -errno : -EIO;
}

int recording_writer__free(struct recording_writer *writer)
{
	int err;

	if (!writer)
		return 0;
	err = writer->err;
	if (fclose(writer->file) && !err)
		err = -errno;
	free(writer);
	return err;
}

struct recording_reader {
	FILE *file;
	uint64_t buffer[FRAME_SIZE_MAX / sizeof(uint64_t)];
};

int recording_reader__new(const char *path, struct recording_reader **ret_reader)
{
	struct recording_reader *reader = malloc(sizeof(*reader));
	struct file_header header;
	int err = 0;

	if (!reader)
		return -ENOMEM;
	reader->file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!reader->file) {
		err = -errno;
		free(reader);
		return err;
	}
	errno = 0;
	if (fread(&header, sizeof(header), 1, reader->file) != 1)
		err = errno ? -errno : -EBADMSG;
	else if (memcmp(header.magic, expected_header.magic, sizeof(header.magic)))
		err = -EBADMSG;
	else if (header.version != expected_header.version || header.abi != expected_header.abi)
		err = -EPROTO;
	if (err) {
		recording_reader__free(reader);
		return err;
	}
	*ret_reader = reader;
	return 0;
}

void recording_reader__free(struct recording_reader *reader)
{
	if (!reader)
		return;
	if (reader->file != stdin)
		fclose(reader->file);
	free(reader);
}

int recording_reader__next(struct recording_reader *reader, enum frame_type *ret_type, const void **ret_data,
			   size_t *ret_size)
{
	struct frame_header header;
	size_t size = fread(&header, 1, sizeof(header), reader->file);

	if (!size && feof(reader->file))
		return 0;
	if (size != sizeof(header) || !header.type || header.type >= FRAME_END || header.size > sizeof(reader->buffer))
		return -EBADMSG;
	if (header.size && fread(reader->buffer, header.size, 1, reader->file) != 1)
		return -EBADMSG;
	*ret_type = header.type;
	*ret_data = reader->buffer;
	*ret_size = header.size;
	return 1;
}
