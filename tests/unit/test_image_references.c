/* SPDX-License-Identifier: Apache-2.0 */
/* Of a container that was started by an image's id, no tag is shown as the one that was used. */
#include "host_tree.h"

#include "container/facts.h"
#include "judge/policy.h"

#define ID     "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0"
#define HEX    "a248d349883e859af5d9570e14e10d2c5ccc46af3ac67817281710a35dff3949"
#define OTHER  "b148d349883e859af5d9570e14e10d2c5ccc46af3ac67817281710a35dff3949"
#define IMAGE  "sha256:" HEX
#define STORE  "/var/lib/docker/containers/" ID "/config.v2.json"
#define TAGS   "/var/lib/docker/image/overlay2/repositories.json"
#define PODMAN "/var/lib/containers/storage/overlay-containers/containers.json"
#define IMAGES "/var/lib/containers/storage/overlay-images/images.json"

#define DOCKER_OF(reference)                                                                                           \
	"{\"Name\":\"/web\",\"Driver\":\"overlay2\",\"Image\":\"" IMAGE "\",\"Config\":{\"Image\":\"" reference "\"}}"
#define PODMAN_OF(reference)                                                                                           \
	"[{\"id\":\"" ID "\",\"names\":[\"web\"],\"image\":\"" HEX                                                     \
	"\",\"metadata\":\"{\\\"image-name\\\":\\\"" reference "\\\"}\"}]"
#define NAMES(names) "[{\"id\":\"" OTHER "\",\"names\":[\"no:1\"]},{\"id\":\"" HEX "\",\"names\":[" names "]}]"

static const struct row {
	const char *name;
	enum container_runtime runtime;
	const char *config, *tags;
	const char *image_name, *image_tag, *references; /* those with a blank behind each */
} rows[] = {
	{"Docker by name", RUNTIME_DOCKER, DOCKER_OF("a:1"),
	 "{\"Repositories\":{\"a\":{\"a:1\":\"" IMAGE "\",\"a:2\":\"" IMAGE "\"}}}", "a", "1", ""},
	{"Docker by id, one tag", RUNTIME_DOCKER, DOCKER_OF(IMAGE),
	 "{\"Repositories\":{\"a\":{\"a:1\":\"" IMAGE "\",\"a@sha256:" OTHER "\":\"" IMAGE "\",\"a:0\":\"sha256:" OTHER
	 "\"}}}",
	 "a", "1", ""},
	{"Docker by id, two tags of one name", RUNTIME_DOCKER, DOCKER_OF(HEX),
	 "{\"Repositories\":{\"a\":{\"a:1\":\"" IMAGE "\",\"a:2\":\"" IMAGE "\"}}}", "a", NULL, "a:1 a:2 "},
	{"Docker by the start of an id, two names", RUNTIME_DOCKER, DOCKER_OF("a248d349883e"),
	 "{\"Repositories\":{\"a\":{\"a:1\":\"" IMAGE "\"},\"b\":{\"b:1\":\"" IMAGE "\"}}}", NULL, NULL, "a:1 b:1 "},
	{"Docker by id, known by a digest only", RUNTIME_DOCKER, DOCKER_OF(IMAGE),
	 "{\"Repositories\":{\"a\":{\"a@sha256:" OTHER "\":\"" IMAGE "\"}}}", "a", NULL, ""},
	{"Docker by id, no tag", RUNTIME_DOCKER, DOCKER_OF(IMAGE), "{\"Repositories\":{}}", NULL, NULL, ""},
	{"podman, an image with one name", RUNTIME_PODMAN, PODMAN_OF("localhost/a:1"), NAMES("\"localhost/a:1\""),
	 "localhost/a", "1", ""},
	{"podman, the first of two names, which it notes for an id as well", RUNTIME_PODMAN, PODMAN_OF("localhost/a:1"),
	 NAMES("\"localhost/a:1\",\"localhost/b:2\""), NULL, NULL, "localhost/a:1 localhost/b:2 "},
	{"podman, the second of two names", RUNTIME_PODMAN, PODMAN_OF("localhost/b:2"),
	 NAMES("\"localhost/a:1\",\"localhost/b:2\""), "localhost/b", "2", ""},
	{"podman without a list of images", RUNTIME_PODMAN, PODMAN_OF("localhost/a:1"), "", "localhost/a", "1", ""},
};

static void assert_text(const char *value, const char *expected)
{
	assert_string_equal(value ? value : "(none)", expected ? expected : "(none)");
}

static void assert_references(const struct container_facts *facts, const char *expected)
{
	char text[256] = "";

	for (size_t i = 0; i < facts->nr_image_references; i++) {
		strcat(text, facts->image_references[i]);
		strcat(text, " ");
	}
	assert_string_equal(text, expected);
}

static void read_row(const struct row *row, struct container_facts *ret_facts)
{
	struct container_identity identity = {.runtime = row->runtime, .id = ID};
	struct facts_roots roots;

	host_tree__put(row->runtime == RUNTIME_DOCKER ? STORE : PODMAN, row->config);
	host_tree__put(row->runtime == RUNTIME_DOCKER ? TAGS : IMAGES, row->tags);
	assert_int_equal(facts_roots__init(&roots, host_tree), 0);
	assert_int_equal(container_facts__read(&roots, &identity, ret_facts), 0);
	facts_roots__destroy(&roots);
}

static void the_image_is_what_is_known_of_it(void **state)
{
	const struct row *row = *state;
	struct container_facts facts, copy;
	char *json;

	assert_int_equal(host_tree__set_up(NULL), 0);
	read_row(row, &facts);
	assert_text(facts.image_id, IMAGE);
	assert_text(facts.image_name, row->image_name);
	assert_text(facts.image_tag, row->image_tag);
	assert_references(&facts, row->references);
	assert_int_equal(!!(facts.missing & MISSING_IMAGE), !row->image_name && !row->references[0]);
	assert_int_equal(container_facts__to_json(&facts, &json), 0);
	assert_int_equal(container_facts__from_json(json, strlen(json), &copy), 0);
	assert_text(copy.image_name, row->image_name);
	assert_references(&copy, row->references);
	free(json);
	container_facts__destroy(&copy);
	container_facts__destroy(&facts);
	assert_int_equal(host_tree__tear_down(NULL), 0);
}

/* An exception for one tag must not hold where another one of other rules may have been used. */
static void a_pattern_matches_all_references_or_none(void **state)
{
	char *references[] = {(char *)"team/a:1", (char *)"team/b:1"};
	struct container_facts facts = {.image_references = references, .nr_image_references = 2};

	(void)state;
	assert_true(policy_image_matches("team/*", &facts));
	assert_true(policy_image_matches("team/?:1", &facts));
	assert_false(policy_image_matches("team/a", &facts));
	assert_false(policy_image_matches("team/a:1", &facts));
	facts.nr_image_references_dropped = 1;
	assert_false(policy_image_matches("team/*", &facts));
}

int main(void)
{
	const struct CMUnitTest fixed[] = {cmocka_unit_test(a_pattern_matches_all_references_or_none)};
	struct CMUnitTest tests[NR_ROWS(rows) + NR_ROWS(fixed)];
	size_t nr_tests = 0;

	ADD_ROWS(tests, nr_tests, rows, the_image_is_what_is_known_of_it);
	memcpy(tests + nr_tests, fixed, sizeof(fixed));
	return cmocka_run_group_tests_name("image references", tests, NULL, NULL);
}
