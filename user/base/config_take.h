/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the values of a configuration that was loaded by its schema, and takes them over. */
#ifndef UIDZERO_BASE_CONFIG_TAKE_H
#define UIDZERO_BASE_CONFIG_TAKE_H

#include "base/span.h"

struct config;
struct config_mistake;
struct file_config;

/**
 * Take over what a file says; what it does not say keeps its default.
 *
 * @text:   of the file, to find the line of a mistake
 * @file:   what is taken is no longer in it
 * @config: the defaults; half of the file after a failure
 *
 * Returns 0, -EINVAL with *ret_mistake set, or -ENOMEM.
 */
int config_take(struct span text, struct file_config *file, struct config *config, struct config_mistake *ret_mistake);

#endif
