/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Analyzer counters -- analyzer_counters.def as a struct.
 */

#include "shared/counter.h"

#define COUNTER COUNTER_FIELD
struct analyzer_counters {
#include "analyzer/analyzer_counters.def"
};
#undef COUNTER
