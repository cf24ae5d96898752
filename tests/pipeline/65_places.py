#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where clients and resolvers are: other ports, a virtual machine, routed veths, new bridges."""

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import variant
import wire
from lab import Lab, addresses_of, ipv4_of, name
from odd_frames import read
from tap import expect, expect_equal, expect_within
from wait import wait_until

RESCUED_WITHIN_S = 2
OTHER_PORT = 5300
OTHER_NAME, OTHER_ADDRESS = "other.test", "192.0.2.71"
# From <linux/if_tun.h>
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
VM_EDGE, VM_MAC = "tap0", "52:54:00:00:00:01"
VM_NUMBER = 250


def resolves(found, text):
    return set(found.addresses) == set(ipv4_of(text))


def rescue_works(lab, box, texts, scope):
    """Learned in this scope, then answered in a silence."""
    for text in texts:
        found = clients.dig(box, text, "A")
        expect(resolves(found, text), f"{box.name}, {text}: {found.text}")
    wait_until(f"{texts} are known in {scope}", lambda: all(
        lab.stages.knows(text, scope) for text in texts), 3)
    with lab.resolver.stopped():
        for text in texts:
            found = clients.dig(box, text, "A", "+tries=1", "+time=3")
            expect(resolves(found, text), f"{box.name}, {text}: {found.text}")
            expect_within(found.seconds, RESCUED_WITHIN_S, text)
    lab.wait_until_over()


@tap.test
def a_routed_veth_without_a_bridge(lab):
    box = lab.attach("routed", bridge=None, net="10.60.0", net6="fd60:")
    lab.host.ip(f"""
        addr add 10.60.0.1/32 dev {box.edge}
        route add {box.ip4}/32 dev {box.edge}
        addr add fd60::1/128 dev {box.edge} nodad
        route add {box.ip6}/128 dev {box.edge}""")
    lab.stages.wait_until_watching(len(lab.containers))
    rescue_works(lab, box, [name(0), name(1)], "routed")


@tap.test
def a_bridge_made_while_running(lab):
    lab.host.add_bridge("br9", "10.59.0.1", "fd59::1")
    box = lab.attach("late", bridge="br9", net="10.59.0", net6="fd59:")
    lab.stages.wait_until_watching(len(lab.containers))
    rescue_works(lab, box, [name(2), name(3)], "bridge:br9")


class Machine:
    """A virtual machine: frames of its own through a tap device on br0."""

    def __init__(self, lab):
        self.lab = lab
        ip = variant.address(f"10.53.0.{VM_NUMBER}", f"fd53::{VM_NUMBER:x}")
        with lab.host.inside():
            self._fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._fd, TUNSETIFF, struct.pack("16sH22x", VM_EDGE.encode(),
                                                     IFF_TAP | IFF_NO_PI))
        lab.host.ip(f"link set {VM_EDGE} master br0 up")
        lab.resolver_box.ip(f"neigh replace {ip} lladdr {VM_MAC} dev eth0 nud permanent")
        self.client = wire.Endpoint(VM_MAC, ip, 40000)
        self.server = lab.resolver_box.endpoint(wire.DNS_PORT)

    def look_up(self, number, text, limit_s=RESCUED_WITHIN_S):
        """Addresses and the seconds it took; None where nothing came."""
        query = wire.query(number, text)
        start = time.monotonic()
        os.write(self._fd, wire.frame(self.client, self.server, query))
        while (left := start + limit_s - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                break
            datagram = read(os.read(self._fd, 65535))
            if (datagram and datagram.payload[:2] == query[:2]
                    and (datagram.source, datagram.destination) == (self.server, self.client)):
                expect(datagram.sums_right, f"a wrong checksum: {datagram}")
                return set(wire.addresses(datagram.payload)), time.monotonic() - start
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._fd)


@tap.test
def a_virtual_machine_behind_a_tap_device(lab):
    if not os.path.exists("/dev/net/tun"):
        raise tap.Skip("no /dev/net/tun")
    texts = [name(4), name(5)]
    with Machine(lab) as machine:
        lab.stages.wait_until_watching(len(lab.containers) + 1)
        for number, text in enumerate(texts):
            found, _ = machine.look_up(number, text)
            expect(found < addresses_of(text), f"{text}, from unbound: {found}")
        lab.stages.wait_until_known(texts)
        before = lab.stages.metrics().injected()
        with lab.resolver.stopped():
            for number, text in enumerate(texts):
                found = machine.look_up(100 + number, text)
                expect(found and found[0] < addresses_of(text), f"{text}, in a silence: {found}")
        wait_until("both replies were ours",
                   lambda: lab.stages.metrics().injected() == before + len(texts), 2)
    lab.stages.wait_until_watching(len(lab.containers))
    lab.wait_until_over()


@contextlib.contextmanager
def resolver_at_other_port(lab):
    """dnsmasq, which knows one name. Yields its process."""
    process = lab.resolver_box.start(
        ["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
         "--user=root", "--pid-file=", f"--port={OTHER_PORT}", "--local-ttl=60",
         f"--address=/{OTHER_NAME}/{OTHER_ADDRESS}"], stderr=subprocess.DEVNULL)
    wait_until("dnsmasq answers", lambda: ask_other_port(lab).addresses, 10)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask_other_port(lab):
    return clients.dig(lab.client, OTHER_NAME, "A", f"@{lab.resolver_box.ip4}", "-p",
                       str(OTHER_PORT), "+tries=1", "+time=3")


@contextlib.contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@tap.test
def a_resolver_at_a_configured_port(lab):
    lab.restart_stages(f"[capture]\nports = {wire.DNS_PORT} {OTHER_PORT}\n")
    with resolver_at_other_port(lab) as process:
        at_53 = clients.dig(lab.client, OTHER_NAME, "A", f"@{lab.resolver_box.ip4}")
        expect("NXDOMAIN" in at_53.text, f"unbound knows dnsmasq's name: {at_53.text}")
        ip4 = lab.resolver_box.ip4
        wait_until("each port's answer is known", lambda: {
            (row["resolver"], *row["ip"]) for row in lab.stages.info("cache")
            if row["domain"] == OTHER_NAME} == {
            (ip4,), (f"{ip4}:{OTHER_PORT}", OTHER_ADDRESS)}, 3)
        with stopped(process):
            found = ask_other_port(lab)
            expect_equal(found.addresses, {OTHER_ADDRESS}, f"in a silence: {found.text}")
            expect_within(found.seconds, RESCUED_WITHIN_S, OTHER_NAME)
    rescue_works(lab, lab.client, [name(6)], "bridge:br0") # and port 53 as ever


@tap.test
def without_the_key_that_port_is_not_seen(lab):
    lab.restart_stages()
    with resolver_at_other_port(lab) as process:
        with stopped(process):
            found = ask_other_port(lab)
            expect("timed out" in found.text, f"answered, unseen: {found.text}")
    metrics = lab.stages.settled()
    expect_equal((metrics.requests(), metrics.responses(), metrics.injected()), (0, 0, 0),
                 "queries, responses and replies counted")


@tap.test
def naming_a_bridge_or_an_edge_leaves_the_hosts_own_lookups_alone(_):
    with Lab(resolver_at="uplink", with_stages=False) as lab:
        lab.stages = lab.new_stages()
        for words in ("br0", lab.client.edge):
            lab.restart_stages(f"interface = {words}\n")
            rescue_works(lab, lab.client, [name(7)], "bridge:br0")
            before = lab.stages.settled()
            expect(resolves(clients.dig(lab.host, name(7), "A"), name(7)), "the host asks in vain")
            with lab.resolver.stopped():
                found = clients.dig(lab.host, name(7), "A", "+tries=1", "+time=3")
                expect("timed out" in found.text, f"{words}: the host was answered: {found.text}")
            after = lab.stages.settled()
            expect_equal((after.requests(), after.injected()),
                         (before.requests(), before.injected()), "queries and replies counted")


@tap.test
def naming_a_bridge_and_host_protects_both(_):
    with Lab(resolver_at="uplink", config="interface = br0 host\n") as lab:
        rescue_works(lab, lab.client, [name(8)], "bridge:br0")
        texts = [name(9), name(10)]
        for text in texts:
            expect(resolves(clients.dig(lab.host, text, "A"), text), "the host asks in vain")
        wait_until("the host's answers are known", lambda: all(
            lab.stages.knows(text, "host") for text in texts), 3)
        with lab.resolver.stopped():
            for text in texts:
                found = clients.dig(lab.host, text, "A", "+tries=1", "+time=3")
                expect(resolves(found, text), f"{text} on the host: {found.text}")
                expect_within(found.seconds, RESCUED_WITHIN_S, text)


tap.main(Lab)
