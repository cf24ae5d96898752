/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/exporter.h"

int main(int argc, char **argv)
{
	return stage_main(&exporter_stage, argc, argv);
}
