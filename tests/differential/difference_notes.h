/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Difference notes -- what a test over thousands of messages says about single ones: the first few.
 */

#include <stdarg.h>
#include <stdio.h>

#define DIFFERENCE_NOTES_MAX 40u

static unsigned int difference_note_count;

__attribute__((format(printf, 1, 2))) static inline void difference_note(const char *format, ...)
{
	va_list arguments;

	if (difference_note_count++ >= DIFFERENCE_NOTES_MAX)
		return;
	printf("# ");
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}
