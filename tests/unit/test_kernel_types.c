// SPDX-License-Identifier: Apache-2.0
/* An excerpt of the kernel's types answers like the whole, and what is no BTF is refused. */
#include "source/kernel_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "maps.h" /* types of the skeleton */
#include "uidzero.skel.h"

#define KERNEL "/sys/kernel/btf/vmlinux"

/* A file in memory, and the path to open it again by. */
struct file {
	int fd;
	char path[32];
};

static struct file file_of(const void *data, size_t size)
{
	struct file file = {.fd = memfd_create("types", MFD_CLOEXEC)};

	assert_true(file.fd >= 0);
	assert_int_equal(write(file.fd, data, size), size);
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

static int read_types(const void *data, size_t size, struct kernel_types **ret_types)
{
	struct file file = file_of(data, size);
	int err = kernel_types__new(file.path, ret_types);

	close(file.fd);
	return err;
}

static struct kernel_types *types_of(const struct btf *whole)
{
	struct kernel_types *types;
	uint32_t size;
	const void *data = btf__raw_data(whole, &size);

	assert_int_equal(read_types(data, size, &types), 0);
	return types;
}

static struct btf *excerpt_of(const struct kernel_types *types, const struct btf *programs)
{
	struct file file = file_of("", 0);
	struct btf *excerpt;

	assert_int_equal(kernel_types__write_excerpt(types, programs, file.fd), 0);
	excerpt = btf__parse_raw(file.path);
	assert_non_null(excerpt);
	close(file.fd);
	return excerpt;
}

/* Without flavour, as libbpf has it. */
static size_t essential_size(const char *name)
{
	size_t size = strlen(name), i;

	for (i = 1; i + 4 < size; i++)
		if (name[i - 1] != '_' && !strncmp(name + i, "___", 3) && name[i + 3] != '_')
			return i;
	return size;
}

static bool names_one_of(const struct btf *programs, const struct btf_type *type, const char *name)
{
	uint32_t id, end = btf__type_cnt(programs);
	size_t size = essential_size(name);

	for (id = 1; name[0] && id < end; id++) {
		const struct btf_type *theirs = btf__type_by_id(programs, id);
		const char *their_name = btf__name_by_offset(programs, theirs->name_off);

		if (btf_kind(theirs) == btf_kind(type) && essential_size(their_name) == size &&
		    !strncmp(their_name, name, size))
			return true;
	}
	return false;
}

/* All that a relocation can ask: names, kinds, sizes and places, down to the pointers. */
static void assert_same_type(const struct btf *a, uint32_t a_id, const struct btf *b, uint32_t b_id)
{
	const struct btf_type *one = btf__type_by_id(a, a_id), *other = btf__type_by_id(b, b_id);
	uint32_t i;

	if (btf_is_func_proto(one) || btf_is_fwd(one)) {
		assert_int_equal(b_id, 0);
		return;
	}
	assert_int_equal(btf_kind(one), btf_kind(other));
	if (btf_is_ptr(one)) {
		assert_int_equal(other->type, 0);
		return;
	}
	assert_int_equal(one->info, other->info);
	assert_string_equal(btf__name_by_offset(a, one->name_off), btf__name_by_offset(b, other->name_off));
	if (btf_is_mod(one) || btf_is_typedef(one)) {
		assert_same_type(a, one->type, b, other->type);
		return;
	}
	assert_int_equal(one->size, other->size);
	if (btf_is_array(one)) {
		assert_int_equal(btf_array(one)->nelems, btf_array(other)->nelems);
		assert_same_type(a, btf_array(one)->type, b, btf_array(other)->type);
	} else if (btf_is_int(one)) {
		assert_int_equal(*(const uint32_t *)(one + 1), *(const uint32_t *)(other + 1));
	}
	for (i = 0; btf_is_enum(one) && i < btf_vlen(one); i++) {
		assert_int_equal(btf_enum(one)[i].val, btf_enum(other)[i].val);
		assert_string_equal(btf__name_by_offset(a, btf_enum(one)[i].name_off),
				    btf__name_by_offset(b, btf_enum(other)[i].name_off));
	}
	for (i = 0; btf_is_enum64(one) && i < btf_vlen(one); i++) {
		assert_int_equal(btf_enum64_value(&btf_enum64(one)[i]), btf_enum64_value(&btf_enum64(other)[i]));
		assert_string_equal(btf__name_by_offset(a, btf_enum64(one)[i].name_off),
				    btf__name_by_offset(b, btf_enum64(other)[i].name_off));
	}
	for (i = 0; btf_is_composite(one) && i < btf_vlen(one); i++) {
		assert_int_equal(btf_members(one)[i].offset, btf_members(other)[i].offset);
		assert_string_equal(btf__name_by_offset(a, btf_members(one)[i].name_off),
				    btf__name_by_offset(b, btf_members(other)[i].name_off));
		assert_same_type(a, btf_members(one)[i].type, b, btf_members(other)[i].type);
	}
}

/* The first of that kind and name behind a number, 0: none. */
static uint32_t next_of(const struct btf *btf, uint32_t id, uint32_t kind, const char *name)
{
	for (id++; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (btf_kind(type) == kind && !strcmp(btf__name_by_offset(btf, type->name_off), name))
			return id;
	}
	return 0;
}

/* Each of the whole that libbpf would take for a candidate; the same names are in the same order. Returns how many. */
static uint32_t assert_excerpt_answers(const struct btf *whole, const struct btf *excerpt, const struct btf *programs)
{
	uint32_t id, nr = 0;

	for (id = 1; id < btf__type_cnt(whole); id++) {
		const struct btf_type *type = btf__type_by_id(whole, id);
		const char *name = btf__name_by_offset(whole, type->name_off);
		uint32_t kind = btf_kind(type), before = 0, theirs = 0;

		if (btf_is_fwd(type) || btf_is_func(type) || btf_is_var(type) || btf_is_datasec(type) ||
		    btf_kind(type) >= BTF_KIND_DECL_TAG || !names_one_of(programs, type, name))
			continue;
		do {
			theirs = next_of(excerpt, theirs, kind, name);
			assert_int_not_equal(theirs, 0);
		} while ((before = next_of(whole, before, kind, name)) != id);
		assert_same_type(whole, id, excerpt, theirs);
		nr++;
	}
	return nr;
}

/* As the kernel's has it, with all kinds of things. */
static struct btf *make_whole(void)
{
	struct btf *btf = btf__new_empty();
	int number, small, pointer, proto, inner, list, constant, alias, function;

	number = btf__add_int(btf, "unsigned int", 4, 0);
	small = btf__add_int(btf, "char", 1, BTF_INT_CHAR);
	pointer = btf__add_ptr(btf, number + 6);
	proto = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "x", number);
	inner = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "all", number, 0, 0);
	btf__add_field(btf, "first", small, 0, 0);
	list = btf__add_array(btf, number, small, 3);
	btf__add_struct(btf, "wanted", 32);
	btf__add_field(btf, "flags", number, 0, 3);
	btf__add_field(btf, "more", number, 3, 5);
	btf__add_field(btf, "", inner, 32, 0);
	btf__add_field(btf, "self", pointer, 64, 0);
	btf__add_field(btf, "name", list, 128, 0);
	constant = btf__add_const(btf, number);
	alias = btf__add_typedef(btf, "alias_t", constant);
	btf__add_typedef(btf, "call_t", proto);
	btf__add_struct(btf, "unwanted", 4);
	btf__add_field(btf, "of_no_use", alias, 0, 0);
	btf__add_struct(btf, "wanted", 4);
	btf__add_field(btf, "another", alias, 0, 0);
	btf__add_struct(btf, "wanted___old", 8);
	btf__add_field(btf, "held", btf__add_volatile(btf, alias), 0, 0);
	btf__add_enum(btf, "choice", 4);
	btf__add_enum_value(btf, "NO", 0);
	btf__add_enum_value(btf, "YES", -1);
	btf__add_fwd(btf, "choice", BTF_FWD_STRUCT);
	function = btf__add_func(btf, "wanted", BTF_FUNC_STATIC, proto);
	btf__add_typedef(btf, "btf_trace_exec", pointer);
	assert_int_equal(function, btf__type_cnt(btf) - 2);
	return btf;
}

static struct btf *make_programs(void)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	btf__add_struct(btf, "wanted___new", 4);
	btf__add_field(btf, "flags", number, 0, 0);
	btf__add_enum(btf, "choice", 4);
	btf__add_enum_value(btf, "YES", 1);
	btf__add_typedef(btf, "call_t", number);
	btf__add_struct(btf, "nowhere", 4);
	return btf;
}

static void excerpt_has_what_programs_name(void **state)
{
	struct btf *whole = make_whole(), *programs = make_programs(), *excerpt;
	struct kernel_types *types = types_of(whole);

	(void)state;
	excerpt = excerpt_of(types, programs);
	/* wanted twice, wanted___old, choice, call_t */
	assert_int_equal(assert_excerpt_answers(whole, excerpt, programs), 5);
	assert_int_equal(btf__find_by_name(excerpt, "unwanted"), -ENOENT);
	btf__free(excerpt);
	btf__free(programs);
	btf__free(whole);
	kernel_types__free(types);
}

static void excerpt_of_this_kernel_answers_like_the_whole(void **state)
{
	struct uidzero_bpf *skeleton = uidzero_bpf__open();
	struct btf *whole, *excerpt;
	const struct btf *programs;
	struct kernel_types *types;

	(void)state;
	assert_non_null(skeleton);
	if (access(KERNEL, R_OK)) {
		print_message("this kernel has no types: %s\n", strerror(errno));
		uidzero_bpf__destroy(skeleton);
		skip();
	}
	programs = bpf_object__btf(skeleton->obj);
	whole = btf__parse_raw(KERNEL);
	assert_non_null(whole);
	assert_int_equal(kernel_types__new(KERNEL, &types), 0);
	excerpt = excerpt_of(types, programs);
	assert_true(assert_excerpt_answers(whole, excerpt, programs) > 30);
	/* What it is for: each relocation looks through it all. */
	assert_true(btf__type_cnt(excerpt) < btf__type_cnt(whole) / 20);
	btf__free(excerpt);
	btf__free(whole);
	kernel_types__free(types);
	uidzero_bpf__destroy(skeleton);
}

static void types_are_found_by_kind_and_name(void **state)
{
	struct btf *whole = make_whole();
	struct kernel_types *types = types_of(whole);

	(void)state;
	assert_int_equal(kernel_types__find(types, BTF_KIND_FUNC, "wanted"),
			 btf__find_by_name_kind(whole, "wanted", BTF_KIND_FUNC));
	assert_int_equal(kernel_types__find(types, BTF_KIND_TYPEDEF, "btf_trace_exec"),
			 btf__find_by_name_kind(whole, "btf_trace_exec", BTF_KIND_TYPEDEF));
	assert_int_equal(kernel_types__find(types, BTF_KIND_STRUCT, "wanted"), 7);
	assert_int_equal(kernel_types__find(types, BTF_KIND_FUNC, "btf_trace_exec"), -ESRCH);
	btf__free(whole);
	kernel_types__free(types);
}

static void what_is_no_btf_is_refused(void **state)
{
	struct btf *whole = make_whole(), *programs = make_programs();
	struct kernel_types *types;
	struct btf_header *header;
	struct btf_type *first;
	const void *data;
	uint32_t size, i;

	(void)state;
	data = btf__raw_data(whole, &size);
	header = malloc(size);
	assert_non_null(header);
	first = (struct btf_type *)(header + 1);
	for (i = 1; i < size; i++)
		assert_int_equal(read_types(data, i, &types), -EBADMSG);
	for (i = 0; i < 7; i++) {
		memcpy(header, data, size);
		switch (i) {
		case 0:
			header->magic = 0x9feb;
			break;
		case 1:
			header->hdr_len = size;
			break;
		case 2:
			header->type_len = -1;
			break;
		case 3:
			header->str_off += 1;
			break;
		case 4: /* the last name has no end */
			header->str_len -= 1;
			break;
		case 5: /* a kind of which nothing is known */
			first->info = 31 << 24;
			break;
		case 6: /* more members than there is room for */
			first->info = BTF_KIND_STRUCT << 24 | 0xffff;
			break;
		}
		assert_int_equal(read_types(header, size, &types), -EBADMSG);
	}
	assert_int_equal(kernel_types__new("/nowhere", &types), -ENOENT);
	free(header);
	btf__free(programs);
	btf__free(whole);
}

/* A number behind the last, and a struct that holds itself. */
static void types_that_lead_nowhere_make_no_excerpt(void **state)
{
	struct btf *programs = make_programs();
	uint32_t member;

	(void)state;
	for (member = 1; member <= 1000; member += 999) {
		struct file file = file_of("", 0);
		struct btf *whole = btf__new_empty();
		struct kernel_types *types;
		const void *data;
		uint32_t size;

		btf__add_struct(whole, "wanted", 4);
		btf__add_field(whole, "part", member, 0, 0);
		data = btf__raw_data(whole, &size);
		assert_int_equal(read_types(data, size, &types), 0);
		assert_int_equal(kernel_types__write_excerpt(types, programs, file.fd), -EBADMSG);
		close(file.fd);
		kernel_types__free(types);
		btf__free(whole);
	}
	btf__free(programs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(excerpt_has_what_programs_name),
		cmocka_unit_test(excerpt_of_this_kernel_answers_like_the_whole),
		cmocka_unit_test(types_are_found_by_kind_and_name),
		cmocka_unit_test(what_is_no_btf_is_refused),
		cmocka_unit_test(types_that_lead_nowhere_make_no_excerpt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
