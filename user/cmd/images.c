// SPDX-License-Identifier: Apache-2.0
/* uidzero images: whom the images in Docker's and podman's stores would run as. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/host.h"
#include "container/images.h"
#include "encode/image.h"

enum { KEY_FORMAT = 512 };
enum images_format { FORMAT_COLUMNS, FORMAT_JSON };

struct images_command {
	struct live_options live; /* --config and --host-root */
	enum images_format format;
	bool wants_all;
	struct encode_context context;
	struct image_columns columns;
	size_t nr_shown, nr_root, nr_unknown;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct images_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->live;
		return 0;
	case 'a':
		command->wants_all = true;
		return 0;
	case KEY_FORMAT:
		if (strcmp(arg, "json") && strcmp(arg, "columns"))
			argp_error(state, "--format: json or columns is expected, not '%s'", arg);
		command->format = strcmp(arg, "json") ? FORMAT_COLUMNS : FORMAT_JSON;
		return 0;
	default:
		return cmd_refuse_argument(key, arg, state);
	}
}

static const struct argp_option options_table[] = {
	{"all", 'a', NULL, 0, "Tell of intermediate images too: those without a name that others are built on", 0},
	{"format", KEY_FORMAT, "FORMAT", 0, "columns (default) or json", 0},
	{0},
};

static const struct argp_child children[] = {{.argp = &host_argp}, {0}};

static const struct argp argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = "List the images in Docker's and podman's stores with the user that each declares, and what it amounts "
	       "to: root, another name of root's (name_is_root), a name, a number (numeric), or no id at all "
	       "(overflow).\v"
	       "The stores are read from disk: no daemon is asked, and images that containerd keeps are not seen. Exit "
	       "status: 0 no image would run as root (root, name_is_root, overflow), 1 at least one would, 2 usage, 3 "
	       "no store can be read here, or none is root's but something could not be read.",
	.children = children,
};

static int print_header(struct images_command *command, const struct images *images)
{
	struct winsize size = {0};
	char line[ECS_LINE_MAX];

	if (command->format == FORMAT_JSON)
		return 0;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	command->columns.has_color = isatty(STDOUT_FILENO);
	image_columns__measure(&command->columns, images, size.ws_col);
	return cmd_put(line, image_columns__header(&command->columns, line, sizeof(line)));
}

static int print_image(struct images_command *command, const struct image *image)
{
	char line[ECS_LINE_MAX];
	struct timespec now;

	if (command->format == FORMAT_COLUMNS)
		return cmd_put(line, image_columns__line(&command->columns, image, line, sizeof(line)));
	clock_gettime(CLOCK_REALTIME, &now);
	return cmd_put(line, image_json(&command->context, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
					image, line, sizeof(line)));
}

static int print(struct images_command *command, const struct images *images)
{
	int err = print_header(command, images);

	for (size_t i = 0; !err && i < images->nr; i++) {
		const struct image *image = &images->list[i];

		if (image->is_intermediate && !command->wants_all)
			continue;
		command->nr_shown++;
		command->nr_root += image__is_root(image);
		command->nr_unknown += image->class == USER_UNKNOWN || image->passwd == IMAGE_PASSWD_UNREADABLE;
		err = print_image(command, image);
	}
	if (fflush(stdout) && !err)
		err = -errno;
	return err;
}

static void report_problems(const struct images *images)
{
	for (size_t i = 0; i < images->nr_problems && i < IMAGES_PROBLEMS_MAX; i++) {
		const struct images_problem *problem = &images->problems[i];

		log_warning("%s: %s%s%s", problem->where, problem->what, problem->err ? ": " : "",
			    problem->err ? strerror(-problem->err) : "");
	}
	if (images->nr_problems > IMAGES_PROBLEMS_MAX)
		log_warning("and %zu problems more", images->nr_problems - IMAGES_PROBLEMS_MAX);
}

/* What was not looked at does not pass. */
static int judge(const struct images_command *command, const struct images *images)
{
	report_problems(images);
	if (command->nr_root)
		return EXIT_FINDING;
	if (!images->nr_stores && !images->nr_problems)
		log_error("no store of Docker's or podman's is here; `roots` in the configuration adds directories");
	return images->nr_stores && !images->nr_problems && !command->nr_unknown ? EXIT_DONE : EXIT_CANNOT;
}

int cmd_images(int argc, char **argv)
{
	struct images_command command = {0};
	struct images images = {0};
	struct facts_roots roots = {0};
	struct config *config;
	struct host host;
	int status, err;

	cmd_parse(&argp, argc, argv, &command);
	status = cmd_load_config(&command.live, &config);
	if (status)
		return status;
	host__detect(config->host_root, &host);
	command.context = host__context(&host);
	err = cmd_set_roots(config, &roots);
	if (!err)
		err = images__read(&roots, &images);
	if (!err && images.nr_stores)
		err = print(&command, &images);
	if (err && err != -EPIPE) {
		log_error("the images cannot be told: %s", strerror(-err));
		status = EXIT_CANNOT;
	} else {
		status = judge(&command, &images);
	}
	if (!err && command.format == FORMAT_COLUMNS && images.nr_stores)
		log_info("%zu images, %zu would run as root, %zu not known", command.nr_shown, command.nr_root,
			 command.nr_unknown);
	images__destroy(&images);
	facts_roots__destroy(&roots);
	config__free(config);
	return status;
}
