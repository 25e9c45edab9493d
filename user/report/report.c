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
	struct report report;  /* first: the one is the other's address */
	json_t *by_key;        /* the newest line of each container; see key_of() */
	json_t *raw_by_key;    /* the same as it was read: escapes are a matter of how it is written */
	json_t *ocsf_by_key;   /* its line in OCSF, as it was read */
	json_t *ids;           /* the containers' ids, as keys */
	char *last_key;        /* of the line before; NULL: that was no verdict */
	bool last_is_outdated; /* the line before was older than one that is known */
};

int report__new(const char *version, struct report **ret_report)
{
	struct gathered *gathered = calloc(1, sizeof(*gathered));

	if (!gathered)
		return -ENOMEM;
	gathered->report = (struct report){
		.verdicts = json_array(), .notes = json_array(), .exceptions = json_object(), .version = version};
	gathered->by_key = json_object();
	gathered->raw_by_key = json_object();
	gathered->ocsf_by_key = json_object();
	gathered->ids = json_object();
	if (!gathered->report.verdicts || !gathered->report.notes || !gathered->report.exceptions ||
	    !gathered->by_key || !gathered->raw_by_key || !gathered->ocsf_by_key || !gathered->ids) {
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
	json_decref(gathered->by_key);
	json_decref(gathered->raw_by_key);
	json_decref(gathered->ocsf_by_key);
	json_decref(gathered->ids);
	free(gathered->last_key);
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

/*
 * Ids are unique within a runtime of one host, and those of LXC and nspawn are plain names. The sizes keep parts that
 * hold any text apart.
 *
 * Returns a string that the caller owns; NULL: no memory.
 */
static char *key_of(const json_t *line)
{
	const char *host = report_text(line, "host.id"), *runtime = report_text(line, "container.runtime");
	char *key;

	if (!*host)
		host = report_text(line, "host.name");
	if (asprintf(&key, "%zu %s %zu %s %s", strlen(host), host, strlen(runtime), runtime,
		     report_text(line, "container.id")) < 0)
		return NULL;
	return key;
}

static int keep_verdict(struct gathered *gathered, const char *key, json_t *line, struct span raw)
{
	if (!json_object_get(gathered->by_key, key) && json_object_size(gathered->by_key) == REPORT_CONTAINERS_MAX)
		return -E2BIG;
	if (json_object_set_new(gathered->raw_by_key, key, json_stringn(raw.data, raw.size)) ||
	    json_object_set(gathered->by_key, key, line) ||
	    json_object_set_new(gathered->ids, report_text(line, "container.id"), json_true()))
		return -ENOMEM;
	return 0;
}

/* Timestamps of this schema have one form, in which the order of the text is that of time. */
static int add_verdict(struct gathered *gathered, json_t *line, struct span raw)
{
	_cleanup_free_ char *key = key_of(line);
	const json_t *known = key ? json_object_get(gathered->by_key, key) : NULL;
	int err = 0;

	if (!key)
		return -ENOMEM;
	gathered->last_is_outdated =
		known && strcmp(report_text(line, "@timestamp"), report_text(known, "@timestamp")) < 0;
	if (!gathered->last_is_outdated)
		err = keep_verdict(gathered, key, line, raw);
	if (!err)
		gathered->last_key = steal_pointer(&key);
	return err;
}

/* It says in other words what the verdict on the line before says. */
static int add_ocsf(struct gathered *gathered, const char *key, struct span raw)
{
	if (!key)
		return -EBADMSG;
	if (gathered->last_is_outdated)
		return 0;
	return json_object_set_new(gathered->ocsf_by_key, key, json_stringn(raw.data, raw.size)) ? -ENOMEM : 0;
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
	    !json_object_get(gathered->ids, id) || json_array_size(of_container) == EXCEPTIONS_MAX)
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
	_cleanup_free_ char *last_key = steal_pointer(&gathered->last_key);
	json_t *object;
	int err;

	while (line.size && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
		line.size--;
	/* Its '\n' counts too. */
	if (line.size >= ECS_LINE_MAX)
		return -EBADMSG;
	object = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);
	if (json_integer_value(json_object_get(object, "class_uid")) == OCSF_COMPLIANCE_FINDING)
		err = add_ocsf(gathered, last_key, line);
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

bool report_fails(const struct report *report, const json_t *line)
{
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));

	return evaluation == EVALUATION_FAILED || (report->fails_on_warn && evaluation == EVALUATION_WARN);
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

static int compare_hosts(const json_t *left, const json_t *right)
{
	int difference = strcmp(report_text(left, "host.name"), report_text(right, "host.name"));

	return difference ? difference : strcmp(report_text(left, "host.id"), report_text(right, "host.id"));
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
	if (!difference)
		difference = strcmp(report_text(left, "container.id"), report_text(right, "container.id"));
	return difference ? difference : compare_hosts(left, right);
}

int report__sort(struct report *report)
{
	json_t *by_key = ((struct gathered *)report)->by_key, *line;
	size_t nr = json_object_size(by_key), i = 0;
	_cleanup_free_ json_t **lines = calloc(nr + 1, sizeof(*lines));
	const char *key;

	if (!lines)
		return -ENOMEM;
	report->has_many_hosts = false;
	json_object_foreach(by_key, key, line)
	{
		lines[i++] = line;
		report->has_many_hosts |= compare_hosts(line, lines[0]);
	}
	qsort(lines, nr, sizeof(*lines), compare);
	json_array_clear(report->verdicts);
	for (i = 0; i < nr; i++)
		if (json_array_append(report->verdicts, lines[i]))
			return -ENOMEM;
	return 0;
}

/* Each line as it was read, unless `change` writes another one in its place. */
static int write_raw(const struct report *report, const json_t *raw_by_key,
		     int (*change)(const struct report *report, const json_t *line, struct span raw, FILE *out),
		     FILE *out)
{
	const json_t *line;
	size_t i;
	int err = 0;

	json_array_foreach(report->verdicts, i, line)
	{
		_cleanup_free_ char *key = key_of(line);
		const json_t *raw = key ? json_object_get(raw_by_key, key) : NULL;

		if (!key)
			return -ENOMEM;
		if (!raw)
			continue;
		err = change(report, line, (struct span){json_string_value(raw), json_string_length(raw)}, out);
		if (err)
			return err;
	}
	return ferror(out) ? -EIO : 0;
}

static int write_unchanged(const struct report *report, const json_t *line, struct span raw, FILE *out)
{
	(void)report, (void)line;
	fwrite(raw.data, 1, raw.size, out);
	fputc('\n', out);
	return 0;
}

/*
 * A warning that counts as a failure gets the status of one. Text in a line has no quotation mark of its own, so the
 * members are found where the encoder wrote them and nowhere else.
 */
static int write_with_status(const struct report *report, const json_t *line, struct span raw, FILE *out)
{
	static const char warning[] = "\"status_id\":2,\"status\":\"Warning\"";
	static const char failure[] = "\"status_id\":3,\"status\":\"Fail\"";
	const char *at;

	if (report_evaluation(report_text(line, "result.evaluation")) != EVALUATION_WARN || !report->fails_on_warn)
		return write_unchanged(report, line, raw, out);
	at = memmem(raw.data, raw.size, warning, sizeof(warning) - 1);
	if (!at)
		return -EBADMSG;
	fwrite(raw.data, 1, at - raw.data, out);
	fputs(failure, out);
	at += sizeof(warning) - 1;
	return write_unchanged(report, line, (struct span){at, raw.size - (at - raw.data)}, out);
}

int report_json__write(const struct report *report, FILE *out)
{
	return write_raw(report, ((const struct gathered *)report)->raw_by_key, write_unchanged, out);
}

int report_ocsf__write(const struct report *report, FILE *out)
{
	return write_raw(report, ((const struct gathered *)report)->ocsf_by_key, write_with_status, out);
}
