/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the facts of a container in a container from a tree that can hang: on a thread that need not come back. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "container/facts.h"
#include "container/facts_roots.h"
#include "container/process_stat.h"

#define WAIT_NS 4000000
/* So many hang at most; while they do, nested containers have no facts. */
#define HANGING_MAX 4
#define STACK_SIZE  (1 << 20)
#define DIR_FLAGS   (O_PATH | O_DIRECTORY | O_CLOEXEC)

struct job {
	pthread_mutex_t mutex;
	pthread_cond_t is_over;
	bool has_ended, is_abandoned;
	struct facts_roots roots; /* of the outer container, but for the root itself */
	struct container_identity identity;
	struct container_process outer;
	struct container_facts facts;
	int err;
};

static atomic_int nr_hanging;

static void free_job(struct job *job)
{
	facts_roots__destroy(&job->roots);
	container_facts__destroy(&job->facts);
	pthread_cond_destroy(&job->is_over);
	pthread_mutex_destroy(&job->mutex);
	free(job);
}

/* Is it still the process that was seen, and no other of that number? */
static bool is_that_process(int process_fd, uint64_t start_ns)
{
	struct process_stat stat;

	return process_stat__read(process_fd, &stat) && stat.start_ticks == clock_ticks(start_ns);
}

static int read_in(const struct facts_roots *host, struct job *job)
{
	_cleanup_close_ int process_fd = -1, root_fd = -1;
	struct container_identity nested = job->identity;
	struct facts_roots roots = job->roots;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/%" PRIu32, host->host_root, job->outer.tgid);
	process_fd = open(path, DIR_FLAGS);
	if (process_fd < 0 || !is_that_process(process_fd, job->outer.start_ns))
		return -ESRCH;
	root_fd = openat(process_fd, "root", DIR_FLAGS);
	if (root_fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", root_fd);
	roots.host_root = path;
	/* In there it is a container as any other. */
	memset(nested.outer_id, 0, sizeof(nested.outer_id));
	nested.user_uid = 0;
	return container_facts__read(&roots, &nested, &job->facts);
}

static void *work(void *data)
{
	struct job *job = data;
	bool is_abandoned;
	int err = read_in(&job->roots, job);

	pthread_mutex_lock(&job->mutex);
	job->err = err;
	job->has_ended = true;
	is_abandoned = job->is_abandoned;
	pthread_cond_signal(&job->is_over);
	pthread_mutex_unlock(&job->mutex);
	if (is_abandoned) {
		atomic_fetch_sub(&nr_hanging, 1);
		free_job(job);
	}
	return NULL;
}

static int start(struct job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int err;

	err = pthread_attr_init(&attributes);
	if (err)
		return -err;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	err = pthread_create(&thread, &attributes, work, job);
	pthread_attr_destroy(&attributes);
	return -err;
}

/* Returns false where it has not ended in time: then the thread frees the job. */
static bool wait_for(struct job *job)
{
	struct timespec until;
	bool has_ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += WAIT_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&job->mutex);
	while (!job->has_ended && pthread_cond_timedwait(&job->is_over, &job->mutex, &until) != ETIMEDOUT)
		;
	has_ended = job->has_ended;
	if (!has_ended) {
		job->is_abandoned = true;
		atomic_fetch_add(&nr_hanging, 1);
	}
	pthread_mutex_unlock(&job->mutex);
	return has_ended;
}

static int new_job(const struct facts_roots *roots, const struct container_identity *identity,
		   const struct container_process *outer, struct job **ret_job)
{
	pthread_condattr_t attributes;
	struct job *job = calloc(1, sizeof(*job));
	int err;

	if (!job)
		return -ENOMEM;
	err = facts_roots__copy(&job->roots, roots, roots->host_root);
	if (err) {
		free(job);
		return err;
	}
	job->identity = *identity;
	job->outer = *outer;
	pthread_mutex_init(&job->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&job->is_over, &attributes);
	pthread_condattr_destroy(&attributes);
	*ret_job = job;
	return 0;
}

int container_facts__read_nested(const struct facts_roots *roots, const struct container_identity *identity,
				 const struct container_process *outer, struct container_facts *ret_facts)
{
	struct job *job = NULL;
	int err;

	if (atomic_load(&nr_hanging) >= HANGING_MAX)
		return container_facts__read(roots, identity, ret_facts);
	err = new_job(roots, identity, outer, &job);
	if (err)
		return err;
	err = start(job);
	if (!err && !wait_for(job))
		return container_facts__read(roots, identity, ret_facts);
	err = err ?: job->err;
	if (!err) {
		*ret_facts = job->facts;
		job->facts = (struct container_facts){0};
		/* Whose it is stays what its cgroup told. */
		memcpy(ret_facts->identity.outer_id, identity->outer_id, sizeof(identity->outer_id));
		ret_facts->identity.user_uid = identity->user_uid;
		/* These files are the outer container's claim, which could hide its root processes. */
		ret_facts->isolation = ISOLATION_NONE;
	}
	free_job(job);
	/* Without the outer process nothing is known but that it is nested. */
	return err && err != -ENOMEM ? container_facts__read(roots, identity, ret_facts) : err;
}
