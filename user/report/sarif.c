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
	const struct report *report;
	FILE *out;
	json_t *rules, *index; /* of a rule by its id */
	size_t nr_results;
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

/* What makes the check fail is an error, and only that. */
static const char *verdict_level(const struct sarif *sarif, enum evaluation result)
{
	if (report_fails(sarif->report, result))
		return "error";
	return result == EVALUATION_WARN ? "warning" : "note";
}

static const char *control_level(enum evaluation result)
{
	return result == EVALUATION_FAILED ? "warning" : "note";
}

/* It must be a URI, or the document does not hold against its schema. */
static bool is_reference(const char *text)
{
	return !strncmp(text, "https://", 8) &&
	       !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-._~/?&=+#:")];
}

struct rule {
	const char *id, *title, *full, *help; /* help: what to do about it, in general */
	const char *reference, *level, *tag;
};

/* The index of a rule, which is added where it is new; -ENOMEM. */
static int rule_index(struct sarif *sarif, const struct rule *described)
{
	const char *id = described->id, *reference = described->reference;
	json_t *known = json_object_get(sarif->index, id), *rule;
	int index = (int)json_array_size(sarif->rules);

	if (known)
		return (int)json_integer_value(known);
	rule = json_pack("{s:o, s:{s:o}, s:{s:o}, s:{s:o}, s:{s:s}, s:{s:[s, o]}}", "id", safe_json(id),
			 "shortDescription", "text", plain_text(described->title), "fullDescription", "text",
			 plain_text(described->full), "help", "text", plain_text(described->help),
			 "defaultConfiguration", "level", described->level, "properties", "tags", "security",
			 safe_json(described->tag));
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

/* Writes a path of any text as segments of a relative URI (RFC 3986): "." and ".." would be resolved away. */
static void put_segments(FILE *stream, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~";

	for (const char *at = path; *at; at++) {
		bool is_dot = *at == '.' && at != path && at[-1] != '/' && at[-1] != '.';

		if (strchr(plain, *at) || is_dot || (*at == '/' && at != path && at[-1] != '/'))
			fputc(*at, stream);
		else
			fprintf(stream, "%%%02X", (unsigned char)*at);
	}
}

/* Code scanning shows results by files. The nearest to one is the image, or else the container. */
static json_t *artifact_uri(const json_t *line, const char *runtime, const char *name)
{
	_cleanup_free_ char *uri = NULL;
	char image[REPORT_NAME_MAX];
	size_t size = 0;
	FILE *stream = open_memstream(&uri, &size);

	if (!stream)
		return NULL;
	report_image(line, image);
	if (*report_text(line, "container.image.name")) {
		fputs("image/", stream);
		put_segments(stream, image);
	} else {
		fputs("container/", stream);
		put_segments(stream, runtime);
		fputc('/', stream);
		put_segments(stream, name);
	}
	return fclose(stream) ? NULL : json_stringn(uri, size);
}

static json_t *location(const struct sarif *sarif, const json_t *line, const char *name)
{
	_cleanup_free_ char *full = NULL;
	const char *runtime = report_text(line, "container.runtime");
	char host[REPORT_NAME_MAX];

	if (!*runtime)
		runtime = "container";
	report_host(line, host);
	if (asprintf(&full, "%s%s%s/%s", sarif->report->has_many_hosts ? host : "",
		     sarif->report->has_many_hosts ? "/" : "", runtime, name) < 0) {
		full = NULL;
		return NULL;
	}
	return json_pack("[{s:{s:{s:o}, s:{s:i}}, s:[{s:s, s:o, s:s}]}]", "physicalLocation", "artifactLocation", "uri",
			 artifact_uri(line, runtime, name), "region", "startLine", 1, "logicalLocations", "name", name,
			 "fullyQualifiedName", safe_json(full), "kind", "container");
}

/*
 * Writes a result at once: all of them together would take as much memory as their lines.
 *
 * @message, @suppressions: taken over; suppressions NULL: there are none
 *
 * Returns 0 or -ENOMEM.
 */
static int write_result(struct sarif *sarif, const json_t *line, const char *rule, int index, const char *level,
			json_t *message, json_t *suppressions)
{
	char name[REPORT_NAME_MAX], image[REPORT_NAME_MAX], host[REPORT_NAME_MAX];
	json_t *result;
	int err;

	report_name(line, name);
	report_image(line, image);
	report_host(line, host);
	/* primaryLocationLineHash is the one that GitHub compares from one upload to the next. */
	result = json_pack("{s:o, s:i, s:s, s:{s:o}, s:o, s:{s:o, s:o}, s:{s:o, s:s, s:s}}", "ruleId", safe_json(rule),
			   "ruleIndex", index, "level", level, "message", "text", message, "locations",
			   location(sarif, line, name), "partialFingerprints", "primaryLocationLineHash",
			   fingerprint(line, name, rule), "uidzeroContainer/v1", fingerprint(line, name, rule),
			   "properties", "container", safe_json(report_text(line, "container.id")), "image", image,
			   "host", host);
	if (!result || (suppressions && json_object_set(result, "suppressions", suppressions))) {
		json_decref(suppressions);
		json_decref(result);
		return -ENOMEM;
	}
	fputs(sarif->nr_results++ ? ",\n" : "\n", sarif->out);
	err = json_dumpf(result, sarif->out, JSON_COMPACT) && !ferror(sarif->out) ? -ENOMEM : 0;
	json_decref(suppressions);
	json_decref(result);
	return err;
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
	report_put_sentence(stream, report_text(line, "uidzero.reason"));
	json_array_foreach(report_at(line, "uidzero.remedy"), i, remedy)
	{
		if (!json_is_string(remedy))
			continue;
		fputs(" Remedy: ", stream);
		report_put_sentence(stream, json_string_value(remedy));
	}
	return fclose(stream) ? NULL : plain_text(text);
}

/* @line: any verdict line, which names the benchmark; NULL: there is none */
static int verdict_rule(struct sarif *sarif, enum verdict verdict, const json_t *line)
{
	const struct report_verdict_words *words = &report_verdicts[verdict];
	const char *tag = report_text(line, "rule.id");
	const struct rule rule = {
		.id = verdict_name(verdict),
		.title = words->title,
		.full = words->meaning,
		.help = words->help ? words->help : words->meaning,
		.reference = report_text(line, "rule.reference"),
		.level = verdict_level(sarif, report_evaluation(control_result_name(verdict_result(verdict)))),
		.tag = *tag ? tag : "CIS-Docker-4.1",
	};

	return rule_index(sarif, &rule);
}

/* NULL: no memory. */
static json_t *suppressions_of(const json_t *line)
{
	_cleanup_free_ char *exception = report_exception(line);

	return exception ? json_pack("[{s:s, s:s, s:s}]", "kind", "external", "status", "accepted", "justification",
				     exception)
			 : NULL;
}

static int add_verdict(struct sarif *sarif, const json_t *line)
{
	enum verdict verdict = report_verdict(report_text(line, "uidzero.verdict"));
	enum evaluation evaluation = report_evaluation(report_text(line, "result.evaluation"));
	const char *level = verdict_level(sarif, report_evaluation(report_text(line, "uidzero.result")));
	json_t *suppressions = NULL;
	int index;

	if (evaluation == EVALUATION_PASSED)
		return 0;
	index = verdict_rule(sarif, verdict, line);
	if (index < 0)
		return index;
	if (evaluation == EVALUATION_EXCEPTED) {
		suppressions = suppressions_of(line);
		if (!suppressions)
			return -ENOMEM;
	}
	return write_result(sarif, line, verdict_name(verdict), index, level, message(line), suppressions);
}

static int add_control(struct sarif *sarif, const json_t *line, const json_t *control)
{
	const char *id = report_text(control, "id"), *name = report_text(control, "name");
	const char *detail = report_text(control, "detail");
	enum evaluation result = report_evaluation(report_text(control, "result"));
	const char *level = control_level(result);
	const struct rule rule = {
		.id = id,
		.title = name,
		.full = name,
		.help = name,
		.reference = report_text(control, "reference"),
		.level = level,
		.tag = report_text(control, "benchmark"),
	};
	int index;

	if (!*id || (result != EVALUATION_FAILED && result != EVALUATION_WARN))
		return 0;
	index = rule_index(sarif, &rule);
	if (index < 0)
		return index;
	return write_result(sarif, line, id, index, level, plain_text(*detail ? detail : name), NULL);
}

/* Every verdict that does not pass is a rule, met or not. */
static int add_verdict_rules(struct sarif *sarif, const json_t *first)
{
	for (unsigned verdict = 0; verdict < VERDICT_END; verdict++) {
		int index;

		if (verdict_result(verdict) == CONTROL_PASS)
			continue;
		index = verdict_rule(sarif, verdict, first);
		if (index < 0)
			return index;
	}
	return 0;
}

static int add_all(struct sarif *sarif, const struct report *report)
{
	const json_t *line, *control;
	size_t i, j;
	int err = add_verdict_rules(sarif, report->nr_verdicts ? report__line(report, 0) : NULL);

	if (err)
		return err;
	report_foreach(report, i, line)
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

/* Everything of a run but its results, which come first: the rules are those that results had. */
static json_t *end_of_run(const struct sarif *sarif)
{
	return json_pack("{s:{s:{s:s, s:s, s:O}}, s:s, s:[{s:b, s:o}]}", "tool", "driver", "name", "uidzero", "version",
			 sarif->report->version, "rules", sarif->rules, "columnKind", "unicodeCodePoints",
			 "invocations", "executionSuccessful", 1, "toolExecutionNotifications",
			 notifications(sarif->report));
}

int report_sarif__write(const struct report *report, FILE *out)
{
	struct sarif sarif = {report, out, json_array(), json_object(), 0};
	json_t *rest = NULL;
	int err;

	fputs("{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{\"results\":[", out);
	err = add_all(&sarif, report);
	if (!err)
		rest = end_of_run(&sarif);
	if (rest) {
		/* Its members go on in the object that has been opened. */
		fputs("],\n", out);
		if (json_dumpf(rest, out, JSON_COMPACT | JSON_EMBED) && !ferror(out))
			err = -ENOMEM;
		fputs("}]}\n", out);
	}
	if (!err && !rest)
		err = -ENOMEM;
	json_decref(rest);
	json_decref(sarif.rules);
	json_decref(sarif.index);
	return err ?: report__end(report, out);
}
