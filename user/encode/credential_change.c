/* SPDX-License-Identifier: Apache-2.0 */
/* Says which of a process's ids and capabilities changed, by the credentials before and after alone. */
#include "encode/credential_change.h"

#define TEXT(writer, literal) json_piece_escaped(writer, (struct span){literal, sizeof(literal) - 1})

/* The four ids of one kind; the order of the words in a sentence. */
enum id_role { ID_REAL, ID_EFFECTIVE, ID_SAVED, ID_FILE_SYSTEM, ID_ROLES };

struct ids {
	const char *kind; /* "uid" */
	uint32_t before[ID_ROLES], after[ID_ROLES];
};

static struct ids uids_of(const struct event_creds *before, const struct event_creds *after)
{
	return (struct ids){"uid",
			    {before->ruid, before->euid, before->suid, before->fsuid},
			    {after->ruid, after->euid, after->suid, after->fsuid}};
}

static struct ids gids_of(const struct event_creds *before, const struct event_creds *after)
{
	return (struct ids){"gid",
			    {before->rgid, before->egid, before->sgid, before->fsgid},
			    {after->rgid, after->egid, after->sgid, after->fsgid}};
}

/* Which ids changed as that one did: bits by enum id_role. */
static unsigned changed_like(const struct ids *ids, enum id_role role)
{
	unsigned changed = 0;

	for (int other = 0; other < ID_ROLES; other++)
		if (ids->before[other] == ids->before[role] && ids->after[other] == ids->after[role])
			changed |= 1U << other;
	return changed;
}

/* "uid from 33 to 34", "real and saved uid from 0 to 34". The file system's follows the effective one untold. */
static void write_changed_ids(struct json_writer *writer, const struct ids *ids, enum id_role role, unsigned changed)
{
	static const char *const names[ID_ROLES] = {"real", "effective", "saved", "file system"};
	unsigned nr_left;

	if (changed & 1U << ID_EFFECTIVE)
		changed &= ~(1U << ID_FILE_SYSTEM);
	nr_left = (unsigned)__builtin_popcount(changed);
	if (nr_left == ID_ROLES - 1 && !(changed & 1U << ID_FILE_SYSTEM))
		changed = 0;
	for (int each = 0; each < ID_ROLES; each++) {
		if (!(changed & 1U << each))
			continue;
		json_piece_cstring(writer, names[each]);
		nr_left--;
		json_piece_cstring(writer, nr_left > 1 ? ", " : nr_left ? " and " : " ");
	}
	json_piece_cstring(writer, ids->kind);
	TEXT(writer, " from ");
	json_piece_u64(writer, ids->before[role]);
	TEXT(writer, " to ");
	json_piece_u64(writer, ids->after[role]);
}

/* Returns false where none of them changed. */
static bool write_change(struct json_writer *writer, const struct ids *ids)
{
	unsigned written = 0;

	for (int role = 0; role < ID_ROLES; role++) {
		if (ids->before[role] == ids->after[role] || written & 1U << role)
			continue;
		json_piece_cstring(writer, written ? ", its " : " changed its ");
		write_changed_ids(writer, ids, role, changed_like(ids, role));
		written |= changed_like(ids, role);
	}
	if (written && ids->before[ID_EFFECTIVE] == ids->after[ID_EFFECTIVE]) {
		TEXT(writer, ", the effective one stays ");
		json_piece_u64(writer, ids->after[ID_EFFECTIVE]);
	}
	return written;
}

static void write_new_id(struct json_writer *writer, const struct ids *ids)
{
	TEXT(writer, " has the effective ");
	json_piece_cstring(writer, ids->kind);
	TEXT(writer, " ");
	json_piece_u64(writer, ids->after[ID_EFFECTIVE]);
	TEXT(writer, " and the real ");
	json_piece_cstring(writer, ids->kind);
	TEXT(writer, " ");
	json_piece_u64(writer, ids->after[ID_REAL]);
}

void credential_change__write_uids(struct json_writer *writer, const struct process_event *event)
{
	const struct ids ids = uids_of(&event->before, &event->after);

	if (event->before.is_known)
		write_change(writer, &ids);
	else
		write_new_id(writer, &ids);
}

void credential_change__write_gids(struct json_writer *writer, const struct process_event *event)
{
	const struct event_creds *before = &event->before, *after = &event->after;
	const struct ids ids = gids_of(before, after);
	bool has_written;

	if (!before->is_known) {
		write_new_id(writer, &ids);
		return;
	}
	has_written = write_change(writer, &ids);
	if (before->has_root_group == after->has_root_group)
		return;
	json_piece_cstring(writer, has_written ? " and" : "");
	json_piece_cstring(writer, after->has_root_group ? " got" : " gave up");
	TEXT(writer, " the supplementary group 0");
}

/* "changed its effective and permitted capabilities and its securebits". */
void credential_change__write_capabilities(struct json_writer *writer, const struct process_event *event)
{
	const struct event_creds *before = &event->before, *after = &event->after;
	const struct {
		const char *name;
		bool is_changed;
	} sets[] = {
		{"effective", before->cap_effective != after->cap_effective},
		{"permitted", before->cap_permitted != after->cap_permitted},
		{"inheritable", before->cap_inheritable != after->cap_inheritable},
		{"bounding", before->cap_bounding != after->cap_bounding},
		{"ambient", before->cap_ambient != after->cap_ambient},
	};
	unsigned nr_left = 0;
	bool has_sets;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		nr_left += sets[i].is_changed;
	has_sets = nr_left;
	if (before->userns_inum != after->userns_inum)
		TEXT(writer, " went into another user namespace");
	if (before->userns_inum != after->userns_inum && (has_sets || before->securebits != after->securebits))
		TEXT(writer, " and");
	if (has_sets)
		TEXT(writer, " changed its ");
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (!sets[i].is_changed)
			continue;
		json_piece_cstring(writer, sets[i].name);
		nr_left--;
		json_piece_cstring(writer, nr_left > 1 ? ", " : nr_left ? " and " : " capabilities");
	}
	if (before->securebits != after->securebits)
		json_piece_cstring(writer, has_sets ? " and its securebits" : " changed its securebits");
}
