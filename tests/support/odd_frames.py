# SPDX-License-Identifier: BSD-2-Clause
"""Odd frames -- tags, fragments and ICMP errors around datagrams, made, sent, received and read.

Networks need no VLAN devices for it: RawSocket is a container's own end of its veth.
"""

import collections
import select
import socket
import struct
import time

import wire

TAG_8021Q, TAG_8021AD = 0x8100, 0x88A8
ICMP_PROTOCOL, UDP_PROTOCOL, ICMP6_PROTOCOL = 1, 17, 58
ICMP_UNREACHABLE, ICMP_PORT = 3, 3
ICMP6_UNREACHABLE, ICMP6_PORT = 1, 4
IP4_MORE_FRAGMENTS = 0x2000
MACS_BYTES = 12
UDP_BYTES = 8

# From <linux/if_packet.h>
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
ETH_P_ALL = 3
AUXDATA = struct.Struct("=IIIHHHH")
STATUS_VLAN = 0x10

# `tags`: (protocol, VLAN id), outermost first; `inner`: bytes between the fixed IP header and UDP.
Datagram = collections.namedtuple("Datagram", "tags source destination inner payload sums_right")


def tagged(frame, tags):
    return (frame[:MACS_BYTES] + b"".join(struct.pack("!HH", *tag) for tag in tags)
            + frame[MACS_BYTES:])


def fragments(frame, first_bytes):
    """An IPv4 frame of wire.frame() in two: the first with this much of IP's payload."""
    header = frame[wire.ETHERNET_BYTES:wire.ETHERNET_BYTES + 20]
    payload = frame[wire.ETHERNET_BYTES + 20:]
    parts = ((payload[:first_bytes], IP4_MORE_FRAGMENTS), (payload[first_bytes:], first_bytes // 8))
    return [frame[:wire.ETHERNET_BYTES] + _ip4_header(header, len(part), fragment) + part
            for part, fragment in parts]


def _ip4_header(header, payload_bytes, fragment):
    header = (header[:2] + struct.pack("!HHH", 20 + payload_bytes, 1, fragment) + header[8:10]
              + b"\0\0" + header[12:])
    return header[:10] + struct.pack("!H", wire.checksum(header)) + header[12:]


def port_unreachable(source, destination, quoted):
    """An ICMP error of the IP version of `quoted`, the frame that it is about."""
    quote = quoted[wire.ETHERNET_BYTES:]
    is_ip6 = ":" in source.ip
    kind = (ICMP6_UNREACHABLE, ICMP6_PORT) if is_ip6 else (ICMP_UNREACHABLE, ICMP_PORT)
    message = struct.pack("!BBHI", *kind, 0, 0) + quote
    family = socket.AF_INET6 if is_ip6 else socket.AF_INET
    addresses = socket.inet_pton(family, source.ip) + socket.inet_pton(family, destination.ip)
    pseudo = addresses + struct.pack("!II", len(message), ICMP6_PROTOCOL) if is_ip6 else b""
    message = message[:2] + struct.pack("!H", wire.checksum(pseudo + message)) + message[4:]
    if is_ip6:
        ip = struct.pack("!IHBB", 6 << 28, len(message), ICMP6_PROTOCOL, 64) + addresses
    else:
        ip = _ip4_header(struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, ICMP_PROTOCOL, 0)
                         + addresses, len(message), 0)
    ethertype = wire.ETHERTYPE_IPV6 if is_ip6 else wire.ETHERTYPE_IPV4
    return (wire.mac(destination.mac) + wire.mac(source.mac) + struct.pack("!H", ethertype)
            + ip + message)


def read(frame):
    """The Datagram in a frame, or None where there is none, or not all of one."""
    try:
        return _read(frame)
    except (struct.error, IndexError):
        return None


def _read(frame):
    at, tags = MACS_BYTES, []
    kind, = struct.unpack_from("!H", frame, at)
    while kind in (TAG_8021Q, TAG_8021AD):
        tci, after = struct.unpack_from("!HH", frame, at + 2)
        tags.append((kind, tci & 0x0FFF))
        kind, at = after, at + 4
    packet = frame[at + 2:]
    reader = {wire.ETHERTYPE_IPV4: _read_ip4, wire.ETHERTYPE_IPV6: _read_ip6}.get(kind)
    found = reader and reader(packet)
    if not found:
        return None
    source_ip, destination_ip, inner, udp, pseudo, sums_right = found
    source_port, destination_port, udp_bytes, _ = struct.unpack_from("!HHHH", udp)
    if len(udp) != udp_bytes:
        return None
    sums_right = sums_right and wire.checksum(
        pseudo + struct.pack("!HBB", udp_bytes, 0, UDP_PROTOCOL) + udp) == 0
    return Datagram(tags, wire.Endpoint(frame[6:12].hex(":"), source_ip, source_port),
                    wire.Endpoint(frame[:6].hex(":"), destination_ip, destination_port),
                    inner, udp[UDP_BYTES:], sums_right)


def _read_ip4(packet):
    header_bytes = (packet[0] & 0xF) * 4
    if packet[9] != UDP_PROTOCOL or struct.unpack_from("!H", packet, 6)[0] & 0x3FFF:
        return None
    addresses = packet[12:20]
    end, = struct.unpack_from("!H", packet, 2)
    return (socket.inet_ntoa(addresses[:4]), socket.inet_ntoa(addresses[4:]),
            packet[20:header_bytes], packet[header_bytes:end], addresses,
            wire.checksum(packet[:header_bytes]) == 0)


def _read_ip6(packet):
    payload_bytes, following = struct.unpack_from("!HB", packet, 4)
    at = 40
    if following == socket.IPPROTO_DSTOPTS:
        following, units = packet[at], packet[at + 1]
        at += 8 + 8 * units
    if following != UDP_PROTOCOL:
        return None
    addresses = packet[8:40]
    texts = [socket.inet_ntop(socket.AF_INET6, part) for part in (addresses[:16], addresses[16:])]
    return (*texts, packet[40:at], packet[at:40 + payload_bytes], addresses, True)


class RawSocket:
    """Whole frames out of and into a container's eth0, with their tags as on the wire."""

    def __init__(self, box):
        self._raw = box.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._raw.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._raw.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._raw.bind(("eth0", ETH_P_ALL))

    def send(self, frame):
        self._raw.send(frame)

    def receive(self, is_wanted, limit_s=2):
        """The next datagram that `is_wanted`, or None; others are passed over."""
        end = time.monotonic() + limit_s
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self._raw], [], [], left)[0]:
                return None
            datagram = read(self._receive_frame())
            if datagram and is_wanted(datagram):
                return datagram

    def _receive_frame(self):
        """The kernel takes the outermost tag out of a frame, and tells it beside."""
        frame, beside, _, _ = self._raw.recvmsg(65535, 256)
        for level, kind, data in beside:
            if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
                continue
            status, _, _, _, _, tci, protocol = AUXDATA.unpack_from(data)
            if status & STATUS_VLAN:
                return tagged(frame, [(protocol, tci)])
        return frame

    def close(self):
        self._raw.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
