// SPDX-License-Identifier: Apache-2.0
/*
 * The workload: workers that exec a tiny program as fast as they can or at a low rate, on the host or
 * in a container made the way a runtime makes one.
 *
 *   storm --program FILE [--container ID] [--marker TEXT]
 *
 * Commands come on stdin, a line each; the end of stdin ends everything and removes the container.
 *
 *   run WORKERS MILLISECONDS COUNT   until the time is over or each worker has done COUNT (0: no such limit);
 *                                    answers "done RUN EXECS SECONDS"
 *   pace MICROSECONDS COUNT          one worker, one exec each so many us; answers one line
 *                                    "exec SEQ BEFORE_NS AFTER_NS" each (CLOCK_REALTIME, just before the
 *                                    execve and after the program has ended), then "done ..."
 *   call NAME COUNT                  getppid; same: a setresuid that changes nothing; switch: one that switches
 *                                    between two effective uids, neither of them root's; answers "done ..."
 *   hold COUNT                       so many processes that sleep until the next command; answers "done ..."
 *
 * Each exec has the same argv but for its last string, "--id=MARKER.RUN.WORKER.SEQ", so that each can be
 * found again in what an observer wrote.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
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
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CGROUP_ROOT  "/sys/fs/cgroup"
#define CGROUPS_MAX  32
#define WORKERS_MAX  64
#define PACED_MAX    100000
#define HELD_MAX     20000
#define INSIDE_STORM "/bin/storm"
#define INSIDE_CHILD "/bin/nothing"

struct options {
	const char *program;
	const char *container; /* NULL: on the host */
	const char *marker;
	int is_server; /* the process that execs; in a container it is pid 1 */
};

/* What the workers and their parent share. */
struct shared {
	uint64_t deadline_ns;
	uint64_t nr_execs[WORKERS_MAX];
	uint64_t elapsed_ns; /* of calls */
	int failure;         /* errno of the first exec that failed */
	struct {
		uint64_t before_ns, after_ns;
	} paced[PACED_MAX];
};

/* The directory of each mounted hierarchy. */
struct hierarchies {
	char paths[CGROUPS_MAX][64];
	size_t count;
};

static volatile sig_atomic_t stop_asked;

static void handle_stop(int signal)
{
	(void)signal;
	stop_asked = 1;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int copy_file(const char *from, const char *to)
{
	_cleanup_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int out = -1;
	char buffer[65536];
	ssize_t n;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (out < 0)
		return -errno;
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, n) != n)
			return -errno;
	return n < 0 ? -errno : 0;
}

/* --- the workload --- */

/* argv is the same for all but the last string, which the caller has written. */
static int exec_once(const char *program, const char *id)
{
	const char *argv[] = {program, "--config=/etc/service/service.conf", "--listen=0.0.0.0:8080", id, NULL};
	const char *envp[] = {"PATH=/bin", NULL};
	int status;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		execve(program, (char **)argv, (char **)envp);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return status == 0 ? 0 : -ENOEXEC;
}

static void work(const struct options *options, struct shared *shared, unsigned int run, unsigned int worker,
		 uint64_t count)
{
	char id[96];
	uint64_t seq;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (seq = 0; count == 0 || seq < count; seq++) {
		if (clock_ns(CLOCK_MONOTONIC) >= shared->deadline_ns)
			break;
		snprintf(id, sizeof(id), "--id=%s.%u.%u.%llu", options->marker, run, worker, (unsigned long long)seq);
		err = exec_once(options->program, id);
		if (err) {
			shared->failure = -err;
			break;
		}
		shared->nr_execs[worker] = seq + 1;
	}
	_exit(0);
}

static void report(unsigned int run, uint64_t execs, uint64_t elapsed_ns, int failure)
{
	if (failure)
		printf("failed %s\n", strerror(failure));
	else
		printf("done %u %llu %.6f\n", run, (unsigned long long)execs, elapsed_ns / 1e9);
	fflush(stdout);
}

static void run_workers(const struct options *options, struct shared *shared, unsigned int run, unsigned int nr_workers,
			unsigned int milliseconds, uint64_t count)
{
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC), execs = 0;

	memset(shared->nr_execs, 0, sizeof(shared->nr_execs));
	shared->failure = 0;
	shared->deadline_ns = start_ns + milliseconds * 1000000ULL;
	for (unsigned int worker = 0; worker < nr_workers; worker++) {
		pid_t pid = fork();

		if (pid == 0)
			work(options, shared, run, worker, count);
		if (pid < 0)
			shared->failure = errno;
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	for (unsigned int worker = 0; worker < nr_workers; worker++)
		execs += shared->nr_execs[worker];
	report(run, execs, clock_ns(CLOCK_MONOTONIC) - start_ns, shared->failure);
}

static void run_paced(const struct options *options, struct shared *shared, unsigned int run, unsigned int microseconds,
		      uint64_t count)
{
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC), next_ns = start_ns;
	char id[96];
	int err = 0;

	for (uint64_t seq = 0; seq < count && !err && !stop_asked; seq++) {
		struct timespec until = {.tv_sec = next_ns / 1000000000ULL, .tv_nsec = next_ns % 1000000000ULL};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		next_ns += microseconds * 1000ULL;
		snprintf(id, sizeof(id), "--id=%s.%u.0.%llu", options->marker, run, (unsigned long long)seq);
		shared->paced[seq].before_ns = clock_ns(CLOCK_REALTIME);
		err = exec_once(options->program, id);
		shared->paced[seq].after_ns = clock_ns(CLOCK_REALTIME);
	}
	for (uint64_t seq = 0; seq < count && !err; seq++)
		printf("exec %llu %llu %llu\n", (unsigned long long)seq,
		       (unsigned long long)shared->paced[seq].before_ns,
		       (unsigned long long)shared->paced[seq].after_ns);
	report(run, count, clock_ns(CLOCK_MONOTONIC) - start_ns, -err);
}

static int wait_for(pid_t pid)
{
	int status, is_killed = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
		if (stop_asked && !is_killed++)
			kill(pid, SIGKILL);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

static void get_parent(uint64_t i)
{
	(void)i;
	syscall(SYS_getppid);
}

static void keep_uids(uint64_t i)
{
	(void)i;
	syscall(SYS_setresuid, -1, -1, -1);
}

static void switch_uid(uint64_t i)
{
	syscall(SYS_setresuid, -1, 1000 + i % 2, -1);
}

/* Without libc, which would broadcast to all threads. In a process of its own: it does not become root again. */
static void run_calls(struct shared *shared, unsigned int run, const char *name, uint64_t count)
{
	void (*call)(uint64_t i) = get_parent;
	pid_t pid = fork();

	if (pid == 0) {
		if (strcmp(name, "same") == 0)
			call = keep_uids;
		if (strcmp(name, "switch") == 0) {
			call = switch_uid;
			if (syscall(SYS_setresuid, 1000, 1000, 1001))
				_exit(1);
		}
		shared->elapsed_ns = clock_ns(CLOCK_MONOTONIC);
		for (uint64_t i = 0; i < count; i++)
			call(i);
		shared->elapsed_ns = clock_ns(CLOCK_MONOTONIC) - shared->elapsed_ns;
		_exit(0);
	}
	report(run, count, shared->elapsed_ns, pid < 0 ? errno : -wait_for(pid));
}

/* The processes end when the other end of their pipe does. */
static int hold_processes(unsigned int run, uint64_t count)
{
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC), nr = 0;
	int ends[2], failure = 0;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	for (; nr < count && !failure; nr++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(ends[1]);
			_exit(read(ends[0], &(char){0}, 1) < 0);
		}
		failure = pid < 0 ? errno : 0;
	}
	close(ends[0]);
	report(run, nr, clock_ns(CLOCK_MONOTONIC) - start_ns, failure);
	return ends[1];
}

static void release_processes(int *pipe_fd)
{
	if (*pipe_fd < 0)
		return;
	close(*pipe_fd);
	*pipe_fd = -1;
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static int serve(const struct options *options)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int a, b, run = 0;
	unsigned long long count;
	char line[128], name[16];
	int held = -1;

	if (shared == MAP_FAILED)
		return -errno;
	printf("ready\n");
	fflush(stdout);
	while (!stop_asked && fgets(line, sizeof(line), stdin)) {
		run++;
		release_processes(&held);
		if (sscanf(line, "run %u %u %llu", &a, &b, &count) == 3 && a <= WORKERS_MAX)
			run_workers(options, shared, run, a, b, count);
		else if (sscanf(line, "pace %u %llu", &a, &count) == 2 && count <= PACED_MAX)
			run_paced(options, shared, run, a, count);
		else if (sscanf(line, "call %15s %llu", name, &count) == 2)
			run_calls(shared, run, name, count);
		else if (sscanf(line, "hold %llu", &count) == 1 && count <= HELD_MAX)
			held = hold_processes(run, count);
		else
			report(run, 0, 0, EINVAL);
	}
	return 0;
}

/* --- the container --- */

/* Where cgroups are mounted: one v2 tree, or a directory for each v1 controller (and one for v2). */
static void find_hierarchies(struct hierarchies *ret)
{
	struct hierarchies found = {};
	struct dirent *entry;
	DIR *dir;

	if (access(CGROUP_ROOT "/cgroup.procs", F_OK) == 0) {
		snprintf(found.paths[found.count++], sizeof(found.paths[0]), "%s", CGROUP_ROOT);
		*ret = found;
		return;
	}
	dir = opendir(CGROUP_ROOT);
	while (dir && (entry = readdir(dir)) && found.count < CGROUPS_MAX) {
		char path[PATH_MAX];
		struct stat st;

		/* A symlink ("cpu" -> "cpu,cpuacct") is the same hierarchy again. */
		snprintf(path, sizeof(path), CGROUP_ROOT "/%s", entry->d_name);
		if (entry->d_name[0] == '.' || lstat(path, &st) || !S_ISDIR(st.st_mode))
			continue;
		snprintf(path, sizeof(path), CGROUP_ROOT "/%s/cgroup.procs", entry->d_name);
		if (strlen(entry->d_name) < 32 && access(path, F_OK) == 0)
			snprintf(found.paths[found.count++], sizeof(found.paths[0]), CGROUP_ROOT "/%.32s",
				 entry->d_name);
	}
	if (dir)
		closedir(dir);
	*ret = found;
}

/* A new cpuset is empty, and takes no task before it is filled. */
static void fill_cpuset(const char *parent, const char *child)
{
	static const char *const names[] = {"cpuset.cpus", "cpuset.mems"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[PATH_MAX], value[256] = "";
		_cleanup_fclose_ FILE *file = NULL;

		snprintf(path, sizeof(path), "%s/%s", parent, names[i]);
		file = fopen(path, "re");
		if (!file || !fgets(value, sizeof(value), file))
			continue;
		snprintf(path, sizeof(path), "%s/%s", child, names[i]);
		write_file(path, value);
	}
}

static int make_cgroups(const struct hierarchies *hierarchies, const char *id)
{
	for (size_t i = 0; i < hierarchies->count; i++) {
		char parent[128], child[PATH_MAX];

		snprintf(parent, sizeof(parent), "%s/docker", hierarchies->paths[i]);
		snprintf(child, sizeof(child), "%s/%s", parent, id);
		if (mkdir(parent, 0755) == 0)
			fill_cpuset(hierarchies->paths[i], parent);
		else if (errno != EEXIST)
			return -errno;
		if (mkdir(child, 0755))
			return -errno;
		fill_cpuset(parent, child);
	}
	return 0;
}

/* The last tasks leave a cgroup only some time after they were reaped. */
static void remove_cgroups(const struct hierarchies *hierarchies, const char *id)
{
	for (size_t i = 0; i < hierarchies->count; i++) {
		uint64_t deadline_ns = clock_ns(CLOCK_MONOTONIC) + 2000000000ULL;
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/docker/%s", hierarchies->paths[i], id);
		while (rmdir(path) && errno == EBUSY && clock_ns(CLOCK_MONOTONIC) < deadline_ns)
			usleep(5000);
		/* Fails, as it should, where another container lives in it. */
		snprintf(path, sizeof(path), "%s/docker", hierarchies->paths[i]);
		rmdir(path);
	}
}

static int enter_cgroups(const struct hierarchies *hierarchies, const char *id)
{
	for (size_t i = 0; i < hierarchies->count; i++) {
		char path[PATH_MAX];
		int err;

		snprintf(path, sizeof(path), "%s/docker/%s/cgroup.procs", hierarchies->paths[i], id);
		err = write_file(path, "0");
		if (err)
			return err;
	}
	return 0;
}

/* A root of its own, with nothing in it but the two static programs. */
static int enter_root(const struct options *options, const char *root)
{
	char path[PATH_MAX];
	int err;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("tmpfs", root, "tmpfs", 0, "mode=755"))
		return -errno;
	snprintf(path, sizeof(path), "%s/bin", root);
	if (mkdir(path, 0755))
		return -errno;
	snprintf(path, sizeof(path), "%s" INSIDE_STORM, root);
	err = copy_file("/proc/self/exe", path);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s" INSIDE_CHILD, root);
	err = copy_file(options->program, path);
	if (err)
		return err;
	/* pivot_root(".", ".") stacks the old root over the new one, and the umount takes it away. */
	if (chdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return -errno;
	return 0;
}

/* What Docker leaves to a container that asks for nothing; for root, exec makes the bounding set the permitted one. */
static int drop_capabilities(void)
{
	static const int kept[] = {
		CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,  CAP_FSETID,     CAP_KILL,  CAP_SETGID,      CAP_SETUID,
		CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP,
	};

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		int is_kept = 0;

		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			is_kept |= kept[i] == cap;
		if (!is_kept && prctl(PR_CAPBSET_DROP, cap))
			return -errno;
	}
	return 0;
}

static void become_container(const struct options *options, const struct hierarchies *hierarchies, const char *root)
{
	const char *argv[] = {INSIDE_STORM, "--serve", "--program", INSIDE_CHILD, "--marker", options->marker, NULL};
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = enter_cgroups(hierarchies, options->container);
	if (!err && unshare(CLONE_NEWNS))
		err = -errno;
	if (!err)
		err = enter_root(options, root);
	if (!err)
		err = drop_capabilities();
	if (!err) {
		execv(INSIDE_STORM, (char **)argv);
		err = -errno;
	}
	fprintf(stderr, "storm: cannot enter the container: %s\n", strerror(-err));
	_exit(1);
}

static int run_container(const struct options *options)
{
	char root[] = "/tmp/uidzero-bench-XXXXXX";
	struct hierarchies hierarchies;
	pid_t pid;
	int err;

	find_hierarchies(&hierarchies);
	if (!mkdtemp(root))
		return -errno;
	err = make_cgroups(&hierarchies, options->container);
	if (err)
		goto out;
	/* The next child is pid 1 of the new namespace. */
	if (unshare(CLONE_NEWPID)) {
		err = -errno;
		goto out;
	}
	pid = fork();
	if (pid == 0)
		become_container(options, &hierarchies, root);
	err = pid < 0 ? -errno : wait_for(pid);
out:
	remove_cgroups(&hierarchies, options->container);
	rmdir(root);
	return err;
}

static int parse(int argc, char **argv, struct options *ret)
{
	struct options options = {.marker = "storm"};

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--serve") == 0) {
			options.is_server = 1;
			continue;
		}
		if (value && strcmp(argv[i], "--program") == 0)
			options.program = value;
		else if (value && strcmp(argv[i], "--container") == 0)
			options.container = value;
		else if (value && strcmp(argv[i], "--marker") == 0)
			options.marker = value;
		else
			return -EINVAL;
		i++;
	}
	if (!options.program)
		return -EINVAL;
	*ret = options;
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = handle_stop};
	struct options options;
	int err;

	if (parse(argc, argv, &options)) {
		fprintf(stderr, "usage: storm --program FILE [--container ID] [--marker TEXT]\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	err = options.container && !options.is_server ? run_container(&options) : serve(&options);
	if (err)
		fprintf(stderr, "storm: %s\n", strerror(-err));
	return err ? 1 : 0;
}
