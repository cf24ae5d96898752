/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap socket -- a packet socket whose filter is a tap, for kernels without TCX.
 *
 * The filter writes the event itself and keeps no byte of any packet, so nothing is ever
 * queued and nobody reads this socket. It lasts as long as its file descriptor.
 */

#include <stdint.h>

/**
 * tap_socket_open() - run a socket filter on every packet of an interface
 * @program_fd: a loaded BPF_PROG_TYPE_SOCKET_FILTER
 *
 * The filter is there before the socket hears of its interface: no packet gets past it.
 *
 * Return: the file descriptor, the caller's to close, or -errno, not logged: -ENODEV is an
 * interface that is gone, which is normal life.
 */
int tap_socket_open(int program_fd, uint32_t if_index);
