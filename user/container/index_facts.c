// SPDX-License-Identifier: Apache-2.0
/* Keeps what is known of each container, and looks again for what was not. */
#include "container/index_private.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* What a container's findings lacked is looked for again, so long after it was found missing. */
static const uint64_t look_after_ns[INDEX_LOOKS] = {100000000ULL, 1000000000ULL, 10000000000ULL};

int container_index__read_facts(struct container_index *index, const struct container_identity *identity,
				uint32_t outer, struct container_facts *ret_facts)
{
	struct container_process process = {};
	struct tracked *tracked = NULL;

	if (outer)
		HASH_FIND(hh_number, index->by_number, &outer, sizeof(outer), tracked);
	if (tracked)
		process = (struct container_process){tracked->container.init_tgid, tracked->container.init_start_ns};
	return index->knowledge.read_facts(index->knowledge.data, identity, process.tgid ? &process : NULL, ret_facts);
}

void container__drop_encoded(struct container *container)
{
	free(container->encoded);
	container->encoded = NULL;
	container->encoded_size = 0;
}

void container_index__complete_facts(struct container_index *index, struct container *container)
{
	struct container_facts facts = {}, *known = &container->facts;
	struct facts_users users;
	unsigned missing;

	/* The users are completed by the first process. */
	if (!(known->missing & ~(unsigned)MISSING_USERS) ||
	    container_index__read_facts(index, &known->identity, ((struct tracked *)container)->outer, &facts))
		return;
	missing = facts.missing;
	if (known->users.is_known)
		missing &= ~(unsigned)MISSING_USERS;
	/* Its files may be gone by now, some or all of them. */
	if (missing & ~known->missing || missing == known->missing) {
		if (facts.isolation)
			known->isolation = facts.isolation;
		container_facts__destroy(&facts);
		return;
	}
	if (!facts.isolation)
		facts.isolation = known->isolation;
	/* The users stay those that were read first: what runs by now may have written others. */
	if (known->users.is_known) {
		users = facts.users;
		facts.users = known->users;
		known->users = users;
	}
	facts.missing = missing;
	container_facts__destroy(known);
	*known = facts;
	container__drop_encoded(container);
}

void container_index__refresh_name(struct container_index *index, struct container *container)
{
	struct container_facts facts = {}, *known = &container->facts;
	char *name;

	if (!container->is_running || ((struct tracked *)container)->outer || !known->name ||
	    container_index__read_facts(index, &known->identity, 0, &facts))
		return;
	if (facts.name && strcmp(facts.name, known->name)) {
		name = known->name;
		known->name = facts.name;
		facts.name = name;
		container__drop_encoded(container);
	}
	container_facts__destroy(&facts);
}

void container_index__note_first(struct container_index *index, struct container *container,
				 const struct process_event *event)
{
	const struct container_process process = {event->task.tgid, event->task.start_ns};

	container->observed = (struct user_ids){
		.is_known = event->after.is_known, .uid = event->after.euid, .gid = event->after.egid};
	/* What it sees is what its programs see, wherever the runtime got it from; without memory, what was known. */
	if (!container->facts.users.is_known)
		index->knowledge.read_users(index->knowledge.data, &process, &container->facts);
	container__drop_encoded(container);
}

void container_index__leave_looks(struct container_index *index, struct tracked *tracked)
{
	if (tracked->next_look_ns)
		DL_DELETE(index->to_look[tracked->nr_looks], tracked);
	tracked->next_look_ns = 0;
}

static void look_later(struct container_index *index, struct tracked *tracked, uint64_t time_ns)
{
	tracked->next_look_ns = time_ns + look_after_ns[tracked->nr_looks];
	DL_APPEND(index->to_look[tracked->nr_looks], tracked);
}

void container_index__note_told(struct container_index *index, struct container *container, uint64_t time_ns)
{
	struct tracked *tracked = (struct tracked *)container;

	if (!container->facts.missing || tracked->nr_looks == INDEX_LOOKS)
		return;
	tracked->told_missing |= container->facts.missing;
	if (!tracked->next_look_ns)
		look_later(index, tracked, time_ns);
}

/* Returns true once: where something has been found that was told to be missing, and no more is to be waited for. */
static bool look(struct container_index *index, struct tracked *tracked, bool is_last)
{
	bool is_better;

	container_index__complete_facts(index, &tracked->container);
	is_better = tracked->told_missing & ~tracked->container.facts.missing;
	if (!is_last && tracked->container.facts.missing)
		return false;
	tracked->nr_looks = INDEX_LOOKS;
	tracked->told_missing = 0;
	return is_better;
}

static struct tracked *first_to_look(const struct container_index *index, uint64_t time_ns)
{
	for (size_t i = 0; i < INDEX_LOOKS; i++)
		if (index->to_look[i] && index->to_look[i]->next_look_ns <= time_ns)
			return index->to_look[i];
	return NULL;
}

bool container_index__is_look_due(const struct container_index *index, uint64_t time_ns)
{
	return first_to_look(index, time_ns);
}

bool container_index__look_again(struct container_index *index, uint64_t time_ns, struct container **ret_container)
{
	struct tracked *tracked = first_to_look(index, time_ns);
	unsigned nr_looks;

	*ret_container = NULL;
	if (!tracked)
		return false;
	container_index__leave_looks(index, tracked);
	nr_looks = ++tracked->nr_looks;
	if (look(index, tracked, nr_looks == INDEX_LOOKS))
		*ret_container = &tracked->container;
	else if (tracked->nr_looks < INDEX_LOOKS)
		look_later(index, tracked, time_ns);
	return true;
}

bool container_index__look_last(struct container_index *index, struct container *container)
{
	struct tracked *tracked = (struct tracked *)container;

	if (!tracked->next_look_ns)
		return false;
	container_index__leave_looks(index, tracked);
	return look(index, tracked, true);
}
