# SPDX-License-Identifier: BSD-2-Clause
"""Variant -- which of the ways to run dnscache the pipeline suite is run in.

    DNSCACHE_TEST_VARIANT="tap=socket,worker=2,offload=off,family=6"

    tap      auto | tcx | socket: [capture] tap
    worker   1 to 16: [global] worker
    offload  on | off: whether clients leave checksums to their device
    family   4 | 6: by which address containers know each other, and their resolver

What is not named is as dnscache comes: taps by probing, one worker, offload on, IPv4.
"""

import ctypes
import fcntl
import os
import socket
import struct

DEFAULTS = {"tap": "auto", "worker": "1", "offload": "on", "family": "4"}
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17


def chosen():
    given = dict(part.split("=", 1)
                 for part in os.environ.get("DNSCACHE_TEST_VARIANT", "").split(",") if part)
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"DNSCACHE_TEST_VARIANT: unknown {', '.join(sorted(unknown))}")
    return DEFAULTS | given


def write_drop_in(folder, worker=None, taps=None):
    """For every instance whose file stands in `folder`. `worker`: how many, `taps`: of which
    kind, whatever was chosen."""
    values = chosen() | ({"worker": str(worker)} if worker else {})
    values |= {"tap": taps} if taps else {}
    lines = [f"[{section}]\n{key} = {values[key]}\n"
             for section, key in (("global", "worker"), ("capture", "tap"))
             if values[key] != DEFAULTS[key]]
    os.makedirs(os.path.join(folder, "conf.d"), exist_ok=True)
    with open(os.path.join(folder, "conf.d", "variant.conf"), "w", encoding="utf-8") as file:
        file.writelines(lines)


def set_offload(container, link):
    """As `ethtool -K LINK tx off` does it."""
    if chosen()["offload"] == "on":
        return
    value = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP16x", link.encode(), ctypes.addressof(value))
    with container.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        fcntl.ioctl(ours, SIOCETHTOOL, request)


def family():
    return socket.AF_INET6 if chosen()["family"] == "6" else socket.AF_INET


def address(ip4, ip6):
    """By which of its two addresses a box is known."""
    return ip6 if family() == socket.AF_INET6 else ip4
