// SPDX-License-Identifier: Apache-2.0
/* Listens on a Unix socket. */
#include "cmd/answers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"

#define TICKS_MAX 10 /* that somebody may take to ask and to read */

struct answers {
	answers_compose_fn compose;
	void *data;
	int epoll_fd, listen_fd, client_fd; /* client_fd -1: nobody is there */
	struct sockaddr_un address;
	dev_t device; /* of the socket that was made there; no inode: none was */
	ino_t inode;
	char request[ANSWERS_REQUEST_MAX];
	size_t request_size;
	char *answer; /* NULL: the request is not whole yet */
	size_t answer_size, sent;
	unsigned ticks;
};

static int watch(struct answers *answers, int operation, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(answers->epoll_fd, operation, fd, &event) ? -errno : 0;
}

static int make_directory(const char *path)
{
	_cleanup_free_ char *directory = strdup(path);
	char *slash = directory ? strrchr(directory, '/') : NULL;

	if (!directory)
		return -ENOMEM;
	if (!slash || slash == directory)
		return 0;
	*slash = '\0';
	return mkdir(directory, 0700) && errno != EEXIST ? -errno : 0;
}

/* Left by an agent that was killed: nobody listens any more. */
static int remove_stale(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(address->sun_path) ? -errno : 0;
}

/* Somebody may remove it and listen there in its place: then it is not ours to remove. */
static void remember_socket(struct answers *answers)
{
	struct stat st;

	if (lstat(answers->address.sun_path, &st))
		return;
	answers->device = st.st_dev;
	answers->inode = st.st_ino;
}

static void remove_socket(const struct answers *answers)
{
	struct stat st;

	if (answers->inode && !lstat(answers->address.sun_path, &st) && st.st_dev == answers->device &&
	    st.st_ino == answers->inode)
		unlink(answers->address.sun_path);
}

static int open_socket(struct answers *answers)
{
	mode_t mask;
	int err;

	err = make_directory(answers->address.sun_path);
	if (!err)
		err = remove_stale(&answers->address);
	if (err)
		return err;
	answers->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (answers->listen_fd < 0)
		return -errno;
	mask = umask(0177);
	err = bind(answers->listen_fd, (const struct sockaddr *)&answers->address, sizeof(answers->address)) ? -errno
													     : 0;
	umask(mask);
	if (err)
		return err;
	remember_socket(answers);
	if (listen(answers->listen_fd, 8))
		return -errno;
	return watch(answers, EPOLL_CTL_ADD, answers->listen_fd, EPOLLIN);
}

int answers__new(const char *path, answers_compose_fn compose, void *data, struct answers **ret_answers)
{
	struct answers *answers;
	int err = 0;

	if (strlen(path) >= sizeof(answers->address.sun_path))
		return -ENAMETOOLONG;
	answers = calloc(1, sizeof(*answers));
	if (!answers)
		return -ENOMEM;
	answers->compose = compose;
	answers->data = data;
	answers->listen_fd = answers->client_fd = -1;
	answers->address.sun_family = AF_UNIX;
	answers->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (answers->epoll_fd < 0)
		err = -errno;
	if (!err) {
		strcpy(answers->address.sun_path, path);
		err = open_socket(answers);
	}
	if (err) {
		answers__free(answers);
		return err;
	}
	*ret_answers = answers;
	return 0;
}

static void let_go(struct answers *answers)
{
	if (answers->client_fd >= 0) {
		close(answers->client_fd);
		watch(answers, EPOLL_CTL_MOD, answers->listen_fd, EPOLLIN);
	}
	free(answers->answer);
	answers->client_fd = -1;
	answers->answer = NULL;
	answers->answer_size = answers->sent = answers->request_size = 0;
	answers->ticks = 0;
}

void answers__free(struct answers *answers)
{
	if (!answers)
		return;
	let_go(answers);
	if (answers->listen_fd >= 0)
		close(answers->listen_fd);
	if (answers->epoll_fd >= 0)
		close(answers->epoll_fd);
	remove_socket(answers);
	free(answers);
}

int answers__fd(const struct answers *answers)
{
	return answers->epoll_fd;
}

void answers__tick(struct answers *answers)
{
	if (answers->client_fd < 0)
		watch(answers, EPOLL_CTL_MOD, answers->listen_fd, EPOLLIN);
	else if (++answers->ticks > TICKS_MAX)
		let_go(answers);
}

/* The next one waits until this one has its answer. */
static void take_client(struct answers *answers)
{
	if (answers->client_fd >= 0)
		return;
	answers->client_fd = accept4(answers->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (answers->client_fd < 0) {
		/* No descriptor is free, say: he waits for the next tick, and nobody asks all the time. */
		if (errno != EAGAIN)
			watch(answers, EPOLL_CTL_MOD, answers->listen_fd, 0);
		return;
	}
	if (watch(answers, EPOLL_CTL_MOD, answers->listen_fd, 0) ||
	    watch(answers, EPOLL_CTL_ADD, answers->client_fd, EPOLLIN))
		let_go(answers);
}

static int compose(struct answers *answers)
{
	FILE *file = open_memstream(&answers->answer, &answers->answer_size);
	int err;

	if (!file)
		return -errno;
	err = answers->compose(answers->data, answers->request, file);
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/* Returns 1 once the request is whole, 0 where more is to come, or a negative errno. */
static int read_request(struct answers *answers)
{
	ssize_t size = read(answers->client_fd, answers->request + answers->request_size,
			    sizeof(answers->request) - answers->request_size);
	char *end;

	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	answers->request_size += size;
	end = memchr(answers->request, '\n', answers->request_size);
	if (end) {
		*end = '\0';
		return 1;
	}
	return size == 0 || answers->request_size == sizeof(answers->request) ? -EINVAL : 0;
}

/* Returns 1 once all is sent, 0 where more is to go, or a negative errno. */
static int send_answer(struct answers *answers)
{
	while (answers->sent < answers->answer_size) {
		ssize_t size = send(answers->client_fd, answers->answer + answers->sent,
				    answers->answer_size - answers->sent, MSG_NOSIGNAL);

		if (size < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		answers->sent += size;
	}
	return 1;
}

static void serve(struct answers *answers)
{
	int done = 0;

	if (!answers->answer) {
		done = read_request(answers);
		if (done > 0) {
			done = compose(answers);
			if (!done)
				done = watch(answers, EPOLL_CTL_MOD, answers->client_fd, EPOLLOUT);
		}
	}
	if (answers->answer && done == 0)
		done = send_answer(answers);
	if (done)
		let_go(answers);
}

void answers__handle(struct answers *answers)
{
	struct epoll_event events[2];
	int n = epoll_wait(answers->epoll_fd, events, 2, 0);

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == answers->client_fd)
			serve(answers);
	}
	take_client(answers);
}
