// SPDX-License-Identifier: Apache-2.0
/* Verdict lines, gathered for people and for tools that want all of them in one document. */
#include "report/report.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "encode/ecs.h"
#include "report/words.h"

#define OCSF_COMPLIANCE_FINDING 2003 /* class_uid */

#define EXCEPTIONS_MAX 1024

/* What the writers see, and behind it what they need not. */
struct gathered {
	struct report report; /* first: the one is the other's address */
	json_t *by_id;        /* the last line of each container, by its id */
	json_t *ocsf_by_id;   /* its line in OCSF, as it was read */
	const char *last_id;  /* of the line before; NULL: it was none of a verdict; by_id's */
	json_t *raw_by_id;    /* the same as it was read: escapes are a matter of how it is written */
};

int report__new(const char *version, struct report **ret_report)
{
	struct gathered *gathered = calloc(1, sizeof(*gathered));

	if (!gathered)
		return -ENOMEM;
	gathered->report = (struct report){json_array(), json_array(), json_object(), version};
	gathered->by_id = json_object();
	gathered->raw_by_id = json_object();
	gathered->ocsf_by_id = json_object();
	if (!gathered->report.verdicts || !gathered->report.notes || !gathered->report.exceptions || !gathered->by_id ||
	    !gathered->raw_by_id) {
		report__free(&gathered->report);
		return -ENOMEM;
	}
	*ret_report = &gathered->report;
	return 0;
}

void report__free(struct report *report)
{
	struct gathered *gathered = (struct gathered *)report;

	if (!report)
		return;
	json_decref(report->verdicts);
	json_decref(report->notes);
	json_decref(report->exceptions);
	json_decref(gathered->by_id);
	json_decref(gathered->raw_by_id);
	json_decref(gathered->ocsf_by_id);
	free(gathered);
}

json_t *report_at(const json_t *line, const char *path)
{
	const json_t *at = line;

	while (at) {
		size_t size = strcspn(path, ".");

		at = json_object_getn(at, path, size);
		if (!path[size])
			break;
		path += size + 1;
	}
	return (json_t *)at;
}

const char *report_text(const json_t *line, const char *path)
{
	const char *text = json_string_value(report_at(line, path));

	return text ? text : "";
}

/* A line of this schema's, which all that is asked of it later relies on. */
static bool is_verdict(const json_t *line)
{
	return *report_text(line, "container.id") &&
	       report_verdict(report_text(line, "uidzero.verdict")) != VERDICT_END &&
	       report_evaluation(report_text(line, "result.evaluation")) != EVALUATION_NONE &&
	       report_evaluation(report_text(line, "uidzero.result")) < EVALUATION_EXCEPTED;
}

static int add_verdict(struct gathered *gathered, json_t *line, struct span raw)
{
	const char *id = report_text(line, "container.id");

	if (!json_object_get(gathered->by_id, id) && json_object_size(gathered->by_id) == REPORT_CONTAINERS_MAX)
		return -E2BIG;
	if (json_object_set_new(gathered->raw_by_id, id, json_stringn(raw.data, raw.size)) ||
	    json_object_set(gathered->by_id, id, line))
		return -ENOMEM;
	gathered->last_id = id;
	return 0;
}

/* It is of the container that the line before told of, and says so in words of its own. */
static int add_ocsf(struct gathered *gathered, const char *id, struct span raw)
{
	if (!id)
		return -EBADMSG;
	return json_object_set_new(gathered->ocsf_by_id, id, json_stringn(raw.data, raw.size)) ? -ENOMEM : 0;
}

static int add_notes(struct report *report, const json_t *notes)
{
	const json_t *note;
	size_t i;

	if (!notes)
		return 0;
	if (!json_is_array(notes))
		return -EBADMSG;
	json_array_foreach(notes, i, note)
	{
		if (!json_is_string(note))
			return -EBADMSG;
	}
	return json_array_extend(report->notes, (json_t *)notes) ? -ENOMEM : 0;
}

/* Of a container that was told of before; so many as a configuration has. */
static int add_exception(struct gathered *gathered, const json_t *line)
{
	const char *id = report_text(line, "container.id");
	json_t *exception = report_at(line, "uidzero.exception"), *all = gathered->report.exceptions;
	json_t *of_container = json_object_get(all, id);

	if (!*report_text(exception, "name") || !*report_text(exception, "match") ||
	    !json_object_get(gathered->by_id, id) || json_array_size(of_container) == EXCEPTIONS_MAX)
		return -EBADMSG;
	if (!of_container) {
		of_container = json_array();
		if (json_object_set_new(all, id, of_container))
			return -ENOMEM;
	}
	return json_array_append(of_container, exception) ? -ENOMEM : 0;
}

int report__add(struct report *report, struct span line)
{
	struct gathered *gathered = (struct gathered *)report;
	const char *last_id = gathered->last_id;
	json_t *object;
	int err;

	while (line.size && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
		line.size--;
	/* Its '\n' counts too. */
	if (line.size >= ECS_LINE_MAX)
		return -EBADMSG;
	object = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);
	gathered->last_id = NULL;
	if (json_integer_value(json_object_get(object, "class_uid")) == OCSF_COMPLIANCE_FINDING)
		err = add_ocsf(gathered, last_id, line);
	else if (strcmp(report_text(object, "uidzero.schema"), "1"))
		err = -EBADMSG;
	else if (!strcmp(report_text(object, "uidzero.answer"), "end"))
		err = add_notes(report, report_at(object, "uidzero.notes")) ?: 1;
	else if (!strcmp(report_text(object, "uidzero.answer"), "exception"))
		err = add_exception(gathered, object);
	else if (!*report_text(object, "uidzero.finding"))
		err = -EBADMSG;
	else if (strcmp(report_text(object, "uidzero.finding"), "verdict"))
		err = 0;
	else
		err = is_verdict(object) ? add_verdict(gathered, object, line) : -EBADMSG;
	json_decref(object);
	return err;
}

static int rank(const json_t *line)
{
	static const int ranks[] = {
		[EVALUATION_FAILED] = 0,   [EVALUATION_WARN] = 1,   [EVALUATION_UNKNOWN] = 2,
		[EVALUATION_EXCEPTED] = 3, [EVALUATION_PASSED] = 4,
	};

	return ranks[report_evaluation(report_text(line, "result.evaluation"))] * VERDICT_END +
	       report_verdict(report_text(line, "uidzero.verdict"));
}

static int compare(const void *a, const void *b)
{
	const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
	char left_name[REPORT_NAME_MAX], right_name[REPORT_NAME_MAX];
	int difference = rank(left) - rank(right);

	if (difference)
		return difference;
	report_name(left, left_name);
	report_name(right, right_name);
	difference = strcmp(left_name, right_name);
	return difference ? difference : strcmp(report_text(left, "container.id"), report_text(right, "container.id"));
}

int report__sort(struct report *report)
{
	json_t *by_id = ((struct gathered *)report)->by_id, *line;
	size_t nr = json_object_size(by_id), i = 0;
	_cleanup_free_ json_t **lines = calloc(nr + 1, sizeof(*lines));
	const char *id;

	if (!lines)
		return -ENOMEM;
	json_object_foreach(by_id, id, line)
	{
		lines[i++] = line;
	}
	qsort(lines, nr, sizeof(*lines), compare);
	json_array_clear(report->verdicts);
	for (i = 0; i < nr; i++)
		if (json_array_append(report->verdicts, lines[i]))
			return -ENOMEM;
	return 0;
}

static int write_raw(const struct report *report, const json_t *raw_by_id, FILE *out)
{
	const json_t *line;
	size_t i;

	json_array_foreach(report->verdicts, i, line)
	{
		const json_t *raw = json_object_get(raw_by_id, report_text(line, "container.id"));

		if (!raw)
			continue;
		fwrite(json_string_value(raw), 1, json_string_length(raw), out);
		fputc('\n', out);
	}
	return ferror(out) ? -EIO : 0;
}

int report_json__write(const struct report *report, FILE *out)
{
	return write_raw(report, ((const struct gathered *)report)->raw_by_id, out);
}

int report_ocsf__write(const struct report *report, FILE *out)
{
	return write_raw(report, ((const struct gathered *)report)->ocsf_by_id, out);
}
