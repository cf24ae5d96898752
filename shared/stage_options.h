/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Stage options -- what the command line asks a stage to do.
 */

enum stage_action {
	STAGE_ACTION_RUN = 0,
	STAGE_ACTION_CHECK_CONFIG,
	STAGE_ACTION_SAMPLE_CONFIG,
	STAGE_ACTION_MAN_CONFIG,
	STAGE_ACTION_HELP,
	STAGE_ACTION_VERSION,
};

struct stage_options {
	enum stage_action action;
	const char *config_path; /* NULL: CONFIG_PATH_DEFAULT */
};

/* Return: 0, or -EINVAL for arguments that are not ours. */
int stage_options_read(struct stage_options *out_options, int argc, char **argv);

/**
 * stage_options_print() - the text of SAMPLE_CONFIG, MAN_CONFIG, HELP or VERSION, or CHECK_CONFIG's good news
 *
 * Return: 0, or -errno where standard output does not take it.
 */
int stage_options_print(const struct stage_options *options, const char *stage_name);
