#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Weaknesses of the ancestor that only whole processes can show the absence of: W18, W27, L1."""

import os
import socket
import struct
import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
from lab import Lab, addresses_of, name
from tap import expect, expect_equal

DF = 0x4000
Packet = struct.Struct("!BBHHHBBH4s4s") # an IPv4 header without options
SYSTEM_CONFIG = "/etc/dnscache/dnscache.conf"


def responses_at(raw, count):
    """The next `count` IPv4 packets from port 53 at this socket."""
    found = []
    while len(found) < count:
        frame = raw.recv(4096)
        if frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_UDP and \
                frame[34:36] == struct.pack("!H", wire.DNS_PORT):
            found.append(frame[wire.ETHERNET_BYTES:])
    return found


def looks_forged(packet):
    """The rules of a filter against forged responses, as clean-dns-bpf has them."""
    number, fragment = Packet.unpack_from(packet)[3:5]
    flags, _, answers, authorities = struct.unpack_from("!4H", packet, Packet.size + 8 + 2)
    return (number == 0 or fragment == DF
            or (answers == 1 and authorities == 0 and flags & wire.FLAG_AA != 0))


@tap.test
def W18_our_reply_looks_like_the_resolvers_and_not_forged(lab):
    text = name(0)
    with lab.client.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)) as raw:
        raw.bind(("eth0", 0x0003))
        raw.settimeout(5)
        clients.dig(lab.client, text, "A", f"@{lab.resolver_box.ip4}")
        genuine, = responses_at(raw, 1)
        lab.stages.wait_until_known([text])
        with lab.resolver.stopped():
            clients.dig(lab.client, text, "A", f"@{lab.resolver_box.ip4}", "+tries=1", "+time=3")
            reply, = responses_at(raw, 1)
        lab.wait_until_over()
    theirs, ours = Packet.unpack_from(genuine), Packet.unpack_from(reply)
    expect(not looks_forged(reply), f"ours is taken for forged: {ours}")
    # All but length, id and checksum: version, TOS, fragmentation, TTL, protocol, addresses.
    expect_equal(ours[:2] + ours[4:7] + ours[8:], theirs[:2] + theirs[4:7] + theirs[8:],
                 "the IP header")


def packet_sockets(pid):
    """{inode: (protocol, bytes that wait to be read)} of a process's packet sockets."""
    inodes = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{number}")
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    with open(f"/proc/{pid}/net/packet", encoding="ascii") as file:
        rows = [line.split() for line in file][1:]
    return {row[8]: (int(row[3], 16), int(row[6])) for row in rows if row[8] in inodes}


@tap.test
def W27_no_packets_pile_up_at_the_socket_that_sends(lab):
    names = [name(i) for i in range(4)]
    for text in names:
        clients.getent(lab.client, text)
    lab.stages.wait_until_known(names)
    with lab.resolver.stopped():
        for text in names:
            clients.getent(lab.client, text)
    lab.wait_until_over()
    expect(lab.stages.metrics().injected() > 0, "nothing was injected")
    sockets = packet_sockets(lab.stages.pids()["injector"])
    expect_equal(list(sockets.values()), [(0, 0)], "its packet sockets: protocol, bytes unread")


@tap.test
def L1_no_configuration_is_needed(_):
    if os.path.exists(SYSTEM_CONFIG):
        raise tap.Skip(f"this machine has a {SYSTEM_CONFIG}")
    with Lab(with_stages=False) as lab:
        stages = lab.start_stages(config=None)
        clients.getent(lab.client, name(0))
        stages.wait_until_known([name(0)])
        with lab.resolver.stopped():
            found = clients.getent(lab.client, name(0))
            expect_equal(found.addresses, addresses_of(name(0)), found.text)


tap.main(Lab)
