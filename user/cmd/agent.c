// SPDX-License-Identifier: Apache-2.0
/* Runs the pipeline on a live host. */
#include "cmd/agent.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/answers.h"
#include "cmd/emptied.h"
#include "cmd/frames.h"
#include "cmd/live.h"
#include "cmd/losses.h"
#include "cmd/verdict_lines.h"
#include "source/rings.h"
#include "source/snapshot.h"

#define DRAIN_MAX 4096 /* records between two looks at signals */
/* And between two looks at what runtimes have written, which can be gone a few milliseconds later. */
#define STATES_EVERY 32
/*
 * How long a reader that had work waits before it looks again: a millisecond, so that what comes in pieces comes
 * out at once, and longer where so much came in the last one that only a storm can be the reason.
 */
#define NAP_MS       1
#define STORM_NAP_MS 20 /* at most: a ring that is half full ends it */
#define STORM        8  /* records in a nap */
#define TICK_S       1
/* A walk over all tasks corrects the picture: when a verdict needs it, and in any case so often. */
#define WALK_EVERY_NS (60 * 1000000000ULL)
/* However many verdicts wait. */
#define WALK_LEAST_NS 1000000000ULL
/* Of a reader that has to look at what a container leaves before it is gone, whoever else wants the processor. */
#define NICE (-10)
/* A storm does not keep it from ending. */
#define FINISH_NS (5 * 1000000000ULL)

struct agent {
	const struct agent_options *options;
	struct live live;
	struct pipeline *pipeline;
	struct rings *rings;
	int epoll_fd, signal_fd, timer_fd;
	struct losses *losses;
	struct answers *answers; /* NULL: nobody is answered */
	uint64_t last_walk_ns, next_walk_ns;
	uint32_t scans[2]; /* hooks__scan_number() before the last two walks */
	uint64_t nr_records;
	bool is_ending, is_tick_due;
};

static int handle_record(void *data, const void *record, size_t size)
{
	struct agent *agent = data;

	if (++agent->nr_records % STATES_EVERY == 0)
		state_watch__read(agent->live.states);
	if (agent->live.writer)
		recording_writer__add(agent->live.writer, FRAME_RECORD, record, size);
	return pipeline__handle(agent->pipeline, record, size);
}

static int add_cgroup(void *data, uint64_t key, uint64_t parent_key, const char *path)
{
	struct agent *agent = data;
	size_t size = strlen(path);

	if (agent->live.writer) {
		_cleanup_free_ struct frame_cgroup *frame = malloc(sizeof(*frame) + size);

		if (!frame)
			return -ENOMEM;
		frame->key = key;
		frame->parent_key = parent_key;
		memcpy(frame->path, path, size);
		recording_writer__add(agent->live.writer, FRAME_CGROUP, frame, sizeof(*frame) + size);
	}
	return pipeline__add_cgroup(agent->pipeline, key, parent_key, (struct span){path, size});
}

static int watch(struct agent *agent, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(agent->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Before anything else: a signal that comes while the programs load ends the work in order too. */
static int open_signals(struct agent *agent)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	agent->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return agent->signal_fd < 0 ? -errno : 0;
}

static int open_loop(struct agent *agent)
{
	const struct itimerspec every = {.it_interval.tv_sec = TICK_S, .it_value.tv_sec = TICK_S};
	int err;

	agent->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	agent->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (agent->timer_fd < 0 || agent->epoll_fd < 0 || timerfd_settime(agent->timer_fd, 0, &every, NULL))
		return -errno;
	err = watch(agent, agent->signal_fd);
	if (!err)
		err = watch(agent, agent->timer_fd);
	if (!err)
		err = watch(agent, rings__fd(agent->rings));
	if (!err)
		err = watch(agent, state_watch__fd(agent->live.states));
	return err;
}

static int open_hooks(struct agent *agent, char ret_reason[AGENT_REASON_MAX])
{
	const struct config *config = agent->options->config;
	const struct hooks_options options = {
		.events_ring_size = config->events_ring_kib << 10,
		.alerts_ring_size = config->alerts_ring_kib << 10,
		.wants_all = agent->options->wants_all,
		.creds_hook = agent->options->creds_hook,
	};
	int err = live__open(&agent->live, config, &options, ret_reason);

	if (!err)
		err = losses__new(agent->live.hooks, &agent->losses);
	return err ? err : rings__new(agent->live.hooks, &agent->rings);
}

static int open_recording(struct agent *agent, char ret_reason[AGENT_REASON_MAX])
{
	_cleanup_free_ char *json = NULL;
	int err;

	if (!agent->options->record_path)
		return 0;
	err = recording_writer__new(agent->options->record_path, &agent->live.writer);
	if (err) {
		snprintf(ret_reason, AGENT_REASON_MAX, "the recording %s cannot be made: %s",
			 agent->options->record_path, strerror(-err));
		return err;
	}
	err = host__to_json(agent->options->host, &json);
	if (!err)
		recording_writer__add(agent->live.writer, FRAME_CONTEXT, json, strlen(json));
	return err;
}

static int start(struct agent *agent)
{
	const char *const *names = hooks__names(agent->live.hooks);
	struct agent_facts facts = {.cgroup_mode = hierarchy__mode(&agent->live.hierarchy)};
	_cleanup_free_ char *json = NULL;
	uint64_t now_ns = boottime_ns();
	struct utsname uts = {};
	size_t i;
	int err;

	uname(&uts);
	facts.kernel_release = uts.release;
	for (i = 0; names[i] && i + 1 < sizeof(facts.hooks) / sizeof(facts.hooks[0]); i++)
		facts.hooks[i] = names[i];
	if (agent->live.writer) {
		err = frame_from_start(&facts, now_ns, &json);
		if (err)
			return err;
		recording_writer__add(agent->live.writer, FRAME_START, json, strlen(json));
	}
	return pipeline__start(agent->pipeline, &facts, now_ns);
}

/* What the walk saw of a task comes after what the rings hold of the time before. */
static int handle_walked(void *data, const void *record, size_t size)
{
	const struct event_header *header = record;
	struct agent *agent = data;
	int n = rings__drain(agent->rings, INT_MAX, header->time_ns, handle_record, agent);

	return n < 0 ? n : handle_record(agent, record, size);
}

/* What the walks since then handed over is all that there is. */
static int end_walk(struct agent *agent, uint64_t begin_ns)
{
	struct frame_walk frame = {begin_ns, boottime_ns()};

	agent->last_walk_ns = frame.end_ns;
	agent->next_walk_ns = frame.end_ns + WALK_EVERY_NS;
	if (agent->live.writer)
		recording_writer__add(agent->live.writer, FRAME_WALK, &frame, sizeof(frame));
	return pipeline__walked(agent->pipeline, frame.begin_ns, frame.end_ns);
}

/* What no event told: credentials that changed unseen, root processes that were not known, or are gone. */
static int walk(struct agent *agent)
{
	/* Longer than a thread that was preempted within commit_creds() waits for its turn. */
	static const struct timespec doubt = {.tv_nsec = 20000000};
	uint64_t begin_ns = boottime_ns();
	int err;

	/*
	 * First what the rings hold of the time before: a scan counts a container's threads by its number, and a
	 * container that began before and gets its number only while the scan runs would look as if it had ended.
	 */
	err = rings__drain(agent->rings, INT_MAX, begin_ns, handle_record, agent);
	if (err < 0)
		return err;
	agent->scans[0] = agent->scans[1];
	agent->scans[1] = hooks__scan_number(agent->live.hooks);
	err = snapshot__walk(agent->live.hooks, handle_walked, agent);
	if (!err && hooks__walk_has_doubts(agent->live.hooks)) {
		nanosleep(&doubt, NULL);
		err = snapshot__walk(agent->live.hooks, handle_walked, agent);
	}
	if (!err)
		err = emptied__find(agent->live.hooks, agent->pipeline, begin_ns, agent->scans, handle_record, agent);
	if (!err)
		err = end_walk(agent, begin_ns);
	if (!err && agent->options->walked)
		agent->options->walked(agent->options->data);
	return err;
}

/* As it is now: between two walks a process can end untold, and a container be renamed. */
static int compose_answer(void *data, const char *request, FILE *answer)
{
	struct verdict_question question;
	json_auto_t *json = NULL;
	struct agent *agent = data;
	int err = verdict_question__parse(request, &question, &json);

	if (!err)
		err = walk(agent);
	if (err)
		return err;
	if (agent->live.writer)
		recording_writer__add(agent->live.writer, FRAME_NAMES, NULL, 0);
	err = pipeline__refresh_names(agent->pipeline);
	if (err)
		return err;
	return verdict_lines__write(agent->pipeline, agent->options->config, agent->options->host, &question, answer);
}

/* Whom nobody can ask still does the rest of its work. */
static void open_answers(struct agent *agent)
{
	const char *path = agent->options->socket_path;
	int err;

	if (!path)
		return;
	err = answers__new(path, compose_answer, agent, &agent->answers);
	if (!err)
		err = watch(agent, answers__fd(agent->answers));
	if (err)
		log_warning("nobody can ask for verdicts at %s: %s", path,
			    err == -EADDRINUSE ? "another agent answers there"
			    : err == -EEXIST   ? "something that is no socket is there"
					       : strerror(-err));
}

static int open_pipeline(struct agent *agent, char ret_reason[AGENT_REASON_MAX])
{
	struct pipeline_options options = {
		.config = agent->options->config,
		.knowledge = knowledge_live(&agent->live),
		.wants_all = agent->options->wants_all,
		.boot_to_realtime_ns = agent->options->host->boot_to_realtime_ns,
		.emit = agent->options->emit,
		.emit_data = agent->options->data,
	};
	uint64_t begin_ns = 0;
	int err = pipeline__new(&options, &agent->pipeline);

	if (!err)
		err = hierarchy__walk(&agent->live.hierarchy, add_cgroup, agent);
	if (!err)
		err = start(agent);
	/* The first walk enters who is there; what they fork from then on is entered too, which the second one
	 * reports. It comes before the rings are read: a container's root processes before its live events. */
	if (!err)
		err = snapshot__walk(agent->live.hooks, NULL, NULL);
	if (!err) {
		hooks__walk_reports(agent->live.hooks, WALK_FIRST);
		begin_ns = boottime_ns();
		err = snapshot__walk_by_age(agent->live.hooks, handle_record, agent);
		hooks__walk_reports(agent->live.hooks, WALK_LEVEL);
	}
	if (!err)
		err = end_walk(agent, begin_ns);
	if (err && err != -EPIPE)
		snprintf(ret_reason, AGENT_REASON_MAX, "what runs now cannot be read: %s", strerror(-err));
	return err;
}

static void handle_signals(struct agent *agent)
{
	struct signalfd_siginfo info;

	while (read(agent->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			agent->is_ending = true;
		else if (info.ssi_signo == SIGUSR2)
			agent->next_walk_ns = 0;
		else
			agent->options->reopen(agent->options->data);
	}
}

static bool is_walk_due(const struct agent *agent)
{
	uint64_t now_ns = boottime_ns();

	return now_ns >= agent->next_walk_ns ||
	       (now_ns >= pipeline__walk_due(agent->pipeline) && now_ns >= agent->last_walk_ns + WALK_LEAST_NS);
}

static int wait_for_work(struct agent *agent, int timeout_ms)
{
	struct epoll_event events[5];
	uint64_t expirations;
	int n, i, err = 0;

	n = epoll_wait(agent->epoll_fd, events, 5, timeout_ms);
	for (i = 0; i < n && !err; i++) {
		if (events[i].data.fd == agent->signal_fd)
			handle_signals(agent);
		else if (events[i].data.fd == state_watch__fd(agent->live.states))
			state_watch__read(agent->live.states);
		else if (agent->answers && events[i].data.fd == answers__fd(agent->answers))
			answers__handle(agent->answers);
		else if (events[i].data.fd == agent->timer_fd &&
			 read(agent->timer_fd, &expirations, sizeof(expirations)) > 0) {
			state_watch__refresh(agent->live.states);
			if (agent->answers)
				answers__tick(agent->answers);
			agent->is_tick_due = true;
			err = losses__look(agent->losses, agent->pipeline, agent->live.writer);
		}
	}
	if (!err && n > 0 && is_walk_due(agent))
		err = walk(agent);
	if (n < 0 && errno != EINTR)
		err = -errno;
	return err ? err : agent->options->flush(agent->options->data);
}

/* Only once the rings are empty: what waits there is older than the clock. */
static int tick(struct agent *agent)
{
	uint64_t now_ns = boottime_ns();

	agent->is_tick_due = false;
	if (!pipeline__is_due(agent->pipeline, now_ns))
		return 0;
	if (agent->live.writer)
		recording_writer__add(agent->live.writer, FRAME_TICK, &now_ns, sizeof(now_ns));
	return pipeline__tick(agent->pipeline, now_ns);
}

/* Work, nap while there may be more, and sleep: the kernel wakes only who waits. */
static int loop(struct agent *agent)
{
	int err = agent->options->flush(agent->options->data);

	while (!err && !agent->is_ending) {
		int n = rings__drain(agent->rings, DRAIN_MAX, UINT64_MAX, handle_record, agent);

		if (n < 0)
			return n;
		if (n < DRAIN_MAX && agent->is_tick_due)
			err = tick(agent);
		if (n && !err)
			err = agent->options->flush(agent->options->data);
		if (err)
			break;
		if (n == DRAIN_MAX)
			err = wait_for_work(agent, 0);
		else if (rings__wait(agent->rings, n ? READER_NAPS : READER_SLEEPS))
			err = wait_for_work(agent, !n ? -1 : n < STORM ? NAP_MS : STORM_NAP_MS);
		rings__wake(agent->rings);
	}
	return err;
}

static int finish(struct agent *agent)
{
	uint64_t until_ns = boottime_ns() + FINISH_NS, now_ns;
	int err = 0, n;

	/* What had happened when the signal came. */
	do
		n = rings__drain(agent->rings, DRAIN_MAX, UINT64_MAX, handle_record, agent);
	while (n == DRAIN_MAX && boottime_ns() < until_ns);
	if (n < 0)
		return n;
	err = losses__look(agent->losses, agent->pipeline, agent->live.writer);
	now_ns = boottime_ns();
	if (agent->live.writer)
		recording_writer__add(agent->live.writer, FRAME_STOP, &now_ns, sizeof(now_ns));
	if (!err)
		err = pipeline__stop(agent->pipeline, now_ns);
	if (!err)
		err = agent->options->flush(agent->options->data);
	return err;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Without CAP_SYS_NICE it goes as it is, and as whoever started it chose. */
static void take_precedence(void)
{
	if (getpriority(PRIO_PROCESS, 0) == 0 && setpriority(PRIO_PROCESS, 0, NICE) < 0)
		log_debug("no precedence on a busy host: %s", strerror(errno));
}

int agent__run(const struct agent_options *options, struct pipeline_counts *ret_counts,
	       char ret_reason[AGENT_REASON_MAX])
{
	struct agent agent = {.options = options, .epoll_fd = -1, .signal_fd = -1, .timer_fd = -1};
	int err, record_err;

	ret_reason[0] = '\0';
	memset(ret_counts, 0, sizeof(*ret_counts));
	take_precedence();
	err = open_signals(&agent);
	if (!err)
		err = open_recording(&agent, ret_reason);
	if (!err)
		err = open_hooks(&agent, ret_reason);
	if (!err)
		err = open_loop(&agent);
	if (!err)
		err = open_pipeline(&agent, ret_reason);
	if (!err)
		open_answers(&agent);
	if (!err)
		err = loop(&agent);
	if (!err)
		err = finish(&agent);
	if (agent.pipeline)
		pipeline__count(agent.pipeline, ret_counts);

	answers__free(agent.answers);
	/* The hooks last: what they still collect nobody reads. */
	pipeline__free(agent.pipeline);
	rings__free(agent.rings);
	losses__free(agent.losses);
	live__close(&agent.live);
	record_err = recording_writer__free(agent.live.writer);
	if (record_err)
		log_error("the recording %s is not whole: %s", options->record_path, strerror(-record_err));
	close_fd(agent.epoll_fd);
	close_fd(agent.signal_fd);
	close_fd(agent.timer_fd);
	return err;
}
