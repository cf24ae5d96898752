#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real clients take our replies for what the resolver said: same records, first try, each type."""

import collections
import os
import re
import subprocess
import sys

sys.path.append(sys.path[0] + "/../support")
import go_program
import tap
from lab import ZONE, Lab, Unbound
from resolved import STUB, Resolved
from tap import expect, expect_equal, expect_within
from wait import wait_until

SUPPORT = os.path.join(sys.path[0], "../support")
REVERSE_ZONE = "2.0.192.in-addr.arpa"
TTL_S = 2
OUTAGE_LIMIT_S = 5 # for all look-ups of a client: two of them may have to wait 1.8 s each
SMALL_BYTES, ROOM_BYTES = 512, 1232 # of UDP payload that a client accepts
QUESTION_COUNT = 8 # of a label, see questions_of()
LOST_TRUST = "degraded feature" # systemd-resolved, of a server that does not answer as it should

# Each has names of its own, so that what it is given was learned from its own look-ups.
LABELS = ("glibc", "musl", "cares", "cares-edns", "go", "dnspython", "cookie", "server-cookie",
          "dnssec", "small", "together", "resolved", "fresh-resolved", "large", "stub-cookie",
          "stub-server-cookie")
# A record that nobody here validates: it is there to come back with DO=1.
SIGNATURE = f"8 4 {TTL_S} 20370101000000 20200101000000 1 {ZONE}. c2lnbmF0dXJl"
SERVER_COOKIE = "0123456789abcdef" + "00112233445566778899aabbccddeeff"
LARGE_MX_COUNT = 8
HTTPS_BYTES = b"\x02h2".hex() # in what a library that knows no such type prints of one


def records_of(label, number):
    zone = f"{label}.{ZONE}."
    yield f"a.{zone} A 192.0.2.{number}"
    yield f"a.{zone} A 192.0.2.{100 + number}"
    yield f"a.{zone} RRSIG A {SIGNATURE}"
    yield f"aaaa.{zone} AAAA 2001:db8::{number:x}"
    yield f"chain.{zone} CNAME middle.{zone}"
    yield f"middle.{zone} CNAME end.{zone}"
    yield f"end.{zone} A 192.0.2.{200 + number}"
    yield f"end.{zone} AAAA 2001:db8::{200 + number:x}"
    yield f"_sip._udp.{zone} SRV 1 2 5060 a.{zone}"
    yield f"mx.{zone} MX 10 a.{zone}"
    yield f"mx.{zone} MX 20 aaaa.{zone}"
    yield f'txt.{zone} TXT "one" "two words"'
    yield f"https.{zone} HTTPS 1 . alpn=h2 ipv4hint=192.0.2.{number}"
    yield f"{number}.{REVERSE_ZONE}. PTR a.{zone}"


def large_records():
    zone = f"large.{ZONE}."
    yield f"much.{zone} TXT " + " ".join(f'"{letter * 250}"' for letter in "abc")
    for i in range(LARGE_MX_COUNT):
        yield f"many.{zone} MX {i} mail{i}.{zone}"
        yield f"mail{i}.{zone} A 192.0.2.{i}"
        yield f"mail{i}.{zone} AAAA 2001:db8::{i:x}"


def all_records():
    for zone in (f"{ZONE}.", f"{REVERSE_ZONE}."):
        yield f"{zone} SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 {TTL_S}"
        yield f"{zone} NS ns.{ZONE}."
    for number, label in enumerate(LABELS, 1):
        yield from records_of(label, number)
    yield from large_records()


def questions_of(label):
    """One of each type."""
    zone = f"{label}.{ZONE}"
    return [(f"a.{zone}", "A"), (f"aaaa.{zone}", "AAAA"), (f"chain.{zone}", "A"),
            (f"_sip._udp.{zone}", "SRV"), (f"mx.{zone}", "MX"), (f"txt.{zone}", "TXT"),
            (f"https.{zone}", "HTTPS"), (f"{number_of(label)}.{REVERSE_ZONE}", "PTR")]


def number_of(label):
    return LABELS.index(label) + 1


def address_questions_of(label):
    """What the same names are to a C library: both families at once, and an address's name."""
    return [(f"chain.{label}.{ZONE}", "ADDRESSES"), (f"192.0.2.{number_of(label)}", "HOST")]


def facts_of(label, *also):
    """Words that a client cannot print without having understood the records."""
    number = number_of(label)
    zone = f"{label}.{ZONE}"
    return [f"192.0.2.{number}", f"192.0.2.{100 + number}", f"2001:db8::{number:x}",
            f"192.0.2.{200 + number}", "1 2 5060", f"10 a.{zone}", f"20 aaaa.{zone}",
            "two words", f"a.{zone}", *also]


class ZoneUnbound(Unbound):
    """It follows aliases in its own zones, and says where a mail server is, as a resolver does."""

    def _zones(self, folder, records):
        records = list(records)
        return f"""  minimal-responses: no
  local-zone: "test." nodefault
  local-zone: "{REVERSE_ZONE}." nodefault
""" + "".join(self._zone(folder, zone, [record for record in records
                                        if record.split()[0].endswith(f"{zone}.")])
              for zone in (ZONE, REVERSE_ZONE))

    @staticmethod
    def _zone(folder, zone, records):
        path = os.path.join(folder, f"{zone}.zone")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(record.replace(" ", f" {TTL_S} IN ", 1) + "\n" for record in records)
        return f"""
auth-zone:
  name: "{zone}."
  zonefile: "{path}"
  for-upstream: no
"""


class ClientLab(Lab):
    def __init__(self):
        super().__init__(records=all_records())
        self.go = self._stack.enter_context(go_program.GoProgram(self.client, self.folder))

    def _make_resolver(self, records):
        return ZoneUnbound(self.resolver_box, self.folder, records)

    def binary(self, name):
        return os.path.join(self.folder, f"lookup-{name}")

    def build(self, name, compiler, source, *libraries):
        binary = self.binary(name)
        subprocess.run([*compiler, "-O1", "-Wall", "-Wextra", "-Werror", "-o", binary,
                        os.path.join(SUPPORT, source), *libraries], check=True)
        return binary


def flat(questions):
    return [word for question in questions for word in question]


# What a client is asked to look up. `facts`: words it must print; `lines_of`: what of its output
# is the same in each phase; `prepare`: called before it runs in the outage.
Lookups = collections.namedtuple("Lookups", "argv names facts lines_of prepare",
                                 defaults=(str.splitlines, None))
# How that went, one after the other, and what dnscache saw of it.
Phase = collections.namedtuple("Phase", "lines texts queries replies seconds")


def phase(lab, box, what, each, in_outage=False):
    before = lab.stages.metrics()
    lines, texts, seconds = [], [], []
    for lookups in each:
        if in_outage and lookups.prepare:
            lookups.prepare()
        result = box.run(lookups.argv, wanted=None)
        texts.append(result.stdout + result.stderr)
        expect_equal(result.status, 0, f"{what}: status of {lookups.argv}, {texts[-1]}")
        lines.append(sorted(lookups.lines_of(result.stdout)))
        seconds.append(result.seconds)
    after = lab.stages.settled()
    return Phase(lines, texts, after.requests() - before.requests(),
                 after.injected() - before.injected(), seconds)


def outage_story(lab, *each, box=None):
    """Asked while all is well, while the resolver is dead, and after that. Returns what the
    clients printed in the outage."""
    box = box or lab.client
    healthy = phase(lab, box, "healthy", each)
    expect_equal(healthy.replies, 0, "replies of ours while all is well")
    for lookups, text in zip(each, healthy.texts):
        for fact in lookups.facts:
            expect(fact in text, f"healthy: no '{fact}' in {text}")
        lab.stages.wait_until_known(lookups.names)

    with lab.resolver.dropped():
        outage = phase(lab, box, "in the outage", each, in_outage=True)
    for lookups, seen, wanted, seconds in zip(each, outage.lines, healthy.lines, outage.seconds):
        expect_equal(seen, wanted, f"in the outage: {lookups.argv}")
        expect_within(seconds, OUTAGE_LIMIT_S, f"in the outage: {lookups.argv}")
    expect_equal((outage.queries, outage.replies), (healthy.queries, healthy.queries),
                 "queries of the outage and replies of ours, as many as queries before")
    lab.wait_until_over()

    after = phase(lab, box, "after the outage", each)
    expect_equal(after.lines, healthy.lines, "after the outage")
    expect_equal(after.replies, 0, "replies of ours after the outage")
    tap.note(f"{outage.queries} look-ups, in {sum(outage.seconds):.2f} s of the outage, "
             f"{sum(healthy.seconds):.2f} s before, {sum(after.seconds):.2f} s after")
    return outage.texts


def library_lookups(label, *argv):
    questions = questions_of(label)
    return Lookups([*argv, *flat(questions + address_questions_of(label))],
                   [name for name, _ in questions],
                   facts_of(label, f"end.{label}.{ZONE}", HTTPS_BYTES))


@tap.test
def glibc_takes_every_type(lab):
    binary = lab.build("glibc", ["gcc"], "res_lookup.c", "-lresolv")
    outage_story(lab, library_lookups("glibc", binary))


@tap.test
def musl_takes_every_type(lab):
    binary = lab.build("musl", ["musl-gcc", "-static"], "res_lookup.c")
    outage_story(lab, library_lookups("musl", binary))


@tap.test
def c_ares_takes_every_type_with_and_without_edns(lab):
    binary = lab.build("cares", ["gcc"], "cares_lookup.c", "-lcares")
    outage_story(lab, library_lookups("cares", binary),
                 library_lookups("cares-edns", binary, "--edns"))


@tap.test
def dnspython_takes_every_type(lab):
    questions = questions_of("dnspython")
    argv = ["/usr/bin/python3", f"{SUPPORT}/dnspython_lookup.py", *flat(questions)]
    facts = facts_of("dnspython", f"end.dnspython.{ZONE}", 'alpn="h2"')
    outage_story(lab, Lookups(argv, [name for name, _ in questions], facts))


def records_without_ttl(text):
    """Every record of dig's output, of any section."""
    return [re.sub(r"\s+\d+\s+IN\s+", " IN ", line) for line in text.splitlines()
            if line and not line.startswith(";")]


COMPLAINTS = re.compile(r"^.*(warning|mismatch|unexpected|malformed|\(bad\)|truncated).*$",
                        re.MULTILINE | re.IGNORECASE)


def dig_lookups(label, *options, prepare=None):
    questions = questions_of(label)
    argv = ["dig", "+tries=1", f"+time={OUTAGE_LIMIT_S}", *options, *flat(questions)]
    facts = facts_of(label, f"end.{label}.{ZONE}", 'alpn="h2"')
    return Lookups(argv, [name for name, _ in questions], facts, records_without_ttl, prepare)


def expect_no_complaint(texts):
    for text in texts:
        complaint = COMPLAINTS.search(text)
        expect(not complaint, f"dig says '{complaint and complaint[0]}' of {text}")
        expect_equal(text.count("status: NOERROR"), QUESTION_COUNT, f"no errors in {text}")


@tap.test
def dig_takes_every_type_whatever_it_asks_of_edns(lab):
    small = f"+bufsize={SMALL_BYTES}"
    texts = outage_story(
        lab, dig_lookups("cookie", "+cookie"),
        dig_lookups("server-cookie", f"+cookie={SERVER_COOKIE}"),
        dig_lookups("dnssec", "+dnssec", "+nocookie"), dig_lookups("small", small, "+nocookie"),
        dig_lookups("together", f"+cookie={SERVER_COOKIE}", "+dnssec", small, "+cdflag"))
    expect_no_complaint(texts)
    made_up, given, signed, _, together = texts
    expect("COOKIE:" not in made_up, f"a cookie that no server made: {made_up}")
    for text in (given, together):
        expect_equal(text.count(f"COOKIE: {SERVER_COOKIE} (good)"), QUESTION_COUNT,
                     f"good cookies in {text}")
    for text in (signed, together):
        expect("RRSIG" in text, f"no signature: {text}")
        expect_equal(text.count("flags: do; udp:"), QUESTION_COUNT, f"DO bits in {text}")


@tap.test
def dig_takes_every_type_through_a_dnsmasq_of_its_own(lab):
    box = lab.attach("stub")
    box.start(["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--cache-size=0",
               "--conf-file=/dev/null", "--user=root", "--pid-file=",
               f"--server={lab.resolver_box.address}", "--listen-address=127.0.0.1",
               "--bind-interfaces"], stderr=subprocess.DEVNULL)
    lab.stages.wait_until_watching(len(lab.containers))
    wait_until("dnsmasq forwards", lambda: "status: NOERROR" in box.run(
        ["dig", "@127.0.0.1", "+tries=1", "+time=1", ZONE, "SOA"], wanted=None).stdout, 5)
    lab.stages.settled()
    texts = outage_story(
        lab, dig_lookups("stub-cookie", "@127.0.0.1", "+cookie"),
        dig_lookups("stub-server-cookie", "@127.0.0.1", f"+cookie={SERVER_COOKIE}"), box=box)
    expect_no_complaint(texts)
    made_up, given = texts
    expect("COOKIE:" not in made_up, f"a cookie that no server made: {made_up}")
    expect_equal(given.count(f"COOKIE: {SERVER_COOKIE} (good)"), QUESTION_COUNT,
                 f"good cookies in {given}")


@tap.test
def dig_with_little_room_gets_what_fits(lab):
    many, much = f"many.large.{ZONE}", f"much.large.{ZONE}"
    options = ["+nocookie", "+tries=1", "+time=2", "+ignore"]

    def ask(name, kind, size):
        return lab.client.run(["dig", *options, f"+bufsize={size}", name, kind],
                              wanted=None).stdout

    def too_large():
        return lab.stages.metrics().sum("dnscache_inject_suppressed_total", reason="too_large")

    whole = {name: ask(name, kind, ROOM_BYTES) for name, kind in ((many, "MX"), (much, "TXT"))}
    for text in whole.values():
        size = int(re.search(r"MSG SIZE  rcvd: (\d+)", text)[1])
        expect(size > SMALL_BYTES, f"not too large: {text}")
    mail_servers = [line for line in records_without_ttl(whole[many]) if "IN MX" in line]
    expect_equal(len(mail_servers), LARGE_MX_COUNT, f"mail servers of {whole[many]}")
    lab.stages.wait_until_known([many, much])
    with lab.resolver.dropped():
        before = too_large()
        found = ask(many, "MX", ROOM_BYTES)
        expect_equal(records_without_ttl(found), records_without_ttl(whole[many]), found)
        trimmed = ask(many, "MX", SMALL_BYTES)
        expect_equal(records_without_ttl(trimmed), mail_servers, f"without addresses, {trimmed}")
        expect("flags: qr rd ra;" in trimmed, f"flags of an answer that is whole: {trimmed}")
        nothing = ask(much, "TXT", SMALL_BYTES)
        expect("timed out" in nothing, f"a reply that cannot fit: {nothing}")
        wait_until("the reply that did not fit is counted", lambda: too_large() > before, 3)
    lab.wait_until_over()


@go_program.test
def go_takes_every_type(lab):
    binary = lab.go.path()
    # Its library asks for no HTTPS records, and for names of addresses only by these.
    questions = [(f"{name}.", kind) for name, kind in questions_of("go")
                 if kind not in ("HTTPS", "PTR")]
    others = [(f"chain.go.{ZONE}.", "ADDRESSES"), (f"192.0.2.{number_of('go')}", "HOST")]
    outage_story(lab, Lookups([binary, *flat(questions + others)],
                              [name[:-1] for name, _ in questions], facts_of("go")))


@tap.test
def systemd_resolved_takes_every_type(lab):
    box = lab.attach("resolved")
    lab.restart_stages() # with the losses of the other client, the resolver would count as lossy
    resolved = Resolved(box, lab.folder, lab.resolver_box.address)
    wait_until("systemd-resolved listens", resolved.is_listening, 5)

    def restart():
        expect(LOST_TRUST not in resolved.log(), f"its log: {resolved.log()}")
        resolved.restart()
        wait_until("systemd-resolved listens again", resolved.is_listening, 5)

    # The second one never heard of its server: our reply to its first query tells it of EDNS.
    texts = outage_story(lab, dig_lookups("resolved", f"@{STUB}"),
                         dig_lookups("fresh-resolved", f"@{STUB}", prepare=restart), box=box)
    expect_no_complaint(texts)
    expect("feature level UDP+EDNS0" in resolved.log() and LOST_TRUST not in resolved.log(),
           f"its log: {resolved.log()}")


tap.main(ClientLab)
