/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of classic tracepoints, from tracefs wherever it can be had. */
#ifndef UIDZERO_SOURCE_TRACEFS_H
#define UIDZERO_SOURCE_TRACEFS_H

/*
 * A directory fd of tracefs: where it is mounted, or else a mount that no path leads to and that ends with
 * the fd (fsmount(2), needs CAP_SYS_ADMIN). Returns it, or a negative errno.
 */
int tracefs_open(void);

/* The id of a tracepoint for perf_event_open(2). Returns it, or a negative errno. */
int tracefs_tracepoint_id(int tracefs, const char *category, const char *name);

#endif
