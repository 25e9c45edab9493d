// SPDX-License-Identifier: Apache-2.0
/*
 * Does the actions named on its command line, in their order, and prints for each, as a line of JSON,
 * what an observer should have seen: `actions setresuid 0 1001 0 setuid 0 exec /bin/id`.
 *
 * Each system call is made directly, so that it concerns the calling thread alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define REST              (-1) /* the action takes all arguments that are left */

/* Text that an observer must not pass on as it is, and the same as JSON, U+FFFD for what is no UTF-8. */
#define HOSTILE_COMM      "\x1b[31m\n\"\\\xff"
#define HOSTILE_COMM_JSON "\\u001b[31m\\n\\\"\\\\\\ufffd"

static const char *const hostile_args[] = {
	"line\nfeed",   "\"quoted\\",       "", "", "\x1b[2J\x1b]0;title\x07", "\xff\xc3(\xed\xa0\x80", "\xc2\x9b;31m",
	"\xe2\x80\xae", "tab\tcr\rdel\x7f", "",
};

struct ids {
	unsigned uid[4], gid[4]; /* real, effective, saved, file system */
};

struct action {
	const char *name;
	int nr_args;
	int (*run)(const struct action *action, char **args);
	long number; /* of the system call, or clone()'s flags */
	const char *help;
};

static int run_actions(char **args);

static struct ids read_ids(void)
{
	struct ids ids = {0};
	char line[256];
	FILE *status = fopen("/proc/thread-self/status", "re");

	if (!status) {
		perror("/proc/thread-self/status");
		exit(1);
	}
	while (fgets(line, sizeof(line), status)) {
		sscanf(line, "Uid: %u %u %u %u", &ids.uid[0], &ids.uid[1], &ids.uid[2], &ids.uid[3]);
		sscanf(line, "Gid: %u %u %u %u", &ids.gid[0], &ids.gid[1], &ids.gid[2], &ids.gid[3]);
	}
	fclose(status);
	return ids;
}

static void print_ids(const char *key, const struct ids *ids)
{
	printf(",\"%s\":{\"ruid\":%u,\"euid\":%u,\"suid\":%u,\"fsuid\":%u,\"rgid\":%u,\"egid\":%u,\"sgid\":%u,"
	       "\"fsgid\":%u}",
	       key, ids->uid[0], ids->uid[1], ids->uid[2], ids->uid[3], ids->gid[0], ids->gid[1], ids->gid[2],
	       ids->gid[3]);
}

/* Starts the line of an action; the caller ends it. */
static void print_action(const char *name)
{
	printf("{\"action\":\"%s\",\"pid\":%d,\"tid\":%d", name, getpid(), gettid());
}

static void end_line(void)
{
	puts("}");
	fflush(stdout);
}

/* What stands before an exec, which prints nothing afterwards. */
static void announce_exec(const struct action *action, const char *file)
{
	struct ids before = read_ids();

	print_action(action->name);
	print_ids("before", &before);
	printf(",\"file\":\"%s\"", file);
	end_line();
}

static int fail(const char *what)
{
	fprintf(stderr, "actions: %s: %s\n", what, strerror(errno));
	return 1;
}

static long call_native(long number, const long *args)
{
	return syscall(number, args[0], args[1], args[2]);
}

#ifdef __x86_64__
/* The 32-bit entry of a 64-bit kernel, which the set*uid tracepoints do not see. */
static long call_int80(long number, const long *args)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(number), "b"((int)args[0]), "c"((int)args[1]), "d"((int)args[2])
			 : "memory", "r8", "r9", "r10", "r11");
	if ((int)ret < 0 && (int)ret > -4096) {
		errno = -(int)ret;
		return -1;
	}
	return (int)ret;
}
#endif

static int change_ids(const struct action *action, char **args, long (*call)(long number, const long *args))
{
	struct ids before = read_ids(), after;
	long numbers[3] = {0}, result;

	for (int i = 0; i < action->nr_args; i++)
		numbers[i] = strtol(args[i], NULL, 10);
	errno = 0;
	result = call(action->number, numbers);
	print_action(action->name);
	printf(",\"result\":%ld,\"errno\":%d", result, errno);
	after = read_ids();
	print_ids("before", &before);
	print_ids("after", &after);
	end_line();
	return 0;
}

static int run_native(const struct action *action, char **args)
{
	return change_ids(action, args, call_native);
}

#ifdef __x86_64__
static int run_int80(const struct action *action, char **args)
{
	return change_ids(action, args, call_int80);
}
#endif

static int run_ids(const struct action *action, char **args)
{
	struct ids ids = read_ids();

	(void)args;
	print_action(action->name);
	print_ids("before", &ids);
	end_line();
	return 0;
}

static int report(const struct action *action, long result)
{
	if (result) {
		perror(action->name);
		return 1;
	}
	print_action(action->name);
	end_line();
	return 0;
}

static int run_setgroups(const struct action *action, char **args)
{
	const gid_t group = strtoul(args[0], NULL, 0);

	return report(action, syscall(SYS_setgroups, 1, &group));
}

static int run_call(const struct action *action, char **args)
{
	return report(action, syscall(action->number, strtoul(args[0], NULL, 0),
				      action->nr_args > 1 ? strtoul(args[1], NULL, 0) : 0, 0, 0, 0));
}

/* Keeps what is permitted. */
static int run_capset(const struct action *action, char **args)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	(void)args;
	if (syscall(SYS_capget, &header, data))
		return report(action, -1);
	data[0].effective = data[1].effective = 0;
	return report(action, syscall(SYS_capset, &header, data));
}

static int run_hostile_comm(const struct action *action, char **args)
{
	(void)args;
	prctl(PR_SET_NAME, HOSTILE_COMM);
	print_action(action->name);
	printf(",\"comm\":\"%s\"", HOSTILE_COMM_JSON);
	end_line();
	return 0;
}

static void *thread_main(void *data)
{
	/* The process ends with the thread, whether it execs or not. */
	exit(run_actions(data));
}

static int run_in_thread(const struct action *action, char **args)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, thread_main, args);
	if (errno)
		return fail("pthread_create");
	if (action->number)
		syscall(SYS_exit, 0);
	pthread_join(thread, NULL);
	return 1;
}

/* Of the thread beside the first one: it has come to where it stays, or to its end. */
static int settled[2] = {-1, -1};

static void settle(void)
{
	if (settled[1] >= 0 && gettid() != getpid() && write(settled[1], "", 1) != 1)
		exit(fail("pipe"));
}

static void *beside_main(void *data)
{
	int status = run_actions(data);

	settle();
	if (status)
		exit(status);
	return NULL;
}

/* The thread's actions are words of one argument. The next action comes when the thread waits, pauses, or has ended. */
static int run_beside(const struct action *action, char **args)
{
	static char *words[32];
	pthread_t thread;
	size_t nr = 0;
	char byte;

	(void)action;
	for (char *word = strtok(args[0], " "); word && nr + 1 < ARRAY_SIZE(words); word = strtok(NULL, " "))
		words[nr++] = word;
	if (pipe2(settled, O_CLOEXEC))
		return fail("pipe");
	errno = pthread_create(&thread, NULL, beside_main, words);
	if (errno)
		return fail("pthread_create");
	return read(settled[0], &byte, 1) == 1 ? 0 : fail("read");
}

static int run_end(const struct action *action, char **args)
{
	(void)action;
	(void)args;
	fflush(stdout);
	return syscall(SYS_exit, 0);
}

static int run_keep_caps(const struct action *action, char **args)
{
	(void)action;
	(void)args;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ? fail("prctl") : 0;
}

static int run_clear_caps(const struct action *action, char **args)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	(void)action;
	(void)args;
	return syscall(SYS_capset, &header, none) ? fail("capset") : 0;
}

static int child_main(void *data)
{
	int status = run_actions(data);

	fflush(stdout);
	_exit(status);
}

/* CLONE_VFORK waits for the child's exec or end, whoever its parent is. */
static int run_in_child(const struct action *action, char **args)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	pid_t pid = clone(child_main, stack + sizeof(stack), (int)action->number | SIGCHLD, args);

	if (pid < 0)
		return fail(action->name);
	return action->number & CLONE_PARENT || waitpid(pid, NULL, 0) == pid ? 0 : fail("waitpid");
}

/* As the kernel lists it: "4:memory:/docker/0123"; v2 names no controllers. */
static int enter_cgroup(const char *controllers, const char *path, const char *below)
{
	char where[] = "/tmp/cgroup.XXXXXX", options[128], file[512];
	bool is_named = !strncmp(controllers, "name=", 5);
	int fd = -1, length;

	snprintf(options, sizeof(options), "%s%s", is_named ? "none," : "", controllers);
	if (!mkdtemp(where) ||
	    mount("none", where, *controllers ? "cgroup" : "cgroup2", 0, *controllers ? options : NULL))
		return fail("mount");
	length = snprintf(file, sizeof(file), "%s%s%s", where, path, below);
	if ((!mkdir(file, 0755) || errno == EEXIST) && length < (int)sizeof(file)) {
		snprintf(file + length, sizeof(file) - length, "/cgroup.procs");
		fd = open(file, O_WRONLY | O_CLOEXEC);
	}
	if (fd < 0 || (write(fd, "0", 1) < 0 && strncmp(controllers, "cpuset", 6))) /* wants its settings first */
		return fail(file);
	close(fd);
	umount(where);
	rmdir(where);
	return 0;
}

/* By a mount of each hierarchy of the host's, so it takes CAP_SYS_ADMIN. */
static int enter_cgroups(bool is_inner)
{
	char lines[32][256];
	FILE *file = fopen("/proc/self/cgroup", "re");
	int nr_lines = 0;

	while (file && nr_lines < (int)ARRAY_SIZE(lines) && fgets(lines[nr_lines], sizeof(lines[0]), file))
		nr_lines++;
	if (file)
		fclose(file);
	for (int i = 0; i < nr_lines; i++) {
		char *controllers = strchr(lines[i], ':') + 1, *path = strchr(controllers, ':');

		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		if (is_inner ? enter_cgroup(controllers, path, "/inner") : enter_cgroup(controllers, "", ""))
			return 1;
	}
	return nr_lines ? 0 : fail("/proc/self/cgroup");
}

static int run_leave_cgroups(const struct action *action, char **args)
{
	(void)action;
	(void)args;
	return enter_cgroups(false);
}

static int run_inner_cgroups(const struct action *action, char **args)
{
	(void)action;
	(void)args;
	return enter_cgroups(true);
}

/* Root in a user namespace of its own, nobody new outside. */
static int run_user_namespace(const struct action *action, char **args)
{
	static const char *const files[] = {"/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/gid_map"};
	struct ids before = read_ids(), after;
	char texts[3][32] = {"deny"};

	(void)args;
	snprintf(texts[1], sizeof(texts[1]), "0 %u 1", before.uid[1]);
	snprintf(texts[2], sizeof(texts[2]), "0 %u 1", before.gid[1]);
	prctl(PR_SET_DUMPABLE, 1); /* or /proc/self belongs to root after a set*uid */
	if (unshare(CLONE_NEWUSER))
		return fail("unshare");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int fd = open(files[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, texts[i], strlen(texts[i])) < 0)
			return fail(files[i]);
		close(fd);
	}
	after = read_ids();
	print_action(action->name);
	print_ids("before", &before);
	print_ids("after", &after);
	end_line();
	return 0;
}

static int run_exec(const struct action *action, char **args)
{
	announce_exec(action, args[0]);
	execv(args[0], args);
	return fail(args[0]);
}

static int run_execveat(const struct action *action, char **args)
{
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	if (fd < 0)
		return fail(args[0]);
	announce_exec(action, args[0]);
	syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH);
	return fail("execveat");
}

/* It must be no script: an interpreter would not find it. */
static int run_exec_deleted(const struct action *action, char **args)
{
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	if (fd < 0 || unlink(args[0]))
		return fail(args[0]);
	announce_exec(action, args[0]);
	syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH);
	return fail("execveat");
}

static int copy_file(const char *from, int to)
{
	char buffer[1 << 16];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t size = -1;

	while (fd >= 0 && (size = read(fd, buffer, sizeof(buffer))) > 0) {
		if (write(to, buffer, size) != size)
			return -1;
	}
	if (fd >= 0)
		close(fd);
	return size < 0 ? -1 : 0;
}

static int run_memfd_exec(const struct action *action, char **args)
{
	int fd = memfd_create("payload", MFD_CLOEXEC);

	if (fd < 0 || copy_file(args[0], fd))
		return fail(args[0]);
	announce_exec(action, args[0]);
	fexecve(fd, args, environ);
	return fail("fexecve");
}

/* From a directory and by a file name that are no plain text; needs a writable working directory. */
static int run_hostile_exec(const struct action *action, char **args)
{
	static const char directory[] = "d\n\x1b[31m\xff", file[] = "f\n\x1b[2J\"\\\xfe";
	int fd;

	if ((mkdir(directory, 0755) && errno != EEXIST) || chdir(directory))
		return fail("hostile directory");
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (fd < 0 || copy_file(args[0], fd) || close(fd))
		return fail("hostile file");
	announce_exec(action, "hostile");
	execv(file, args);
	return fail("exec of the hostile file");
}

static int run_hostile_args(const struct action *action, char **args)
{
	char *argv[ARRAY_SIZE(hostile_args) + 2] = {args[0]};

	memcpy(argv + 1, hostile_args, sizeof(hostile_args));
	announce_exec(action, args[0]);
	execv(args[0], argv);
	return fail(args[0]);
}

/* As many bytes of arguments as asked for, the program's name and each NUL counted. */
static int run_big_args(const struct action *action, char **args)
{
	size_t left = strtoul(args[0], NULL, 10), name_size = strlen(args[1]) + 1;
	char **argv = calloc(left / 2 + 3, sizeof(*argv));
	size_t argc = 0;

	if (!argv || left < name_size)
		return fail("argument bytes");
	argv[argc++] = args[1];
	left -= name_size;
	while (left >= 2) {
		size_t size = left < 100 || left == 101 ? left : 100;

		argv[argc] = malloc(size);
		if (!argv[argc])
			return fail("malloc");
		memset(argv[argc], 'a' + argc % 26, size - 1);
		argv[argc++][size - 1] = '\0';
		left -= size;
	}
	announce_exec(action, args[1]);
	execv(args[1], argv);
	return fail(args[1]);
}

/* So many times, one after the other, as fast as it goes. */
static int run_flood(const struct action *action, char **args)
{
	unsigned long wanted = strtoul(args[0], NULL, 10), made = 0;
	char *argv[] = {args[1], NULL};
	int status;
	pid_t pid;

	for (unsigned long i = 0; i < wanted; i++) {
		errno = posix_spawn(&pid, args[1], NULL, NULL, argv, environ);
		if (errno)
			return fail(args[1]);
		waitpid(pid, &status, 0);
		made++;
	}
	print_action(action->name);
	printf(",\"execs\":%lu", made);
	end_line();
	return 0;
}

static int run_wait(const struct action *action, char **args)
{
	int fd;

	(void)action;
	settle();
	fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(args[0]);
	close(fd);
	return 0;
}

/* An io_uring instance, open until an exec, to which root's credentials are left while its process has them. */
static int run_ring(const struct action *action, char **args)
{
	struct io_uring_params params = {.flags = action->number, .sq_thread_idle = 600000};
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	(void)args;
	if (ring < 0)
		return fail("io_uring_setup");
	if (!(action->number & IORING_SETUP_SQPOLL) &&
	    syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0) < 0)
		return fail("IORING_REGISTER_PERSONALITY");
	return 0;
}

static int run_pause(const struct action *action, char **args)
{
	(void)action, (void)args;
	settle();
	return pause() < 0 ? fail("pause") : 0;
}

static const struct action actions[] = {
	{"ids", 0, run_ids, 0, ""},
	{"setuid", 1, run_native, SYS_setuid, "UID"},
	{"setreuid", 2, run_native, SYS_setreuid, "RUID EUID"},
	{"setresuid", 3, run_native, SYS_setresuid, "RUID EUID SUID"},
	{"setfsuid", 1, run_native, SYS_setfsuid, "UID"},
	{"setgid", 1, run_native, SYS_setgid, "GID"},
	{"setregid", 2, run_native, SYS_setregid, "RGID EGID"},
	{"setresgid", 3, run_native, SYS_setresgid, "RGID EGID SGID"},
	{"setfsgid", 1, run_native, SYS_setfsgid, "GID"},
#ifdef __x86_64__
	{"int80-setuid", 1, run_int80, 213, "UID: by the 32-bit system call"},
	{"int80-setresuid", 3, run_int80, 208, "RUID EUID SUID: by the 32-bit system call"},
#endif
	{"setgroups", 1, run_setgroups, 0, "GID: the only one"},
	{"capset", 0, run_capset, 0, ": no capability is effective"},
	{"prctl", 2, run_call, SYS_prctl, "OPTION VALUE"},
	{"unshare", 1, run_call, SYS_unshare, "FLAGS"},
	{"user-namespace", 0, run_user_namespace, 0, ": enter a new one, mapped to 0"},
	{"leave-cgroups", 0, run_leave_cgroups, 0, ": for the root of each hierarchy"},
	{"inner-cgroups", 0, run_inner_cgroups, 0, ": for new ones below one's own"},
	{"hostile-comm", 0, run_hostile_comm, 0, ": take a name that is no plain text"},
	{"wait", 1, run_wait, 0, "FIFO: until somebody opens it for writing"},
	{"ring-personality", 0, run_ring, 0, ": of an io_uring instance"},
	{"ring-poller", 0, run_ring, IORING_SETUP_SQPOLL, ": an io_uring instance that a thread of the kernel polls"},
	{"pause", 0, run_pause, 0, ": until the process is killed"},
	{"end", 0, run_end, 0, ": of the calling thread alone"},
	{"keep-caps", 0, run_keep_caps, 0, ": over the next change of uids"},
	{"clear-caps", 0, run_clear_caps, 0, ": of the calling thread"},
	{"flood", 2, run_flood, 0, "N FILE: spawn it N times"},
	{"in-thread", REST, run_in_thread, 0, "ACTION...: in a thread that is not the leader"},
	{"beside", 1, run_beside, 0, "'ACTION...': in one more thread, until it waits, pauses or has ended"},
	{"without-leader", REST, run_in_thread, 1, "ACTION...: the same, and the leader ends"},
	{"fork", REST, run_in_child, 0, "ACTION...: in a child"},
	{"vfork", REST, run_in_child, CLONE_VM | CLONE_VFORK, "ACTION...: in a child that has our memory"},
	{"clone-parent", REST, run_in_child, CLONE_PARENT | CLONE_VFORK, "ACTION...: in a child of our parent"},
	{"exec-deleted", REST, run_exec_deleted, 0, "FILE ARG...: by a descriptor, after it was deleted"},
	{"exec", REST, run_exec, 0, "FILE ARG..."},
	{"execveat", REST, run_execveat, 0, "FILE ARG...: by descriptor and AT_EMPTY_PATH"},
	{"memfd-exec", REST, run_memfd_exec, 0, "FILE ARG...: a copy in a memfd"},
	{"hostile-exec", REST, run_hostile_exec, 0, "FILE ARG...: a copy with a name that is no plain text"},
	{"hostile-args", 1, run_hostile_args, 0, "FILE: with arguments that are no plain text"},
	{"big-args", 2, run_big_args, 0, "BYTES FILE: with so many bytes of arguments"},
};

static int usage(void)
{
	fputs("usage: actions ACTION [ARG...] [ACTION [ARG...]]...\n", stderr);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		fprintf(stderr, "  %s %s\n", actions[i].name, actions[i].help);
	return 2;
}

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	}
	return NULL;
}

static int run_actions(char **args)
{
	while (*args) {
		const struct action *action = find_action(*args++);
		int nr_args = 0, ret;

		if (!action)
			return usage();
		while (args[nr_args] && nr_args != action->nr_args)
			nr_args++;
		/* Those that take all need one at least. */
		if (nr_args < (action->nr_args == REST ? 1 : action->nr_args))
			return usage();
		ret = action->run(action, args);
		if (ret)
			return ret;
		args += nr_args;
	}
	return 0;
}

int main(int argc, char **argv)
{
	return argc < 2 ? usage() : run_actions(argv + 1);
}
