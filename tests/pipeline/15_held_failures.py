#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Failures are held: clients with connected sockets are answered too, from the first one on.

A look-up is getent's, or Go's own resolver's, all of one process: either connects its socket and
asks for both families of a name; glibc gives up at the first error. Each is for another name, so
that none is answered because its name is failing already.
"""

import contextlib
import functools
import itertools
import os
import signal
import socket
import statistics
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import go_program
import tap
import wire
from failing import FAMILIES, REFUSED, SERVFAIL, failing
from lab import ZONE, Lab, addresses_of, ipv4_of, name
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

NAMES = [name(i) for i in range(200)]
RESCUED_MIN = 199
RELEASED_MAX = 2 * (len(NAMES) - RESCUED_MIN) # of both families
TTL_S = 300
# A share of these look-ups shall make nobody failing.
CONFIG = "[rescue]\nmin_samples = 300\n"

MEDIAN_LIMIT_S = 0.002
PASSES_WITHIN_S = 0.15
PASSES_PATIENCE_S = 0.005 # for one query, while it is measured when the first failure passes
ERROR_LIMIT_S = 0.1
GO_LIMIT_S = 60 # for all of its look-ups
HELD_S_MAX = 1 # what is older is discarded

LIMITS = "ipv4/icmp_ratelimit ipv4/icmp_msgs_per_sec ipv4/icmp_msgs_burst ipv6/icmp/ratelimit"
NO_LIMITS = "0 1000000 1000000 0".split()
SERVICE_IPS = {socket.AF_INET: "10.96.0.10", socket.AF_INET6: "fd96::10"}
SERVICE = """table inet service {
    chain in {
        type nat hook prerouting priority -100
        ip daddr 10.96.0.10 udp dport 53 dnat ip to 10.99.0.53
        ip6 daddr fd96::10 udp dport 53 dnat ip6 to fd99::53
    }
    chain out {
        type nat hook postrouting priority 100
        udp dport 53 masquerade
    }
}"""
REJECT = """table inet outage {
    chain forward {
        type filter hook forward priority 0
        udp dport 53 reject with icmpx type port-unreachable
    }
}"""

numbers = itertools.count(1)


def records():
    yield f"{ZONE}. 3600 IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 {TTL_S}"
    for text in NAMES:
        for address in addresses_of(text):
            yield f"{text}. {TTL_S} IN {'AAAA' if ':' in address else 'A'} {address}"


@contextlib.contextmanager
def no_limits(*boxes):
    """Their kernels send every error, and not one per second and client."""
    before = {box: box.run(["sh", "-c", f"cd /proc/sys/net && cat {LIMITS}"]).stdout.split()
              for box in boxes}

    def set_all(box, values):
        for path, value in zip(LIMITS.split(), values):
            box.run(["sh", "-c", f"echo {value} >/proc/sys/net/{path}"])
    try:
        for box in boxes:
            set_all(box, NO_LIMITS)
        yield
    finally:
        for box, values in before.items():
            set_all(box, values)


@contextlib.contextmanager
def rejecting(lab):
    lab.host.run(["nft", REJECT])
    try:
        yield
    finally:
        lab.host.run(["nft", "delete table inet outage"])


def learn(lab, boxes, names=NAMES):
    for box in boxes:
        for text in names:
            found = clients.getent(box, text)
            expect_equal(found.addresses, addresses_of(text), f"in good times: {found.text}")
    servers = {lab.server_of(box) for box in boxes}
    wanted = {(text, server) for text in names for server in servers}
    wait_until("all names are known of all addresses", lambda: wanted <= {
        (row["domain"], row["resolver"]) for row in lab.stages.info("cache?limit=2000")}, 5)


def figures(lab):
    """(held, answered, released, superseded, discarded)"""
    metrics = lab.stages.metrics()
    return (metrics.sum("dnscache_bpf_failures_total", result="held"),
            *(metrics.sum("dnscache_held_failures_total", result=result)
              for result in ("answered", "released", "superseded", "discarded")))


def wait_until_accounted(lab):
    """Every packet that was held has ended in exactly one way."""
    def accounted():
        held, *fates = figures(lab)
        return held == sum(fates) and (held, *fates)
    return wait_until("all that was held is accounted for", accounted, 4)


def by_getent(_, box):
    """A look-up of each name: [(addresses, seconds)]"""
    return [(found.addresses, found.seconds)
            for found in (clients.getent(box, text) for text in NAMES)]


def by_go(lab, box):
    """The same, by one process."""
    words = [word for text in NAMES for word in (f"{text}.", "ADDRESSES")]
    result = box.run([lab.go, "-times", *words], wanted=None, timeout=GO_LIMIT_S)
    found = {text: (set(), None) for text in NAMES}
    for text, _, *rest in map(str.split, result.stdout.splitlines()):
        addresses, seconds = found[text[:-1]]
        if rest[0] == "took":
            seconds = float(rest[1])
        else:
            addresses.add(rest[0])
        found[text[:-1]] = (addresses, seconds)
    return list(found.values())


def rescued_story(lab, box, outage, what, look_up=by_getent):
    """One look-up of each name while `outage` lasts; how many got the right addresses."""
    before = wait_until_accounted(lab)
    with outage:
        found = look_up(lab, box)
    good = sum(addresses == addresses_of(text) for text, (addresses, _) in zip(NAMES, found))
    slowest = max(seconds for _, seconds in found)
    after = wait_until_accounted(lab)
    held, _, released, *_ = (now - then for now, then in zip(after, before))
    tap.note(f"{what}: {good} of {len(NAMES)} rescued, the slowest in {slowest * 1000:.0f} ms, "
             f"{held:.0f} failures held")
    expect(good >= RESCUED_MIN, f"{what}: only {good} of {len(NAMES)} look-ups were rescued")
    expect(held >= len(NAMES), f"{what}: only {held} failures were held")
    # Go asks again after a failure: that it found the name proves nothing about its first query.
    expect(released <= RELEASED_MAX, f"{what}: {released} failures went on")


def rescued_in_both(lab, outage, what, look_up=by_getent):
    for family, box in lab.boxes.items():
        version = "IPv6" if family == socket.AF_INET6 else "IPv4"
        rescued_story(lab, box, outage(), f"{what}, {version}", look_up)
        lab.restart_stages(CONFIG) # it knows of no failing name then
        lab.wait_until_holding()
        learn(lab, lab.boxes.values())


class Connected:
    """A connected socket of a container: what comes for one query, and when."""

    def __init__(self, lab, family):
        self._udp = lab.boxes[family].udp_socket(family)
        self._udp.connect((lab.server_of(lab.boxes[family]), wire.DNS_PORT))

    def ask(self, text, patience=5):
        """(reply or None where the port is said to be closed, seconds); socket.timeout if nothing
        comes"""
        query = wire.query(next(numbers) & 0xFFFF, text)
        self._udp.settimeout(patience)
        start = time.monotonic()
        self._udp.send(query)
        try:
            reply = self._udp.recv(4096)
        except ConnectionRefusedError:
            reply = None
        return query, reply, time.monotonic() - start

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._udp.close()


def note_times(what, seconds):
    ordered = sorted(seconds)
    tap.note(f"{what}: median {statistics.median(ordered) * 1e6:.0f} us, p99 "
             f"{ordered[len(ordered) * 99 // 100] * 1e6:.0f} us, worst {ordered[-1] * 1e6:.0f} us "
             f"of {len(ordered)}")
    expect_within(statistics.median(ordered), MEDIAN_LIMIT_S, f"{what}, median")


@tap.test
def getent_finds_a_gone_process_within_two_seconds_under_the_kernels_own_limits(lab):
    with lab.resolver.ended():
        for text in NAMES[:50]:
            found = clients.getent(lab.boxes[socket.AF_INET], text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 2, text)
    lab.wait_until_over()


@tap.test
def getent_does_not_notice_that_the_resolvers_process_is_gone(lab):
    with no_limits(lab.resolver_box):
        rescued_in_both(lab, lab.resolver.ended, "closed port")


@tap.test
def getent_does_not_notice_servfail(lab):
    rescued_in_both(lab, lambda: failing(lab, SERVFAIL), "SERVFAIL")


@tap.test
def getent_does_not_notice_refused(lab):
    rescued_story(lab, lab.boxes[socket.AF_INET], failing(lab, REFUSED), "REFUSED, IPv4")
    lab.wait_until_over()


@go_program.test
def go_does_not_notice_that_the_resolvers_process_is_gone(lab):
    expect(lab.go, "it is built before anything is measured")
    lab.restart_stages(CONFIG)
    lab.wait_until_holding()
    learn(lab, lab.boxes.values())
    with no_limits(lab.resolver_box):
        rescued_in_both(lab, lab.resolver.ended, "Go, closed port", by_go)


@go_program.test
def go_does_not_notice_servfail(lab):
    expect(lab.go, "it is built before anything is measured")
    rescued_in_both(lab, lambda: failing(lab, SERVFAIL), "Go, SERVFAIL", by_go)


@tap.test
def what_goes_on_is_what_would_have_come(lab):
    with no_limits(lab.resolver_box):
        for family in FAMILIES:
            before = wait_until_accounted(lab)
            with lab.resolver.ended(), Connected(lab, family) as connected:
                for i in range(20):
                    _, reply, seconds = connected.ask(f"never{i}.{ZONE}")
                    expect_equal(reply, None, "an error")
                    expect_within(seconds, ERROR_LIMIT_S, "the error")
            with failing(lab, SERVFAIL) as server, Connected(lab, family) as connected:
                for i in range(20):
                    query, reply, seconds = connected.ask(f"never{i}.{ZONE}")
                    expect_equal(reply, server.response(query), "the resolver's own response")
                    expect_within(seconds, ERROR_LIMIT_S, "the response")
            released = wait_until_accounted(lab)[2] - before[2]
            expect_equal(released, 40, "failures that went on")
            wait_until("all of them were sent", lambda: lab.stages.metrics().sum(
                "dnscache_released_failures_total", result="sent") >= released, 3)


@tap.test
def a_client_has_its_answer_or_its_failure_within_two_milliseconds(lab):
    family = socket.AF_INET
    lab.restart_stages(CONFIG) # it knows of no failing name
    lab.wait_until_holding()
    learn(lab, lab.boxes.values())
    with no_limits(lab.resolver_box):
        with lab.resolver.ended(), Connected(lab, family) as connected:
            times = [connected.ask(text)[1:] for text in NAMES]
            expect(all(reply for reply, _ in times), "not every name was answered")
            note_times("an answer in place of an ICMP error", [seconds for _, seconds in times])
            note_times("an ICMP error that goes on", [
                connected.ask(f"other{i}.{ZONE}")[2] for i in range(200)])
        with failing(lab, SERVFAIL), Connected(lab, family) as connected:
            note_times("a SERVFAIL that goes on", [
                connected.ask(f"other{i}.{ZONE}")[2] for i in range(200)])


def expect_all_pass(lab, family, count):
    """Names that are known, and errors all the same: nobody is there to do better."""
    with Connected(lab, family) as connected:
        for text in NAMES[:count]:
            _, reply, seconds = connected.ask(text)
            expect_equal(reply, None, f"what came for {text}")
            expect_within(seconds, ERROR_LIMIT_S, "the error")


@tap.test
def all_passes_while_a_stage_stands_still(lab):
    with no_limits(lab.resolver_box), lab.resolver.ended():
        for stage in ("analyzer", "injector", "capture"):
            with Connected(lab, socket.AF_INET) as connected:
                wait_until(f"failures are held, before {stage} stands still",
                           lambda: connected.ask(NAMES[0])[1], 3)
            lab.stages.send(stage, signal.SIGSTOP)
            stopped = time.monotonic()
            try:
                with lab.client.udp_socket(socket.AF_INET) as udp: # one that is held, and waits
                    udp.connect((lab.resolver_box.ip4, wire.DNS_PORT))
                    udp.send(wire.query(next(numbers), NAMES[1]))
                    wait_for(stopped + PASSES_WITHIN_S)
                    for family in FAMILIES:
                        expect_all_pass(lab, family, 10)
                    wait_for(stopped + HELD_S_MAX + 0.2)
            finally:
                lab.stages.send(stage, signal.SIGCONT)
        expect(wait_until_accounted(lab)[4] >= 1, "what was too old was not discarded")
    lab.wait_until_over()


def first_that_passes(lab):
    """Ask for a name that is known until its error comes. How many queries drew nothing before."""
    with Connected(lab, socket.AF_INET) as connected:
        for lost in itertools.count():
            try:
                _, reply, _ = connected.ask(NAMES[0], PASSES_PATIENCE_S)
            except socket.timeout:
                continue
            expect_equal(reply, None, "what came first after the kill")
            return lost


@contextlib.contextmanager
def killed_for_good(lab, stage):
    """Nobody starts it again meanwhile."""
    os.kill(lab.stages.supervisor(), signal.SIGSTOP)
    try:
        killed = lab.stages.kill(stage)
        yield
    finally:
        os.kill(lab.stages.supervisor(), signal.SIGCONT)
    wait_until(f"{stage} is back", lambda: lab.stages.is_back(stage, killed), 10)


def held_and_passed(lab):
    """Failures since capture began that were held, and that were not, because a stage was silent."""
    metrics = lab.stages.metrics()
    return [metrics.sum("dnscache_bpf_failures_total", result=result)
            for result in ("held", "stale")]


def killed_story(lab, stage):
    count = 10
    learn(lab, lab.boxes.values(), NAMES[:count])
    held, passed = held_and_passed(lab)
    with lab.resolver.ended():
        with Connected(lab, socket.AF_INET) as connected:
            expect(connected.ask(NAMES[0])[1], f"not rescued before {stage} is killed")
        held += 1
        wait_until("that it was held is counted",
                   lambda: held_and_passed(lab) == [held, passed], 3)
        with killed_for_good(lab, stage):
            killed = time.monotonic()
            lost = first_that_passes(lab)
            seconds = time.monotonic() - killed
            for family in FAMILIES:
                expect_all_pass(lab, family, count)
            if stage != "capture": # who counts
                passing = 1 + len(FAMILIES) * count

                def is_counted():
                    now_held, now_passed = held_and_passed(lab)
                    return (now_held + now_passed == held + passed + lost + passing
                            and now_passed >= passed + passing)
                wait_until(f"what came with no {stage} has passed, and was not held",
                           is_counted, 3)
        tap.note(f"{stage} killed: an error passes {seconds * 1000:.0f} ms later, {lost} are lost")
        expect_within(seconds, PASSES_WITHIN_S, f"{stage} killed, the first error")


@tap.test
def all_passes_when_a_stage_is_killed(lab):
    with no_limits(lab.resolver_box):
        for stage in ("analyzer", "injector", "capture"):
            killed_story(lab, stage)
            lab.wait_until_holding()


@tap.test
def nothing_is_held_where_it_is_off(lab):
    for config, line in (("hold = off\n", None),
                         ("[capture]\ntap = socket\n", "failures pass, and are not held")):
        lab.restart_stages(CONFIG + config)
        wait_until("no edge is said to hold", lambda: lab.stages.metrics().sum(
            "dnscache_holding_edges") == 0, 3)
        if line:
            expect_equal(lab.stages.log().count(line), 1, f"lines that say '{line}'")
        learn(lab, [lab.client])
        with no_limits(lab.resolver_box), lab.resolver.ended():
            expect_all_pass(lab, socket.AF_INET, 5)
        expect_equal(sum(figures(lab)), 0, "failures that were held")


@tap.test
def getent_does_not_notice_a_host_that_rejects_or_a_dead_backend(_):
    with HoldLab(resolver_at="uplink", servers=SERVICE_IPS) as lab:
        with no_limits(lab.resolver_box, lab.host):
            rescued_in_both(lab, lab.resolver.ended, "dead backend behind a ClusterIP")
    with HoldLab(resolver_at="uplink") as lab:
        with no_limits(lab.resolver_box, lab.host):
            rescued_in_both(lab, lambda: rejecting(lab), "host that rejects")


class HoldLab(Lab):
    """A client of the resolver's IPv4 address, and one of its IPv6 address."""

    def __init__(self, resolver_at="bridge", servers=None):
        super().__init__(resolver_at=resolver_at, config=CONFIG, records=records(), taps="auto")
        if servers:
            self.host.run(["nft", SERVICE])
        else:
            servers = dict(zip(FAMILIES, (self.resolver_box.ip4, self.resolver_box.ip6)))
        self._servers = {}
        self.boxes = {}
        for family, title in zip(FAMILIES, ("four", "six")):
            box = self.attach(title, resolver_ip=servers[family])
            self.boxes[family] = box
            self._servers[box] = servers[family]
        self._servers[self.client] = self.resolver_box.address
        self.stages.wait_until_watching(len(self.containers))
        if self.stages.metrics().sum("dnscache_taps", kind="tcx") == 0:
            self.close()
            raise tap.Skip("this kernel has no TCX")
        self.wait_until_holding()
        learn(self, self.boxes.values())

    def server_of(self, box):
        return self._servers[box]

    def wait_until_over(self):
        for box in self.boxes.values(): # each address of the resolver is one by itself
            clients.dig(box, f"ending.{ZONE}")
        super().wait_until_over()

    def wait_until_holding(self):
        wait_until("all edges hold failures", lambda: self.stages.metrics().sum(
            "dnscache_holding_edges") == len(self.containers), 5)


class GoLab(HoldLab):
    """The first one also has a program with Go's resolver."""

    @functools.cached_property
    def go(self):
        with go_program.GoProgram(self.client, self.folder) as program:
            return program.path()


tap.main(GoLab)
