/* SPDX-License-Identifier: Apache-2.0 */
/* Other controls of the benchmarks, where what is known of a container anyway decides them. Pure. */
#include "judge/controls.h"

#define DOCKER(of_id, of_section, of_name)                                                                             \
	{                                                                                                              \
		.id = "CIS-Docker-" of_id, .name = of_name, .benchmark = "CIS Docker Benchmark v1.6.0",                \
		.benchmark_id = "cis_docker", .version = "v1.6.0", .number = of_id, .section = of_section,             \
		.reference = "https://www.cisecurity.org/benchmark/docker"                                             \
	}

#define DAEMON  "Docker daemon configuration"
#define IMAGES  "Container Images and Build File Configuration"
#define RUNTIME "Container Runtime Configuration"

const struct control_description control_descriptions[CONTROL_END] = {
	[CONTROL_DOCKER_4_1] = DOCKER("4.1", IMAGES, "Ensure that a user for the container has been created"),
	[CONTROL_DOCKER_2_9] = DOCKER("2.9", DAEMON, "Enable user namespace support"),
	[CONTROL_DOCKER_5_4] =
		DOCKER("5.4", RUNTIME, "Ensure that Linux kernel capabilities are restricted within containers"),
	[CONTROL_DOCKER_5_5] = DOCKER("5.5", RUNTIME, "Ensure that privileged containers are not used"),
	[CONTROL_DOCKER_5_24] =
		DOCKER("5.24", RUNTIME, "Ensure that docker exec commands are not used with the user=root option"),
	[CONTROL_DOCKER_5_26] =
		DOCKER("5.26", RUNTIME, "Ensure that the container is restricted from acquiring additional privileges"),
	[CONTROL_DOCKER_5_31] = DOCKER("5.31", RUNTIME, "Ensure that the host's user namespaces are not shared"),
	[CONTROL_PSS_RUN_AS_NON_ROOT] =
		{
			.id = "K8s-PSS-restricted-runAsNonRoot",
			.name = "Running as Non-root",
			.benchmark = "Kubernetes Pod Security Standards v1.25",
			.benchmark_id = "k8s_pss",
			.version = "v1.25",
			.number = "runAsNonRoot",
			.section = "Restricted",
			.reference = "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
		},
	[CONTROL_KUBERNETES_ROOT] =
		{
			.id = "CIS-Kubernetes-5.2.7",
			.name = "Minimize the admission of root containers",
			.benchmark = "CIS Kubernetes Benchmark v1.10.0",
			.benchmark_id = "cis_k8s",
			.version = "v1.10.0",
			.number = "5.2.7",
			.section = "Pod Security Standards",
			.reference = "https://www.cisecurity.org/benchmark/kubernetes",
		},
};

/* Of an application in a pod. */
static bool is_of_pod(const struct container_facts *facts)
{
	return (facts->pod_name || facts->pod_uid) && !facts->is_sandbox;
}

bool control_has_user_namespace(const struct container_facts *facts, const struct root_history *history)
{
	return (facts->risk.is_known && facts->risk.has_user_namespace) || facts->identity.user_uid != 0 ||
	       (history && history->was_mapped);
}

/* The daemon can have it and this container not. */
static enum control_result judge_user_namespace(const struct container_facts *facts, const struct root_history *history)
{
	if (facts->identity.runtime != RUNTIME_DOCKER)
		return CONTROL_UNKNOWN;
	if (control_has_user_namespace(facts, history))
		return CONTROL_PASS;
	return facts->risk.is_known ? CONTROL_WARN : CONTROL_UNKNOWN;
}

/* Who execs without a user gets the container's own, which can be root. */
static enum control_result judge_exec(const struct container_facts *facts, const struct root_history *history)
{
	struct user_ids own = user_ids_parse(facts->resolved_user);

	if (!history || facts->isolation)
		return CONTROL_UNKNOWN;
	if (history->nr_sessions == 0)
		return history->is_whole ? CONTROL_PASS : CONTROL_UNKNOWN;
	return own.is_known && own.uid != 0 ? CONTROL_FAIL : CONTROL_WARN;
}

bool control_started_as_root(const struct container_facts *facts, const struct root_history *history)
{
	struct user_ids own = user_ids_parse(facts->resolved_user);

	return (history && !facts->isolation && (history->was_root || history->was_mapped)) ||
	       (own.is_known && own.uid == 0);
}

/* The kubelet looks at the user that it starts as, whatever becomes of it. */
static enum control_result judge_pod(const struct container_facts *facts, const struct verdict_facts *verdict)
{
	if (!is_of_pod(facts))
		return CONTROL_UNKNOWN;
	if (verdict->result == CONTROL_FAIL || !control_started_as_root(facts, verdict->history))
		return verdict->result;
	return control_has_user_namespace(facts, verdict->history) ? CONTROL_WARN : CONTROL_FAIL;
}

static enum control_result fails_where(int fact)
{
	if (fact < 0)
		return CONTROL_UNKNOWN;
	return fact ? CONTROL_FAIL : CONTROL_PASS;
}

enum control_result control__judge(enum control control, const struct container *container,
				   const struct verdict_facts *facts)
{
	const struct container_facts *about = &container->facts;

	switch (control) {
	case CONTROL_DOCKER_4_1:
		return facts->result;
	case CONTROL_DOCKER_2_9:
		return judge_user_namespace(about, facts->history);
	case CONTROL_DOCKER_5_4:
		return fails_where(about->risk.is_known ? about->risk.added_capabilities != 0 : -1);
	case CONTROL_DOCKER_5_5:
		return fails_where(about->is_privileged);
	case CONTROL_DOCKER_5_24:
		return judge_exec(about, facts->history);
	case CONTROL_DOCKER_5_26:
		return fails_where(about->no_new_privs < 0 ? -1 : !about->no_new_privs);
	case CONTROL_DOCKER_5_31:
		/* Whether a container without one opted out, or the daemon has none to share, is not known. */
		return judge_user_namespace(about, facts->history) == CONTROL_PASS ? CONTROL_PASS : CONTROL_UNKNOWN;
	case CONTROL_PSS_RUN_AS_NON_ROOT:
	case CONTROL_KUBERNETES_ROOT:
		return judge_pod(about, facts);
	case CONTROL_END:
		break;
	}
	return CONTROL_UNKNOWN;
}
