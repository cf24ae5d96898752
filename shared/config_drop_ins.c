/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_drop_ins.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/fault.h"

#define CONFIG_DROP_INS_FOLDER "conf.d"
#define CONFIG_DROP_INS_SUFFIX ".conf"

static int config_drop_ins_is_one(const struct dirent *entry)
{
	size_t name_bytes = strlen(entry->d_name);
	size_t suffix_bytes = strlen(CONFIG_DROP_INS_SUFFIX);

	return entry->d_name[0] != '.' && name_bytes > suffix_bytes &&
	       strcmp(entry->d_name + name_bytes - suffix_bytes, CONFIG_DROP_INS_SUFFIX) == 0;
}

static int config_drop_ins_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* "/etc/dnscache/conf.d" of "/etc/dnscache/dnscache.conf". */
static int config_drop_ins_folder(char out_folder[PATH_MAX], const char *config_path)
{
	const char *slash = strrchr(config_path, '/');
	int folder_bytes = slash ? (int)(slash + 1 - config_path) : 0;
	int length = snprintf(
		out_folder, PATH_MAX, "%.*s" CONFIG_DROP_INS_FOLDER, folder_bytes, config_path);

	return length < PATH_MAX ? 0 : FAULT(ENAMETOOLONG, "no drop-ins beside '%s'", config_path);
}

static int config_drop_ins_fill(
	struct config_drop_ins *drop_ins, const char *folder, struct dirent **entries, size_t count)
{
	if (count > CONFIG_DROP_INS_MAX)
		return FAULT(E2BIG, "'%s' holds %zu drop-ins, allowed: at most %d", folder, count,
			CONFIG_DROP_INS_MAX);

	drop_ins->paths = calloc(count + 1, sizeof(*drop_ins->paths));
	for (size_t i = 0; drop_ins->paths && i < count; i++) {
		if (asprintf(&drop_ins->paths[i], "%s/%s", folder, entries[i]->d_name) < 0)
			break;
		drop_ins->count++;
	}
	return drop_ins->count == count ? 0 : FAULT(ENOMEM, "no memory for drop-ins");
}

int config_drop_ins_find(struct config_drop_ins *out_drop_ins, const char *config_path)
{
	struct config_drop_ins drop_ins = { 0 };
	char folder[PATH_MAX];
	struct dirent **entries;
	int count;
	int r = config_drop_ins_folder(folder, config_path);

	if (r < 0)
		return r;
	count = scandir(folder, &entries, config_drop_ins_is_one, config_drop_ins_order);
	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		return FAULT(errno, "cannot look into '%s'", folder);

	if (count >= 0) {
		r = config_drop_ins_fill(&drop_ins, folder, entries, (size_t)count);
		for (int i = 0; i < count; i++)
			free(entries[i]);
		free(entries);
	}
	if (r < 0)
		config_drop_ins_free(&drop_ins);
	else
		*out_drop_ins = drop_ins;
	return r;
}

void config_drop_ins_free(struct config_drop_ins *drop_ins)
{
	for (size_t i = 0; i < drop_ins->count; i++)
		free(drop_ins->paths[i]);
	free(drop_ins->paths);
	drop_ins->paths = NULL;
	drop_ins->count = 0;
}
