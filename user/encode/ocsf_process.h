/* SPDX-License-Identifier: Apache-2.0 */
/* A process, and who acted on it, as the Open Cybersecurity Schema Framework has them. */
#ifndef UIDZERO_ENCODE_OCSF_PROCESS_H
#define UIDZERO_ENCODE_OCSF_PROCESS_H

#include "encode/encoder_private.h"
#include "judge/history.h"

/* Writes the objects "actor" and "process" of a finding with a process. */
void ocsf_process__write(const struct line *line);

/* The same of a container that ends: its first process, which must be known. */
void ocsf_process__write_init(const struct line *line);

/* Writes the object "process" of one that a container's history tells of. */
void ocsf_process__write_stretch(const struct line *line, const struct stretch *stretch);

/* Writes the object "process" of what no other attribute holds; nothing where there is none. */
void ocsf_process__write_unmapped(const struct line *line);

/* Writes a member with CLOCK_BOOTTIME as milliseconds since 1970. */
void ocsf_time__write(const struct line *line, const char *key, uint64_t boot_ns);

#endif
