# SPDX-License-Identifier: BSD-2-Clause
"""Presentation -- what /info shows: names (RFC 1035 section 5.1, shared/dns_name.h), sockets."""


def text_of(wire_name):
    """The text of an uncompressed wire name."""
    labels = []
    at = 0
    while wire_name[at]:
        labels.append("".join(_byte(byte) for byte in wire_name[at + 1:at + 1 + wire_name[at]]))
        at += 1 + wire_name[at]
    return ".".join(labels) or "."


def _byte(byte):
    if byte in b".\\":
        return "\\" + chr(byte)
    if byte == ord('"') or not 0x21 <= byte <= 0x7E:
        return f"\\{byte:03d}"
    return chr(byte)


def socket_text(ip, port):
    """An address and a port as /info shows them."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
