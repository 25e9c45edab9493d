/* SPDX-License-Identifier: Apache-2.0 */
/* What a runtime left on disk about one container, read as hostile input; no socket, no daemon asked. */
#ifndef UIDZERO_CONTAINER_FACTS_H
#define UIDZERO_CONTAINER_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container/cgroup_path.h"
#include "container/user_spec.h"

#define FACTS_LABELS_MAX 64        /* more are counted, not kept */
#define FACTS_STRING_MAX 1024      /* a longer value is cut at a whole character */
#define FACTS_FILE_MAX   (4 << 20) /* a larger file is not read */
#define FACTS_MOUNTS_MAX 32        /* more are counted, not kept */
#define FACTS_USERS_MAX  256       /* more have no name */
#define FACTS_TAGS_MAX   16        /* more are counted, not kept */

enum facts_missing {
	MISSING_NAME = 1 << 0,
	MISSING_IMAGE = 1 << 1,
	MISSING_DECLARED_USER = 1 << 2,
	MISSING_RESOLVED_USER = 1 << 3,
	MISSING_USERS = 1 << 4, /* the container's own passwd */
};

/* The kernel that a container's programs run on. */
enum facts_isolation {
	ISOLATION_NONE,   /* the host's, as far as is known */
	ISOLATION_GVISOR, /* gVisor's: the host has the runtime's own processes only */
	ISOLATION_VM,     /* a virtual machine's, as with Kata Containers: the same */
	ISOLATION_END,
};

struct facts_label {
	char *key, *value;
};

/* The names of uids, as the container's own passwd had them when they were read; never read again. */
struct facts_users {
	bool is_known;
	uint32_t nr;
	uint32_t *uids;
	char *names; /* as many, each ended by NUL */
};

/* Shared with the host, by one bit each. */
enum facts_namespace {
	NAMESPACE_PID = 1 << 0,
	NAMESPACE_NETWORK = 1 << 1,
	NAMESPACE_IPC = 1 << 2,
	NAMESPACE_UTS = 1 << 3,
	NAMESPACE_CGROUP = 1 << 4,
	NAMESPACE_MOUNT = 1 << 5,
};

/* A file or directory of the host inside the container. */
struct facts_mount {
	char *source, *destination; /* on the host, in the container */
	bool is_writable;
	bool is_known; /* owner and mode of the source: it could be looked at without waiting for another machine */
	uint32_t uid, gid, mode;
};

/* What a root process of the container could do beyond it, as the OCI bundle says. */
struct facts_risk {
	bool is_known;
	bool has_user_namespace, has_seccomp, is_root_readonly;
	bool looks_privileged;       /* all capabilities and devices, nothing masked or filtered */
	uint64_t added_capabilities; /* in the bounding set, beyond those that Docker gives by default */
	unsigned host_namespaces;    /* enum facts_namespace */
	struct facts_mount *mounts;
	size_t nr_mounts, nr_mounts_dropped;
};

/* Strings are NULL where unknown, owned by the struct, valid UTF-8, without NUL. */
struct container_facts {
	struct container_identity identity; /* may say more than the path did (runtime, id of runc) */
	char *name;
	char *image_name, *image_tag; /* "docker.io/library/nginx", "1.25" */
	char *image_id;               /* "sha256:<hex>" */
	/*
	 * All references of an image that has several, where it is not known by which it was started: "team/app:1.2".
	 * Then image_tag is NULL, and image_name is what they all have in common, or NULL.
	 */
	char **image_references;
	size_t nr_image_references, nr_image_references_dropped;
	char *declared_user;  /* the image's USER, "" where it has none */
	char *requested_user; /* docker run --user ..., where it is another one than the image's */
	char *resolved_user;  /* "uid:gid" of the OCI bundle */
	/* What passwd says of these two, which FACTS_USERS_MAX does not limit. */
	struct user_ids declared_ids, requested_ids;
	struct facts_users users;
	struct facts_risk risk;
	bool passwd_is_mounted;          /* over the one of rootfs: the container sees another file */
	char *bundle, *rootfs;           /* directories on the host; the latter as the runtime sees it */
	int is_privileged, no_new_privs; /* 1, 0, -1 unknown */
	struct facts_label *labels;
	size_t nr_labels, nr_labels_dropped;
	/* Kubernetes; NULL elsewhere */
	char *pod_name, *pod_namespace, *pod_uid, *kubernetes_container;
	bool is_sandbox; /* the pause container */
	enum facts_isolation isolation;
	unsigned missing; /* enum facts_missing */
};

/* Where to look; made from the configuration. Paths below host_root. */
struct facts_roots {
	char *host_root;                                              /* "" on the host itself */
	char **docker, **containerd, **runc, **podman, **lxc, **crun; /* NULL-terminated lists of directories */
	char **containerd_runc;                                       /* <root>/<namespace>/<id>/state.json */
	char **runsc;                                                 /* <root>/<id>_sandbox:<id>.state */
	char **kata;                                                  /* <root>/<id of the sandbox>/ */
};

/* Fill the roots with the defaults of DESIGN's table of runtimes. Returns 0 or -ENOMEM. */
int facts_roots__init(struct facts_roots *roots, const char *host_root);
void facts_roots__destroy(struct facts_roots *roots);

/* Add a directory to one of the lists: facts_roots__add(&roots->docker, "/srv/docker"). Returns 0 or -ENOMEM. */
int facts_roots__add(char ***list, const char *directory);

/**
 * Read what is known of a container that its cgroup path named.
 *
 * Never blocks: regular files only, bounded sizes, no symlink out of the root. Facts that are not there
 * are named in ret_facts->missing; that is no error.
 *
 * Returns 0, or -ENOMEM with ret_facts untouched. The caller frees with container_facts__destroy().
 */
int container_facts__read(const struct facts_roots *roots, const struct container_identity *identity,
			  struct container_facts *ret_facts);

/* A process in the container. */
struct container_process {
	uint32_t tgid;     /* in the initial pid namespace */
	uint64_t start_ns; /* CLOCK_BOOTTIME; another process can have got the number since */
};

/**
 * The same for a container in a container, whose runtime keeps its files in the outer one.
 *
 * Who owns that tree can make its file systems hang: it is waited for a few milliseconds only, and what has not
 * come by then is missing.
 *
 * @outer: a process of the next outer container
 */
int container_facts__read_nested(const struct facts_roots *roots, const struct container_identity *identity,
				 const struct container_process *outer, struct container_facts *ret_facts);

/**
 * Read the container's passwd as a process of it sees it, for facts that lack it (MISSING_USERS).
 *
 * Returns 0, whatever was found, or -ENOMEM.
 */
int container_facts__read_users(const struct container_process *process, struct container_facts *facts);

/* The name of a uid as the container sees it, by its own passwd; NULL where it has none. */
const char *container_facts__user_name(const struct container_facts *facts, uint32_t uid);

/* What image and `--user` asked for amounts to. USER_UNKNOWN where they are not known. */
enum user_class container_facts__declared_class(const struct container_facts *facts);
enum user_class container_facts__requested_class(const struct container_facts *facts);

/* The user that counts: what was requested, else what the image declares; NULL where neither is known. */
const char *container_facts__wanted_user(const struct container_facts *facts);

/* A cgroup whose path says nothing, and a process in it. One container after the other can have the same path. */
struct cgroup_search {
	const char *path;  /* from the root of the hierarchy; one below the container's is found too */
	uint64_t made_ns;  /* CLOCK_BOOTTIME; 0: not known */
	uint64_t start_ns; /* the process's, as above */
	uint32_t tgid;
	const char *id; /* only the container of this id, if this is exactly its cgroup; NULL: any */
};

/**
 * Find the runc or crun container whose state on disk names this cgroup, and can be the process's.
 *
 * Returns 1 with ret_identity set, 0 where there is none, or a negative errno.
 */
int container_facts__find_by_cgroup(const struct facts_roots *roots, const struct cgroup_search *search,
				    struct container_identity *ret_identity);

/* One line of JSON and back, so that a recording can hold the facts. The caller frees *ret_json. */
int container_facts__to_json(const struct container_facts *facts, char **ret_json);
int container_facts__from_json(const char *json, size_t size, struct container_facts *ret_facts);

/* Takes a zeroed struct too. */
void container_facts__destroy(struct container_facts *facts);

/* "gvisor" or "vm"; NULL for ISOLATION_NONE. */
const char *facts_isolation_name(enum facts_isolation isolation);

/* "complete", "partial" or "none". */
const char *container_facts__status(const struct container_facts *facts);

/* Runtimes whose directories exist below the roots, for doctor: calls report(runtime, directory). */
void facts_roots__probe(const struct facts_roots *roots,
			void (*report)(enum container_runtime runtime, const char *directory, void *data), void *data);

#endif
