/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer.h"

int main(int argc, char **argv)
{
	return stage_main(&analyzer_stage, argc, argv);
}
