/* SPDX-License-Identifier: Apache-2.0 */
/* What knows where one runtime keeps its facts; container_facts__read() asks one after the other. */
#ifndef UIDZERO_CONTAINER_RUNTIMES_RUNTIME_H
#define UIDZERO_CONTAINER_RUNTIMES_RUNTIME_H

#include "container/facts.h"

struct runtime_reader {
	/* The identities that it is asked for besides those of no known runtime; RUNTIME_UNKNOWN ends the list. */
	enum container_runtime runtimes[3];

	/**
	 * Fill in what is known of facts->identity.id, a name without '/'. What is set already stays.
	 *
	 * Returns 1 where the runtime knows the container, with facts->identity.runtime set; 0 where it does
	 * not; -ENOMEM.
	 */
	int (*read)(const struct facts_roots *roots, struct container_facts *facts);
};

extern const struct runtime_reader docker_reader;
extern const struct runtime_reader containerd_reader;
extern const struct runtime_reader podman_reader; /* and CRI-O: they share the store */
extern const struct runtime_reader runc_reader;   /* and crun */
extern const struct runtime_reader runsc_reader;
extern const struct runtime_reader lxc_reader;
extern const struct runtime_reader nspawn_reader;

#define NSPAWN_MACHINES "/run/systemd/machines"

#endif
