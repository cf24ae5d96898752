/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "shared/config.h"
#include "shared/fault.h"

#define STAGE_OPTIONS_CONFIG 'c' /* the one that takes a value, and is no action */

int stage_options_read(struct stage_options *out_options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, STAGE_OPTIONS_CONFIG },
		{ "check-config", no_argument, NULL, STAGE_ACTION_CHECK_CONFIG },
		{ "sample-config", no_argument, NULL, STAGE_ACTION_SAMPLE_CONFIG },
		{ "man-config", no_argument, NULL, STAGE_ACTION_MAN_CONFIG },
		{ "help", no_argument, NULL, STAGE_ACTION_HELP },
		{ "version", no_argument, NULL, STAGE_ACTION_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	struct stage_options options = { .action = STAGE_ACTION_RUN };

	opterr = 0; /* our own line instead */
	for (;;) {
		const char *argument = argv[optind];
		int option = getopt_long(argc, argv, "+:", known, NULL);

		if (option == -1)
			break;
		if (option == ':' || option == '?') {
			log_error("%s '%s', see --help",
				option == ':' ? "no value for" : "unknown argument", argument);
			return -EINVAL;
		}
		if (option == STAGE_OPTIONS_CONFIG)
			options.config_path = optarg;
		else
			options.action = (enum stage_action)option;
	}
	if (optind < argc) {
		log_error("unknown argument '%s', see --help", argv[optind]);
		return -EINVAL;
	}

	*out_options = options;
	return 0;
}

static void stage_options_print_help(const char *stage_name)
{
	(void)printf("Usage: dnscache-%s [OPTION]...\n"
		     "\n"
		     "  --config FILE    read FILE and conf.d/*.conf beside it instead of\n"
		     "                   " CONFIG_PATH_DEFAULT "\n"
		     "  --check-config   say whether the configuration is right, and stop\n"
		     "  --sample-config  print a configuration file with every key, and stop\n"
		     "  --man-config     print dnscache.conf(5) as a man page, and stop\n"
		     "  --help           print this, and stop\n"
		     "  --version        print the version, and stop\n"
		     "\n"
		     "DNSCACHE_INSTANCE=NAME in the environment keeps several apart on one host.\n"
		     "\n"
		     "Keys of the configuration:\n",
		stage_name);
	config_print_help(stdout);
}

int stage_options_print(const struct stage_options *options, const char *stage_name)
{
	switch (options->action) {
	case STAGE_ACTION_RUN:
		break;
	case STAGE_ACTION_CHECK_CONFIG:
		(void)printf("%s: ok\n",
			options->config_path ? options->config_path : CONFIG_PATH_DEFAULT);
		break;
	case STAGE_ACTION_SAMPLE_CONFIG:
		config_print_sample(stdout);
		break;
	case STAGE_ACTION_MAN_CONFIG:
		config_print_man(stdout);
		break;
	case STAGE_ACTION_HELP:
		stage_options_print_help(stage_name);
		break;
	case STAGE_ACTION_VERSION:
		(void)printf("dnscache-%s " DNSCACHE_VERSION "\n", stage_name);
		break;
	}

	if (fflush(stdout) != 0)
		return FAULT(errno, "cannot write to standard output");
	return 0;
}
