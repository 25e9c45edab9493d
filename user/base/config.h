/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file (YAML), loaded into typed structs by libcyaml. */
#ifndef UIDZERO_BASE_CONFIG_H
#define UIDZERO_BASE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define CONFIG_DEFAULT_PATH "/etc/uidzero/uidzero.yaml"
#define CONFIG_FILE_MAX     (1 << 20)

/* Of a file output that does not say otherwise: 600 MiB of disk at most. */
#define CONFIG_DEFAULT_MAX_SIZE (100ULL << 20)
#define CONFIG_DEFAULT_KEEP     5

#define CONFIG_DEFAULT_EVENTS_RING_KIB 4096
#define CONFIG_DEFAULT_ALERTS_RING_KIB 1024
#define CONFIG_RING_KIB_MIN            64        /* the largest record fits several times */
#define CONFIG_RING_KIB_MAX            (1 << 20) /* 1 GiB */

#define CONFIG_DEFAULT_GRACE_S 10
#define CONFIG_GRACE_S_MAX     3600
#define CONFIG_DEFAULT_SOCKET  "/run/uidzero/agent.sock"

/* An image that begins so is an id and no pattern. */
#define CONFIG_IMAGE_ID_PREFIX "sha256:"

/*
 * What is expected to be root: every member that is given must match, and at least one besides reason
 * is. Patterns are fnmatch(3)'s.
 */
struct config_allow {
	char *image;      /* "registry.example/tool:*", or an image's id: "sha256:" and 64 hexadecimal digits */
	char *container;  /* the name, or the id */
	char *label;      /* "key=pattern", or "key" */
	char *executable; /* "/usr/sbin/cron" */
	uint32_t *uid;    /* the uid that did it (before a gain), NULL: any */
	char *reason;     /* shown with the event; "allow[N]" where the file gives none, never NULL */
};

enum config_output_type { OUTPUT_STDOUT, OUTPUT_FILE };

struct config_output {
	enum config_output_type type;
	char *path;        /* file: absolute */
	uint64_t max_size; /* bytes; file; 0: never rotated */
	uint32_t keep;     /* rotated files that stay */
};

/*
 * A verdict that is known, and accepted until a day: every member of the match that is given must match,
 * and at least one from image to executable is. They are as in struct config_allow.
 */
struct config_exception {
	char *name; /* "exceptions[N]" where the file gives none, never NULL */
	char *image, *container;
	char *pod, *namespace;
	char *label;
	char *executable;     /* of each process that the verdict stands on */
	char *owner, *reason; /* never NULL */
	char *expires;        /* "2027-01-31", the last day on which it counts, in UTC; never NULL */
	int64_t expires_s;    /* the first second after, since the epoch */
};

/* How long root may last after a container's start. */
struct config_grace {
	char *image; /* as in struct config_allow; never NULL */
	uint32_t seconds;
};

struct config {
	struct config_exception *exceptions;
	unsigned exceptions_count;
	uint32_t grace_s;           /* where no image of the list matches */
	struct config_grace *grace; /* the first that matches counts */
	unsigned grace_count;
	char *socket;                  /* the agent's, absolute; "" for none */
	struct config_output *outputs; /* at least one: stdout where the file names none */
	unsigned outputs_count;
	struct config_allow *allow;
	unsigned allow_count;
	char *host_root;          /* "" by default; absolute, without a slash at its end */
	uint32_t events_ring_kib; /* a power of two */
	uint32_t alerts_ring_kib; /* a power of two */
	/* Directories that are searched besides the defaults: absolute, below host_root. */
	char **docker_roots, **containerd_roots, **runc_roots, **runsc_roots, **podman_roots, **lxc_roots;
	unsigned docker_roots_count, containerd_roots_count, runc_roots_count, runsc_roots_count, podman_roots_count,
		lxc_roots_count;
};

/**
 * Load a file; NULL gives the defaults.
 *
 * @path:      a regular file of at most CONFIG_FILE_MAX bytes, or a pipe of as much that is never silent for 5 s
 * @ret_error: on failure one sentence with file, line and what was expected, without control bytes;
 *             the caller frees; NULL where memory ran out
 *
 * Returns 0; -ENOENT, -EACCES ...; -EFBIG, -ETIMEDOUT (a pipe nobody writes to); -EINVAL for what the
 * file says or is; -ENOMEM.
 */
int config__load(const char *path, struct config **ret_config, char **ret_error);

/**
 * The same of a text that was read already.
 *
 * @name: what ret_error calls it
 *
 * Returns 0, -EINVAL, -ENOMEM.
 */
int config__parse(const char *name, struct span text, struct config **ret_config, char **ret_error);
void config__free(struct config *config);

/**
 * Read "4096", "64K", "10MiB", "1G", "2T": bytes, with binary multiples.
 *
 * Returns 0, -EINVAL for anything else, -ERANGE beyond 64 bits.
 */
int config_parse_size(const char *text, uint64_t *ret_bytes);

/**
 * Read "10s", "2m" or "10": seconds.
 *
 * Returns 0, -EINVAL for anything else, -ERANGE beyond CONFIG_GRACE_S_MAX.
 */
int config_parse_grace(const char *text, uint32_t *ret_s);

/**
 * Read a day of the calendar such as "2027-01-31".
 *
 * @ret_end_s: the first second after it in UTC, since the epoch
 *
 * Returns 0, -EINVAL for anything else.
 */
int config_parse_last_day(const char *text, int64_t *ret_end_s);

#endif
