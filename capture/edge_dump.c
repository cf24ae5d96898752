/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_dump.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "capture/edge_facts.h"
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
	};
};

/* What a reader of dumped messages does with one of them. Returns 0, or -errno. */
typedef int edge_dump_reader(const struct nlmsghdr *message, struct interface_table *table);

void edge_dump_init(struct edge_dump *dump)
{
	*dump = (struct edge_dump){ .fd = -1 };
}

int edge_dump_open(struct edge_dump *dump)
{
	static const struct timeval patience = { .tv_sec = EDGE_DUMP_ANSWER_S_MAX };
	static const int yes = 1;

	dump->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (dump->fd < 0)
		return FAULT(errno, "no netlink socket to look at interfaces");
	if (setsockopt(dump->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return FAULT(errno, "cannot limit the wait for netlink answers");
	/* Lets the kernel send the main routing table only; without it we pick it out. */
	(void)setsockopt(dump->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &yes, sizeof(yes));
	return 0;
}

void edge_dump_close(struct edge_dump *dump)
{
	if (dump->fd >= 0)
		(void)close(dump->fd);
	edge_dump_init(dump);
}

static int edge_dump_ask(struct edge_dump *dump, struct edge_dump_request *request)
{
	request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->header.nlmsg_seq = ++dump->sequence;
	if (send(dump->fd, request, request->header.nlmsg_len, 0) < 0)
		return FAULT(errno, "cannot ask the kernel for its interfaces and routes");
	return 0;
}

/* Returns EDGE_DUMP_OK at the end of the dump, EDGE_DUMP_AGAIN, -EINPROGRESS or -errno. */
static int edge_dump_read_one(struct edge_dump *dump, const struct nlmsghdr *message,
	edge_dump_reader *reader, struct interface_table *table)
{
	int r;

	if (message->nlmsg_seq != dump->sequence)
		return -EINPROGRESS; /* of a dump given up */
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return EDGE_DUMP_AGAIN;
	/* An error means there is none of this: no routing table yet, no IPv6. */
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		return EDGE_DUMP_OK;
	r = reader(message, table);
	return r < 0 ? r : -EINPROGRESS;
}

static int edge_dump_read(
	struct edge_dump *dump, edge_dump_reader *reader, struct interface_table *table)
{
	static _Alignas(struct nlmsghdr) char buffer[EDGE_DUMP_BUFFER_BYTES];
	int r = -EINPROGRESS;

	while (r == -EINPROGRESS) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		ssize_t bytes = recv(dump->fd, buffer, sizeof(buffer), MSG_TRUNC);
		size_t left_bytes = (size_t)bytes;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 || left_bytes > sizeof(buffer))
			return EDGE_DUMP_AGAIN;
		for (; NLMSG_OK(message, left_bytes) && r == -EINPROGRESS;
			message = NLMSG_NEXT(message, left_bytes))
			r = edge_dump_read_one(dump, message, reader, table);
	}
	return r;
}

static int edge_dump_put_link(const struct nlmsghdr *message, struct interface_table *table)
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

static int edge_dump_mark_route(const struct nlmsghdr *message, struct interface_table *table)
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

static int edge_dump_links(struct edge_dump *dump, struct interface_table *table)
{
	struct edge_dump_request request = {
		.header.nlmsg_type = RTM_GETLINK,
		.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.link)),
		.link.message.ifi_family = AF_UNSPEC,
		.link.mask_header = { RTA_LENGTH(sizeof(uint32_t)), IFLA_EXT_MASK },
		.link.mask = RTEXT_FILTER_SKIP_STATS,
	};
	int r;

	r = edge_dump_ask(dump, &request);
	if (r < 0)
		return r;
	return edge_dump_read(dump, edge_dump_put_link, table);
}

static int edge_dump_routes(struct edge_dump *dump, uint8_t family, struct interface_table *table)
{
	struct edge_dump_request request = {
		.header.nlmsg_type = RTM_GETROUTE,
		.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.route)),
		.route.rtm_family = family,
		.route.rtm_table = RT_TABLE_MAIN,
	};
	int r;

	r = edge_dump_ask(dump, &request);
	if (r < 0)
		return r;
	return edge_dump_read(dump, edge_dump_mark_route, table);
}

int edge_dump_take(struct edge_dump *dump, struct interface_table **out_table)
{
	struct interface_table *table = interface_table_new();
	int r;

	if (!table)
		return FAULT(ENOMEM, "no memory for a table of interfaces");

	r = edge_dump_links(dump, table);
	if (r == EDGE_DUMP_OK) {
		interface_table_settle(table);
		r = edge_dump_routes(dump, AF_INET, table);
	}
	if (r == EDGE_DUMP_OK)
		r = edge_dump_routes(dump, AF_INET6, table);

	if (r != EDGE_DUMP_OK) {
		interface_table_free(table);
		return r;
	}
	*out_table = table;
	return EDGE_DUMP_OK;
}
