/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the facts of containers as the agent does, many times, and tells how long it took: reads COUNT CONFIG ID... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/config.h"
#include "cmd/cmd.h"
#include "container/facts.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What this thread was ready to run and was not let: the load of others, and none of what a read takes. */
static uint64_t waited_ns(void)
{
	unsigned long long ran, waited = 0;
	FILE *file = fopen("/proc/thread-self/schedstat", "re");

	if (file && fscanf(file, "%llu %llu", &ran, &waited) != 2)
		waited = 0;
	if (file)
		fclose(file);
	return waited;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Knows nothing but the id, so that each runtime's directories are looked at. */
static int read_often(const struct facts_roots *roots, const char *id, uint64_t *took, size_t count)
{
	struct container_identity identity = {0};
	const char *name = "";

	snprintf(identity.id, sizeof(identity.id), "%s", id);
	for (size_t i = 0; i < count; i++) {
		uint64_t waited = waited_ns(), start = now_ns();
		struct container_facts facts;

		if (container_facts__read(roots, &identity, &facts))
			return -1;
		took[i] = now_ns() - start;
		waited = waited_ns() - waited;
		took[i] -= waited < took[i] ? waited : took[i];
		name = container_runtime_name(facts.identity.runtime);
		container_facts__destroy(&facts);
	}
	qsort(took, count, sizeof(*took), compare);
	printf("%s median %llu p99 %llu us\n", name, (unsigned long long)took[count / 2] / 1000,
	       (unsigned long long)took[count * 99 / 100] / 1000);
	return 0;
}

int main(int argc, char **argv)
{
	size_t count = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	uint64_t *took = calloc(count + 1, sizeof(*took));
	struct facts_roots roots;
	struct config *config;
	char *error;

	if (!took || !count || config__load(argv[2], &config, &error) || cmd_set_roots(config, &roots)) {
		fprintf(stderr, "usage: reads COUNT CONFIG ID...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		if (read_often(&roots, argv[i], took, count))
			return 1;
	return 0;
}
