/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <string.h>

#include "shared/config_key.h"
#include "shared/config_line.h"
#include "shared/config_value.h"

/* Text that troff takes as it stands: '-' is itself, '\' and a line's first '.' or ''' too. */
static void config_man_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		(void)fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			(void)fputs("\\e", out);
		else if (*text == '-')
			(void)fputs("\\-", out);
		else if (*text == '\'')
			(void)fputs("\\(aq", out);
		else
			(void)fputc(*text, out);
	}
}

/* "SIGHUP", or who has to start again. */
static void config_man_when(FILE *out, const struct config_key *key)
{
	if (key->when == CONFIG_WHEN_RELOAD) {
		(void)fputs("Changes by: SIGHUP.\n", out);
		return;
	}
	(void)fputs("Changes by: a restart of ", out);
	for (const char *user = key->users; *user; user++)
		(void)fputs(*user == ' ' ? " and " : (char[]){ *user, '\0' }, out);
	(void)fputs(".\n", out);
}

static void config_man_key(FILE *out, const struct config_key *key)
{
	char allowed[CONFIG_VALUE_ALLOWED_BYTES_MAX];
	char initial[CONFIG_TEXT_BYTES_MAX];

	config_key_default(initial, sizeof(initial), key);
	config_value_allowed(allowed, sizeof(allowed), key);
	(void)fprintf(out, ".TP\n\\fB%s\\fR = \\fI", key->name);
	config_man_text(out, initial);
	(void)fputs("\\fR\n", out);
	config_man_text(out, key->help);
	(void)fputs(".\n.br\nAllowed: ", out);
	config_man_text(out, allowed);
	(void)fputs(".\n.br\n", out);
	config_man_when(out, key);
}

static void config_man_section(FILE *out, const char *section)
{
	(void)fprintf(out, ".SH \"[%s]\"\n", section);
	if (strcmp(section, CONFIG_KEY_ZONE_SECTION) == 0)
		(void)fprintf(out,
			"One section for each zone, as in\n"
			".BR \"[zone example.com]\" :\n"
			"keys for the domain name NAME and the names below it, of any case. Of several\n"
			"zones that match a name, the longest counts. A key that its zone does not give\n"
			"has the host\\(aqs value, which is named as its default. In one file a zone\n"
			"stands once; a later file may give more of its keys. At most %d zones.\n",
			CONFIG_ZONES_MAX);
}

static void config_man_head(FILE *out)
{
	(void)fprintf(out,
		".\\\" SPDX-License-Identifier: BSD-2-Clause\n"
		".\\\" Made by dnscache-capture --man-config from shared/config_keys.def.\n"
		".TH DNSCACHE.CONF 5 \"\" \"dnscache " DNSCACHE_VERSION "\" \"dnscache\"\n"
		".SH NAME\n"
		"dnscache.conf \\- configuration of every stage of dnscache\n"
		".SH SYNOPSIS\n"
		".I " CONFIG_PATH_DEFAULT "\n"
		".br\n"
		".I /etc/dnscache/conf.d/*.conf\n"
		".SH DESCRIPTION\n"
		"All stages read the same files. Every key has a default; no file at all is\n"
		"fine.\n"
		".PP\n"
		"A line is a section in brackets, a key and its value, or a comment.\n"
		"A comment begins with # or ; on a line of its own, or with a space and ;\n"
		"behind a value. Lines have at most %d bytes.\n"
		".PP\n"
		"After the file, the files\n"
		".I conf.d/*.conf\n"
		"beside it are read in the byte order of their names. A key in a later file\n"
		"overrides an earlier file\\(aqs. Within one file a key stands once.\n"
		".PP\n"
		"A mistake is one line,\n"
		".IR file : line : \" section\" . key : \" what is wrong, what is allowed\" .\n"
		"No stage starts with one, and\n"
		".B \\-\\-check\\-config\n"
		"shows all of them. On\n"
		".B SIGHUP\n"
		"each stage reads the files again. With a mistake in them it keeps what it has\n"
		"and says so; otherwise it logs what changed, and names the keys that it\n"
		"takes only at its start.\n",
		CONFIG_LINE_BYTES_MAX);
}

void config_print_man(FILE *out)
{
	const char *section = "";

	config_man_head(out);
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(section, key->section) != 0)
			config_man_section(out, key->section);
		section = key->section;
		config_man_key(out, key);
	}
}
