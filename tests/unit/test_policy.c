/* SPDX-License-Identifier: Apache-2.0 */
/* The allow-list: every member that is given must match, and the first entry that does counts. */
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "judge/policy.h"
#include "sample.h"

#define ENTRIES_MAX 3

static uint32_t uid_0 = 0, uid_33 = 33, uid_1000 = 1000;

/* What the finding is of; what a row leaves out stands here. */
#define IMAGE     "docker.io/library/nginx"
#define IMAGE_TAG "1.25"
#define IMAGE_ID  "sha256:1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d0c1b2a3f4e5d6c7b8a9f0e1d2c"
#define NAME      "web"
#define ID        "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"

enum absent {
	ABSENT_TAG = 1,
	ABSENT_IMAGE = 2,
	ABSENT_NAME = 4,
	ABSENT_PROCESS = 8,
	ABSENT_BEFORE = 16,
	CUT_PATH = 32,
	NESTED = 64, /* in another container, which says what it is */
};

/* As struct config_allow, which owns its strings. */
struct entry {
	const char *image, *container, *label, *executable;
	uint32_t *uid;
	const char *reason;
};

static const struct policy_row {
	const char *name;
	struct entry allow[ENTRIES_MAX];
	const char *reason; /* of the entry that matches; NULL: none does */
	enum absent absent;
} cases[] = {
	{"an empty list allows nothing", .reason = NULL},

	{"an image's name is enough", {{.image = IMAGE, .reason = "a"}}, .reason = "a"},
	{"an image's name with its tag matches", {{.image = IMAGE ":" IMAGE_TAG, .reason = "a"}}, .reason = "a"},
	{"another tag does not match", {{.image = IMAGE ":1.26", .reason = "a"}}, .reason = NULL},
	{"a pattern matches any tag", {{.image = IMAGE ":*", .reason = "a"}}, .reason = "a"},
	{"a pattern matches any repository", {{.image = "docker.io/*", .reason = "a"}}, .reason = "a"},
	{"a part of the name is not the name", {{.image = "nginx", .reason = "a"}}, .reason = NULL},
	{"a name matches without a tag", {{.image = IMAGE, .reason = "a"}}, .reason = "a", .absent = ABSENT_TAG},
	{"a tag does not match an image without one",
	 {{.image = IMAGE ":*", .reason = "a"}},
	 .reason = NULL,
	 .absent = ABSENT_TAG},
	{"an image's id matches", {{.image = IMAGE_ID, .reason = "a"}}, .reason = "a"},
	{"the beginning of an id does not match", {{.image = "sha256:1d2c", .reason = "a"}}, .reason = NULL},
	{"an id is no pattern", {{.image = "sha256:*", .reason = "a"}}, .reason = NULL},
	{"no id matches an image that is not known",
	 {{.image = IMAGE_ID, .reason = "a"}},
	 .reason = NULL,
	 .absent = ABSENT_IMAGE},
	{"no pattern matches an image that is not known",
	 {{.image = "*", .reason = "a"}},
	 .reason = NULL,
	 .absent = ABSENT_IMAGE},

	{"a container's name matches", {{.container = NAME, .reason = "a"}}, .reason = "a"},
	{"a container's id matches", {{.container = ID, .reason = "a"}}, .reason = "a"},
	{"a pattern matches the id", {{.container = "3f4e8a1c9d2b*", .reason = "a"}}, .reason = "a"},
	{"the beginning of an id alone does not match", {{.container = "3f4e8a1c9d2b", .reason = "a"}}, .reason = NULL},
	{"another container does not match", {{.container = "web-?", .reason = "a"}}, .reason = NULL},
	{"the id matches where there is no name",
	 {{.container = ID, .reason = "a"}},
	 .reason = "a",
	 .absent = ABSENT_NAME},

	{"a label's key is enough", {{.label = "tier", .reason = "a"}}, .reason = "a"},
	{"a label's value matches", {{.label = "tier=front", .reason = "a"}}, .reason = "a"},
	{"a label's pattern matches", {{.label = "tier=fr*", .reason = "a"}}, .reason = "a"},
	{"another value does not match", {{.label = "tier=back", .reason = "a"}}, .reason = NULL},
	{"no value does not match", {{.label = "tier=", .reason = "a"}}, .reason = NULL},
	{"no value matches an empty one", {{.label = "empty=", .reason = "a"}}, .reason = "a"},
	{"the beginning of a key is not the key", {{.label = "tie", .reason = "a"}}, .reason = NULL},
	{"a longer key is not the key", {{.label = "tiers=front", .reason = "a"}}, .reason = NULL},
	{"a key is no pattern", {{.label = "t*", .reason = "a"}}, .reason = NULL},
	{"the value may hold what divides", {{.label = "rule=a=b", .reason = "a"}}, .reason = "a"},

	{"a nested container's image is a claim", {{.image = IMAGE, .reason = "a"}}, .reason = NULL, .absent = NESTED},
	{"so is its image's id", {{.image = IMAGE_ID, .reason = "a"}}, .reason = NULL, .absent = NESTED},
	{"so is its name", {{.container = NAME, .reason = "a"}}, .reason = NULL, .absent = NESTED},
	{"and its label", {{.label = "tier", .reason = "a"}}, .reason = NULL, .absent = NESTED},
	{"its executable is not", {{.executable = "/usr/sbin/cron", .reason = "a"}}, .reason = "a", .absent = NESTED},

	{"an executable matches", {{.executable = "/usr/sbin/cron", .reason = "a"}}, .reason = "a"},
	{"an executable's pattern matches", {{.executable = "/usr/sbin/*", .reason = "a"}}, .reason = "a"},
	{"an executable's name alone does not match", {{.executable = "cron", .reason = "a"}}, .reason = NULL},
	{"a path that was cut matches no absolute one",
	 {{.executable = "/usr/sbin/cron", .reason = "a"}},
	 .reason = NULL,
	 .absent = CUT_PATH},
	{"an executable needs a process",
	 {{.executable = "*", .reason = "a"}},
	 .reason = NULL,
	 .absent = ABSENT_PROCESS},

	{"the uid before counts", {{.uid = &uid_1000, .reason = "a"}}, .reason = "a"},
	{"the uid after does not", {{.uid = &uid_0, .reason = "a"}}, .reason = NULL},
	{"the uid after counts where none was seen before",
	 {{.uid = &uid_0, .reason = "a"}},
	 .reason = "a",
	 .absent = ABSENT_BEFORE},
	{"another uid does not match", {{.uid = &uid_33, .reason = "a"}}, .reason = NULL},
	{"a uid needs a process", {{.uid = &uid_0, .reason = "a"}}, .reason = NULL, .absent = ABSENT_PROCESS},

	{"all members together match",
	 {{.image = IMAGE ":*",
	   .container = NAME,
	   .label = "tier=front",
	   .executable = "/usr/sbin/cron",
	   .uid = &uid_1000,
	   .reason = "a"}},
	 .reason = "a"},
	{"one that does not match is enough",
	 {{.image = IMAGE ":*", .container = NAME, .label = "tier=back", .reason = "a"}},
	 .reason = NULL},
	{"the first entry that matches gives the reason",
	 {{.image = "other", .reason = "a"}, {.image = IMAGE, .reason = "b"}, {.container = NAME, .reason = "c"}},
	 .reason = "b"},
	{"the last entry counts too",
	 {{.image = "other", .reason = "a"}, {.uid = &uid_33, .reason = "b"}, {.container = NAME, .reason = "c"}},
	 .reason = "c"},
	{"what has no process is allowed by its container",
	 {{.container = NAME, .reason = "a"}},
	 .reason = "a",
	 .absent = ABSENT_PROCESS},
};

static void list_allows(void **state)
{
	const struct policy_row *row = *state;
	struct config_allow allow[ENTRIES_MAX];
	struct config config = {.allow = allow};
	const struct entry *entry;
	struct facts_label labels[] = {
		{(char *)"rule", (char *)"a=b"}, {(char *)"tier", (char *)"front"}, {(char *)"empty", (char *)""}};
	struct container container = {
		.facts = {.identity = {.id = ID},
			  .name = (char *)(row->absent & ABSENT_NAME ? NULL : NAME),
			  .image_name = (char *)(row->absent & ABSENT_IMAGE ? NULL : IMAGE),
			  .image_tag = (char *)(row->absent & ABSENT_TAG ? NULL : IMAGE_TAG),
			  .image_id = (char *)(row->absent & ABSENT_IMAGE ? NULL : IMAGE_ID),
			  .labels = labels,
			  .nr_labels = NR_ROWS(labels)},
	};
	const struct process_event event = {
		.before = {.is_known = !(row->absent & ABSENT_BEFORE), .euid = 1000},
		.after = {.is_known = 1, .euid = 0},
		.executable_is_whole = !(row->absent & CUT_PATH),
	};
	const struct process_view view = {.event = &event, .executable = SPAN("cron\0sbin\0usr\0")};
	struct finding finding = {
		.kind = FINDING_GAIN_ROOT,
		.severity = SEVERITY_HIGH,
		.is_alert = true,
		.process = row->absent & ABSENT_PROCESS ? NULL : &view,
		.container = &container,
	};

	if (row->absent & NESTED)
		strcpy(container.facts.identity.outer_id, "outer");
	for (entry = row->allow; entry < row->allow + ENTRIES_MAX && entry->reason; entry++)
		allow[config.allow_count++] = (struct config_allow){
			.image = (char *)entry->image,
			.container = (char *)entry->container,
			.label = (char *)entry->label,
			.executable = (char *)entry->executable,
			.uid = entry->uid,
			.reason = (char *)entry->reason,
		};
	policy_apply(&config, &finding);
	assert_int_equal(finding.is_allowed, row->reason != NULL);
	if (row->reason) {
		assert_string_equal(finding.allow_reason, row->reason);
		assert_int_equal(finding.severity, SEVERITY_INFO);
		assert_false(finding.is_alert);
	} else {
		assert_null(finding.allow_reason);
		assert_int_equal(finding.severity, SEVERITY_HIGH);
		assert_true(finding.is_alert);
	}
}

static void without_a_container_nothing_is_allowed(void **state)
{
	struct config_allow allow = {.container = (char *)"*", .reason = (char *)"a"};
	const struct config config = {.allow = &allow, .allow_count = 1};
	struct finding finding = {.kind = FINDING_LOSS, .severity = SEVERITY_MEDIUM};

	(void)state;
	policy_apply(&config, &finding);
	assert_false(finding.is_allowed);
	assert_int_equal(finding.severity, SEVERITY_MEDIUM);
}

/* The longest that facts hold. */
static void the_longest_image_matches_whole(void **state)
{
	char image[FACTS_STRING_MAX + 1], tag[FACTS_STRING_MAX + 1], pattern[2 * FACTS_STRING_MAX + 2];
	const struct container_facts facts = {.image_name = image, .image_tag = tag};

	(void)state;
	memset(image, 'i', sizeof(image) - 1);
	memset(tag, 't', sizeof(tag) - 1);
	image[sizeof(image) - 1] = tag[sizeof(tag) - 1] = '\0';
	snprintf(pattern, sizeof(pattern), "%s:%s", image, tag);
	assert_true(policy_image_matches(pattern, &facts));
	pattern[strlen(pattern) - 1] = 'x';
	assert_false(policy_image_matches(pattern, &facts));
}

/* Each component one byte: as many separators as a path of that size can have. */
static void the_longest_executable_is_looked_at_whole(void **state)
{
	char components[EVENT_PATH_MAX];
	const struct process_event event = {.executable_is_whole = 1, .after = {.is_known = 1}};
	const struct process_view view = {.event = &event, .executable = {components, sizeof(components)}};
	struct container container = {};
	struct config_allow allow = {.executable = (char *)"/a/*/a/a", .reason = (char *)"a"};
	const struct config config = {.allow = &allow, .allow_count = 1};
	struct finding finding = {.container = &container, .process = &view};

	(void)state;
	for (size_t i = 0; i < sizeof(components); i++)
		components[i] = i % 2 ? '\0' : 'a';
	policy_apply(&config, &finding);
	assert_true(finding.is_allowed);
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(cases) + 3];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, cases, list_allows);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(without_a_container_nothing_is_allowed);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(the_longest_image_matches_whole);
	tests[nr_tests++] = (struct CMUnitTest)cmocka_unit_test(the_longest_executable_is_looked_at_whole);
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
