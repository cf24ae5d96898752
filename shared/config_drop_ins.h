/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config drop-ins -- which files add to a configuration file, and in which order.
 *
 * Those of conf.d/ beside it whose names end with ".conf" and do not begin with ".", in
 * the byte order of their names whatever the locale is. No such folder: none.
 *
 * Limits: CONFIG_DROP_INS_MAX files.
 */

#include <stddef.h>

#define CONFIG_DROP_INS_MAX 256

struct config_drop_ins {
	size_t count;
	char **paths; /* as written: begins like the file's own path */
};

/* Return: 0, or -errno; on 0 free with config_drop_ins_free(). */
int config_drop_ins_find(struct config_drop_ins *out_drop_ins, const char *config_path);

void config_drop_ins_free(struct config_drop_ins *drop_ins);
