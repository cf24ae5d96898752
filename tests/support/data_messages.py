# SPDX-License-Identifier: BSD-2-Clause
"""Data messages -- every DNS message of the shared test data, each once.

From fuzz/ every file is one, whatever is in it; from the captures what UDP datagrams and TCP
segments from and to DNS ports carry, of which a capture may have cut the end. Link types that
few captures have (PPP, radio, FDDI, NFLOG) are passed over.
"""

import os
import struct

import pcap_reader

DNS_PORTS = {53, 5353, 5355}  # DNS, mDNS, LLMNR

# Where the ethertype is, by link type; of those without one, where the IP header is.
ETHERTYPE_AT = {1: 12, 113: 14, 276: 0}  # Ethernet, Linux cooked v1 and v2
IP_AT = {0: 4, 12: 0, 101: 0, 108: 4, 228: 0, 229: 0}  # BSD loopback, raw IP
COOKED_V2_BYTES = 20

ETHERTYPES_IP = {0x0800, 0x86DD}
ETHERTYPES_VLAN = {0x8100, 0x88A8, 0x9100}
IP_TCP = 6
IP_UDP = 17
IPV6_EXTENSIONS = {0, 43, 60}  # hop by hop, routing, destination: all with a length in 8 bytes


def messages(data_folder):
    """[(where it is from, bytes)]"""
    found = {}  # bytes: where they were first
    for path in _files(os.path.join(data_folder, "fuzz")):
        with open(path, "rb") as file:
            found.setdefault(file.read(), os.path.relpath(path, data_folder))
    for path in _files(os.path.join(data_folder, "pcap")):
        for number, (link, packet) in enumerate(pcap_reader.packets(path), 1):
            for message in _of_packet(link, packet):
                found.setdefault(message, f"{os.path.relpath(path, data_folder)}:{number}")
    return [(origin, message) for message, origin in found.items()]


def _files(folder):
    for path, _, files in sorted(os.walk(folder)):
        yield from (os.path.join(path, file) for file in sorted(files))


def _of_packet(link, packet):
    try:
        protocol, segment = _transport(_ip_packet(link, packet))
        if protocol == IP_UDP and DNS_PORTS & set(struct.unpack_from(">HH", segment)):
            size, = struct.unpack_from(">H", segment, 4)
            return [segment[8:max(size, 8)]]
        if protocol == IP_TCP and DNS_PORTS & set(struct.unpack_from(">HH", segment)):
            return list(_of_stream(segment[(segment[12] >> 4) * 4:]))
    except (struct.error, IndexError):  # cut, or not what it says
        pass
    return []


def _of_stream(data):
    """Whole messages from the start of a segment on, each after its length."""
    while len(data) > 2:
        size, = struct.unpack_from(">H", data)
        if size == 0 or size > len(data) - 2:
            return
        yield data[2:2 + size]
        data = data[2 + size:]


def _ip_packet(link, packet):
    if link in IP_AT:
        return packet[IP_AT[link]:]
    if link not in ETHERTYPE_AT:
        return b""
    at = ETHERTYPE_AT[link]
    ethertype, = struct.unpack_from(">H", packet, at)
    at = COOKED_V2_BYTES if at == 0 else at + 2
    while ethertype in ETHERTYPES_VLAN:
        ethertype, = struct.unpack_from(">H", packet, at + 2)
        at += 4
    return packet[at:] if ethertype in ETHERTYPES_IP else b""


def _transport(packet):
    """(IP protocol, what follows the IP header); (0, b"") for what is no IP or a later fragment."""
    version = packet[0] >> 4
    if version == 4:
        size, place = struct.unpack_from(">H2xH", packet, 2)
        if place & 0x1FFF == 0:
            return packet[9], packet[(packet[0] & 15) * 4:size or None]
    if version == 6:
        protocol, at = packet[6], 40
        while protocol in IPV6_EXTENSIONS:
            protocol, at = packet[at], at + (packet[at + 1] + 1) * 8
        return protocol, packet[at:]
    return 0, b""
