/* SPDX-License-Identifier: Apache-2.0 */
/* Files are found in the mounts of containers, and programs of the host are not. */
#include "table.h"

#include <string.h>

#include "container/mountinfo.h"

#define TEXT(text)                                                                                                     \
	(struct span)                                                                                                  \
	{                                                                                                              \
		(text), strlen(text)                                                                                   \
	}

/* A host with its root on 8:1, /var/lib/docker and /usr on file systems of their own, and btrfs subvolumes. */
#define HOST                                                                                                           \
	"21 1 0:2 / / rw - rootfs rootfs rw\n"                                                                         \
	"22 21 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"                                                     \
	"23 22 8:2 / /var/lib/docker rw shared:2 - ext4 /dev/sda2 rw\n"                                                \
	"24 22 8:3 / /usr ro - ext4 /dev/sda3 ro\n"                                                                    \
	"25 22 0:40 /@srv /srv rw - btrfs /dev/sdb rw\n"                                                               \
	"26 22 8:4 / /mnt/a\\040b rw - ext4 /dev/sdc rw\n"                                                             \
	"27 22 8:5 / /mnt/over rw - ext4 /dev/sdd rw\n"                                                                \
	"28 27 8:6 /sub /mnt/over rw - ext4 /dev/sde rw\n"

static const struct normalize_row {
	const char *name, *path, *expected; /* NULL: refused */
} normalizations[] = {
	{"a path as it is", "/a/b", "/a/b"},         {"the root directory", "/", "/"},
	{"slashes and dots", "//a/./b//", "/a/b"},   {"a step up", "/a/../b/../../c", "/c"},
	{"a relative path is refused", "a/b", NULL}, {"an empty path is refused", "", NULL},
};

static void path_is_normalized(void **state)
{
	const struct normalize_row *row = *state;
	char path[PATH_MAX];
	bool is_good = path_normalize(row->path, path);

	assert_int_equal(is_good, row->expected != NULL);
	if (is_good)
		assert_string_equal(path, row->expected);
}

static const struct process_row {
	const char *name, *path;
	unsigned pid; /* 0: it is no process's path */
} processes[] = {
	{"a process's root", "/proc/123/root/evil", 123},
	{"a thread's", "/proc/123/task/124/root/evil", 123},
	{"more slashes and dots than are needed", "//./proc/.//123/./root/evil", 123},
	{"steps up before it", "/tmp/../proc/1/../123/cwd/evil", 123},
	{"steps up behind it", "/proc/123/root/../../../tmp/evil", 123},
	{"the process's directory alone", "/proc/123/", 0},
	{"a name that only begins with a number", "/proc/123x/root/evil", 0},
	{"another file of proc", "/proc/self/root/evil", 0},
	{"steps up out of it", "/proc/123/../../srv/evil/file", 0},
	{"another directory", "/srv/123/root/evil", 0},
	{"a directory called proc", "/srv/proc/123/root/evil", 0},
	{"a relative path", "proc/123/root/evil", 0},
	{"an empty path", "", 0},
};

static void process_of_path_is_found(void **state)
{
	const struct process_row *row = *state;

	assert_int_equal(path_process(row->path), row->pid);
}

static const struct locate_row {
	const char *name, *path;
	uint32_t major, minor;
	const char *expected;
} locations[] = {
	{"on the root file system, which is mounted over another one", "/sbin/modprobe", 8, 1, "/sbin/modprobe"},
	{"on a file system of its own", "/var/lib/docker/x/evil", 8, 2, "/x/evil"},
	{"a name that only begins as a mount point", "/var/lib/docker2/evil", 8, 1, "/var/lib/docker2/evil"},
	{"a mount of a directory", "/srv/evil", 0, 40, "/@srv/evil"},
	{"the mount point itself", "/srv", 0, 40, "/@srv"},
	{"a mount point with a blank", "/mnt/a b/evil", 8, 4, "/evil"},
	{"the upper one of two mounts", "/mnt/over/evil", 8, 6, "/sub/evil"},
};

static void file_is_located(void **state)
{
	const struct locate_row *row = *state;
	struct file_place place;

	assert_true(mountinfo_locate(TEXT(HOST), row->path, &place));
	assert_int_equal(place.major, row->major);
	assert_int_equal(place.minor, row->minor);
	assert_string_equal(place.path, row->expected);
}

#define OVERLAY(more)                                                                                                  \
	"100 90 0:55 / / rw,relatime - overlay overlay rw,lowerdir=l/AB:/var/lib/docker/overlay2/lower/diff,"          \
	"upperdir=/var/lib/docker/overlay2/abc/diff,workdir=/var/lib/docker/overlay2/abc/work\n" more
#define DIRECTORY(more) "100 90 8:2 /vfs/dir/abc / ro,relatime - ext4 /dev/sda2 rw\n" more

static const struct hold_row {
	const char *name, *mounts, *path;
	bool expected;
} holds[] = {
	{"the overlay's upper directory", OVERLAY(""), "/var/lib/docker/overlay2/abc/diff/tmp/evil", true},
	{"its lower one", OVERLAY(""), "/var/lib/docker/overlay2/lower/diff/bin/sh", true},
	{"its work directory", OVERLAY(""), "/var/lib/docker/overlay2/abc/work/evil", true},
	{"another overlay's directory", OVERLAY(""), "/var/lib/docker/overlay2/abcd/diff/evil", false},
	{"a directory of vfs, mounted read-only", DIRECTORY(""), "/var/lib/docker/vfs/dir/abc/evil", true},
	{"another directory of vfs", DIRECTORY(""), "/var/lib/docker/vfs/dir/abcd/evil", false},
	{"a program of the host", OVERLAY(""), "/sbin/modprobe", false},
	{"a volume", OVERLAY("101 100 8:1 /srv2/data /data rw - ext4 /dev/sda1 rw\n"), "/srv2/data/evil", true},
	{"beside the volume", OVERLAY("101 100 8:1 /srv2/data /data rw - ext4 /dev/sda1 rw\n"), "/srv2/evil", false},
	{"a volume that is read-only", OVERLAY("101 100 8:1 /srv2/data /data ro - ext4 /dev/sda1 rw\n"),
	 "/srv2/data/evil", false},
	{"a volume of a file system that is read-only", OVERLAY("101 100 8:3 /lib /lib rw - ext4 /dev/sda3 ro\n"),
	 "/usr/lib/evil", false},
	{"a volume that is a whole file system", OVERLAY("101 100 8:4 / /data rw - ext4 /dev/sdc rw\n"),
	 "/mnt/a b/evil", true},
	{"a subvolume", OVERLAY("101 100 0:40 /@srv/x /data rw - btrfs /dev/sdb rw\n"), "/srv/x/evil", true},
	{"the host's root directory as a volume", OVERLAY("101 100 8:1 / /host rw - ext4 /dev/sda1 rw\n"),
	 "/sbin/modprobe", false},
	{"with what is mounted in it",
	 OVERLAY("101 100 8:1 / /host rw - ext4 /dev/sda1 rw\n102 101 0:40 /@srv /host/srv rw - btrfs /dev/sdb rw\n"),
	 "/srv/helper", false},
	{"beside a mount of the host's root directory",
	 OVERLAY("101 100 8:1 / /host rw - ext4 /dev/sda1 rw\n102 100 0:40 /@srv /hosts rw - btrfs /dev/sdb rw\n"),
	 "/srv/helper", true},
	{"a sandbox with a copy of the host's mounts", HOST, "/srv/helper", false},
	{"lines that are none", "\n \n1\n100 90 a:b / / rw - ext4 x rw\n100 90 8:1\n- - -\n", "/sbin/modprobe", false},
	{"an overlay whose layer is the host's root directory",
	 "100 90 0:55 / / rw - overlay overlay rw,lowerdir=/,upperdir=/run/up,workdir=/run/work\n", "/sbin/modprobe",
	 false},
};

static void container_holds_file(void **state)
{
	const struct hold_row *row = *state;
	struct file_place place, host_root;

	assert_true(mountinfo_locate(TEXT(HOST), "/", &host_root));
	assert_true(mountinfo_locate(TEXT(HOST), row->path, &place));
	assert_int_equal(mountinfo_holds(TEXT(row->mounts), &place, row->path, &host_root), row->expected);
}

static void overlay_of_the_root_is_a_device_of_its_own(void **state)
{
	uint32_t major, minor;

	(void)state;
	assert_true(mountinfo_root_overlay(TEXT(OVERLAY("")), &major, &minor));
	assert_int_equal(major, 0);
	assert_int_equal(minor, 55);
	assert_false(mountinfo_root_overlay(TEXT(DIRECTORY("")), &major, &minor));
	assert_false(mountinfo_root_overlay(TEXT(""), &major, &minor));
}

int main(void)
{
	struct CMUnitTest tests[NR_ROWS(normalizations) + NR_ROWS(processes) + NR_ROWS(locations) + NR_ROWS(holds) + 1];
	size_t nr = 0;

	ADD_ROWS(tests, nr, normalizations, path_is_normalized);
	ADD_ROWS(tests, nr, processes, process_of_path_is_found);
	ADD_ROWS(tests, nr, locations, file_is_located);
	ADD_ROWS(tests, nr, holds, container_holds_file);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(overlay_of_the_root_is_a_device_of_its_own);
	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
