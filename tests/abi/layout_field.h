/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Layout field -- where a field stands and how long it is, as numbers of a release.
 */

#include <check.h>
#include <stddef.h>

#define LAYOUT_FIELD_IS(type, field, at, bytes)                       \
	do {                                                          \
		ck_assert_uint_eq(offsetof(type, field), at);         \
		ck_assert_uint_eq(sizeof(((type *)0)->field), bytes); \
	} while (0)
