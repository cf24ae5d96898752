#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The reply itself, as dig sees it: every record type whole, id, question, TTLs, OPT, EDE."""

import re
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from lab import ZONE, Lab, name
from tap import expect, expect_equal
from wait import wait_for, wait_until

STALE_TTL_MAX_S = 30
LONG_TTL_S = 600
MANY = 12 # addresses of a name whose answer needs more than one label of luck

# One name with a long TTL and one of every kind of record that unbound reads.
RECORDS = [
    f"{ZONE}. 3600 IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 2",
    f"{ZONE}. 2 IN MX 10 mail.{ZONE}.",
    f"{ZONE}. 2 IN NS ns.{ZONE}.",
    f'text.{ZONE}. 2 IN TXT "one" "two words"',
    f"_sip._udp.{ZONE}. 2 IN SRV 1 2 5060 sip.{ZONE}.",
    f"caa.{ZONE}. 2 IN CAA 0 issue ca.example",
    f"svc.{ZONE}. 2 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.7",
    f"fresh.{ZONE}. {LONG_TTL_S} IN A 192.0.2.9",
    f"unknown.{ZONE}. 2 IN TYPE65280 \\# 4 0a000001",
    f"1.2.0.192.in-addr.arpa. 2 IN PTR {name(1)}.",
] + [f"many.{ZONE}. 2 IN A 192.0.2.{i}" for i in range(1, MANY + 1)]
TYPES = [(ZONE, "SOA"), (ZONE, "MX"), (ZONE, "NS"), (f"text.{ZONE}", "TXT"),
         (f"_sip._udp.{ZONE}", "SRV"), (f"caa.{ZONE}", "CAA"), (f"svc.{ZONE}", "HTTPS"),
         (f"unknown.{ZONE}", "TYPE65280"), ("1.2.0.192.in-addr.arpa", "PTR"),
         (f"many.{ZONE}", "A")]


def open_lab():
    return Lab(records=RECORDS)


def records_of(text):
    """Every record of dig's output without its TTL, in its order."""
    return [re.sub(r"\s+\d+\s+IN\s+", " IN ", line) for line in text.splitlines()
            if line and not line.startswith(";")]


def ttls_of(text):
    return [int(line.split()[1]) for line in text.splitlines()
            if line and not line.startswith(";")]


def ask(lab, domain, kind, *options):
    return clients.dig(lab.client, domain, kind, "+tries=1", "+time=2", *options)


@tap.test
def every_record_type_is_replayed_whole_and_in_order(lab):
    healthy = {(domain, kind): ask(lab, domain, kind).text for domain, kind in TYPES}
    lab.stages.wait_until_known([domain for domain, _ in TYPES])
    with lab.resolver.dropped():
        for (domain, kind), before in healthy.items():
            during = ask(lab, domain, kind).text
            expect_equal(records_of(during), records_of(before), f"{domain} {kind}")
            expect("status: NOERROR" in during and "flags: qr rd ra" in during,
                   f"{domain} {kind}: {during}")
    lab.wait_until_over()


@tap.test
def stale_answers_say_so_and_live_shortly(lab):
    ask(lab, ZONE, "MX")
    expired = time.monotonic() + 2.5 # the TTL is 2 s
    wait_for(expired)
    with lab.resolver.dropped():
        found = ask(lab, ZONE, "MX").text
        expect("EDE: 3 (Stale Answer)" in found, f"no EDE 3: {found}")
        expect(max(ttls_of(found)) <= 2, f"TTLs over the original 2 s: {found}")
        without_opt = ask(lab, ZONE, "MX", "+noedns").text
        expect("OPT PSEUDOSECTION" not in without_opt, f"an OPT nobody sent: {without_opt}")
    lab.wait_until_over()


@tap.test
def fresh_answers_have_what_is_left_of_their_ttl(lab):
    ask(lab, f"fresh.{ZONE}", "A")
    asked = time.monotonic()
    wait_for(asked + 2)
    with lab.resolver.dropped():
        found = ask(lab, f"fresh.{ZONE}", "A").text
        ttl, = ttls_of(found)
        expect(LONG_TTL_S - 60 < ttl <= LONG_TTL_S - 2, f"TTL {ttl}: {found}")
        expect("EDE" not in found, f"an extended error on a fresh answer: {found}")
    lab.wait_until_over()


@tap.test
def the_question_keeps_its_case_and_no_cookie_is_made_up(lab):
    ask(lab, f"fresh.{ZONE}", "A")
    lab.stages.wait_until_known([f"fresh.{ZONE}"])
    with lab.resolver.dropped():
        found = ask(lab, "FrEsH.LaB.tEsT", "A", "+cookie").text
        expect(";FrEsH.LaB.tEsT." in found, f"the question's case: {found}")
        expect("192.0.2.9" in found, found)
        expect("COOKIE" in found.split("Got answer")[0] or "COOKIE:" not in found,
               f"a cookie in our reply: {found}")
    lab.wait_until_over()


@tap.test
def nxdomain_and_nodata_are_answers_too(lab):
    wanted = {("nx.lab.test", "A"): "status: NXDOMAIN", (f"text.{ZONE}", "AAAA"): "status: NOERROR"}
    for domain, kind in wanted:
        ask(lab, domain, kind)
    lab.stages.wait_until_known([domain for domain, _ in wanted])
    with lab.resolver.dropped():
        for (domain, kind), status in wanted.items():
            found = ask(lab, domain, kind).text
            expect(status in found and "ANSWER: 0, AUTHORITY: 1" in found, f"{domain}: {found}")
    lab.wait_until_over()


@tap.test
def queries_that_only_a_server_can_answer_are_left_alone(lab):
    ask(lab, f"fresh.{ZONE}", "A")
    lab.stages.wait_until_known([f"fresh.{ZONE}"])
    before = lab.stages.settled().injected()
    with lab.resolver.dropped():
        for options in (["A", "+norecurse"], ["ANY", "+notcp"]):
            found = clients.dig(lab.client, f"fresh.{ZONE}", options[0], "+tries=1", "+time=2",
                                *options[1:])
            expect("timed out" in found.text, f"{options}: {found.text}")
        expect_equal(lab.stages.settled().injected(), before, "replies of ours")
    lab.wait_until_over()


@tap.test
def observe_mode_never_answers(lab):
    lab.restart_stages("mode = observe\n")
    ask(lab, f"fresh.{ZONE}", "A")
    lab.stages.wait_until_known([f"fresh.{ZONE}"])
    with lab.resolver.dropped():
        found = ask(lab, f"fresh.{ZONE}", "A")
        expect("timed out" in found.text, found.text)
        metrics = lab.stages.settled()
        expect_equal(metrics.injected(), 0, "replies of ours")
        expect(metrics.sum("dnscache_inject_suppressed_total", reason="disabled") > 0,
               "the suppressed reply is not counted")
    wait_until("the resolver is back", lambda: ask(lab, ZONE, "MX").status == 0, 5)


tap.main(open_lab)
