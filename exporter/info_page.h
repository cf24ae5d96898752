/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Info page -- which rows of a table a client wants: "limit=100&offset=200".
 *
 * Without limit all rows are sent, without offset from the first. Other words are
 * passed over, as on any page.
 *
 * Threads: pure functions of their arguments.
 */

#include "exporter/table_request.h"

#define INFO_PAGE_ROWS_MAX 4294967295u

/**
 * info_page_read() - read what stands behind "?" in a request
 * @out_page: set on 0 only
 * @out_name, @out_min: the word that is wrong, and the least it may be; on -EINVAL only
 *
 * Return: 0, or -EINVAL, not logged: it is the client's mistake.
 */
int info_page_read(const char *query, struct table_request_page *out_page, const char **out_name,
	unsigned int *out_min);
