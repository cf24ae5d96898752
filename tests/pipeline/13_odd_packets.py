#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Queries behind tags, IP options and extension headers are rescued; VLANs share nothing."""

import itertools
import socket
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import tap
import wire
from lab import Lab, ipv4_of, name
from odd_frames import TAG_8021AD, TAG_8021Q, RawSocket, fragments, tagged
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

RESCUED_WITHIN_S = 2
UNTAGGED = ()
VLAN_10 = ((TAG_8021Q, 10),)
VLAN_20 = ((TAG_8021Q, 20),)
PRIORITY = ((TAG_8021Q, 0),)
QINQ = ((TAG_8021AD, 100), (TAG_8021Q, 10))
FAMILIES = (socket.AF_INET, socket.AF_INET6)
IPV6_DSTOPTS = 59 # <linux/in6.h>
RECORD_ROUTE = bytes((7, 11, 4)) + bytes(8) + b"\0" # RFC 791 section 3.1: room for two hops
# RFC 8200 section 4.6, of the experimental option 0x1e; the kernel fills in what follows it.
DESTINATION_OPTIONS = bytes((0, 0, 0x1E, 4)) + bytes(4)

numbers = itertools.count(1) # a query's id, and its port behind 40000


class Asked:
    """A query that the client sent, in a VLAN or two or none."""

    def __init__(self, lab, title, tags, family=socket.AF_INET):
        number = next(numbers)
        self._lab = lab
        self.tags = tags
        self.client = lab.client.endpoint(40000 + number, family)
        self.server = lab.fake.endpoint(wire.DNS_PORT, family)
        self.message = wire.query(number, title)
        self.sent = time.monotonic()
        lab.at_client.send(tagged(wire.frame(self.client, self.server, self.message), tags))

    def expect_heard(self):
        heard = self._lab.at_fake.receive(lambda datagram: datagram.payload == self.message)
        expect(heard, f"the query {self.message} did not reach the resolver")
        expect_equal(tuple(heard.tags), self.tags, "tags of the query at the resolver")

    def answer(self, address, tags=None):
        """Once the query was heard; in its own VLANs, if no others are given."""
        self.expect_heard()
        self.answer_again(address, tags)

    def answer_again(self, address, tags=None):
        frame = wire.frame(self.server, self.client, wire.response(self.message, address))
        self._lab.at_fake.send(tagged(frame, self.tags if tags is None else tags))

    def reply(self, limit_s=RESCUED_WITHIN_S):
        """What the client got, or None."""
        return self._lab.at_client.receive(
            lambda datagram: datagram.destination.port == self.client.port, limit_s)


def learn(lab, title, address, tags, scope, family=socket.AF_INET):
    asked = Asked(lab, title, tags, family)
    asked.answer(address)
    expect(asked.reply(), f"{title}: the response did not reach the client")
    wait_until(f"{title} is known in {scope}", lambda: lab.stages.knows(title, scope), 3)


def expect_rescue(asked, address):
    """A reply as the client's resolver would have sent it, in the query's own VLANs."""
    reply = asked.reply()
    expect(reply, f"no reply within {RESCUED_WITHIN_S} s to a query with tags {asked.tags}")
    expect_within(time.monotonic() - asked.sent, RESCUED_WITHIN_S, "the reply")
    expect_equal((tuple(reply.tags), reply.source, reply.destination, reply.inner),
                 (asked.tags, asked.server, asked.client, b""), "the reply's way")
    expect(reply.sums_right, f"a wrong checksum: {reply}")
    expect_equal(reply.payload[:2], asked.message[:2], "the reply's id")
    expect_equal(wire.question_of(reply.payload), wire.question_of(asked.message), "its question")
    expect_equal(wire.addresses(reply.payload), [address], "its addresses")


def suppressed(lab):
    return lab.stages.metrics().sum("dnscache_inject_suppressed_total")


def expect_left_alone(lab, queries, since):
    """Decided against, each of them, since `since` were; and nothing came to the client."""
    wait_until(f"{len(queries)} queries were not answered for a reason",
               lambda: suppressed(lab) >= since + len(queries), 5)
    for asked in queries:
        reply = asked.reply(0)
        expect(not reply, f"a query with tags {asked.tags} was answered: {reply}")


def rescue_behind(lab, tags, scope):
    for family in FAMILIES:
        title = f"behind{len(tags)}-{int(family)}.test"
        learn(lab, title, "192.0.2.61", tags, scope, family)
        expect_rescue(Asked(lab, title, tags, family), "192.0.2.61")


@tap.test
def a_client_behind_a_tag_is_rescued(lab):
    rescue_behind(lab, VLAN_10, "bridge:br0.10")


@tap.test
def a_client_behind_two_tags_is_rescued(lab):
    rescue_behind(lab, QINQ, "bridge:br0.100.10")


@tap.test
def a_priority_tag_is_no_vlan(lab):
    title = "priority.test"
    asked = Asked(lab, title, PRIORITY)
    asked.answer("192.0.2.64", UNTAGGED) # as servers do that know nothing of priorities
    wait_until("the answer is known", lambda: lab.stages.knows(title, "bridge:br0"), 3)
    expect_rescue(Asked(lab, title, PRIORITY), "192.0.2.64")
    expect_rescue(Asked(lab, title, UNTAGGED), "192.0.2.64")


@tap.test
def vlans_and_the_untagged_network_do_not_share_answers(lab):
    scopes = {UNTAGGED: "bridge:br0", VLAN_10: "bridge:br0.10", VLAN_20: "bridge:br0.20",
              QINQ: "bridge:br0.100.10"}
    titles = {tags: f"only-in-{i}.test" for i, tags in enumerate(scopes)}
    for tags, scope in scopes.items(): # in each, its resolver is known
        learn(lab, titles[tags], "192.0.2.62", tags, scope)
    wait_for(time.monotonic() + 2) # unopposed for as long: a neighbour's answer now serves others
    before = suppressed(lab)
    strangers = [Asked(lab, title, tags) for tags in scopes
                 for home, title in titles.items() if home != tags]
    for tags, title in titles.items():
        expect_rescue(Asked(lab, title, tags), "192.0.2.62")
    expect_left_alone(lab, strangers, before)


@tap.test
def a_response_in_another_vlan_is_none(lab):
    before = lab.stages.metrics()
    asked = {(asked_in, answered_in): Asked(lab, f"crossed{number}.test", asked_in)
             for number, (asked_in, answered_in) in enumerate((
                 (VLAN_10, VLAN_20), (VLAN_10, UNTAGGED), (UNTAGGED, VLAN_10), (VLAN_10, QINQ)))}
    for (_, answered_in), query in asked.items():
        query.answer("198.51.100.66", answered_in)
        expect(query.reply(), "the response did not reach the client")
    wait_until("they are counted as responses that nobody asked for", lambda:
               lab.stages.metrics().unsolicited() == before.unsolicited() + len(asked), 3)
    for query in asked.values(): # they wait for the right one all the same
        query.answer_again("192.0.2.63")
    wait_until("the right ones are known", lambda: {
        row["domain"] for row in lab.stages.info("cache") if row["ip"] == ["192.0.2.63"]} >= {
        f"crossed{i}.test" for i in range(len(asked))}, 3)
    expect("198.51.100.66" not in str(lab.stages.info("cache")), "a crossed response was learned")


def rescue_with_option(lab, title, level, option, value, family):
    """A whole rescue of a client whose socket sets an IP option, from unbound."""
    server = (lab.resolver_box.ip6 if family == socket.AF_INET6 else lab.resolver_box.ip4,
              wire.DNS_PORT)
    address, = ipv4_of(title)
    with lab.client.udp_socket(family) as udp, RawSocket(lab.resolver_box) as at_resolver:
        udp.settimeout(RESCUED_WITHIN_S)
        udp.setsockopt(level, option, value)
        query = wire.query(next(numbers), title)
        udp.sendto(query, server)
        heard = at_resolver.receive(lambda datagram: datagram.payload == query)
        expect(heard and len(heard.inner) >= len(value), f"the query has no option: {heard}")
        expect_equal(wire.addresses(udp.recv(4096)), [address], "unbound's response")
        lab.stages.wait_until_known([title])
        before = lab.stages.settled().injected()
        with lab.resolver.stopped():
            query = wire.query(next(numbers), title)
            udp.sendto(query, server)
            reply, source = udp.recvfrom(4096)
        expect_equal((source[:2], reply[:2], wire.addresses(reply)),
                     (server, query[:2], [address]), "the reply")
        wait_until("it was ours", lambda: lab.stages.metrics().injected() == before + 1, 2)
        expect_equal(udp.recv(4096)[:2], query[:2], "the revived unbound's response")


@tap.test
def a_query_with_ipv4_options_is_rescued(lab):
    rescue_with_option(lab, name(1), socket.IPPROTO_IP, socket.IP_OPTIONS, RECORD_ROUTE,
                       socket.AF_INET)


@tap.test
def a_query_with_an_ipv6_destination_options_header_is_rescued(lab):
    rescue_with_option(lab, name(2), socket.IPPROTO_IPV6, IPV6_DSTOPTS, DESTINATION_OPTIONS,
                       socket.AF_INET6)


def answer_in_fragments(lab, asked, count, padding=600):
    """The first `count` fragments of a response: all of it are two."""
    asked.expect_heard()
    response = wire.response(asked.message, "198.51.100.67") + bytes(padding)
    for fragment in fragments(wire.frame(asked.server, asked.client, response), 256)[:count]:
        lab.at_fake.send(fragment)


@tap.test
def a_first_fragment_is_a_response_that_teaches_nothing(lab):
    lab.restart_stages() # where the host is failing, a known name is answered at once
    learn(lab, "whole.test", "192.0.2.65", UNTAGGED, "bridge:br0")
    before = lab.stages.settled()
    queries = [Asked(lab, title, UNTAGGED) for title in ("whole.test", "cut.test")]
    for asked, count in zip(queries, (1, 2)):
        answer_in_fragments(lab, asked, count)
    asked = Asked(lab, "alone.test", UNTAGGED) # nothing is missing but the last fragment's flag
    answer_in_fragments(lab, asked, 1, 0)
    queries.append(asked)
    wait_for(time.monotonic() + RESCUED_WITHIN_S) # they would have been answered by then
    after = lab.stages.settled()
    expect_equal(after.responses() - before.responses(), len(queries), "responses counted")
    expect_equal(after.not_learned()["cut"] - before.not_learned()["cut"], len(queries),
                 "responses that taught nothing, for being cut")
    expect_equal(after.injected(), before.injected(), "replies of ours")
    rows = [row for row in lab.stages.info("cache")
            if row["domain"] in ("whole.test", "cut.test", "alone.test")]
    expect_equal([row["ip"] for row in rows], [["192.0.2.65"]], f"what is known ({rows})")


class OddLab(Lab):
    """With a resolver that says what the test tells it to, and else nothing."""

    def __init__(self):
        super().__init__()
        self.fake = self.attach("fake")
        self._deaf = [] # without them, the kernel would answer with ICMP errors
        for family in FAMILIES:
            self._deaf.append(self.fake.udp_socket(family, wire.DNS_PORT))
        self.at_client, self.at_fake = RawSocket(self.client), RawSocket(self.fake)
        for opened in (*self._deaf, self.at_client, self.at_fake):
            self._stack.callback(opened.close)
        self.stages.wait_until_watching(len(self.containers))


tap.main(OddLab)
