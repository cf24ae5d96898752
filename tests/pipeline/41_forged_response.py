#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A neighbour's perfect forgery reaches its victim, as ever, but never our memory."""

import socket
import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import variant
import wire
from lab import Lab, name
from tap import expect, expect_equal
from wait import wait_until

FORGED = "198.51.100.66"


def forge(lab, family, title, source_mac):
    """In an outage, the client asks and the neighbour answers. Returns what the client got."""
    mallory = lab.mallory
    server = lab.resolver_box.endpoint(wire.DNS_PORT, family)
    with lab.client.udp_socket(family) as udp, mallory.raw_socket() as raw:
        query = wire.query(4711, title)
        udp.sendto(query, (server.ip, server.port))
        wait_until("the query is waiting", lambda: title in
                   {row["domain"] for row in lab.stages.info("matching")}, 2)
        raw.send(wire.frame(server._replace(mac=source_mac),
                            lab.client.endpoint(udp.getsockname()[1], family),
                            wire.response(query, FORGED)))
        return wire.addresses(udp.recv(4096))


def forgery_story(lab, family, title, source_mac):
    wrong = lab.stages.metrics().refused(reason="wrong_entry")
    with lab.resolver.stopped():
        got = forge(lab, family, title, source_mac)
        expect_equal(got, [FORGED], "what the client got (it must be a perfect forgery)")
        wait_until("the forgery is counted wrong_entry", lambda: lab.stages.metrics().refused(
            reason="wrong_entry") == wrong + 1, 2)
    lab.wait_until_over()
    cache = lab.stages.info("cache")
    expect(FORGED not in str(cache), f"the forgery was learned: {cache}")
    matched = [row for row in lab.stages.info("matched") if FORGED in row.get("ip", [])]
    expect_equal(matched, [], "matched rows with the forged address")


def open_lab():
    lab = Lab()
    lab.mallory = lab.attach("mallory")
    lab.stages.wait_until_watching(len(lab.containers))
    clients.getent(lab.client, name(0)) # ARP and neighbour discovery are done with
    clients.dig(lab.client, name(0), "A", f"@{lab.resolver_box.ip6}")
    return lab


@tap.test
def a_forged_ipv4_response_is_not_learned_and_counted(lab):
    forgery_story(lab, socket.AF_INET, "nx-one.lab.test", lab.mallory.mac)


@tap.test
def a_forged_ipv6_response_is_not_learned_and_counted(lab):
    forgery_story(lab, socket.AF_INET6, "nx-two.lab.test", lab.mallory.mac)


@tap.test
def the_resolvers_mac_address_does_not_help_the_forger(lab):
    forgery_story(lab, socket.AF_INET, "nx-three.lab.test", lab.resolver_box.mac)


@tap.test
def the_true_answer_after_a_forgery_is_still_the_one_remembered(lab):
    with lab.resolver.stopped():
        forge(lab, variant.family(), name(7), lab.mallory.mac)
    lab.wait_until_over()
    clients.getent(lab.client, name(7))
    lab.stages.wait_until_known([name(7)])
    rows = [row for row in lab.stages.info("cache") if row["domain"] == name(7)]
    expect(rows and FORGED not in str(rows), f"/info/cache: {rows}")


tap.main(open_lab)
