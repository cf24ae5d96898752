/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay: a main() that feeds stored inputs to a fuzz target, with any compiler.
 *
 * Each argument is a file, or a directory taken with all that is below it. TAP
 * on standard output: one test per argument. An argument that yields no file
 * at all is a failure, because it proves nothing. A target that finds
 * something aborts, which the TAP reader sees as a missing plan.
 */
#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REPLAY_INPUT_BYTES_MAX (1 << 20) /* what is longer is no input, but a mistake */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

/* The buffer is exactly as long as the file, so that a sanitizer sees its end. */
static bool replay_file(const char *path, size_t input_bytes)
{
	uint8_t *input;
	FILE *file;
	bool is_read;

	if (input_bytes > REPLAY_INPUT_BYTES_MAX) {
		printf("# %s: longer than %d bytes\n", path, REPLAY_INPUT_BYTES_MAX);
		return false;
	}
	file = fopen(path, "rb");
	if (!file) {
		printf("# %s: %s\n", path, strerror(errno));
		return false;
	}
	input = malloc(input_bytes);
	is_read = (input || input_bytes == 0) && fread(input, 1, input_bytes, file) == input_bytes;
	(void)fclose(file);
	if (is_read)
		(void)LLVMFuzzerTestOneInput(input, input_bytes);
	else
		printf("# %s: not read\n", path);
	free(input);
	return is_read;
}

/* Returns the files fed to the target, or 0 if anything could not be read. */
static unsigned int replay_path(char *path)
{
	char *const paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	unsigned int file_count = 0;
	bool is_failed = !tree;
	FTSENT *entry;

	while (tree && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F) {
			is_failed |=
				!replay_file(entry->fts_accpath, (size_t)entry->fts_statp->st_size);
			file_count++;
		} else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP) {
			printf("# %s: %s\n", entry->fts_path, strerror(entry->fts_errno));
			is_failed = true;
		}
	}
	if (tree)
		(void)fts_close(tree);
	return is_failed ? 0 : file_count;
}

int main(int argc, char **argv)
{
	int r = EXIT_SUCCESS;

	if (argc < 2) {
		printf("1..0 # SKIP no corpus was given\n");
		return EXIT_SUCCESS;
	}
	for (int i = 1; i < argc; i++) {
		unsigned int file_count = replay_path(argv[i]);
		bool is_ok = file_count > 0;

		printf("%s %d - %s (%u files)\n", is_ok ? "ok" : "not ok", i, argv[i], file_count);
		(void)fflush(stdout);
		if (!is_ok)
			r = EXIT_FAILURE;
	}
	printf("1..%d\n", argc - 1);
	return r;
}
