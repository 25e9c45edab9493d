/* SPDX-License-Identifier: Apache-2.0 */
/* A container as the Elastic Common Schema has it. */
#ifndef UIDZERO_ENCODE_ECS_CONTAINER_H
#define UIDZERO_ENCODE_ECS_CONTAINER_H

#include "encode/encoded_container.h"

container_writer ecs_container__write;

#endif
