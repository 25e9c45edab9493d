/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal makes of a Unicode code point; own tables, since a static program has no locale data. */
#ifndef UIDZERO_BASE_CODE_POINT_H
#define UIDZERO_BASE_CODE_POINT_H

#include <stdbool.h>
#include <stdint.h>

/* 0 for combining marks, 2 for wide East Asian characters and emoji, else 1. */
unsigned code_point_width(uint32_t code);

/* Characters that draw nothing but change what is drawn: C0, C1, bidirectional, joiners, tags, separators. */
bool code_point_is_control(uint32_t code);

#endif
