/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership that ends with the scope: cleanup attributes and the visible hand-over. */
#ifndef UIDZERO_BASE_CLEANUP_H
#define UIDZERO_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_free_   __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_  __attribute__((cleanup(cleanup_close)))
#define _cleanup_fclose_ __attribute__((cleanup(cleanup_fclose)))

static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define steal_pointer(p)                                                                                               \
	({                                                                                                             \
		typeof(*(p)) _s = *(p);                                                                                \
		*(p) = NULL;                                                                                           \
		_s;                                                                                                    \
	})

#endif
