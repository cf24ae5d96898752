#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rescue ends with the outage, at the resolver's first response, and not by our own replies."""

import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from lab import Lab, addresses_of, name
from tap import expect_equal, expect_within
from wait import wait_for, wait_until

NAMES = [name(i) for i in range(30)]
QUIET_AFTER_S = 5


def make_silent(lab, names):
    """Call it inside an outage: two lookups of different names, and time."""
    clients.getent(lab.client, names[0])
    clients.getent(lab.client, names[1])
    wait_until("the resolver is known to be silent", lambda: lab.stages.metrics().silent(), 5)


def learn(lab):
    for text in NAMES:
        clients.getent(lab.client, text)
    lab.stages.wait_until_known(NAMES)


@tap.test
def our_replies_never_count_as_the_resolvers_successes(lab):
    learn(lab)
    with lab.resolver.dropped():
        make_silent(lab, NAMES)
        before = lab.stages.settled()
        for text in NAMES[2:]:
            found = clients.getent(lab.client, text)
            expect_equal(found.addresses, addresses_of(text), text)
            expect_within(found.seconds, 0.1, text)
        after = lab.stages.settled()
        expect_equal(after.injected() - before.injected(), 2 * len(NAMES[2:]), "replies of ours")
        expect_equal(after.responses(), before.responses(), "responses of the resolver")
        expect_equal(after.sum("dnscache_dns_matched_queries_total"),
                     before.sum("dnscache_dns_matched_queries_total"), "matched queries")
        expect_equal(after.silent(), 1, "silent resolvers")
    lab.wait_until_over()


def recovery_story(lab, how):
    """Nothing at once after the first response; nothing at all from 5 s after it."""
    learn(lab)
    with lab.resolver.outage(how):
        make_silent(lab, NAMES)
        for text in NAMES[2:10]:
            clients.getent(lab.client, text)
    lab.wait_until_over()
    first_response = time.monotonic()
    failing = lab.stages.metrics().injected(trigger="failing")
    for text in NAMES[20:]:
        expect_equal(clients.getent(lab.client, text).addresses, addresses_of(text), text)
    expect_equal(lab.stages.settled().injected(trigger="failing"), failing,
                 "replies at once after the first response")
    wait_for(first_response + QUIET_AFTER_S)
    before = lab.stages.settled().injected()
    for text in NAMES:
        expect_equal(clients.getent(lab.client, text).addresses, addresses_of(text), text)
    load = lab.load([(text, kind) for text in NAMES for kind in ("A", "AAAA")], 500, 3)
    figures = load.finish()
    expect_equal(figures["lost"], 0, "lost queries")
    expect_equal(lab.stages.settled().injected(), before, "replies of ours")


@tap.test
def nothing_is_injected_soon_after_packets_pass_again(lab):
    recovery_story(lab, "dropped")


@tap.test
def a_second_outage_is_rescued_like_the_first(lab):
    for _ in range(2):
        learn(lab)
        with lab.resolver.dropped():
            make_silent(lab, NAMES)
            found = clients.getent(lab.client, NAMES[5])
            expect_equal(found.addresses, addresses_of(NAMES[5]), NAMES[5])
            expect_within(found.seconds, 0.1, NAMES[5])
        lab.wait_until_over()


@tap.test
def nothing_is_injected_soon_after_the_resolver_continues(lab):
    recovery_story(lab, "stopped")


tap.main(Lab)
