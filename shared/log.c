/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_ERRNO_TEXT_BYTES 128

static const char *log_stage_name;
static _Atomic enum log_level log_level_max = LOG_LEVEL_INFO;
static bool log_is_journal;
static _Atomic uint64_t log_written_counts[LOG_LEVEL_COUNT];

/* sd-daemon(3): the syslog priority of each level. */
static const int log_priorities[] = {
	[LOG_LEVEL_ERROR] = 3,
	[LOG_LEVEL_WARNING] = 4,
	[LOG_LEVEL_INFO] = 6,
	[LOG_LEVEL_DEBUG] = 7,
};

/* JOURNAL_STREAM names device and inode, as terminals started by systemd inherit the variable. */
static bool log_stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat seen;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &seen) == 0 && seen.st_dev == device && seen.st_ino == inode;
}

void log_open(const char *stage_name)
{
	log_stage_name = stage_name;
	log_is_journal = log_stderr_is_journal();
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level_max, level, memory_order_relaxed);
}

static bool log_is_wanted(enum log_level level)
{
	return level <= atomic_load_explicit(&log_level_max, memory_order_relaxed);
}

uint64_t log_written_count(enum log_level level)
{
	return atomic_load_explicit(&log_written_counts[level], memory_order_relaxed);
}

/* Like snprintf() at *used, but *used never passes the last byte. */
static void log_append_list(
	char *line, size_t line_bytes, size_t *used, const char *format, va_list list)
{
	int length = vsnprintf(line + *used, line_bytes - *used, format, list);

	if (length > 0)
		*used += (size_t)length;
	if (*used > line_bytes - 1)
		*used = line_bytes - 1;
}

__attribute__((format(printf, 4, 5))) static void log_append(
	char *line, size_t line_bytes, size_t *used, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_append_list(line, line_bytes, used, format, list);
	va_end(list);
}

static void log_append_prefix(char *line, size_t line_bytes, size_t *used, enum log_level level)
{
	if (log_is_journal)
		log_append(line, line_bytes, used, "<%d>", log_priorities[level]);
	else if (log_stage_name)
		log_append(line, line_bytes, used, "dnscache-%s: ", log_stage_name);
}

/* Names in a line may be somebody else's: it stays one line whatever they hold. */
static void log_write(char *line, size_t used)
{
	for (size_t i = 0; i < used; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == '\x7f')
			line[i] = '?';
	line[used] = '\n';
	(void)!write(STDERR_FILENO, line, used + 1);
}

/* One line: prefix, text, and ": <errno text>" where there is one. Leaves errno alone. */
static void log_line(enum log_level level, const char *tail, const char *format, va_list list)
{
	const int errnum = errno;
	char line[LOG_LINE_BYTES_MAX];
	size_t used = 0;

	if (log_is_wanted(level)) {
		atomic_fetch_add_explicit(&log_written_counts[level], 1, memory_order_relaxed);
		log_append_prefix(line, sizeof(line), &used, level);
		log_append_list(line, sizeof(line), &used, format, list);
		log_append(line, sizeof(line), &used, "%s", tail);
		log_write(line, used);
	}
	errno = errnum;
}

void log_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_line(LOG_LEVEL_ERROR, "", format, list);
	va_end(list);
}

void log_warning(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_line(LOG_LEVEL_WARNING, "", format, list);
	va_end(list);
}

void log_info(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_line(LOG_LEVEL_INFO, "", format, list);
	va_end(list);
}

void log_debug(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_line(LOG_LEVEL_DEBUG, "", format, list);
	va_end(list);
}

int log_fault(int errnum, const char *file, int line, const char *format, ...)
{
	char text[LOG_ERRNO_TEXT_BYTES];
	char tail[2 * LOG_ERRNO_TEXT_BYTES];
	const char *cause = strerror_r(errnum, text, sizeof(text));
	va_list list;

	if (!log_is_wanted(LOG_LEVEL_DEBUG))
		(void)snprintf(tail, sizeof(tail), ": %s", cause);
	else
		(void)snprintf(tail, sizeof(tail), ": %s (%s:%d)", cause, file, line);

	va_start(list, format);
	log_line(LOG_LEVEL_ERROR, tail, format, list);
	va_end(list);
	return -errnum;
}
