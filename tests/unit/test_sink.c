/* SPDX-License-Identifier: Apache-2.0 */
/* Each line arrives whole, or is counted: files, rotation, full disks, slow and vanished readers. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sink/sink.h"

#define LINE_SIZE       100
#define LINES_IN_BUFFER (SINK_BUFFER_SIZE / LINE_SIZE)

static char directory[PATH_MAX];

static const char *in_directory(const char *name)
{
	static char paths[4][PATH_MAX + 32];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_sink.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

/* {"n":NUMBER,"pad":"xxx..."}, so long that it is `size` bytes with its '\n'. */
static const char *make_line(unsigned number, size_t size)
{
	static char line[4 * SINK_BUFFER_SIZE];
	int length;

	length = snprintf(line, sizeof(line), "{\"n\":%u,\"pad\":\"", number);
	assert_true(size < sizeof(line) && (size_t)length + 3 <= size);
	memset(line + length, 'x', size - length - 3);
	memcpy(line + size - 3, "\"}\n", 4);
	return line;
}

static int write_line(struct sink *sink, unsigned number, size_t size)
{
	return sink__write(sink, make_line(number, size), size);
}

struct numbers {
	unsigned count, first, last, holes;
};

/* Every line must be one that make_line() made, in ascending order. */
static void check_lines(const char *data, size_t size, struct numbers *numbers)
{
	while (size) {
		const char *end = memchr(data, '\n', size);
		unsigned number;
		size_t length;

		assert_non_null(end);
		length = end + 1 - data;
		assert_int_equal(sscanf(data, "{\"n\":%u,", &number), 1);
		assert_memory_equal(data, make_line(number, length), length);
		if (numbers->count++ == 0)
			numbers->first = number;
		else
			assert_true(number > numbers->last);
		if (numbers->count > 1 && number != numbers->last + 1)
			numbers->holes++;
		numbers->last = number;
		data += length;
		size -= length;
	}
}

static char *read_whole(const char *path, size_t *ret_size)
{
	struct stat status;
	FILE *file = fopen(path, "r");
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	data = malloc(status.st_size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, status.st_size, file), status.st_size);
	data[status.st_size] = '\0';
	fclose(file);
	*ret_size = status.st_size;
	return data;
}

static void check_file(const char *path, struct numbers *numbers)
{
	size_t size;
	char *data = read_whole(path, &size);

	check_lines(data, size, numbers);
	free(data);
}

static void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void a_file_gets_every_line_in_order_and_is_private(void **state)
{
	const char *path = in_directory("events.json");
	struct numbers numbers = {0};
	struct stat status;
	struct sink *sink;

	(void)state;
	assert_int_equal(sink__new_file(path, 0, 5, &sink), 0);
	for (unsigned i = 1; i <= 3 * LINES_IN_BUFFER; i++)
		assert_int_equal(write_line(sink, i, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	check_file(path, &numbers);
	assert_int_equal(numbers.count, 3 * LINES_IN_BUFFER);
	assert_int_equal(sink__lost_lines(sink), 0);
	sink__free(sink);
}

static void freeing_flushes_and_takes_null(void **state)
{
	const char *path = in_directory("events.json");
	struct numbers numbers = {0};
	struct sink *sink;

	(void)state;
	assert_int_equal(sink__new_file(path, 0, 5, &sink), 0);
	assert_int_equal(write_line(sink, 1, LINE_SIZE), 0);
	sink__free(sink);
	sink__free(NULL);
	check_file(path, &numbers);
	assert_int_equal(numbers.count, 1);
}

static void what_is_no_plain_file_is_refused(void **state)
{
	struct sink *sink;

	(void)state;
	put_file(in_directory("target"), "");
	assert_int_equal(symlink(in_directory("target"), in_directory("symlink")), 0);
	assert_int_equal(mkfifo(in_directory("fifo"), 0600), 0);
	assert_int_equal(sink__new_file(in_directory("symlink"), 0, 5, &sink), -ELOOP);
	assert_int_equal(sink__new_file(in_directory("fifo"), 0, 5, &sink), -EINVAL);
	assert_int_equal(sink__new_file("/dev/null", 0, 5, &sink), -EINVAL);
	assert_int_equal(sink__new_file(directory, 0, 5, &sink), -EISDIR);
	assert_int_equal(sink__new_file(in_directory("no/such/directory"), 0, 5, &sink), -ENOENT);
	assert_int_equal(sink__new_fd(-1, &sink), -EBADF);
}

static void half_a_line_of_a_killed_writer_is_ended_first(void **state)
{
	const char *path = in_directory("events.json");
	struct sink *sink;
	size_t size;
	char *data;

	(void)state;
	put_file(path, "{\"whole\":1}\n{\"ha");
	assert_int_equal(sink__new_file(path, 0, 5, &sink), 0);
	assert_int_equal(sink__write(sink, "{\"new\":1}\n", 10), 0);
	sink__free(sink);
	data = read_whole(path, &size);
	assert_string_equal(data, "{\"whole\":1}\n{\"ha\n{\"new\":1}\n");
	free(data);
}

static void rotation_keeps_as_many_as_asked_and_loses_no_line(void **state)
{
	static const struct {
		unsigned keep, lines, expected_files, expected_lines;
	} cases[] = {
		/* 40 lines of 100 bytes fit 4096 */
		{5, 40, 1, 40}, {5, 41, 2, 41}, {5, 130, 4, 130}, {2, 130, 3, 90}, {1, 130, 2, 50}, {0, 130, 1, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct numbers numbers = {0};
		unsigned files = 0;
		struct sink *sink;
		char path[PATH_MAX + 64];

		snprintf(path, sizeof(path), "%s/%zu", directory, i);
		assert_int_equal(sink__new_file(path, 4096, cases[i].keep, &sink), 0);
		for (unsigned n = 1; n <= cases[i].lines; n++)
			assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
		assert_int_equal(sink__lost_lines(sink), 0);
		sink__free(sink);

		for (unsigned k = cases[i].keep + 1; k-- > 0;) {
			struct stat status;

			snprintf(path, sizeof(path), k ? "%s/%zu.%u" : "%s/%zu", directory, i, k);
			if (stat(path, &status) < 0)
				continue;
			assert_true(status.st_size <= 4096);
			assert_int_equal(status.st_mode & 07777, 0600);
			check_file(path, &numbers);
			files++;
		}
		assert_int_equal(files, cases[i].expected_files);
		assert_int_equal(numbers.count, cases[i].expected_lines);
		assert_int_equal(numbers.holes, 0);
		assert_int_equal(numbers.last, cases[i].lines);
		snprintf(path, sizeof(path), "%s/%zu.%u", directory, i, cases[i].keep + 1);
		assert_int_equal(access(path, F_OK), -1);
	}
}

static void a_line_larger_than_max_size_gets_a_file_of_its_own(void **state)
{
	const char *path = in_directory("events.json");
	struct numbers numbers = {0};
	struct sink *sink;

	(void)state;
	assert_int_equal(sink__new_file(path, 4096, 5, &sink), 0);
	assert_int_equal(write_line(sink, 1, 8000), 0);
	assert_int_equal(write_line(sink, 2, 100), 0);
	sink__free(sink);
	check_file(in_directory("events.json.1"), &numbers);
	check_file(path, &numbers);
	assert_int_equal(numbers.count, 2);
}

static void a_rotation_that_fails_is_told_and_made_up_for(void **state)
{
	const char *path = in_directory("events.json"), *obstacle = in_directory("events.json.1");
	struct numbers numbers = {0};
	struct sink *sink;

	(void)state;
	assert_int_equal(mkdir(obstacle, 0700), 0);
	assert_int_equal(sink__new_file(path, 4096, 1, &sink), 0);
	for (unsigned n = 1; n <= 50; n++)
		assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), -EISDIR);
	assert_int_equal(rmdir(obstacle), 0);
	assert_int_equal(write_line(sink, 51, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);
	assert_int_equal(sink__lost_lines(sink), 0);
	sink__free(sink);
	check_file(obstacle, &numbers);
	assert_int_equal(numbers.count, 50);
	check_file(path, &numbers);
	assert_int_equal(numbers.count, 51);
}

static void a_size_that_somebody_else_truncated_is_not_rotated(void **state)
{
	const char *path = in_directory("events.json");
	struct numbers numbers = {0};
	struct sink *sink;

	(void)state;
	assert_int_equal(sink__new_file(path, 4096, 5, &sink), 0);
	for (unsigned n = 1; n <= 40; n++)
		assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(write_line(sink, 41, LINE_SIZE), 0);
	sink__free(sink);
	assert_int_equal(access(in_directory("events.json.1"), F_OK), -1);
	check_file(path, &numbers);
	assert_int_equal(numbers.count, 1);
	assert_int_equal(numbers.first, 41);
}

static void reopening_follows_the_path_and_leaves_what_came_before_in_the_old_file(void **state)
{
	const char *path = in_directory("events.json"), *moved = in_directory("events.json.moved");
	struct numbers old_numbers = {0}, new_numbers = {0}, third_numbers = {0};
	struct stat status;
	struct sink *sink;

	(void)state;
	assert_int_equal(sink__new_file(path, 0, 5, &sink), 0);
	assert_int_equal(write_line(sink, 1, LINE_SIZE), 0);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(sink__reopen(sink), 0);
	assert_int_equal(write_line(sink, 2, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);
	check_file(moved, &old_numbers);
	check_file(path, &new_numbers);
	assert_int_equal(old_numbers.first, 1);
	assert_int_equal(old_numbers.count, 1);
	assert_int_equal(new_numbers.first, 2);
	assert_int_equal(new_numbers.count, 1);

	assert_int_equal(unlink(path), 0);
	assert_int_equal(sink__reopen(sink), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(write_line(sink, 3, LINE_SIZE), 0);
	sink__free(sink);
	check_file(path, &third_numbers);
	assert_int_equal(third_numbers.first, 3);
}

static void a_reopening_that_fails_goes_on_with_the_old_file(void **state)
{
	const char *path = in_directory("events.json"), *moved = in_directory("events.json.moved");
	struct numbers numbers = {0};
	struct sink *sink;

	(void)state;
	assert_int_equal(sink__new_file(path, 0, 5, &sink), 0);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink(moved, path), 0);
	assert_int_equal(sink__reopen(sink), -ELOOP);
	assert_int_equal(write_line(sink, 1, LINE_SIZE), 0);
	sink__free(sink);
	check_file(moved, &numbers);
	assert_int_equal(numbers.count, 1);
}

/* In a child, because the mount namespace is not given back. It exits 0, or 77 where it may not mount. */
static int run_on_tmpfs(const char *options, void (*body)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", directory, "tmpfs", 0, options) < 0)
			_exit(77);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Within the child an assertion of cmocka would run its cleanup twice. */
#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)

static void fill_the_disk(void)
{
	const char *path = in_directory("events.json"), *ballast = in_directory("ballast");
	unsigned number = 0, refused = 0;
	struct numbers numbers = {0};
	struct stat status;
	struct sink *sink;
	char *data;
	size_t size;
	int fd;

	/* 16 pages in all, 12 of them for the sink. */
	fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0 && posix_fallocate(fd, 0, 4 * 4096) == 0);
	CHECK(sink__new_file(path, 0, 5, &sink) == 0);

	/* The 12 pages fill, then the buffer does: only then lines are refused. */
	while (refused < 50) {
		int err = write_line(sink, ++number, LINE_SIZE);

		CHECK(err == 0 || err == -ENOSPC);
		refused += err != 0;
		/* Whatever has happened, there is never half a line. */
		CHECK(stat(path, &status) == 0 && status.st_size % LINE_SIZE == 0);
	}
	CHECK(number - refused >= 12 * 4096 / LINE_SIZE + LINES_IN_BUFFER - 1);
	CHECK(sink__lost_lines(sink) == 50);
	CHECK(sink__flush(sink) == -ENOSPC);
	CHECK(sink__lost_lines(sink) == 50);

	/* With room again all that was taken arrives, and later lines do. */
	close(fd);
	CHECK(unlink(ballast) == 0);
	CHECK(mount(NULL, directory, NULL, MS_REMOUNT, "size=1M") == 0);
	CHECK(sink__flush(sink) == 0);
	CHECK(write_line(sink, ++number, LINE_SIZE) == 0);
	sink__free(sink);
	data = read_whole(path, &size);
	check_lines(data, size, &numbers);
	free(data);
	CHECK(numbers.count == number - 50);
	CHECK(numbers.holes == 1);
	CHECK(numbers.last == number);
}

static void a_full_disk_leaves_no_half_line_and_loses_only_what_the_buffer_cannot_hold(void **state)
{
	int status;

	(void)state;
	status = run_on_tmpfs("size=64k", fill_the_disk);
	if (status == 77) {
		print_message("skipped: a tmpfs of its own needs root\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void fill_the_disk_and_rotate(void)
{
	const char *path = in_directory("events.json");
	struct numbers numbers = {0};
	unsigned number = 0;
	struct sink *sink;
	char *data;
	size_t size;

	/* Three files of at most 24 KiB do not fit 64 KiB: the oldest one's removal makes the room. */
	CHECK(sink__new_file(path, 24 << 10, 2, &sink) == 0);
	while (number < 2000) {
		int err = write_line(sink, ++number, LINE_SIZE);

		CHECK(err == 0);
	}
	CHECK(sink__lost_lines(sink) == 0);
	CHECK(sink__flush(sink) == 0 || sink__flush(sink) == -ENOSPC);
	sink__free(sink);
	data = read_whole(in_directory("events.json.1"), &size);
	check_lines(data, size, &numbers);
	free(data);
	CHECK(numbers.count == (24 << 10) / LINE_SIZE);
}

static void rotation_makes_room_on_a_full_disk(void **state)
{
	int status;

	(void)state;
	status = run_on_tmpfs("size=64k", fill_the_disk_and_rotate);
	if (status == 77) {
		print_message("skipped: a tmpfs of its own needs root\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void a_device_that_is_full_keeps_the_buffer_and_counts_the_rest(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct sink *sink;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sink__new_fd(fd, &sink), 0);
	for (unsigned n = 1; n <= LINES_IN_BUFFER; n++)
		assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
	assert_int_equal(sink__lost_lines(sink), 0);
	assert_int_equal(write_line(sink, 9000, LINE_SIZE), -ENOSPC);
	assert_int_equal(write_line(sink, 9001, SINK_BUFFER_SIZE + 1), -ENOSPC);
	assert_int_equal(sink__lost_lines(sink), 2);
	sink__free(sink);
	close(fd);
}

/* Reads until the end, as fast or as slowly as it was told. */
struct reader {
	pthread_t thread;
	int fd;
	unsigned pause_us;
	char *data;
	size_t size, capacity;
};

static void *read_until_end(void *argument)
{
	struct reader *reader = argument;
	ssize_t n;

	while ((n = read(reader->fd, reader->data + reader->size, reader->pause_us ? 1000 : 65536)) > 0) {
		reader->size += n;
		if (reader->pause_us)
			usleep(reader->pause_us);
		if (reader->capacity - reader->size < 65536)
			break;
	}
	return NULL;
}

static void start_reader(struct reader *reader, int fd, unsigned pause_us)
{
	*reader = (struct reader){.fd = fd, .pause_us = pause_us, .capacity = 4 << 20};
	reader->data = malloc(reader->capacity);
	assert_non_null(reader->data);
	assert_int_equal(pthread_create(&reader->thread, NULL, read_until_end, reader), 0);
}

static void check_reader(struct reader *reader, struct numbers *numbers)
{
	pthread_join(reader->thread, NULL);
	check_lines(reader->data, reader->size, numbers);
	free(reader->data);
}

static void make_pipe(int ret_fds[2], int flags)
{
	assert_int_equal(pipe2(ret_fds, O_CLOEXEC | flags), 0);
	/* Whole pages, so few that every test fills them. */
	assert_true(fcntl(ret_fds[1], F_SETPIPE_SZ, 8192) >= 8192);
}

static void a_slow_reader_loses_nothing(void **state)
{
	static const int flags[] = {0, O_NONBLOCK};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct numbers numbers = {0};
		struct reader reader;
		struct sink *sink;
		int fds[2];

		make_pipe(fds, 0);
		assert_int_equal(fcntl(fds[1], F_SETFL, flags[i]), 0);
		start_reader(&reader, fds[0], 500);
		assert_int_equal(sink__new_fd(fds[1], &sink), 0);
		for (unsigned n = 1; n <= 2 * LINES_IN_BUFFER; n++)
			assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
		assert_int_equal(sink__flush(sink), 0);
		assert_int_equal(sink__reopen(sink), 0);
		sink__free(sink);
		/* The flags of somebody else's fd stay. */
		assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, flags[i]);
		close(fds[1]);
		check_reader(&reader, &numbers);
		assert_int_equal(numbers.count, 2 * LINES_IN_BUFFER);
		close(fds[0]);
	}
}

static void a_socket_whose_reader_is_slow_loses_nothing(void **state)
{
	struct numbers numbers = {0};
	struct reader reader;
	struct sink *sink;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	start_reader(&reader, fds[0], 300);
	assert_int_equal(sink__new_fd(fds[1], &sink), 0);
	for (unsigned n = 1; n <= 5 * LINES_IN_BUFFER; n++)
		assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);
	sink__free(sink);
	close(fds[1]);
	check_reader(&reader, &numbers);
	assert_int_equal(numbers.count, 5 * LINES_IN_BUFFER);
	close(fds[0]);
}

static unsigned ticks;

static void count_tick(int signal_number)
{
	(void)signal_number;
	ticks++;
}

static void signals_interrupt_nothing(void **state)
{
	struct sigaction action = {.sa_handler = count_tick}, old_action;
	struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
	struct numbers numbers = {0};
	struct reader reader;
	struct sink *sink;
	sigset_t alarm_set;
	int fds[2];

	(void)state;
	make_pipe(fds, 0);
	/* The reader is started with the signal blocked, so that it is the writer that gets it. */
	sigemptyset(&alarm_set);
	sigaddset(&alarm_set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm_set, NULL);
	start_reader(&reader, fds[0], 500);
	pthread_sigmask(SIG_UNBLOCK, &alarm_set, NULL);
	sigaction(SIGALRM, &action, &old_action);
	setitimer(ITIMER_REAL, &often, NULL);

	assert_int_equal(sink__new_fd(fds[1], &sink), 0);
	for (unsigned n = 1; n <= 2 * LINES_IN_BUFFER; n++)
		assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);

	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old_action, NULL);
	sink__free(sink);
	close(fds[1]);
	check_reader(&reader, &numbers);
	assert_int_equal(numbers.count, 2 * LINES_IN_BUFFER);
	assert_true(ticks > 10);
	close(fds[0]);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void a_stuck_reader_stalls_once_and_then_gets_the_rest_of_its_line_first(void **state)
{
	unsigned number = 0, refused = 0;
	struct numbers numbers = {0};
	struct reader reader;
	struct sink *sink;
	int64_t start_ms;
	int fds[2];

	(void)state;
	make_pipe(fds, 0); /* it blocks: the kernel would never give the writer back */
	assert_int_equal(sink__new_fd(fds[1], &sink), 0);
	start_ms = now_ms();
	while (refused < 100) {
		int err = write_line(sink, ++number, LINE_SIZE);

		assert_true(err == 0 || err == -EAGAIN);
		refused += err != 0;
	}
	assert_int_equal(sink__flush(sink), -EAGAIN);
	assert_in_range(now_ms() - start_ms, SINK_WAIT_MS - 100, SINK_WAIT_MS + 2000);
	assert_int_equal(sink__lost_lines(sink), 100);

	start_reader(&reader, fds[0], 0);
	do {
		start_ms = sink__flush(sink);
		assert_true(start_ms == 0 || start_ms == -EAGAIN);
	} while (start_ms);
	assert_int_equal(write_line(sink, ++number, LINE_SIZE), 0);
	assert_int_equal(sink__flush(sink), 0);
	sink__free(sink);
	close(fds[1]);
	check_reader(&reader, &numbers);
	assert_int_equal(numbers.count, number - 100);
	assert_int_equal(numbers.holes, 1);
	assert_int_equal(numbers.last, number);
	close(fds[0]);
}

static void once_nobody_reads_every_line_is_lost_and_counted(void **state)
{
	struct sink *sink;
	int fds[2];

	(void)state;
	make_pipe(fds, 0);
	assert_int_equal(sink__new_fd(fds[1], &sink), 0);
	for (unsigned n = 1; n <= 3; n++)
		assert_int_equal(write_line(sink, n, LINE_SIZE), 0);
	close(fds[0]);
	assert_int_equal(sink__flush(sink), -EPIPE);
	assert_int_equal(sink__lost_lines(sink), 3);
	assert_int_equal(write_line(sink, 4, LINE_SIZE), -EPIPE);
	assert_int_equal(sink__flush(sink), -EPIPE);
	assert_int_equal(sink__lost_lines(sink), 4);
	sink__free(sink);
	close(fds[1]);
}

static void a_line_larger_than_the_buffer_goes_out_at_once(void **state)
{
	const char *path = in_directory("events.json");
	struct numbers numbers = {0}, pipe_numbers = {0};
	struct reader reader;
	struct sink *sink;
	int fds[2];

	(void)state;
	assert_int_equal(sink__new_file(path, 0, 5, &sink), 0);
	assert_int_equal(write_line(sink, 1, LINE_SIZE), 0);
	assert_int_equal(write_line(sink, 2, 3 * SINK_BUFFER_SIZE), 0);
	check_file(path, &numbers);
	assert_int_equal(numbers.count, 2);
	sink__free(sink);

	make_pipe(fds, 0);
	start_reader(&reader, fds[0], 0);
	assert_int_equal(sink__new_fd(fds[1], &sink), 0);
	assert_int_equal(write_line(sink, 1, LINE_SIZE), 0);
	assert_int_equal(write_line(sink, 2, 3 * SINK_BUFFER_SIZE), 0);
	assert_int_equal(write_line(sink, 3, LINE_SIZE), 0);
	sink__free(sink);
	close(fds[1]);
	check_reader(&reader, &pipe_numbers);
	assert_int_equal(pipe_numbers.count, 3);
	close(fds[0]);
}

#define with_directory(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_directory(a_file_gets_every_line_in_order_and_is_private),
		with_directory(freeing_flushes_and_takes_null),
		with_directory(what_is_no_plain_file_is_refused),
		with_directory(half_a_line_of_a_killed_writer_is_ended_first),
		with_directory(rotation_keeps_as_many_as_asked_and_loses_no_line),
		with_directory(a_line_larger_than_max_size_gets_a_file_of_its_own),
		with_directory(a_rotation_that_fails_is_told_and_made_up_for),
		with_directory(a_size_that_somebody_else_truncated_is_not_rotated),
		with_directory(reopening_follows_the_path_and_leaves_what_came_before_in_the_old_file),
		with_directory(a_reopening_that_fails_goes_on_with_the_old_file),
		with_directory(a_full_disk_leaves_no_half_line_and_loses_only_what_the_buffer_cannot_hold),
		with_directory(rotation_makes_room_on_a_full_disk),
		with_directory(a_line_larger_than_the_buffer_goes_out_at_once),
		cmocka_unit_test(a_device_that_is_full_keeps_the_buffer_and_counts_the_rest),
		cmocka_unit_test(a_slow_reader_loses_nothing),
		cmocka_unit_test(a_socket_whose_reader_is_slow_loses_nothing),
		cmocka_unit_test(signals_interrupt_nothing),
		cmocka_unit_test(a_stuck_reader_stalls_once_and_then_gets_the_rest_of_its_line_first),
		cmocka_unit_test(once_nobody_reads_every_line_is_lost_and_counted),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
