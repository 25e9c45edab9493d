/* SPDX-License-Identifier: Apache-2.0 */
/* A finding of each kind, for the tests of what writes them. */
#ifndef UIDZERO_TESTS_FINDINGS_H
#define UIDZERO_TESTS_FINDINGS_H

#include <stdlib.h>

#include "encode/encoder.h"
#include "judge/verdict.h"
#include "sample.h"

#define SAMPLE_CONTAINER_ID     "3f4e8a1c9d2b7065e4f1a8c3b6d90e27f5a4c1d8e3b2967a0c5d4e8f1b3a6279"
#define SAMPLE_POD_SHORT_ID     "8b1d0e6f2c7a"
#define SAMPLE_POD_CONTAINER_ID SAMPLE_POD_SHORT_ID "4953d8e1f0a6b5c4392e7d1f8a0b6c3e5d49f2a7b8c1d0e6f534"
#define SAMPLE_IMAGE_ID         "sha256:1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d0c1b2a3f4e5d6c7b8a9f0e1d2c"

/* An hour after this boot it is 2024-11-22T01:00:00Z. */
static const struct encode_context sample_context = {
	.host_name = "node-1",
	.host_id = "0123456789abcdef0123456789abcdef",
	.boot_id = "6a1d2b0c-3c52-4a57-8d4e-5a0d3b2f9c11",
	.agent_version = "0.1.0",
	.boot_to_realtime_ns = 1732233600LL * 1000000000,
};

enum sample_finding {
	SAMPLE_EXEC,
	SAMPLE_EXEC_ROOT,
	SAMPLE_GAIN_BY_FILE,
	SAMPLE_GAIN_BY_CALL,
	SAMPLE_DROP,
	SAMPLE_UID_CHANGE,
	SAMPLE_GID_CHANGE,
	SAMPLE_ROOT_FOUND,
	SAMPLE_CONTAINER_START,
	SAMPLE_WITH_PROCESS_END,
	SAMPLE_CONTAINER_STOP = SAMPLE_WITH_PROCESS_END,
	SAMPLE_LOSS,
	SAMPLE_AGENT_START,
	SAMPLE_AGENT_STOP,
	SAMPLE_METADATA,
	SAMPLE_VERDICT,
	SAMPLE_KEEP_ROOT,
	SAMPLES_END,
};

struct samples {
	uint64_t records[SAMPLES_END][(PROCESS_EVENT_MAX + 7) / 8];
	struct event_view views[SAMPLES_END];
	struct finding findings[SAMPLES_END];
	struct facts_label labels[2];
	struct facts_mount mounts[2];
	uint32_t uids[3];
	struct container web, pod;
	struct loss_facts loss;
	uint64_t loss_by_cpu[2];
	struct agent_facts agent;
	struct root_history history;
	struct config_exception exception;
	struct verdict_facts verdict;
};

/* The record behind a finding, to be changed by a test. */
static inline struct process_event *samples__event(struct samples *samples, enum sample_finding which)
{
	return (struct process_event *)samples->records[which];
}

static inline void samples__init_containers(struct samples *samples)
{
	samples->labels[0] = (struct facts_label){(char *)"org.example.team", (char *)"shop"};
	samples->labels[1] = (struct facts_label){(char *)"tier", (char *)"front"};
	samples->mounts[0] = (struct facts_mount){(char *)"/srv/shop", (char *)"/srv", true, true, 1000, 1000, 040755};
	samples->mounts[1] = (struct facts_mount){
		(char *)"/etc/ssl/private/shop.key", (char *)"/shop.key", false, true, 0, 0, 0100600};
	samples->uids[0] = 0;
	samples->uids[1] = 33;
	samples->uids[2] = 1000;
	samples->web = (struct container){
		.observed = {true, 0, 0, 0},
		.number = 1,
		.cgroup_key = 4711,
		.cgroup_path = (char *)"/docker/" SAMPLE_CONTAINER_ID,
		.facts = {.identity = {.runtime = RUNTIME_DOCKER, .id = SAMPLE_CONTAINER_ID},
			  .name = (char *)"web",
			  .image_name = (char *)"docker.io/library/nginx",
			  .image_tag = (char *)"1.25",
			  .image_id = (char *)SAMPLE_IMAGE_ID,
			  .declared_user = (char *)"",
			  .resolved_user = (char *)"0:0",
			  .no_new_privs = 0,
			  .users = {true, 3, samples->uids, (char *)"root\0www-data\0app"},
			  .risk = {.is_known = true,
				   .has_seccomp = true,
				   .added_capabilities = 1 << 12,
				   .host_namespaces = NAMESPACE_NETWORK | NAMESPACE_CGROUP,
				   .mounts = samples->mounts,
				   .nr_mounts = 2},
			  .labels = samples->labels,
			  .nr_labels = 2},
	};
	samples->pod = (struct container){
		.number = 2,
		.cgroup_key = 815,
		.cgroup_path = (char *)"/kubepods.slice/cri-containerd-" SAMPLE_POD_CONTAINER_ID ".scope",
		.facts = {.identity = {.runtime = RUNTIME_CONTAINERD,
				       .id = SAMPLE_POD_CONTAINER_ID,
				       .outer_id = SAMPLE_CONTAINER_ID},
			  .is_privileged = -1,
			  .no_new_privs = -1,
			  .pod_name = (char *)"shop-7d9f",
			  .pod_namespace = (char *)"prod",
			  .pod_uid = (char *)"1f0c6f4e-8a9b-4a51-9f37-0c6d1a2b3c4d",
			  .kubernetes_container = (char *)"app",
			  .missing = MISSING_NAME | MISSING_DECLARED_USER},
	};
}

static inline void samples__set(struct samples *samples, enum sample_finding which, struct finding finding,
				const struct process_event *event, const struct sample_strings *strings)
{
	size_t size = sample_process(event, strings, samples->records[which]);
	int err = event_decode(samples->records[which], size, &samples->views[which]);

	assert(!err);
	(void)err;
	finding.process = &samples->views[which].process;
	finding.time_ns = event->header.time_ns;
	finding.sequence = 6 + which;
	if (!finding.container)
		finding.container = &samples->web;
	samples->findings[which] = finding;
}

static inline void sample_set_uids(struct event_creds *creds, uint32_t ruid, uint32_t euid, uint32_t suid)
{
	creds->ruid = ruid;
	creds->euid = creds->fsuid = euid;
	creds->suid = suid;
}

static inline void samples__init_execs(struct samples *samples)
{
	const struct finding exec = {.kind = FINDING_EXEC, .role = ROLE_CHILD};
	const struct finding root = {.kind = FINDING_EXEC_ROOT,
				     .severity = SEVERITY_LOW,
				     .role = ROLE_INIT,
				     .root = ROOT_REAL,
				     .cause = CAUSE_INHERITED};
	const struct finding gain = {.kind = FINDING_GAIN_ROOT,
				     .severity = SEVERITY_HIGH,
				     .is_alert = true,
				     .role = ROLE_SESSION,
				     .root = ROOT_REAL,
				     .cause = CAUSE_SETUID_FILE};
	const struct finding start = {
		.kind = FINDING_CONTAINER_START, .role = ROLE_INIT, .root = ROOT_REAL, .cause = CAUSE_INHERITED};
	const struct sample_strings id = {
		.executable = SPAN("id\0bin\0usr\0"), .cwd = SPAN("tmp\0"), .args = SPAN("id\0-u\0")};
	const struct sample_strings su = {
		.executable = SPAN("su\0bin\0usr\0"), .cwd = SPAN("app\0"), .args = SPAN("su\0-\0")};
	struct process_event event = sample_exec();
	struct sample_strings strings = sample_exec_strings();

	samples__set(samples, SAMPLE_CONTAINER_START, start, &event, &strings);
	samples__set(samples, SAMPLE_EXEC_ROOT, root, &event, &strings);

	event.header.time_ns = 3601000000000ULL;
	event.header.seq = 42;
	event.task.tgid = event.task.tid = 130;
	event.task.vpid = 12;
	event.task.start_ns = event.header.time_ns - 1000;
	event.task.flags = TASK_INSIDE | TASK_NO_NEW_PRIVS;
	event.argc = 2;
	sample_set_uids(&event.after, 33, 33, 33);
	event.after.rgid = event.after.egid = event.after.sgid = event.after.fsgid = 33;
	event.after.cap_effective = event.after.cap_permitted = 0;
	strcpy(event.task.comm, "id");
	samples__set(samples, SAMPLE_EXEC, exec, &event, &id);

	event = sample_exec();
	event.header.time_ns = 3602000000000ULL;
	event.header.ring = RING_ALERTS;
	event.task.tgid = event.task.tid = 140;
	event.task.vpid = 20;
	event.task.flags = TASK_INSIDE;
	event.task.tty_major = 136;
	event.task.tty_minor = 2;
	event.task.parent_euid = 1000;
	strcpy(event.task.comm, "su");
	strcpy(event.task.parent_comm, "bash");
	event.argc = 2;
	sample_set_uids(&event.before, 1000, 1000, 1000);
	event.before.rgid = event.before.egid = event.before.sgid = event.before.fsgid = 1000;
	event.before.cap_effective = event.before.cap_permitted = 0;
	sample_set_uids(&event.after, 1000, 0, 0);
	event.file.mode = 0104755;
	event.file.flags = FILE_KNOWN;
	samples__set(samples, SAMPLE_GAIN_BY_FILE, gain, &event, &su);
}

static inline void samples__init_changes(struct samples *samples)
{
	const struct finding gain = {.kind = FINDING_GAIN_ROOT,
				     .severity = SEVERITY_HIGH,
				     .is_alert = true,
				     .role = ROLE_CHILD,
				     .root = ROOT_REAL,
				     .cause = CAUSE_SET_UID};
	const struct finding drop = {.kind = FINDING_DROP_ROOT, .severity = SEVERITY_LOW, .role = ROLE_CHILD};
	const struct finding uid_change = {.kind = FINDING_UID_CHANGE, .role = ROLE_CHILD};
	const struct finding gid_change = {.kind = FINDING_GID_CHANGE, .role = ROLE_CHILD};
	const struct finding keep = {.kind = FINDING_KEEP_ROOT,
				     .severity = SEVERITY_MEDIUM,
				     .role = ROLE_CHILD,
				     .root = ROOT_REAL,
				     .cause = CAUSE_IO_URING};
	const struct sample_strings nginx = {.executable = SPAN("nginx\0sbin\0usr\0")};
	struct process_event event = sample_exec();

	event.header.kind = EVENT_CREDS;
	event.header.hook = HOOK_TP_SYS_EXIT;
	event.header.ring = RING_ALERTS;
	event.file = (struct event_file){0};
	event.argc = 0;
	event.task.flags = TASK_INSIDE;

	event.header.time_ns = 3603000000000ULL;
	event.task.tgid = event.task.tid = 150;
	strcpy(event.task.comm, "helper");
	event.syscall = SYSCALL_SETRESUID;
	sample_set_uids(&event.before, 1000, 1000, 0);
	event.before.cap_effective = 0;
	event.before.cap_permitted = 1 << 7;
	samples__set(samples, SAMPLE_GAIN_BY_CALL, gain, &event, &nginx);

	event.header.time_ns = 3604000000000ULL;
	event.task.tgid = event.task.tid = 160;
	strcpy(event.task.comm, "nginx");
	event.header.kind = EVENT_IO_URING;
	event.header.hook = HOOK_RAW_TP_IO_URING_REGISTER;
	event.syscall = SYSCALL_IO_URING_REGISTER;
	event.task.flags |= TASK_IO_URING;
	event.before = event.after;
	samples__set(samples, SAMPLE_KEEP_ROOT, keep, &event, &nginx);

	event.header.kind = EVENT_CREDS;
	event.header.hook = HOOK_TP_SYS_EXIT;
	event.task.flags &= ~TASK_IO_URING;
	event.syscall = SYSCALL_SETREUID;
	event.before = event.after;
	sample_set_uids(&event.after, 101, 101, 0);
	event.after.cap_effective = 0;
	samples__set(samples, SAMPLE_DROP, drop, &event, &nginx);

	event.header.time_ns = 3605000000000ULL;
	event.syscall = SYSCALL_SETUID;
	sample_set_uids(&event.before, 33, 33, 33);
	sample_set_uids(&event.after, 34, 34, 34);
	event.before.cap_permitted = event.after.cap_permitted = event.before.cap_effective = 0;
	samples__set(samples, SAMPLE_UID_CHANGE, uid_change, &event, &nginx);

	event.header.time_ns = 3606000000000ULL;
	event.syscall = SYSCALL_SETGID;
	event.before.rgid = event.before.egid = event.before.sgid = event.before.fsgid = 33;
	event.after.rgid = event.after.egid = event.after.sgid = event.after.fsgid = 34;
	samples__set(samples, SAMPLE_GID_CHANGE, gid_change, &event, &nginx);
}

static inline void samples__init_root_found(struct samples *samples)
{
	const struct finding found = {.kind = FINDING_ROOT_FOUND,
				      .severity = SEVERITY_LOW,
				      .role = ROLE_CHILD,
				      .root = ROOT_MAPPED,
				      .cause = CAUSE_USER_NAMESPACE,
				      .container = &samples->pod,
				      .is_allowed = true,
				      .allow_reason = "known to need it"};
	const struct sample_strings python = {
		.filename = SPAN("/docker-entrypoint.sh\0"),
		.interp = SPAN("/usr/bin/python3\0"),
		.executable = SPAN("python3.11\0bin\0"),
		.args = SPAN("python3\0/app\0"),
	};
	struct process_event event = sample_exec();

	event.header.kind = EVENT_TASK;
	event.header.hook = HOOK_ITER_TASK;
	event.header.time_ns = 3607000000000ULL;
	event.argc = 0;
	event.task.tgid = event.task.tid = 170;
	event.task.flags = TASK_INSIDE;
	strcpy(event.task.comm, "python3");
	sample_set_uids(&event.after, 100000, 100000, 100000);
	event.after.fsuid = 7; /* not mapped */
	event.after.userns_level = 1;
	event.userns.nr_extents = 1;
	event.userns.uid_extents[0].lower_first = 100000;
	event.userns.uid_extents[0].count = 65536;
	event.file.flags |= FILE_SCRIPT;
	samples__set(samples, SAMPLE_ROOT_FOUND, found, &event, &python);
}

/* An operator's `su` in a container whose entrypoint has dropped. */
static inline void samples__init_verdict(struct samples *samples)
{
	samples->history = (struct root_history){
		.started_ns = 3600123456789ULL,
		.is_whole = true,
		.was_root = true,
		.has_escalated = true,
		.has_dropped = true,
		.init_euid = 101,
		.nr_gains = 1,
		.nr_drops = 1,
		.nr_stretches = 2,
		.stretches = {{.tgid = 123,
			       .start_ns = 3600120000000ULL,
			       .since_ns = 3600123456789ULL,
			       .until_ns = 3600161456789ULL,
			       .seen_ns = 3600161456789ULL,
			       .holding_since_ns = 3600123456789ULL,
			       .hold = HOLD_ROOT,
			       .role = ROLE_INIT,
			       .cause = CAUSE_INHERITED,
			       .since_is_exact = true,
			       .until_is_exact = true,
			       .comm = "sh",
			       .executable = "/usr/bin/dash",
			       .command = "/bin/sh -c exec gosu nginx nginx"},
			      {.tgid = 140,
			       .start_ns = 3602000000000ULL,
			       .since_ns = 3602000000000ULL,
			       .seen_ns = 3602000000000ULL,
			       .holding_since_ns = 3602000000000ULL,
			       .hold = HOLD_ROOT,
			       .role = ROLE_SESSION,
			       .cause = CAUSE_SETUID_FILE,
			       .is_of_session = true,
			       .is_gain = true,
			       .since_is_exact = true,
			       .ruid = 1000,
			       .former_euid = 1000,
			       .comm = "su",
			       .executable = "/usr/bin/su",
			       .command = "su -"}},
		.evidence = {[EVIDENCE_GAIN] = {.kind = FINDING_GAIN_ROOT,
						.time_ns = 3602000000000ULL,
						.tgid = 140,
						.tid = 140,
						.command = "su -"}},
	};
	samples->verdict = (struct verdict_facts){
		.verdict = VERDICT_ESCALATED,
		.result = CONTROL_FAIL,
		.since_ns = 3602000000000ULL,
		.grace_ns = 10000000000ULL,
		.root_for_ns = 38000000,
		.root_for_is_exact = true,
		.nr_root_now = 1,
		.decisive = &samples->history.stretches[1],
		.history = &samples->history,
	};
	samples->findings[SAMPLE_VERDICT] = (struct finding){.kind = FINDING_VERDICT,
							     .severity = SEVERITY_HIGH,
							     .time_ns = 3602000000000ULL,
							     .sequence = 6 + SAMPLE_VERDICT,
							     .container = &samples->web,
							     .verdict = &samples->verdict};
}

static inline void samples__init(struct samples *samples)
{
	*samples = (struct samples){
		.loss_by_cpu = {4, 8},
		.loss = {.total = 12,
			 .by_kind = {[EVENT_EXEC] = 9, [EVENT_EXIT] = 1, [EVENT_CGROUP_MKDIR] = 2},
			 .nr_cpus = 2,
			 .by_cpu = samples->loss_by_cpu,
			 .since_ns = 3598000000000ULL,
			 .until_ns = 3601000000000ULL,
			 .reason = "ring full"},
		.agent = {.kernel_release = "6.12.48+deb13-amd64",
			  .cgroup_mode = "v2",
			  .hooks = {"tp_btf/sched_process_exec", "fentry/commit_creds"}},
	};
	samples__init_containers(samples);
	samples__init_execs(samples);
	samples__init_changes(samples);
	samples__init_root_found(samples);
	samples__init_verdict(samples);
	samples->findings[SAMPLE_CONTAINER_STOP] = (struct finding){.kind = FINDING_CONTAINER_STOP,
								    .time_ns = 3608000000000ULL,
								    .sequence = 6 + SAMPLE_CONTAINER_STOP,
								    .container = &samples->web};
	samples->findings[SAMPLE_LOSS] = (struct finding){.kind = FINDING_LOSS,
							  .severity = SEVERITY_MEDIUM,
							  .time_ns = 3609000000000ULL,
							  .sequence = 6 + SAMPLE_LOSS,
							  .loss = &samples->loss};
	samples->findings[SAMPLE_AGENT_START] = (struct finding){.kind = FINDING_AGENT_START,
								 .time_ns = 3500000000000ULL,
								 .sequence = 6 + SAMPLE_AGENT_START,
								 .agent = &samples->agent};
	samples->findings[SAMPLE_AGENT_STOP] = (struct finding){
		.kind = FINDING_AGENT_STOP, .time_ns = 3700000000000ULL, .sequence = 6 + SAMPLE_AGENT_STOP};
	samples->findings[SAMPLE_METADATA] = (struct finding){.kind = FINDING_METADATA,
							      .time_ns = 3600223456789ULL,
							      .sequence = 6 + SAMPLE_METADATA,
							      .container = &samples->web};
}

static inline void samples__destroy(struct samples *samples)
{
	free(samples->web.encoded);
	free(samples->pod.encoded);
	samples->web.encoded = samples->pod.encoded = NULL;
}

#endif
