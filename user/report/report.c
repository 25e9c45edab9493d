// SPDX-License-Identifier: Apache-2.0
/* Verdict lines, gathered for people and for tools that want all of them in one document. */
#include "report/report.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "encode/ecs.h"
#include "report/packed.h"
#include "report/words.h"

#define OCSF_COMPLIANCE_FINDING 2003 /* class_uid */

#define EXCEPTIONS_MAX 1024
#define TIMESTAMP_MAX  40

/* The newest verdict on a container. */
struct entry {
	char *key;  /* see key_of() */
	char *name; /* for the order: see sort_name() */
	char *host; /* as report_host() writes it */
	char time[TIMESTAMP_MAX];
	enum verdict verdict;
	enum evaluation evaluation, result;
	struct packed line, ocsf; /* as they were read: escapes are a matter of how they are written */
	UT_hash_handle hh;
};

/* What the writers see, and behind it what they need not. */
struct gathered {
	struct report report; /* first: the one is the other's address */
	struct entry *by_key, **sorted;
	struct entry *last;   /* of the line before; NULL: that was no verdict that is kept */
	bool last_is_skipped; /* the line before was a verdict that is outdated or not wanted */
	json_t *ids;          /* the containers' ids, as keys */
	json_t *current;      /* what report__line() returned last */
	int err;              /* of report__line() */
};

int report__new(const char *version, struct report **ret_report)
{
	struct gathered *gathered = calloc(1, sizeof(*gathered));

	if (!gathered)
		return -ENOMEM;
	gathered->report = (struct report){.notes = json_array(), .exceptions = json_object(), .version = version};
	gathered->ids = json_object();
	if (!gathered->report.notes || !gathered->report.exceptions || !gathered->ids) {
		report__free(&gathered->report);
		return -ENOMEM;
	}
	*ret_report = &gathered->report;
	return 0;
}

static void free_entry(struct entry *entry)
{
	if (!entry)
		return;
	packed__destroy(&entry->line);
	packed__destroy(&entry->ocsf);
	free(entry->key);
	free(entry->name);
	free(entry->host);
	free(entry);
}

void report__free(struct report *report)
{
	struct gathered *gathered = (struct gathered *)report;
	struct entry *entry, *next;

	if (!report)
		return;
	HASH_ITER (hh, gathered->by_key, entry, next) {
		HASH_DEL(gathered->by_key, entry);
		free_entry(entry);
	}
	json_decref(report->notes);
	json_decref(report->exceptions);
	json_decref(gathered->ids);
	json_decref(gathered->current);
	free(gathered->sorted);
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

/* What sorts containers of one verdict. */
static char *sort_name(const json_t *line)
{
	char name[REPORT_NAME_MAX], *sort_name;

	report_name(line, name);
	if (asprintf(&sort_name, "%s\n%s\n%s\n%s", name, report_text(line, "container.id"),
		     report_text(line, "host.name"), report_text(line, "host.id")) < 0)
		return NULL;
	return sort_name;
}

/* Takes the key over. Returns NULL where memory ran out. */
static struct entry *new_entry(struct gathered *gathered, char *key)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		free(key);
		return NULL;
	}
	entry->key = key;
	HASH_ADD_KEYPTR(hh, gathered->by_key, entry->key, strlen(entry->key), entry);
	return entry;
}

static int keep_verdict(struct entry *entry, const json_t *line, struct span raw)
{
	_cleanup_free_ char *name = sort_name(line), *own_host = NULL;
	char host[REPORT_NAME_MAX];

	report_host(line, host);
	own_host = strdup(host);
	if (!name || !own_host || packed__set(&entry->line, raw))
		return -ENOMEM;
	free(entry->name);
	free(entry->host);
	entry->name = steal_pointer(&name);
	entry->host = steal_pointer(&own_host);
	packed__destroy(&entry->ocsf);
	snprintf(entry->time, sizeof(entry->time), "%s", report_text(line, "@timestamp"));
	entry->verdict = report_verdict(report_text(line, "uidzero.verdict"));
	entry->evaluation = report_evaluation(report_text(line, "result.evaluation"));
	entry->result = report_evaluation(report_text(line, "uidzero.result"));
	return 0;
}

/* The worst first. */
static int rank(enum evaluation evaluation, enum verdict verdict)
{
	static const int ranks[] = {
		[EVALUATION_FAILED] = 0,   [EVALUATION_WARN] = 1,   [EVALUATION_UNKNOWN] = 2,
		[EVALUATION_EXCEPTED] = 3, [EVALUATION_PASSED] = 4,
	};

	return ranks[evaluation] * VERDICT_END + verdict;
}

/*
 * Timestamps of this schema have one form, in which the order of the text is that of time. Two verdicts of one moment
 * are those of a container that was started again under its id, and of its former processes, which live on elsewhere:
 * the worse one counts.
 */
static bool is_outdated(const json_t *line, const struct entry *entry)
{
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));
	enum verdict verdict = report_verdict(report_text(line, "uidzero.verdict"));
	int order = strcmp(report_text(line, "@timestamp"), entry->time);

	return order ? order < 0 : rank(evaluation, verdict) > rank(entry->evaluation, entry->verdict);
}

static int add_verdict(struct gathered *gathered, const json_t *line, struct span raw)
{
	const struct report *report = &gathered->report;
	struct entry *entry;
	char *key;
	int err;

	if (json_object_set_new(gathered->ids, report_text(line, "container.id"), json_true()))
		return -ENOMEM;
	gathered->last_is_skipped = report->wants && !report->wants(report->wants_data, line);
	if (gathered->last_is_skipped)
		return 0;
	key = key_of(line);
	if (!key)
		return -ENOMEM;
	HASH_FIND(hh, gathered->by_key, key, strlen(key), entry);
	gathered->last_is_skipped = entry && is_outdated(line, entry);
	if (entry)
		free(key);
	else if (HASH_COUNT(gathered->by_key) == REPORT_CONTAINERS_MAX)
		return free(key), -E2BIG;
	else
		entry = new_entry(gathered, key);
	if (!entry)
		return -ENOMEM;
	if (gathered->last_is_skipped)
		return 0;
	err = keep_verdict(entry, line, raw);
	if (!err)
		gathered->last = entry;
	return err;
}

/* It says in other words what the verdict on the line before says. */
static int add_ocsf(struct entry *entry, bool is_skipped, struct span raw)
{
	if (is_skipped)
		return 0;
	return entry ? packed__set(&entry->ocsf, raw) : -EBADMSG;
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
	struct entry *last = gathered->last;
	bool last_is_skipped = gathered->last_is_skipped;
	json_error_t error;
	json_t *object;
	int err;

	gathered->last = NULL;
	gathered->last_is_skipped = false;

	while (line.size && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
		line.size--;
	/* Its '\n' counts too. */
	if (line.size >= ECS_LINE_MAX)
		return -EBADMSG;
	object = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	if (json_integer_value(json_object_get(object, "class_uid")) == OCSF_COMPLIANCE_FINDING)
		err = add_ocsf(last, last_is_skipped, line);
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

bool report_fails(const struct report *report, enum evaluation evaluation)
{
	return evaluation == EVALUATION_FAILED || (report->fails_on_warn && evaluation == EVALUATION_WARN);
}

static int compare(const void *a, const void *b)
{
	const struct entry *left = *(struct entry *const *)a, *right = *(struct entry *const *)b;
	int difference = rank(left->evaluation, left->verdict) - rank(right->evaluation, right->verdict);

	return difference ? difference : strcmp(left->name, right->name);
}

int report__sort(struct report *report)
{
	struct gathered *gathered = (struct gathered *)report;
	size_t nr = HASH_COUNT(gathered->by_key), i = 0;
	struct entry **sorted = calloc(nr + 1, sizeof(struct entry *)), *entry, *next;
	struct report_counts counts = {};

	if (!sorted)
		return -ENOMEM;
	report->has_many_hosts = false;
	HASH_ITER (hh, gathered->by_key, entry, next) {
		sorted[i++] = entry;
		report->has_many_hosts |= strcmp(entry->host, sorted[0]->host) != 0;
		counts.results[entry->result]++;
		counts.evaluations[entry->evaluation]++;
		counts.excepted += entry->evaluation == EVALUATION_EXCEPTED;
		counts.failing += report_fails(report, entry->evaluation);
	}
	qsort(sorted, nr, sizeof(struct entry *), compare);
	free(gathered->sorted);
	gathered->sorted = sorted;
	report->nr_verdicts = nr;
	report->counts = counts;
	return 0;
}

const json_t *report__line(const struct report *report, size_t at)
{
	struct gathered *gathered = (struct gathered *)report;
	_cleanup_free_ char *text = packed__text(&gathered->sorted[at]->line);

	json_decref(gathered->current);
	gathered->current = text ? json_loads(text, 0, NULL) : NULL;
	if (!gathered->current)
		gathered->err = -ENOMEM;
	return gathered->current;
}

enum evaluation report__evaluation(const struct report *report, size_t at)
{
	return ((const struct gathered *)report)->sorted[at]->evaluation;
}

const char *report__host(const struct report *report, size_t at)
{
	return ((const struct gathered *)report)->sorted[at]->host;
}

int report__end(const struct report *report, FILE *out)
{
	return ((const struct gathered *)report)->err ?: ferror(out) ? -EIO : 0;
}

static void write_raw(struct span raw, FILE *out)
{
	fwrite(raw.data, 1, raw.size, out);
	fputc('\n', out);
}

/*
 * A warning that counts as a failure gets the status of one. Text in a line has no quotation mark of its own, so the
 * members are found where the encoder wrote them and nowhere else.
 */
static int write_as_failure(struct span raw, FILE *out)
{
	static const char warning[] = "\"status_id\":2,\"status\":\"Warning\"";
	static const char failure[] = "\"status_id\":3,\"status\":\"Fail\"";
	const char *at = memmem(raw.data, raw.size, warning, sizeof(warning) - 1);

	if (!at)
		return -EBADMSG;
	fwrite(raw.data, 1, at - raw.data, out);
	fputs(failure, out);
	at += sizeof(warning) - 1;
	write_raw((struct span){at, raw.size - (at - raw.data)}, out);
	return 0;
}

int report_json__write(const struct report *report, FILE *out)
{
	const struct gathered *gathered = (const struct gathered *)report;

	for (size_t i = 0; i < report->nr_verdicts; i++) {
		const struct packed *line = &gathered->sorted[i]->line;
		_cleanup_free_ char *text = packed__text(line);

		if (!text)
			return -ENOMEM;
		write_raw((struct span){text, line->text_size}, out);
	}
	return report__end(report, out);
}

int report_ocsf__write(const struct report *report, FILE *out)
{
	const struct gathered *gathered = (const struct gathered *)report;

	for (size_t i = 0; i < report->nr_verdicts; i++) {
		const struct entry *entry = gathered->sorted[i];
		_cleanup_free_ char *text = packed__text(&entry->ocsf);
		struct span raw = {text, entry->ocsf.text_size};
		int err = 0;

		if (!text && entry->ocsf.data)
			return -ENOMEM;
		if (text && entry->evaluation == EVALUATION_WARN && report->fails_on_warn)
			err = write_as_failure(raw, out);
		else if (text)
			write_raw(raw, out);
		if (err)
			return err;
	}
	return report__end(report, out);
}
