#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Paths that hide responses from their edge are found, told of, never judged and never answered."""

import os
import socket
import subprocess
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import variant
from lab import Lab, ipv4_of, name
from stages import TOP
from tap import expect, expect_equal
from wait import wait_for, wait_until

SOURCE = os.path.join(TOP, "tests", "support", "redirect_peer.bpf.c")


class hidden:
    """Responses from the uplink reach a container past its edge, as bpf_redirect_peer() does it."""

    def __init__(self, lab, box):
        self._lab = lab
        index = lab.host.run(["cat", f"/sys/class/net/{box.edge}/ifindex"]).stdout.strip()
        address = ",".join(map(str, socket.inet_pton(variant.family(), box.address)))
        mac = ",".join(f"0x{part}" for part in box.mac.split(":"))
        self._object = os.path.join(lab.folder, f"peer-{box.name}.o")
        subprocess.run(
            ["clang", "-target", "bpf", "-O2", "-g", "-Wall", "-Werror",
             "-idirafter", f"/usr/include/{os.uname().machine}-linux-gnu",
             f"-DPEER_IF_INDEX={index}", f"-DPEER_IP={address}", f"-DPEER_MAC={mac}",
             "-c", SOURCE, "-o", self._object], check=True)

    def __enter__(self):
        self._lab.host.run(["tc", "qdisc", "add", "dev", "up0", "clsact"])
        self._lab.host.run(["tc", "filter", "add", "dev", "up0", "ingress", "bpf", "direct-action",
                            "object-file", self._object, "section", "tc"])

    def __exit__(self, *_):
        self._lab.host.run(["tc", "qdisc", "del", "dev", "up0", "clsact"])


def ask(box, numbers, server):
    return [clients.dig(box, name(i), "A", f"@{server}", "+tries=1", "+time=2") for i in numbers]


@tap.test
def an_edge_that_shows_no_response_is_left_alone_in_an_outage(lab):
    server = lab.resolver_box.address
    other = lab.attach("other")
    lab.stages.wait_until_watching(len(lab.containers))
    ask(other, range(10), server) # its edge shows responses, and teaches
    lab.stages.wait_until_known([name(i) for i in range(10)])
    with hidden(lab, lab.client):
        for found in ask(lab.client, range(10), server):
            expect(found.addresses, f"the hidden way does not work: {found.text}")
        ask(other, range(10, 12), server)
        wait_until("its queries have been given up, and it was told of", lambda: (
            "at interface" in lab.stages.log()
            and lab.stages.metrics().sum("dnscache_one_sided_paths_total") >= 1), 10)
        before = lab.stages.settled()
        with lab.resolver.stopped():
            for found in ask(lab.client, range(4), server):
                expect(not found.addresses, f"answered, unseen: {found.text}")
            expect_equal(lab.stages.settled().injected(), before.injected(), "replies of ours")
            found = clients.dig(other, name(1), "A", f"@{server}")
            expect(found.addresses == set(ipv4_of(name(1))),
                   f"its sibling is rescued as ever: {found.text}")
        suppressed = lab.stages.metrics().sum(
            "dnscache_inject_suppressed_total", reason="one_sided")
        expect(suppressed >= 1, f"{suppressed} queries counted as one-sided")


@tap.test
def with_all_edges_hidden_a_healthy_resolver_is_not_failing(lab):
    lab.restart_stages()
    with hidden(lab, lab.client):
        before = lab.stages.settled().injected()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            for found in ask(lab.client, range(5), lab.resolver_box.address):
                expect(found.addresses, found.text)
        wait_for(time.monotonic() + 2) # the last of them would have failed by now
        metrics = lab.stages.settled()
        expect_equal(metrics.injected(), before, "replies of ours")
        expect_equal(metrics.silent(), 0, "silent resolvers")
        expect_equal(metrics.sum("dnscache_failing"), 0, "names, resolvers and hosts failing")
        expect("no response of resolver" in lab.stages.log(), "nobody was told")


tap.main(lambda: Lab(resolver_at="uplink"))
