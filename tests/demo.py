#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The story of an outage, told by what happens: ./run demo.

A container host in network namespaces, with a client and a resolver; the resolver dies in two
ways, and the client keeps resolving. Exit status 0 only if every line of the story held.
"""

import argparse
import os
import signal
import sys
import time

sys.path.append(sys.path[0] + "/support")
import clients
from lab import Lab
from wait import wait_for, wait_until

ZONE = "demo.test"
TTL_S = 2 # so short that answers are stale within the story
NAMES = [f"{label}.{ZONE}" for label in ("shop", "mail", "api", "cdn")]
ONLY_A = f"printer.{ZONE}"
NEVER_ASKED = f"secret.{ZONE}"

FIRST_LIMIT_S = 2
LATER_LIMIT_S = 0.1
QUIET_AFTER_S = 5

BOLD, GREEN, RED, YELLOW, DIM = "1", "32", "31", "33", "2"


def records():
    yield f"{ZONE}. 3600 IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 {TTL_S}"
    for number, name in enumerate(NAMES + [NEVER_ASKED], 10):
        yield f"{name}. {TTL_S} IN A 192.0.2.{number}"
        yield f"{name}. {TTL_S} IN AAAA 2001:db8::{number}"
    yield f"{ONLY_A}. {TTL_S} IN A 192.0.2.99"


def paint(text, colour):
    return f"\x1b[{colour}m{text}\x1b[0m" if sys.stdout.isatty() else text


def tell(text=""):
    print(text, flush=True)


def chapter(text):
    tell()
    tell(paint(text, BOLD))


class Story:
    def __init__(self, lab):
        self.lab = lab
        self.stages = lab.stages
        self.holds = True

    def check(self, condition, otherwise):
        if not condition:
            self.holds = False
            tell(paint(f"    This breaks the story: {otherwise}", RED))

    def ask(self, name, limit, answered_by):
        """One lookup by the client, and a line about it. `answered_by`: resolver, dnscache."""
        before = self.stages.metrics()
        found = clients.getent(self.lab.client, name)
        after = self._counted(before)
        who, why, colour = self._by_whom(before, after)
        addresses = " ".join(sorted(found.addresses)) or "no answer"
        tell(f"    getent ahosts {name:<18} {addresses:<24} {found.seconds * 1000:6.0f} ms   "
             + paint(f"by {who}", colour) + (f": {why}" if why else ""))
        self.check(found.addresses, f"{name} did not resolve")
        self.check(found.seconds <= limit, f"it took more than {limit} s")
        self.check(who.endswith(answered_by), f"it should have been answered by {answered_by}")

    def _counted(self, before):
        """Metrics in which both queries of a getent, A and AAAA, have found their answers."""
        def answered():
            after = self.stages.metrics()
            answers = (after.responses() - before.responses()
                       + after.injected() - before.injected())
            return after if answers >= 2 else None
        return wait_until("both answers are counted", answered, 3)

    def _by_whom(self, before, after):
        def replies(**labels):
            return after.injected(**labels) - before.injected(**labels)
        if replies() == 0:
            return "the resolver", "", GREEN
        age = "stale" if replies(freshness="stale") else "fresh"
        if replies(trigger="failing"):
            return "dnscache", f"at once, its resolver is failing ({age} answer)", YELLOW
        return "dnscache", f"the resolver did not respond in time ({age} answer)", YELLOW

    def healthy(self):
        for name in NAMES + [ONLY_A]:
            self.ask(name, LATER_LIMIT_S, "resolver")

    def outage(self):
        self.ask(NAMES[0], FIRST_LIMIT_S, "dnscache")
        second = time.monotonic()
        self.ask(NAMES[1], FIRST_LIMIT_S, "dnscache")
        wait_until("the resolver is known to be silent",
                   lambda: self.stages.metrics().silent() == 1, 5)
        tell(paint(f"    {time.monotonic() - second:.1f} s later two names have failed: dnscache "
                   "knows that this resolver answers nobody", DIM))
        for name in NAMES[2:] + [ONLY_A, NAMES[0]]:
            self.ask(name, LATER_LIMIT_S, "dnscache")

    def nothing_made_up(self):
        injected = self.stages.settled().injected()
        found = clients.dig(self.lab.client, NEVER_ASKED, "A", "+tries=1", "+time=2")
        tell(f"    dig {NEVER_ASKED:<28} "
             + ("no answer: nobody asked for it before, and dnscache makes nothing up"
                if not found.addresses else str(found.addresses)))
        self.check(not found.addresses, "a name never seen was answered")
        self.check(self.stages.settled().injected() == injected, "something was injected")

    def recovery(self):
        self.lab.wait_until_over()
        first_response = time.monotonic()
        for name in NAMES:
            self.ask(name, LATER_LIMIT_S, "resolver")
        wait_for(first_response + QUIET_AFTER_S)
        injected = self.stages.settled().injected()
        self.ask(ONLY_A, LATER_LIMIT_S, "resolver")
        self.check(self.stages.settled().injected() == injected, "dnscache still answers")
        tell(paint("    The first response ended it: the rescue is over.", GREEN))

    def summary(self):
        metrics = self.stages.settled()
        tell(f"    {metrics.requests()} queries seen, {metrics.responses()} responses of the "
             f"resolver, {metrics.injected()} replies by dnscache "
             f"({metrics.injected(trigger='timeout')} after a wait, "
             f"{metrics.injected(trigger='failing')} at once; "
             f"{metrics.injected(freshness='stale')} from answers past their TTL).")


def tell_story(lab):
    story = Story(lab)
    resolver = lab.resolver
    tell("    A container host made of network namespaces: a bridge, a container with a client,")
    tell(f"    a container with unbound at {lab.resolver_box.address}. Nothing is configured.")
    for line in lab.stages.log().splitlines():
        if "watching " in line:
            tell(paint(f"    {line}", DIM))

    chapter("1. The resolver is healthy: dnscache only watches")
    story.healthy()
    chapter("2. The resolver is stopped (SIGSTOP): queries reach it, nothing comes back")
    with resolver.stopped():
        story.outage()
        story.nothing_made_up()
    chapter("3. The resolver continues (SIGCONT)")
    story.recovery()
    chapter("4. Its packets are dropped (nftables)")
    with resolver.dropped():
        story.outage()
    chapter("5. Packets pass again")
    story.recovery()
    chapter("What dnscache counted (/metrics)")
    story.summary()
    return story.holds


def main():
    parser = argparse.ArgumentParser(description="The story of an outage.")
    parser.add_argument("--build-dir", required=True)
    os.environ["DNSCACHE_BUILD_DIR"] = parser.parse_args().build_dir
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    tell(paint("dnscache: when name resolution fails, containers on this host keep resolving",
               BOLD))
    try:
        with Lab(records=records(), title="demo") as lab:
            holds = tell_story(lab)
    except KeyboardInterrupt:
        tell("Interrupted; everything is cleaned up.")
        return 130
    except (AssertionError, OSError) as error:
        tell(paint(f"This breaks the story: {error}", RED))
        holds = False
    tell()
    tell(paint("The story held. Nothing is left behind.", GREEN) if holds
         else paint("The story did not hold.", RED))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
