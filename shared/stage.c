/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/notify.h"
#include "shared/stage_options.h"

#define STAGE_EXIT_BAD_START     2 /* arguments or configuration */
#define STAGE_INSTANCE_BYTES_MAX 32
#define STAGE_INSTANCE_LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

struct stage_run {
	const struct stage *stage;
	struct config config;
	struct stage_context context;
	struct status status;
	void *state;
};

static volatile sig_atomic_t stage_is_stopping;

static void stage_stop(int signal_number)
{
	(void)signal_number;
	stage_is_stopping = 1;
}

/* Without SA_RESTART, so that a signal ends the wait it falls into. */
static void stage_catch_signals(void)
{
	struct sigaction stop = { .sa_handler = stage_stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	stage_is_stopping = 0;
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL); /* a lost terminal stops nobody */
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

static int stage_read_instance(struct stage_run *run)
{
	const char *instance = getenv("DNSCACHE_INSTANCE");
	size_t instance_bytes;

	run->context.instance = instance ? instance : "";
	instance_bytes = strlen(run->context.instance);
	if (instance_bytes <= STAGE_INSTANCE_BYTES_MAX &&
		strspn(run->context.instance, STAGE_INSTANCE_LETTERS) == instance_bytes)
		return 0;

	log_error(
		"DNSCACHE_INSTANCE '%s' is no name, allowed: 1 to %d letters, digits, '_' and '-'",
		run->context.instance, STAGE_INSTANCE_BYTES_MAX);
	return -EINVAL;
}

static int stage_create_status(struct stage_run *run)
{
	const struct stage *stage = run->stage;
	char name[SEGMENT_NAME_BYTES_MAX];

	status_name(name, sizeof(name), run->context.instance, stage->name, 0);
	return status_create(
		&run->status, name, stage->name, stage->counters, stage->counter_count);
}

static void stage_publish(struct stage_run *run)
{
	status_publish(&run->status, run->stage->counter_values(run->state));
}

/* Others judge us by the heartbeat: nothing in here sleeps but wait(). */
static int stage_loop(struct stage_run *run)
{
	const struct stage *stage = run->stage;
	uint64_t housekeep_at_ns = 0;

	while (!stage_is_stopping) {
		uint64_t now_ns = clock_ns();
		uint64_t timeout_ns;
		int r;

		status_beat(&run->status, now_ns);
		notify_beat(now_ns);
		if (now_ns >= housekeep_at_ns) {
			r = stage->housekeep(run->state, now_ns);
			if (r < 0)
				return r;
			stage_publish(run);
			housekeep_at_ns = now_ns + stage->housekeep_ns;
		}

		r = stage->work(run->state, now_ns);
		if (r < 0)
			return r;
		if (r > 0)
			continue;

		timeout_ns = housekeep_at_ns - now_ns;
		if (timeout_ns > STAGE_WAIT_NS_MAX)
			timeout_ns = STAGE_WAIT_NS_MAX;
		stage->wait(run->state, timeout_ns);
	}
	return 0;
}

/* From open() to close(), between two states of the status segment. */
static int stage_serve(struct stage_run *run)
{
	int r = run->stage->open(run->state, &run->context);

	if (r == 0) {
		status_set(&run->status, STATUS_RUN);
		log_info("running");
		notify_ready();
		r = stage_loop(run);
		stage_publish(run);
	}
	status_set(&run->status, r < 0 ? STATUS_FAULT : STATUS_DRAIN);
	if (r == 0)
		notify_stopping();
	run->stage->close(run->state);
	return r;
}

static int stage_live(struct stage_run *run)
{
	int r;

	run->state = calloc(1, run->stage->state_bytes);
	if (!run->state)
		return FAULT(ENOMEM, "no memory to start");

	stage_catch_signals();
	notify_open();
	segment_guard();
	run->stage->init(run->state);
	status_init(&run->status);

	r = stage_create_status(run);
	r = r ?: stage_serve(run);
	if (r == 0)
		log_info("stopped");
	else
		notify_fault(-r);

	notify_close();
	status_close(&run->status);
	free(run->state);
	return r;
}

int stage_main(const struct stage *stage, int argc, char **argv)
{
	struct stage_run run = { .stage = stage };
	struct stage_options options;
	int r;

	r = stage_options_read(&options, argc, argv);
	if (r < 0)
		return STAGE_EXIT_BAD_START;

	if (options.action == STAGE_ACTION_RUN)
		log_open(stage->name); /* a check's lines begin with file and line instead */
	if (options.action == STAGE_ACTION_RUN || options.action == STAGE_ACTION_CHECK_CONFIG) {
		r = stage_read_instance(&run);
		r = r ?: config_load(&run.config, options.config_path);
		if (r < 0)
			return STAGE_EXIT_BAD_START;
	}
	if (options.action != STAGE_ACTION_RUN)
		return stage_options_print(&options, stage->name) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

	run.context.config = &run.config;
	log_set_level((enum log_level)run.config.log);
	return stage_live(&run) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
