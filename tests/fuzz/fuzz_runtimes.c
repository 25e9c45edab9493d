/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the readers of runtimes' files over a host's tree in memory, and what becomes of the facts. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "container/facts.h"
#include "container/json_read.h"
#include "encode/columns.h"
#include "encode/encoder.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/*
 * The first byte is the runtime's number as a digit, or as a letter for a rootless user's ('a': 0); files follow, each
 * behind a line "== NAME". Directories do not matter: there is one file of a name, wherever it is looked for, and
 * images' configurations are "image".
 */
static struct span input;

static const char *const directory_names[] = {"200000.200000", "moby", "k8s.io", "overlay-containers", ID, "plain"};

static struct facts_roots roots;
static struct encoder *encoder;

static bool is_image(const char *path)
{
	return strstr(path, "/imagedb/") || strstr(path, "-images/");
}

/* Returns false where there is none; the first of a name holds. */
static bool find_file(const char *path, struct span *ret_content)
{
	const char *slash = strrchr(path, '/'), *end;
	char heading[512];
	int size = snprintf(heading, sizeof(heading), "\n== %s\n", is_image(path) ? "image" : slash ? slash + 1 : path);
	const char *start = size < (int)sizeof(heading) ? memmem(input.data, input.size, heading, size) : NULL;

	if (!start)
		return false;
	start += size;
	end = memmem(start, input.data + input.size - start, "\n== ", 4);
	*ret_content = (struct span){start, (end ? end : input.data + input.size) - start};
	return true;
}

/* From here to safe_dir__next(): in the place of container/safe_file.c. */

int safe_root__open(const char *host_root, const char *path, struct safe_root *ret_root)
{
	*ret_root = (struct safe_root){.fd = 0, .path = path, .host_root = host_root};
	return 0;
}

int safe_root__open_below(const struct safe_root *root, const char *path, struct safe_root *ret_root)
{
	return safe_root__open(root->host_root, path, ret_root);
}

void safe_root__close(struct safe_root *root)
{
	root->fd = -1;
}

int safe_file__read(const struct safe_root *root, const char *path, size_t max_size, char **ret_data, size_t *ret_size)
{
	struct span content;

	REQUIRE(root->fd == 0 && max_size <= FACTS_FILE_MAX);
	if (!find_file(path, &content))
		return -ENOENT;
	*ret_data = malloc(content.size + 1);
	memcpy(*ret_data, content.data, content.size);
	(*ret_data)[content.size] = '\0';
	*ret_size = content.size;
	return 0;
}

int safe_file__read_in_root(const struct safe_root *root, const char *path, size_t max_size, char **ret_data,
			    size_t *ret_size)
{
	return safe_file__read(root, path, max_size, ret_data, ret_size);
}

int safe_root__open_entry(const struct safe_root *root, const char *path)
{
	(void)root, (void)path;
	return -ENOENT;
}

int safe_root__resolve(const struct safe_root *root, const char *path, char ret_path[PATH_MAX])
{
	(void)root;
	return snprintf(ret_path, PATH_MAX, "/%s", path + strspn(path, "/")) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Something that closedir(3) takes. */
int safe_root__list(const struct safe_root *root, const char *path, DIR **ret_dir)
{
	REQUIRE(root->fd == 0 && path[0]);
	*ret_dir = opendir("/");
	return *ret_dir ? 0 : -errno;
}

const char *safe_dir__next(DIR *dir, unsigned *count)
{
	(void)dir;
	return *count < sizeof(directory_names) / sizeof(directory_names[0]) ? directory_names[(*count)++] : NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct encode_context context = {
		.host_name = "node-1", .boot_id = "6a1d2b0c", .agent_version = UIDZERO_VERSION};

	(void)argc, (void)argv;
	setenv("TZ", "UTC", 1);
	REQUIRE(!facts_roots__init(&roots, "") && !encoder__new(ENCODER_ECS, &context, &encoder));
	return 0;
}

static void require_text(const char *text)
{
	json_t *json;

	if (!text)
		return;
	REQUIRE(strlen(text) <= FACTS_STRING_MAX);
	json = json_string(text); /* only of UTF-8 */
	REQUIRE(json);
	json_decref(json);
}

static void require_facts(const struct container_facts *facts)
{
	const char *const texts[] = {
		facts->name,          facts->image_name,     facts->image_tag,     facts->image_id,
		facts->declared_user, facts->requested_user, facts->resolved_user, facts->bundle,
		facts->pod_name,      facts->pod_namespace,  facts->pod_uid,       facts->kubernetes_container,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		require_text(texts[i]);
	REQUIRE(facts->nr_labels <= FACTS_LABELS_MAX);
	for (size_t i = 0; i < facts->nr_labels; i++) {
		require_text(facts->labels[i].key);
		require_text(facts->labels[i].value);
	}
	REQUIRE(facts->risk.nr_mounts <= FACTS_MOUNTS_MAX);
	for (size_t i = 0; i < facts->risk.nr_mounts; i++) {
		require_text(facts->risk.mounts[i].source);
		require_text(facts->risk.mounts[i].destination);
	}
	REQUIRE(!facts->resolved_user || strspn(facts->resolved_user, "0123456789:") == strlen(facts->resolved_user));
	REQUIRE(!strcmp(facts->identity.id, ID) && facts->identity.runtime < RUNTIME_END);
}

/* What a recording keeps of the facts is all of them. */
static void require_same_from_json(const struct container_facts *facts)
{
	struct container_facts copy;
	char *json, *again;

	REQUIRE(!container_facts__to_json(facts, &json));
	REQUIRE(!container_facts__from_json(json, strlen(json), &copy));
	REQUIRE(!container_facts__to_json(&copy, &again));
	REQUIRE(!strcmp(json, again));
	container_facts__destroy(&copy);
	free(json);
	free(again);
}

static void tell(const struct container_facts *facts)
{
	static char line[ECS_LINE_MAX];
	struct container container = {.number = 1, .cgroup_path = (char *)"/docker/" ID, .facts = *facts};
	struct finding finding = {.kind = FINDING_CONTAINER_STOP, .container = &container};
	const struct columns_options columns = {.width = input.size % 200};
	long size = encoder__encode(encoder, &finding, &container, line, sizeof(line));

	REQUIRE(size > 0);
	json_decref(require_json_line((struct span){line, size}));
	size = columns_line(&columns, &finding, line, sizeof(line));
	REQUIRE(size > 0);
	require_terminal_line((struct span){line, size}, false);
	free(container.encoded);
}

/* Leaving members out early must change nothing in those that are wanted. An escaped key is one that no runtime writes.
 */
static void require_same_members(const char *name, const char *member)
{
	json_t *whole, *some;
	struct span text;

	if (!find_file(name, &text) || memchr(text.data, '\\', text.size) || json_read__parse(text, false, &whole))
		return;
	REQUIRE(!json_read__parse_members(text, (const char *const[]){member, NULL}, &some));
	REQUIRE(json_typeof(whole) == json_typeof(some));
	if (json_is_object(whole) && json_object_get(whole, member))
		REQUIRE(json_equal(json_object_get(whole, member), json_object_get(some, member)));
	else if (json_is_object(whole))
		REQUIRE(!json_object_get(some, member));
	json_decref(whole);
	json_decref(some);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cgroup_search search = {"/user.slice/plain/x", 1, 2196410000000, 10212, NULL};
	struct container_identity identity = {.id = ID}, found;
	struct container_facts facts;

	if (!size)
		return 0;
	input = (struct span){(const char *)data, size};
	identity.user_uid = data[0] >= 'a' ? 1000 : 0;
	identity.runtime = (uint8_t)(data[0] - (data[0] >= 'a' ? 'a' : '0')) % RUNTIME_END;
	REQUIRE(!container_facts__read(&roots, &identity, &facts));
	require_facts(&facts);
	require_same_from_json(&facts);
	tell(&facts);
	container_facts__destroy(&facts);

	if (container_facts__find_by_cgroup(&roots, &search, &found) == 1)
		REQUIRE(found.runtime != RUNTIME_UNKNOWN && memchr(found.id, '\0', sizeof(found.id)) && found.id[0]);
	require_same_members("config.json", "process");
	require_same_members("config.v2.json", "Config");
	require_same_members("state.json", "cgroup_paths");
	return 0;
}
