#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A resolver that loses half of the packets is lossy: fresh answers at once, until it is well."""

import contextlib
import socket
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
from lab import Lab, TTL_S, addresses_of, ipv4_of, zone_records
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

# Zones: what is loaded is failing in both of its own, and the others not: one client asks there.
FRESH = [f"name{i}.fresh.example" for i in range(30)]      # for 300 s
SHORT = [f"name{i}.short.example" for i in range(90, 100)] # for TTL_S
LOADED = [f"name{i}.{'one' if i % 2 else 'two'}.example" for i in range(30, 50)]
QUIET_AFTER_S = 5
LEFT_OUT_S = 0.25 # the least that a query waits for its resolver
LOAD_QPS = 20
LOAD_S_MAX = 60 # it is stopped


def records():
    yield from zone_records()
    for text in FRESH + SHORT + LOADED:
        for address in addresses_of(text):
            yield (f"{text}. {TTL_S if text in SHORT else 300} IN "
                   f"{'AAAA' if ':' in address else 'A'} {address}")


@contextlib.contextmanager
def half_dropped(lab):
    box = lab.resolver_box
    box.run(["nft", "table inet loss { chain input { type filter hook input priority 0; "
             "udp dport 53 numgen random mod 100 < 50 drop; }; }"])
    try:
        yield
    finally:
        box.run(["nft", "delete table inet loss"])


def failing(lab, level):
    return int(lab.stages.metrics().sum("dnscache_failing", level=level))


def ask(lab, text, number):
    """Returns the addresses of the first reply, and after how long it came."""
    with lab.client.udp_socket() as udp:
        begun = time.monotonic()
        udp.sendto(wire.query(number, text), (lab.resolver_box.address, wire.DNS_PORT))
        try:
            found = wire.addresses(udp.recv(4096))
        except socket.timeout:
            found = []
        return found, time.monotonic() - begun


def loads(lab, other, seconds):
    """Both clients ask, so that it is not one client's word."""
    queries = [(text, "A") for text in LOADED]
    return [lab.load(queries, LOAD_QPS, seconds, box) for box in (lab.client, other)]


@tap.test
def a_lossy_resolver_is_helped_and_left_alone_when_it_is_well(lab):
    other = lab.attach("other")
    lab.stages.wait_until_watching(len(lab.containers))
    for text in FRESH + LOADED + SHORT:
        clients.getent(lab.client, text)
    clients.getent(other, LOADED[0])
    lab.stages.wait_until_known(FRESH + LOADED + SHORT)
    wait_for(time.monotonic() + TTL_S) # SHORT is stale
    expect_equal(failing(lab, "resolver"), 0, "failing resolvers before")

    load = loads(lab, other, LOAD_S_MAX)
    with half_dropped(lab):
        wait_until("the resolver is known to be lossy", lambda: failing(lab, "resolver"), 15)
        metrics = lab.stages.metrics()
        expect_equal(metrics.silent(), 0, "silent resolvers")
        expect(metrics.sum("dnscache_loss") > 0.1,
               f"loss of {metrics.sum('dnscache_loss')}")
        before = metrics.injected(trigger="failing", freshness="fresh")
        for number, text in enumerate(FRESH):
            found, seconds = ask(lab, text, number + 1)
            expect_equal(found, ipv4_of(text), text)
            expect_within(seconds, LEFT_OUT_S, f"a fresh answer for {text}")
        wait_until("fresh replies at once are counted", lambda: (
            lab.stages.metrics().injected(trigger="failing", freshness="fresh") > before), 3)
        for number, text in enumerate(SHORT):
            found, _ = ask(lab, text, number + 1)
            expect_equal(found, ipv4_of(text), text)
        expect(all(one.is_running() for one in load), "the load ended too early")
    well = time.monotonic()
    wait_until("the resolver is no longer lossy", lambda: not failing(lab, "resolver"),
               QUIET_AFTER_S)
    wait_for(well + QUIET_AFTER_S)
    metrics = lab.stages.metrics()
    expect_equal(metrics.injected(trigger="failing", freshness="stale"), 0, "stale replies at once")
    before = metrics.injected()
    for number, text in enumerate(FRESH + SHORT):
        expect_equal(ask(lab, text, number + 1)[0], ipv4_of(text), text)
    wait_for(well + 2 * QUIET_AFTER_S)
    for one in load:
        one.stop()
    metrics = lab.stages.settled()
    expect_equal(metrics.injected(), before, "replies of ours to a resolver that is well")
    expect_equal(failing(lab, "host"), 0, "failing hosts")


tap.main(lambda: Lab(records=list(records())))
