// SPDX-License-Identifier: Apache-2.0
/* uidzero doctor: what this host allows, and which runtimes are seen. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/safe_text.h"
#include "cmd/cmd.h"
#include "container/facts.h"
#include "source/hooks.h"

/* What was found so far; without one of the last four nothing works. */
struct diagnosis {
	bool has_color;
	unsigned nr_runtimes;
	bool has_exec, has_creds, has_lifecycle, has_snapshot;
	bool has_outputs; /* all that are configured */
};

enum mark { MARK_GOOD, MARK_BAD, MARK_NOTE };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct live_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = options;
		return 0;
	default:
		return cmd_refuse_argument(key, arg, state);
	}
}

static const struct argp_child children[] = {{.argp = &host_argp}, {0}};

static const struct argp argp = {
	.parser = parse_option,
	.doc = "Tell what this kernel allows, which hooks would be used, and which runtimes are seen.\v"
	       "Exit status: 0 uidzero can run here, 2 usage, 3 it cannot.",
	.children = children,
};

static void say(const struct diagnosis *diagnosis, enum mark mark, const char *what, const char *text)
{
	static const char *const colors[] = {"\033[32m", "\033[31m", "\033[33m"};
	static const char *const marks[] = {"ok", "--", "  "};
	char safe[512];

	terminal_text((struct span){text, strlen(text)}, safe, sizeof(safe));
	printf("%s%s%s  %-34s %s\n", diagnosis->has_color ? colors[mark] : "", marks[mark],
	       diagnosis->has_color ? "\033[0m" : "", what, safe);
}

static void report_hook(void *data, const char *name, int err)
{
	struct diagnosis *diagnosis = data;

	say(diagnosis, err ? MARK_BAD : MARK_GOOD, name, err ? strerror(-err) : "loads and attaches");
	if (err)
		return;
	if (strstr(name, "sched_process_exec"))
		diagnosis->has_exec = true;
	else if (strstr(name, "sys_exit"))
		diagnosis->has_creds = true;
	else if (strstr(name, "cgroup_mkdir"))
		diagnosis->has_lifecycle = true;
	else if (strstr(name, "iter/task"))
		diagnosis->has_snapshot = true;
}

static void report_runtime(enum container_runtime runtime, const char *directory, void *data)
{
	struct diagnosis *diagnosis = data;
	const char *name = container_runtime_name(runtime);

	diagnosis->nr_runtimes++;
	say(diagnosis, MARK_GOOD, name ? name : "unknown", directory);
}

/* "none [integrity] confidentiality": the word in brackets is in force. */
static void report_lockdown(const struct diagnosis *diagnosis)
{
	_cleanup_close_ int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *begin, *end;

	if (size <= 0) {
		say(diagnosis, MARK_NOTE, "lockdown",
		    "not told here (securityfs is not mounted, or the kernel has none)");
		return;
	}
	text[size] = '\0';
	begin = strchr(text, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	if (!strcmp(begin + 1, "confidentiality"))
		say(diagnosis, MARK_BAD, "lockdown", "confidentiality: BPF programs may not read the kernel's memory");
	else
		say(diagnosis, MARK_GOOD, "lockdown", begin + 1);
}

static void report_hierarchy(const struct diagnosis *diagnosis)
{
	struct hierarchy hierarchy;
	char text[600];
	int err = hierarchy__detect(&hierarchy);

	if (err) {
		say(diagnosis, MARK_BAD, "cgroups", strerror(-err));
		return;
	}
	snprintf(text, sizeof(text), "%s: %s%s%s%s%s%s", hierarchy__mode(&hierarchy),
		 hierarchy.v2_mount[0] ? "cgroup2 on " : "", hierarchy.v2_mount,
		 hierarchy.v2_mount[0] && hierarchy.v1_mount[0] ? ", " : "", hierarchy.v1_name,
		 hierarchy.v1_mount[0] ? " on " : "", hierarchy.v1_mount);
	say(diagnosis, hierarchy.v2_mount[0] || hierarchy.v1_mount[0] ? MARK_GOOD : MARK_BAD, "cgroups", text);
}

static void report_capabilities(const struct diagnosis *diagnosis)
{
	static const struct {
		cap_value_t value;
		const char *name, *use;
	} needed[] = {
		{CAP_BPF, "CAP_BPF", "to load BPF programs"},
		{CAP_PERFMON, "CAP_PERFMON", "to attach them"},
		{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "to read tracefs and the runtimes' directories"},
		{CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "to read other users' /proc entries"},
	};
	cap_t caps = cap_get_proc();
	cap_flag_value_t is_set, is_admin = CAP_CLEAR;
	size_t i;

	if (!caps)
		return;
	/* What came before CAP_BPF and CAP_PERFMON stands for both. */
	cap_get_flag(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE, &is_admin);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		char text[96];

		if (cap_get_flag(caps, needed[i].value, CAP_EFFECTIVE, &is_set))
			is_set = CAP_CLEAR;
		if (needed[i].value == CAP_BPF || needed[i].value == CAP_PERFMON)
			is_set = is_set == CAP_SET || is_admin == CAP_SET ? CAP_SET : CAP_CLEAR;
		snprintf(text, sizeof(text), "%s%s", is_set == CAP_SET ? "" : "missing: ", needed[i].use);
		say(diagnosis, is_set == CAP_SET ? MARK_GOOD : MARK_BAD, needed[i].name, text);
	}
	cap_free(caps);
}

/* A file is made by `uidzero run`; its directory is not. */
static void report_output(struct diagnosis *diagnosis, const char *path)
{
	_cleanup_free_ char *directory = strdup(path);
	char *slash = directory ? strrchr(directory, '/') : NULL;
	char text[128];

	if (!slash)
		return;
	slash[slash == directory] = '\0';
	if (!access(directory, W_OK | X_OK)) {
		say(diagnosis, MARK_GOOD, "file", path);
		return;
	}
	snprintf(text, sizeof(text), "its directory cannot be written to: %s; create it or change outputs",
		 strerror(errno));
	say(diagnosis, MARK_BAD, path, text);
	diagnosis->has_outputs = false;
}

static void report_outputs(struct diagnosis *diagnosis, const struct config *config)
{
	for (unsigned i = 0; i < config->outputs_count; i++) {
		if (config->outputs[i].type == OUTPUT_FILE)
			report_output(diagnosis, config->outputs[i].path);
		else
			say(diagnosis, MARK_GOOD, "standard output", "");
	}
}

static int report_runtimes(struct diagnosis *diagnosis, const struct config *config)
{
	struct facts_roots roots = {};
	int err = cmd_set_roots(config, &roots);

	if (err)
		return err;
	facts_roots__probe(&roots, report_runtime, diagnosis);
	facts_roots__destroy(&roots);
	if (!diagnosis->nr_runtimes)
		say(diagnosis, MARK_NOTE, "none", "containers are then known by their namespaces alone");
	return 0;
}

int cmd_doctor(int argc, char **argv)
{
	struct diagnosis diagnosis = {.has_color = isatty(STDOUT_FILENO), .has_outputs = true};
	struct live_options options = {};
	struct utsname uts = {};
	struct config *config;
	int status, err;

	cmd_parse(&argp, argc, argv, &options);
	status = cmd_load_config(&options, &config);
	if (status)
		return status;
	uname(&uts);
	printf("Kernel\n");
	say(&diagnosis, MARK_GOOD, "release", uts.release);
	err = access("/sys/kernel/btf/vmlinux", R_OK) ? errno : 0;
	say(&diagnosis, err ? MARK_BAD : MARK_GOOD, "types (BTF)", err ? strerror(err) : "/sys/kernel/btf/vmlinux");
	report_lockdown(&diagnosis);
	report_hierarchy(&diagnosis);
	printf("\nPrivileges\n");
	report_capabilities(&diagnosis);
	printf("\nHooks\n");
	hooks__probe(report_hook, &diagnosis);
	printf("\nRuntimes\n");
	report_runtimes(&diagnosis, config);
	printf("\nOutputs\n");
	report_outputs(&diagnosis, config);
	config__free(config);

	if (diagnosis.has_outputs && diagnosis.has_exec && diagnosis.has_creds && diagnosis.has_lifecycle &&
	    diagnosis.has_snapshot) {
		printf("\nuidzero can run here.\n");
		return EXIT_DONE;
	}
	printf("\nuidzero cannot run here: the lines marked -- say what is missing.\n");
	return EXIT_CANNOT;
}
