/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's socket: who asks gets an answer, and nobody who does not keeps the next one, or the agent, waiting. */
#include "table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/answers.h"

#define MIB          (1 << 20)
#define PATIENCE     11     /* ticks, then who does nothing has gone */
#define EVENTS_MAX   100000 /* more for one client is a loop that does nothing */
#define PATH_TOO_BIG sizeof(((struct sockaddr_un *)0)->sun_path)

static struct {
	char directory[64], path[128];
	struct answers *answers;
	size_t answer_size; /* what compose() writes */
	char request[ANSWERS_REQUEST_MAX];
	int nr_fds;
} test;

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static char letter(size_t at)
{
	return (char)('a' + at % 23);
}

static int compose(void *data, const char *request, FILE *answer)
{
	assert_ptr_equal(data, &test);
	strcpy(test.request, request);
	for (size_t i = 0; i < test.answer_size; i++)
		putc(letter(i), answer);
	return strcmp(request, "nonsense") ? 0 : -EINVAL;
}

static int listen_at(const char *path, struct answers **ret_answers)
{
	return answers__new(path, compose, &test, ret_answers);
}

static int make_directory(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	test.nr_fds = count_fds();
	test.answer_size = 1000;
	strcpy(test.directory, "/tmp/test_answers.XXXXXX");
	if (!mkdtemp(test.directory))
		return -1;
	snprintf(test.path, sizeof(test.path), "%s/sub/agent.sock", test.directory);
	return 0;
}

static int start(void **state)
{
	return make_directory(state) || listen_at(test.path, &test.answers);
}

/* Every test leaves as many descriptors as there were, and no socket. */
static int finish(void **state)
{
	char command[128];

	(void)state;
	answers__free(test.answers);
	if (count_fds() != test.nr_fds || !access(test.path, F_OK))
		return -1;
	snprintf(command, sizeof(command), "rm -r '%s'", test.directory);
	return system(command);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static bool is_busy(void)
{
	struct pollfd pollfd = {.fd = answers__fd(test.answers), .events = POLLIN};

	return poll(&pollfd, 1, 0) == 1;
}

/* As the agent's loop does it, until there is nothing to do. */
static void serve(void)
{
	for (unsigned i = 0; is_busy(); i++) {
		assert_true(i < EVENTS_MAX);
		answers__handle(test.answers);
	}
}

static void let_time_pass(unsigned ticks)
{
	while (ticks--)
		answers__tick(test.answers);
	serve();
}

/* How much of the answer comes until its end, or until nothing is there; the end is told by has_ended. */
static size_t read_up_to(int fd, size_t at, size_t max, bool *ret_has_ended)
{
	char buffer[65536];
	ssize_t size = 0;

	*ret_has_ended = false;
	while (at < max && (size = read(fd, buffer, sizeof(buffer) < max - at ? sizeof(buffer) : max - at)) > 0)
		for (ssize_t i = 0; i < size; i++, at++)
			assert_int_equal(buffer[i], letter(at));
	if (size < 0)
		assert_int_equal(errno, EAGAIN);
	*ret_has_ended = at < max && size == 0;
	return at;
}

static void assert_says(int fd, size_t expected, bool has_ended_expected)
{
	bool has_ended;

	assert_int_equal(read_up_to(fd, 0, SIZE_MAX, &has_ended), expected);
	assert_int_equal(has_ended, has_ended_expected);
}

static void assert_silent(int fd)
{
	assert_says(fd, 0, false);
}

static void assert_gone(int fd)
{
	assert_says(fd, 0, true);
	close(fd);
}

/* The end, or a reset where something was not read. */
static void assert_refused(int fd)
{
	char byte;

	assert_true(read(fd, &byte, 1) == 0 || errno == ECONNRESET);
	close(fd);
}

static void assert_answered(int fd)
{
	assert_says(fd, test.answer_size, true);
	close(fd);
}

static void assert_next_is_answered(void)
{
	int fd = connect_to(test.path);

	say(fd, "next\n");
	serve();
	assert_string_equal(test.request, "next");
	assert_answered(fd);
}

static void who_asks_gets_the_answer_whole(void **state)
{
	int fd = connect_to(test.path);

	(void)state;
	say(fd, "{\"request\":\"verdicts\"}\n");
	serve();
	assert_string_equal(test.request, "{\"request\":\"verdicts\"}");
	assert_answered(fd);
	assert_next_is_answered();
}

static void a_request_comes_in_pieces(void **state)
{
	static const char request[] = "piecemeal\n";
	int fd = connect_to(test.path);

	(void)state;
	for (size_t i = 0; request[i]; i++) {
		assert_silent(fd);
		say(fd, (char[]){request[i], '\0'});
		serve();
	}
	assert_string_equal(test.request, "piecemeal");
	assert_answered(fd);
}

static void the_longest_request_is_one(void **state)
{
	char request[ANSWERS_REQUEST_MAX + 1];
	int fd = connect_to(test.path);

	(void)state;
	memset(request, 'x', ANSWERS_REQUEST_MAX);
	strcpy(request + ANSWERS_REQUEST_MAX - 1, "\n");
	say(fd, request);
	serve();
	assert_int_equal(strlen(test.request), ANSWERS_REQUEST_MAX - 1);
	assert_answered(fd);
}

static const struct refused_row {
	const char *name, *request;
	size_t nr_more;
	bool hangs_up;
} refused[] = {
	{"a request that nobody could answer is not answered", .request = "nonsense\n"},
	{"a request that is too long is not answered", .request = "", .nr_more = ANSWERS_REQUEST_MAX},
	{"a request that is much too long is not answered", .request = "", .nr_more = 20 * ANSWERS_REQUEST_MAX},
	{"a request without its end is not answered", .request = "{\"request\":\"verdicts\"}", .hangs_up = true},
	{"who says nothing and hangs up is not answered", .request = "", .hangs_up = true},
};

static void refuses(void **state)
{
	const struct refused_row *row = *state;
	static char more[20 * ANSWERS_REQUEST_MAX + 1];
	int fd = connect_to(test.path);

	say(fd, row->request);
	memset(more, 'x', row->nr_more);
	more[row->nr_more] = '\0';
	say(fd, more);
	if (row->hangs_up)
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
	serve();
	assert_refused(fd);
	assert_next_is_answered();
}

static void who_hangs_up_is_forgotten(void **state)
{
	int fd = connect_to(test.path);

	(void)state;
	serve();
	close(fd);
	serve();
	test.answer_size = 5 * MIB;
	fd = connect_to(test.path);
	say(fd, "x\n");
	serve();
	close(fd);
	test.answer_size = 10;
	assert_next_is_answered();
}

static void who_never_asks_is_let_go(void **state)
{
	int silent = connect_to(test.path), next;

	(void)state;
	serve();
	next = connect_to(test.path);
	say(next, "next\n");
	let_time_pass(PATIENCE - 1);
	assert_silent(silent);
	assert_silent(next);
	assert_false(is_busy());
	let_time_pass(1);
	assert_gone(silent);
	assert_answered(next);
}

static void who_asks_bit_by_bit_is_let_go(void **state)
{
	int slow = connect_to(test.path);

	(void)state;
	for (unsigned i = 0; i < PATIENCE; i++) {
		say(slow, "x");
		serve();
		let_time_pass(1);
	}
	assert_gone(slow);
	assert_next_is_answered();
}

static void who_never_reads_is_let_go(void **state)
{
	int deaf = connect_to(test.path), next = connect_to(test.path);
	bool has_ended;
	size_t size;

	(void)state;
	test.answer_size = 20 * MIB;
	say(deaf, "x\n");
	say(next, "y\n");
	serve();
	assert_string_equal(test.request, "x");
	test.answer_size = 10;
	let_time_pass(PATIENCE - 1);
	assert_silent(next);
	assert_false(is_busy());
	let_time_pass(1);
	assert_answered(next);
	/* What he has is what the kernel held for him: no end stands behind it. */
	size = read_up_to(deaf, 0, SIZE_MAX, &has_ended);
	assert_true(has_ended && size > 0 && size < 20 * MIB);
	close(deaf);
}

static void a_slow_reader_gets_all_of_it(void **state)
{
	int slow = connect_to(test.path), next = connect_to(test.path);
	bool has_ended = false;
	size_t size = 0;

	(void)state;
	test.answer_size = 20 * MIB;
	say(slow, "x\n");
	say(next, "y\n");
	for (unsigned i = 0; !has_ended; i++) {
		assert_true(i < EVENTS_MAX);
		serve();
		size = read_up_to(slow, size, size + 50000, &has_ended);
	}
	assert_int_equal(size, 20 * MIB);
	close(slow);
	test.answer_size = 10;
	assert_string_equal(test.request, "y");
	close(next);
	assert_next_is_answered();
}

static void all_who_wait_are_answered_in_turn(void **state)
{
	int fds[8];
	char request[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		fds[i] = connect_to(test.path);
		snprintf(request, sizeof(request), "%d\n", i);
		say(fds[i], request);
	}
	serve();
	assert_string_equal(test.request, "7");
	for (int i = 0; i < 8; i++)
		assert_answered(fds[i]);
}

static void one_request_is_answered_a_connection(void **state)
{
	int fd = connect_to(test.path);

	(void)state;
	say(fd, "first\nsecond\n");
	serve();
	assert_string_equal(test.request, "first");
	assert_answered(fd);
}

static void without_a_free_descriptor_nobody_spins(void **state)
{
	struct rlimit limit, none;
	int fd = connect_to(test.path), free_fd = dup(fd);

	(void)state;
	close(free_fd);
	say(fd, "late\n");
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = free_fd;
	setrlimit(RLIMIT_NOFILE, &none);
	serve();
	let_time_pass(1);
	assert_silent(fd);
	setrlimit(RLIMIT_NOFILE, &limit);
	let_time_pass(1);
	assert_string_equal(test.request, "late");
	assert_answered(fd);
}

static void only_its_owner_may_ask(void **state)
{
	mode_t mask = umask(0);
	char directory[128];
	struct stat st;

	(void)state;
	assert_int_equal(listen_at(test.path, &test.answers), 0);
	assert_int_equal(umask(mask), 0);
	assert_int_equal(stat(test.path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	snprintf(directory, sizeof(directory), "%s/sub", test.directory);
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
}

static void a_directory_that_is_there_stays_as_it_is(void **state)
{
	struct stat st;

	(void)state;
	chmod(test.directory, 0755);
	snprintf(test.path, sizeof(test.path), "%s/agent.sock", test.directory);
	assert_int_equal(listen_at(test.path, &test.answers), 0);
	assert_int_equal(stat(test.directory, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_next_is_answered();
}

static void what_a_killed_one_left_is_replaced(void **state)
{
	pid_t pid = fork();
	struct stat st;
	int status;

	(void)state;
	if (!pid) {
		struct answers *answers;

		if (listen_at(test.path, &answers))
			_exit(1);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(lstat(test.path, &st), 0);
	assert_int_equal(listen_at(test.path, &test.answers), 0);
	assert_next_is_answered();
}

static const struct occupied_row {
	const char *name, *command;
} occupied[] = {
	{"a file is left alone", "mkdir \"$0/sub\" && echo text >\"$0/sub/agent.sock\""},
	{"an empty file is left alone", "mkdir \"$0/sub\" && >\"$0/sub/agent.sock\""},
	{"a directory is left alone", "mkdir -p \"$0/sub/agent.sock\""},
	{"a FIFO is left alone", "mkdir \"$0/sub\" && mkfifo \"$0/sub/agent.sock\""},
	{"a link to nothing is left alone", "mkdir \"$0/sub\" && ln -s nothing \"$0/sub/agent.sock\""},
};

static void leaves_alone(void **state)
{
	const struct occupied_row *row = *state;
	char command[256];
	struct stat before, after;

	snprintf(command, sizeof(command), "sh -c '%s' '%s'", row->command, test.directory);
	assert_int_equal(system(command), 0);
	assert_int_equal(lstat(test.path, &before), 0);
	assert_int_equal(listen_at(test.path, &test.answers), -EEXIST);
	assert_null(test.answers);
	assert_int_equal(lstat(test.path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_size, before.st_size);
	snprintf(command, sizeof(command), "rm -r '%s/sub'", test.directory);
	assert_int_equal(system(command), 0);
}

static void who_answers_there_is_left_alone(void **state)
{
	struct answers *second = NULL;

	(void)state;
	assert_int_equal(listen_at(test.path, &second), -EADDRINUSE);
	assert_null(second);
	assert_next_is_answered();
}

/* So many wait for him that a connection is refused for now. */
static void who_is_too_busy_is_left_alone(void **state)
{
	struct answers *second = NULL;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fds[64], nr = 0, err = 0;

	(void)state;
	strcpy(address.sun_path, test.path);
	while (!err && nr < 64) {
		fds[nr] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		err = connect(fds[nr++], (struct sockaddr *)&address, sizeof(address));
	}
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(listen_at(test.path, &second), -EADDRINUSE);
	while (nr--)
		close(fds[nr]);
	serve();
	assert_next_is_answered();
}

static void a_successor_keeps_its_socket(void **state)
{
	struct answers *first = test.answers;

	(void)state;
	assert_int_equal(unlink(test.path), 0);
	assert_int_equal(listen_at(test.path, &test.answers), 0);
	answers__free(first);
	assert_next_is_answered();
}

static void a_path_has_a_bound(void **state)
{
	char path[PATH_TOO_BIG + 1];

	(void)state;
	memset(path, 'x', sizeof(path));
	memcpy(path, test.directory, strlen(test.directory));
	path[strlen(test.directory)] = '/';
	path[PATH_TOO_BIG] = '\0';
	assert_int_equal(listen_at(path, &test.answers), -ENAMETOOLONG);
	path[PATH_TOO_BIG - 1] = '\0';
	assert_int_equal(listen_at(path, &test.answers), 0);
	strcpy(test.path, path);
	assert_next_is_answered();
}

static void one_directory_is_made_and_no_more(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/a/b/agent.sock", test.directory);
	assert_int_equal(listen_at(path, &test.answers), -ENOENT);
	snprintf(path, sizeof(path), "%s/a", test.directory);
	assert_int_equal(access(path, F_OK), -1);
}

static void its_end_ends_who_waits(void **state)
{
	int asking = connect_to(test.path), waiting = connect_to(test.path), reading;
	bool has_ended;

	(void)state;
	serve();
	answers__free(test.answers);
	test.answers = NULL;
	assert_gone(asking);
	assert_refused(waiting);

	assert_int_equal(listen_at(test.path, &test.answers), 0);
	test.answer_size = 5 * MIB;
	reading = connect_to(test.path);
	say(reading, "x\n");
	serve();
	answers__free(test.answers);
	test.answers = NULL;
	assert_true(read_up_to(reading, 0, SIZE_MAX, &has_ended) < 5 * MIB);
	close(reading);
	answers__free(NULL);
}

#define SERVED(test_)  cmocka_unit_test_setup_teardown(test_, start, finish)
#define STARTED(test_) cmocka_unit_test_setup_teardown(test_, make_directory, finish)

/* A row's test gets the row, so that the rest comes from here. */
static void refuses_row(void **state)
{
	void *none = NULL;

	assert_int_equal(start(&none), 0);
	refuses(state);
	assert_int_equal(finish(&none), 0);
}

static void leaves_alone_row(void **state)
{
	void *none = NULL;

	assert_int_equal(make_directory(&none), 0);
	leaves_alone(state);
	assert_int_equal(finish(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(who_asks_gets_the_answer_whole),
		SERVED(a_request_comes_in_pieces),
		SERVED(the_longest_request_is_one),
		SERVED(who_hangs_up_is_forgotten),
		SERVED(who_never_asks_is_let_go),
		SERVED(who_asks_bit_by_bit_is_let_go),
		SERVED(who_never_reads_is_let_go),
		SERVED(a_slow_reader_gets_all_of_it),
		SERVED(all_who_wait_are_answered_in_turn),
		SERVED(one_request_is_answered_a_connection),
		SERVED(without_a_free_descriptor_nobody_spins),
		STARTED(only_its_owner_may_ask),
		STARTED(a_directory_that_is_there_stays_as_it_is),
		STARTED(what_a_killed_one_left_is_replaced),
		SERVED(who_answers_there_is_left_alone),
		SERVED(who_is_too_busy_is_left_alone),
		SERVED(a_successor_keeps_its_socket),
		STARTED(a_path_has_a_bound),
		STARTED(one_directory_is_made_and_no_more),
		SERVED(its_end_ends_who_waits),
	};
	struct CMUnitTest all[NR_ROWS(tests) + NR_ROWS(refused) + NR_ROWS(occupied)];
	size_t nr = NR_ROWS(tests);

	memcpy(all, tests, sizeof(tests));
	ADD_ROWS(all, nr, refused, refuses_row);
	ADD_ROWS(all, nr, occupied, leaves_alone_row);
	return cmocka_run_group_tests(all, NULL, NULL);
}
