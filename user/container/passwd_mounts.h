/* SPDX-License-Identifier: Apache-2.0 */
/* Does a mount hide the passwd of a container's root file system? */
#ifndef UIDZERO_CONTAINER_PASSWD_MOUNTS_H
#define UIDZERO_CONTAINER_PASSWD_MOUNTS_H

#include "base/span.h"
#include "container/facts.h"

/**
 * Set facts->passwd_is_mounted where /etc/passwd, its symlinks followed, is at or below the destination of a mount.
 *
 * @destination: in the container; a relative one is below its root. Symlinks in it are those of facts->rootfs
 */
void passwd_mounts__note(const char *host_root, struct span destination, struct container_facts *facts);

#endif
