/* SPDX-License-Identifier: Apache-2.0 */
/* Reads passwd(5) of anybody, as the container runtimes read it. Pure. */
#include "container/passwd.h"

#include <string.h>

/* Go's scanner refuses a file with a longer line; here it costs only that line. */
#define LINE_MAX_SIZE (64 << 10)

static struct span take_until(struct span *rest, char end)
{
	const char *at = rest->size ? memchr(rest->data, end, rest->size) : NULL;
	struct span taken = {rest->data, at ? (size_t)(at - rest->data) : rest->size};
	size_t size = taken.size + (at ? 1 : 0);

	rest->data += size;
	rest->size -= size;
	return taken;
}

static struct span trim(struct span line)
{
	while (line.size > 0 && strchr(" \t\r\v\f", line.data[0]) && line.data[0])
		line = (struct span){line.data + 1, line.size - 1};
	while (line.size > 0 && strchr(" \t\r\v\f", line.data[line.size - 1]) && line.data[line.size - 1])
		line.size--;
	return line;
}

bool passwd__next(struct span *rest, struct passwd_line *ret_line)
{
	while (rest->size > 0) {
		struct span line = trim(take_until(rest, '\n'));
		struct span uid, gid;
		int64_t number = 0;

		if (line.size > LINE_MAX_SIZE)
			continue;
		*ret_line = (struct passwd_line){.name = take_until(&line, ':')};
		if (ret_line->name.size == 0)
			continue;
		take_until(&line, ':');
		uid = take_until(&line, ':');
		gid = take_until(&line, ':');
		take_until(&line, ':');
		ret_line->home = take_until(&line, ':');
		ret_line->has_uid = number_parse(uid, &number) == 0 && number >= 0 && number <= UINT32_MAX;
		ret_line->uid = (uint32_t)number;
		number = 0;
		number_parse(gid, &number);
		ret_line->gid = (uint32_t)number;
		return true;
	}
	return false;
}

static uint32_t line_number(struct span text, const char *at)
{
	uint32_t number = 1;

	for (const char *c = text.data; c < at; c++)
		number += *c == '\n';
	return number;
}

struct user_ids passwd__find(struct span passwd, const char *spec)
{
	struct span user = spec ? user_spec__user(spec) : (struct span){0}, rest = passwd;
	struct passwd_line line;
	int64_t number;

	if (user.size == 0)
		return (struct user_ids){0};
	/* A number is a uid to the runtimes, unless it is none: then it may be looked up as a name. */
	if (number_parse(user, &number) == 0 && number >= 0 && number <= INT32_MAX)
		return (struct user_ids){0};
	while (passwd__next(&rest, &line))
		if (line.name.size == user.size && memcmp(line.name.data, user.data, user.size) == 0)
			return (struct user_ids){true, line.uid, line.gid, line_number(passwd, line.name.data)};
	return (struct user_ids){0};
}
