// SPDX-License-Identifier: Apache-2.0
/* Prints the self-test's result. */
#include "selftest/table.h"

#include <string.h>

#define NAME_WIDTH 30
#define HOOK_WIDTH 13
#define INDENT     "      "

static const struct {
	const char *name, *color;
} outcomes[OUTCOME_END] = {
	[OUTCOME_SEEN] = {"seen", "\033[32m"},
	[OUTCOME_MISSED] = {"MISSED", "\033[1;31m"},
	[OUTCOME_IMPOSSIBLE] = {"not possible", "\033[33m"},
};

enum outcome column__outcome(const struct column *column, unsigned number)
{
	const char *lines = selftest_case_lines(selftest_case_at(number), column->hook);

	if (column->made[number].made == MADE_IMPOSSIBLE)
		return OUTCOME_IMPOSSIBLE;
	return column->made[number].made == MADE && seen__is(&column->seen[number], lines) ? OUTCOME_SEEN
											   : OUTCOME_MISSED;
}

unsigned table_count(const bool wanted[SELFTEST_CASES_MAX], struct column *const *columns, unsigned nr,
		     enum outcome outcome)
{
	unsigned number, i, count = 0;

	for (number = 0; selftest_case_at(number); number++)
		for (i = 0; i < nr; i++)
			count += wanted[number] && !columns[i]->err && column__outcome(columns[i], number) == outcome;
	return count;
}

/* As wide as a column, whatever the colour's bytes. */
static void print_outcome(FILE *file, enum outcome outcome, bool has_color)
{
	fprintf(file, "%s%s%s%*s", has_color ? outcomes[outcome].color : "", outcomes[outcome].name,
		has_color ? "\033[0m" : "", HOOK_WIDTH - (int)strlen(outcomes[outcome].name), "");
}

static void print_note(FILE *file, const struct column *column, unsigned number, enum outcome outcome)
{
	const struct made_case *made = &column->made[number];

	if (outcome == OUTCOME_SEEN)
		return;
	fprintf(file, INDENT "%s: ", creds_hook_name(column->hook));
	if (made->made == MADE_FAILED || made->made == MADE_IMPOSSIBLE) {
		fprintf(file, "%s%s\n", made->made == MADE_FAILED ? "could not be made, " : "", made->reason);
		return;
	}
	fputs("expected (-) and seen (+) differ\n", file);
	seen__print_difference(&column->seen[number], selftest_case_lines(selftest_case_at(number), column->hook),
			       INDENT "  ", file);
}

static void print_case(const struct selftest_case *which, unsigned number, struct column *const *columns, unsigned nr,
		       bool has_color, FILE *file)
{
	unsigned i;

	fprintf(file, "  %-*s", NAME_WIDTH - 2, which->name);
	for (i = 0; i < nr; i++)
		if (!columns[i]->err)
			print_outcome(file, column__outcome(columns[i], number), has_color);
	fputc('\n', file);
	for (i = 0; i < nr; i++)
		if (!columns[i]->err)
			print_note(file, columns[i], number, column__outcome(columns[i], number));
}

/* The hooks' names above their columns; those that the kernel refuses have none. */
static void print_head(struct column *const *columns, unsigned nr, FILE *file)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (columns[i]->err)
			fprintf(file, "%s is not to be had on this kernel: %s\n", creds_hook_name(columns[i]->hook),
				strerror(-columns[i]->err));
	fprintf(file, "%*s", NAME_WIDTH, "");
	for (i = 0; i < nr; i++)
		if (!columns[i]->err)
			fprintf(file, "%-*s", HOOK_WIDTH, creds_hook_name(columns[i]->hook));
	fputc('\n', file);
}

static void print_sum(const bool *wanted, struct column *const *columns, unsigned nr, FILE *file)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (columns[i]->lost)
			fprintf(file, "\n%s: %llu events were lost\n", creds_hook_name(columns[i]->hook),
				(unsigned long long)columns[i]->lost);
	fprintf(file, "\n%u seen, %u missed, %u not possible here\n", table_count(wanted, columns, nr, OUTCOME_SEEN),
		table_count(wanted, columns, nr, OUTCOME_MISSED), table_count(wanted, columns, nr, OUTCOME_IMPOSSIBLE));
}

void table_print(const bool wanted[SELFTEST_CASES_MAX], struct column *const *columns, unsigned nr, bool has_color,
		 FILE *file)
{
	const struct selftest_group *group;
	const struct selftest_case *each;
	bool has_heading;
	unsigned number = 0;

	print_head(columns, nr, file);
	for (group = selftest_groups; group->heading; group++) {
		has_heading = false;
		for (each = group->cases; each->name; each++, number++) {
			if (!wanted[number])
				continue;
			if (!has_heading)
				fprintf(file, "%s%s%s\n", has_color ? "\033[1m" : "", group->heading,
					has_color ? "\033[0m" : "");
			has_heading = true;
			print_case(each, number, columns, nr, has_color, file);
		}
	}
	print_sum(wanted, columns, nr, file);
}

void table_list(FILE *file)
{
	const struct selftest_group *group;
	const struct selftest_case *each;

	for (group = selftest_groups; group->heading; group++) {
		fprintf(file, "%s\n", group->heading);
		for (each = group->cases; each->name; each++)
			fprintf(file, "  %-*s%s\n", NAME_WIDTH - 2, each->name, each->summary);
	}
}
