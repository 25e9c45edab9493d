// SPDX-License-Identifier: Apache-2.0
/* Copies lines from stdin to stdout, each behind the CLOCK_REALTIME ns at which its last byte was read. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

int main(void)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, buffer + used, sizeof(buffer) - used);
		uint64_t time_ns = now_ns();
		char *line = buffer, *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? 1 : 0;
		used += n;
		while ((end = memchr(line, '\n', buffer + used - line))) {
			printf("%llu %.*s\n", (unsigned long long)time_ns, (int)(end - line), line);
			line = end + 1;
		}
		used -= line - buffer;
		memmove(buffer, line, used);
		fflush(stdout);
		if (used == sizeof(buffer)) {
			fprintf(stderr, "stamp: a line is longer than %zu bytes\n", sizeof(buffer));
			return 1;
		}
	}
}
