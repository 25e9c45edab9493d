/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the last states that runtimes wrote, and the facts that could be read then. */
#include "container/state_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <uthash.h>

#include "base/clock.h"
#include "container/facts_find.h"
#include "container/safe_file.h"

#define STATES_MAX  128 /* containers that were made in the last moment; the oldest give way */
#define WATCHES_MAX 512
#define GONE_NS     1000000000ULL

/* A directory: of namespaces, of states, or one container's. */
enum level { LEVEL_NAMESPACES, LEVEL_STATES, LEVEL_CONTAINER };

struct directory {
	int wd;
	enum level level;
	const struct state_store *store;
	char *path;                /* below host_root; of a container that of the states */
	char id[CONTAINER_ID_MAX]; /* LEVEL_CONTAINER */
	UT_hash_handle hh;
};

struct state {
	const struct state_store *store;
	struct container_identity identity;
	json_t *members;
	char *facts;
	int wd;                    /* of its directory; -1 once that is gone */
	uint64_t read_ns, gone_ns; /* CLOCK_BOOTTIME */
};

struct state_watch {
	const struct facts_roots *roots;
	int fd;
	struct directory *directories;
	struct state states[STATES_MAX];
	unsigned next;
};

static void destroy_state(struct state *state)
{
	json_decref(state->members);
	free(state->facts);
	*state = (struct state){.wd = -1};
}

/* The newest comes first: a cgroup's path is used again. */
static const struct state *newest(const struct state_watch *watch, unsigned age)
{
	return &watch->states[(watch->next + STATES_MAX - 1 - age) % STATES_MAX];
}

static bool is_of_now(const struct state *state)
{
	return state->members && (state->wd >= 0 || boottime_ns() - state->gone_ns < GONE_NS);
}

/* Returns NULL where it is watched already, or cannot be. */
static struct directory *add_directory(struct state_watch *watch, const struct safe_root *root, enum level level,
				       const struct state_store *store, const char *path, const char *id)
{
	uint32_t mask = level == LEVEL_CONTAINER ? IN_MOVED_TO | IN_CLOSE_WRITE : IN_CREATE;
	struct directory *directory;
	char link[32];
	int wd;

	if (HASH_COUNT(watch->directories) >= WATCHES_MAX)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", root->fd);
	wd = inotify_add_watch(watch->fd, link, mask | IN_ONLYDIR);
	if (wd < 0)
		return NULL;
	HASH_FIND_INT(watch->directories, &wd, directory);
	if (directory)
		return NULL;
	directory = calloc(1, sizeof(*directory));
	if (directory)
		directory->path = strdup(path);
	if (!directory || !directory->path) {
		free(directory);
		inotify_rm_watch(watch->fd, wd);
		return NULL;
	}
	directory->wd = wd;
	directory->level = level;
	directory->store = store;
	strcpy(directory->id, id);
	HASH_ADD_INT(watch->directories, wd, directory);
	return directory;
}

/* What is written again and again is read once. */
static bool is_read(const struct state_watch *watch, int wd)
{
	for (unsigned i = 0; i < STATES_MAX; i++)
		if (watch->states[i].members && watch->states[i].wd == wd)
			return true;
	return false;
}

static void read_state(struct state_watch *watch, const struct safe_root *above, const struct directory *directory)
{
	struct state *state = &watch->states[watch->next % STATES_MAX];
	struct container_facts facts;
	json_t *members;

	if (is_read(watch, directory->wd) ||
	    state_store__read(directory->store, above, directory->id, (struct span){"", 0}, &members))
		return;
	destroy_state(state);
	state->store = directory->store;
	state->members = members;
	state->wd = directory->wd;
	state->read_ns = boottime_ns();
	state_store__identify(directory->store, directory->id, &state->identity);
	if (container_facts__read(watch->roots, &state->identity, &facts) == 0) {
		container_facts__to_json(&facts, &state->facts);
		container_facts__destroy(&facts);
	}
	watch->next++;
}

static void add_below(struct state_watch *watch, const struct safe_root *root, const struct directory *above,
		      const char *name)
{
	struct directory *directory;
	struct safe_root below;
	char path[PATH_MAX];

	if (strlen(name) >= CONTAINER_ID_MAX ||
	    snprintf(path, sizeof(path), "%s/%s", above->path, name) >= (int)sizeof(path) ||
	    safe_root__open_below(root, name, &below) < 0)
		return;
	if (above->level == LEVEL_STATES) {
		directory = add_directory(watch, &below, LEVEL_CONTAINER, above->store, above->path, name);
		/* It may have been written before the watch was there. */
		if (directory)
			read_state(watch, root, directory);
	} else if (!state_store__is_named_by_id(name)) {
		add_directory(watch, &below, LEVEL_STATES, &containerd_states, path, "");
	}
	safe_root__close(&below);
}

static void note_gone(struct state_watch *watch, struct directory *directory)
{
	for (unsigned i = 0; i < STATES_MAX; i++) {
		if (watch->states[i].members && watch->states[i].wd == directory->wd) {
			watch->states[i].wd = -1;
			watch->states[i].gone_ns = boottime_ns();
		}
	}
	HASH_DEL(watch->directories, directory);
	free(directory->path);
	free(directory);
}

static void handle(struct state_watch *watch, const struct inotify_event *event)
{
	struct directory *directory;
	struct safe_root root;

	HASH_FIND_INT(watch->directories, &event->wd, directory);
	if (!directory)
		return;
	if (event->mask & IN_IGNORED) {
		note_gone(watch, directory);
		return;
	}
	if (!event->len || (directory->level == LEVEL_CONTAINER && strcmp(event->name, directory->store->file) != 0) ||
	    safe_root__open(watch->roots->host_root, directory->path, &root) < 0)
		return;
	if (directory->level == LEVEL_CONTAINER)
		read_state(watch, &root, directory);
	else
		add_below(watch, &root, directory, event->name);
	safe_root__close(&root);
}

void state_watch__read(struct state_watch *watch)
{
	_Alignas(struct inotify_event) char buffer[4096];
	const struct inotify_event *event;
	ssize_t size;

	while ((size = read(watch->fd, buffer, sizeof(buffer))) > 0) {
		for (const char *at = buffer; at < buffer + size; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)at;
			handle(watch, event);
		}
	}
}

static void add_roots(struct state_watch *watch, char **paths, enum level level, const struct state_store *store)
{
	for (; *paths; paths++) {
		struct directory *directory;
		struct safe_root root;
		unsigned count = 0;
		const char *name;
		DIR *dir;

		if (safe_root__open(watch->roots->host_root, *paths, &root) < 0)
			continue;
		directory = add_directory(watch, &root, level, store, *paths, "");
		if (directory && level == LEVEL_NAMESPACES && safe_root__list(&root, ".", &dir) == 0) {
			while ((name = safe_dir__next(dir, &count)))
				add_below(watch, &root, directory, name);
			closedir(dir);
		}
		safe_root__close(&root);
	}
}

void state_watch__refresh(struct state_watch *watch)
{
	add_roots(watch, watch->roots->containerd_runc, LEVEL_NAMESPACES, NULL);
	add_roots(watch, watch->roots->runc, LEVEL_STATES, &runc_states);
	add_roots(watch, watch->roots->crun, LEVEL_STATES, &crun_states);
}

int state_watch__new(const struct facts_roots *roots, struct state_watch **ret_watch)
{
	struct state_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->roots = roots;
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->fd < 0) {
		int err = -errno;

		free(watch);
		return err;
	}
	state_watch__refresh(watch);
	*ret_watch = watch;
	return 0;
}

void state_watch__free(struct state_watch *watch)
{
	struct directory *directory, *next;

	if (!watch)
		return;
	HASH_ITER (hh, watch->directories, directory, next)
		note_gone(watch, directory);
	for (unsigned i = 0; i < STATES_MAX; i++)
		destroy_state(&watch->states[i]);
	close(watch->fd);
	free(watch);
}

int state_watch__fd(const struct state_watch *watch)
{
	return watch->fd;
}

/* A runtime makes the cgroup, and then writes its state: what was read before is of a former container. */
int state_watch__find(struct state_watch *watch, const struct cgroup_search *search,
		      struct container_identity *ret_identity)
{
	enum state_match best = STATE_OF_OTHER;

	for (unsigned age = 0; age < STATES_MAX && best != STATE_OF_FIRST; age++) {
		const struct state *state = newest(watch, age);
		enum state_match match;

		if (!is_of_now(state) || state->read_ns < search->made_ns)
			continue;
		match = state_store__match(state->store, state->members, search);
		if (match > best) {
			*ret_identity = state->identity;
			best = match;
		}
	}
	return best != STATE_OF_OTHER;
}

int state_watch__facts(struct state_watch *watch, const struct container_identity *identity,
		       struct container_facts *ret_facts)
{
	for (unsigned age = 0; age < STATES_MAX; age++) {
		const struct state *state = newest(watch, age);

		if (is_of_now(state) && state->facts && state->identity.runtime == identity->runtime &&
		    strcmp(state->identity.id, identity->id) == 0 && !identity->outer_id[0] && !identity->user_uid)
			return container_facts__from_json(state->facts, strlen(state->facts), ret_facts);
	}
	return -ENOENT;
}
