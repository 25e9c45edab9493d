/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned columns for a person's terminal. */
#ifndef UIDZERO_ENCODE_COLUMNS_H
#define UIDZERO_ENCODE_COLUMNS_H

#include "encode/ecs.h"

struct columns_options {
	bool has_color;
	unsigned width; /* columns of the terminal; 0: unlimited */
	int64_t boot_to_realtime_ns;
};

/* "TIME  CONTAINER  IMAGE  PID  WHO  WHAT  COMMAND" + '\n'. Returns the length, or -ENOSPC. */
long columns_header(const struct columns_options *options, char *buffer, size_t capacity);

/* One line for a finding, no control byte but color sequences of ours. Returns the length, or -ENOSPC. */
long columns_line(const struct columns_options *options, const struct finding *finding, char *buffer, size_t capacity);

#endif
