/* SPDX-License-Identifier: Apache-2.0 */
/* systemd-nspawn's machines: the cgroup carries the name, and no file for others says more. */
#include "container/facts_text.h"
#include "container/runtimes/runtime.h"

static int nspawn__read(const struct facts_roots *roots, struct container_facts *facts)
{
	int err;

	(void)roots;
	if (facts->identity.runtime != RUNTIME_NSPAWN)
		return 0;
	err = facts_text__set(&facts->name, span_of(facts->identity.id));
	return err ? err : 1;
}

const struct runtime_reader nspawn_reader = {{RUNTIME_NSPAWN}, nspawn__read};
