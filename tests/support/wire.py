# SPDX-License-Identifier: BSD-2-Clause
"""Wire -- DNS messages and the frames around them, as bytes.

Written from the RFCs and on its own, so that tests can judge dnscache's reader by it.
"""

import collections
import socket
import struct

TYPE = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
FLAG_QR, FLAG_AA, FLAG_TC, FLAG_RD, FLAG_RA = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080
DNS_PORT = 53

ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
ETHERNET_BYTES = 14

# Where a UDP datagram comes from or goes to.
Endpoint = collections.namedtuple("Endpoint", "mac ip port")


def name(labels):
    """Wire form of "www.example.com", or of a list of labels of any bytes."""
    if isinstance(labels, str):
        labels = [label.encode() for label in labels.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(labels, kind="A"):
    return name(labels) + struct.pack("!HH", TYPE[kind], 1)


def query(number, labels, kind="A"):
    return struct.pack("!6H", number, FLAG_RD, 1, 0, 0, 0) + question(labels, kind)


def response(to, address, ttl=60, flags=0):
    """An answer to the query `to`, of one address record that points to its question."""
    number, = struct.unpack_from("!H", to)
    data = socket.inet_aton(address)
    end = skip_name(to, 12) + 4
    return (struct.pack("!6H", number, FLAG_QR | FLAG_RD | FLAG_RA | flags, 1, 1, 0, 0)
            + to[12:end] + struct.pack("!HHHIH", 0xC00C, TYPE["A"], 1, ttl, len(data)) + data)


def addresses(message):
    """The A records' addresses in a well-formed message."""
    found = []
    questions, answers = struct.unpack_from("!HH", message, 4)
    at = 12
    for _ in range(questions):
        at = skip_name(message, at) + 4
    for _ in range(answers):
        at = skip_name(message, at)
        kind, _, _, size = struct.unpack_from("!HHIH", message, at)
        if kind == TYPE["A"]:
            found.append(socket.inet_ntoa(message[at + 10:at + 10 + size]))
        at += 10 + size
    return found


def skip_name(message, at):
    """The offset after the name at `at`. ValueError if it is no name."""
    after = None
    size = 0
    while True:
        if at >= len(message):
            raise ValueError("the name goes past the end")
        length = message[at]
        if length >= 0xC0:
            if at + 1 >= len(message):
                raise ValueError("half a pointer")
            target = (length & 0x3F) << 8 | message[at + 1]
            after = at + 2 if after is None else after
            if target >= at:
                raise ValueError("a pointer that does not go back")
            at = target
        elif length >= 0x40:
            raise ValueError("a label of unknown type")
        else:
            size += 1 + length
            if size > 255:
                raise ValueError("a name of more than 255 bytes")
            at += 1 + length
            if length == 0:
                return at if after is None else after


def is_whole(message):
    """Whether every section holds what the header promises, to the last byte."""
    if len(message) < 12:
        return False
    questions, *records = struct.unpack_from("!4H", message, 4)
    at = 12
    try:
        for _ in range(questions):
            at = skip_name(message, at) + 4
        for _ in range(sum(records)):
            at = skip_name(message, at) + 10
            if at > len(message):
                return False
            at += struct.unpack_from("!H", message, at - 2)[0]
    except ValueError:
        return False
    return at == len(message)


def question_of(message):
    """The bytes of the only question, or None where there is no such thing."""
    if len(message) < 12 or struct.unpack_from("!H", message, 4)[0] != 1:
        return None
    try:
        end = skip_name(message, 12) + 4
    except ValueError:
        return None
    if end > len(message) or any(length >= 0xC0 for length in label_lengths(message, 12)):
        return None
    return message[12:end]


def label_lengths(message, at):
    while message[at] not in (0,) and message[at] < 0xC0:
        yield message[at]
        at += 1 + message[at]
    yield message[at]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(source, destination, payload):
    """An Ethernet frame with an IPv4 or IPv6 UDP datagram, checksums right."""
    udp_bytes = 8 + len(payload)
    if ":" in source.ip:
        family, ethertype = socket.AF_INET6, ETHERTYPE_IPV6
        addresses_raw = (socket.inet_pton(family, source.ip)
                         + socket.inet_pton(family, destination.ip))
        ip = struct.pack("!IHBB", 6 << 28, udp_bytes, 17, 64) + addresses_raw
    else:
        family, ethertype = socket.AF_INET, ETHERTYPE_IPV4
        addresses_raw = (socket.inet_pton(family, source.ip)
                         + socket.inet_pton(family, destination.ip))
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + udp_bytes, 1, 0, 64, 17, 0) + addresses_raw
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    udp = struct.pack("!HHHH", source.port, destination.port, udp_bytes, 0)
    pseudo = addresses_raw + struct.pack("!HBB", udp_bytes, 0, 17)
    total = checksum(pseudo + udp + payload) or 0xFFFF
    return (mac(destination.mac) + mac(source.mac) + struct.pack("!H", ethertype)
            + ip + udp[:6] + struct.pack("!H", total) + payload)


def mac(text):
    return bytes.fromhex(text.replace(":", ""))
