#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Both kinds of outage for each stock client: every lookup within 2 s, soon within 100 ms."""

import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from lab import Lab, addresses_of, name, only_a
from tap import expect, expect_equal, expect_within
from wait import wait_until

FIRST_LIMIT_S = 2
SETTLED_WITHIN_S = 3 # after the second lookup
SETTLED_LIMIT_S = 0.1


def outage_story(lab, how, lookup, first_name):
    names = [name(first_name + i) for i in range(8)]
    one_family = only_a(first_name // 10)
    for text in names + [one_family]:
        expect_equal(lookup(lab.client, text).addresses, addresses_of(text), f"healthy: {text}")
    lab.stages.wait_until_known(names + [one_family])

    def resolves_within(text, limit):
        found = lookup(lab.client, text)
        expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
        expect_within(found.seconds, limit, text)
        return found.seconds

    with lab.resolver.outage(how):
        first = resolves_within(names[0], FIRST_LIMIT_S)
        second = resolves_within(names[1], FIRST_LIMIT_S)
        wait_until("the resolver is known to be silent", lambda: lab.stages.metrics().silent(),
                   SETTLED_WITHIN_S - second)
        later = [resolves_within(text, SETTLED_LIMIT_S) for text in names[2:]]
        only = resolves_within(one_family, SETTLED_LIMIT_S)
        if lookup == clients.dig_both: # the client that asks for it in any case
            unseen = clients.dig(lab.client, f"unseen{first_name}.lab.test", "A", "+tries=1",
                                 "+time=1")
            expect(not unseen.addresses, f"a name never seen: {unseen.text}")
    tap.note(f"first {first * 1000:.0f} ms, second {second * 1000:.0f} ms, then at most "
             f"{max(later) * 1000:.1f} ms, A only {only * 1000:.1f} ms")
    lab.wait_until_over()


@tap.test
def getent_resolves_while_packets_are_dropped(lab):
    outage_story(lab, "dropped", clients.getent, 10)


@tap.test
def dig_resolves_while_packets_are_dropped(lab):
    outage_story(lab, "dropped", clients.dig_both, 30)


@tap.test
def a_musl_program_resolves_while_packets_are_dropped(lab):
    outage_story(lab, "dropped", clients.musl_in(lab.folder), 50)


@tap.test
def getent_resolves_while_the_resolver_is_stopped(lab):
    outage_story(lab, "stopped", clients.getent, 0)


@tap.test
def dig_resolves_while_the_resolver_is_stopped(lab):
    outage_story(lab, "stopped", clients.dig_both, 20)


@tap.test
def a_musl_program_resolves_while_the_resolver_is_stopped(lab):
    outage_story(lab, "stopped", clients.musl_in(lab.folder), 40)


@tap.test
def getent_resolves_over_ipv6(lab):
    box = lab.attach("six", resolver_ip=lab.resolver_box.ip6)
    lab.stages.wait_until_watching(len(lab.containers))
    names = [name(60 + i) for i in range(4)]
    for text in names:
        clients.getent(box, text)
    lab.stages.wait_until_known(names)
    with lab.resolver.stopped():
        for text in names:
            found = clients.getent(box, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, FIRST_LIMIT_S, text)


tap.main(Lab)
