#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rescue -- from a query to its reply with the resolver silent, hop by hop, beside unbound.

Usage: bench_rescue.py [SECONDS]

One client on a veth, 1,000 queries per second, one at a time, for names that were asked
before. First unbound answers, on another veth of the same bridge; then it is stopped and
dnscache answers. Times are the client's own (paced_client.c); where a query was in
between stands in the orders that remain in the analyzer's ring.

Twice: as the machine is, and with its CPUs kept out of idle by loops of the lowest
priority. Every hop ends with a wake-up, and waking an idle CPU of a virtual machine costs
more than all that the stages do.
"""

import contextlib
import glob
import mmap
import os
import struct
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))

from lab import Lab, name  # noqa: E402
from stages import build_folder  # noqa: E402
from wait import wait_until  # noqa: E402

QPS = 1000
NAMES = [name(i) for i in range(20)]
CONTROL_BYTES = 4096         # shared/layout/ring_layout.h
RECORD = struct.Struct("=IHHQ")
PADDING = 0xffff
MESSAGE_ORDER = 2            # shared/layout/message_layout.h
ORDER = struct.Struct("=QQQQ")
ORDER_BYTES = 96


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(title, values_ns):
    if not values_ns:
        print(f"{title:44} none")
        return
    print(f"{title:44} p50 {percentile(values_ns, 0.50) / 1000:8.1f} us   "
          f"p99 {percentile(values_ns, 0.99) / 1000:8.1f} us   n {len(values_ns)}")


def ask(lab, count):
    """{id: (sent, received)}"""
    program = os.path.join(build_folder(), "tests", "bench", "paced_client")
    text = lab.client.run([program, lab.resolver_box.ip4, str(QPS), str(count), *NAMES]).stdout
    return {int(one): (int(sent), int(received))
            for one, sent, received in (line.split() for line in text.splitlines())}


def orders(instance):
    """{DNS id: (query_ns, ordered_ns)} of the orders still readable in the ring."""
    path, = glob.glob(f"/dev/shm/dnscache-{instance}.ring.analyzer.0-injector.0")
    found = {}
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as ring:
        head, = struct.unpack_from("=Q", ring, 128)
        size = len(ring) - CONTROL_BYTES
        at = 0 # bytes since creation; nothing was overwritten while head <= size
        while head <= size and at < head:
            bytes_, kind, _, _ = RECORD.unpack_from(ring, CONTROL_BYTES + at)
            body = CONTROL_BYTES + at + RECORD.size
            if kind == MESSAGE_ORDER:
                _, ordered_ns, _, query_ns = ORDER.unpack_from(ring, body)
                dns_id, = struct.unpack_from(">H", ring, body + ORDER_BYTES)
                found[dns_id] = (query_ns, ordered_ns)
            at += (bytes_ + 7) // 8 * 8
    return found


@contextlib.contextmanager
def awake_cpus():
    """SCHED_IDLE loops, one per CPU: they run only where nothing else would."""
    loops = [subprocess.Popen(["chrt", "--idle", "0", "sh", "-c", "while :; do :; done"])
             for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def measure(title, count):
    with Lab() as lab:
        healthy = ask(lab, count)
        with lab.resolver.stopped():
            ask(lab, 5)
            wait_until("the resolver is silent", lambda: lab.stages.metrics().silent() == 1, 10)
            rescued = ask(lab, count)
            ordered = orders(lab.stages.instance)
    print(title)
    row("  unbound, healthy: query to response", [b - a for a, b in healthy.values()])
    row("  dnscache, resolver silent: query to reply", [b - a for a, b in rescued.values()])
    hops = [(rescued[i], ordered[i]) for i in rescued if i in ordered]
    row("    send to tap", [query - sent for (sent, _), (query, _) in hops])
    row("    tap to order (capture, analyzer)", [order - query for _, (query, order) in hops])
    row("    order to client (injector, veth)", [got - order for (_, got), (_, order) in hops])
    print(f"  without a reply within 100 ms: {count - len(rescued)} of {count}")


def main():
    count = QPS * int(sys.argv[1] if len(sys.argv) > 1 else 4)
    measure("as the machine is", count)
    with awake_cpus():
        measure("CPUs kept awake", count)


main()
