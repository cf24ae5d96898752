# SPDX-License-Identifier: BSD-2-Clause
"""Failing -- a resolver that answers every query with the same failure."""

import contextlib
import socket
import struct
import threading

import wire
from wait import wait_until

SERVFAIL, REFUSED = 2, 5
FAMILIES = (socket.AF_INET, socket.AF_INET6)


class Failing:
    """In place of the resolver: a server that says the same code to everything."""

    def __init__(self, box, rcode):
        self._rcode = rcode
        self._sockets = [box.udp_socket(family, wire.DNS_PORT) for family in FAMILIES]
        self._is_ending = False
        self._threads = [threading.Thread(target=self._serve, args=[udp])
                         for udp in self._sockets]

    def response(self, query):
        flags = wire.FLAG_QR | wire.FLAG_RD | wire.FLAG_RA | self._rcode
        return query[:2] + struct.pack("!5H", flags, 1, 0, 0, 0) + query[12:]

    def _serve(self, udp):
        udp.settimeout(0.1)
        while not self._is_ending:
            try:
                query, sender = udp.recvfrom(4096)
                udp.sendto(self.response(query), sender)
            except socket.timeout:
                pass

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_ending = True
        for thread in self._threads:
            thread.join()
        for udp in self._sockets:
            udp.close()


@contextlib.contextmanager
def failing(lab, rcode):
    """The resolver says SERVFAIL or REFUSED."""
    lab.resolver.end()
    try:
        with Failing(lab.resolver_box, rcode) as server:
            yield server
    finally:
        lab.resolver.start()
        wait_until("unbound answers again", lab.resolver.is_answering, 10)
