/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/tap_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bpf/dns_event.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "tap.skel.h"

/* <linux/bpf.h> has these from 6.6 on. */
#define TAP_PROGRAM_TCX_INGRESS 46
#define TAP_PROGRAM_TCX_EGRESS  47
#define TAP_PROGRAM_BEFORE      (1u << 3)

/* libbpf's own lines: why a load failed is worth having, at debug level. */
static int tap_program_print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[LOG_LINE_BYTES_MAX];

	if (level == LIBBPF_DEBUG)
		return 0;
	(void)vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	log_debug("%s", line);
	return 0;
}

void tap_program_init(struct tap_program *program)
{
	*program = (struct tap_program){ .skeleton = NULL };
}

/* Two descriptors per edge: 1,024, the usual soft limit, is soon reached. */
static void tap_program_allow_many_fds(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int tap_program_open(struct tap_program *program, uint64_t ring_bytes)
{
	tap_program_allow_many_fds();
	(void)libbpf_set_print(tap_program_print);
	program->skeleton = tap__open();
	if (!program->skeleton)
		return FAULT(errno, "cannot read the tap's BPF object");
	if (bpf_map__set_max_entries(program->skeleton->maps.dns_events, (uint32_t)ring_bytes) < 0)
		return FAULT(errno, "cannot set the BPF ring buffer to %ju bytes",
			(uintmax_t)ring_bytes);
	if (tap__load(program->skeleton) < 0)
		return FAULT(errno, "cannot load the tap into the kernel");
	return 0;
}

void tap_program_close(struct tap_program *program)
{
	tap__destroy(program->skeleton);
	tap_program_init(program);
}

int tap_program_ring_fd(const struct tap_program *program)
{
	return bpf_map__fd(program->skeleton->maps.dns_events);
}

/* The kernel side writes it; @value lies in mapped memory. */
static uint64_t tap_program_load(const __u64 *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

void tap_program_counts(const struct tap_program *program, struct dns_event_counts *out_counts)
{
	struct dns_event_counts sum = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(program->skeleton->bss->dns_counts); i++) {
		const struct dns_event_counts *counts = &program->skeleton->bss->dns_counts[i];

		sum.seen += tap_program_load(&counts->seen);
		sum.submitted += tap_program_load(&counts->submitted);
		sum.ring_full += tap_program_load(&counts->ring_full);
		sum.oversized += tap_program_load(&counts->oversized);
		sum.own += tap_program_load(&counts->own);
		sum.cut += tap_program_load(&counts->cut);
		sum.fragments += tap_program_load(&counts->fragments);
	}
	*out_counts = sum;
}

static int tap_program_link(const struct bpf_program *bpf, uint32_t if_index, int direction)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TAP_PROGRAM_BEFORE);

	return bpf_link_create(
		bpf_program__fd(bpf), (int)if_index, (enum bpf_attach_type)direction, &options);
}

int tap_program_attach(
	const struct tap_program *program, uint32_t if_index, struct tap_pair *out_pair)
{
	struct tap_pair pair = { -1, -1 };

	/* Responses first: a query seen whose response was not would look unanswered. */
	pair.egress_fd = tap_program_link(
		program->skeleton->progs.dns_tap_egress, if_index, TAP_PROGRAM_TCX_EGRESS);
	if (pair.egress_fd >= 0)
		pair.ingress_fd = tap_program_link(program->skeleton->progs.dns_tap_ingress,
			if_index, TAP_PROGRAM_TCX_INGRESS);
	if (pair.ingress_fd < 0 || pair.egress_fd < 0) {
		int errnum = errno;

		tap_program_detach(&pair);
		errno = errnum;
		return errnum == ENODEV ? TAP_PROGRAM_GONE : TAP_PROGRAM_REFUSED;
	}
	*out_pair = pair;
	return TAP_PROGRAM_OK;
}

void tap_program_detach(struct tap_pair *pair)
{
	if (pair->ingress_fd >= 0)
		(void)close(pair->ingress_fd);
	if (pair->egress_fd >= 0)
		(void)close(pair->egress_fd);
	*pair = (struct tap_pair){ -1, -1 };
}
