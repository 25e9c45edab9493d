// SPDX-License-Identifier: Apache-2.0
/* uidzero version. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "event.h"

int cmd_version(int argc, char **argv)
{
	static const struct argp argp = {.doc = "Print the version, and that of recordings."};

	cmd_parse(&argp, argc, argv, NULL);
	printf("uidzero %s (recordings: ABI %d)\n", UIDZERO_VERSION, EVENT_ABI);
	return EXIT_DONE;
}
