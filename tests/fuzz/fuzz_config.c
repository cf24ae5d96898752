/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz config: any bytes as a configuration file. Run it with -close_fd_mask=2, as
 * every mistake is a line on standard error.
 *
 * Beside memory errors it looks for a file that is taken although it says more than
 * the table of keys allows, for a refused one that left a trace, and for values that
 * change by being formatted and read again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/config_format.h"
#include "shared/config_value.h"
#include "shared/config_zone.h"

#define FUZZ_CONFIG_UNTOUCHED 0xa5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static int fuzz_config_load(struct config *out_config, const uint8_t *data, size_t data_bytes)
{
	int fd = memfd_create("dnscache.conf", MFD_CLOEXEC);
	char path[64];
	int r;

	if (fd < 0 || write(fd, data, data_bytes) != (ssize_t)data_bytes)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = config_load(out_config, path);
	(void)close(fd);
	return r;
}

static void fuzz_config_check_lists(const struct config *config)
{
	const struct config_ports *ports = &config->capture_ports;

	if (config->zones.count > CONFIG_ZONES_MAX)
		abort();
	if (ports->count < 1 || ports->count > CONFIG_PORTS_MAX || config->conditions == 0 ||
		config->conditions >= 2 * CONFIG_CONDITION_NODATA_AFTER_POSITIVE)
		abort();
	for (uint32_t i = 0; i < CONFIG_PORTS_MAX; i++) {
		if ((ports->ports[i] != 0) != (i < ports->count))
			abort();
	}
}

static void fuzz_config_check_key(const struct config_key *key, const void *config, void *out_again)
{
	char text[CONFIG_FORMAT_BYTES_MAX];

	config_format(text, sizeof(text), key, (const char *)config + key->field_at);
	if (config_value_parse(key, text, (char *)out_again + key->field_at) != CONFIG_VALUE_OK)
		abort();
}

/* The same of a zone: its name, and what of its keys is given; the others are the host's. */
static void fuzz_config_check_zone(const struct config_zone *zone, struct config_zone *out_again)
{
	char title[CONFIG_ZONE_TITLE_BYTES_MAX];

	config_zone_title(title, zone);
	if (config_zone_parse(config_zone_section(title), &out_again->name) != CONFIG_ZONE_OK)
		abort();
	out_again->given = zone->given;
	for (size_t i = 0; i < CONFIG_ZONE_KEY_COUNT; i++) {
		if (config_zone_gives(zone, i))
			fuzz_config_check_key(config_key_of_zone(i), zone, out_again);
	}
}

/* What is in force can be written down, and means the same when it is read again. */
static void fuzz_config_check_format(const struct config *config)
{
	static struct config again;

	memset(&again, 0, sizeof(again));
	for (size_t i = 0; i < CONFIG_HOST_KEY_COUNT; i++)
		fuzz_config_check_key(&config_keys[i], config, &again);
	again.zones.count = config->zones.count;
	for (uint32_t i = 0; i < config->zones.count; i++) {
		const struct config_zone *zone = &config->zones.zones[i];

		if (config_zone_named(&config->zones, &zone->name) != zone)
			abort();
		fuzz_config_check_zone(zone, &again.zones.zones[i]);
	}
	config_zones_complete(&again);
	if (memcmp(config, &again, sizeof(again)) != 0)
		abort();
}

static void fuzz_config_check_taken(const struct config *config)
{
	if (!memchr(config->interface, '\0', sizeof(config->interface)) ||
		!memchr(config->api_listen_at, '\0', sizeof(config->api_listen_at)) ||
		config->interface[0] == '\0' || config->mode < CONFIG_MODE_OBSERVE ||
		config->mode > CONFIG_MODE_RESCUE || config->cache_capacity < 16 ||
		config->answer_after_ns >= config->matching_timeout_ns ||
		config->failed_after_ns >= config->matching_timeout_ns)
		abort();
	fuzz_config_check_lists(config);
	fuzz_config_check_format(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes)
{
	static struct config config;
	static struct config untouched;
	int r;

	memset(&config, FUZZ_CONFIG_UNTOUCHED, sizeof(config));
	memset(&untouched, FUZZ_CONFIG_UNTOUCHED, sizeof(untouched));
	r = fuzz_config_load(&config, data, data_bytes);
	if (r == 0)
		fuzz_config_check_taken(&config);
	else if (memcmp(&config, &untouched, sizeof(config)) != 0)
		abort();
	return 0;
}
