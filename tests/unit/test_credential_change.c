/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence of a change names the ids and sets that changed, and no other. */
#include "table.h"

#include <stdio.h>
#include <string.h>

#include "encode/credential_change.h"

#define UIDS(r, e, s, f) .ruid = (r), .euid = (e), .suid = (s), .fsuid = (f), .is_known = 1
#define GIDS(r, e, s, f) .rgid = (r), .egid = (e), .sgid = (s), .fsgid = (f), .is_known = 1

typedef void writes(struct json_writer *writer, const struct process_event *event);

static const struct change_row {
	const char *name;
	writes *write;
	struct event_creds before, after;
	const char *expected;
} rows[] = {
	{"all uids",
	 credential_change__write_uids,
	 {UIDS(33, 33, 33, 33)},
	 {UIDS(34, 34, 34, 34)},
	 " changed its uid from 33 to 34"},
	{"seteuid",
	 credential_change__write_uids,
	 {UIDS(33, 33, 33, 33)},
	 {UIDS(33, 34, 33, 34)},
	 " changed its effective uid from 33 to 34"},
	{"setfsuid",
	 credential_change__write_uids,
	 {UIDS(0, 0, 0, 0)},
	 {UIDS(0, 0, 0, 1000)},
	 " changed its file system uid from 0 to 1000, the effective one stays 0"},
	{"the real uid",
	 credential_change__write_uids,
	 {UIDS(1001, 0, 0, 0)},
	 {UIDS(0, 0, 0, 0)},
	 " changed its real uid from 1001 to 0, the effective one stays 0"},
	{"the saved uid",
	 credential_change__write_uids,
	 {UIDS(33, 33, 34, 33)},
	 {UIDS(33, 33, 33, 33)},
	 " changed its saved uid from 34 to 33, the effective one stays 33"},
	{"the real and the saved uid",
	 credential_change__write_uids,
	 {UIDS(0, 5, 0, 5)},
	 {UIDS(6, 5, 6, 5)},
	 " changed its real and saved uid from 0 to 6, the effective one stays 5"},
	{"the real and the saved uid to different ones",
	 credential_change__write_uids,
	 {UIDS(0, 5, 0, 5)},
	 {UIDS(6, 5, 7, 5)},
	 " changed its real uid from 0 to 6, its saved uid from 0 to 7, the effective one stays 5"},
	{"a set-user-id file",
	 credential_change__write_uids,
	 {UIDS(1000, 1000, 1000, 1000)},
	 {UIDS(1000, 33, 33, 33)},
	 " changed its effective and saved uid from 1000 to 33"},
	{"a file system uid that another call had set",
	 credential_change__write_uids,
	 {UIDS(1, 1, 1, 9)},
	 {UIDS(2, 2, 2, 2)},
	 " changed its uid from 1 to 2, its file system uid from 9 to 2"},
	{"uids without those before",
	 credential_change__write_uids,
	 {},
	 {UIDS(1000, 33, 33, 33)},
	 " has the effective uid 33 and the real uid 1000"},
	{"setfsgid",
	 credential_change__write_gids,
	 {GIDS(5, 5, 5, 5)},
	 {GIDS(5, 5, 5, 0)},
	 " changed its file system gid from 5 to 0, the effective one stays 5"},
	{"a set-group-id file",
	 credential_change__write_gids,
	 {GIDS(5, 5, 5, 5)},
	 {GIDS(5, 0, 0, 0)},
	 " changed its effective and saved gid from 5 to 0"},
	{"the supplementary group 0",
	 credential_change__write_gids,
	 {GIDS(5, 5, 5, 5)},
	 {GIDS(5, 5, 5, 5), .has_root_group = 1},
	 " got the supplementary group 0"},
	{"gids and the supplementary group 0",
	 credential_change__write_gids,
	 {GIDS(0, 0, 0, 0), .has_root_group = 1},
	 {GIDS(5, 5, 5, 5)},
	 " changed its gid from 0 to 5 and gave up the supplementary group 0"},
	{"one set of capabilities",
	 credential_change__write_capabilities,
	 {.cap_bounding = 3},
	 {.cap_bounding = 1},
	 " changed its bounding capabilities"},
	{"all that capset sets",
	 credential_change__write_capabilities,
	 {.cap_effective = 1, .cap_permitted = 1, .cap_inheritable = 1},
	 {},
	 " changed its effective, permitted and inheritable capabilities"},
	{"securebits", credential_change__write_capabilities, {}, {.securebits = 1}, " changed its securebits"},
	{"ambient capabilities and securebits",
	 credential_change__write_capabilities,
	 {.cap_ambient = 1},
	 {.securebits = 1},
	 " changed its ambient capabilities and its securebits"},
	{"a user namespace",
	 credential_change__write_capabilities,
	 {.userns_inum = 1},
	 {.userns_inum = 2, .cap_effective = 1, .cap_permitted = 1},
	 " went into another user namespace and changed its effective and permitted capabilities"},
};

static void is_said(void **state)
{
	const struct change_row *row = *state;
	const struct process_event event = {.before = row->before, .after = row->after};
	char buffer[512], expected[512];
	struct json_writer writer;

	json_writer__init(&writer, buffer, sizeof(buffer));
	json_open_object(&writer, NULL);
	json_begin_string(&writer, "x");
	row->write(&writer, &event);
	json_end_string(&writer);
	json_close_object(&writer);
	snprintf(expected, sizeof(expected), "{\"x\":\"%s\"}", row->expected);
	assert_int_equal(writer.size, strlen(expected));
	assert_memory_equal(buffer, expected, writer.size);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(rows)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, is_said);
	return cmocka_run_group_tests_name("credential change", tests, NULL, NULL);
}
