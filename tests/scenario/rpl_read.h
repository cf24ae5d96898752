/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL read -- a scenario file, whole.
 *
 * Of the resolver's options in front of SCENARIO_BEGIN only its address (the first
 * forward-addr or stub-addr) and minimal-responses are looked at.
 */

#include "tests/scenario/rpl.h"
#include "tests/scenario/rpl_line.h"

#define RPL_RESOLVER_DEFAULT "10.0.0.53"

/**
 * rpl_read() - read it to its end
 * @out_mistake: RPL_LINE_BYTES for "file:line: what"
 *
 * Return: the scenario, for rpl_free(), or NULL with @out_mistake set.
 */
struct rpl *rpl_read(const char *path, char *out_mistake);

/* The same of an open file, which is closed. @path is for mistakes only. */
struct rpl *rpl_read_file(FILE *file, const char *path, char *out_mistake);
