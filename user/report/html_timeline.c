// SPDX-License-Identifier: Apache-2.0
/* The picture of who was root in a container when: inline SVG with a lane for each process. */
#include <math.h>
#include <string.h>

#include "judge/history.h"
#include "report/html.h"
#include "report/markup.h"
#include "report/report.h"

#define NS_PER_MS     INT64_C(1000000)
#define STRETCHES_MAX 64 /* twice what the agent tells; a file can hold any number */
#define LANES_TOP     22 /* below the axis' labels; px, as the others */
#define LANE_HEIGHT   36
#define LABEL_HEIGHT  14
#define BAR_HEIGHT    12

/* A logarithmic scale is linear up to about here: what a drop at the start takes. */
#define LOG_UNIT_NS 1e7

/* What is held, by enum hold; the last one is of a file that says something else. */
#define LOOKS (HOLD_END + 1)

static const char *const meanings[LOOKS] = {
	[HOLD_ROOT] = "root",
	[HOLD_MAPPED] = "root of a user namespace",
	[HOLD_EQUIVALENT] = "capabilities that amount to root",
	[HOLD_SAVED] = "can become root again",
	[HOLD_END] = "not known",
};

static const char *look_name(unsigned look)
{
	return look < HOLD_END ? hold_name(look) : "other";
}

struct bar {
	const json_t *stretch;
	int64_t since_ns, until_ns; /* from the picture's left edge on */
	bool is_open, since_is_exact, until_is_exact;
	unsigned look;
	json_int_t pid;
	unsigned lane;
};

struct timeline {
	int64_t begin_ns, span_ns;
	bool is_log;
	bool begins_at_start; /* of the container; else where something was first seen */
	struct bar bars[STRETCHES_MAX];
	unsigned nr_bars, nr_lanes;
};

/* 0 to 100, from left to right. */
static double place(const struct timeline *t, int64_t ns, bool is_log)
{
	if (is_log)
		return 100 * log1p(ns / LOG_UNIT_NS) / log1p(t->span_ns / LOG_UNIT_NS);
	return 100.0 * ns / t->span_ns;
}

static double narrowest(const struct timeline *t, bool is_log)
{
	double least = 100;

	for (unsigned i = 0; i < t->nr_bars; i++)
		least = fmin(least, place(t, t->bars[i].until_ns, is_log) - place(t, t->bars[i].since_ns, is_log));
	return least;
}

static bool is_true(const json_t *stretch, const char *key)
{
	return json_is_true(json_object_get(stretch, key));
}

/* Reads a stretch with absolute times. Returns false for one without a begin. */
static bool read_bar(const json_t *stretch, int64_t end_ns, struct bar *ret_bar)
{
	struct bar bar = {
		.stretch = stretch,
		.until_ns = end_ns,
		.since_is_exact = is_true(stretch, "since_is_exact"),
		.until_is_exact = is_true(stretch, "until_is_exact"),
		.pid = json_integer_value(json_object_get(stretch, "pid")),
	};

	if (!html_parse_moment(report_text(stretch, "since"), &bar.since_ns))
		return false;
	bar.is_open = !html_parse_moment(report_text(stretch, "until"), &bar.until_ns);
	while (bar.look < HOLD_END && strcmp(look_name(bar.look), report_text(stretch, "hold")))
		bar.look++;
	*ret_bar = bar;
	return true;
}

static int64_t clamp(int64_t ns, int64_t most)
{
	return ns < 0 ? 0 : ns > most ? most : ns;
}

/* One lane for what a process held one after the other. */
static void give_lanes(struct timeline *t)
{
	for (unsigned i = 0; i < t->nr_bars; i++) {
		unsigned before = 0;

		while (before < i && t->bars[before].pid != t->bars[i].pid)
			before++;
		t->bars[i].lane = before < i ? t->bars[before].lane : t->nr_lanes++;
	}
}

/* Returns false where there is nothing to draw. */
static bool read_timeline(const json_t *verdict, struct timeline *ret)
{
	int64_t end_ns = 0, first_ns = INT64_MAX;
	json_t *stretch;
	size_t i;

	*ret = (struct timeline){};
	html_parse_moment(report_text(verdict, "@timestamp"), &end_ns);
	json_array_foreach(report_at(verdict, "uidzero.timeline"), i, stretch)
	{
		struct bar *bar = &ret->bars[ret->nr_bars];

		if (ret->nr_bars == STRETCHES_MAX)
			break;
		if (!read_bar(stretch, end_ns, bar))
			continue;
		ret->nr_bars++;
		first_ns = bar->since_ns < first_ns ? bar->since_ns : first_ns;
	}
	if (!ret->nr_bars)
		return false;
	ret->begins_at_start = html_parse_moment(report_text(verdict, "uidzero.started"), &ret->begin_ns);
	if (!ret->begins_at_start)
		ret->begin_ns = first_ns;
	/* A replayed line can be older than what it tells of; a picture has some width in any case. */
	ret->span_ns = clamp(end_ns - ret->begin_ns, INT64_MAX);
	for (i = 0; i < ret->nr_bars; i++) {
		int64_t until_ns = ret->bars[i].until_ns - ret->begin_ns;

		ret->span_ns = until_ns > ret->span_ns ? until_ns : ret->span_ns;
	}
	ret->span_ns = ret->span_ns ?: NS_PER_MS;
	for (i = 0; i < ret->nr_bars; i++) {
		struct bar *bar = &ret->bars[i];

		bar->since_ns = clamp(bar->since_ns - ret->begin_ns, ret->span_ns);
		bar->until_ns = bar->is_open ? ret->span_ns : clamp(bar->until_ns - ret->begin_ns, ret->span_ns);
		if (bar->until_ns < bar->since_ns)
			bar->until_ns = bar->since_ns;
	}
	give_lanes(ret);
	/* The scale on which the shortest stretch can be seen; the plain one where either does. */
	ret->is_log = narrowest(ret, false) < 2 && narrowest(ret, true) > narrowest(ret, false);
	return true;
}

static void write_tick(const struct timeline *t, int64_t ns, const char *anchor, const char *label, unsigned height,
		       FILE *out)
{
	double x = place(t, ns, t->is_log);

	fprintf(out,
		"<line x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"16\" y2=\"%u\"/><text x=\"%.2f%%\" y=\"11\" "
		"text-anchor=\"%s\">%s"
		"</text>\n",
		x, x, height, x, anchor, label);
}

/* Round times with room for a label each, on the smallest screen too. */
static void write_axis(const struct timeline *t, unsigned height, FILE *out)
{
	/* clang-format off */
	static const int64_t round_ms[] = {
		1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000, 300000, 600000,
		900000, 1800000, 3600000, 7200000, 10800000, 21600000, 43200000, 86400000, 172800000, 432000000, 864000000,
		1728000000, 4320000000, 8640000000, 31536000000, 315360000000, INT64_MAX / NS_PER_MS,
	};
	/* clang-format on */
	enum { NR_ROUND = sizeof(round_ms) / sizeof(round_ms[0]) };
	char label[DURATION_SIZE];
	double last = t->begins_at_start ? 6 : 20;
	size_t i = 0;

	fputs("<g class=\"axis\">\n", out);
	write_tick(t, 0, "start", t->begins_at_start ? "start" : "first seen", height, out);
	if (!t->is_log) {
		while (i + 1 < NR_ROUND && round_ms[i] * NS_PER_MS < t->span_ns / 5)
			i++;
	}
	/* Even steps where the scale is even. */
	for (int64_t ms = round_ms[i]; i < NR_ROUND && ms * NS_PER_MS < t->span_ns;
	     ms = t->is_log ? round_ms[++i] : ms + round_ms[i]) {
		double x = place(t, ms * NS_PER_MS, t->is_log);

		if (x > 80)
			break;
		if (x - last < 15)
			continue;
		write_tick(t, ms * NS_PER_MS, "middle", html_duration(ms * NS_PER_MS, label), height, out);
		last = x;
	}
	write_tick(t, t->span_ns, "end", html_duration(t->span_ns, label), height, out);
	fputs("</g>\n", out);
}

/* "nginx (pid 7): root from 0 ms to 38 ms" */
static void write_sentence(const struct bar *bar, FILE *out)
{
	const char *name = report_text(bar->stretch, "name");
	char text[DURATION_SIZE];

	markup_text(out, *name ? name : "a process");
	fprintf(out, " (pid %lld): %s from ", (long long)bar->pid, meanings[bar->look]);
	fprintf(out, "%s%s", bar->since_is_exact ? "" : "about ", html_duration(bar->since_ns, text));
	if (bar->is_open)
		fputs(" on, still", out);
	else
		fprintf(out, " to %s%s", bar->until_is_exact ? "" : "about ", html_duration(bar->until_ns, text));
}

static void write_label(const struct bar *bar, unsigned y, FILE *out)
{
	const char *name = report_text(bar->stretch, "name"), *role = report_text(bar->stretch, "role");

	/* First strong isolate: SVG has no <bdi>. */
	fprintf(out, "<text class=\"who\" y=\"%u\"><tspan class=\"name\">\u2068", y);
	markup_text(out, *name ? name : "?");
	fprintf(out, "\u2069</tspan> pid %lld, ", (long long)bar->pid);
	markup_text(out, role);
	if (is_true(bar->stretch, "session") && strcmp(role, "session"))
		fputs(" of a session", out);
	fputs("</text>\n", out);
}

static void write_bar(const struct timeline *t, const struct bar *bar, unsigned y, FILE *out)
{
	double from = place(t, bar->since_ns, t->is_log), width = place(t, bar->until_ns, t->is_log) - from;

	/* Never too narrow to be seen, its arrow included, and never beyond the edge. */
	width = fmax(width, bar->is_open ? 2 : 0.6);
	from = fmin(from, 100 - width);
	fprintf(out, "<svg x=\"%.2f%%\" y=\"%u\" width=\"%.2f%%\" height=\"%u\"><title>", from, y, width, BAR_HEIGHT);
	write_sentence(bar, out);
	fprintf(out, "</title><rect class=\"hold-%s\" width=\"100%%\" height=\"%u\"/>", look_name(bar->look),
		BAR_HEIGHT);
	if (!bar->since_is_exact)
		fprintf(out, "<rect class=\"fade-in\" width=\"24\" height=\"%u\"/>", BAR_HEIGHT);
	if (bar->is_open)
		fprintf(out,
			"<svg x=\"100%%\" overflow=\"visible\"><path class=\"on\" d=\"M-9 0H1V%uH-9L-2 %uZ\"/></svg>",
			BAR_HEIGHT, BAR_HEIGHT / 2);
	else if (!bar->until_is_exact)
		fprintf(out,
			"<svg x=\"100%%\" overflow=\"visible\"><rect class=\"fade-out\" x=\"-24\" width=\"24\" "
			"height=\"%u\"/></svg>",
			BAR_HEIGHT);
	fputs("</svg>\n", out);
}

static void write_legend(const struct timeline *t, const json_t *verdict, FILE *out)
{
	json_int_t nr_omitted = json_integer_value(report_at(verdict, "uidzero.timeline_omitted"));
	bool is_held[LOOKS] = {}, has_open = false, has_guess = false;

	for (unsigned i = 0; i < t->nr_bars; i++) {
		is_held[t->bars[i].look] = true;
		has_open |= t->bars[i].is_open;
		has_guess |= !t->bars[i].since_is_exact || (!t->bars[i].is_open && !t->bars[i].until_is_exact);
	}
	fprintf(out, "<figcaption><span>Time since %s%s</span>\n",
		t->begins_at_start ? "the container's start" : "it was first seen", t->is_log ? ", logarithmic" : "");
	for (unsigned look = 0; look < LOOKS; look++) {
		if (is_held[look])
			fprintf(out,
				"<span><svg width=\"22\" height=\"10\" aria-hidden=\"true\"><rect class=\"hold-%s\" "
				"width=\"22\" height=\"10\"/></svg> %s</span>\n",
				look_name(look), meanings[look]);
	}
	if (has_open)
		fputs("<span><svg width=\"14\" height=\"10\" aria-hidden=\"true\"><path class=\"arrow\" d=\"M0 0H6L13 "
		      "5L6 "
		      "10H0Z\"/></svg> still goes on</span>\n",
		      out);
	if (has_guess)
		fputs("<span><svg width=\"26\" height=\"10\" aria-hidden=\"true\"><rect class=\"arrow\" width=\"26\" "
		      "height=\"10\"/><rect class=\"fade-out\" x=\"2\" width=\"24\" height=\"10\"/></svg> begin or end "
		      "was not "
		      "seen</span>\n",
		      out);
	if (nr_omitted > 0)
		fprintf(out, "<span>%lld more are left out</span>\n", (long long)nr_omitted);
	fputs("</figcaption>\n", out);
}

void html_timeline__write(const json_t *verdict, FILE *out)
{
	char container[REPORT_NAME_MAX];
	struct timeline t;
	unsigned height, lane = 0;

	if (!read_timeline(verdict, &t)) {
		fputs("<p>Nobody was seen to hold root.</p>\n", out);
		return;
	}
	report_name(verdict, container);
	height = LANES_TOP + t.nr_lanes * LANE_HEIGHT;
	fprintf(out,
		"<figure>\n<svg class=\"lanes\" role=\"img\" width=\"100%%\" height=\"%u\">\n<title>Who was root in ",
		height);
	markup_text(out, container);
	fputs("</title>\n<desc>", out);
	for (unsigned i = 0; i < t.nr_bars; i++) {
		write_sentence(&t.bars[i], out);
		fputs("; ", out);
	}
	fputs("</desc>\n", out);
	write_axis(&t, height, out);
	for (unsigned i = 0; i < t.nr_bars; i++) {
		unsigned top = LANES_TOP + t.bars[i].lane * LANE_HEIGHT;

		/* Lanes are numbered as they first come. */
		if (t.bars[i].lane == lane) {
			lane++;
			write_label(&t.bars[i], top + LABEL_HEIGHT - 3, out);
			fprintf(out, "<rect class=\"track\" y=\"%u\" width=\"100%%\" height=\"%u\"/>\n",
				top + LABEL_HEIGHT + 2, BAR_HEIGHT);
		}
		write_bar(&t, &t.bars[i], top + LABEL_HEIGHT + 2, out);
	}
	fputs("</svg>\n", out);
	write_legend(&t, verdict, out);
	fputs("</figure>\n", out);
}
