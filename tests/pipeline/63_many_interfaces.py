#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Hundreds of veths appear and vanish: nothing stays behind, and nobody is answered for it."""

import contextlib
import os
import subprocess
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import tap
import wire
from lab import Lab, name
from namespace import Namespace
from processes import programs_held
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

COUNT = 1000 if tap.is_long() else 50 if tap.is_short() else 100
BATCH = 50
PER_EDGE_S = 0.25        # what a loaded machine may take to tap or let go of one
SEEN_WITHIN_S = 1
QUERY_EVERY_S = 0.02
OWN_MORE_BYTES = (64 << 10) + 512 * COUNT # the heap's slack: tables of interfaces come in all sizes
LOAD_QPS = 100


class Swarm:
    """Containers without anything in them: the far ends of `count` veths on the bridge."""

    def __init__(self, lab):
        self._lab = lab
        self._box = Namespace("swarm")

    def appear(self, first, count):
        self._lab.host.ip("\n".join(
            f"link add swarm{i} type veth peer name p{i} netns {self._box.pid}\n"
            f"link set swarm{i} master br0 up" for i in range(first, first + count)))

    def vanish(self, first, count):
        self._lab.host.ip("\n".join(f"link del swarm{i}" for i in range(first, first + count)))

    def close(self):
        self._box.stop()


def batches():
    return [(first, min(BATCH, COUNT - first)) for first in range(0, COUNT, BATCH)]


def held(pid):
    """What capture holds: descriptors by kind, programs, bytes of its own (no ring's)."""
    kinds = {}
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            kind = os.readlink(f"/proc/{pid}/fd/{number}").split("[")[0]
        except OSError: # closed meanwhile
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        own, = (int(line.split()[1]) for line in file if line.startswith("RssAnon:"))
    return kinds, programs_held(pid), own * 1024


def links_of(programs):
    """How many BPF links of these programs the kernel has."""
    text = subprocess.run(["bpftool", "link", "show"], check=True, capture_output=True,
                          encoding="utf-8").stdout
    return sum(f" prog {program} " in f"{line} " for line in text.splitlines()
               for program in programs)


def is_watching(lab, count):
    return lab.stages.metrics().watched() == len(lab.containers) + count


def come_and_go(lab, swarm):
    """One round. Returns seconds until all were watched, and until none was."""
    started = time.monotonic()
    for first, count in batches():
        swarm.appear(first, count)
    wait_until(f"{COUNT} more edges are watched", lambda: is_watching(lab, COUNT),
               10 + COUNT * PER_EDGE_S)
    watched = time.monotonic()
    for first, count in batches():
        swarm.vanish(first, count)
    wait_until("none of them is watched", lambda: is_watching(lab, 0), 10 + COUNT * PER_EDGE_S)
    return watched - started, time.monotonic() - watched


@tap.test
def nothing_stays_behind(lab):
    capture = lab.stages.pids()["capture"]
    kinds, programs, _ = held(capture)
    links = links_of(programs)
    load = lab.load([(name(i), "A") for i in range(10)], LOAD_QPS,
                    int(2 * COUNT * 2 * PER_EDGE_S))
    own = []
    try:
        for number in range(2):
            appeared, vanished = come_and_go(lab, lab.swarm)
            tap.note(f"round {number + 1}: {COUNT} edges watched after {appeared:.1f} s, "
                     f"{appeared / COUNT * 1000:.0f} ms each; gone after {vanished:.1f} s")
            wait_until("capture holds what it held before",
                       lambda: held(capture)[:2] == (kinds, programs), 5)
            own.append(held(capture)[2])
    finally:
        load.stop()
    expect_equal(links_of(programs), links, "BPF links of its programs")
    tap.note(f"memory of its own after each round: {[one // 1024 for one in own]} KiB")
    if not tap.is_short(): # sanitizers keep freed memory for a while
        expect(own[1] <= own[0] + OWN_MORE_BYTES, f"a second round made it grow: {own}")
    expect_equal(lab.stages.settled().injected(), 0, "replies of ours at a healthy resolver")


@tap.test
def a_veth_that_appears_in_the_storm_is_seen_once_it_is_its_turn(lab):
    swarm = lab.swarm
    for first, count in batches()[:-1]:
        swarm.appear(first, count)
    box = lab.attach("late")
    plugged = time.monotonic()
    swarm.appear(*batches()[-1])
    before = lab.stages.settled().requests() # nobody else asks
    sent = []
    with box.udp_socket() as udp:
        def is_seen():
            sent.append(time.monotonic())
            udp.sendto(wire.query(len(sent), f"late{len(sent)}.lab.test"),
                       (lab.resolver_box.address, wire.DNS_PORT))
            wait_for(time.monotonic() + QUERY_EVERY_S)
            return lab.stages.metrics().requests() - before
        wait_until("it is watched", lambda: f"watching {box.edge} (" in lab.stages.log(),
                   10 + 2 * COUNT * PER_EDGE_S)
        turn = time.monotonic()
        wait_until("its query is seen", is_seen, 5)
    first = sent[-(lab.stages.settled().requests() - before)]
    tap.note(f"its turn came {turn - plugged:.1f} s after it was plugged, among {COUNT} others")
    expect_within(first - turn, SEEN_WITHIN_S, "the first query seen, from its turn on")
    for first, count in batches():
        swarm.vanish(first, count)
    wait_until("none of them is watched", lambda: is_watching(lab, 0), 10 + COUNT * PER_EDGE_S)
    expect_equal(lab.stages.settled().injected(), 0, "replies of ours at a healthy resolver")


@contextlib.contextmanager
def open_lab():
    with Lab() as lab, contextlib.closing(Swarm(lab)) as lab.swarm:
        yield lab


tap.main(open_lab)
