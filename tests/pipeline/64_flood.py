#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A container floods with names of its own: memory stays within what each stage said, and the
others have their answers and their rescue."""

import os
import re
import subprocess
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
from lab import Lab, addresses_of, name
from stages import STAGE_NAMES
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

QPS = 20000 if tap.is_long() else 2000
SECONDS = 5 if tap.is_short() else 10
SHARED_AFTER_S = 2
FLOOD = os.path.join(sys.path[0], "..", "support", "flood.py")
CAPACITY = 2048 # of the matching table: full after a second of silence
SAID = re.compile(r"dnscache-(\w+): takes at most ([\d.]+) MiB of memory")
NAMES = [name(i) for i in range(20)]


def said(lab):
    """{stage: bytes} as the log has them."""
    return {stage: float(mib) * (1 << 20) for stage, mib in SAID.findall(lab.stages.log())}


def flood(lab, sockets, seconds=SECONDS):
    return lab.mallory.start(
        ["/usr/bin/python3", FLOOD, lab.resolver_box.address, str(QPS), str(seconds),
         str(sockets)],
        stdout=subprocess.PIPE, encoding="utf-8")


def memory_is_within_what_was_said(lab):
    metrics = lab.stages.metrics()
    for stage, bound in said(lab).items():
        taken = metrics.sum("dnscache_stage_resident_memory_bytes", stage=stage)
        tap.note(f"{stage}: {taken / (1 << 20):.1f} MiB of {bound / (1 << 20):.1f}")
        if not tap.is_short(): # sanitizers have memory of their own
            expect(taken <= bound, f"{stage} takes {taken} bytes and said {bound}")


@tap.test
def each_stage_says_what_it_may_take(lab):
    expect_equal(sorted(said(lab)), sorted(STAGE_NAMES), f"stages that said it:\n{lab.stages.log()}")


def junk_story(lab, sockets):
    before = lab.stages.settled()
    process = flood(lab, sockets)
    sent = int(process.communicate(timeout=SECONDS + 30)[0])
    after = lab.stages.settled()
    seen = after.requests() - before.requests()
    tap.note(f"{sent} names that do not exist from {sockets} ports, {seen} seen")
    expect(seen > sent // 2, f"{seen} of {sent} seen: the flood did not come through")
    evictions = "dnscache_cache_evictions_total"
    expect(after.sum(evictions) > before.sum(evictions), "the flood was too small for the cache")
    left = set(NAMES) - lab.stages.known()
    expect(not left, f"evicted by names that do not exist: {left}")
    expect_equal(after.injected(), before.injected(), "replies of ours at a healthy resolver")
    memory_is_within_what_was_said(lab)


@tap.test
def junk_of_one_port_evicts_no_answer(lab):
    junk_story(lab, 1)


@tap.test
def junk_of_many_ports_evicts_no_answer(lab):
    junk_story(lab, 500)


@tap.test
def others_are_rescued_while_one_fills_the_matching_table(lab):
    unfollowed = "dnscache_dns_unfollowed_queries_total"
    before = lab.stages.settled()
    with lab.resolver.stopped():
        process = flood(lab, 500)
        wait_until("the matching table is full", lambda: (
            lab.stages.metrics().sum(unfollowed) > before.sum(unfollowed)), SECONDS)
        for text in NAMES[:5]:
            found = clients.getent(lab.client, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 2, text)
        expect(process.poll() is None, "the flood ended too early")
        process.communicate(timeout=SECONDS + 30)
        memory_is_within_what_was_said(lab)
    lab.wait_until_over()
    after = lab.stages.metrics()
    tap.note(f"{after.sum(unfollowed) - before.sum(unfollowed):.0f} queries lost their place")


def open_lab():
    lab = Lab(config=f"[matching]\ncapacity = {CAPACITY}\n")
    lab.mallory = lab.attach("mallory")
    lab.stages.wait_until_watching(len(lab.containers))
    for text in NAMES:
        clients.getent(lab.client, text)
    with lab.mallory.udp_socket() as udp: # its edge shows responses
        udp.sendto(wire.query(1, NAMES[0]), (lab.resolver_box.address, wire.DNS_PORT))
        udp.recv(4096)
    learned = time.monotonic()
    lab.stages.wait_until_known(NAMES)
    wait_for(learned + SHARED_AFTER_S)
    return lab


tap.main(open_lab)
