/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_dump.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "capture/edge_facts.h"
#include "capture/serving_sockets.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define EDGE_DUMP_BUFFER_BYTES 65536u
#define EDGE_DUMP_ANSWER_S_MAX 10

/* One dump request; the part behind `header` that `header.nlmsg_len` covers is sent. */
struct edge_dump_request {
	struct nlmsghdr header;
	union {
		struct {
			struct ifinfomsg message;
			struct rtattr mask_header;
			uint32_t mask;
		} link;
		struct rtmsg route;
		struct ifaddrmsg address;
	};
};

/* One dump on its way: a request, what is done with each message of the answer. */
struct edge_dump {
	int fd;
	uint32_t sequence;
	bool is_interrupted; /* things changed meanwhile: no snapshot */
	struct interface_table *table;
	/* Returns 0, or -errno. */
	int (*read)(struct interface_table *table, const struct nlmsghdr *message);
};

enum edge_dump_progress {
	EDGE_DUMP_GOES_ON = 0,
	EDGE_DUMP_DONE = 1,
	EDGE_DUMP_REFUSED = 2, /* there is none of this */
	EDGE_DUMP_BROKEN = 3,  /* the answer did not come whole */
};

/* A socket per look, so that nothing of a dump given up is left in it. */
static int edge_dump_open(void)
{
	static const struct timeval patience = { .tv_sec = EDGE_DUMP_ANSWER_S_MAX };
	static const int yes = 1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return FAULT(errno, "no netlink socket to look at interfaces");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* Lets the kernel send the main routing table only; without it we pick it out. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &yes, sizeof(yes));
	return fd;
}

/* Returns enum edge_dump_progress or -errno. */
static int edge_dump_read_one(struct edge_dump *dump, const struct nlmsghdr *message)
{
	int32_t errnum = 0;

	if (message->nlmsg_seq != dump->sequence)
		return EDGE_DUMP_GOES_ON;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		dump->is_interrupted = true;
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
		if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(errnum)))
			memcpy(&errnum, NLMSG_DATA(message), sizeof(errnum));
		return errnum < 0 ? EDGE_DUMP_REFUSED : EDGE_DUMP_DONE;
	}
	return dump->read(dump->table, message);
}

/* Returns how the dump ended (enum edge_dump_progress), or -errno. */
static int edge_dump_run(struct edge_dump *dump, struct edge_dump_request *request)
{
	static _Alignas(struct nlmsghdr) char buffer[EDGE_DUMP_BUFFER_BYTES];
	int r = EDGE_DUMP_GOES_ON;

	request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->header.nlmsg_seq = ++dump->sequence;
	if (send(dump->fd, request, request->header.nlmsg_len, 0) < 0)
		return FAULT(errno, "cannot ask the kernel for its interfaces and routes");

	while (r == EDGE_DUMP_GOES_ON) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		ssize_t bytes = recv(dump->fd, buffer, sizeof(buffer), MSG_TRUNC);
		size_t left_bytes = (size_t)bytes;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 || left_bytes > sizeof(buffer))
			return EDGE_DUMP_BROKEN;
		for (; NLMSG_OK(message, left_bytes) && r == EDGE_DUMP_GOES_ON;
			message = NLMSG_NEXT(message, left_bytes))
			r = edge_dump_read_one(dump, message);
	}
	return r;
}

static int edge_dump_put_link(struct interface_table *table, const struct nlmsghdr *message)
{
	struct interface facts;
	int r;

	if (!edge_facts_read_link(message, &facts))
		return 0;
	r = interface_table_put(table, &facts);
	if (r == INTERFACE_TABLE_FULL)
		log_debug("more than %u interfaces: '%s' is not looked at", INTERFACE_TABLE_MAX,
			facts.name);
	return r < 0 ? r : 0;
}

static int edge_dump_mark_route(struct interface_table *table, const struct nlmsghdr *message)
{
	struct edge_facts_route route;

	if (!edge_facts_read_route(message, &route))
		return 0;
	for (size_t i = 0; i < route.count; i++) {
		struct interface *row = interface_table_find(table, route.if_indexes[i]);

		if (row)
			row->carries_default_route = true;
	}
	return 0;
}

static int edge_dump_put_address(struct interface_table *table, const struct nlmsghdr *message)
{
	uint8_t ip[16];
	int r;

	if (!edge_facts_read_address(message, ip))
		return 0;
	r = address_set_put(&table->local, ip);
	return r < 0 ? FAULT(ENOMEM, "no memory for the addresses of this host") : 0;
}

/* Returns enum edge_dump_outcome or -errno. */
static int edge_dump_links(struct edge_dump *dump)
{
	struct edge_dump_request request = {
		.header.nlmsg_type = RTM_GETLINK,
		.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.link)),
		.link.message.ifi_family = AF_UNSPEC,
		.link.mask_header = { RTA_LENGTH(sizeof(uint32_t)), IFLA_EXT_MASK },
		.link.mask = RTEXT_FILTER_SKIP_STATS,
	};
	int r;

	dump->read = edge_dump_put_link;
	r = edge_dump_run(dump, &request);
	if (r < 0)
		return r;
	return r == EDGE_DUMP_DONE && !dump->is_interrupted ? EDGE_DUMP_OK : EDGE_DUMP_AGAIN;
}

/*
 * A refusal is no trouble: there is no such table yet, or no IPv6. Nor is an
 * interruption, which could repeat for ever where routes are many and busy.
 */
static int edge_dump_routes(struct edge_dump *dump, uint8_t family)
{
	struct edge_dump_request request = {
		.header.nlmsg_type = RTM_GETROUTE,
		.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.route)),
		.route.rtm_family = family,
		.route.rtm_table = RT_TABLE_MAIN,
	};
	int r;

	dump->read = edge_dump_mark_route;
	r = edge_dump_run(dump, &request);
	if (r < 0)
		return r;
	return r == EDGE_DUMP_BROKEN ? EDGE_DUMP_AGAIN : EDGE_DUMP_OK;
}

/* As routes: a family that there is not has no addresses. */
static int edge_dump_addresses(struct edge_dump *dump, uint8_t family)
{
	struct edge_dump_request request = {
		.header.nlmsg_type = RTM_GETADDR,
		.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.address)),
		.address.ifa_family = family,
	};
	int r;

	dump->read = edge_dump_put_address;
	r = edge_dump_run(dump, &request);
	if (r < 0)
		return r;
	return r == EDGE_DUMP_BROKEN ? EDGE_DUMP_AGAIN : EDGE_DUMP_OK;
}

static int edge_dump_fill(struct interface_table *table, const struct config_ports *ports)
{
	cleanup_close int fd = edge_dump_open();
	struct edge_dump dump = { .fd = fd, .table = table };
	int r;

	if (fd < 0)
		return fd;
	r = edge_dump_links(&dump);
	r = r ?: edge_dump_addresses(&dump, AF_INET);
	r = r ?: edge_dump_addresses(&dump, AF_INET6);
	if (r != EDGE_DUMP_OK)
		return r;
	r = serving_sockets_take(&table->serving, ports);
	if (r < 0)
		return r;
	interface_table_settle(table);
	r = edge_dump_routes(&dump, AF_INET);
	return r ?: edge_dump_routes(&dump, AF_INET6);
}

int edge_dump_take(struct interface_table **out_table, const struct config_ports *ports)
{
	struct interface_table *table = interface_table_new();
	int r;

	if (!table)
		return FAULT(ENOMEM, "no memory for a table of interfaces");
	r = edge_dump_fill(table, ports);
	if (r != EDGE_DUMP_OK) {
		interface_table_free(table);
		return r;
	}
	*out_table = table;
	return EDGE_DUMP_OK;
}
