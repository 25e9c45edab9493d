// SPDX-License-Identifier: Apache-2.0
/* Writes findings as lines, and compares them. */
#include "selftest/lines.h"

#include <string.h>

/* More are not told apart: a case has a handful. */
#define LINES_MAX 64

static int print_uids(char *text, size_t size, const struct event_creds *creds)
{
	return snprintf(text, size, " %u/%u/%u/%u", creds->ruid, creds->euid, creds->suid, creds->fsuid);
}

static const char *or_none(const char *name)
{
	return name ? name : "-";
}

size_t finding_line(const struct finding *finding, char ret[FINDING_LINE_MAX])
{
	const struct process_event *event = finding->process ? finding->process->event : NULL;
	int n = snprintf(ret, FINDING_LINE_MAX, "%s %s %s %s", finding_name(finding->kind),
			 or_none(root_cause_name(finding->cause)), root_kind_name(finding->root),
			 or_none(process_role_name(finding->role)));

	if (event && event->before.is_known) {
		n += print_uids(ret + n, FINDING_LINE_MAX - n, &event->before);
		n += snprintf(ret + n, FINDING_LINE_MAX - n, " >");
	}
	if (event)
		n += print_uids(ret + n, FINDING_LINE_MAX - n, &event->after);
	if (finding->kind == FINDING_DROP_ROOT)
		n += snprintf(ret + n, FINDING_LINE_MAX - n, finding->drop_is_complete ? " complete" : " partial");
	if (event && finding->kind == FINDING_GID_CHANGE)
		n += snprintf(ret + n, FINDING_LINE_MAX - n, " egid %u > %u", event->before.egid, event->after.egid);
	if (finding->repeated)
		n += snprintf(ret + n, FINDING_LINE_MAX - n, " repeated");
	if (finding->drop_kept & (KEPT_GID | KEPT_GROUPS))
		n += snprintf(ret + n, FINDING_LINE_MAX - n, " group");
	if (finding->drop_kept & KEPT_IO_URING)
		n += snprintf(ret + n, FINDING_LINE_MAX - n, " io_uring");
	if (finding->drop_kept & KEPT_THREAD)
		n += snprintf(ret + n, FINDING_LINE_MAX - n, " thread");
	n += snprintf(ret + n, FINDING_LINE_MAX - n, event && event->header.hook == HOOK_DRIFT ? " drift\n" : "\n");
	return n;
}

void seen__add(struct seen *seen, const struct finding *finding)
{
	char line[FINDING_LINE_MAX];
	size_t size;

	if (finding->kind == FINDING_CONTAINER_START) {
		seen->starts++;
		return;
	}
	if (finding->kind == FINDING_CONTAINER_STOP) {
		seen->stops++;
		return;
	}
	/* Made of what is seen here, and no other sight of it. */
	if (finding->kind == FINDING_VERDICT)
		return;
	seen->is_late |= seen->stops > 0;
	size = finding_line(finding, line);
	if (seen->size + size >= sizeof(seen->text)) {
		seen->is_cut = true;
		return;
	}
	memcpy(seen->text + seen->size, line, size + 1);
	seen->size += size;
}

bool seen__is(const struct seen *seen, const char *lines)
{
	return seen->starts == 1 && seen->stops == 1 && !seen->is_cut && !seen->is_late && !strcmp(seen->text, lines);
}

static unsigned split(const char *text, struct span ret[LINES_MAX])
{
	unsigned n = 0;

	for (; *text && n < LINES_MAX; n++) {
		ret[n] = (struct span){text, strcspn(text, "\n")};
		text += ret[n].size;
		if (*text)
			text++;
	}
	return n;
}

static bool is_same(struct span a, struct span b)
{
	return a.size == b.size && !memcmp(a.data, b.data, a.size);
}

static void print_line(FILE *file, const char *indent, char mark, struct span line)
{
	fprintf(file, "%s%c %.*s\n", indent, mark, (int)line.size, line.data);
}

static void print_count(FILE *file, const char *indent, const char *what, unsigned count)
{
	if (!count)
		fprintf(file, "%s- %s\n", indent, what);
	else if (count > 1)
		fprintf(file, "%s+ %s, %u times\n", indent, what, count);
}

void seen__print_difference(const struct seen *seen, const char *lines, const char *indent, FILE *file)
{
	/* common[i][j]: how many lines the ends from wanted[i] and had[j] on have in common, in their order. */
	unsigned char common[LINES_MAX + 1][LINES_MAX + 1] = {};
	struct span wanted[LINES_MAX], had[LINES_MAX];
	int nr_wanted = split(lines, wanted), nr_had = split(seen->text, had), i, j;

	for (i = nr_wanted - 1; i >= 0; i--)
		for (j = nr_had - 1; j >= 0; j--)
			if (is_same(wanted[i], had[j]))
				common[i][j] = common[i + 1][j + 1] + 1;
			else
				common[i][j] =
					common[i + 1][j] > common[i][j + 1] ? common[i + 1][j] : common[i][j + 1];
	print_count(file, indent, finding_name(FINDING_CONTAINER_START), seen->starts);
	for (i = j = 0; i < nr_wanted || j < nr_had;) {
		if (i < nr_wanted && j < nr_had && is_same(wanted[i], had[j])) {
			print_line(file, indent, ' ', wanted[i++]);
			j++;
		} else if (j == nr_had || (i < nr_wanted && common[i + 1][j] >= common[i][j + 1])) {
			print_line(file, indent, '-', wanted[i++]);
		} else {
			print_line(file, indent, '+', had[j++]);
		}
	}
	if (seen->is_cut)
		fprintf(file, "%s+ and more\n", indent);
	print_count(file, indent, finding_name(FINDING_CONTAINER_STOP), seen->stops);
	if (seen->is_late)
		fprintf(file, "%s+ findings after that\n", indent);
}
