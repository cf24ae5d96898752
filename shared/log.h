/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Log -- one line per event on stderr, with the priority prefix systemd reads.
 *
 * Levels: error = the stage stops, or refuses a configuration, warning = a person should
 * look, info = life-cycle only, debug. Never called from the hot path. Lines go out with one
 * write(2) each, so stages sharing a terminal do not mix within a line.
 *
 * Control characters become '?', so an event is one line whatever it quotes.
 *
 * Threads: any, once the log is open.
 * Limits: LOG_LINE_BYTES_MAX bytes per line, the line feed included; longer ones are
 * cut. errno is left as it was.
 */

#include <stdint.h>

#define LOG_LINE_BYTES_MAX 1024

enum log_level {
	LOG_LEVEL_ERROR = 0,
	LOG_LEVEL_WARNING = 1,
	LOG_LEVEL_INFO = 2,
	LOG_LEVEL_DEBUG = 3,
};

#define LOG_LEVEL_COUNT 4

/**
 * log_open() - say who is talking; before this, lines carry no name
 * @stage_name: kept by reference, e.g. "capture"
 *
 * Where stderr is the journal (JOURNAL_STREAM names it) lines begin with "<3>" and
 * the journal adds name and time; elsewhere they begin with "dnscache-capture: ".
 */
void log_open(const char *stage_name);

/* Lines above this level are not written. Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Lines written at this level so far. */
uint64_t log_written_count(enum log_level level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * log_fault() - behind FAULT(), see fault.h
 * @errnum: positive errno value
 *
 * Writes "<text>: <errno text>" at error level (with file and line at debug level).
 *
 * Return: -errnum.
 */
int log_fault(int errnum, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
