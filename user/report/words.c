// SPDX-License-Identifier: Apache-2.0
/* What people are shown of a verdict line: names, users, ages, counts. */
#include "report/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/safe_text.h"

enum evaluation report_evaluation(const char *word)
{
	static const char *const words[EVALUATION_NONE] = {"passed", "warn", "failed", "unknown", "excepted"};
	enum evaluation evaluation = 0;

	while (evaluation < EVALUATION_NONE && strcmp(words[evaluation], word))
		evaluation++;
	return evaluation;
}

const struct report_verdict_words report_verdicts[VERDICT_END] = {
	[VERDICT_UNKNOWN] = {"Not enough is known", "not enough is known of it, or not yet",
			     "Run uidzero as an agent, or check again after the grace period."},
	[VERDICT_ESCALATED] =
		{"A process became root", "a process that was not root became it; stays so until the container ends",
		 "Remove set-user-id files and file capabilities from the image and forbid new privileges "
		 "(--security-opt no-new-privileges, allowPrivilegeEscalation: false)."},
	[VERDICT_ROOT_INIT] = {"The first process is root", "its first process is root for longer than the grace time",
			       "Add a USER with a number above 0 to the image, or run the container with --user or "
			       "runAsUser."},
	[VERDICT_ROOT_CHILD] = {"A process is root",
				"a process of its own is root for longer than the grace time, its first one is not",
				"Start the process as the user that the first process has."},
	[VERDICT_ROOT_SESSION] = {"Somebody came in as root",
				  "who came in from outside is root, or was within the last five minutes",
				  "Use a user other than root for docker exec, kubectl exec and health checks."},
	[VERDICT_INCOMPLETE_DROP] = {"A process can become root again",
				     "nobody is root, but a process can become it again: a real or saved uid 0, or "
				     "capabilities",
				     "Drop root with gosu, su-exec or setpriv, which give up all uids and "
				     "capabilities."},
	[VERDICT_ROOT_EQUIVALENT] =
		{"Capabilities that amount to root", "no uid 0, but capabilities that amount to it",
		 "Drop the capabilities that give root (--cap-drop, securityContext.capabilities.drop)."},
	[VERDICT_MAPPED_ROOT] = {"Root in a user namespace", "root in a user namespace only", NULL},
	[VERDICT_DROPS_ROOT] = {"Started as root, and dropped it", "it started as root, and nobody is root any more",
				NULL},
	[VERDICT_NONROOT] = {"Nobody was root", "nobody in it was ever root, as far as was seen", NULL},
};

enum verdict report_verdict(const char *name)
{
	enum verdict verdict = 0;

	while (verdict < VERDICT_END && strcmp(verdict_name(verdict), name))
		verdict++;
	return verdict;
}

char *report_safe(const char *text)
{
	/* A control of one byte is shown by four, of two or more bytes by ten at most. */
	size_t size = strlen(text), room = 5 * size + 1;
	char *safe = malloc(room);

	if (safe)
		terminal_text((struct span){text, size}, safe, room);
	return safe;
}

static size_t put_span(char ret[REPORT_NAME_MAX], size_t at, struct span text)
{
	return at + terminal_text(text, ret + at, REPORT_NAME_MAX - at);
}

static size_t put(char ret[REPORT_NAME_MAX], size_t at, const char *text)
{
	return put_span(ret, at, (struct span){text, strlen(text)});
}

void report_name(const json_t *line, char ret[REPORT_NAME_MAX])
{
	const char *name = report_text(line, "container.name"), *pod = report_text(line, "orchestrator.resource.name");
	const char *kubernetes_name = report_text(line, "uidzero.kubernetes.container_name");
	const char *namespace = report_text(line, "orchestrator.namespace");
	size_t at = 0;

	if (*pod) {
		at = put(ret, at, namespace);
		if (*namespace)
			at = put(ret, at, "/");
		at = put(ret, at, pod);
		at = put(ret, at, "/");
	}
	if (*pod && *kubernetes_name)
		put(ret, at, kubernetes_name);
	else if (*name)
		put(ret, at, name);
	else
		put_span(ret, at, short_id(report_text(line, "container.id")));
}

/* "1d2c3b4a5f6e (team/app:1, team/app:2)" */
static void put_references(const json_t *line, const json_t *references, char ret[REPORT_NAME_MAX])
{
	const char *id = json_string_value(json_array_get(report_at(line, "container.image.hash.all"), 0));
	const json_t *reference;
	size_t i, at = 0;

	if (id) {
		id += strncmp(id, "sha256:", strlen("sha256:")) ? 0 : strlen("sha256:");
		at = put_span(ret, 0, short_id(id));
		at = put(ret, at, " (");
	}
	json_array_foreach(references, i, reference)
	{
		at = put(ret, at, i ? ", " : "");
		at = put(ret, at, json_is_string(reference) ? json_string_value(reference) : "?");
	}
	if (id)
		put(ret, at, ")");
}

void report_put_sentence(FILE *out, const char *text)
{
	size_t size = strlen(text);

	fputs(text, out);
	if (size && !strchr(".!?", text[size - 1]))
		fputc('.', out);
}

void report_host(const json_t *line, char ret[REPORT_NAME_MAX])
{
	const char *name = report_text(line, "host.name"), *id = report_text(line, "host.id");

	put(ret, 0, *name ? name : *id ? id : "?");
}

void report_unique_name(const struct report *report, const json_t *line, char ret[REPORT_NAME_MAX])
{
	char host[REPORT_NAME_MAX], name[REPORT_NAME_MAX];

	report_name(line, name);
	if (report->has_many_hosts) {
		report_host(line, host);
		snprintf(ret, REPORT_NAME_MAX, "%.*s/%.*s", REPORT_NAME_MAX / 2 - 2, host, REPORT_NAME_MAX / 2 - 1,
			 name);
	} else {
		strcpy(ret, name);
	}
}

void report_image(const json_t *line, char ret[REPORT_NAME_MAX])
{
	const json_t *references = report_at(line, "uidzero.container.image_references");
	const char *name = report_text(line, "container.image.name");
	const char *tag = json_string_value(json_array_get(report_at(line, "container.image.tag"), 0));
	size_t at;

	if (json_array_size(references)) {
		put_references(line, references, ret);
		return;
	}
	at = put(ret, 0, *name ? name : "?");

	if (*name && tag) {
		at = put(ret, at, ":");
		put(ret, at, tag);
	}
}

/* Whom the image declares, or whom --user or runAsUser asked for in his place. */
static const char *wanted_user(const json_t *line)
{
	const char *requested = report_text(line, "uidzero.identity.requested");
	const char *declared = report_text(line, "uidzero.identity.declared");

	if (*requested)
		return requested;
	if (*declared)
		return declared;
	return strcmp(report_text(line, "uidzero.identity.class"), "root") ? "?" : "(none)";
}

void report_user(const json_t *line, char ret[REPORT_NAME_MAX])
{
	const char *observed = report_text(line, "uidzero.identity.observed");
	size_t at = put(ret, 0, wanted_user(line));

	at = put(ret, at, " -> ");
	put(ret, at, *observed ? observed : "?");
}

time_t report_time(const char *timestamp)
{
	struct tm tm = {0};
	const char *rest = strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm);

	return rest && (*rest == '.' || *rest == 'Z') ? timegm(&tm) : -1;
}

void report_age(const char *timestamp, time_t now, char *ret, size_t ret_size)
{
	time_t then = report_time(timestamp);
	long long age = then > now ? 0 : (long long)now - then;

	if (then < 0)
		snprintf(ret, ret_size, "?");
	else if (age < 60)
		snprintf(ret, ret_size, "%lld s", age);
	else if (age < 3600)
		snprintf(ret, ret_size, "%lld min", age / 60);
	else if (age < 2 * 86400)
		snprintf(ret, ret_size, "%lld h", age / 3600);
	else
		snprintf(ret, ret_size, "%lld d", age / 86400);
}

void report_moment(const char *timestamp, char ret[REPORT_MOMENT_SIZE])
{
	time_t then = report_time(timestamp);
	struct tm tm;

	if (then < 0 || !gmtime_r(&then, &tm) || !strftime(ret, REPORT_MOMENT_SIZE, "%Y-%m-%d %H:%M:%SZ", &tm))
		strcpy(ret, "?");
}

char *report_exception(const json_t *line)
{
	const char *name = report_text(line, "uidzero.exception.name");
	const char *owner = report_text(line, "uidzero.exception.owner");
	const char *expires = report_text(line, "uidzero.exception.expires");
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s%s%s%s%s: %s", name, *name && *owner ? ", " : "", owner, *expires ? ", until " : "",
		     expires, report_text(line, "uidzero.exception.reason")) < 0) {
		text = NULL;
		return NULL;
	}
	return report_safe(text);
}
