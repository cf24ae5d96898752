#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Two workers, a client of each: what one sees is everybody's, what one misses is no failure."""

import contextlib
import signal
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import variant
import wire
import worker_rings
from lab import Lab, addresses_of, ipv4_of, name
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

SHARED_AFTER_S = 2 # an answer serves other clients once it stood unopposed this long
QPS = 1000
LOAD_S = 3
BACK_LIMIT_S = 2
RESCUED_FROM_S = 3
LIMITS = "[capture]\nring = 1M\n[matching]\ntimeout = 2s\n[rescue]\nanswer_after = 1s\n"
FLOOD_COUNT = 4000  # 170 bytes for each, twice at least: more than a ring takes
FLOOD_BURST = 40    # so many, then a pause, for the ring that all packets share must not overflow
FLOOD_PAUSE_S = 0.005
QUIET_S = 0.1


def ask_both(lab, names):
    for box in (lab.client, lab.other):
        for text in names:
            found = clients.getent(box, text)
            expect_equal(found.addresses, addresses_of(text), f"{box.name}: {text}: {found.text}")


@tap.test
def each_client_has_a_worker_of_its_own(lab):
    before = lab.stages.settled()
    expect_equal(before.sum("dnscache_analyzer_workers"), 2, "workers")
    rings = [worker_rings.records(lab.stages, worker) for worker in range(2)]
    for _ in range(3):
        clients.dig(lab.other, name(0))
    after = lab.stages.settled()
    mine, theirs = [worker_rings.records(lab.stages, worker) - rings[worker]
                    for worker in (lab.worker_of_other, 1 - lab.worker_of_other)]
    expect(mine >= 6 and theirs == 0, f"{mine} and {theirs} records of one client's look-ups")
    expect_equal(after.requests() - before.requests(), 3, "queries of both")
    expect_equal(sum(worker_rings.records(lab.stages, worker) for worker in range(2)),
                 after.sum("dnscache_analyzer_packets_total"), "records, and packets of both")


@tap.test
def answers_that_one_learned_are_given_by_the_other(lab):
    names = [name(i) for i in range(10, 13)]
    for text in names:
        clients.getent(lab.client, text)
    learned = time.monotonic()
    lab.stages.wait_until_known(names)
    clients.getent(lab.other, name(19)) # its edge has seen a response
    wait_for(learned + SHARED_AFTER_S)
    with lab.resolver.stopped():
        for text in names:
            found = clients.getent(lab.other, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 2, text)
    lab.wait_until_over()


@tap.test
def a_silence_that_one_met_is_known_to_the_other_and_so_is_its_end(lab):
    names = [name(i) for i in range(20, 25)]
    ask_both(lab, names)
    lab.stages.wait_until_known(names)
    with lab.resolver.dropped():
        for text in names[:2]:
            clients.getent(lab.client, text)
        wait_until("the resolver is known to be silent", lambda: lab.stages.metrics().silent(), 5)
        for text in names:
            found = clients.getent(lab.other, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 0.1, f"the first look-ups of the other: {text}")
    lab.wait_until_over() # the client saw a response
    before = lab.stages.settled().injected(trigger="failing")
    ask_both(lab, names)
    expect_equal(lab.stages.settled().injected(trigger="failing"), before, "replies at once")


def kill_story(lab, stage, names):
    lab.restart_stages()
    queries = [(name(i), kind) for i in range(50, 100) for kind in ("A", "MX")]
    seen = lab.stages.metrics().requests()
    loads = [lab.load(queries, QPS, LOAD_S, box) for box in (lab.client, lab.other)]
    wait_until("the load is seen", lambda: lab.stages.metrics().requests() > seen + 500, 3)
    old = lab.stages.kill(stage)
    wait_until(f"{stage} is back", lambda: lab.stages.is_back(stage, old), BACK_LIMIT_S)
    back = time.monotonic()
    ask_both(lab, names)
    for figures in [load.finish() for load in loads]:
        expect_equal(figures["lost"], 0, f"lost queries\n{figures['text']}")
    metrics = lab.stages.settled()
    expect_equal(metrics.injected(), 0, "replies of ours, the resolver healthy")
    expect_equal(metrics.sum("dnscache_analyzer_workers"), 2, "workers")
    wait_for(back + RESCUED_FROM_S)
    with lab.resolver.stopped():
        ask_both(lab, names)
    lab.wait_until_over()


@tap.test
def the_analyzer_is_killed_under_the_load_of_both(lab):
    kill_story(lab, "analyzer", [name(i) for i in range(30, 32)])


@tap.test
def capture_is_killed_under_the_load_of_both(lab):
    kill_story(lab, "capture", [name(i) for i in range(32, 34)])


def flood(lab, udp):
    for number in range(FLOOD_COUNT):
        udp.sendto(wire.query(number, name(number % 10)),
                   (lab.resolver_box.address, wire.DNS_PORT))
        if number % FLOOD_BURST == 0:
            wait_for(time.monotonic() + FLOOD_PAUSE_S)


@contextlib.contextmanager
def overflowing(lab):
    """The client's ring gets more than it takes while the analyzer sleeps; the other's does not.
    Who keeps the resolver from answering meanwhile has it full of queries."""
    drops = [worker_rings.dropped_full(lab.stages, worker) for worker in range(2)]
    lab.stages.send("analyzer", signal.SIGSTOP)
    try:
        with lab.client.udp_socket() as udp:
            yield udp
    finally:
        lab.stages.send("analyzer", signal.SIGCONT)
    dropped = [worker_rings.dropped_full(lab.stages, worker) - drops[worker]
               for worker in (1 - lab.worker_of_other, lab.worker_of_other)]
    tap.note(f"dropped at the client's ring and at the other's: {dropped}")
    expect(dropped[0] > 0 and dropped[1] == 0, f"dropped at the two rings: {dropped}")


def client_records(lab):
    return worker_rings.records(lab.stages, 1 - lab.worker_of_other)


def quiet(lab):
    """How many records the client's ring was offered, once no more come."""
    before = client_records(lab)
    wait_for(time.monotonic() + QUIET_S)
    return before if client_records(lab) == before else 0


def known_to_both(lab):
    names = [name(i) for i in range(10)]
    ask_both(lab, names)
    lab.stages.wait_until_known(names)


@tap.test
def responses_lost_at_one_ring_are_no_failures(lab):
    lab.restart_stages(LIMITS)
    known_to_both(lab)
    before = lab.stages.settled()
    with overflowing(lab) as udp:
        with lab.resolver.stopped():
            flood(lab, udp)
            offered = wait_until("all queries were offered to the ring", lambda: quiet(lab), 3)
        wait_until("a response was, too, and found no room",
                   lambda: client_records(lab) > offered, 3)
    wait_until("queries whose responses were lost are void", lambda: lab.stages.metrics().sum(
        "dnscache_dns_voided_queries_total") > before.sum("dnscache_dns_voided_queries_total"), 5)
    expect_equal(lab.stages.metrics().injected(), 0, "replies of ours")
    ask_both(lab, [name(i) for i in range(10)])
    after = lab.stages.settled()
    expect_equal((after.injected(), after.silent()), (0, 0), "replies of ours, silent resolvers")


@tap.test
def a_flood_at_one_ring_does_not_cost_the_other_its_rescue(lab):
    known_to_both(lab)
    before = lab.stages.settled()
    missed = before.sum("dnscache_bpf_events_total", result="ring_full")
    with lab.resolver.stopped(), lab.other.udp_socket() as udp:
        udp.sendto(wire.query(1, name(3)), (lab.resolver_box.address, wire.DNS_PORT))
        wait_until("the query waits", lambda: lab.stages.info("matching"), 0.9)
        with overflowing(lab) as flooding:
            flood(lab, flooding)
        found = wire.addresses(udp.recv(4096))
        expect_equal(found, ipv4_of(name(3)), "what the other was answered")
        wait_until("the flood's queries are void", lambda: lab.stages.metrics().sum(
            "dnscache_inject_suppressed_total", reason="voided") > before.sum(
            "dnscache_inject_suppressed_total", reason="voided"), 5)
        metrics = lab.stages.settled()
        expect_equal(metrics.injected() - before.injected(), 1, "replies of ours")
        expect_equal(metrics.sum("dnscache_bpf_events_total", result="ring_full"), missed,
                     "packets lost before there were two rings: this proves nothing")
    lab.wait_until_over()


@tap.test
def an_analyzer_with_fewer_workers_than_capture_says_so(lab):
    lab.restart_stages()
    variant.write_drop_in(lab.folder, 1)
    killed = lab.stages.kill("analyzer")
    wait_until("the analyzer is back", lambda: lab.stages.is_back("analyzer", killed), 2)
    wait_until("it tells of packets that are nobody's",
               lambda: "some of them are nobody's" in lab.stages.log(), 10)


class WorkersLab(Lab):
    def __init__(self):
        super().__init__(worker=2)
        self.worker_of_other = 1 - worker_rings.worker_of(self.stages, self.client)
        self.other = worker_rings.attach_to(self, self.worker_of_other)


tap.main(WorkersLab)
