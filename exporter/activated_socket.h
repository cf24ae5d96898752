/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Activated socket -- the listening socket that systemd made for us: sd_listen_fds(3)'s protocol.
 *
 * With dnscache-exporter.socket the exporter needs no right to make a socket, and clients
 * that come while it restarts wait in the kernel.
 */

#define ACTIVATED_SOCKET_FIRST_FD 3 /* SD_LISTEN_FDS_START */

#define ACTIVATED_SOCKET_ADDRESS_BYTES 80 /* "[IPv6 address%interface]:port" */

enum activated_socket_outcome {
	ACTIVATED_SOCKET_OK = 0,
	ACTIVATED_SOCKET_NONE = 1, /* nothing was passed: make one */
};

/**
 * activated_socket_take() - the one listening TCP socket passed to this process
 * @first_fd: where it is: ACTIVATED_SOCKET_FIRST_FD, save in tests
 * @out_fd:   non-blocking and closed on exec; the caller closes it
 *
 * LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES are taken out of the environment. To be called once.
 * Where there is one, its address is logged.
 *
 * Return: ACTIVATED_SOCKET_OK, ACTIVATED_SOCKET_NONE, or -errno: -EINVAL for variables that
 * make no sense, more than one socket, or one that is not a listening TCP socket. Whoever
 * passed it meant it to be used, so binding another one would be no help.
 */
int activated_socket_take(int first_fd, int *out_fd);

/* Where a listening TCP socket listens: "127.0.0.1:4000", "[::1]:4000"; "?:?" for anything else. */
void activated_socket_address(int fd, char out_text[ACTIVATED_SOCKET_ADDRESS_BYTES]);
