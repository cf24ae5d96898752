#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which interfaces are watched, from when on, and what a newcomer to an outage gets."""

import contextlib
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
from lab import Lab, addresses_of, name
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

SEEN_WITHIN_S = 1
SHARED_AFTER_S = 2 # an answer serves other clients once it stood unopposed this long
QUERY_EVERY_S = 0.02


def first_seen_after(lab, box, plugged, prefix):
    """Ask a new name every 20 ms; the delay from `plugged` to the first query that was seen."""
    sent = {}
    with box.udp_socket() as udp:
        def is_seen():
            text = f"{prefix}{len(sent)}.lab.test"
            sent[text] = time.monotonic() - plugged
            udp.sendto(wire.query(len(sent), text), (lab.resolver_box.address, wire.DNS_PORT))
            wait_for(time.monotonic() + QUERY_EVERY_S)
            return sent.keys() & {row["domain"] for row in lab.stages.info("matched")}
        seen = wait_until(f"a query of {box.name} is seen", is_seen, 3)
    return min(sent[text] for text in seen)


@tap.test
def queries_of_a_new_container_are_seen_within_a_second(lab):
    lab.box = lab.attach("new")
    delay = first_seen_after(lab, lab.box, time.monotonic(), "new")
    tap.note(f"first query seen {delay * 1000:.0f} ms after the veth was there")
    expect_within(delay, SEEN_WITHIN_S, "the first query seen")
    lab.stages.wait_until_watching(len(lab.containers))


@tap.test
def queries_over_a_recreated_veth_are_seen_within_a_second(lab):
    for attempt in range(3):
        lab.box.unplug()
        lab.box.plug()
        delay = first_seen_after(lab, lab.box, time.monotonic(), f"again{attempt}-")
        expect_within(delay, SEEN_WITHIN_S, "the first query seen")
    lab.stages.wait_until_watching(len(lab.containers))


@tap.test
def a_removed_veth_is_watched_no_more(lab):
    lab.box.unplug()
    lab.stages.wait_until_watching(len(lab.containers) - 1)
    lab.box.plug()
    lab.stages.wait_until_watching(len(lab.containers))


@tap.test
def fifty_containers_come_and_go(lab):
    boxes = [lab.attach(f"many{i}") for i in range(50)]
    wait_until("all are watched", lambda: lab.stages.is_watching(len(lab.containers)), 2)
    for box in boxes:
        lab.detach(box)
    wait_until("none of them is watched", lambda: lab.stages.is_watching(len(lab.containers)), 2)


@tap.test
def a_container_started_during_the_outage_is_rescued(lab):
    names = [name(i) for i in range(6)]
    for text in names:
        clients.getent(lab.client, text)
    learned = time.monotonic()
    lab.stages.wait_until_known(names)
    wait_for(learned + SHARED_AFTER_S)
    with lab.resolver.stopped():
        clients.getent(lab.client, names[0])
        clients.getent(lab.client, names[1])
        late = lab.attach("late")
        lab.stages.wait_until_watching(len(lab.containers))
        for text in names:
            found = clients.getent(late, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 2, text)
    lab.wait_until_over()


@tap.test
def answers_of_one_bridge_are_not_given_to_another(_):
    with Lab(resolver_at="uplink") as lab:
        lab.host.add_bridge("br1", "10.54.0.1", "fd54::1")
        other = lab.attach("other", bridge="br1", net="10.54.0", net6="fd54:")
        lab.stages.wait_until_watching(len(lab.containers))
        names = [name(i) for i in range(4)]
        for text in names:
            clients.getent(lab.client, text)
        clients.getent(other, name(9))
        learned = time.monotonic()
        lab.stages.wait_until_known(names + [name(9)])
        wait_for(learned + SHARED_AFTER_S)
        with lab.resolver.stopped():
            found = clients.getent(other, name(9))
            expect_equal(found.addresses, addresses_of(name(9)), "what its own bridge knows")
            found = clients.dig(other, names[0], "A", "+tries=1", "+time=3")
            expect("timed out" in found.text, f"answered over the scope's border: {found.text}")


@contextlib.contextmanager
def watching(interface, edges):
    """A lab of its own whose configuration names interfaces."""
    with Lab(with_stages=False) as lab:
        lab.stages = lab.start_stages(f"interface = {interface}\n", edges)
        yield lab


def rescue_works(lab):
    clients.getent(lab.client, name(0))
    wait_until("the name is known", lambda: name(0) in lab.stages.known(), 3)
    with lab.resolver.stopped():
        found = clients.getent(lab.client, name(0))
        expect_equal(found.addresses, addresses_of(name(0)), found.text)


@tap.test
def a_bridge_by_name_means_its_ports(_):
    with watching("br0", 2) as lab:
        rescue_works(lab)
        lab.attach("third")
        lab.stages.wait_until_watching(3)


@tap.test
def interfaces_may_be_named_by_list_and_glob(_):
    with watching("v-cli* nosuch0 v-resolver", 2) as lab:
        rescue_works(lab)


@tap.test
def the_resolver_may_be_behind_the_uplink(_):
    with Lab(resolver_at="uplink") as lab:
        expect_equal(lab.stages.metrics().watched(), 1,
                     "watched interfaces")
        rescue_works(lab)


tap.main(Lab)
