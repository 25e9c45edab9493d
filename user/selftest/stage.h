/* SPDX-License-Identifier: Apache-2.0 */
/* What passes between a case's processes inside the container and who watches over them. */
#ifndef UIDZERO_SELFTEST_STAGE_H
#define UIDZERO_SELFTEST_STAGE_H

#include <stdbool.h>
#include <stddef.h>

/* argv[1] of the self-test's programs inside its containers; the case's name and the stage's number follow. */
#define STAGE_OPTION "--stage"

/* Descriptors that the container's programs inherit: messages out, a byte in for each that asks for one. */
#define STAGE_MESSAGES_FD 8
#define STAGE_ANSWERS_FD  9

/* The first byte of a message; the rest, up to a NUL, is text for a person. */
enum stage_message {
	MESSAGE_FAILED = 'F',
	MESSAGE_IMPOSSIBLE = 'I',
	MESSAGE_MAP = 'M', /* write my maps of users and groups; is answered, as those below are */
	MESSAGE_VISIT = 'V',
	MESSAGE_WALK = 'W',
};

#define MESSAGE_MAX 128

/* Is this command line ("uidzero", "selftest", "--stage" ...) one of the self-test's own? */
bool stage_is_asked_for(int argc, char **argv);

/* Run it. Returns enum stage_status, the exit status. @args: what follows the option. */
int stage_run(int nr_args, char **args);

/* Send a message and wait for its answer. Returns 0 or a negative errno. */
int stage_ask(enum stage_message message);

#endif
