// SPDX-License-Identifier: Apache-2.0
/* A document's file, which appears whole or not at all. */
#include "cmd/check_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int check_output__open(struct check_output *output, const char *path)
{
	_cleanup_free_ char *temporary = NULL;
	struct stat there;
	int fd, err;

	if (!path || !strcmp(path, "-")) {
		*output = (struct check_output){.file = stdout};
		return 0;
	}
	if (!lstat(path, &there) && !S_ISREG(there.st_mode))
		return -EEXIST;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*output = (struct check_output){.path = path, .file = fdopen(fd, "w")};
	if (!output->file) {
		err = -errno;
		close(fd);
		unlink(temporary);
		return err;
	}
	output->temporary = steal_pointer(&temporary);
	return 0;
}

int check_output__close(struct check_output *output, int err)
{
	if (fflush(output->file) && !err)
		err = -errno;
	if (!output->path)
		return err;
	if (!err && fsync(fileno(output->file)))
		err = -errno;
	if (fclose(output->file) && !err)
		err = -errno;
	if (!err && rename(output->temporary, output->path))
		err = -errno;
	if (err)
		unlink(output->temporary);
	free(output->temporary);
	return err;
}
