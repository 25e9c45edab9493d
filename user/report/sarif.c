// SPDX-License-Identifier: Apache-2.0
/* A report as SARIF 2.1.0, the OASIS format that code scanning tools exchange. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "encode/stable_id.h"
#include "report/safe_json.h"
#include "report/report.h"
#include "report/words.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct sarif {
	json_t *rules, *results, *index; /* of a rule by its id */
};

/* SARIF 3.11.5 and 3.11.6: braces are placeholders unless doubled, and "[text](target)" is a link, also of a hostile
 * name. */
static json_t *plain_text(const char *text)
{
	_cleanup_free_ char *safe = report_safe(text), *plain = NULL;
	size_t size = 0;

	plain = safe ? malloc(2 * strlen(safe) + 1) : NULL;
	if (!plain)
		return NULL;
	for (const char *at = safe; *at; at++) {
		plain[size++] = *at;
		if (*at == '{' || *at == '}')
			plain[size++] = *at;
		else if (*at == ']' && at[1] == '(')
			plain[size++] = ' ';
	}
	return json_stringn(plain, size);
}

static const char *level_of(enum evaluation result, bool is_verdict)
{
	if (result == EVALUATION_FAILED)
		return is_verdict ? "error" : "warning";
	return is_verdict && result == EVALUATION_WARN ? "warning" : "note";
}

/* It must be a URI, or the document does not hold against its schema. */
static bool is_reference(const char *text)
{
	return !strncmp(text, "https://", 8) &&
	       !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-._~/?&=+#:")];
}

/* The index of a rule, which is added where it is new; -ENOMEM. */
static int rule_index(struct sarif *sarif, const char *id, const char *title, const char *full, const char *reference,
		      const char *level, const char *tag)
{
	json_t *known = json_object_get(sarif->index, id), *rule;
	int index = (int)json_array_size(sarif->rules);

	if (known)
		return (int)json_integer_value(known);
	rule = json_pack("{s:o, s:{s:o}, s:{s:o}, s:{s:s}, s:{s:[s, o]}}", "id", safe_json(id), "shortDescription",
			 "text", plain_text(title), "fullDescription", "text", plain_text(full), "defaultConfiguration",
			 "level", level, "properties", "tags", "security", safe_json(tag));
	if (!rule)
		return -ENOMEM;
	if ((is_reference(reference) && json_object_set_new(rule, "helpUri", json_string(reference))) ||
	    json_object_set_new(sarif->index, id, json_integer(index)) || json_array_append(sarif->rules, rule))
		index = -ENOMEM;
	json_decref(rule);
	return index;
}

/* The same for the same container of the same name on the same host, when it was made anew too. */
static json_t *fingerprint(const json_t *line, const char *name, const char *rule)
{
	char id[STABLE_ID_SIZE];
	json_t *what = json_pack("[s, s, s, s]", report_text(line, "host.id"), report_text(line, "container.runtime"),
				 name, rule);
	_cleanup_free_ char *text = what ? json_dumps(what, JSON_COMPACT) : NULL;

	json_decref(what);
	if (!text)
		return NULL;
	stable_id_write(stable_id_of_text(text), id);
	return json_stringn(id, sizeof(id));
}

static json_t *location(const json_t *line, const char *name)
{
	_cleanup_free_ char *full = NULL;
	const char *runtime = report_text(line, "container.runtime");

	if (asprintf(&full, "%s/%s", *runtime ? runtime : "container", name) < 0) {
		full = NULL;
		return NULL;
	}
	return json_pack("[{s:[{s:s, s:o, s:s}]}]", "logicalLocations", "name", name, "fullyQualifiedName",
			 safe_json(full), "kind", "container");
}

/* The result, which belongs to the document; NULL: no memory. */
static json_t *add_result(struct sarif *sarif, const json_t *line, const char *rule, int index, const char *level,
			  json_t *message)
{
	char name[REPORT_NAME_MAX];
	json_t *result;

	report_name(line, name);
	result = json_pack("{s:o, s:i, s:s, s:{s:o}, s:o, s:{s:o}, s:{s:o, s:o}}", "ruleId", safe_json(rule),
			   "ruleIndex", index, "level", level, "message", "text", message, "locations",
			   location(line, name), "partialFingerprints", "uidzeroContainer/v1",
			   fingerprint(line, name, rule), "properties", "container",
			   safe_json(report_text(line, "container.id")), "image",
			   safe_json(report_text(line, "container.image.name")));
	return result && !json_array_append_new(sarif->results, result) ? result : NULL;
}

/* What happened, then what to change. */
static json_t *message(const json_t *line)
{
	const json_t *remedy;
	_cleanup_free_ char *text = NULL;
	size_t i, size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	fputs(report_text(line, "uidzero.reason"), stream);
	json_array_foreach(report_at(line, "uidzero.remedy"), i, remedy)
	{
		if (json_is_string(remedy))
			fprintf(stream, " Remedy: %s", json_string_value(remedy));
	}
	return fclose(stream) ? NULL : plain_text(text);
}

static int add_verdict(struct sarif *sarif, const json_t *line)
{
	enum verdict verdict = report_verdict(report_text(line, "uidzero.verdict"));
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));
	const char *level = level_of(report_evaluation(report_text(line, "uidzero.result")), true);
	_cleanup_free_ char *exception = NULL;
	json_t *result;
	int index;

	if (evaluation == EVALUATION_PASSED)
		return 0;
	index = rule_index(sarif, verdict_name(verdict), report_verdicts[verdict].title,
			   report_verdicts[verdict].meaning, report_text(line, "rule.reference"), level,
			   report_text(line, "rule.id"));
	if (index < 0)
		return index;
	result = add_result(sarif, line, verdict_name(verdict), index, level, message(line));
	if (!result)
		return -ENOMEM;
	if (evaluation != EVALUATION_EXCEPTED)
		return 0;
	exception = report_exception(line);
	return exception && !json_object_set_new(result, "suppressions",
						 json_pack("[{s:s, s:s, s:o}]", "kind", "external", "status",
							   "accepted", "justification", json_string(exception)))
		       ? 0
		       : -ENOMEM;
}

static int add_control(struct sarif *sarif, const json_t *line, const json_t *control)
{
	const char *id = report_text(control, "id"), *name = report_text(control, "name");
	const char *detail = report_text(control, "detail");
	enum evaluation result = report_evaluation(report_text(control, "result"));
	const char *level = level_of(result, false);
	int index;

	if (!*id || (result != EVALUATION_FAILED && result != EVALUATION_WARN))
		return 0;
	index = rule_index(sarif, id, name, name, report_text(control, "reference"), level,
			   report_text(control, "benchmark"));
	if (index < 0)
		return index;
	return add_result(sarif, line, id, index, level, plain_text(*detail ? detail : name)) ? 0 : -ENOMEM;
}

/* Every verdict that does not pass is a rule, met or not. */
static int add_verdict_rules(struct sarif *sarif, const json_t *first)
{
	for (unsigned verdict = 0; verdict < VERDICT_END; verdict++) {
		const struct report_verdict_words *words = &report_verdicts[verdict];
		enum evaluation result = report_evaluation(control_result_name(verdict_result(verdict)));
		int index;

		if (result == EVALUATION_PASSED)
			continue;
		index = rule_index(sarif, verdict_name(verdict), words->title, words->meaning,
				   report_text(first, "rule.reference"), level_of(result, true), "CIS-Docker-4.1");
		if (index < 0)
			return index;
	}
	return 0;
}

static int add_all(struct sarif *sarif, const struct report *report)
{
	const json_t *line, *control;
	size_t i, j;
	int err = add_verdict_rules(sarif, json_array_get(report->verdicts, 0));

	if (err)
		return err;
	json_array_foreach(report->verdicts, i, line)
	{
		err = add_verdict(sarif, line);
		if (err)
			return err;
		json_array_foreach(report_at(line, "uidzero.controls"), j, control)
		{
			err = add_control(sarif, line, control);
			if (err)
				return err;
		}
	}
	return 0;
}

static json_t *notifications(const struct report *report)
{
	json_t *list = json_array();
	const json_t *note;
	size_t i;

	json_array_foreach(report->notes, i, note)
	{
		json_t *notification = json_pack("{s:{s:o}, s:s}", "message", "text",
						 plain_text(json_string_value(note)), "level", "note");

		if (!json_array_append_new(list, notification))
			continue;
		json_decref(list);
		return NULL;
	}
	return list;
}

int report_sarif__write(const struct report *report, FILE *out)
{
	struct sarif sarif = {json_array(), json_array(), json_object()};
	json_t *document = NULL;
	int err = add_all(&sarif, report);

	if (!err) {
		document = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:O}}, s:s, s:[{s:b, s:o}], s:O}]}", "$schema",
				     SCHEMA, "version", "2.1.0", "runs", "tool", "driver", "name", "uidzero", "version",
				     report->version, "rules", sarif.rules, "columnKind", "unicodeCodePoints",
				     "invocations", "executionSuccessful", 1, "toolExecutionNotifications",
				     notifications(report), "results", sarif.results);
		err = document ? safe_json_write(document, out) : -ENOMEM;
	}
	json_decref(document);
	json_decref(sarif.rules);
	json_decref(sarif.results);
	json_decref(sarif.index);
	return err;
}
