/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/fault.h"
#include "shared/notify.h"
#include "shared/stage_counters.h"
#include "shared/stage_options.h"
#include "shared/stage_reload.h"

#define STAGE_EXIT_BAD_START     2 /* arguments or configuration */
#define STAGE_TELL_NS            NS_PER_S
#define STAGE_INSTANCE_BYTES_MAX 32
#define STAGE_INSTANCE_LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

struct stage_run {
	const struct stage *stage;
	const char *config_path;
	struct config config;
	struct stage_context context;
	struct stage_counters counters;
	struct status status;
	void *state;
	uint64_t reloaded_ns;
	uint64_t reported_ns;
	uint64_t told_ns;
};

static volatile sig_atomic_t stage_is_stopping;
static volatile sig_atomic_t stage_is_reload_due;

static void stage_stop(int signal_number)
{
	(void)signal_number;
	stage_is_stopping = 1;
}

static void stage_want_reload(int signal_number)
{
	(void)signal_number;
	stage_is_reload_due = 1;
}

/*
 * Stopping without SA_RESTART, so that the signal ends the wait it falls into. Before the
 * configuration is first read: a SIGHUP that comes later is not lost, and one that came
 * before means a file that is read anyway.
 */
static void stage_catch_signals(void)
{
	struct sigaction stop = { .sa_handler = stage_stop };
	struct sigaction reload = { .sa_handler = stage_want_reload, .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	stage_is_stopping = 0;
	stage_is_reload_due = 0;
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGHUP, &reload, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

/*
 * SIGHUP waits until open() is done: the kernel gives up on a long system call when a
 * signal comes, and who loads BPF programs does not try for ever. Threads that open()
 * makes never take it.
 */
static int stage_open(struct stage_run *run)
{
	sigset_t reload;
	int r;

	(void)sigemptyset(&reload);
	(void)sigaddset(&reload, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &reload, NULL);
	r = run->stage->open(run->state, &run->context);
	(void)pthread_sigmask(SIG_UNBLOCK, &reload, NULL);
	return r;
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
		&run->status, name, stage->name, run->counters.descriptions, run->counters.count);
}

static void stage_publish(struct stage_run *run)
{
	status_publish(&run->status,
		stage_counters_values(&run->counters, run->stage->counter_values(run->state)));
}

/* Returns 0, also where the files are refused, or -errno to stop. */
static int stage_reload_now(struct stage_run *run)
{
	const struct stage *stage = run->stage;

	if (stage_reload(&run->config, run->config_path, stage->name, &run->counters) !=
			STAGE_RELOAD_DONE ||
		!stage->reload)
		return 0;
	return stage->reload(run->state, &run->config);
}

/* Between two batches. systemd is told of the end of every reload, whatever came of it. */
static int stage_take_reload(struct stage_run *run, uint64_t now_ns)
{
	int r;

	if (!stage_is_reload_due || now_ns - run->reloaded_ns < STAGE_RELOAD_NS_MIN)
		return 0;

	stage_is_reload_due = 0; /* one that comes from here on is for a later reload */
	run->reloaded_ns = now_ns;
	notify_reloading();
	r = stage_reload_now(run);
	if (r == 0)
		notify_ready();
	return r;
}

/* The line that the log has now and then, for "systemctl status". */
static void stage_tell(struct stage_run *run, uint64_t now_ns)
{
	char line[STAGE_REPORT_BYTES_MAX];

	if (!run->stage->report || !notify_is_heard() || now_ns - run->told_ns < STAGE_TELL_NS)
		return;
	run->told_ns = now_ns;
	run->stage->report(run->state, line, sizeof(line));
	notify_status("%s", line);
}

static void stage_report(struct stage_run *run, uint64_t now_ns)
{
	const uint64_t interval_ns = run->config.report_interval_ns;
	char line[STAGE_REPORT_BYTES_MAX];

	if (!run->stage->report || interval_ns == 0 || now_ns - run->reported_ns < interval_ns)
		return;
	run->reported_ns = now_ns;
	run->stage->report(run->state, line, sizeof(line));
	log_info("%s", line);
}

static int stage_housekeep(struct stage_run *run, uint64_t now_ns)
{
	int r = run->stage->housekeep(run->state, now_ns);

	if (r < 0)
		return r;
	stage_publish(run);
	stage_report(run, now_ns);
	stage_tell(run, now_ns);
	return 0;
}

/* Others judge us by the heartbeat: nothing in here sleeps but wait(). */
static int stage_loop(struct stage_run *run)
{
	const struct stage *stage = run->stage;
	uint64_t housekeep_at_ns = 0;

	run->reported_ns = clock_ns();
	while (!stage_is_stopping) {
		uint64_t now_ns = clock_ns();
		uint64_t timeout_ns;
		int r;

		status_beat(&run->status, now_ns);
		notify_beat(now_ns);
		r = stage_take_reload(run, now_ns);
		if (r < 0)
			return r;
		if (now_ns >= housekeep_at_ns) {
			r = stage_housekeep(run, now_ns);
			if (r < 0)
				return r;
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

static void stage_log_memory(const struct stage *stage, const struct config *config)
{
	struct memory_bounds bounds = { .count = 0 };
	char line[MEMORY_BOUNDS_LINE_BYTES_MAX];

	if (!stage->memory)
		return;
	stage->memory(config, &bounds);
	memory_bounds_line(&bounds, line, sizeof(line));
	log_info("%s", line);
}

/* From open() to close(), between two states of the status segment. */
static int stage_serve(struct stage_run *run)
{
	int r = stage_open(run);

	if (r == 0) {
		status_set(&run->status, STATUS_RUN);
		stage_log_memory(run->stage, &run->config);
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

	run.config_path = options.config_path;
	stage_counters_init(&run.counters, stage->name, stage->counters, stage->counter_count);
	if (options.action == STAGE_ACTION_RUN) {
		stage_catch_signals();
		log_open(stage->name); /* a check's lines begin with file and line instead */
	}
	if (options.action == STAGE_ACTION_RUN || options.action == STAGE_ACTION_CHECK_CONFIG) {
		r = stage_read_instance(&run);
		r = r ?: stage_reload_read(&run.config, options.config_path, &run.counters);
		if (r < 0)
			return STAGE_EXIT_BAD_START;
	}
	if (options.action != STAGE_ACTION_RUN)
		return stage_options_print(&options, stage->name) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

	run.context.config = &run.config;
	log_set_level((enum log_level)run.config.log);
	return stage_live(&run) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
