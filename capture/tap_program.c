/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/tap_program.h"

#include <arpa/inet.h>
#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bpf/dns_event.h"
#include "capture/tap_socket.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "tap.skel.h"

/* <linux/bpf.h> has these from 6.6 on. */
#define TAP_PROGRAM_TCX_INGRESS 46
#define TAP_PROGRAM_TCX_EGRESS  47
#define TAP_PROGRAM_BEFORE      (1u << 3)

#define TAP_PROGRAM_NO_INTERFACE ((uint32_t)INT_MAX) /* no index gets there */

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

static int tap_program_link(int program_fd, uint32_t if_index, int direction)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TAP_PROGRAM_BEFORE);

	return bpf_link_create(
		program_fd, (int)if_index, (enum bpf_attach_type)direction, &options);
}

/*
 * Ask for a link to no interface: a kernel with TCX misses the interface, one without does
 * not know what is asked for. Returns 1 = has TCX, 0 = has not, or -errno.
 */
static int tap_program_probe_tcx(void)
{
	static const struct bpf_insn next[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	cleanup_close int link_fd = -1;
	cleanup_close int fd = bpf_prog_load(
		BPF_PROG_TYPE_SCHED_CLS, "tap_probe", "BSD", next, ARRAY_COUNT(next), NULL);

	if (fd < 0)
		return FAULT(errno, "cannot load a BPF program into the kernel");
	link_fd = tap_program_link(fd, TAP_PROGRAM_NO_INTERFACE, TAP_PROGRAM_TCX_EGRESS);
	return link_fd >= 0 || (errno != EINVAL && errno != EOPNOTSUPP);
}

/* Make `kind` what taps will be. Returns 0 or -errno. */
static int tap_program_choose_kind(struct tap_program *program, enum config_tap kind)
{
	int has_tcx = kind == CONFIG_TAP_SOCKET ? 0 : tap_program_probe_tcx();

	if (has_tcx < 0)
		return has_tcx;
	if (kind == CONFIG_TAP_TCX && !has_tcx)
		return FAULT(EOPNOTSUPP,
			"cannot make taps of TCX links: this kernel has no TCX (6.6 and later do)");
	program->kind = has_tcx ? CONFIG_TAP_TCX : CONFIG_TAP_SOCKET;
	log_info("taps are %s%s", has_tcx ? "TCX links" : "socket filters",
		has_tcx || kind == CONFIG_TAP_SOCKET
			? ""
			: ": this kernel has no TCX (6.6 and later do)");
	return 0;
}

/* The kernel shall load the programs of one kind: it may not be able to load the other's. */
static void tap_program_select(struct tap_program *program)
{
	bool has_tcx = program->kind == CONFIG_TAP_TCX;

	(void)bpf_program__set_autoload(program->skeleton->progs.dns_tap_ingress, has_tcx);
	(void)bpf_program__set_autoload(program->skeleton->progs.dns_tap_egress, has_tcx);
	(void)bpf_program__set_autoload(program->skeleton->progs.dns_tap_hold, program->can_hold);
	(void)bpf_program__set_autoload(program->skeleton->progs.dns_tap_socket, !has_tcx);
	(void)bpf_program__set_autoload(program->skeleton->progs.dns_tap_socket_egress, !has_tcx);
}

static_assert(CONFIG_PORTS_MAX <= DNS_EVENT_PORTS_MAX, "the tap has room for every port");

static void tap_program_set_ports(struct tap_program *program, const struct config_ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		program->skeleton->rodata->dns_ports_be[i] = htons(ports->ports[i]);
	program->skeleton->rodata->dns_port_count = (uint32_t)ports->count;
}

/* Read the objects, and get the chosen ones ready. Returns 0 or -errno. */
static int tap_program_prepare(
	struct tap_program *program, uint64_t ring_bytes, const struct config_ports *ports)
{
	program->skeleton = tap__open();
	if (!program->skeleton)
		return FAULT(errno, "cannot read the tap's BPF object");
	if (bpf_map__set_max_entries(program->skeleton->maps.dns_events, (uint32_t)ring_bytes) < 0)
		return FAULT(errno, "cannot set the BPF ring buffer to %ju bytes",
			(uintmax_t)ring_bytes);
	tap_program_select(program);
	tap_program_set_ports(program, ports);
	return 0;
}

/* Without what this kernel does not load, if it is only what holds. Returns 0 or -errno. */
static int tap_program_load_all(
	struct tap_program *program, uint64_t ring_bytes, const struct config_ports *ports)
{
	int r = tap_program_prepare(program, ring_bytes, ports);

	if (r == 0 && tap__load(program->skeleton) == 0)
		return 0;
	if (r == 0 && program->can_hold) {
		log_warning("cannot load what holds failures into the kernel (%s): "
			    "failures pass",
			strerror(errno));
		program->can_hold = false;
		tap__destroy(program->skeleton);
		r = tap_program_prepare(program, ring_bytes, ports);
		if (r == 0 && tap__load(program->skeleton) == 0)
			return 0;
	}
	return r ?: FAULT(errno, "cannot load the tap into the kernel");
}

static void tap_program_choose_hold(struct tap_program *program, enum config_hold hold)
{
	program->can_hold = hold == CONFIG_HOLD_AUTO && program->kind == CONFIG_TAP_TCX;
	if (hold == CONFIG_HOLD_AUTO && !program->can_hold)
		log_info("failures pass, and are not held: that takes taps of TCX links");
}

int tap_program_open(struct tap_program *program, enum config_tap kind, uint64_t ring_bytes,
	const struct config_ports *ports, enum config_hold hold)
{
	int r;

	tap_program_allow_many_fds();
	(void)libbpf_set_print(tap_program_print);
	r = tap_program_choose_kind(program, kind);
	if (r < 0)
		return r;
	tap_program_choose_hold(program, hold);
	return tap_program_load_all(program, ring_bytes, ports);
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
		sum.unreachable += tap_program_load(&counts->unreachable);
		sum.held += tap_program_load(&counts->held);
		sum.hold_stale += tap_program_load(&counts->hold_stale);
		sum.hold_unfit += tap_program_load(&counts->hold_unfit);
	}
	*out_counts = sum;
}

void tap_program_guard(const struct tap_program *program, uint64_t guard_ns)
{
	__atomic_store_n(&program->skeleton->bss->dns_hold_guard_ns, guard_ns, __ATOMIC_RELAXED);
}

static bool tap_program_attach_links(const struct tap_program *program, uint32_t if_index,
	enum tap_side side, struct tap_pair *pair)
{
	const struct bpf_program *egress = side == TAP_SIDE_HOLD && program->can_hold
						   ? program->skeleton->progs.dns_tap_hold
						   : program->skeleton->progs.dns_tap_egress;

	/* Responses first: a query seen whose response was not would look unanswered. */
	pair->egress_fd =
		tap_program_link(bpf_program__fd(egress), if_index, TAP_PROGRAM_TCX_EGRESS);
	if (pair->egress_fd < 0)
		return false;
	if (side == TAP_SIDE_EGRESS)
		return true;
	pair->ingress_fd =
		tap_program_link(bpf_program__fd(program->skeleton->progs.dns_tap_ingress),
			if_index, TAP_PROGRAM_TCX_INGRESS);
	return pair->ingress_fd >= 0;
}

static bool tap_program_attach_socket(const struct tap_program *program, uint32_t if_index,
	enum tap_side side, struct tap_pair *pair)
{
	const struct bpf_program *bpf = side == TAP_SIDE_EGRESS
						? program->skeleton->progs.dns_tap_socket_egress
						: program->skeleton->progs.dns_tap_socket;
	int fd = tap_socket_open(bpf_program__fd(bpf), if_index);

	if (fd < 0)
		errno = -fd;
	pair->socket_fd = fd;
	return fd >= 0;
}

int tap_program_attach(const struct tap_program *program, uint32_t if_index, enum tap_side side,
	struct tap_pair *out_pair)
{
	struct tap_pair pair = TAP_PAIR_NONE;
	bool is_attached = program->kind == CONFIG_TAP_TCX
				   ? tap_program_attach_links(program, if_index, side, &pair)
				   : tap_program_attach_socket(program, if_index, side, &pair);

	if (!is_attached) {
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
	if (pair->socket_fd >= 0)
		(void)close(pair->socket_fd);
	*pair = TAP_PAIR_NONE;
}
