/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration file gives, and the one sentence that a wrong one gets; keeps its documentation in agreement. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/config.h"

#define TOP_KEYS      "outputs, allow, verdict, exceptions, socket, host_root, rings, roots"
#define IMAGE_ID      "sha256:1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d0c1b2a3f4e5d6c7b8a9f0e1d2c"
#define DOCUMENTATION "docs/configuration.md"
#define EXAMPLE       "deploy/uidzero.yaml"

/* Loads text as if it were a file, whose path is put at ret_path. */
static int load(const char *text, size_t size, struct config **ret_config, char **ret_error, char ret_path[64])
{
	_cleanup_close_ int fd = memfd_create("config", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
	return config__load(ret_path, ret_config, ret_error);
}

static struct config *load_good(const char *text)
{
	struct config *config = NULL;
	char *error, path[64];

	if (load(text, strlen(text), &config, &error, path))
		fail_msg("%s", error);
	assert_null(error);
	return config;
}

/* The sentence without the file's name, so that it begins with the line; the caller frees. */
static char *load_bad(const char *text, size_t size)
{
	char *error = NULL, *sentence, path[64];
	struct config *config = NULL;

	assert_int_equal(load(text, size, &config, &error, path), -EINVAL);
	assert_null(config);
	assert_non_null(error);
	assert_memory_equal(error, path, strlen(path));
	assert_int_equal(error[strlen(path)], ':');
	sentence = strdup(error + strlen(path) + 1);
	free(error);
	assert_non_null(sentence);
	return sentence;
}

static void no_file_gives_the_defaults(void **state)
{
	static const char *const texts[] = {
		"",
		"# nothing\n",
		"---\n",
		"~\n",
		"{}\n",
		"outputs:\nallow:\nrings:\nroots:\n  docker:\n",
		"verdict:\nexceptions:\n",
		"verdict:\n  grace_by_image:\n",
		"outputs: []\n",
	};
	struct config *config;
	char *error;

	(void)state;
	for (size_t i = 0; i <= sizeof(texts) / sizeof(texts[0]); i++) {
		if (i == 0)
			assert_int_equal(config__load(NULL, &config, &error), 0);
		else
			config = load_good(texts[i - 1]);
		assert_int_equal(config->outputs_count, 1);
		assert_int_equal(config->outputs[0].type, OUTPUT_STDOUT);
		assert_int_equal(config->allow_count, 0);
		assert_int_equal(config->grace_s, 10);
		assert_int_equal(config->grace_count, 0);
		assert_int_equal(config->exceptions_count, 0);
		assert_string_equal(config->socket, "/run/uidzero/agent.sock");
		assert_string_equal(config->host_root, "");
		assert_int_equal(config->events_ring_kib, 4096);
		assert_int_equal(config->alerts_ring_kib, 1024);
		assert_int_equal(config->docker_roots_count + config->containerd_roots_count +
					 config->runc_roots_count + config->podman_roots_count +
					 config->lxc_roots_count,
				 0);
		config__free(config);
	}
	config__free(NULL);
}

static void every_key_is_loaded(void **state)
{
	struct config *config = load_good("outputs:\n"
					  "  - type: file\n"
					  "    path: /var/log/uidzero/events.json\n"
					  "    max_size: 10M\n"
					  "    keep: 3\n"
					  "  - {type: file, path: /b}\n"
					  "  - type: stdout\n"
					  "allow:\n"
					  "  - image: \"registry.example/tool:*\"\n"
					  "    container: tool\n"
					  "    label: app=tool\n"
					  "    executable: /usr/sbin/cron\n"
					  "    uid: 0\n"
					  "    reason: 'needs it: \"yes\"'\n"
					  "  - container: 12\n"
					  "host_root: /host/\n"
					  "rings: {events_kib: 64, alerts_kib: 1048576}\n"
					  "roots:\n"
					  "  docker: [/a, /b//]\n"
					  "  containerd: [/c]\n"
					  "  runc: [/d]\n"
					  "  podman: [/e]\n"
					  "  lxc: [/f]\n");
	const struct config_allow *allow = config->allow;

	(void)state;
	assert_int_equal(config->outputs_count, 3);
	assert_int_equal(config->outputs[0].type, OUTPUT_FILE);
	assert_string_equal(config->outputs[0].path, "/var/log/uidzero/events.json");
	assert_int_equal(config->outputs[0].max_size, 10 << 20);
	assert_int_equal(config->outputs[0].keep, 3);
	assert_int_equal(config->outputs[1].max_size, CONFIG_DEFAULT_MAX_SIZE);
	assert_int_equal(config->outputs[1].keep, CONFIG_DEFAULT_KEEP);
	assert_int_equal(config->outputs[2].type, OUTPUT_STDOUT);
	assert_int_equal(config->allow_count, 2);
	assert_string_equal(allow[0].image, "registry.example/tool:*");
	assert_string_equal(allow[0].container, "tool");
	assert_string_equal(allow[0].label, "app=tool");
	assert_string_equal(allow[0].executable, "/usr/sbin/cron");
	assert_int_equal(*allow[0].uid, 0);
	assert_string_equal(allow[0].reason, "needs it: \"yes\"");
	assert_string_equal(allow[1].container, "12");
	assert_null(allow[1].uid);
	assert_null(allow[1].image);
	assert_string_equal(allow[1].reason, "allow[1]");
	assert_string_equal(config->host_root, "/host");
	assert_int_equal(config->events_ring_kib, 64);
	assert_int_equal(config->alerts_ring_kib, 1 << 20);
	assert_int_equal(config->docker_roots_count, 2);
	assert_string_equal(config->docker_roots[1], "/b");
	assert_string_equal(config->containerd_roots[0], "/c");
	assert_string_equal(config->runc_roots[0], "/d");
	assert_string_equal(config->podman_roots[0], "/e");
	assert_string_equal(config->lxc_roots[0], "/f");
	config__free(config);
}

static void every_key_of_verdicts_is_loaded(void **state)
{
	struct config *config = load_good("verdict:\n"
					  "  grace: 0\n"
					  "  grace_by_image:\n"
					  "    - {image: 'a:*', grace: 60m}\n"
					  "    - {image: " IMAGE_ID ", grace: 3s}\n"
					  "exceptions:\n"
					  "  - name: legacy\n"
					  "    image: " IMAGE_ID "\n"
					  "    container: c\n"
					  "    pod: p\n"
					  "    namespace: n\n"
					  "    label: l=*\n"
					  "    executable: /e\n"
					  "    owner: o\n"
					  "    reason: r\n"
					  "    expires: 2027-01-31\n"
					  "  - {pod: q, owner: 1, reason: 2, expires: '1970-01-01'}\n"
					  "socket: /s\n");
	const struct config_exception *exception = config->exceptions;

	(void)state;
	assert_int_equal(config->grace_s, 0);
	assert_int_equal(config->grace_count, 2);
	assert_string_equal(config->grace[0].image, "a:*");
	assert_int_equal(config->grace[0].seconds, 3600);
	assert_string_equal(config->grace[1].image, IMAGE_ID);
	assert_int_equal(config->grace[1].seconds, 3);
	assert_int_equal(config->exceptions_count, 2);
	assert_string_equal(exception->name, "legacy");
	assert_string_equal(exception->image, IMAGE_ID);
	assert_string_equal(exception->container, "c");
	assert_string_equal(exception->pod, "p");
	assert_string_equal(exception->namespace, "n");
	assert_string_equal(exception->label, "l=*");
	assert_string_equal(exception->executable, "/e");
	assert_string_equal(exception->owner, "o");
	assert_string_equal(exception->reason, "r");
	assert_string_equal(exception->expires, "2027-01-31");
	assert_int_equal(exception->expires_s, 1801440000); /* 2027-02-01T00:00:00Z */
	exception++;
	assert_string_equal(exception->name, "exceptions[1]");
	assert_string_equal(exception->pod, "q");
	assert_null(exception->image);
	assert_null(exception->container);
	assert_null(exception->namespace);
	assert_null(exception->label);
	assert_null(exception->executable);
	assert_int_equal(exception->expires_s, 86400);
	assert_string_equal(config->socket, "/s");
	config__free(config);
}

static void the_socket_can_be_none(void **state)
{
	static const char *const texts[] = {"socket: off\n", "socket: ''\n", "socket: \"off\"\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct config *config = load_good(texts[i]);

		assert_string_equal(config->socket, "");
		config__free(config);
	}
}

static void a_mistake_gets_one_sentence_with_its_line_and_what_was_expected(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"allow:\n  - imgae: x\n",
		 "2: unknown key \"imgae\" in \"allow[0]\"; expected one of: image, container, label, "
		 "executable, uid, reason"},
		{"# a\n\nimgae: x\n", "3: unknown key \"imgae\" in the configuration; expected one of: " TOP_KEYS},
		{"<<: x\n", "1: unknown key \"<<\" in the configuration; expected one of: " TOP_KEYS},
		{"rings:\n  ? [a]\n  : x\n",
		 "2: \"rings\" has a list for a key; expected one of: events_kib, alerts_kib"},
		{"host_root: /a\nhost_root: /b\n", "2: the key \"host_root\" stands twice in the configuration"},

		{"[]\n", "1: the configuration is a list; expected a mapping with the keys: " TOP_KEYS},
		{"allow: all\n", "1: \"allow\" is text; expected a list"},
		{"allow:\n  image: x\n", "2: \"allow\" is a mapping; expected a list"},
		{"allow:\n  - x\n",
		 "2: \"allow[0]\" is text; expected a mapping with the keys: image, container, label, "
		 "executable, uid, reason"},
		{"rings: 5\n", "1: \"rings\" is text; expected a mapping with the keys: events_kib, alerts_kib"},
		{"host_root: [/a]\n", "1: \"host_root\" is a list; expected text"},
		{"host_root:\n", "1: \"host_root\" has no value; expected text"},
		{"allow:\n  - image: ~\n", "2: \"allow[0].image\" has no value; expected text"},
		{"allow:\n  - image: ''\n", "2: \"allow[0].image\" is empty; expected text"},
		{"allow:\n  - uid:\n", "2: \"allow[0].uid\" has no value; expected a whole number"},
		{"allow:\n  - uid: {}\n", "2: \"allow[0].uid\" is a mapping; expected a whole number"},

		/* libcyaml alone takes 5 for the second and 8 for the third. */
		{"allow:\n  - image: x\n    uid: root\n",
		 "3: \"allow[0].uid\" is \"root\"; expected a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - uid: 5x\n",
		 "2: \"allow[0].uid\" is \"5x\"; expected a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - uid: 010\n",
		 "2: \"allow[0].uid\" is \"010\"; expected a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - uid: -1\n",
		 "2: \"allow[0].uid\" is \"-1\"; expected a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - uid: 0x10\n",
		 "2: \"allow[0].uid\" is \"0x10\"; expected a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - uid: 4294967296\n",
		 "2: \"allow[0].uid\" is \"4294967296\"; expected a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - uid: 18446744073709551616\n", "2: \"allow[0].uid\" is \"18446744073709551616\"; expected "
							    "a whole number from 0 to 4294967295, in decimal"},
		{"allow:\n  - image: x\n\n  - reason: because\n",
		 "4: \"allow[1]\" would match everything; expected at least one "
		 "of: image, container, label, executable, uid"},
		{"allow:\n  - label: =x\n", "2: \"allow[0].label\" is \"=x\"; expected \"key\" or \"key=pattern\""},

		{"allow:\n  - image: sha256:12\n",
		 "2: \"allow[0].image\" is \"sha256:12\"; expected a pattern, or sha256: and the 64 hexadecimal digits "
		 "of an image's id"},

		{"verdict: 10s\n", "1: \"verdict\" is text; expected a mapping with the keys: grace, grace_by_image"},
		{"verdict:\n  grace: -1\n",
		 "2: \"verdict.grace\" is \"-1\"; expected at most 3600 seconds, such as 10s, 2m or 10"},
		{"verdict:\n  grace: 3601\n",
		 "2: \"verdict.grace\" is \"3601\"; expected at most 3600 seconds, such as 10s, 2m or 10"},
		{"verdict:\n  grace_by_image:\n  - image: x\n    grace: 1h\n",
		 "4: \"verdict.grace_by_image[0].grace\" is \"1h\"; expected at most 3600 seconds, such as 10s, 2m or "
		 "10"},
		{"verdict:\n  grace_by_image:\n  - image: x\n",
		 "3: \"verdict.grace_by_image[0]\" lacks the key \"grace\""},
		{"verdict:\n  grace_by_image:\n  - grace: 1\n",
		 "3: \"verdict.grace_by_image[0]\" lacks the key \"image\""},
		{"verdict:\n  grace_by_image:\n  - grace: 1\n    image: sha256:*\n",
		 "4: \"verdict.grace_by_image[0].image\" is \"sha256:*\"; expected a pattern, or sha256: and the 64 "
		 "hexadecimal digits of an image's id"},

		{"exceptions:\n- {image: x, reason: x, expires: 2027-01-31}\n",
		 "2: \"exceptions[0]\" lacks the key \"owner\""},
		{"exceptions:\n- {image: x, owner: x, expires: 2027-01-31}\n",
		 "2: \"exceptions[0]\" lacks the key \"reason\""},
		{"exceptions:\n- {image: x, owner: x, reason: x}\n", "2: \"exceptions[0]\" lacks the key \"expires\""},
		{"exceptions:\n- owner: x\n  reason: ''\n", "3: \"exceptions[0].reason\" is empty; expected text"},
		{"exceptions:\n- uid: 0\n", "2: unknown key \"uid\" in \"exceptions[0]\"; expected one of: name, "
					    "image, container, pod, namespace, "
					    "label, executable, owner, reason, expires"},
		{"exceptions:\n- {name: x, owner: x, reason: x, expires: 2027-01-31}\n",
		 "2: \"exceptions[0]\" would match everything; expected at least one of: image, container, pod, "
		 "namespace, label, executable"},
		{"exceptions:\n- owner: x\n  reason: x\n  expires: 2027-01-31\n  label: =x\n",
		 "5: \"exceptions[0].label\" is \"=x\"; expected \"key\" or \"key=pattern\""},
		{"exceptions:\n- owner: x\n  reason: x\n  expires: 2027-01-31\n  image: " IMAGE_ID "0\n",
		 "5: \"exceptions[0].image\" is \"" IMAGE_ID
		 "0\"; expected a pattern, or sha256: and the 64 hexadecimal "
		 "digits of an image's id"},
		{"exceptions:\n- {pod: x, owner: x, reason: x, expires: 2027-02-28}\n- pod: x\n  owner: x\n  reason: "
		 "x\n"
		 "  expires: 2027-02-29\n",
		 "6: \"exceptions[1].expires\" is \"2027-02-29\"; expected the last day, such as 2027-01-31"},

		{"socket: agent.sock\n",
		 "1: \"socket\" is \"agent.sock\"; expected the absolute path of a socket, or off for none"},
		{"socket: /run/\n",
		 "1: \"socket\" is \"/run/\"; expected the absolute path of a socket, or off for none"},

		{"outputs:\n  - path: /x\n", "2: \"outputs[0]\" lacks the key \"type\""},
		{"outputs:\n  - type: kafka\n", "2: \"outputs[0].type\" is \"kafka\"; expected one of: stdout, file"},
		{"outputs:\n  - type: 1\n", "2: \"outputs[0].type\" is \"1\"; expected one of: stdout, file"},
		{"outputs:\n  - type: file\n", "2: \"outputs[0]\" is of the type file and lacks the key \"path\""},
		{"outputs:\n  - type: file\n    path: x\n",
		 "3: \"outputs[0].path\" is \"x\"; expected the absolute path of a file"},
		{"outputs:\n  - type: file\n    path: /x/\n",
		 "3: \"outputs[0].path\" is \"/x/\"; expected the absolute path of a file"},
		{"outputs:\n  - type: stdout\n    keep: 3\n",
		 "3: \"outputs[0].keep\" is for outputs of the type file, and this one is stdout"},
		{"outputs:\n  - type: file\n    path: /x\n    max_size: 10MB\n",
		 "4: \"outputs[0].max_size\" is \"10MB\"; expected bytes such as 1048576, 512K, 100M or 1G, or 0"},
		{"outputs:\n  - type: file\n    path: /x\n    max_size: 100\n",
		 "4: \"outputs[0].max_size\" is \"100\", that is 100 bytes; expected at least 4096, or 0 for no bound"},
		{"outputs:\n  - type: file\n    path: /x\n    keep: 1001\n",
		 "4: \"outputs[0].keep\" is 1001; expected at most 1000"},
		{"outputs:\n  - type: stdout\n  - type: stdout\n",
		 "3: \"outputs[1]\" writes to where \"outputs[0]\" writes"},
		{"outputs:\n  - {type: file, path: /x}\n  - {type: file, path: /x}\n",
		 "3: \"outputs[1]\" writes to where \"outputs[0]\" writes"},
		{"outputs: [{type: stdout},{},{},{},{},{},{},{},{}]\n", "1: \"outputs[1]\" lacks the key \"type\""},

		{"rings:\n  events_kib: 1000\n",
		 "2: \"rings.events_kib\" is 1000; expected a power of two from 64 to 1048576"},
		{"rings:\n  events_kib: 0\n",
		 "2: \"rings.events_kib\" is 0; expected a power of two from 64 to 1048576"},
		{"rings:\n  alerts_kib: 2097152\n",
		 "2: \"rings.alerts_kib\" is 2097152; expected a power of two from 64 to 1048576"},
		{"host_root: host\n", "1: \"host_root\" is \"host\"; expected an absolute path"},
		{"roots:\n  lxc:\n  - /a\n  - b\n",
		 "4: \"roots.lxc[1]\" is \"b\"; expected the absolute path of a directory"},
		{"roots:\n  docker: [/]\n",
		 "2: \"roots.docker[0]\" is \"/\"; expected the absolute path of a directory"},

		{"host_root: &a /x\n", "1: YAML anchors and aliases are not supported here; write the value itself"},
		{"host_root: *a\n", "1: YAML anchors and aliases are not supported here; write the value itself"},
		{"host_root: !!str /x\n", "1: YAML tags are not supported here; write the value itself"},
		{"host_root: /a\n---\nhost_root: /b\n", "2: a second YAML document starts here; expected one"},
		{"allow: [\n", "2: no valid YAML: while parsing a flow node, did not find expected node content"},
		{"host_root: /a\n\trings: {}\n",
		 "2: no valid YAML: while scanning a plain scalar, found a tab character that violates indentation"},
		{"host_root: /a\n\nx: \x01\n", "3: no valid YAML: control characters are not allowed"},
		{"host_root: /a\n\xff\n", "2: no valid YAML: invalid leading UTF-8 octet"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *sentence = load_bad(cases[i].text, strlen(cases[i].text));

		assert_string_equal(sentence, cases[i].expected);
		free(sentence);
	}
}

static void what_the_file_holds_reaches_no_terminal_raw(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"\"\\e[2J\\u202e\\n\": x\n", "1: unknown key \"\\x1b[2J\\u{202e}\\n\" in the configuration; expected "
					      "one of: " TOP_KEYS},
		{"host_root: \"\\e]0;x\\a\"\n", "1: \"host_root\" is \"\\x1b]0;x\\x07\"; expected an absolute path"},
		{"host_root: \"/a\\0b\"\n", "1: \"host_root\" holds a NUL byte; expected text without one"},
		{"outputs:\n- type: \"a\\rb\"\n",
		 "2: \"outputs[0].type\" is \"a\\x0db\"; expected one of: stdout, file"},
		/* Cut between characters, and said to be. */
		{"éééééééééééééééééééééééééééééééé: x\n", "1: unknown key \"éééééééééééééééééééééééééééééé...\" in the "
							  "configuration; expected one of: " TOP_KEYS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *sentence = load_bad(cases[i].text, strlen(cases[i].text));

		assert_string_equal(sentence, cases[i].expected);
		free(sentence);
	}
}

static char *repeat(const char *head, const char *unit, unsigned count)
{
	char *text = malloc(strlen(head) + strlen(unit) * count + 1), *at = text;

	assert_non_null(text);
	at = stpcpy(at, head);
	while (count--)
		at = stpcpy(at, unit);
	return text;
}

static void deep_long_and_many_are_refused_quickly(void **state)
{
	static const struct {
		const char *head, *unit;
		unsigned count;
		const char *expected;
	} cases[] = {
		{"allow: ", "[", 500000,
		 "1: \"allow[0]\" is a list; expected a mapping with the keys: image, container, label, "
		 "executable, uid, reason"},
		{"host_root: ", "/", 500000, "1: \"host_root\" is 500000 bytes long; expected at most 4032"},
		{"allow:\n", "- {image: x}\n", 60000, "1026: \"allow\" has more than 1024 entries"},
		{"exceptions:\n", "- {pod: x, owner: x, reason: x, expires: 2027-01-31}\n", 1025,
		 "1026: \"exceptions\" has more than 1024 entries"},
		{"verdict:\n  grace_by_image:\n", "  - {image: x, grace: 1}\n", 257,
		 "259: \"verdict.grace_by_image\" has more than 256 entries"},
		{"exceptions:\n- owner: ", "o", 257,
		 "2: \"exceptions[0].owner\" is 257 bytes long; expected at most 256"},
		{"exceptions:\n- reason: ", "o", 1025,
		 "2: \"exceptions[0].reason\" is 1025 bytes long; expected at most 1024"},
		{"socket: ", "/", 108, "1: \"socket\" is 108 bytes long; expected at most 107"},
		{"outputs:\n", "- {type: file, path: /x}\n", 9, "10: \"outputs\" has more than 8 entries"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeat(cases[i].head, cases[i].unit, cases[i].count);
		char *sentence = load_bad(text, strlen(text));

		assert_string_equal(sentence, cases[i].expected);
		free(sentence);
		free(text);
	}
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	static const struct {
		const char *path;
		int err;
		const char *expected;
	} cases[] = {
		{"/nonexistent/uidzero.yaml", -ENOENT, "/nonexistent/uidzero.yaml: No such file or directory"},
		{"/nonexistent/\x1b[2J\n", -ENOENT, "/nonexistent/\\x1b[2J\\n: No such file or directory"},
		{"/etc", -EISDIR, "/etc: Is a directory"},
		{"/dev/zero", -EINVAL, "/dev/zero: expected a regular file or a pipe"},
	};
	struct config *config = NULL;
	char *error, *text, path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(config__load(cases[i].path, &config, &error), cases[i].err);
		assert_string_equal(error, cases[i].expected);
		assert_null(config);
		free(error);
	}

	text = repeat("", "#", CONFIG_FILE_MAX + 1);
	assert_int_equal(load(text, CONFIG_FILE_MAX + 1, &config, &error, path), -EFBIG);
	assert_non_null(strstr(error, "larger than 1 MiB"));
	free(error);
	assert_int_equal(load(text, CONFIG_FILE_MAX, &config, &error, path), 0);
	config__free(config);
	free(text);
}

static void a_pipe_and_the_null_device_are_read(void **state)
{
	struct config *config = NULL;
	char *error, path[64];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "host_root: /host\n", 17), 17);
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	assert_int_equal(config__load(path, &config, &error), 0);
	assert_string_equal(config->host_root, "/host");
	config__free(config);
	close(fds[0]);

	assert_int_equal(config__load("/dev/null", &config, &error), 0);
	config__free(config);
}

static void sizes_have_binary_suffixes(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint64_t bytes;
	} cases[] = {
		{"0", 0, 0},
		{"4096", 0, 4096},
		{"64K", 0, 64 << 10},
		{"64KiB", 0, 64 << 10},
		{"10M", 0, 10 << 20},
		{"1G", 0, 1 << 30},
		{"2T", 0, 2ULL << 40},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"16777216T", -ERANGE, 0},
		{"16777215T", 0, 16777215ULL << 40},
		{"", -EINVAL, 0},
		{"K", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"1k", -EINVAL, 0},
		{"1MB", -EINVAL, 0},
		{"1iB", -EINVAL, 0},
		{"1MiBs", -EINVAL, 0},
		{"1.5G", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 0;

		assert_int_equal(config_parse_size(cases[i].text, &bytes), cases[i].err);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void grace_is_seconds_or_minutes(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint32_t seconds;
	} cases[] = {
		{"0", 0, 0},
		{"10", 0, 10},
		{"10s", 0, 10},
		{"2m", 0, 120},
		{"60m", 0, 3600},
		{"3600s", 0, 3600},
		{"3601s", -ERANGE, 0},
		{"61m", -ERANGE, 0},
		{"71582789m", -ERANGE, 0},
		{"307445734561825861m", -ERANGE, 0},
		{"18446744073709551616", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{"1h", -EINVAL, 0},
		{"1ms", -EINVAL, 0},
		{"1 s", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"1.5s", -EINVAL, 0},
		{"2m30s", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t seconds = 0;

		assert_int_equal(config_parse_grace(cases[i].text, &seconds), cases[i].err);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

/* Each as `date -u +%s` has the day after. */
static void a_last_day_ends_at_midnight_utc_wherever_the_host_is(void **state)
{
	static const char *const zones[] = {"UTC", "XXX-14", "XXX12"};
	static const struct {
		const char *text;
		int64_t end_s; /* 0: no day of the calendar */
	} cases[] = {
		{"2027-01-31", 1801440000},
		{"2028-02-28", 1835395200},
		{"2028-02-29", 1835481600},
		{"2027-12-31", 1830297600},
		{"1969-12-30", -86400},
		{"2038-01-19", 2147558400},
		{"9999-12-31", 253402300800},
		{"2000-02-29", 951868800},
		{"2027-02-29", 0},
		{"1900-02-29", 0},
		{"2027-04-31", 0},
		{"2027-01-32", 0},
		{"2027-01-00", 0},
		{"2027-00-10", 0},
		{"2027-13-01", 0},
		{"2027-1-31", 0},
		{"27-01-31", 0},
		{"2027-01-31 ", 0},
		{" 2027-01-31", 0},
		{"2027-01-31T00:00:00Z", 0},
		{"+027-01-31", 0},
		{"2027/01/31", 0},
		{"20270131", 0},
		{"2027-01-3", 0},
		{"tomorrow", 0},
		{"", 0},
	};

	(void)state;
	for (size_t zone = 0; zone < sizeof(zones) / sizeof(zones[0]); zone++) {
		assert_int_equal(setenv("TZ", zones[zone], 1), 0);
		tzset();
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			int64_t end_s = 0;

			assert_int_equal(config_parse_last_day(cases[i].text, &end_s), cases[i].end_s ? 0 : -EINVAL);
			assert_int_equal(end_s, cases[i].end_s);
		}
	}
}

/* A file of the checkout, found from its root or from this file; NULL where the tests run elsewhere. */
static char *read_project_file(const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	char *text;
	FILE *file;

	file = fopen(name, "r");
	if (!file) {
		snprintf(path, sizeof(path), "%.*s/../../%s", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__, name);
		file = fopen(path, "r");
	}
	if (!file)
		return NULL;
	assert_int_equal(fstat(fileno(file), &status), 0);
	text = calloc(1, status.st_size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, status.st_size, file), status.st_size);
	fclose(file);
	return text;
}

/* The keys of one mapping, as the sentence about an unknown one lists them; the caller frees. */
static char *keys_of(const char *text_with_unknown_key)
{
	char *sentence = load_bad(text_with_unknown_key, strlen(text_with_unknown_key));
	const char *list = strstr(sentence, "expected one of: ");
	char *keys;

	assert_non_null(list);
	keys = strdup(list + strlen("expected one of: "));
	assert_non_null(keys);
	free(sentence);
	return keys;
}

static void every_key_is_documented_and_no_other(void **state)
{
	static const struct {
		const char *unknown, *prefix;
	} mappings[] = {
		{"zzz: 1\n", ""},
		{"outputs: [{zzz: 1}]\n", "outputs[]."},
		{"allow: [{zzz: 1}]\n", "allow[]."},
		{"verdict: {zzz: 1}\n", "verdict."},
		{"verdict: {grace_by_image: [{zzz: 1}]}\n", "verdict.grace_by_image[]."},
		{"exceptions: [{zzz: 1}]\n", "exceptions[]."},
		{"rings: {zzz: 1}\n", "rings."},
		{"roots: {zzz: 1}\n", "roots."},
	};
	_cleanup_free_ char *text = read_project_file(DOCUMENTATION);
	unsigned keys_count = 0, headings_count = 0;

	(void)state;
	if (!text) {
		print_message("skipped: " DOCUMENTATION " is not there\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(mappings) / sizeof(mappings[0]); i++) {
		char *keys = keys_of(mappings[i].unknown), *rest = keys, *key;

		while ((key = strsep(&rest, ","))) {
			char heading[128];

			snprintf(heading, sizeof(heading), "\n### `%s%s`\n", mappings[i].prefix,
				 key + strspn(key, " "));
			if (!strstr(text, heading))
				fail_msg(DOCUMENTATION " lacks the heading %s", heading);
			keys_count++;
		}
		free(keys);
	}
	for (const char *at = text; (at = strstr(at, "\n### `")); at++)
		headings_count++;
	assert_int_equal(headings_count, keys_count);
}

static void every_documented_example_loads(void **state)
{
	_cleanup_free_ char *text = read_project_file(DOCUMENTATION);
	char *at = text;
	unsigned count = 0;

	(void)state;
	if (!text) {
		print_message("skipped: " DOCUMENTATION " is not there\n");
		skip();
	}
	while ((at = strstr(at, "```yaml\n"))) {
		char *end;

		at += strlen("```yaml\n");
		end = strstr(at, "```");
		assert_non_null(end);
		*end = '\0';
		config__free(load_good(at));
		at = end + 1;
		count++;
	}
	assert_true(count >= 5);
}

/* With the comments taken off too: what people uncomment must be right. */
static void the_example_file_loads_as_it_is_and_uncommented(void **state)
{
	_cleanup_free_ char *text = read_project_file(EXAMPLE), *uncommented = NULL;
	struct config *config;
	char *to;

	(void)state;
	if (!text) {
		print_message("skipped: " EXAMPLE " is not there\n");
		skip();
	}
	config__free(load_good(text));

	/* "#key" and "#  - key" are commented out; "# Words" is a comment. */
	uncommented = to = calloc(1, strlen(text) + 1);
	assert_non_null(uncommented);
	for (const char *from = text; *from; from++) {
		bool is_line_start = from == text || from[-1] == '\n';

		if (is_line_start && *from == '#' && !(from[1] == ' ' && from[2] != ' ') && from[1] != '\n')
			continue;
		*to++ = *from;
	}
	config = load_good(uncommented);
	assert_true(config->allow_count > 0);
	assert_true(config->exceptions_count > 0);
	assert_true(config->grace_count > 0);
	assert_true(config->docker_roots_count > 0);
	config__free(config);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_file_gives_the_defaults),
		cmocka_unit_test(every_key_is_loaded),
		cmocka_unit_test(every_key_of_verdicts_is_loaded),
		cmocka_unit_test(the_socket_can_be_none),
		cmocka_unit_test(a_mistake_gets_one_sentence_with_its_line_and_what_was_expected),
		cmocka_unit_test(what_the_file_holds_reaches_no_terminal_raw),
		cmocka_unit_test(deep_long_and_many_are_refused_quickly),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(a_pipe_and_the_null_device_are_read),
		cmocka_unit_test(sizes_have_binary_suffixes),
		cmocka_unit_test(grace_is_seconds_or_minutes),
		cmocka_unit_test(a_last_day_ends_at_midnight_utc_wherever_the_host_is),
		cmocka_unit_test(every_key_is_documented_and_no_other),
		cmocka_unit_test(every_documented_example_loads),
		cmocka_unit_test(the_example_file_loads_as_it_is_and_uncommented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
