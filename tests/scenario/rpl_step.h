/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL step -- reads one STEP, or one of ours: README.md.
 */

#include "tests/scenario/rpl.h"
#include "tests/scenario/rpl_line.h"

/**
 * rpl_step_read() - the step on the current line, with its entry on the next ones
 * @last_number: of the step before; numbers go up, and our steps have their predecessor's
 *
 * Return: the step, for rpl_step_free(), or NULL with a mistake in @line.
 */
struct rpl_step *rpl_step_read(struct rpl_line *line, unsigned int last_number);

/* Accepts NULL. */
void rpl_step_free(struct rpl_step *step);
