/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL text -- a string as a scenario file, for tests of what reads and plays them.
 */

#include <string.h>

#include "tests/scenario/rpl_read.h"
#include "tests/support/check_main.h"

#define RPL_TEXT_NAME "file"

static char rpl_text_mistake[RPL_LINE_BYTES];

/* NULL with rpl_text_mistake set if it is refused. */
static inline struct rpl *rpl_text_read(const char *text)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	rewind(file);
	rpl_text_mistake[0] = '\0';
	return rpl_read_file(file, RPL_TEXT_NAME, rpl_text_mistake);
}

static inline struct rpl *rpl_text_good(const char *text)
{
	struct rpl *rpl = rpl_text_read(text);

	ck_assert_msg(rpl != NULL, "%s", rpl_text_mistake);
	return rpl;
}
