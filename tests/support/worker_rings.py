# SPDX-License-Identifier: BSD-2-Clause
"""Worker rings -- what stands in the ring to each worker (shared/layout/ring_layout.h).

/metrics has sums over all workers: whose packets a worker gets, only its ring tells.
"""

import itertools
import os
import struct

import clients
from wait import wait_until

RECORDS_AT = 136 # ring_layout_producer: next_sequence
DROPPED_FULL_AT = 176


def _word(stages, worker, at):
    path = f"/dev/shm/dnscache-{stages.instance}.ring.capture.0-analyzer.{worker}"
    with open(path, "rb") as file:
        return struct.unpack("=Q", os.pread(file.fileno(), 8, at))[0]


def records(stages, worker):
    """Offered to it, lost ones included."""
    return _word(stages, worker, RECORDS_AT)


def dropped_full(stages, worker):
    return _word(stages, worker, DROPPED_FULL_AT)


def worker_of(stages, box, count=2):
    """Which worker this client belongs to, by where a look-up of it goes. In quiet moments only."""
    before = [records(stages, worker) for worker in range(count)]
    clients.dig(box, "whose.lab.test")

    def grown():
        now = [records(stages, worker) for worker in range(count)]
        return [worker for worker in range(count) if now[worker] > before[worker]]
    worker, = wait_until(f"a packet of {box.name} is in a ring", grown, 2)
    return worker


def attach_to(lab, worker):
    """A new container whose packets are this worker's."""
    for number in itertools.count(1):
        box = lab.attach(f"try{number}")
        lab.stages.wait_until_watching(len(lab.containers))
        if worker_of(lab.stages, box) == worker:
            return box
        lab.detach(box)
