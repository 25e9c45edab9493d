/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers whole lines and sees to it that each of them arrives whole, or is counted as lost. */
#include "sink/sink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sink/descriptor.h"
#include "sink/file.h"

struct sink {
	int fd;
	enum descriptor_kind kind;
	bool is_closed;         /* EPIPE: for good */
	bool is_stuck;          /* the last wait was in vain */
	bool has_half_line_out; /* the buffer begins with the rest of a line */
	bool must_end_line;     /* the file ends with half a line that a killed writer left */
	char *path;             /* NULL: somebody else's fd */
	uint64_t max_size, file_size;
	unsigned keep;
	int rotate_error;
	char *buffer;
	size_t used, capacity;
	uint64_t lost_lines;
};

static int sink__new(struct sink **ret_sink)
{
	struct sink *sink;

	sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	sink->fd = -1;
	sink->capacity = SINK_BUFFER_SIZE;
	sink->buffer = malloc(sink->capacity);
	if (!sink->buffer) {
		free(sink);
		return -ENOMEM;
	}
	*ret_sink = sink;
	return 0;
}

int sink__new_fd(int fd, struct sink **ret_sink)
{
	enum descriptor_kind kind;
	struct sink *sink;
	int err;

	err = descriptor_kind_of(fd, &kind);
	if (!err)
		err = sink__new(&sink);
	if (err)
		return err;
	sink->fd = fd;
	sink->kind = kind;
	*ret_sink = sink;
	return 0;
}

static void start_file(struct sink *sink, int fd, uint64_t size, bool has_half_line)
{
	sink->fd = fd;
	sink->file_size = size;
	sink->must_end_line = has_half_line;
}

int sink__new_file(const char *path, uint64_t max_size, unsigned keep, struct sink **ret_sink)
{
	bool has_half_line;
	struct sink *sink;
	uint64_t size;
	int err, fd;

	err = sink__new(&sink);
	if (err)
		return err;
	sink->max_size = max_size;
	sink->keep = keep;
	sink->path = strdup(path);
	err = sink->path ? sink_file_open(path, &fd, &size, &has_half_line) : -ENOMEM;
	if (err) {
		sink__free(sink);
		return err;
	}
	start_file(sink, fd, size, has_half_line);
	*ret_sink = sink;
	return 0;
}

static size_t count_lines(const char *data, size_t size)
{
	const char *end = data + size;
	size_t count = 0;

	while (data < end && (data = memchr(data, '\n', end - data))) {
		data++;
		count++;
	}
	return count;
}

static void consume(struct sink *sink, size_t size)
{
	sink->used -= size;
	memmove(sink->buffer, sink->buffer + size, sink->used);
}

/* Give up the rest of the line whose beginning is out already. */
static void drop_half_line(struct sink *sink)
{
	const char *end = sink->has_half_line_out ? memchr(sink->buffer, '\n', sink->used) : NULL;

	sink->has_half_line_out = false;
	if (!end)
		return;
	consume(sink, end + 1 - sink->buffer);
	sink->lost_lines++;
}

/* Take what was written off the buffer; a file is cut back to its last whole line where it cannot go on. */
static void settle(struct sink *sink, size_t written, int err)
{
	const char *last = written ? memrchr(sink->buffer, '\n', written) : NULL;
	size_t whole = last ? (size_t)(last + 1 - sink->buffer) : 0;
	bool was_half_out = sink->has_half_line_out && !last;

	if (err && sink->path && !was_half_out && written > whole && sink_file_cut(sink->fd, written - whole) == 0)
		written = whole;
	if (written)
		sink->has_half_line_out = written > whole;
	sink->file_size += written;
	consume(sink, written);
}

static int write_out(struct sink *sink)
{
	size_t written;
	int err;

	if (sink->is_closed)
		return -EPIPE;
	if (sink->must_end_line && sink->used) {
		err = descriptor_write(sink->fd, sink->kind, "\n", 1, 0, &written);
		if (err)
			return err;
		sink->must_end_line = false;
		sink->file_size++;
	}
	if (!sink->used)
		return 0;
	err = descriptor_write(sink->fd, sink->kind, sink->buffer, sink->used, sink->is_stuck ? 0 : SINK_WAIT_MS,
			       &written);
	settle(sink, written, err);
	sink->is_stuck = err == -EAGAIN;
	if (err == -EPIPE) {
		sink->is_closed = true;
		sink->lost_lines += count_lines(sink->buffer, sink->used);
		sink->used = 0;
	}
	return err;
}

int sink__flush(struct sink *sink)
{
	int err = write_out(sink);

	return err ? err : sink->rotate_error;
}

/* The old file stays in use where the new one cannot be had. */
static int open_anew(struct sink *sink)
{
	bool has_half_line;
	uint64_t size;
	int err, fd;

	err = sink_file_open(sink->path, &fd, &size, &has_half_line);
	if (err)
		return err;
	drop_half_line(sink);
	close(sink->fd);
	start_file(sink, fd, size, has_half_line);
	return 0;
}

static int rotate(struct sink *sink, size_t next_size)
{
	int err;

	/* On a full disk too: the oldest file that goes makes room. */
	write_out(sink);
	if (sink->has_half_line_out)
		return 0;
	/* Asked anew: somebody else may have truncated it (logrotate's copytruncate). */
	err = sink_file_size(sink->fd, &sink->file_size);
	if (err || sink->file_size == 0 || sink->file_size + sink->used + next_size <= sink->max_size)
		return err;
	/* Else it was renamed or removed already, and only the new one is missing. */
	if (sink_file_is_at(sink->fd, sink->path)) {
		err = sink_file_shift(sink->path, sink->keep);
		if (err)
			return err;
	}
	return open_anew(sink);
}

static int make_room(struct sink *sink, size_t size)
{
	char *larger;
	int err;

	err = write_out(sink);
	if (err && sink->used + size > sink->capacity)
		return err;
	if (size <= sink->capacity)
		return err == -EPIPE ? err : 0;
	larger = realloc(sink->buffer, size);
	if (!larger)
		return -ENOMEM;
	sink->buffer = larger;
	sink->capacity = size;
	return 0;
}

int sink__write(struct sink *sink, const char *line, size_t size)
{
	uint64_t file_size = sink->file_size + sink->used;
	int err = 0;

	if (sink->max_size && file_size > 0 && file_size + size > sink->max_size)
		sink->rotate_error = rotate(sink, size);
	if (sink->is_closed)
		err = -EPIPE;
	else if (sink->used + size > sink->capacity)
		err = make_room(sink, size);
	if (err) {
		sink->lost_lines++;
		return err;
	}
	memcpy(sink->buffer + sink->used, line, size);
	sink->used += size;
	/* What fails here is told by the next flush, and the line is kept. */
	if (size > SINK_BUFFER_SIZE && write_out(sink) == -EPIPE)
		return -EPIPE;
	return 0;
}

uint64_t sink__lost_lines(const struct sink *sink)
{
	return sink->lost_lines;
}

int sink__reopen(struct sink *sink)
{
	int err = write_out(sink);

	return sink->path ? open_anew(sink) : err;
}

void sink__free(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->fd >= 0)
		write_out(sink);
	if (sink->path && sink->fd >= 0)
		close(sink->fd);
	free(sink->path);
	free(sink->buffer);
	free(sink);
}
