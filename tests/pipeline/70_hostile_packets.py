#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Malformed messages and a zoo of real frames: nothing crashes, nothing wrong is learned."""

import errno
import os
import random
import struct
import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import pcap_reader
import tap
import wire
from lab import MTU_MAX, Lab, addresses_of, name
from presentation import text_of
from tap import expect, expect_equal
from wait import wait_until

SEED = 20240607
MALFORMED_COUNT = 5000 # and some 2,000 that stayed whole go with them
BATCH = 200 # exchanges between two looks at whether dnscache keeps up
FORGED_EVERY = 5
SEND_ERRORS = {errno.EMSGSIZE, errno.EINVAL, errno.ENOBUFS}


def corpus(folder):
    """The files of a folder, in one order everywhere."""
    for path, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            with open(os.path.join(path, file), "rb") as opened:
                yield opened.read()


def mutate(dice, message, others):
    """No or a few small changes, of the kinds that break readers."""
    message = bytearray(message)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 4))):
        at = dice.randrange(len(message) + 1)
        kind = dice.randrange(8)
        if kind == 0 and message:
            message[at % len(message)] ^= 1 << dice.randrange(8)
        elif kind == 1 and message:
            message[at % len(message)] = dice.choice((0, 1, 63, 64, 0xC0, 0xC0, 0xFF))
        elif kind == 2:
            del message[at:]
        elif kind == 3:
            message[at:at] = dice.randbytes(dice.randint(1, 20))
        elif kind == 4:
            other = dice.choice(others)
            message[at:] = other[at:]
        elif kind == 5 and len(message) >= 12:
            count = dice.choice((0, 1, 2, 65535))
            struct.pack_into("!H", message, 4 + 2 * dice.randrange(4), count)
        elif kind == 6 and len(message) > 14:
            struct.pack_into("!H", message, dice.randrange(12, len(message) - 1),
                             0xC000 | dice.randrange(len(message) + 4))
        elif kind == 7:
            message += message[at:at + dice.randint(1, 40)]
    return bytes(message)


def mutated_responses(folder):
    """Mutated messages, made responses of the kinds that a reader may learn from."""
    dice = random.Random(SEED)
    others = [message for message in corpus(folder) if 12 <= len(message) <= 4096]
    malformed = 0
    while malformed < MALFORMED_COUNT:
        message = bytearray(mutate(dice, dice.choice(others), others))
        if len(message) >= 4:
            message[2] |= 0x80 # a response
            if dice.randrange(2):
                message[2] &= 0x81 # no opcode, not cut
                message[3] &= 0xF0 # NOERROR
        malformed += not wire.is_whole(message)
        yield bytes(message)


class Exchange:
    """A client that asks, and a box on port 53 that answers what it is told."""

    def __init__(self, lab):
        self.lab = lab
        self.server = lab.fake.udp_socket(port=wire.DNS_PORT)
        self.client = lab.client.udp_socket()
        self.plain = wire.question("plain.lab.test")

    def ask_for(self, message):
        """A query that `message` could be the response to, where its question is one at all."""
        number = message[:2].ljust(2, b"\0")
        question = wire.question_of(message) or self.plain
        query = number + struct.pack("!5H", wire.FLAG_RD, 1, 0, 0, 0) + question
        self.client.sendto(query, self.server.getsockname())
        return query

    def answer(self, message):
        self.server.sendto(message, self.client.getsockname())

    def drain(self):
        for udp in (self.client, self.server):
            udp.setblocking(False)
            try:
                while True:
                    udp.recv(65535)
            except BlockingIOError:
                udp.setblocking(True)

    def close(self):
        self.client.close()
        self.server.close()


def keep_up(lab, sent):
    """Wait until the analyzer has seen what was sent: a full ring would make this test blind."""
    wait_until("dnscache keeps up", lambda: lab.packets() >= sent, 5)


def domains(lab):
    return {row["domain"].lower() for row in lab.stages.info("cache")}


@tap.test
def malformed_responses_are_refused_and_teach_nothing(lab):
    folder = tap.data_folder("fuzz")
    pids = lab.stages.pids()
    before = lab.stages.settled()
    known_before = domains(lab)
    exchange = Exchange(lab)
    start = lab.packets()
    may_be_learned, broken = set(), 0
    for count, message in enumerate(mutated_responses(folder), 1):
        exchange.ask_for(message)
        exchange.answer(message)
        question = wire.question_of(message)
        if wire.is_whole(message):
            if question is not None:
                may_be_learned.add(text_of(question[:-4]).lower())
        else:
            broken += 1
        if count % BATCH == 0:
            exchange.drain()
            keep_up(lab, start + 2 * count)
    exchange.close()

    after = lab.stages.settled()
    learned = domains(lab) - known_before
    dropped = {reason: count - before.not_learned()[reason]
               for reason, count in after.not_learned().items()}
    tap.note(f"{count} sent, {broken} not whole; {len(learned)} names learned; "
             f"unsolicited {after.unsolicited() - before.unsolicited()}, not learned: {dropped}")
    expect_equal(learned - may_be_learned, set(), "names learned from messages that are not whole")
    expect(learned, "no whole message was learned: the mutations are too wild")
    refused = (dropped["malformed"] + after.unsolicited() - before.unsolicited())
    expect(refused >= broken, f"{broken} messages are not whole, but only {refused} are counted")
    expect_equal(lab.stages.pids(), pids, "pids of the stages")


@tap.test
def malformed_queries_are_counted_and_passed_over(lab):
    folder = tap.data_folder("fuzz")
    pids = lab.stages.pids()
    before = lab.stages.settled()
    start = lab.packets()
    with lab.client.udp_socket() as udp, lab.client.raw_socket() as raw:
        client = lab.client.endpoint(40000)
        server = lab.fake.endpoint(wire.DNS_PORT)
        for count, message in enumerate(mutated_responses(folder), 1):
            query = bytearray(message)
            if len(query) >= 4:
                query[2] &= 0x7F
            if count % 2:
                udp.sendto(query, (lab.fake.address, wire.DNS_PORT))
            else:
                raw.send(wire.frame(client, server, bytes(query)))
            if count % BATCH == 0:
                keep_up(lab, start + count)
    after = lab.stages.settled()
    malformed = after.sum("dnscache_dns_malformed_queries_total") - before.sum(
        "dnscache_dns_malformed_queries_total")
    tap.note(f"{count} sent, {malformed:.0f} refused as queries")
    expect(malformed > 0, "no malformed query was counted")
    expect_equal(lab.stages.pids(), pids, "pids of the stages")


@tap.test
def a_neighbours_malformed_responses_teach_nothing(lab):
    folder = tap.data_folder("fuzz")
    pids = lab.stages.pids()
    known_before = lab.stages.info("cache")
    before = lab.stages.settled()
    exchange = Exchange(lab)
    server = lab.fake.endpoint(wire.DNS_PORT)._replace(mac=lab.mallory.mac)
    client = lab.client.endpoint(exchange.client.getsockname()[1])
    perfect = 0
    with lab.mallory.raw_socket() as raw:
        for count, message in enumerate(mutated_responses(folder)):
            if count % FORGED_EVERY:
                continue
            exchange.ask_for(message)
            raw.send(wire.frame(server, client, message))
            perfect += wire.is_whole(message) and wire.question_of(message) is not None
            if count % BATCH == 0:
                exchange.drain()
    exchange.close()
    after = lab.stages.settled()
    wrong = after.refused(reason="wrong_entry") - before.refused(reason="wrong_entry")
    tap.note(f"{perfect} forgeries are whole, {wrong} counted wrong_entry")
    expect(wrong >= perfect > 0, f"{perfect} whole forgeries, but {wrong} counted wrong_entry")
    expect_equal(names_of(lab.stages.info("cache")), names_of(known_before), "names in the cache")
    expect_equal(lab.stages.pids(), pids, "pids of the stages")


def names_of(rows):
    return {row["domain"] for row in rows}


@tap.test
def every_captured_frame_may_cross_an_edge(lab):
    frames = []
    folder = tap.data_folder("pcap")
    for path, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            frames += pcap_reader.ethernet_frames(os.path.join(path, file))
    expect(len(frames) > 10000, f"only {len(frames)} frames in {folder}")
    pids = lab.stages.pids()
    known_before = names_of(lab.stages.info("cache"))
    before = lab.stages.settled()
    for box in (lab.client, lab.mallory):
        refused = send_all(box, frames)
        tap.note(f"{box.name}: {len(frames)} frames, {refused} not taken by the kernel")
        expect(refused < 0.01 * len(frames), f"{refused} frames were not sent")
    after = lab.stages.settled()
    expect(after.requests() > before.requests(), "no query was seen among them")
    expect_equal(lab.stages.pids(), pids, "pids of the stages")
    expect_equal(names_of(lab.stages.info("cache")) - known_before, set(),
                 "names learned from traffic that neighbours made up")


def send_all(box, frames):
    refused = 0
    with box.raw_socket() as raw:
        for frame in frames:
            try:
                raw.send(frame)
            except OSError as error:
                if error.errno not in SEND_ERRORS:
                    raise
                refused += 1
    return refused


@tap.test
def rescue_works_after_all_this(lab):
    text = name(3)
    clients.getent(lab.client, text)
    lab.stages.wait_until_known([text])
    with lab.resolver.stopped():
        found = clients.getent(lab.client, text)
        expect_equal(found.addresses, addresses_of(text), found.text)


class HostileLab(Lab):
    def __init__(self):
        super().__init__(mtu=MTU_MAX)
        self.fake = self.attach("fake")
        self.mallory = self.attach("mallory")
        self.stages.wait_until_watching(len(self.containers))

    def packets(self):
        return self.stages.metrics().sum("dnscache_analyzer_packets_total", direction="inbound")


tap.main(HostileLab)
