#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A healthy resolver is left alone: under load, and whatever happens to our own eyes."""

import signal
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import tap
import wire
from lab import NAME_COUNT, Lab, name, only_a
from tap import expect, expect_equal
from wait import wait_for, wait_until

QPS = 2000
LOAD_S = 10 if tap.is_short() else 60
LOAD_WITH_KILLS_S = 8 if tap.is_short() else 14
KILL_EVERY_S = 3
FAILED_AFTER_S = 1.8
TINY_RING = "[capture]\nring = 4K\n"
ASLEEP_S, AWAKE_S = 0.05, 0.01


def mixed_queries():
    """A quarter positive, the rest NXDOMAIN and NODATA."""
    for i in range(NAME_COUNT):
        yield name(i), "A"
        yield f"nx{i}.lab.test", "A"
        yield name(i), "MX"
        yield only_a(i % 10), "AAAA"


def expect_untouched(lab, figures):
    tap.note(f"{figures['sent']} queries sent, {figures['lost']} lost")
    expect_equal(figures["lost"], 0, f"lost queries\n{figures['text']}")
    expect_equal(lab.stages.settled().injected(), 0, "replies of ours")


@tap.test
def nothing_is_injected_at_2000_queries_per_second_mostly_negative(lab):
    figures = lab.load(mixed_queries(), QPS, LOAD_S).finish()
    expect_untouched(lab, figures)
    metrics = lab.stages.settled()
    answered = metrics.responses()
    expect(answered >= 0.95 * figures["completed"],
           f"only {answered} of {figures['completed']} responses were seen")
    negative = metrics.sum("dnscache_dns_responses_total", rcode="NXDOMAIN")
    expect(negative >= 0.2 * answered, f"only {negative} NXDOMAIN of {answered}")


@tap.test
def nothing_is_injected_while_capture_is_killed_and_restarted(lab):
    lab.restart_stages()
    load = lab.load(mixed_queries(), QPS, LOAD_WITH_KILLS_S)
    started = time.monotonic()
    kills = 0
    for moment in range(KILL_EVERY_S, LOAD_WITH_KILLS_S, KILL_EVERY_S):
        wait_for(started + moment)
        old = lab.stages.kill("capture")
        wait_until("capture is back", lambda: lab.stages.is_back("capture", old), 2)
        kills += 1
    tap.note(f"{kills} kills")
    expect_untouched(lab, load.finish())
    expect(lab.stages.metrics().responses() > 0, "no response was seen at all")


@tap.test
def responses_that_passed_while_capture_was_dead_are_no_failures(lab):
    lab.restart_stages("[rescue]\nanswer_after = 1s\n")
    names = [name(i) for i in range(20)]
    with lab.client.udp_socket() as udp:
        def ask_all():
            for number, text in enumerate(names):
                udp.sendto(wire.query(number, text), (lab.resolver_box.address, wire.DNS_PORT))

        ask_all()
        lab.stages.wait_until_known(names)
        for _ in names:
            udp.recv(4096)
        with lab.resolver.stopped(): # for less than answer_after
            ask_all()
            wait_until("all queries wait", lambda: len(lab.stages.info("matching")) == 20, 0.5)
            killed = lab.stages.kill("capture")
        for _ in names:
            udp.recv(4096)
        answered = time.monotonic()
        wait_until("capture is back", lambda: lab.stages.is_back("capture", killed), 2)
        wait_for(answered + FAILED_AFTER_S + 1)
    expect_equal(lab.stages.settled().injected(), 0, "replies of ours")


@tap.test
def nothing_is_injected_while_a_tiny_ring_overflows(lab):
    lab.restart_stages(TINY_RING)
    figures = lab.load(mixed_queries(), None, 3).finish() # as fast as it goes
    seen, read = seen_and_read(lab)
    expect(read < seen, "no record was lost: this test proves nothing")
    expect_untouched(lab, figures)


@tap.test
def nothing_is_injected_while_most_records_are_dropped(lab):
    """A capture that sleeps most of the time, and a ring that holds a few milliseconds."""
    lab.restart_stages(TINY_RING)
    load = lab.load(mixed_queries(), QPS, 5)
    while load.is_running():
        lab.stages.send("capture", signal.SIGSTOP)
        wait_for(time.monotonic() + ASLEEP_S)
        lab.stages.send("capture", signal.SIGCONT)
        wait_for(time.monotonic() + AWAKE_S)
    figures = load.finish()
    seen, read = seen_and_read(lab)
    expect(read < 0.5 * seen, f"{read:.0f} of {seen:.0f} arrived: this proves nothing")
    expect(lab.stages.known(), "nothing was learned: this test proves nothing")
    expect_untouched(lab, figures)


def seen_and_read(lab):
    metrics = lab.stages.settled()
    seen = metrics.sum("dnscache_bpf_events_total", result="seen")
    read = metrics.sum("dnscache_analyzer_packets_total")
    tap.note(f"{read:.0f} of {seen:.0f} packets reached the analyzer")
    return seen, read


@tap.test
def nothing_is_injected_while_a_stage_stands_still(lab):
    for stage in ("analyzer", "capture"):
        lab.restart_stages()
        load = lab.load(mixed_queries(), QPS, 5)
        started = time.monotonic()
        wait_for(started + 1)
        pid = lab.stages.pids()[stage]
        lab.stages.send(stage, signal.SIGSTOP)
        wait_for(started + 3.5) # longer than failed_after
        lab.stages.send(stage, signal.SIGCONT)
        expect_untouched(lab, load.finish())
        expect_equal(lab.stages.pids()[stage], pid, f"the pid of {stage}")


tap.main(Lab)
