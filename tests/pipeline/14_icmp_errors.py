#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""ICMP errors that are not held (15): who can be answered all the same, and whom to believe."""

import contextlib
import itertools
import socket
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
from lab import NAME_COUNT, ZONE, Lab, addresses_of, ipv4_of, name
from odd_frames import RawSocket, port_unreachable
from tap import expect, expect_equal, expect_within
from wait import wait_until

AT_ONCE_S = 0.1
OVER_WITHIN_S = 6 # errors are losses: a share of them makes a host failing for some seconds
FAMILIES = (socket.AF_INET, socket.AF_INET6)
# A few failures among a few look-ups would make the host failing for some seconds more.
NO_WINDOWS = "[rescue]\nmin_samples = 300\nhold = off\n"
# Or every second error would be a matter of luck.
NO_RATE_LIMIT = "echo 0 | tee /proc/sys/net/ipv4/icmp_ratelimit /proc/sys/net/ipv6/icmp/ratelimit"
REJECT = ("table inet outage { chain forward { type filter hook forward priority 0; "
          "udp dport 53 reject with icmpx type port-unreachable; }; }")

names = (name(i) for i in range(NAME_COUNT))
numbers = itertools.count(1)


def server(lab, family):
    return ((lab.resolver_box.ip6 if family == socket.AF_INET6 else lab.resolver_box.ip4),
            wire.DNS_PORT)


def ask(lab, text, family):
    """An unconnected socket, as musl's: the kernel keeps errors from it. Reply, seconds."""
    with lab.client.udp_socket(family) as udp:
        query = wire.query(next(numbers), text)
        start = time.monotonic()
        udp.sendto(query, server(lab, family))
        reply = udp.recv(4096)
        expect_equal(reply[:2], query[:2], "the reply's id")
        return wire.addresses(reply), time.monotonic() - start


def learn(lab, family):
    """A name that dnscache knows from this address of the resolver."""
    text = next(names)
    expect_equal(ask(lab, text, family)[0], ipv4_of(text), "the resolver's answer")
    address = server(lab, family)[0]
    wait_until(f"{text} is known of {address}", lambda: any(
        row["domain"] == text and row["resolver"] == address
        for row in lab.stages.info("cache")), 3)
    return text


def unreachable(lab):
    return lab.stages.metrics().sum("dnscache_dns_failures_total", reason="icmp_unreachable")


def expect_answered_at_once(lab, text, family, what):
    found, seconds = ask(lab, text, family)
    expect_equal(found, ipv4_of(text), what)
    expect_within(seconds, AT_ONCE_S, what)


@contextlib.contextmanager
def rejected(lab):
    lab.host.run(["nft", REJECT])
    try:
        yield
    finally:
        lab.host.run(["nft", "delete table inet outage"])


def unconnected_story(lab, outage):
    """For both families, since each address of a resolver is one by itself."""
    known = {family: [learn(lab, family) for _ in range(2)] for family in FAMILIES}
    with outage:
        for family, (first, second) in known.items():
            before = lab.stages.settled()
            errors = before.sum("dnscache_dns_failures_total", reason="icmp_unreachable")
            expect_answered_at_once(lab, first, family, "the look-up that meets the first error")
            expect_answered_at_once(lab, second, family, "another name")
            wait_until("both errors are failures", lambda: unreachable(lab) == errors + 2, 2)
            wait_until("the error made us answer", lambda: lab.stages.metrics().injected(
                trigger="icmp") == before.injected(trigger="icmp") + 2, 2)
            expect_answered_at_once(lab, first, family, "the next look-up of the same name")
            wait_until("a failing name made us answer", lambda: lab.stages.metrics().injected(
                trigger="failing") == before.injected(trigger="failing") + 1, 2)


def connected_story(lab, outage):
    known = {family: learn(lab, family) for family in FAMILIES}
    with outage:
        for family, text in known.items():
            with lab.client.udp_socket(family) as udp:
                udp.connect(server(lab, family))
                udp.send(wire.query(next(numbers), text))
                expect(gets_error(udp), "no error came to a connected socket")
            expect_answered_at_once(lab, text, family, "the next look-up")
            with lab.client.udp_socket(family) as udp:
                udp.connect(server(lab, family))
                start = time.monotonic()
                udp.send(wire.query(next(numbers), text))
                expect(gets_error(udp), "no second error came to a connected socket")
                expect_equal(wire.addresses(udp.recv(4096)), ipv4_of(text),
                             "what a client gets that reads on")
                expect_within(time.monotonic() - start, AT_ONCE_S, "the reply behind an error")


def gets_error(udp):
    try:
        udp.recv(4096)
    except ConnectionRefusedError:
        return True
    return False


def expect_over(lab):
    """The resolver answers for itself, at both its addresses."""
    for family in FAMILIES:
        learn(lab, family) # a response ends a silence
    wait_until("no zone, resolver or host is failing any more", lambda: not any(
        lab.stages.metrics().sum("dnscache_failing", level=level)
        for level in ("zone", "resolver", "host")), OVER_WITHIN_S)
    before = lab.stages.settled()
    for family in FAMILIES:
        text = next(names)
        for _ in range(2):
            expect_equal(ask(lab, text, family)[0], ipv4_of(text), "the resolver's answer")
    after = lab.stages.settled()
    expect_equal(after.injected(), before.injected(), "replies of ours")
    expect_equal(after.responses(), before.responses() + 4, "the resolver's responses")


@tap.test
def an_unconnected_client_of_a_closed_port_is_answered_at_once(lab):
    unconnected_story(lab, lab.resolver.ended())
    expect_over(lab)


@tap.test
def a_connected_client_of_a_closed_port_has_its_error_as_ever(lab):
    connected_story(lab, lab.resolver.ended())
    expect_over(lab)


@tap.test
def musl_does_not_notice_a_closed_port(lab):
    musl = clients.musl_in(lab.folder)
    text = next(names)
    expect_equal(musl(lab.client, text).addresses, addresses_of(text), "musl, in good times")
    lab.stages.wait_until_known([text])
    with lab.resolver.ended():
        found = musl(lab.client, text)
        expect_equal(found.addresses, addresses_of(text), f"musl: {found.text}")
        expect_within(found.seconds, AT_ONCE_S, "musl")
    expect_over(lab)


def forge(lab, family):
    """In an outage without errors: the client asks, and a neighbour says "unreachable"."""
    text = learn(lab, family)
    before = lab.stages.settled()
    wrong = before.sum("dnscache_dns_refused_errors_total", reason="wrong_entry")
    with lab.resolver.stopped(), lab.client.udp_socket(family) as udp, RawSocket(
            lab.mallory) as raw:
        udp.connect(server(lab, family))
        query = wire.query(next(numbers), text)
        start = time.monotonic()
        udp.send(query)
        resolver = lab.resolver_box.endpoint(wire.DNS_PORT, family)
        client = lab.client.endpoint(udp.getsockname()[1], family)
        raw.send(port_unreachable(resolver._replace(mac=lab.mallory.mac), client,
                                  wire.frame(client, resolver, query)))
        expect(gets_error(udp), "the forgery is not good enough for the client's kernel")
        wait_until("the forgery is counted wrong_entry", lambda: lab.stages.metrics().sum(
            "dnscache_dns_refused_errors_total", reason="wrong_entry") == wrong + 1, 2)
        expect_equal(wire.addresses(udp.recv(4096)), ipv4_of(text), "the reply")
        seconds = time.monotonic() - start
        expect(seconds >= 0.25, f"answered after {seconds} s: the forgery was believed")
    after = lab.stages.settled()
    for figure in (lambda metrics: metrics.injected(trigger="icmp"),
                   lambda metrics: metrics.sum("dnscache_dns_failures_total",
                                               reason="icmp_unreachable")):
        expect_equal(figure(after), figure(before), "failures by ICMP, and replies for them")
    lab.wait_until_over()


@tap.test
def a_neighbours_error_is_counted_and_changes_nothing(lab):
    for family in FAMILIES:
        forge(lab, family)
    expect_over(lab)


@tap.test
def clients_of_a_resolver_that_the_host_rejects_are_answered_at_once(_):
    with Lab(resolver_at="uplink", config=NO_WINDOWS) as lab:
        for box in (lab.resolver_box, lab.host):
            box.run(["sh", "-c", NO_RATE_LIMIT])
        unconnected_story(lab, rejected(lab))
        expect_over(lab)
        connected_story(lab, rejected(lab))
        expect_over(lab)
        unconnected_story(lab, lab.resolver.ended()) # the error comes in by the uplink
        expect_over(lab)


class IcmpLab(Lab):
    def __init__(self):
        super().__init__(config=NO_WINDOWS)
        self.mallory = self.attach("mallory")
        self.stages.wait_until_watching(len(self.containers))
        self.resolver_box.run(["sh", "-c", NO_RATE_LIMIT])
        for server_ip in (self.resolver_box.ip4, self.resolver_box.ip6): # ARP is done with
            clients.dig(self.client, f"arp.{ZONE}", "A", f"@{server_ip}")


tap.main(IcmpLab)
