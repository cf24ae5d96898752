/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <string.h>

#include "shared/config_key.h"
#include "shared/config_value.h"

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
			(void)fprintf(out, "\n[%s]\n", key->section);
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

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		(void)snprintf(name, sizeof(name), "%s.%s", key->section, key->name);
		config_value_allowed(allowed, sizeof(allowed), key);
		(void)fprintf(out, "  %-22s %s (%s; default %s)\n", name, key->help, allowed,
			key->default_text);
	}
}
