#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Flood -- queries for names that nobody asked before, at a steady rate, and no reading of answers.

Usage: flood.py SERVER QUERIES_PER_SECOND SECONDS SOCKETS

From so many sockets in turn, each with a port of its own. Prints how many were sent.
"""

import os
import socket
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import wire

STEP_S = 0.01


def main(server, qps, seconds, count):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(count)]
    for one in sockets:
        one.connect((server, wire.DNS_PORT))
        one.setblocking(False)
    started = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - started) < seconds:
        for number in range(sent, int(passed * qps)):
            try:
                sockets[number % count].send(
                    wire.query(number % 65536, f"flood{os.getpid()}-{number}.lab.test"))
            except OSError: # a full queue, or the kernel's word of an error before
                pass
            sent = number + 1
        time.sleep(STEP_S)
    print(sent)


main(sys.argv[1], *map(int, sys.argv[2:]))
