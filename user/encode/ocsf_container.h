/* SPDX-License-Identifier: Apache-2.0 */
/* A container as the Open Cybersecurity Schema Framework has it. */
#ifndef UIDZERO_ENCODE_OCSF_CONTAINER_H
#define UIDZERO_ENCODE_OCSF_CONTAINER_H

#include "encode/encoded_container.h"

container_writer ocsf_container__write;

/* Writes the list "resources" with the container as what the finding is about; nothing where no name is known. */
void ocsf_container__write_resources(struct json_writer *writer, const struct container *container);

#endif
