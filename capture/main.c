/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture.h"

int main(int argc, char **argv)
{
	return stage_main(&capture_stage, argc, argv);
}
