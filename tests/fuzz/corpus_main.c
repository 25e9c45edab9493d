/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target once over each file of the directories that are named: for valgrind, which libFuzzer is not for.
 */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>

static int initialize_nothing(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

/* Mutators are linked in, and nothing mutates here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	(void)data, (void)size, (void)max_size;
	abort();
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data;
	long size;

	REQUIRE(file && !fseek(file, 0, SEEK_END));
	size = ftell(file);
	rewind(file);
	/* As much as it holds, so that what is read behind it is seen. */
	data = malloc(size ? size : 1);
	REQUIRE(data && fread(data, 1, size, file) == (size_t)size);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static unsigned run_directory(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	char path[PATH_MAX];
	unsigned nr = 0;

	REQUIRE(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		fprintf(stderr, "%s\n", path);
		run_file(path);
		nr++;
	}
	closedir(dir);
	return nr;
}

int main(int argc, char **argv)
{
	int (*initialize)(int *, char ***) = LLVMFuzzerInitialize ? LLVMFuzzerInitialize : initialize_nothing;

	initialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		REQUIRE(run_directory(argv[i]) > 0);
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
