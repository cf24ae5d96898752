#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The thinnest whole path: seen, remembered, and answered when the resolver is silent."""

import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
from lab import Lab, addresses_of, name, only_a
from presentation import socket_text
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until


@tap.test
def a_query_and_its_response_are_seen_and_remembered(lab):
    before = lab.stages.metrics()
    found = clients.dig(lab.client, name(0))
    expect_equal(found.addresses & addresses_of(name(0)), found.addresses, "dig")
    lab.stages.wait_until_known([name(0)])
    after = lab.stages.settled()
    expect_equal(after.requests() - before.requests(), 1, "queries seen")
    expect_equal(after.responses() - before.responses(), 1, "responses seen")
    expect_equal(after.injected(), 0, "replies of ours")

    rows = [row for row in lab.stages.info("matched") if row["domain"] == name(0)]
    expect_equal(len(rows), 1, "rows of /info/matched")
    expect(rows[0]["saddr"] == socket_text(lab.resolver_box.address, wire.DNS_PORT)
           and rows[0]["daddr"].startswith(socket_text(lab.client.address, ""))
           and set(rows[0]["ip"]) == found.addresses, f"/info/matched: {rows}")


@tap.test
def the_first_lookup_of_an_outage_is_answered_after_a_wait(lab):
    clients.getent(lab.client, name(1))
    lab.stages.wait_until_known([name(1)])
    before = lab.stages.metrics()
    with lab.resolver.stopped():
        found = clients.getent(lab.client, name(1))
        expect_equal(found.addresses, addresses_of(name(1)), f"getent ({found.text})")
        expect_within(found.seconds, 2, "getent")
        expect(found.seconds >= 0.25, f"answered after {found.seconds} s: before answer_after")
        wait_until("the replies to A and AAAA are counted", lambda: lab.stages.metrics().injected(
            trigger="timeout") == before.injected(trigger="timeout") + 2, 1)


@tap.test
def a_silent_resolver_is_answered_for_at_once(lab):
    names = [name(i) for i in range(2, 10)]
    for text in names + [only_a(0)]:
        clients.getent(lab.client, text)
    lab.stages.wait_until_known(names + [only_a(0)])
    before = lab.stages.settled()
    with lab.resolver.stopped():
        clients.getent(lab.client, names[0])
        second = time.monotonic()
        clients.getent(lab.client, names[1])
        wait_for(second + 3)
        for text in names[2:] + [only_a(0)]:
            found = clients.getent(lab.client, text)
            expect_equal(found.addresses, addresses_of(text), f"getent {text}")
            expect_within(found.seconds, 0.1, f"getent {text}")
        wait_until("replies at once are counted as such", lambda: lab.stages.metrics().injected(
            trigger="failing") - before.injected(trigger="failing") >= 2 * len(names[2:]) + 2, 1)


@tap.test
def a_name_never_seen_is_not_answered(lab):
    before = lab.stages.settled()
    with lab.resolver.stopped():
        found = clients.dig(lab.client, "never-seen.lab.test", "A", "+tries=1", "+time=3")
        expect(not found.addresses and "timed out" in found.text, found.text)
    after = lab.stages.settled()
    expect_equal(after.injected(), before.injected(), "replies of ours")


@tap.test
def a_revived_resolver_answers_for_itself(lab):
    before = lab.stages.settled()
    for number in range(20, 25):
        found = clients.getent(lab.client, name(number))
        expect_equal(found.addresses, addresses_of(name(number)), "getent")
    after = lab.stages.settled()
    expect_equal(after.injected(), before.injected(), "replies of ours")


tap.main(Lab)
