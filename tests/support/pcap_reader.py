# SPDX-License-Identifier: BSD-2-Clause
"""Pcap reader -- the packets of a capture file, pcap or pcapng, plain or gzip.

Test data is hostile by purpose: a file that is cut or makes no sense ends early, and what
was read of it until then counts.
"""

import gzip
import struct

LINK_ETHERNET = 1

# The first four bytes of a pcap file, as they stand in it, by byte order.
PCAP_ORDERS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
               b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
PCAPNG_SECTION = 0x0A0D0D0A
PCAPNG_INTERFACE = 1
PCAPNG_SIMPLE_PACKET = 3
PCAPNG_PACKET = 6


def ethernet_frames(path):
    return [packet for link, packet in packets(path) if link == LINK_ETHERNET]


def packets(path):
    """[(link type, bytes)]"""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] in PCAP_ORDERS:
        return list(_pcap(data, PCAP_ORDERS[data[:4]]))
    if data[:4] == struct.pack("<I", PCAPNG_SECTION):
        return list(_pcapng(data))
    return []


def _pcap(data, order):
    if len(data) < 24:
        return
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        size, = struct.unpack_from(order + "I", data, at + 8)
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        if len(frame) == size:
            yield link, frame


def _pcapng(data):
    order = "<"
    links = [] # of the section's interfaces
    at = 0
    while at + 12 <= len(data):
        kind, = struct.unpack_from("<I", data, at)
        if kind == PCAPNG_SECTION:
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = struct.unpack_from(order + "II", data, at)
        body = data[at + 8:at + size - 4]
        if size < 12 or at + size > len(data):
            return
        at += size
        if kind == PCAPNG_INTERFACE and len(body) >= 2:
            links.append(struct.unpack_from(order + "H", body)[0])
        elif kind == PCAPNG_PACKET and len(body) >= 20:
            interface, _, _, caught, _ = struct.unpack_from(order + "5I", body)
            if interface < len(links):
                yield links[interface], body[20:20 + caught]
        elif kind == PCAPNG_SIMPLE_PACKET and len(body) >= 4 and links:
            yield links[0], body[4:4 + struct.unpack_from(order + "I", body)[0]]
