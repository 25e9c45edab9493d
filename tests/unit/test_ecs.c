/* SPDX-License-Identifier: Apache-2.0 */
/* Each finding becomes one line of strict JSON with the fields that docs/events.md promises. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "base/safe_text.h"
#include "encode/capabilities.h"
#include "encode/encoder.h"
#include "encode/stable_id.h"
#include "encode/timestamp.h"
#include "encoded_line.h"
#include "findings.h"
#include "maps.h"

static char line[ECS_LINE_MAX];
static struct encoder *encoder;
#define IMAGE_HEX "a248d349883e859af5d9570e14e10d2c5ccc46af3ac67817281710a35dff3949"

static struct samples samples;

static int set_up(void **state)
{
	(void)state;
	samples__init(&samples);
	return encoder__new(ENCODER_ECS, &sample_context, &encoder);
}

static int tear_down(void **state)
{
	(void)state;
	encoder__free(encoder);
	samples__destroy(&samples);
	return 0;
}

static json_t *encode(const struct finding *finding)
{
	long size = encoder__encode(encoder, finding, (struct container *)finding->container, line, sizeof(line));

	if (size < 0)
		fail_msg("encoding failed: %ld", size);
	return parse_line(line, size);
}

/* What stands at "process.parent.pid"; labels and the like have keys without dots. */
static json_t *at(json_t *json, const char *path)
{
	while (json && *path) {
		char key[64];
		size_t size = strcspn(path, ".");

		assert_true(size < sizeof(key));
		memcpy(key, path, size);
		key[size] = '\0';
		json = json_object_get(json, key);
		path += size + (path[size] == '.');
	}
	return json;
}

/* Compares with the JSON text of what is expected; NULL: the field is left out. */
static void assert_field(json_t *json, const char *path, const char *expected)
{
	json_t *value = at(json, path);
	char *text;

	if (!expected) {
		if (value)
			fail_msg("%s is there", path);
		return;
	}
	if (!value)
		fail_msg("%s is missing", path);
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	assert_non_null(text);
	if (strcmp(text, expected) != 0)
		fail_msg("%s is %s, not %s", path, text, expected);
	free(text);
}

struct expectation {
	const char *path, *json;
};

static void assert_fields(json_t *json, const struct expectation *fields, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		assert_field(json, fields[i].path, fields[i].json);
	json_decref(json);
}

#define ASSERT_FIELDS(finding, fields) assert_fields(encode(finding), fields, sizeof(fields) / sizeof((fields)[0]))

static void a_root_exec_tells_all_that_is_known(void **state)
{
	static const struct expectation fields[] = {
		{"@timestamp", "\"2024-11-22T01:00:00.123456789Z\""},
		{"ecs.version", "\"8.17.0\""},
		{"uidzero.schema", "\"1\""},
		{"uidzero.finding", "\"exec_root\""},
		{"event.kind", "\"event\""},
		{"event.category", "[\"process\"]"},
		{"event.type", "[\"start\"]"},
		{"event.action", "\"exec\""},
		{"event.outcome", "\"success\""},
		{"event.module", "\"uidzero\""},
		{"event.severity", "21"},
		{"event.sequence", "7"},
		{"message", "\"sh (pid 123) started as root in container web (docker.io/library/nginx:1.25): /bin/sh "
			    "-c exec nginx -g 'daemon off;'\""},
		{"host.name", "\"node-1\""},
		{"host.id", "\"0123456789abcdef0123456789abcdef\""},
		{"host.boot.id", "\"6a1d2b0c-3c52-4a57-8d4e-5a0d3b2f9c11\""},
		{"agent.version", "\"0.1.0\""},
		{"process.pid", "123"},
		{"process.vpid", "1"},
		{"process.thread.id", "123"},
		{"process.start", "\"2024-11-22T01:00:00.120000000Z\""},
		{"process.name", "\"sh\""},
		{"process.executable", "\"/usr/bin/dash\""},
		{"process.args", "[\"/bin/sh\",\"-c\",\"exec nginx -g 'daemon off;'\"]"},
		{"process.args_count", "3"},
		{"process.command_line", "\"/bin/sh -c exec nginx -g 'daemon off;'\""},
		{"process.working_directory", "\"/srv/www\""},
		{"process.interactive", "false"},
		{"process.tty", NULL},
		{"process.user.id", "\"0\""},
		{"process.user.name", "\"root\""},
		{"process.real_user", "{\"id\":\"0\",\"name\":\"root\"}"},
		{"process.saved_user.id", "\"0\""},
		{"process.group.id", "\"0\""},
		{"process.parent.pid", "100"},
		{"process.parent.name", "\"containerd-shim\""},
		{"process.parent.user.id", "\"0\""},
		{"process.parent.start", "\"2024-11-22T01:00:00.000000000Z\""},
		{"user", "{\"id\":\"0\",\"name\":\"root\"}"},
		{"user.effective", NULL},
		{"group.id", "\"0\""},
		{"container.id", "\"" SAMPLE_CONTAINER_ID "\""},
		{"container.name", "\"web\""},
		{"container.runtime", "\"docker\""},
		{"container.image.name", "\"docker.io/library/nginx\""},
		{"container.image.tag", "[\"1.25\"]"},
		{"container.image.hash.all", "[\"" SAMPLE_IMAGE_ID "\"]"},
		{"container.labels", "{\"org_example_team\":\"shop\",\"tier\":\"front\"}"},
		{"container.security_context.privileged", "false"},
		{"orchestrator", NULL},
		{"uidzero.root", "\"real\""},
		{"uidzero.cause", "\"inherited\""},
		{"uidzero.role", "\"init\""},
		{"uidzero.hook", "\"tp_btf/sched_process_exec\""},
		{"uidzero.syscall", NULL},
		{"uidzero.fsuid", "\"0\""},
		{"uidzero.fsgid", "\"0\""},
		{"uidzero.ns", "{\"euid\":\"0\",\"ruid\":\"0\",\"suid\":\"0\",\"fsuid\":\"0\",\"level\":0,"
			       "\"inode\":\"4026531837\"}"},
		{"uidzero.before", NULL},
		{"uidzero.no_new_privs", "false"},
		{"uidzero.seccomp", "\"filter\""},
		{"uidzero.file", "{\"inode\":\"1311\",\"device\":\"8:1\",\"mode\":\"0755\",\"uid\":\"0\",\"gid\":\"0\","
				 "\"setuid\":false,\"fileless\":false}"},
		{"uidzero.script", NULL},
		{"uidzero.drop", NULL},
		{"uidzero.policy", NULL},
		{"uidzero.args_truncated", NULL},
		{"uidzero.capabilities.inheritable", NULL},
		{"uidzero.cgroup", "{\"id\":\"4711\",\"path\":\"/docker/" SAMPLE_CONTAINER_ID "\"}"},
		{"uidzero.identity",
		 "{\"class\":\"root\",\"resolved\":\"0:0\",\"observed\":\"0:0\",\"gid_zero\":true}"},
		{"uidzero.risk", NULL},
		{"uidzero.metadata", "\"complete\""},
		{"uidzero.metadata_missing", NULL},
		{"uidzero.lossy_text", NULL},
	};
	const char *docker = "[\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_FOWNER\",\"CAP_FSETID\",\"CAP_KILL\","
			     "\"CAP_SETGID\",\"CAP_SETUID\",\"CAP_SETPCAP\",\"CAP_NET_BIND_SERVICE\",\"CAP_NET_RAW\","
			     "\"CAP_SYS_CHROOT\",\"CAP_MKNOD\",\"CAP_AUDIT_WRITE\",\"CAP_SETFCAP\"]";
	json_t *json = encode(&samples.findings[SAMPLE_EXEC_ROOT]);

	(void)state;
	assert_field(json, "process.thread.capabilities.effective", docker);
	assert_field(json, "process.thread.capabilities.permitted", docker);
	assert_field(json, "uidzero.capabilities.bounding", docker);
	assert_fields(json, fields, sizeof(fields) / sizeof(fields[0]));
}

static void a_gain_by_a_file_is_one_alert(void **state)
{
	static const struct expectation fields[] = {
		{"uidzero.finding", "\"gain_root\""},
		{"event.kind", "\"alert\""},
		{"event.type", "[\"start\",\"change\"]"},
		{"event.action", "\"exec\""},
		{"event.severity", "73"},
		{"message", "\"su (pid 140) went from uid 1000 to root by a set-user-id file in container web "
			    "(docker.io/library/nginx:1.25): su -\""},
		{"user.id", "\"0\""},
		{"user.effective", "{\"id\":\"0\",\"name\":\"root\"}"},
		{"process.real_user", "{\"id\":\"1000\",\"name\":\"app\"}"},
		{"process.interactive", "true"},
		{"process.tty.char_device", "{\"major\":136,\"minor\":2}"},
		{"uidzero.before.euid", "\"1000\""},
		{"uidzero.before.egid", "\"1000\""},
		{"uidzero.before.capabilities", NULL},
		{"uidzero.cause", "\"setuid_file\""},
		{"uidzero.file.mode", "\"4755\""},
		{"uidzero.file.setuid", "true"},
		{"uidzero.file.writable_layer", NULL},
		{"uidzero.identity.class", "\"root\""},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_GAIN_BY_FILE], fields);
}

static void a_host_exec_names_its_technique(void **state)
{
	const struct expectation fields[] = {
		{"event.kind", "\"alert\""},
		{"event.category", "[\"process\"]"},
		{"event.type", "[\"start\"]"},
		{"event.action", "\"exec\""},
		{"event.severity", "99"},
		{"threat.framework", "\"MITRE ATT&CK\""},
		{"threat.tactic.id", "[\"TA0004\"]"},
		{"threat.technique.id", "[\"T1611\"]"},
		{"threat.technique.name", "[\"Escape to Host\"]"},
		{"uidzero.finding", "\"host_exec\""},
		{"uidzero.cause", "\"kernel_helper\""},
		{"uidzero.role", NULL},
	};
	struct finding finding = samples.findings[SAMPLE_EXEC_ROOT];

	(void)state;
	finding.kind = FINDING_HOST_EXEC;
	finding.cause = CAUSE_KERNEL_HELPER;
	finding.role = ROLE_NONE;
	finding.severity = SEVERITY_CRITICAL;
	finding.is_alert = true;
	ASSERT_FIELDS(&finding, fields);
}

static void a_file_written_in_the_container_is_told(void **state)
{
	struct process_event event = *samples.findings[SAMPLE_GAIN_BY_FILE].process->event;
	struct process_view process = *samples.findings[SAMPLE_GAIN_BY_FILE].process;
	struct finding finding = samples.findings[SAMPLE_GAIN_BY_FILE];
	static const struct expectation written[] = {
		{"uidzero.file.writable_layer", "true"},
		{"message",
		 "\"su (pid 140) went from uid 1000 to root by a set-user-id file (written later, not from the "
		 "image) in container web (docker.io/library/nginx:1.25): su -\""},
	};
	static const struct expectation of_the_image[] = {
		{"uidzero.file.writable_layer", "false"},
		{"message", "\"su (pid 140) went from uid 1000 to root by a set-user-id file in container web "
			    "(docker.io/library/nginx:1.25): su -\""},
	};

	(void)state;
	process.event = &event;
	finding.process = &process;
	event.file.flags |= FILE_UPPER;
	ASSERT_FIELDS(&finding, written);
	event.file.flags ^= FILE_UPPER | FILE_LOWER;
	ASSERT_FIELDS(&finding, of_the_image);
}

static void a_gain_by_a_call_is_a_change(void **state)
{
	static const struct expectation fields[] = {
		{"event.kind", "\"alert\""},
		{"event.type", "[\"change\"]"},
		{"event.action", "\"uid_change\""},
		{"user.id", "\"0\""},
		{"uidzero.syscall", "\"setresuid\""},
		{"uidzero.hook", "\"tp/syscalls/sys_exit\""},
		{"uidzero.before.capabilities", "{\"permitted\":[\"CAP_SETUID\"]}"},
		{"process.args", NULL},
		{"message", "\"helper (pid 150) went from uid 1000 to root by setresuid() in container web "
			    "(docker.io/library/nginx:1.25)\""},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_GAIN_BY_CALL], fields);
}

static void a_drop_says_whether_it_is_complete(void **state)
{
	static const struct expectation fields[] = {
		{"uidzero.finding", "\"drop_root\""},
		{"event.kind", "\"event\""},
		{"event.action", "\"uid_change\""},
		{"user.id", "\"101\""},
		{"process.saved_user.id", "\"0\""},
		{"uidzero.drop.complete", "false"},
		{"uidzero.before.euid", "\"0\""},
		{"uidzero.root", "\"none\""},
		{"message", "\"nginx (pid 160) went from root to uid 101 but can become root again in container web "
			    "(docker.io/library/nginx:1.25)\""},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_DROP], fields);
}

static void a_drop_says_what_it_kept(void **state)
{
	static const struct expectation fields[] = {
		{"uidzero.drop.kept", "[\"saved_uid\",\"groups\"]"},
		{"message",
		 "\"nginx (pid 160) went from root to uid 101 but can become root again, and keeps group 0 in "
		 "container web (docker.io/library/nginx:1.25)\""},
	};
	struct finding finding = samples.findings[SAMPLE_DROP];

	(void)state;
	finding.drop_kept = KEPT_SAVED_UID | KEPT_GROUPS;
	ASSERT_FIELDS(&finding, fields);
}

static void root_that_is_kept_has_its_action(void **state)
{
	static const struct expectation fields[] = {
		{"event.kind", "\"event\""},
		{"event.severity", "47"},
		{"event.action", "\"io_uring_register\""},
		{"uidzero.finding", "\"keep_root\""},
		{"uidzero.cause", "\"io_uring\""},
		{"uidzero.syscall", "\"io_uring_register\""},
		{"uidzero.drop", NULL},
	};
	static const struct expectation of_setup[] = {{"event.action", "\"io_uring_create\""}};
	static const struct expectation of_drop[] = {
		{"uidzero.drop", "{\"complete\":false,\"kept\":[\"io_uring\"]}"},
		{"message",
		 "\"nginx (pid 160) went from root to uid 101 but keeps root's credentials in an io_uring instance "
		 "in container web (docker.io/library/nginx:1.25)\""},
	};
	struct finding drop = samples.findings[SAMPLE_DROP];

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_KEEP_ROOT], fields);
	samples__event(&samples, SAMPLE_KEEP_ROOT)->syscall = SYSCALL_IO_URING_SETUP;
	ASSERT_FIELDS(&samples.findings[SAMPLE_KEEP_ROOT], of_setup);
	samples__event(&samples, SAMPLE_KEEP_ROOT)->syscall = SYSCALL_IO_URING_REGISTER;
	drop.drop_kept = KEPT_IO_URING;
	ASSERT_FIELDS(&drop, of_drop);
}

/* Only in a user namespace, and only as its map says. */
static void the_uid_that_is_the_hosts_root_is_shown(void **state)
{
	static const struct expectation inside[] = {{"uidzero.ns.host_root_uid", "\"1000\""}};
	static const struct expectation without[] = {{"uidzero.ns.host_root_uid", NULL}};
	struct process_event *event = samples__event(&samples, SAMPLE_ROOT_FOUND);
	struct event_userns map = event->userns;
	__u32 level = event->after.userns_level;

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_ROOT_FOUND], without);
	event->userns = (struct event_userns){.nr_extents = EVENT_USERNS_EXTENTS + 1, .host_root_uid = 1000};
	ASSERT_FIELDS(&samples.findings[SAMPLE_ROOT_FOUND], inside);
	event->after.userns_level = 0;
	ASSERT_FIELDS(&samples.findings[SAMPLE_ROOT_FOUND], without);
	event->after.userns_level = level;
	event->userns = map;
}

static void drop_of_one_thread_names_the_other(void **state)
{
	static const struct expectation fields[] = {
		{"uidzero.drop", "{\"complete\":false,\"kept\":[\"thread\"]}"},
		{"process.thread.id", "163"},
		{"message", "\"thread 163 of nginx (pid 160) went from root to uid 101, but thread 160 stays root in "
			    "container web (docker.io/library/nginx:1.25)\""},
	};
	static const struct expectation fields_able[] = {
		{"message", "\"thread 163 of nginx (pid 160) went from root to uid 101 but can become root again, and "
			    "thread 160 can become root again in container web (docker.io/library/nginx:1.25)\""},
	};
	static const struct expectation fields_ended[] = {
		{"message", "\"nginx (pid 160) went from root to uid 101, since its thread 163 ended in container web "
			    "(docker.io/library/nginx:1.25)\""},
	};
	struct finding finding = samples.findings[SAMPLE_DROP];
	struct process_event event = *finding.process->event;
	struct process_view view = *finding.process;

	(void)state;
	view.event = &event;
	finding.process = &view;
	event.task.tid = 163;
	event.others = (struct event_threads){.tid = 160, .root = EVENT_ROOT_REAL};
	finding.drop_kept = KEPT_THREAD;
	ASSERT_FIELDS(&finding, fields);
	event.others = (struct event_threads){.tid = 160, .root = EVENT_ROOT_NONE, .kept = EVENT_KEPT_SAVED_UID};
	finding.drop_kept = KEPT_THREAD | KEPT_SAVED_UID;
	ASSERT_FIELDS(&finding, fields_able);
	event.others = (struct event_threads){};
	event.header.hook = HOOK_TP_BTF_EXIT;
	finding.drop_kept = 0;
	finding.drop_is_complete = true;
	ASSERT_FIELDS(&finding, fields_ended);
}

static void a_mapped_root_is_shown_by_both_its_uids(void **state)
{
	static const struct expectation fields[] = {
		{"event.kind", "\"state\""},
		{"event.action", "\"snapshot\""},
		{"event.outcome", "\"unknown\""},
		{"uidzero.root", "\"mapped\""},
		{"process.user", "{\"id\":\"100000\"}"}, /* nothing is known of this container's users */
		{"uidzero.ns.euid", "\"0\""},
		{"uidzero.ns.fsuid", NULL},
		{"uidzero.ns.level", "1"},
		{"uidzero.script", "\"/docker-entrypoint.sh\""},
		{"process.args_count", "2"},
		{"container.id", "\"" SAMPLE_POD_CONTAINER_ID "\""},
		{"orchestrator.type", "\"kubernetes\""},
		{"orchestrator.namespace", "\"prod\""},
		{"orchestrator.resource.name", "\"shop-7d9f\""},
		{"orchestrator.resource.type", "\"pod\""},
		{"orchestrator.resource.id", "\"1f0c6f4e-8a9b-4a51-9f37-0c6d1a2b3c4d\""},
		{"uidzero.kubernetes.container_name", "\"app\""},
		{"uidzero.container.outer_id", "\"" SAMPLE_CONTAINER_ID "\""},
		{"uidzero.identity", "{\"class\":\"unknown\"}"},
		{"uidzero.metadata", "\"partial\""},
		{"uidzero.metadata_missing", "[\"name\",\"declared_user\"]"},
		{"uidzero.policy", "{\"allowed\":true,\"reason\":\"known to need it\"}"},
		{"message", "\"python3 (pid 170) runs as root of a user namespace (uid 100000 on the host) in "
			    "container " SAMPLE_POD_SHORT_ID ": python3 /app\""},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_ROOT_FOUND], fields);
}

static void other_changes_have_their_action(void **state)
{
	static const struct expectation uid_fields[] = {
		{"event.action", "\"uid_change\""},
		{"uidzero.finding", "\"uid_change\""},
		{"user.id", "\"34\""},
		{"uidzero.before.euid", "\"33\""},
	};
	static const struct expectation gid_fields[] = {
		{"event.action", "\"gid_change\""},
		{"uidzero.finding", "\"gid_change\""},
		{"group.id", "\"34\""},
		{"uidzero.before.egid", "\"33\""},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_UID_CHANGE], uid_fields);
	ASSERT_FIELDS(&samples.findings[SAMPLE_GID_CHANGE], gid_fields);
}

static void a_change_of_capabilities_has_the_sets_before(void **state)
{
	static const struct expectation fields[] = {
		{"event.kind", "\"event\""},
		{"event.action", "\"capability_change\""},
		{"uidzero.finding", "\"capability_change\""},
		{"uidzero.before.securebits", "0"},
		{"uidzero.securebits", "1"},
		{"uidzero.before.capabilities", "{\"bounding\":[\"CAP_CHOWN\",\"CAP_SETUID\"]}"},
		{"uidzero.capabilities.bounding", "[\"CAP_CHOWN\"]"},
	};
	struct process_event event = *samples.findings[SAMPLE_GID_CHANGE].process->event;
	const struct process_view view = {.event = &event};
	struct finding finding = samples.findings[SAMPLE_GID_CHANGE];

	(void)state;
	finding.kind = FINDING_CAPABILITY_CHANGE;
	finding.process = &view;
	event.before = event.after;
	event.before.cap_bounding = 1 << 7 | 1;
	event.after.cap_bounding = 1;
	event.after.securebits = 1;
	ASSERT_FIELDS(&finding, fields);
}

static void a_change_by_a_file_is_an_exec(void **state)
{
	static const struct expectation fields[] = {
		{"event.type", "[\"start\",\"change\"]"},
		{"event.action", "\"exec\""},
		{"uidzero.file.setgid", "true"},
	};
	struct process_event event = *samples.findings[SAMPLE_GID_CHANGE].process->event;
	const struct process_view view = {.event = &event};
	struct finding finding = samples.findings[SAMPLE_GID_CHANGE];

	(void)state;
	finding.process = &view;
	event.header.kind = EVENT_EXEC;
	event.file.flags = FILE_KNOWN;
	event.file.mode = 02755;
	ASSERT_FIELDS(&finding, fields);
	finding.kind = FINDING_UID_CHANGE;
	ASSERT_FIELDS(&finding, fields);
}

/* And in each format it is an event, whose number says how often it was before. */
static void a_repeated_regain_is_counted(void **state)
{
	static const struct expectation fields[] = {
		{"event.kind", "\"event\""},
		{"event.severity", "0"},
		{"uidzero.regained", "true"},
		{"uidzero.repeated", "3"},
	};
	struct finding finding = samples.findings[SAMPLE_GAIN_BY_CALL];

	(void)state;
	finding.is_regain = true;
	finding.repeated = 3;
	finding.is_alert = false;
	finding.severity = SEVERITY_INFO;
	ASSERT_FIELDS(&finding, fields);
}

/* The list of them is a promise, and the kernel side has it as a mask. */
static void the_documentation_lists_the_root_equivalent_capabilities(void **state)
{
	static char docs[1 << 20];
	FILE *file = fopen("docs/events.md", "re");
	char *section, *end;
	size_t size;

	(void)state;
	if (!file)
		skip();
	size = fread(docs, 1, sizeof(docs) - 1, file);
	fclose(file);
	docs[size] = '\0';
	section = strstr(docs, "## Root-equivalent capabilities\n");
	assert_non_null(section);
	end = strstr(section + 1, "\n## ");
	assert_non_null(end);
	*end = '\0';
	for (unsigned bit = 0; bit < 64 && capability_name(bit); bit++) {
		char row[64];

		snprintf(row, sizeof(row), "| `%s` |", capability_name(bit));
		if (!!strstr(section, row) != (ROOT_EQUIVALENT_CAPS >> bit & 1))
			fail_msg("%s is %s", capability_name(bit), strstr(section, row) ? "listed" : "not listed");
	}
}

static void lifecycle_lines_need_no_process(void **state)
{
	static const struct expectation start_fields[] = {
		{"event.action", "\"container_start\""},
		{"event.type", "[\"start\"]"},
		{"process.pid", "123"},
		{"uidzero.identity.observed", "\"0:0\""},
		{"uidzero.risk",
		 "{\"no_new_privs\":false,\"seccomp\":true,\"user_namespace\":false,\"read_only_root\":false,"
		 "\"added_capabilities\":[\"CAP_NET_ADMIN\"],\"host_namespaces\":[\"network\",\"cgroup\"],\"mounts\":["
		 "{\"source\":\"/etc/ssl/private/shop.key\",\"destination\":\"/shop.key\",\"writable\":false,"
		 "\"uid\":\"0\",\"gid\":\"0\",\"mode\":\"0600\",\"needs_root\":true},"
		 "{\"source\":\"/srv/shop\",\"destination\":\"/srv\",\"writable\":true,"
		 "\"uid\":\"1000\",\"gid\":\"1000\",\"mode\":\"0755\",\"needs_root\":false}]}"},
	};
	static const struct expectation stop_fields[] = {
		{"event.action", "\"container_stop\""},
		{"event.type", "[\"end\"]"},
		{"process", NULL},
		{"user", NULL},
		{"container.name", "\"web\""},
		{"message", "\"container web (docker.io/library/nginx:1.25) stopped\""},
	};
	static const struct expectation metadata_fields[] = {
		{"event.kind", "\"state\""},
		{"event.category", "[\"configuration\"]"},
		{"event.type", "[\"info\"]"},
		{"event.action", "\"metadata\""},
		{"process", NULL},
		{"container.name", "\"web\""},
		{"uidzero.metadata", "\"complete\""},
		{"message", "\"container web (docker.io/library/nginx:1.25) is better known now\""},
	};
	static const struct expectation agent_fields[] = {
		{"event.action", "\"agent_start\""},
		{"container", NULL},
		{"uidzero.agent", "{\"kernel\":\"6.12.48+deb13-amd64\",\"cgroup_mode\":\"v2\",\"hooks\":"
				  "[\"tp_btf/sched_process_exec\",\"fentry/commit_creds\"]}"},
	};
	static const struct expectation end_fields[] = {
		{"event.action", "\"agent_stop\""},
		{"uidzero.agent", NULL},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_CONTAINER_START], start_fields);
	ASSERT_FIELDS(&samples.findings[SAMPLE_CONTAINER_STOP], stop_fields);
	ASSERT_FIELDS(&samples.findings[SAMPLE_METADATA], metadata_fields);
	ASSERT_FIELDS(&samples.findings[SAMPLE_AGENT_START], agent_fields);
	ASSERT_FIELDS(&samples.findings[SAMPLE_AGENT_STOP], end_fields);
}

static void a_loss_is_counted_by_kind_and_cpu(void **state)
{
	static const struct expectation fields[] = {
		{"event.kind", "\"pipeline_error\""},
		{"event.action", "\"events_lost\""},
		{"event.start", "\"2024-11-22T00:59:58.000000000Z\""},
		{"event.end", "\"2024-11-22T01:00:01.000000000Z\""},
		{"uidzero.lost", "{\"total\":12,\"by_kind\":{\"exec\":9,\"lifecycle\":3},\"by_cpu\":[4,8],\"reason\":"
				 "\"ring full\"}"},
		{"message", "\"12 events were lost: ring full\""},
	};

	(void)state;
	ASSERT_FIELDS(&samples.findings[SAMPLE_LOSS], fields);
}

static void unknown_credentials_are_left_out(void **state)
{
	static const struct expectation fields[] = {
		{"process.user", NULL}, {"process.thread.capabilities", NULL},
		{"user", NULL},         {"group", NULL},
		{"uidzero.ns", NULL},   {"uidzero.fsuid", NULL},
		{"process.pid", "123"}, {"uidzero.identity.resolved", "\"0:0\""},
	};
	struct process_event *event = samples__event(&samples, SAMPLE_EXEC_ROOT);

	(void)state;
	event->after.is_known = 0;
	ASSERT_FIELDS(&samples.findings[SAMPLE_EXEC_ROOT], fields);
	event->after.is_known = 1;
}

static void every_empty_argument_is_kept(void **state)
{
	static const struct {
		struct span args;
		uint32_t full_size;
		const char *list, *truncated;
	} cases[] = {
		{SPAN("a\0\0b\0\0"), 0, "[\"a\",\"\",\"b\",\"\"]", NULL},
		{SPAN("\0"), 0, "[\"\"]", NULL},
		{SPAN("a\0b"), 0, "[\"a\",\"b\"]", NULL},
		{SPAN("a\0bc\0"), 10, "[\"a\",\"bc\"]", "true"},
		{SPAN("a\0b\xe6\xbc\0"), 10, "[\"a\",\"b\"]", "true"},
		{SPAN(""), 10, NULL, "true"},
		{SPAN(""), 0, NULL, NULL},
	};
	struct finding finding = samples.findings[SAMPLE_EXEC_ROOT];
	struct process_view process = *finding.process;
	struct process_event *event = samples__event(&samples, SAMPLE_EXEC_ROOT);
	uint32_t full_size = event->args_full_size;

	(void)state;
	finding.process = &process;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json;

		process.args = cases[i].args;
		event->args_full_size = cases[i].full_size ? cases[i].full_size : cases[i].args.size;
		json = encode(&finding);
		assert_field(json, "process.args", cases[i].list);
		assert_field(json, "uidzero.args_truncated", cases[i].truncated);
		assert_field(json, "uidzero.args_size", cases[i].truncated ? "10" : NULL);
		assert_field(json, "uidzero.lossy_text", NULL);
		json_decref(json);
	}
	event->args_full_size = full_size;
}

static void text_that_is_no_utf8_is_said_to_be_lossy(void **state)
{
	struct finding finding = samples.findings[SAMPLE_EXEC_ROOT];
	struct process_view process = *finding.process;
	json_t *json;

	(void)state;
	finding.process = &process;
	process.args = SPAN("sh\0\xff\x1b[2J\0");
	json = encode(&finding);
	assert_field(json, "uidzero.lossy_text", "true");
	assert_string_equal(json_string_value(json_array_get(at(json, "process.args"), 1)), "\xef\xbf\xbd\x1b[2J");
	json_decref(json);
}

static void the_same_record_gives_the_same_ids(void **state)
{
	struct process_event *event = samples__event(&samples, SAMPLE_EXEC_ROOT);
	struct finding other = samples.findings[SAMPLE_EXEC_ROOT];
	json_t *first = encode(&samples.findings[SAMPLE_EXEC_ROOT]), *second;
	const char *id = json_string_value(at(first, "event.id"));
	const char *entity_id = json_string_value(at(first, "process.entity_id"));

	(void)state;
	assert_int_equal(strlen(id), 32);
	assert_int_equal(strlen(entity_id), 32);
	assert_string_not_equal(entity_id, json_string_value(at(first, "process.parent.entity_id")));

	other.sequence++;
	second = encode(&other);
	assert_string_equal(id, json_string_value(at(second, "event.id")));
	json_decref(second);

	event->header.seq++;
	second = encode(&other);
	assert_string_not_equal(id, json_string_value(at(second, "event.id")));
	assert_string_equal(entity_id, json_string_value(at(second, "process.entity_id")));
	event->header.seq--;
	json_decref(second);

	/* A child's parent is named as the parent names itself. */
	event->task.parent_tgid = event->task.tgid;
	event->task.parent_start_ns = event->task.start_ns;
	second = encode(&other);
	assert_string_equal(entity_id, json_string_value(at(second, "process.parent.entity_id")));
	event->task.parent_tgid = 100;
	event->task.parent_start_ns = 3600000000000ULL;
	json_decref(second);
	json_decref(first);
}

/* Labels and names of control characters only, and as many arguments as there can be. */
static void an_image_by_its_id_has_all_tags(void **state)
{
	static const struct expectation fields[] = {
		{"container.image.name", NULL},
		{"container.image.tag", "[\"1\",\"2\"]"},
		{"container.image.hash.all", "[\"sha256:" IMAGE_HEX "\"]"},
		{"uidzero.container.image_references", "[\"a:1\",\"b:1\",\"b:2\"]"},
		{"uidzero.container.image_references_omitted", NULL},
		{"uidzero.container.isolation", "\"vm\""},
		{"uidzero.container.unclaimed", "true"},
		{"uidzero.identity.observed", NULL},
		{"message", "\"container pidns-4026532250 (a248d349883e, tagged a:1 and 2 more) stopped\""},
	};
	char *references[] = {(char *)"a:1", (char *)"b:1", (char *)"b:2"};
	struct container container = {
		.is_unclaimed = true,
		.observed = {.is_known = true},
		.facts = {.identity = {.id = "pidns-4026532250"},
			  .image_id = (char *)"sha256:" IMAGE_HEX,
			  .image_references = references,
			  .nr_image_references = 3,
			  .isolation = ISOLATION_VM},
	};
	struct finding finding = samples.findings[SAMPLE_CONTAINER_STOP];

	(void)state;
	finding.container = &container;
	ASSERT_FIELDS(&finding, fields);
	free(container.encoded);
}

static void a_line_always_fits(void **state)
{
	static char hostile_text[FACTS_STRING_MAX], hostile_args[EVENT_ARGS_MAX], path[EVENT_PATH_MAX];
	static struct facts_label labels[FACTS_LABELS_MAX];
	static struct facts_mount mounts[FACTS_MOUNTS_MAX];
	static char user_name[65], *references[FACTS_TAGS_MAX];
	uint32_t uid = 0;
	char keys[FACTS_LABELS_MAX][8];
	struct finding finding = samples.findings[SAMPLE_GAIN_BY_FILE];
	struct process_view process = *finding.process;
	struct container container = {
		.number = 9,
		.cgroup_path = hostile_text,
		.facts = {.name = hostile_text,
			  .image_name = hostile_text,
			  .image_tag = hostile_text,
			  .image_id = hostile_text,
			  .image_references = references,
			  .nr_image_references = FACTS_TAGS_MAX,
			  .isolation = ISOLATION_GVISOR,
			  .declared_user = hostile_text,
			  .requested_user = hostile_text,
			  .resolved_user = hostile_text,
			  .pod_name = hostile_text,
			  .pod_namespace = hostile_text,
			  .pod_uid = hostile_text,
			  .kubernetes_container = hostile_text,
			  .users = {true, 1, &uid, user_name},
			  .risk = {.is_known = true,
				   .added_capabilities = UINT64_MAX,
				   .host_namespaces = UINT32_MAX,
				   .mounts = mounts,
				   .nr_mounts = FACTS_MOUNTS_MAX,
				   .nr_mounts_dropped = 5},
			  .labels = labels,
			  .nr_labels = FACTS_LABELS_MAX},
	};
	struct finding start;
	json_t *json;

	(void)state;
	memset(hostile_text, 1, sizeof(hostile_text) - 1);
	memset(hostile_args, 2, sizeof(hostile_args) - 1);
	memset(path, 3, sizeof(path) - 1);
	memset(container.facts.identity.id, 4, sizeof(container.facts.identity.id) - 1);
	for (size_t i = 0; i < FACTS_LABELS_MAX; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		labels[i] = (struct facts_label){keys[i], hostile_text};
	}
	for (size_t i = 0; i < FACTS_TAGS_MAX; i++)
		references[i] = hostile_text;
	memset(user_name, 5, sizeof(user_name) - 1);
	for (size_t i = 0; i < FACTS_MOUNTS_MAX; i++)
		mounts[i] = (struct facts_mount){hostile_text, hostile_text, true, true, 0, 0, 0100600};
	process.args = (struct span){hostile_args, sizeof(hostile_args)};
	process.executable = process.cwd = (struct span){path, sizeof(path)};
	process.filename = (struct span){path, sizeof(path) - 1};
	((struct process_event *)process.event)->file.flags |= FILE_SCRIPT;
	((struct process_event *)process.event)->args_full_size = sizeof(hostile_args);
	finding.process = &process;
	finding.container = &container;

	json = encode(&finding);
	assert_field(json, "uidzero.args_truncated", "true");
	assert_field(json, "uidzero.args_size", "8192");
	assert_true(json_integer_value(at(json, "uidzero.container.labels_omitted")) > 0);
	assert_field(json, "process.pid", "140");
	assert_int_equal(json_array_size(at(json, "uidzero.container.image_references")) +
				 (size_t)json_integer_value(at(json, "uidzero.container.image_references_omitted")),
			 FACTS_TAGS_MAX);
	json_decref(json);
	start = finding;
	start.kind = FINDING_CONTAINER_START;
	json = encode(&start);
	assert_true(json_array_size(at(json, "uidzero.risk.mounts")) > 0);
	assert_int_equal(json_array_size(at(json, "uidzero.risk.mounts")) +
				 (size_t)json_integer_value(at(json, "uidzero.risk.mounts_omitted")),
			 FACTS_MOUNTS_MAX + 5);
	json_decref(json);
	free(container.encoded);

	memset(hostile_args, 0, sizeof(hostile_args));
	finding.container = samples.findings[SAMPLE_GAIN_BY_FILE].container;
	json = encode(&finding);
	assert_int_equal(json_array_size(at(json, "process.args")), EVENT_ARGS_MAX);
	json_decref(json);
	samples__destroy(&samples);
	samples__init(&samples);
}

static void a_huge_count_of_cpus_still_fits(void **state)
{
	static uint64_t by_cpu[8192];
	struct loss_facts loss = *samples.findings[SAMPLE_LOSS].loss;
	struct finding finding = samples.findings[SAMPLE_LOSS];
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(by_cpu) / sizeof(by_cpu[0]); i++)
		by_cpu[i] = 1ULL << 50;
	loss.nr_cpus = sizeof(by_cpu) / sizeof(by_cpu[0]);
	loss.by_cpu = by_cpu;
	finding.loss = &loss;
	json = encode(&finding);
	assert_field(json, "uidzero.lost.total", "12");
	assert_field(json, "uidzero.lost.by_cpu", NULL);
	json_decref(json);
}

static void a_small_buffer_gets_a_shorter_line_or_none(void **state)
{
	struct finding finding = samples.findings[SAMPLE_EXEC_ROOT];
	struct process_view process = *finding.process;
	static char args[4096];
	bool has_fitted = false;

	(void)state;
	finding.process = &process;
	memset(args, 'a', sizeof(args));
	process.args = (struct span){args, sizeof(args)};
	((struct process_event *)process.event)->args_full_size = sizeof(args);
	for (size_t capacity = 0; capacity < 12000; capacity += 97) {
		char *small = malloc(capacity ? capacity : 1);
		long size;

		assert_non_null(small);
		size = encoder__encode(encoder, &finding, (struct container *)finding.container, small, capacity);
		if (size == -ENOSPC) {
			assert_false(has_fitted);
		} else {
			assert_true(size > 0 && (size_t)size <= capacity);
			has_fitted = true;
			json_decref(parse_line(small, size));
		}
		free(small);
	}
	assert_true(has_fitted);
	samples__destroy(&samples);
	samples__init(&samples);
}

static void labels_become_one_member_each(void **state)
{
	static const struct {
		char *key, *value;
	} given[] = {{"a.b", "first"}, {"a_b", "second"}, {"", "x"}, {"a", "v"}, {"q\"\n", "w"}, {"none", ""}};
	struct facts_label labels[6];
	struct container container = {.number = 3, .facts = {.labels = labels, .nr_labels = 6, .is_privileged = -1}};
	struct finding finding = samples.findings[SAMPLE_CONTAINER_STOP];
	json_t *json;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		labels[i] = (struct facts_label){given[i].key, given[i].value};
	finding.container = &container;
	json = encode(&finding);
	assert_field(json, "container.labels", "{\"a_b\":\"first\",\"a\":\"v\",\"q\\\"\\n\":\"w\"}");
	assert_field(json, "uidzero.container.labels_omitted", "3");
	assert_field(json, "container.security_context", NULL);
	assert_field(json, "container.id", NULL);
	json_decref(json);
	free(container.encoded);
}

static void capability_bits_without_a_name_are_numbers(void **state)
{
	static struct capabilities_cache cache;
	struct span elements;

	(void)state;
	elements = capabilities_elements(&cache, 1ULL << 21 | 1ULL << 40 | 1ULL << 41 | 1ULL << 63);
	assert_int_equal(elements.size, strlen("\"CAP_SYS_ADMIN\",\"CAP_CHECKPOINT_RESTORE\",\"41\",\"63\""));
	assert_memory_equal(elements.data, "\"CAP_SYS_ADMIN\",\"CAP_CHECKPOINT_RESTORE\",\"41\",\"63\"", elements.size);
	assert_int_equal(capabilities_elements(&cache, 0).size, 0);
	/* More sets than are kept, twice. */
	for (int round = 0; round < 2; round++) {
		for (unsigned bit = 0; bit < 64; bit++)
			assert_true(capabilities_elements(&cache, 1ULL << bit).size >= 4);
	}
	/* All bits fit. */
	elements = capabilities_elements(&cache, UINT64_MAX);
	assert_memory_equal(elements.data + elements.size - 5, ",\"63\"", 5);
}

static void dates_are_those_of_the_calendar(void **state)
{
	static const uint64_t days[] = {0, 58, 59, 365, 789, 11016, 11017, 19782, 19783, 20148, 47540, 47541, 213502};
	struct day_cache cache = {0};
	uint64_t seed = 0xda7e;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t seconds = round < 13 ? days[round] * 86400 + 86399 : sample_random(&seed) % 18446744073ULL;
		time_t when = seconds;
		struct tm parts;
		char expected[64], text[TIMESTAMP_SIZE + 1] = {0};

		assert_non_null(gmtime_r(&when, &parts));
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000789Z", &parts);
		timestamp_write(&cache, seconds * 1000000000ULL + 789, text);
		assert_string_equal(text, expected);
	}
}

/* Whatever the records say, a line is strict JSON; what a hostile process can choose is all chosen at random. */
static void random_records_become_strict_json(void **state)
{
	static uint64_t buffer[(PROCESS_EVENT_MAX + 7) / 8];
	uint64_t seed = 0xec5;
	unsigned encoded = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct process_event *event = (struct process_event *)buffer;
		struct finding finding = samples.findings[sample_random(&seed) % SAMPLE_WITH_PROCESS_END];
		struct process_event source = *finding.process->event;
		struct sample_strings strings = {.args = {NULL, 0}};
		char args[96], name[24];
		struct event_view view;

		for (size_t i = 0; i < sizeof(args); i++)
			args[i] = sample_random(&seed) >> 30;
		for (size_t i = 0; i < sizeof(name) - 1; i++)
			name[i] = 1 + (sample_random(&seed) >> 30) % 255;
		name[sizeof(name) - 1] = '\0';
		for (size_t i = 0; i < EVENT_COMM_SIZE - 1; i++)
			source.task.comm[i] = sample_random(&seed) >> 30;
		source.after.cap_effective = sample_random(&seed) << 32 | sample_random(&seed);
		source.userns.nr_extents = sample_random(&seed) % 8;
		source.after.userns_level = sample_random(&seed) % 3;
		source.task.seccomp_mode = sample_random(&seed) % 5;
		source.task.tty_major = sample_random(&seed) % 3;
		source.file.flags = sample_random(&seed) % 64;
		source.args_full_size = sample_random(&seed) % 200;
		strings.args = (struct span){args, sample_random(&seed) % sizeof(args)};
		strings.executable = strings.cwd = strings.filename = (struct span){name, sizeof(name)};
		assert_int_equal(event_decode(buffer, sample_process(&source, &strings, event), &view), 0);
		finding.process = &view.process;
		json_decref(encode(&finding));
		encoded++;
	}
	assert_int_equal(encoded, 20000);
}

/* A sample that the encoder no longer writes would mislead; tests run where docs/ is. */
static void the_documentation_shows_these_lines(void **state)
{
	static char docs[1 << 20];
	FILE *file = fopen("docs/events.md", "re");
	size_t size;

	(void)state;
	if (!file)
		skip();
	size = fread(docs, 1, sizeof(docs) - 1, file);
	fclose(file);
	docs[size] = '\0';
	for (int i = 0; i < SAMPLES_END; i++) {
		json_decref(encode(&samples.findings[i]));
		*strchr(line, '\n') = '\0';
		if (!strstr(docs, line))
			fail_msg("docs/events.md lacks: %s", line);
	}
}

static void ids_are_written_in_hexadecimal(void **state)
{
	char text[STABLE_ID_SIZE + 1] = {0};

	(void)state;
	stable_id_write((struct stable_id){0x0123456789abcdefULL, 0xfedcba9876543210ULL}, text);
	assert_string_equal(text, "0123456789abcdeffedcba9876543210");
}

/* For people and for tests/ecs: `test_ecs --print` writes a line per finding and no more. */
static int print_lines(void)
{
	samples__init(&samples);
	if (encoder__new(ENCODER_ECS, &sample_context, &encoder) != 0)
		return 1;
	for (int i = 0; i < SAMPLES_END; i++) {
		const struct finding *finding = &samples.findings[i];
		long size =
			encoder__encode(encoder, finding, (struct container *)finding->container, line, sizeof(line));

		if (size < 0 || fwrite(line, 1, size, stdout) != (size_t)size)
			return 1;
	}
	encoder__free(encoder);
	samples__destroy(&samples);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_exec_tells_all_that_is_known),
		cmocka_unit_test(a_gain_by_a_file_is_one_alert),
		cmocka_unit_test(a_host_exec_names_its_technique),
		cmocka_unit_test(a_file_written_in_the_container_is_told),
		cmocka_unit_test(a_gain_by_a_call_is_a_change),
		cmocka_unit_test(a_drop_says_whether_it_is_complete),
		cmocka_unit_test(a_drop_says_what_it_kept),
		cmocka_unit_test(root_that_is_kept_has_its_action),
		cmocka_unit_test(the_uid_that_is_the_hosts_root_is_shown),
		cmocka_unit_test(drop_of_one_thread_names_the_other),
		cmocka_unit_test(a_mapped_root_is_shown_by_both_its_uids),
		cmocka_unit_test(other_changes_have_their_action),
		cmocka_unit_test(a_change_of_capabilities_has_the_sets_before),
		cmocka_unit_test(a_change_by_a_file_is_an_exec),
		cmocka_unit_test(a_repeated_regain_is_counted),
		cmocka_unit_test(the_documentation_lists_the_root_equivalent_capabilities),
		cmocka_unit_test(lifecycle_lines_need_no_process),
		cmocka_unit_test(a_loss_is_counted_by_kind_and_cpu),
		cmocka_unit_test(unknown_credentials_are_left_out),
		cmocka_unit_test(every_empty_argument_is_kept),
		cmocka_unit_test(text_that_is_no_utf8_is_said_to_be_lossy),
		cmocka_unit_test(the_same_record_gives_the_same_ids),
		cmocka_unit_test(an_image_by_its_id_has_all_tags),
		cmocka_unit_test(a_line_always_fits),
		cmocka_unit_test(a_huge_count_of_cpus_still_fits),
		cmocka_unit_test(a_small_buffer_gets_a_shorter_line_or_none),
		cmocka_unit_test(labels_become_one_member_each),
		cmocka_unit_test(capability_bits_without_a_name_are_numbers),
		cmocka_unit_test(dates_are_those_of_the_calendar),
		cmocka_unit_test(random_records_become_strict_json),
		cmocka_unit_test(ids_are_written_in_hexadecimal),
		cmocka_unit_test(the_documentation_shows_these_lines),
	};

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return print_lines();
	return cmocka_run_group_tests_name("ecs", tests, set_up, tear_down);
}
