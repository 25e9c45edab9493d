// SPDX-License-Identifier: Apache-2.0
/* Reads the kernel's types and takes an excerpt of them. */
#include "source/kernel_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/cleanup.h"

/* The verifier's own limit for types within types. */
#define DEPTH_MAX 32

struct kernel_types {
	void *memory;
	size_t memory_size;
	const char *types, *names; /* the two sections */
	uint32_t types_size, names_size;
	uint32_t *offsets; /* by number, from 1 */
	uint32_t nr;       /* the highest number */
};

struct buffer {
	char *data;
	size_t size, room;
};

struct excerpt {
	const struct kernel_types *from;
	uint32_t *ids; /* by number in `from`; 0: not copied, or void */
	uint32_t nr, pointer_id;
	struct buffer types, names;
};

/* A name that the programs' types have, without its flavour. */
struct wanted {
	const char *name; /* the programs' */
	UT_hash_handle hh;
};

/* sysfs can be mapped since 6.16; before, a page comes with each read. */
static int read_whole(int fd, struct kernel_types *types)
{
	size_t filled = 0;
	struct stat st;
	ssize_t size;

	if (fstat(fd, &st))
		return -errno;
	types->memory = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (types->memory != MAP_FAILED) {
		types->memory_size = st.st_size;
		return 0;
	}
	types->memory = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (types->memory == MAP_FAILED)
		return -errno;
	types->memory_size = st.st_size;
	while ((size = read(fd, (char *)types->memory + filled, types->memory_size - filled)) > 0)
		filled += size;
	return size < 0 ? -errno : filled < types->memory_size ? -EBADMSG : 0;
}

/* Bytes of a type with all that belongs to it, or -EBADMSG. */
static ssize_t size_of(const struct btf_type *type)
{
	size_t vlen = btf_vlen(type);

	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(*type) + sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(*type) + sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return sizeof(*type) + vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return sizeof(*type) + vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return sizeof(*type) + vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return sizeof(*type) + vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return sizeof(*type) + vlen * sizeof(struct btf_var_secinfo);
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return sizeof(*type);
	default:
		return -EBADMSG;
	}
}

static const struct btf_type *type_of(const struct kernel_types *types, uint32_t id)
{
	return (const void *)(types->types + types->offsets[id]);
}

static const char *name_of(const struct kernel_types *types, uint32_t offset)
{
	return offset < types->names_size ? types->names + offset : "";
}

static int find_sections(struct kernel_types *types)
{
	const struct btf_header *header = types->memory;
	uint64_t size = types->memory_size;

	if (size < sizeof(*header) || header->magic != BTF_MAGIC || header->version != BTF_VERSION ||
	    header->hdr_len < sizeof(*header) || (header->hdr_len | header->type_off) % sizeof(uint32_t) ||
	    (uint64_t)header->hdr_len + header->type_off + header->type_len > size ||
	    (uint64_t)header->hdr_len + header->str_off + header->str_len > size || !header->str_len)
		return -EBADMSG;
	types->types = (char *)types->memory + header->hdr_len + header->type_off;
	types->types_size = header->type_len;
	types->names = (char *)types->memory + header->hdr_len + header->str_off;
	types->names_size = header->str_len;
	return types->names[types->names_size - 1] ? -EBADMSG : 0;
}

static int number(struct kernel_types *types)
{
	uint32_t offset;
	ssize_t size;

	types->offsets = malloc((types->types_size / sizeof(struct btf_type) + 1) * sizeof(*types->offsets));
	if (!types->offsets)
		return -ENOMEM;
	for (offset = 0; offset < types->types_size; offset += size) {
		if (types->types_size - offset < sizeof(struct btf_type))
			return -EBADMSG;
		size = size_of((const void *)(types->types + offset));
		if (size < 0 || (size_t)size > types->types_size - offset)
			return -EBADMSG;
		types->offsets[++types->nr] = offset;
	}
	return 0;
}

int kernel_types__new(const char *path, struct kernel_types **ret_types)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct kernel_types *types;
	int err;

	if (fd < 0)
		return -errno;
	types = calloc(1, sizeof(*types));
	if (!types)
		return -ENOMEM;
	err = read_whole(fd, types);
	if (!err)
		err = find_sections(types);
	if (!err)
		err = number(types);
	if (err) {
		kernel_types__free(types);
		return err;
	}
	*ret_types = types;
	return 0;
}

void kernel_types__free(struct kernel_types *types)
{
	if (!types)
		return;
	if (types->memory_size)
		munmap(types->memory, types->memory_size);
	free(types->offsets);
	free(types);
}

int kernel_types__find(const struct kernel_types *types, uint32_t kind, const char *name)
{
	uint32_t id;

	for (id = 1; id <= types->nr; id++) {
		const struct btf_type *type = type_of(types, id);

		if (btf_kind(type) == kind && !strcmp(name_of(types, type->name_off), name))
			return id;
	}
	return -ESRCH;
}

static void *append(struct buffer *buffer, const void *data, size_t size)
{
	if (buffer->room - buffer->size < size) {
		size_t room = 2 * (buffer->room + size);
		char *grown = realloc(buffer->data, room);

		if (!grown)
			return NULL;
		buffer->data = grown;
		buffer->room = room;
	}
	buffer->size += size;
	return memcpy(buffer->data + buffer->size - size, data, size);
}

/* Puts in place of a name's offset the one in the excerpt. */
static int copy_name(struct excerpt *excerpt, uint32_t *offset)
{
	const char *name = name_of(excerpt->from, *offset);

	*offset = name[0] ? excerpt->names.size : 0;
	return !name[0] || append(&excerpt->names, name, strlen(name) + 1) ? 0 : -ENOMEM;
}

/* The name of a type, and of each member or enumerator: all those begin with it. */
static int copy_names(struct excerpt *excerpt, struct btf_type *copy, size_t size)
{
	size_t vlen = btf_is_composite(copy) || btf_is_any_enum(copy) ? btf_vlen(copy) : 0, i;
	size_t each = vlen ? (size - sizeof(*copy)) / vlen : 0;
	int err = copy_name(excerpt, &copy->name_off);

	for (i = 0; i < vlen && !err; i++)
		err = copy_name(excerpt, (uint32_t *)((char *)(copy + 1) + i * each));
	return err;
}

/* Where a type names others that it is made of: one of these at a time, NULL after the last. */
static uint32_t *part_of(struct btf_type *type, uint32_t i)
{
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return i < btf_vlen(type) ? &btf_members(type)[i].type : NULL;
	case BTF_KIND_ARRAY:
		return i == 0 ? &btf_array(type)->type : i == 1 ? &btf_array(type)->index_type : NULL;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return i == 0 ? &type->type : NULL;
	default:
		return NULL;
	}
}

static int copy_type(struct excerpt *excerpt, uint32_t id, unsigned depth)
{
	struct btf_type *type, *copy;
	uint32_t i, *part;
	size_t size;
	int err = 0;

	if (id > excerpt->from->nr || depth > DEPTH_MAX)
		return -EBADMSG;
	if (!id || excerpt->ids[id])
		return 0;
	type = (struct btf_type *)type_of(excerpt->from, id);
	if (btf_is_ptr(type)) {
		excerpt->ids[id] = excerpt->pointer_id;
		return 0;
	}
	/* Behind pointers alone, or behind a typedef that is for those. */
	if (btf_is_func_proto(type) || btf_is_fwd(type))
		return 0;
	for (i = 0; (part = part_of(type, i)) && !err; i++)
		err = copy_type(excerpt, *part, depth + 1);
	if (err)
		return err;
	size = size_of(type);
	copy = append(&excerpt->types, type, size);
	if (!copy)
		return -ENOMEM;
	excerpt->ids[id] = ++excerpt->nr;
	for (i = 0; (part = part_of(copy, i)); i++)
		*part = excerpt->ids[*part];
	return copy_names(excerpt, copy, size);
}

/* "kernfs_node" of "kernfs_node___6_15". */
static size_t essential_size(const char *name)
{
	const char *flavour = strstr(name, "___");

	return flavour ? (size_t)(flavour - name) : strlen(name);
}

/* What can be asked for by name. */
static bool is_candidate(const struct btf_type *type)
{
	const uint32_t kinds = 1 << BTF_KIND_STRUCT | 1 << BTF_KIND_UNION | 1 << BTF_KIND_ENUM | 1 << BTF_KIND_ENUM64 |
			       1 << BTF_KIND_TYPEDEF | 1 << BTF_KIND_INT | 1 << BTF_KIND_FLOAT;

	return kinds >> btf_kind(type) & 1;
}

static struct wanted *list_wanted(const struct btf *programs, struct wanted *room)
{
	uint32_t id, nr = 0, end = btf__type_cnt(programs);
	struct wanted *wanted = NULL;

	for (id = 1; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(programs, id);
		const char *name = btf__name_by_offset(programs, type->name_off);
		struct wanted *same;
		size_t size;

		if (!is_candidate(type) || !name || !name[0])
			continue;
		size = essential_size(name);
		HASH_FIND(hh, wanted, name, size, same);
		if (same)
			continue;
		room[nr].name = name;
		HASH_ADD_KEYPTR(hh, wanted, name, size, &room[nr]);
		nr++;
	}
	return wanted;
}

static int copy_wanted(struct excerpt *excerpt, struct wanted *wanted)
{
	/* The one that stands for all pointers; no name is at the beginning of the names. */
	const struct btf_type pointer = {.info = BTF_KIND_PTR << 24};
	uint32_t id;
	int err = 0;

	if (!append(&excerpt->types, &pointer, sizeof(pointer)) || !append(&excerpt->names, "", 1))
		return -ENOMEM;
	excerpt->pointer_id = ++excerpt->nr;
	for (id = 1; id <= excerpt->from->nr && !err; id++) {
		const struct btf_type *type = type_of(excerpt->from, id);
		const char *name = name_of(excerpt->from, type->name_off);
		struct wanted *found;

		if (!is_candidate(type) || !name[0])
			continue;
		HASH_FIND(hh, wanted, name, essential_size(name), found);
		if (found)
			err = copy_type(excerpt, id, 0);
	}
	return err;
}

static int write_all(int fd, const void *data, size_t size)
{
	ssize_t n;

	for (; size; data = (const char *)data + n, size -= n) {
		n = write(fd, data, size);
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int write_excerpt(const struct excerpt *excerpt, int fd)
{
	const struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = excerpt->types.size,
		.str_off = excerpt->types.size,
		.str_len = excerpt->names.size,
	};
	int err = write_all(fd, &header, sizeof(header));

	if (!err)
		err = write_all(fd, excerpt->types.data, excerpt->types.size);
	return err ? err : write_all(fd, excerpt->names.data, excerpt->names.size);
}

int kernel_types__write_excerpt(const struct kernel_types *types, const struct btf *programs, int fd)
{
	_cleanup_free_ struct wanted *room = calloc(btf__type_cnt(programs), sizeof(*room));
	_cleanup_free_ uint32_t *ids = calloc(types->nr + 1, sizeof(*ids));
	struct excerpt excerpt = {.from = types, .ids = ids};
	struct wanted *wanted;
	int err;

	if (!room || !ids)
		return -ENOMEM;
	wanted = list_wanted(programs, room);
	err = copy_wanted(&excerpt, wanted);
	HASH_CLEAR(hh, wanted);
	if (!err)
		err = write_excerpt(&excerpt, fd);
	free(excerpt.types.data);
	free(excerpt.names.data);
	return err;
}
