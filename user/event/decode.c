/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the bytes of a record into a checked view of it. Pure: no I/O, clock or globals. */
#include "event/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6";

/* Takes a piece from the front of what is left. */
static bool take(struct span *rest, size_t size, struct span *ret_piece)
{
	if (size > rest->size)
		return false;
	*ret_piece = (struct span){rest->data, size};
	rest->data += size;
	rest->size -= size;
	return true;
}

/* A string that holds one NUL, its last byte; it is taken off. */
static bool take_string(struct span *rest, size_t size, struct span *ret_string)
{
	if (!take(rest, size, ret_string))
		return false;
	if (size == 0)
		return true;
	if (size > EVENT_PATH_MAX || memchr(ret_string->data, '\0', size) != ret_string->data + size - 1)
		return false;
	ret_string->size--;
	return true;
}

static bool take_components(struct span *rest, size_t size, struct span *ret_components)
{
	if (size > EVENT_PATH_MAX || !take(rest, size, ret_components))
		return false;
	for (size_t at = 0; at < size;) {
		const char *component = ret_components->data + at;
		const char *end = memchr(component, '\0', size - at);

		if (!end || end == component)
			return false;
		at += end - component + 1;
	}
	return true;
}

static bool is_comm(const char *comm)
{
	return memchr(comm, '\0', EVENT_COMM_SIZE) != NULL;
}

static int decode_process(const void *data, size_t size, struct process_view *ret_view)
{
	const struct process_event *event = data;
	struct process_view view = {.event = event};
	struct span rest;

	if (size < sizeof(*event))
		return -EBADMSG;
	if (!is_comm(event->task.comm) || !is_comm(event->task.parent_comm))
		return -EBADMSG;
	if (event->syscall < 0 || event->syscall >= SYSCALL_END)
		return -EBADMSG;
	if (event->executable_is_whole > 1 || event->cwd_is_whole > 1)
		return -EBADMSG;
	if (event->args_size > EVENT_ARGS_MAX)
		return -EBADMSG;

	rest = (struct span){event->strings, size - sizeof(*event)};
	if (!take_string(&rest, event->filename_size, &view.filename) ||
	    !take_string(&rest, event->interp_size, &view.interp) ||
	    !take_components(&rest, event->executable_size, &view.executable) ||
	    !take_components(&rest, event->cwd_size, &view.cwd) || !take(&rest, event->args_size, &view.args) ||
	    rest.size != 0)
		return -EBADMSG;
	*ret_view = view;
	return 0;
}

static int decode_cgroup(const void *data, size_t size, struct cgroup_view *ret_view)
{
	const struct cgroup_event *event = data;
	struct cgroup_view view = {.event = event};
	struct span rest;

	if (size < sizeof(*event))
		return -EBADMSG;
	rest = (struct span){event->path, size - sizeof(*event)};
	if (!take_string(&rest, event->path_size, &view.path) || rest.size != 0)
		return -EBADMSG;
	if (event->header.kind != EVENT_CGROUP_MKDIR && event->path_size != 0)
		return -EBADMSG;
	if (event->header.kind == EVENT_CGROUP_MKDIR && (view.path.size == 0 || view.path.data[0] != '/'))
		return -EBADMSG;
	*ret_view = view;
	return 0;
}

int event_decode(const void *data, size_t size, struct event_view *ret_view)
{
	const struct event_header *header = data;
	struct event_view view = {.header = header};
	int err;

	if (size < sizeof(*header))
		return -EBADMSG;
	if (header->abi != EVENT_ABI)
		return -EPROTO;
	if (header->size != size || header->ring >= RING_END || header->hook >= HOOK_END)
		return -EBADMSG;

	switch (header->kind) {
	case EVENT_EXEC:
	case EVENT_CREDS:
	case EVENT_TASK:
	case EVENT_EXIT:
	case EVENT_IO_URING:
		err = decode_process(data, size, &view.process);
		break;
	case EVENT_CGROUP_MKDIR:
	case EVENT_CGROUP_RMDIR:
	case EVENT_CONTAINER_EMPTY:
		err = decode_cgroup(data, size, &view.cgroup);
		break;
	default:
		return -EBADMSG;
	}
	if (err == 0)
		*ret_view = view;
	return err;
}

int path_join(struct span components, int is_whole, char *ret, size_t ret_size)
{
	size_t size = 0, end = components.size;

	if (!is_whole) {
		size = sizeof(ellipsis) - 1;
		if (size >= ret_size)
			return -ENAMETOOLONG;
		memcpy(ret, ellipsis, size);
	}
	do {
		size_t start, length = end > 0 ? end - 1 : 0; /* without its NUL */
		const char *before = length > 0 ? memrchr(components.data, '\0', length) : NULL;

		start = before ? before - components.data + 1 : 0;
		length -= start;
		if (size + 1 + length >= ret_size)
			return -ENAMETOOLONG;
		ret[size++] = '/';
		if (length > 0)
			memcpy(ret + size, components.data + start, length);
		size += length;
		end = start;
	} while (end > 0);
	ret[size] = '\0';
	return size;
}

__u32 userns_map_uid(const struct event_userns *userns, __u32 level, __u32 kuid)
{
	if (level == 0)
		return kuid;
	if (userns->nr_extents > EVENT_USERNS_EXTENTS)
		return -1;
	for (__u32 i = 0; i < userns->nr_extents; i++) {
		__u32 offset = kuid - userns->uid_extents[i].lower_first;

		if (kuid >= userns->uid_extents[i].lower_first && offset < userns->uid_extents[i].count)
			return userns->uid_extents[i].first + offset;
	}
	return -1;
}

__u32 userns_host_root_uid(const struct event_userns *userns, __u32 level)
{
	if (level == 0 || userns->nr_extents == 0)
		return EVENT_NO_UID;
	/* What the record itself shows needs no second word of it. */
	if (userns->nr_extents <= EVENT_USERNS_EXTENTS)
		return userns_map_uid(userns, level, 0);
	return userns->host_root_uid;
}
