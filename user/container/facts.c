/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the runtimes' readers for a container, and says what none of them knew. */
#include "container/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "container/facts_roots.h"
#include "container/facts_users.h"
#include "container/host_mounts.h"
#include "container/isolation.h"
#include "container/runtimes/runtime.h"

/* In the order in which they are tried where the path does not say whose it is. */
static const struct runtime_reader *const readers[] = {
	&docker_reader, &containerd_reader, &podman_reader, &runc_reader, &runsc_reader, &lxc_reader, &nspawn_reader,
};

/* An id becomes a component of paths. */
static bool is_file_name(const char *id)
{
	return id[0] && strcmp(id, ".") != 0 && strcmp(id, "..") != 0 && !strchr(id, '/');
}

static bool reads_runtime(const struct runtime_reader *reader, enum container_runtime runtime)
{
	if (runtime == RUNTIME_UNKNOWN)
		return true;
	for (size_t i = 0; reader->runtimes[i] != RUNTIME_UNKNOWN; i++)
		if (reader->runtimes[i] == runtime)
			return true;
	return false;
}

static int ask_readers(const struct facts_roots *roots, struct container_facts *facts)
{
	enum container_runtime runtime = facts->identity.runtime;
	int found = 0;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]) && found == 0; i++)
		if (reads_runtime(readers[i], runtime))
			found = readers[i]->read(roots, facts);
	return found < 0 ? found : 0;
}

/* A rootless user's container is looked for among that user's only: the path's id is the user's claim. */
static int read_users_store(const struct facts_roots *roots, struct container_facts *facts)
{
	struct facts_roots user_roots;
	int err = facts_roots__init_user(&user_roots, roots, facts->identity.user_uid);

	if (err)
		return err;
	err = ask_readers(&user_roots, facts);
	facts_roots__destroy(&user_roots);
	return err;
}

static unsigned find_missing(const struct container_facts *facts)
{
	enum container_runtime runtime = facts->identity.runtime;
	bool has_no_image = runtime == RUNTIME_RUNC || runtime == RUNTIME_CRUN || runtime == RUNTIME_RUNSC ||
			    runtime == RUNTIME_LXC || runtime == RUNTIME_NSPAWN;
	unsigned missing = 0;

	if (!facts->name)
		missing |= MISSING_NAME;
	if (!facts->resolved_user)
		missing |= MISSING_RESOLVED_USER;
	if (!facts->users.is_known)
		missing |= MISSING_USERS;
	if (has_no_image)
		return missing;
	if (!facts->image_name && !facts->nr_image_references)
		missing |= MISSING_IMAGE;
	if (!facts->declared_user)
		missing |= MISSING_DECLARED_USER;
	return missing;
}

int container_facts__read(const struct facts_roots *roots, const struct container_identity *identity,
			  struct container_facts *ret_facts)
{
	struct container_facts facts = {.identity = *identity, .is_privileged = -1, .no_new_privs = -1};
	int err = 0;

	/*
	 * A nested container's facts are in its outer one's file system, if anywhere. Its cgroup is named
	 * by what runs in there: looking the id up on the host would lend it another container's name.
	 */
	if (is_file_name(identity->id) && !identity->outer_id[0])
		err = identity->user_uid ? read_users_store(roots, &facts) : ask_readers(roots, &facts);
	/* A plain user's files could hide that user's root processes. */
	if (identity->user_uid)
		facts.isolation = ISOLATION_NONE;
	else if (!err && is_file_name(identity->id) && !identity->outer_id[0])
		isolation__find(roots, &facts);
	if (facts.is_privileged < 0 && facts.risk.is_known)
		facts.is_privileged = facts.risk.looks_privileged;
	err = err ?: facts_users__read_rootfs(roots->host_root, &facts);
	err = err ?: host_mounts__examine(roots->host_root, facts.risk.mounts, facts.risk.nr_mounts);
	if (err) {
		container_facts__destroy(&facts);
		return err;
	}
	facts.missing = find_missing(&facts);
	*ret_facts = facts;
	return 0;
}

void container_facts__destroy(struct container_facts *facts)
{
	char *strings[] = {
		facts->name,          facts->image_name,     facts->image_tag,     facts->image_id,
		facts->declared_user, facts->requested_user, facts->resolved_user, facts->bundle,
		facts->pod_name,      facts->pod_namespace,  facts->pod_uid,       facts->kubernetes_container,
		facts->rootfs,        facts->users.names,
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(strings[i]);
	for (size_t i = 0; i < facts->nr_labels; i++) {
		free(facts->labels[i].key);
		free(facts->labels[i].value);
	}
	free(facts->labels);
	for (size_t i = 0; i < facts->nr_image_references; i++)
		free(facts->image_references[i]);
	free(facts->image_references);
	free(facts->users.uids);
	for (size_t i = 0; i < facts->risk.nr_mounts; i++) {
		free(facts->risk.mounts[i].source);
		free(facts->risk.mounts[i].destination);
	}
	free(facts->risk.mounts);
	memset(facts, 0, sizeof(*facts));
}

const char *container_facts__wanted_user(const struct container_facts *facts)
{
	return facts->requested_user && facts->requested_user[0] ? facts->requested_user : facts->declared_user;
}

/* What the runtime resolved tells of the user that counts only. */
static enum user_class classify(const struct container_facts *facts, const char *user, struct user_ids passwd)
{
	struct user_ids runtime = {0};

	if (user && user == container_facts__wanted_user(facts))
		runtime = user_ids_parse(facts->resolved_user);
	return user_spec__classify(user, passwd, runtime);
}

enum user_class container_facts__declared_class(const struct container_facts *facts)
{
	return classify(facts, facts->declared_user, facts->declared_ids);
}

enum user_class container_facts__requested_class(const struct container_facts *facts)
{
	return classify(facts, facts->requested_user, facts->requested_ids);
}

const char *container_facts__status(const struct container_facts *facts)
{
	unsigned all = MISSING_NAME | MISSING_IMAGE | MISSING_DECLARED_USER | MISSING_RESOLVED_USER;

	if (facts->missing == 0)
		return "complete";
	return (facts->missing & all) == all ? "none" : "partial";
}
