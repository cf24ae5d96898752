/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Analyzer -- the stage: packets from capture's ring, orders into the injector's.
 */

#include "shared/stage.h"

extern const struct stage analyzer_stage;
