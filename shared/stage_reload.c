/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage_reload.h"

#include <time.h>

#include "shared/config_change.h"
#include "shared/log.h"

int stage_reload_read(struct config *out_config, const char *path, struct stage_counters *counters)
{
	int r = config_load(out_config, path);

	stage_counters_loaded(counters, r == 0, (uint64_t)time(NULL));
	return r;
}

/* What is different for this stage: now, and once it starts again. */
static void stage_reload_log(
	const struct config *old, const struct config *fresh, const char *stage)
{
	char keys[LOG_LINE_BYTES_MAX];

	config_change_list(keys, sizeof(keys), CONFIG_WHEN_RELOAD, stage, old, fresh);
	if (keys[0] != '\0')
		log_info("configuration reloaded: %s", keys);
	else
		log_info("configuration reloaded: nothing changes for %s", stage);

	config_change_list(keys, sizeof(keys), CONFIG_WHEN_RESTART, stage, old, fresh);
	if (keys[0] != '\0')
		log_warning("takes effect when %s restarts: %s", stage, keys);
}

enum stage_reload_outcome stage_reload(
	struct config *config, const char *path, const char *stage, struct stage_counters *counters)
{
	struct config fresh;

	if (stage_reload_read(&fresh, path, counters) < 0) {
		log_error("configuration not reloaded: the old one stays");
		return STAGE_RELOAD_REFUSED;
	}

	if (fresh.log > config->log) /* told at the more talkative of both levels */
		log_set_level((enum log_level)fresh.log);
	stage_reload_log(config, &fresh, stage);
	config_change_apply(config, &fresh);
	log_set_level((enum log_level)config->log);
	return STAGE_RELOAD_DONE;
}
