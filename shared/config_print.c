/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <string.h>

#include "shared/config_key.h"
#include "shared/config_value.h"

static void config_print_section(FILE *out, const char *section)
{
	if (strcmp(section, CONFIG_KEY_ZONE_SECTION) != 0)
		(void)fprintf(out, "\n[%s]\n", section);
	else
		(void)fprintf(out,
			"\n# One section for each zone, NAME being a domain name: keys for this name and\n"
			"# those below it. The longest NAME counts, and the default is the host's value.\n"
			"# At most %d zones.\n#[%s]\n",
			CONFIG_ZONES_MAX, section);
}

void config_print_sample(FILE *out)
{
	const char *section = "";
	char allowed[CONFIG_VALUE_ALLOWED_BYTES_MAX];

	(void)fputs("# dnscache: every key with what it does, what is allowed, and its default.\n"
		    "# The keys are commented out: take the '#' away from those you change.\n"
		    "# A comment has a line of its own, or stands after a value and ' ;'.\n",
		out);
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(section, key->section) != 0)
			config_print_section(out, key->section);
		section = key->section;

		config_value_allowed(allowed, sizeof(allowed), key);
		(void)fprintf(out, "\n# %s\n# Allowed: %s\n#%s = %s\n", key->help, allowed,
			key->name, key->default_text);
	}
}

void config_print_help(FILE *out)
{
	char name[CONFIG_KEY_LIST_BYTES_MAX];
	char allowed[CONFIG_VALUE_ALLOWED_BYTES_MAX];
	char initial[CONFIG_TEXT_BYTES_MAX];

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		config_key_default(initial, sizeof(initial), key);
		(void)snprintf(name, sizeof(name), "%s.%s", key->section, key->name);
		config_value_allowed(allowed, sizeof(allowed), key);
		(void)fprintf(
			out, "  %-22s %s (%s; default %s)\n", name, key->help, allowed, initial);
	}
}
