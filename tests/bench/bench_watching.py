#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Watching -- what it costs that an edge is watched: loss, latency, CPU, at a fixed rate.

Usage: bench_watching.py [ROUNDS [SECONDS [QUERIES-PER-SECOND]]]

One container asks a healthy unbound beyond the host's uplink, at 20,000 queries per second:
dnsperf, and among its queries 1,000 one at a time by paced_client.c, which times each.
All of this host's stages run all the time; by turns they watch everything (interface =
auto) and nothing, so that both are measured in one run on one machine with one cache.

CPU is what /proc/PID/task/*/schedstat says. A packet is handled in the time of whoever sent
it, so what the taps take is part of unbound's time, for one; all that they take (BPF
statistics) is measured in a round of its own, which the measuring slows down a little.
"""

import contextlib
import glob
import json
import os
import signal
import statistics
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))

from lab import Lab, name  # noqa: E402
from processes import programs_held  # noqa: E402
from stages import STAGE_NAMES, build_folder  # noqa: E402
from wait import wait_until  # noqa: E402

PACED_QPS = 1000
NAMES = [name(i) for i in range(20)]
STATISTICS = "/proc/sys/kernel/bpf_stats_enabled"


def cpu_ns(pid):
    """What all threads of a process have run for."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


def watch(lab, is_watching):
    lab.stages.write_config("" if is_watching else "interface = nosuch0\n")
    lab.stages.send("capture", signal.SIGHUP)
    wanted = len(lab.containers) if is_watching else 0
    wait_until(f"{wanted} edges are watched", lambda: lab.stages.metrics().watched() == wanted, 10)


def paced(lab, seconds):
    program = os.path.join(build_folder(), "tests", "bench", "paced_client")
    return lab.client.start(
        [program, lab.resolver_box.ip4, str(PACED_QPS), str(PACED_QPS * seconds), *NAMES],
        stdout=subprocess.PIPE, encoding="utf-8")


def measure(lab, qps, seconds):
    """One round: latencies, losses, CPU by who."""
    pids = lab.stages.pids() | {"unbound": lab.resolver.pid()}
    before = {who: cpu_ns(pid) for who, pid in pids.items()}
    seen = lab.stages.settled().requests()
    load = lab.load([(text, "A") for text in NAMES], qps - PACED_QPS, seconds)
    timed = paced(lab, seconds)
    lines = timed.communicate(timeout=seconds + 60)[0].splitlines()
    figures = load.finish()
    took = sorted(int(got) - int(sent) for _, sent, got in (line.split() for line in lines))
    queries = figures["sent"] + PACED_QPS * seconds
    return {
        "queries": queries,
        "lost": figures["lost"] + PACED_QPS * seconds - len(took),
        "p50_us": took[len(took) // 2] / 1000,
        "p99_us": took[len(took) * 99 // 100] / 1000,
        "seen": lab.stages.settled().requests() - seen,
        "cpu": {who: (cpu_ns(pid) - before[who]) / queries for who, pid in pids.items()},
    }


def programs(ids):
    text = subprocess.run(["bpftool", "-j", "prog", "show"], check=True, capture_output=True).stdout
    return [one for one in json.loads(text) if one["id"] in ids]


def measure_taps(lab, qps, seconds):
    """Nanoseconds of all taps per query, and runs per query, by BPF statistics."""
    ids = programs_held(lab.stages.pids()["capture"])

    def sums():
        found = programs(ids)
        return (sum(one.get("run_time_ns", 0) for one in found),
                sum(one.get("run_cnt", 0) for one in found))

    with open(STATISTICS, "r+", encoding="ascii") as file:
        was = file.read()
        file.seek(0)
        file.write("1")
        file.flush()
        try:
            before = sums()
            figures = measure(lab, qps, seconds)
            after = sums()
        finally:
            file.seek(0)
            file.write(was)
    return [(b - a) / figures["queries"] for a, b in zip(before, after)]


def report(title, rounds):
    def middle(values):
        return statistics.median(values)
    queries = sum(one["queries"] for one in rounds)
    print(f"{title}: lost {sum(one['lost'] for one in rounds)} of {queries}, "
          f"p50 {middle([one['p50_us'] for one in rounds]):.1f} us, "
          f"p99 {middle([one['p99_us'] for one in rounds]):.1f} us, "
          f"seen {sum(one['seen'] for one in rounds)}")
    for who in (*STAGE_NAMES, "unbound"):
        print(f"    {who:9} {middle([one['cpu'][who] for one in rounds]):8.0f} ns per query")


def main(rounds=5, seconds=5, qps=20000):
    figures = {True: [], False: []}
    with Lab(resolver_at="uplink") as lab:
        watch(lab, True)
        measure(lab, qps, 1) # caches are warm
        for number in range(2 * rounds):
            is_watching = number % 2 == 0
            watch(lab, is_watching)
            figures[is_watching].append(measure(lab, qps, seconds))
        watch(lab, True)
        tap_ns, tap_runs = measure_taps(lab, qps, seconds)
        injected = lab.stages.metrics().injected()
    report("watched", figures[True])
    report("not watched", figures[False])
    added = sum(statistics.median([one["cpu"][stage] for one in figures[True]])
                - statistics.median([one["cpu"][stage] for one in figures[False]])
                for stage in STAGE_NAMES)
    print(f"added by watching: {added:.0f} ns per query in the four stages; "
          f"{tap_ns:.0f} ns in {tap_runs:.1f} runs of taps; replies of ours: {injected}")


main(*map(int, sys.argv[1:]))
