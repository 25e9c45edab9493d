/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes a record's way from its bytes to the lines: what decodes can always be told, on one clean line. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "encode/columns.h"
#include "encode/encoder.h"
#include "event/decode.h"
#include "judge/judge.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct encode_context context = {
	.host_name = "node-1",
	.host_id = "0123456789abcdef0123456789abcdef",
	.boot_id = "6a1d2b0c-3c52-4a57-8d4e-5a0d3b2f9c11",
	.agent_version = UIDZERO_VERSION,
	.boot_to_realtime_ns = 1732233600LL * 1000000000,
};

static struct container usual = {
	.number = 1,
	.cgroup_key = 4711,
	.cgroup_path = (char *)"/docker/" ID,
	.facts = {.identity = {.runtime = RUNTIME_DOCKER, .id = ID},
		  .name = (char *)"web",
		  .image_name = (char *)"nginx",
		  .image_tag = (char *)"1.25"},
};

/* Every text as long as can be, of a byte that takes six in a line: what is left for a process is the least. */
static char longest_text[FACTS_STRING_MAX + 1], longest_id[CONTAINER_ID_MAX];
static struct facts_label longest_labels[FACTS_LABELS_MAX];
static struct container longest = {
	.number = 2,
	.cgroup_key = UINT64_MAX,
	.cgroup_path = longest_text,
	.facts = {.name = longest_text,
		  .image_name = longest_text,
		  .image_tag = longest_text,
		  .image_id = longest_text,
		  .declared_user = longest_text,
		  .requested_user = longest_text,
		  .resolved_user = longest_text,
		  .pod_name = longest_text,
		  .pod_namespace = longest_text,
		  .pod_uid = longest_text,
		  .kubernetes_container = longest_text,
		  .labels = longest_labels,
		  .nr_labels = FACTS_LABELS_MAX},
};

static struct encoder *encoders[ENCODER_FORMAT_END];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	setenv("TZ", "UTC", 1);
	memset(longest_text, 0x7f, FACTS_STRING_MAX);
	memset(longest_id, 0x7f, sizeof(longest_id) - 1);
	memcpy(longest.facts.identity.id, longest_id, sizeof(longest_id));
	memcpy(longest.facts.identity.outer_id, longest_id, sizeof(longest_id));
	for (size_t i = 0; i < FACTS_LABELS_MAX; i++)
		longest_labels[i] = (struct facts_label){longest_text + FACTS_STRING_MAX - 1 - i, longest_text};
	for (int format = 0; format < ENCODER_FORMAT_END; format++)
		REQUIRE(!encoder__new(format, &context, &encoders[format]));
	return 0;
}

static void require_within(struct span piece, const char *record, size_t size)
{
	REQUIRE(!piece.size || (piece.data >= record && piece.data + piece.size <= record + size));
}

static void require_path(struct span components, int is_whole)
{
	char path[EVENT_PATH_MAX + 8];
	int size = path_join(components, is_whole, path, sizeof(path));

	REQUIRE(size > 0 && strlen(path) == (size_t)size);
}

static void tell(struct finding *finding, struct container *container)
{
	static char line[ECS_LINE_MAX];
	uint64_t seq = finding->process->event->header.seq;
	struct columns_options columns = {.has_color = seq & 8, .width = seq >> 4 & 0xff};
	long size;

	finding->container = container;
	for (int format = 0; format < ENCODER_FORMAT_END; format++) {
		size = encoder__encode(encoders[format], finding, container, line, sizeof(line));
		REQUIRE(size > 0);
		json_decref(require_json_line((struct span){line, size}));
	}
	size = columns_line(&columns, finding, line, sizeof(line));
	REQUIRE(size > 0);
	require_terminal_line((struct span){line, size}, columns.has_color);
}

static void go_through_process(const struct process_view *process, const char *record, size_t size)
{
	struct finding finding = {.process = process};

	require_within(process->filename, record, size);
	require_within(process->interp, record, size);
	require_within(process->executable, record, size);
	require_within(process->cwd, record, size);
	require_within(process->args, record, size);
	require_path(process->executable, process->event->executable_is_whole);
	require_path(process->cwd, process->event->cwd_is_whole);

	finding.time_ns = process->event->header.time_ns;
	finding.role = process->event->task.flags % (ROLE_CHILD + 1);
	if (!judge_process(true, &finding)) {
		finding.kind = FINDING_CONTAINER_START;
		finding.root = judge_root_now(process->event);
	}
	tell(&finding, process->event->header.seq % 8 == 1 ? &longest : &usual);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *record = malloc(size ? size : 1); /* aligned, and nothing behind it */
	struct event_view view;
	int err;

	memcpy(record, data, size);
	err = event_decode(record, size, &view);
	REQUIRE(!err || err == -EBADMSG || err == -EPROTO);
	if (!err && view.header->kind < EVENT_CGROUP_MKDIR)
		go_through_process(&view.process, record, size);
	else if (!err)
		require_within(view.cgroup.path, record, size);
	free(record);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	if (seed % 8)
		repair_record(data, size);
	return size;
}
