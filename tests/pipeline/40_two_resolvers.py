#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A dead resolver is its own clients' matter; a resolver in a container is no client to rescue."""

import socket
import subprocess
import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import variant
import wire
from lab import Lab, Unbound, addresses_of, ipv4_of, name, zone_records
from tap import expect, expect_equal, expect_within
from wait import wait_until

REPLIES_WAIT_S = 0.3 # a second reply to one query would have come by then


def replies_to(box, server, text, number):
    """All datagrams a client gets for one query, addresses each."""
    found = []
    with box.udp_socket() as udp:
        udp.sendto(wire.query(number, text), (server, wire.DNS_PORT))
        udp.settimeout(REPLIES_WAIT_S)
        while True:
            try:
                found.append(wire.addresses(udp.recv(4096)))
            except socket.timeout:
                return found


@tap.test
def clients_of_a_healthy_resolver_do_not_notice_a_dead_one(lab):
    dying_box = lab.attach("dying")
    dying = Unbound(dying_box, lab.folder, zone_records())
    wait_until("the second resolver answers", dying.is_answering, 10)
    victim = lab.attach("victim", resolver_ip=dying_box.address)
    lab.stages.wait_until_watching(len(lab.containers))
    names = [name(i) for i in range(10)]
    for text in names:
        clients.getent(victim, text)
        clients.getent(lab.client, text)
    lab.stages.wait_until_known(names)

    with dying.stopped():
        clients.getent(victim, names[0])
        clients.getent(victim, names[1])
        wait_until("the dead resolver is known to be silent",
                   lambda: lab.stages.metrics().silent() == 1, 5)
        load = lab.load([(f"gone{i}.lab.test", "A") for i in range(200)], 100, 4, victim,
                        dying_box.address)
        before = lab.stages.settled().injected()
        for number, text in enumerate(names):
            found = replies_to(lab.client, lab.resolver_box.address, text, number + 1)
            wanted = ipv4_of(text)
            expect_equal(found, [wanted], f"replies to one query for {text}")
        expect(load.is_running(), "the load on the dead resolver ended too early")
        load.stop()
        after = lab.stages.settled()
        expect_equal(after.injected(), before, "replies of ours")
        expect_equal(after.silent(), 1, "silent resolvers")
        found = clients.getent(victim, names[5])
        expect_equal(found.addresses, addresses_of(names[5]), "the dead resolver's client")


@tap.test
def a_resolver_that_never_answered_is_not_judged(lab):
    nobody = lab.attach("nobody") # no server there
    asker = lab.attach("asker", resolver_ip=nobody.address)
    lab.stages.wait_until_watching(len(lab.containers))
    nobody.run(["nft", "table inet outage { chain input { type filter hook input priority 0; "
                "udp dport 53 drop; }; }"])
    silent = lab.stages.metrics().silent()
    before = lab.stages.settled().injected()
    load = lab.load([(name(i), "A") for i in range(20)], 50, 3, asker, nobody.address)
    load.finish()
    after = lab.stages.settled()
    expect_equal(after.injected(), before, "replies of ours")
    expect_equal(after.silent(), silent, "silent resolvers")


@tap.test
def a_container_that_resolves_for_others_is_left_alone_and_its_clients_are_rescued(lab):
    forwarder = lab.attach("forwarder")
    forwarder.start(["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--cache-size=0",
                     "--conf-file=/dev/null", "--user=root", "--pid-file=",
                     f"--server={lab.resolver_box.address}",
                     f"--listen-address={forwarder.address}", "--bind-interfaces"],
                    stderr=subprocess.DEVNULL)
    behind = lab.attach("behind", resolver_ip=forwarder.address)
    lab.stages.wait_until_watching(len(lab.containers))
    names = [name(i) for i in range(20, 23)]
    wait_until("dnsmasq forwards",
               lambda: clients.getent(behind, names[0]).addresses == addresses_of(names[0]), 5)
    for text in names:
        clients.getent(behind, text)
    lab.stages.wait_until_known(names)

    with lab.resolver.stopped(), watch_responses(forwarder) as at_forwarder:
        for text in names:
            found = clients.getent(behind, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 2, text)
        expect_equal(at_forwarder(), 0, "datagrams from port 53 that dnsmasq got")
    lab.wait_until_over()


SERVICE = variant.address("10.96.0.10", "fd96::10") # the resolver behind the other bridge
SERVICE_RULES = ("table inet service {{ chain in {{ type nat hook prerouting priority -100; "
                 "{ip} daddr {service} udp dport 53 dnat {ip} to {resolver}; }}; }}")


@tap.test
def a_resolver_on_another_bridge_and_behind_nat_is_learned_from(lab):
    lab.host.add_bridge("br1", "10.54.0.1", "fd54::1")
    box = lab.attach("across", number=53, bridge="br1", net="10.54.0", net6="fd54:")
    across = Unbound(box, lab.folder, zone_records())
    wait_until("the resolver across answers", across.is_answering, 10)
    lab.host.run(["nft", SERVICE_RULES.format(
        ip=variant.address("ip", "ip6"), service=SERVICE, resolver=box.address)])
    direct = lab.attach("direct", resolver_ip=box.address)
    behind_nat = lab.attach("behindnat", resolver_ip=SERVICE)
    lab.stages.wait_until_watching(len(lab.containers))
    names = [name(i) for i in range(30, 34)]
    wrong_entries = lab.stages.metrics().refused(reason="wrong_entry")
    for asker in (direct, behind_nat):
        for text in names:
            clients.getent(asker, text)
    wait_until("both have answers of their own", lambda: {
        (row["domain"], row["resolver"]) for row in lab.stages.info("cache")} >= {
        (text, server) for text in names for server in (box.address, SERVICE)}, 5)
    expect_equal(lab.stages.metrics().refused(reason="wrong_entry"), wrong_entries,
                 "responses refused for where they came in")
    with across.stopped():
        for asker in (direct, behind_nat):
            for text in names:
                found = clients.getent(asker, text)
                expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
                expect_within(found.seconds, 2, text)
    lab.host.run(["nft", "delete table inet service"])


class watch_responses:
    """Count the datagrams from port 53 that enter a container."""

    def __init__(self, box):
        self._box = box

    def __enter__(self):
        self._box.run(["nft", "table inet watch { chain input { type filter hook input priority 0;"
                       "udp sport 53 counter; }; }"])
        return self._count

    def _count(self):
        text = self._box.run(["nft", "list", "table", "inet", "watch"]).stdout
        return int(text.split("packets ")[1].split()[0])

    def __exit__(self, *_):
        self._box.run(["nft", "delete table inet watch"])


tap.main(Lab)
