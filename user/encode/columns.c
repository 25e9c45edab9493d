/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned columns for a person's terminal. */
#include "encode/columns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/safe_text.h"
#include "container/image_store.h"
#include "encode/cells.h"
#include "encode/process_parts.h"
#include "judge/verdict.h"

#define COMMAND_MAX 4096 /* bytes of a command line that is not cut by the terminal */
#define CELL_MAX    1024

static const char ellipsis[] = "\xe2\x80\xa6";

enum column {
	COLUMN_TIME,
	COLUMN_CONTAINER,
	COLUMN_IMAGE,
	COLUMN_PID,
	COLUMN_WHO,
	COLUMN_WHAT,
	COLUMN_COMMAND,
	COLUMN_END,
};

/* A terminal narrower than this shows less of each, and no image, so that some of the command is left. */
#define NARROW 120

/* clang-format off */
static const struct {
	const char *name;
	unsigned width, narrow_width; /* 0: not shown; the command takes what is left */
} columns[COLUMN_END] = {
	[COLUMN_TIME]      = {"TIME", 12, 12},
	[COLUMN_CONTAINER] = {"CONTAINER", 16, 16},
	[COLUMN_IMAGE]     = {"IMAGE", 20, 0},
	[COLUMN_PID]       = {"PID", 7, 7},
	[COLUMN_WHO]       = {"WHO", 16, 12},
	[COLUMN_WHAT]      = {"WHAT", 15, 11},
	[COLUMN_COMMAND]   = {"COMMAND", 0, 0},
};
/* clang-format on */

static size_t column_width(const struct columns_options *options, int column)
{
	bool is_narrow = options->width > 0 && options->width < NARROW;

	return is_narrow ? columns[column].narrow_width : columns[column].width;
}

/* The columns that are left for the command: 0 is unlimited, but one column is the least. */
static size_t command_width(const struct columns_options *options)
{
	size_t used = 0;

	if (options->width == 0)
		return 0;
	for (int column = 0; column < COLUMN_COMMAND; column++) {
		size_t width = column_width(options, column);

		used += width ? width + 2 : 0;
	}
	return options->width > used ? options->width - used : 1;
}

static void put_cells(struct cell_line *line, const struct columns_options *options, char cells[COLUMN_END][CELL_MAX],
		      const char *command, const char *what_color)
{
	for (int column = 0; column < COLUMN_COMMAND; column++) {
		size_t width = column_width(options, column);

		if (width)
			cell_line__put(line, cells[column], width, column == COLUMN_PID, false,
				       column == COLUMN_WHAT ? what_color : NULL);
	}
	cell_line__put(line, command, command_width(options), false, true, NULL);
	cell_line__end(line);
}

long columns_header(const struct columns_options *options, char *buffer, size_t capacity)
{
	struct cell_line line = {.buffer = buffer, .capacity = capacity};
	char cells[COLUMN_END][CELL_MAX];

	for (int column = 0; column < COLUMN_END; column++)
		snprintf(cells[column], CELL_MAX, "%s", columns[column].name);
	put_cells(&line, options, cells, columns[COLUMN_COMMAND].name, NULL);
	return cell_line__finish(&line);
}

static const char *color_of_verdict(const struct verdict_facts *facts)
{
	static const char *const colors[] = {
		[CONTROL_UNKNOWN] = NULL,
		[CONTROL_PASS] = CELL_GREEN,
		[CONTROL_WARN] = CELL_YELLOW,
		[CONTROL_FAIL] = CELL_BOLD_RED,
	};

	return facts->exception ? CELL_DIM : colors[facts->result];
}

static const char *color_of(const struct finding *finding)
{
	if (finding->is_allowed)
		return CELL_DIM;
	switch (finding->kind) {
	case FINDING_GAIN_ROOT:
		if (!finding->is_alert)
			return NULL;
		return finding->is_regain ? CELL_YELLOW : CELL_BOLD_RED;
	case FINDING_GAIN_CAPS:
	case FINDING_UNEXPLAINED_ROOT:
	case FINDING_HOST_EXEC:
	case FINDING_LOSS:
		return CELL_BOLD_RED;
	case FINDING_EXEC_ROOT:
	case FINDING_ROOT_FOUND:
	case FINDING_KEEP_ROOT:
		return CELL_YELLOW;
	case FINDING_DROP_ROOT:
		return CELL_GREEN;
	case FINDING_VERDICT:
		return color_of_verdict(finding->verdict);
	case FINDING_CONTAINER_START:
	case FINDING_CONTAINER_STOP:
	case FINDING_METADATA:
	case FINDING_AGENT_START:
	case FINDING_AGENT_STOP:
		return CELL_DIM;
	default:
		return NULL;
	}
}

static void format_time(uint64_t time_ns, int64_t boot_to_realtime_ns, char cell[CELL_MAX])
{
	uint64_t realtime_ns = time_ns + (uint64_t)boot_to_realtime_ns;
	time_t seconds = realtime_ns / 1000000000;
	unsigned ms = realtime_ns / 1000000 % 1000;
	struct tm local;

	if (!localtime_r(&seconds, &local)) {
		strcpy(cell, "-");
		return;
	}
	snprintf(cell, CELL_MAX, "%02d:%02d:%02d.%03u", local.tm_hour, local.tm_min, local.tm_sec, ms);
}

static struct span string_span(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void format_container(const struct container *container, char cell[CELL_MAX])
{
	const struct container_facts *facts;

	strcpy(cell, "-");
	if (!container)
		return;
	facts = &container->facts;
	if (facts->name && facts->name[0])
		terminal_text(string_span(facts->name), cell, CELL_MAX);
	else if (facts->identity.id[0])
		terminal_text(short_id(facts->identity.id), cell, CELL_MAX);
}

/* The image's last name and its tag: the registry says little in a narrow column. */
static void format_image(const struct container *container, char cell[CELL_MAX])
{
	const char *name, *slash;
	size_t size;

	strcpy(cell, "-");
	if (container && container->facts.nr_image_references && container->facts.image_id) {
		const char *id = container->facts.image_id;

		id += strncmp(id, IMAGE_ID_PREFIX, strlen(IMAGE_ID_PREFIX)) ? 0 : strlen(IMAGE_ID_PREFIX);
		terminal_text(short_id(id), cell, CELL_MAX);
		return;
	}
	if (!container || !container->facts.image_name || !container->facts.image_name[0])
		return;
	name = container->facts.image_name;
	slash = strrchr(name, '/');
	size = terminal_text(string_span(slash && slash[1] ? slash + 1 : name), cell, CELL_MAX);
	if (!container->facts.image_tag || !container->facts.image_tag[0] || size + 2 > CELL_MAX)
		return;
	cell[size++] = ':';
	terminal_text(string_span(container->facts.image_tag), cell + size, CELL_MAX - size);
}

static void format_uid(uint32_t uid, char *text, size_t size)
{
	if (uid == 0)
		snprintf(text, size, "root");
	else
		snprintf(text, size, "%u", uid);
}

/* "root", "1000", "1000 -> root"; ids of groups for a change of those. */
static void format_who(const struct finding *finding, char cell[CELL_MAX])
{
	const struct event_creds *before, *after;
	bool is_gid = finding->kind == FINDING_GID_CHANGE;
	char old[16], new[16];

	strcpy(cell, "-");
	if (!finding->process || !finding->process->event->after.is_known)
		return;
	before = &finding->process->event->before;
	after = &finding->process->event->after;
	format_uid(is_gid ? after->egid : after->euid, new, sizeof(new));
	format_uid(is_gid ? before->egid : before->euid, old, sizeof(old));
	if (process_parts__is_change(finding) && finding->kind != FINDING_CAPABILITY_CHANGE && before->is_known)
		snprintf(cell, CELL_MAX, "%s -> %s", old, new);
	else
		snprintf(cell, CELL_MAX, "%s", new);
}

/* The command line, or the name of a process that told none. */
static void format_process(const struct process_view *process, char *ret, size_t ret_size)
{
	struct span args = process_parts__args(process, COMMAND_MAX);
	char text[COMMAND_MAX];
	size_t size;

	if (args.size == 0) {
		const char *comm = process->event->task.comm;

		terminal_text((struct span){comm, strnlen(comm, EVENT_COMM_SIZE)}, ret, ret_size);
		return;
	}
	memcpy(text, args.data, args.size);
	if (text[args.size - 1] == '\0')
		args.size--;
	for (size_t i = 0; i < args.size; i++) {
		if (text[i] == '\0')
			text[i] = ' ';
	}
	size = terminal_text((struct span){text, args.size}, ret, ret_size - sizeof(ellipsis));
	if (process->event->args_full_size > args.size + 1)
		memcpy(ret + size, ellipsis, sizeof(ellipsis));
}

static void format_command(const struct finding *finding, char *ret, size_t ret_size)
{
	ret[0] = '\0';
	if (finding->process)
		format_process(finding->process, ret, ret_size);
	else if (finding->loss)
		snprintf(ret, ret_size, "%llu events were lost", (unsigned long long)finding->loss->total);
	else if (finding->verdict)
		snprintf(ret, ret_size, "%s (%s)", verdict_name(finding->verdict->verdict),
			 verdict_evaluation_name(finding->verdict));
}

long columns_line(const struct columns_options *options, const struct finding *finding, char *buffer, size_t capacity)
{
	struct cell_line line = {.buffer = buffer, .capacity = capacity};
	char cells[COLUMN_END][CELL_MAX];
	/* Each byte becomes four at most. */
	char command[4 * COMMAND_MAX + sizeof(ellipsis)];

	format_time(finding->time_ns, options->boot_to_realtime_ns, cells[COLUMN_TIME]);
	format_container(finding->container, cells[COLUMN_CONTAINER]);
	format_image(finding->container, cells[COLUMN_IMAGE]);
	if (finding->process)
		snprintf(cells[COLUMN_PID], CELL_MAX, "%u", finding->process->event->task.tgid);
	else
		strcpy(cells[COLUMN_PID], "-");
	format_who(finding, cells[COLUMN_WHO]);
	snprintf(cells[COLUMN_WHAT], CELL_MAX, "%s", finding_name(finding->kind));
	format_command(finding, command, sizeof(command));
	put_cells(&line, options, cells, command, options->has_color ? color_of(finding) : NULL);
	return cell_line__finish(&line);
}
