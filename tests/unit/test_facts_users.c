/* SPDX-License-Identifier: Apache-2.0 */
/* A container's own passwd, which anybody can have written, names its users and leads nowhere else. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "container/facts_users.h"
#include "container/host_mounts.h"
#include "container/passwd_mounts.h"

#define SPAN(literal) ((struct span){literal, sizeof(literal) - 1})

/* Nothing here takes a second; what blocks is ended. */
#define DEADLINE_S 60

/* A host's root of the test's own, with a container's below it in /c. */
static char host[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(host, "/tmp/uidzero-users-XXXXXX");
	alarm(DEADLINE_S);
	return mkdtemp(host) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	alarm(0);
	return nftw(host, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path below the host's root, its directories made and nothing in its place. */
static const char *place(const char *path)
{
	static char full[4096];

	snprintf(full, sizeof(full), "%s/%s", host, path);
	for (char *slash = full + strlen(host) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	if (remove(full) < 0 && errno != ENOENT)
		assert_int_equal(nftw(full, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	return full;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(place(path), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void read_rootfs(struct container_facts *ret_facts)
{
	*ret_facts = (struct container_facts){.missing = MISSING_USERS, .rootfs = strdup("/c")};
	assert_int_equal(facts_users__read_rootfs(host, ret_facts), 0);
}

static void put_fifo(void)
{
	assert_int_equal(mkfifo(place("c/etc/passwd"), 0644), 0);
}

static void put_directory(void)
{
	assert_int_equal(mkdir(place("c/etc/passwd"), 0755), 0);
}

static void put_large(void)
{
	put("c/etc/passwd", "root:x:0:0::/:\n");
	assert_int_equal(truncate(strcat(strcpy((char[128]){0}, host), "/c/etc/passwd"), (1 << 20) + 1), 0);
}

static void put_gibibyte(void)
{
	put("c/etc/passwd", "root:x:0:0::/:\n");
	assert_int_equal(truncate(strcat(strcpy((char[128]){0}, host), "/c/etc/passwd"), 1 << 30), 0);
}

static void put_link_to_self(void)
{
	assert_int_equal(symlink("passwd", place("c/etc/passwd")), 0);
}

/* The host has that file, the container has not. */
static void put_link_out(void)
{
	put("secret", "host:x:0:0::/:\n");
	put("c/bin/sh", "");
	assert_int_equal(symlink("../../secret", place("c/etc/passwd")), 0);
}

static void put_magic_link(void)
{
	put("secret", "host:x:0:0::/:\n");
	put("c/bin/sh", "");
	assert_int_equal(symlink("/proc/self/cwd/secret", place("c/etc/passwd")), 0);
}

static void a_trap_gives_no_users(void **state)
{
	static const struct {
		const char *what;
		void (*put)(void);
		bool is_none; /* there is no passwd, rather than one that was refused */
	} traps[] = {
		{"a FIFO", put_fifo, false},
		{"a directory", put_directory, false},
		{"more than a mebibyte", put_large, false},
		{"a sparse gibibyte", put_gibibyte, false},
		{"a link to itself", put_link_to_self, false},
		{"a link out of the root", put_link_out, true},
		{"a link by way of /proc", put_magic_link, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
		struct container_facts facts;

		traps[i].put();
		read_rootfs(&facts);
		if (facts.users.is_known != traps[i].is_none || facts.users.nr != 0 ||
		    !!(facts.missing & MISSING_USERS) == traps[i].is_none)
			fail_msg("%s", traps[i].what);
		container_facts__destroy(&facts);
		place("c");
	}
}

/* Opening a device can be an action of its own. A FIFO stands for it, which nobody needs privileges to make. */
static void what_is_no_file_is_not_opened(void **state)
{
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char event[sizeof(struct inotify_event) + 256];
	struct container_facts facts;

	(void)state;
	put_fifo();
	assert_true(inotify_add_watch(watch, strcat(strcpy((char[128]){0}, host), "/c/etc/passwd"), IN_OPEN) >= 0);
	read_rootfs(&facts);
	assert_true(read(watch, event, sizeof(event)) < 0 && errno == EAGAIN);
	container_facts__destroy(&facts);
	close(watch);
}

static void links_stay_within_the_root(void **state)
{
	struct container_facts facts;

	(void)state;
	put("etc/passwd", "host:x:0:0::/:\n");
	put("c/store/passwd", "inside:x:0:0::/:\n");
	assert_int_equal(symlink("/store/passwd", place("c/etc/passwd")), 0);
	read_rootfs(&facts);
	assert_string_equal(container_facts__user_name(&facts, 0), "inside");
	container_facts__destroy(&facts);
}

static void a_root_that_is_not_mounted_tells_nothing(void **state)
{
	struct container_facts facts;

	(void)state;
	place("c/x");
	read_rootfs(&facts);
	assert_false(facts.users.is_known);
	container_facts__destroy(&facts);
	put("c/bin/sh", "");
	read_rootfs(&facts);
	assert_true(facts.users.is_known);
	assert_null(container_facts__user_name(&facts, 0));
	container_facts__destroy(&facts);
}

static void hostile_names_become_text(void **state)
{
	static const char passwd[] = "a\x1b[2J:x:1:1\n\xff\xfe:x:2:2\nroot:x:0:0\n\nlater:x:0:0\nnone:x:none:1\n"
				     "wrapped:x:4294967296:0\n"
				     "a-name-of-more-than-sixty-four-bytes-which-nobody-needs-to-have-at-all:x:3:3\n"
				     /* 22 bytes, which become 66. */
				     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
				     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff:x:4:4\n";
	struct container_facts facts = {.missing = MISSING_USERS, .declared_user = strdup("wrapped:x")};

	(void)state;
	assert_int_equal(facts_users__fill(&facts, SPAN(passwd)), 0);
	assert_string_equal(container_facts__user_name(&facts, 0), "root");
	assert_string_equal(container_facts__user_name(&facts, 1), "a\x1b[2J");
	assert_string_equal(container_facts__user_name(&facts, 2), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_null(container_facts__user_name(&facts, 3));
	assert_null(container_facts__user_name(&facts, 4));
	assert_int_equal(facts.users.nr, 3);
	/* What the runtimes make of it, though it is nobody's name. */
	assert_true(facts.declared_ids.is_known && facts.declared_ids.uid == 0);
	assert_int_equal(facts.declared_ids.line, 7); /* an editor's count: the empty line is one */
	assert_int_equal(container_facts__declared_class(&facts), USER_NAME_IS_ROOT);
	container_facts__destroy(&facts);
}

static void a_name_behind_thousands_is_found_though_not_kept(void **state)
{
	struct container_facts facts = {.declared_user = strdup("app")};
	char *passwd = malloc(40 * 20000);
	size_t size = 0;

	(void)state;
	for (int i = 0; i < 20000; i++)
		size += (size_t)sprintf(passwd + size, "u%d:x:%d:0\n", i, i + 1);
	size += (size_t)sprintf(passwd + size, "app:x:0:0\n");
	assert_int_equal(facts_users__fill(&facts, (struct span){passwd, size}), 0);
	assert_int_equal(facts.users.nr, FACTS_USERS_MAX);
	assert_int_equal(container_facts__declared_class(&facts), USER_NAME_IS_ROOT);
	assert_int_equal(facts.declared_ids.line, 20001);
	container_facts__destroy(&facts);
	free(passwd);
}

static void the_class_is_of_who_was_asked_for(void **state)
{
	struct container_facts facts = {.declared_user = (char *)"app",
					.requested_user = (char *)"0",
					.resolved_user = (char *)"0:0",
					.declared_ids = {true, 1001, 1001, 2}};

	(void)state;
	/* The runtime resolved the other one. */
	assert_int_equal(container_facts__declared_class(&facts), USER_NAME);
	assert_int_equal(container_facts__requested_class(&facts), USER_ROOT);
	assert_string_equal(container_facts__wanted_user(&facts), "0");
	facts.requested_user = NULL;
	assert_int_equal(container_facts__declared_class(&facts), USER_NAME_IS_ROOT);
	assert_int_equal(container_facts__requested_class(&facts), USER_UNKNOWN);
}

static void a_mount_over_the_passwd_is_found(void **state)
{
	static const struct {
		const char *destination;
		bool is_mounted;
	} cases[] = {
		{"/etc/passwd", true}, {"etc//./passwd", true}, {"/x/../etc", true},     {"/etc", true},
		{"/", true},           {"/etc/hosts", false},   {"/etc/passwd-", false}, {"/et", false},
		{"/usr/etc", true},    {"/usr", true},          {"/run/users", true},    {"/run/users/passwd", true},
		{"/links", true},      {"/alias/etc", true},    {"/proc", false},        {"/none/at/all", false},
	};

	(void)state;
	/* /etc is /usr/etc, and the passwd in there is one of /run/users. */
	put("c/run/users/passwd", "app:x:1001:1001::/:\n");
	assert_int_equal(symlink("../../run/users/passwd", place("c/usr/etc/passwd")), 0);
	assert_int_equal(symlink("../usr/etc", place("c/links/etc")), 0);
	assert_int_equal(symlink("links/etc", place("c/etc")), 0);
	assert_int_equal(symlink("/usr", place("c/alias")), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_facts facts = {.rootfs = (char *)"/c"};
		struct span destination = {cases[i].destination, strlen(cases[i].destination)};

		passwd_mounts__note(host, destination, &facts);
		if (facts.passwd_is_mounted != cases[i].is_mounted)
			fail_msg("%s", cases[i].destination);
	}
}

/* The runtime has looked up the user in the image's passwd; the programs look up names in the other one. */
static void the_images_passwd_names_no_users_where_another_is_mounted(void **state)
{
	struct container_facts facts = {.missing = MISSING_USERS,
					.rootfs = strdup("/c"),
					.declared_user = strdup("app"),
					.passwd_is_mounted = true};

	(void)state;
	put("c/etc/passwd", "root:x:0:0::/:\napp:x:1001:1002::/:\n");
	assert_int_equal(facts_users__read_rootfs(host, &facts), 0);
	assert_false(facts.users.is_known);
	assert_null(container_facts__user_name(&facts, 1001));
	assert_true(facts.declared_ids.is_known && facts.declared_ids.uid == 1001);
	assert_int_equal(facts_users__fill(&facts, SPAN("mounted:x:1001:1::/:\n")), 0);
	assert_string_equal(container_facts__user_name(&facts, 1001), "mounted");
	assert_true(facts.declared_ids.is_known && facts.declared_ids.gid == 1002);
	container_facts__destroy(&facts);
}

static uint64_t start_ns_of_self(void)
{
	unsigned long long ticks = 0;
	FILE *file = fopen("/proc/self/stat", "re");

	assert_non_null(file);
	assert_int_equal(
		fscanf(file, "%*d (%*[^)]) %*c%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%llu", &ticks), 1);
	fclose(file);
	return ticks * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void a_process_shows_its_own_passwd(void **state)
{
	struct container_process process = {(uint32_t)getpid(), start_ns_of_self() + 1000};
	struct container_process earlier = {process.tgid, process.start_ns - 1000000000};
	struct container_process gone = {0x3fffffff, process.start_ns};
	struct container_facts facts = {.missing = MISSING_USERS};

	(void)state;
	assert_int_equal(container_facts__read_users(&gone, &facts), 0);
	assert_false(facts.users.is_known);
	/* Another one that had this number before. */
	assert_int_equal(container_facts__read_users(&earlier, &facts), 0);
	assert_false(facts.users.is_known);
	assert_int_equal(container_facts__read_users(&process, &facts), 0);
	assert_string_equal(container_facts__user_name(&facts, 0), "root");
	assert_int_equal(facts.missing, 0);
	container_facts__destroy(&facts);
}

static void what_another_machine_has_is_not_looked_at(void **state)
{
	static const char mountinfo[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
					"23 22 0:20 / /proc rw - proc proc rw\n"
					"24 22 0:44 / /srv/nfs\\040share rw shared:9 master:3 - nfs4 server:/x rw\n"
					"25 24 0:45 / /srv/nfs\\040share/local rw - tmpfs tmpfs rw\n"
					"26 22 0:46 / /mnt rw - fuse.sshfs x rw\n"
					"27 22 0:47 / /auto rw - autofs systemd-1 rw\n"
					"28 22 0:48 / /var rw - xfs /dev/sdb rw\n"
					"29 28 0:49 / /var/lib/new rw - brandnewfs x rw\n";
	static const char *const local[] = {"/",    "/etc",     "/var/lib", "/var/lib/newer",
					    "/srv", "/srv/nfs", "/proc/1",  "/mntx"};
	static const char *const remote[] = {"/srv/nfs share", "/srv/nfs share/a", "/srv/nfs share/local", "/mnt",
					     "/mnt/a/b",       "/auto/home",       "/var/lib/new/x"};
	static const char *const broken[] = {
		"", "\n\n", "a", "1 2 3 4", "1 2 3 4 /etc", "1 2 3 4 /x - ", "1 2 3 4 \\1 rw - nfs x"};

	(void)state;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (!mountinfo_is_local(SPAN(mountinfo), local[i]))
			fail_msg("%s", local[i]);
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (mountinfo_is_local(SPAN(mountinfo), remote[i]))
			fail_msg("%s", remote[i]);
	assert_false(mountinfo_is_all_local(SPAN(mountinfo)));
	assert_true(mountinfo_is_all_local((struct span){mountinfo, strcspn(mountinfo, "\n") + 1}));
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		mountinfo_is_local((struct span){broken[i], strlen(broken[i])}, "/etc");
}

static void a_mounts_source_is_found_through_links(void **state)
{
	static const struct {
		const char *source;
		int mode; /* -1: unknown */
	} cases[] = {
		{"/data/secret", 0600},
		{"/data/./x/..//secret", 0600},
		{"/link", 0600},
		{"/dir-link/secret", 0600},
		{"/chain/secret", 0600},
		{"/loop", -1},
		{"/none", -1},
		{"/data/secret/below", -1},
		{"/up/../data/secret", 0600},
		{"/", 0700},
		{"/out", 0600},
	};

	(void)state;
	put("data/secret", "");
	assert_int_equal(chmod(strcat(strcpy((char[128]){0}, host), "/data/secret"), 0600), 0);
	assert_int_equal(symlink("data/secret", place("link")), 0);
	assert_int_equal(symlink("/data", place("dir-link")), 0);
	assert_int_equal(symlink("./dir-link", place("chain")), 0);
	assert_int_equal(symlink("loop", place("loop")), 0);
	assert_int_equal(symlink("../../../../../data/secret", place("out")), 0); /* the root has no parent */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct facts_mount mount = {.source = (char *)cases[i].source, .destination = (char *)"/x"};

		assert_int_equal(host_mounts__examine(host, &mount, 1), 0);
		if (mount.is_known != (cases[i].mode >= 0) ||
		    (mount.is_known && (mount.mode & 07777) != (unsigned)cases[i].mode))
			fail_msg("%s: %s, %o", cases[i].source, mount.is_known ? "known" : "unknown", mount.mode);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_trap_gives_no_users, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_not_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_stay_within_the_root, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_root_that_is_not_mounted_tells_nothing, set_up, tear_down),
		cmocka_unit_test(hostile_names_become_text),
		cmocka_unit_test(a_name_behind_thousands_is_found_though_not_kept),
		cmocka_unit_test(the_class_is_of_who_was_asked_for),
		cmocka_unit_test_setup_teardown(a_mount_over_the_passwd_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_images_passwd_names_no_users_where_another_is_mounted, set_up,
						tear_down),
		cmocka_unit_test(a_process_shows_its_own_passwd),
		cmocka_unit_test(what_another_machine_has_is_not_looked_at),
		cmocka_unit_test_setup_teardown(a_mounts_source_is_found_through_links, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
