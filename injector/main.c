/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/injector.h"

int main(int argc, char **argv)
{
	return stage_main(&injector_stage, argc, argv);
}
