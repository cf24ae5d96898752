/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Check main -- what main() of a unit test does: run one suite of library check, speak TAP.
 */

#include <check.h>
#include <stdlib.h>

/* Run the suite with TAP on standard output, free it, and return main()'s exit code. */
static inline int check_main_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed_count;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed_count = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
