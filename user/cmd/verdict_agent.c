// SPDX-License-Identifier: Apache-2.0
/* Asks the agent that runs for its verdicts. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "cmd/answers.h"
#include "cmd/verdict_source.h"

#define PATIENCE_S 20

static int open_socket(const char *path, int *ret_fd)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int ask(int fd, const struct verdict_question *question)
{
	const char *format = question->wants_ocsf ? "ocsf" : "ecs";
	json_auto_t *request = question->explained ? json_pack("{s:s,s:s,s:s}", "request", "explain", "format", format,
							       "container", question->explained)
						   : json_pack("{s:s,s:s}", "request", "verdicts", "format", format);
	char line[ANSWERS_REQUEST_MAX];
	bool is_whole = request && (!question->wants_all || !json_object_set_new(request, "all", json_true()));
	size_t size = is_whole ? json_dumpb(request, line, sizeof(line), JSON_COMPACT) : 0;
	ssize_t sent;

	if (!size)
		return -EILSEQ;
	if (size >= sizeof(line))
		return -ENAMETOOLONG;
	line[size] = '\n';
	sent = send(fd, line, size + 1, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return sent == (ssize_t)size + 1 ? 0 : -EIO;
}

/* Its end says that it is whole. */
static int read_answer(int fd, verdict_take_fn take, void *data)
{
	_cleanup_fclose_ FILE *file = fdopen(fd, "r");
	int taken;

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	taken = verdict_source_lines(file, take, data);
	if (taken > 0)
		return 0;
	return taken == 0 ? -EBADMSG : taken == -EAGAIN ? -ETIMEDOUT : taken;
}

int verdict_source__agent(const char *socket_path, const struct verdict_question *question, verdict_take_fn take,
			  void *data, char ret_reason[VERDICT_REASON_MAX])
{
	_cleanup_close_ int fd = -1;
	int err = open_socket(socket_path, &fd);

	ret_reason[0] = '\0';
	if (!err)
		err = ask(fd, question);
	if (!err)
		err = read_answer(steal_fd(&fd), take, data);
	if (err)
		snprintf(ret_reason, VERDICT_REASON_MAX, "the agent's socket %s: %s", socket_path,
			 err == -EBADMSG     ? "the answer is not one, or is cut off"
			 : err == -ETIMEDOUT ? "the agent does not answer"
			 : err == -EACCES    ? "only its owner and root may ask; run this as root"
					     : strerror(-err));
	return err;
}
