/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and verdicts as findings of the Open Cybersecurity Schema Framework. */
#ifndef UIDZERO_ENCODE_OCSF_FINDING_H
#define UIDZERO_ENCODE_OCSF_FINDING_H

#include "encode/encoder_private.h"

/* Writes what a Detection Finding has: an alert about a process. */
void ocsf_finding__write_detection(const struct line *line);

/* Writes what a Compliance Finding has: a verdict on a container. */
void ocsf_finding__write_compliance(const struct line *line);

#endif
