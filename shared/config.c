/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/config_drop_ins.h"
#include "shared/config_read.h"
#include "shared/config_value.h"
#include "shared/fault.h"

/*
 * A waiting time and matching.timeout are right by themselves; see what they are together.
 * The defaults are below every timeout, so a value that is not stands in a file.
 */
static void config_check_below(struct config_reading *reading, const struct config_place *place,
	const char *title, const char *name, uint64_t value_ns)
{
	const struct config_key *limit = config_key_find("matching", "timeout");
	const struct config_place *limit_place = &reading->places[limit - config_keys];
	const uint64_t limit_ns = reading->config.matching_timeout_ns;

	if (value_ns < limit_ns || place->is_wrong || limit_place->is_wrong)
		return;

	config_read_mistake(reading, place->path, place->line,
		"%s.%s: %gs is too long, allowed: less than matching.timeout, which is %gs", title,
		name, (double)value_ns / (double)NS_PER_S, (double)limit_ns / (double)NS_PER_S);
}

static void config_check_rescue(struct config_reading *reading, const char *name, uint64_t value_ns)
{
	const struct config_key *key = config_key_find("rescue", name);

	config_check_below(reading, &reading->places[key - config_keys], "rescue", name, value_ns);
}

static void config_check_zone(struct config_reading *reading, uint32_t number)
{
	const struct config_zone *zone = &reading->config.zones.zones[number];
	const struct config_key *key = config_key_find(CONFIG_KEY_ZONE_SECTION, "answer_after");
	const size_t at = (size_t)(key - config_key_of_zone(0));
	char title[CONFIG_ZONE_TITLE_BYTES_MAX];

	config_zone_title(title, zone);
	if (config_zone_gives(zone, at))
		config_check_below(reading, &reading->zone_places[number].keys[at], title,
			key->name, zone->answer_after_ns);
}

static void config_check_together(struct config_reading *reading)
{
	config_check_rescue(reading, "answer_after", reading->config.answer_after_ns);
	config_check_rescue(reading, "failed_after", reading->config.failed_after_ns);
	for (uint32_t i = 0; i < reading->config.zones.count; i++)
		config_check_zone(reading, i);
}

void config_defaults(struct config *out_config)
{
	memset(out_config, 0, sizeof(*out_config));
	for (size_t i = 0; i < CONFIG_HOST_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];
		int outcome = config_value_parse(
			key, key->default_text, (char *)out_config + key->field_at);

		assert(outcome == CONFIG_VALUE_OK);
	}
}

/* The file itself: one that was named must exist. */
static int config_read_main(struct config_reading *reading, const char *path, bool is_named)
{
	int r = config_read_file(reading, path);

	if (r == CONFIG_READ_NO_FILE && is_named)
		return FAULT(ENOENT, "cannot open configuration '%s'", path);
	return r < 0 ? r : 0;
}

static int config_read_drop_ins(
	struct config_reading *reading, const struct config_drop_ins *drop_ins)
{
	for (size_t i = 0; i < drop_ins->count; i++) {
		int r = config_read_file(reading, drop_ins->paths[i]);

		if (r < 0) /* one that vanished meanwhile is none */
			return r;
	}
	return 0;
}

int config_load(struct config *out_config, const char *path)
{
	struct config_reading reading = { 0 };
	struct config_drop_ins drop_ins;
	const char *main_path = path ? path : CONFIG_PATH_DEFAULT;
	int r;

	config_defaults(&reading.config);
	r = config_read_main(&reading, main_path, path != NULL);
	if (r < 0)
		return r;
	r = config_drop_ins_find(&drop_ins, main_path);
	if (r < 0)
		return r;

	r = config_read_drop_ins(&reading, &drop_ins);
	if (r == 0) {
		config_check_together(&reading);
		r = config_read_end(&reading, main_path) == 0 ? 0 : -EINVAL;
	}
	if (r == 0) {
		config_zones_complete(&reading.config);
		*out_config = reading.config;
	}
	config_drop_ins_free(&drop_ins);
	return r;
}
