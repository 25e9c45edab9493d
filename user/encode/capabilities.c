/* SPDX-License-Identifier: Apache-2.0 */
/* Capability sets as elements of a JSON array, the last few sets kept as they were encoded. */
#include "encode/capabilities.h"

#include <stddef.h>

#include "encode/json.h"

/* clang-format off */
static const char *const names[] = { /* by bit, as linux/capability.h numbers them */
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
	"CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
	"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
	"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
	"CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
	"CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
	"CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};
/* clang-format on */

const char *capability_name(unsigned bit)
{
	return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

struct span capabilities_elements(struct capabilities_cache *cache, uint64_t set)
{
	struct json_writer writer;
	unsigned slot;

	if (set == 0)
		return (struct span){NULL, 0};
	for (slot = 0; slot < CAPABILITIES_CACHED; slot++) {
		if (cache->entries[slot].set == set)
			return (struct span){cache->entries[slot].text, cache->entries[slot].size};
	}

	slot = cache->next;
	cache->next = (slot + 1) % CAPABILITIES_CACHED;
	json_writer__init(&writer, cache->entries[slot].text, CAPABILITIES_TEXT_MAX);
	for (uint64_t rest = set; rest; rest &= rest - 1) {
		unsigned bit = __builtin_ctzll(rest);

		if (capability_name(bit))
			json_cstring(&writer, NULL, capability_name(bit));
		else
			json_u64_string(&writer, NULL, bit);
	}
	cache->entries[slot].set = set;
	cache->entries[slot].size = writer.size;
	return (struct span){cache->entries[slot].text, writer.size};
}
