/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/tap_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "shared/compiler.h"

int tap_socket_open(int program_fd, uint32_t if_index)
{
	struct sockaddr_ll interface = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_index };
	int buffer_bytes = 0; /* the kernel makes it the least it allows */
	cleanup_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* Protocol 0 hears nothing; only bind() lets packets in. */
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program_fd, sizeof(program_fd)) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&interface, sizeof(interface)) < 0)
		return -errno;
	return TAKE_FD(fd);
}
