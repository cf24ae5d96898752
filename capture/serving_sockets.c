/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/serving_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "capture/packet_side.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define SERVING_SOCKETS_BUFFER_BYTES 65536u
#define SERVING_SOCKETS_ANSWER_S_MAX 2
#define SERVING_SOCKETS_ALL_STATES   UINT32_MAX

struct serving_sockets_request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 diag;
};

bool serving_sockets_read(const void *message, const struct config_ports *ports, uint8_t out_ip[16])
{
	static const uint8_t ip4_mapped[12] = { [10] = 0xff, 0xff };
	const struct nlmsghdr *header = message;
	const struct inet_diag_msg *diag = NLMSG_DATA(header);

	if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		header->nlmsg_len < NLMSG_LENGTH(sizeof(*diag)) || diag->id.idiag_dport != 0 ||
		!packet_side_is_server_port(ports, diag->id.idiag_sport))
		return false;
	if (diag->idiag_family == AF_INET) {
		memcpy(out_ip, ip4_mapped, sizeof(ip4_mapped));
		memcpy(out_ip + sizeof(ip4_mapped), diag->id.idiag_src, 4);
		return true;
	}
	memcpy(out_ip, diag->id.idiag_src, 16);
	return diag->idiag_family == AF_INET6;
}

/* Returns 1 at the end of the answer, 0, or -ENOMEM. */
static int serving_sockets_put(
	struct address_set *set, const struct config_ports *ports, const struct nlmsghdr *message)
{
	uint8_t ip[16];

	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		return 1;
	if (!serving_sockets_read(message, ports, ip))
		return 0;
	if (address_set_put(set, ip) < 0)
		return FAULT(ENOMEM, "no memory for the sockets that serve DNS");
	return 0;
}

/* Returns 0, also where the kernel does not answer, or -ENOMEM. */
static int serving_sockets_receive(
	int fd, struct address_set *set, const struct config_ports *ports)
{
	static _Alignas(struct nlmsghdr) char buffer[SERVING_SOCKETS_BUFFER_BYTES];

	for (;;) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		ssize_t bytes = recv(fd, buffer, sizeof(buffer), 0);
		size_t left_bytes = (size_t)bytes;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes <= 0)
			return 0;
		for (; NLMSG_OK(message, left_bytes); message = NLMSG_NEXT(message, left_bytes)) {
			int r = serving_sockets_put(set, ports, message);

			if (r != 0)
				return r < 0 ? r : 0;
		}
	}
}

static int serving_sockets_take_family(
	struct address_set *set, const struct config_ports *ports, uint8_t family)
{
	static const struct timeval patience = { .tv_sec = SERVING_SOCKETS_ANSWER_S_MAX };
	const struct serving_sockets_request request = {
		.header.nlmsg_len = sizeof(request),
		.header.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.diag.sdiag_family = family,
		.diag.sdiag_protocol = IPPROTO_UDP,
		.diag.idiag_states = SERVING_SOCKETS_ALL_STATES,
	};
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return 0;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, &request, sizeof(request), 0) < 0)
		return 0;
	return serving_sockets_receive(fd, set, ports);
}

int serving_sockets_take(struct address_set *set, const struct config_ports *ports)
{
	int r = serving_sockets_take_family(set, ports, AF_INET);

	return r ?: serving_sockets_take_family(set, ports, AF_INET6);
}
