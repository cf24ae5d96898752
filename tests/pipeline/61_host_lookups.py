#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The host asks for itself: at its uplink, over lo through a stub; and who is no client to rescue."""

import socket
import subprocess
import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import variant
import wire
from lab import ZONE, Lab, addresses_of, ipv4_of, name
from tap import expect, expect_equal, expect_within
from wait import wait_until

STUB = "127.0.0.53"
MASQUERADE = ("table inet nat { chain out { type nat hook postrouting priority 100; "
              "oifname up0 masquerade; }; }")


def dnsmasq(lab, *listen):
    """A forwarder on the host that keeps nothing."""
    process = lab.host.start(
        ["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--cache-size=0",
         "--conf-file=/dev/null", "--user=root", "--pid-file=",
         f"--server={lab.resolver_box.address}", *listen], stderr=subprocess.DEVNULL)
    return process


def stub(lab):
    return dnsmasq(lab, f"--listen-address={STUB}", "--bind-interfaces")


def resolves(lab, box, text, *options):
    return set(clients.dig(box, text, "A", *options).addresses) == set(ipv4_of(text))


def over(lab):
    """After an outage: the host was answered again, at both of the resolver's addresses."""
    def is_over():
        for server in (lab.resolver_box.ip4, lab.resolver_box.ip6):
            clients.dig(lab.host, "ending." + ZONE, "A", f"@{server}")
        return not lab.stages.metrics().silent()
    wait_until("the revived resolver is seen answering the host", is_over, 10)
    lab.stages.settled()


def learn(lab, names):
    for text in names:
        clients.getent(lab.host, text)
    lab.stages.wait_until_known(names)


@tap.test
def the_hosts_own_lookups_are_rescued(lab):
    names = [name(i) for i in range(4)]
    learn(lab, names)
    expect({"host"} <= {row["scope"] for row in lab.stages.info("cache")}, "no answers of the host")
    for how in ("stopped", "dropped"):
        with lab.resolver.outage(how):
            for text in names:
                found = clients.getent(lab.host, text)
                expect_equal(found.addresses, addresses_of(text), f"{how}: {text}: {found.text}")
                expect_within(found.seconds, 2, f"{how}: {text}")
        over(lab)


@tap.test
def over_ipv6_too(lab):
    server = f"@{lab.resolver_box.ip6}"
    names = [name(i) for i in range(10, 13)]
    for text in names:
        clients.dig(lab.host, text, "A", server)
    lab.stages.wait_until_known(names)
    with lab.resolver.stopped():
        for text in names:
            expect(resolves(lab, lab.host, text, server), f"{text} over IPv6 was not answered")
    over(lab)


@tap.test
def clients_of_a_stub_on_lo_are_rescued(lab):
    forwarder = stub(lab)
    names = [name(i) for i in range(20, 23)]
    server = f"@{STUB}"
    wait_until("the stub answers", lambda: resolves(lab, lab.host, names[0], server), 5)
    for text in names:
        clients.dig(lab.host, text, "A", server)
    lab.stages.wait_until_known(names)
    forwarder.send_signal(subprocess.signal.SIGSTOP)
    try:
        for text in names:
            found = clients.dig(lab.host, text, "A", server)
            expect(found.addresses and found.addresses < addresses_of(text),
                   f"{text} from the stub: {found.text}")
            expect("flags: qr rd ra" in found.text, f"a reply unlike the stub's: {found.text}")
    finally:
        forwarder.send_signal(subprocess.signal.SIGCONT)
    wait_until("the stub answers again", lambda: (
        resolves(lab, lab.host, name(29), server) and not lab.stages.metrics().silent()), 5)
    forwarder.kill()
    forwarder.wait()


@tap.test
def a_query_that_crosses_veth_bridge_and_uplink_counts_once(lab):
    lab.host.run(["nft", MASQUERADE])
    try:
        before = lab.stages.settled()
        for number in range(10):
            clients.dig(lab.client, name(30 + number), "A")
        after = lab.stages.settled()
        expect_equal(after.requests() - before.requests(), 10, "queries counted for ten")
        expect_equal(after.responses() - before.responses(), 10, "responses counted for ten")
        unsolicited = "dnscache_dns_unsolicited_responses_total"
        expect_equal(after.sum(unsolicited), before.sum(unsolicited), "unsolicited responses")
    finally:
        lab.host.run(["nft", "delete table inet nat"])


@tap.test
def a_host_that_resolves_for_others_is_left_alone_and_its_clients_are_rescued(lab):
    forwarder = dnsmasq(lab) # at every address
    behind = lab.attach("behind", resolver_ip=variant.address("10.53.0.1", "fd53::1"))
    lab.stages.wait_until_watching(len(lab.containers))
    names = [name(i) for i in range(40, 43)]
    wait_until("the host forwards", lambda: resolves(lab, behind, names[0]), 5)
    for text in names:
        clients.getent(behind, text)
        clients.getent(lab.host, text)
    lab.stages.wait_until_known(names)
    # dnscache looks for serving sockets every ten seconds, and whenever an interface changes.
    lab.attach("newcomer")
    lab.stages.wait_until_watching(len(lab.containers))
    policy = lab.stages.metrics().sum("dnscache_inject_suppressed_total", reason="policy")
    with lab.resolver.stopped():
        found = clients.getent(behind, names[1])
        expect_equal(found.addresses, addresses_of(names[1]), f"behind the host: {found.text}")
        expect_within(found.seconds, 2, "behind the host")
        wait_until("the forwarder's own queries are left alone", lambda: lab.stages.metrics().sum(
            "dnscache_inject_suppressed_total", reason="policy") > policy, 5)
    wait_until("the host forwards again", lambda: resolves(lab, behind, name(49)), 10)
    over(lab)
    forwarder.kill()
    forwarder.wait()


@tap.test
def a_container_past_every_edge_is_told_of(lab):
    expect("past every edge" not in lab.stages.log(), "told before there was one")
    mac = lab.host.run(["cat", "/sys/class/net/up0/address"]).stdout.strip()
    sharer = wire.Endpoint(mac, variant.address("10.99.0.200", "fd99::c8"), 40000)
    resolver = lab.resolver_box.endpoint(wire.DNS_PORT)
    raw = lab.host.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind(("up0", 0))
    with raw: # as a macvlan container's packet leaves
        raw.send(wire.frame(sharer, resolver, wire.query(1, name(50))))
    wait_until("the log tells of it", lambda: "past every edge" in lab.stages.log(), 3)
    expect_equal(lab.stages.metrics().sum("dnscache_capture_events_total", result="unprotected"), 1,
                 "queries past every edge")


@tap.test
def a_default_route_without_ethernet_is_told_of_once(lab):
    told = "interface 'tun9' has no Ethernet"
    expect(told not in lab.stages.log(), "told before there was one")
    lab.host.run(["ip", "tuntap", "add", "tun9", "mode", "tun"])
    lab.host.run(["ip", "link", "set", "tun9", "up"])
    lab.host.run(["ip", "route", "add", "default", "dev", "tun9", "metric", "9999"])
    wait_until("the log tells of it", lambda: told in lab.stages.log(), 3)
    for metric in (9998, 9997, 9996): # each another reason to look
        looks = lab.stages.metrics().sum("dnscache_interface_resyncs_total")
        lab.host.run(["ip", "route", "add", "default", "dev", "tun9", "metric", str(metric)])
        wait_until("capture has looked again", lambda looks=looks: lab.stages.metrics().sum(
            "dnscache_interface_resyncs_total") > looks, 15)
    expect_equal(lab.stages.log().count(told), 1, "lines that tell of it")
    lab.host.run(["ip", "link", "del", "tun9"])


tap.main(lambda: Lab(resolver_at="uplink"))
