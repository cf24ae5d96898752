#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of each stage: clients do not notice, the stage is back, and so is rescue."""

import os
import signal
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from lab import NAME_COUNT, Lab, addresses_of, name
from processes import programs_held, programs_left, programs_loaded
from stages import STAGE_NAMES
from tap import expect, expect_equal, expect_within
from wait import wait_for, wait_until

QPS = 2000
LOAD_S = 4
BACK_LIMIT_S = 1
RESCUED_FROM_S = 3


def queries():
    for i in range(50, NAME_COUNT):
        yield name(i), "A"
        yield f"nx{i}.lab.test", "A"


def kill_story(lab, stage, names):
    lab.restart_stages()
    load = lab.load(queries(), QPS, LOAD_S)
    seen = lab.stages.metrics().requests()
    wait_until("the load is seen", lambda: lab.stages.metrics().requests() > seen + 500, 3)
    old = lab.stages.kill(stage)
    killed = time.monotonic()
    wait_until(f"{stage} is back", lambda: lab.stages.is_back(stage, old), BACK_LIMIT_S)
    back = time.monotonic()
    tap.note(f"{stage} was back after {(back - killed) * 1000:.0f} ms")
    for text in names:
        expect_equal(clients.getent(lab.client, text).addresses, addresses_of(text), text)
    figures = load.finish()
    expect_equal(figures["lost"], 0, f"lost queries\n{figures['text']}")
    expect_equal("SERVFAIL" in figures["text"], False, "SERVFAIL seen")
    expect_equal(lab.stages.settled().injected(), 0, "replies of ours, the resolver healthy")

    wait_for(back + RESCUED_FROM_S)
    with lab.resolver.stopped():
        for text in names:
            found = clients.getent(lab.client, text)
            expect_equal(found.addresses, addresses_of(text), f"{text}: {found.text}")
            expect_within(found.seconds, 2, text)


def names_of(stage):
    first = 10 * STAGE_NAMES.index(stage)
    return [name(first + i) for i in range(4)]


@tap.test
def capture_is_killed(lab):
    kill_story(lab, "capture", names_of("capture"))


@tap.test
def the_analyzer_is_killed(lab):
    kill_story(lab, "analyzer", names_of("analyzer"))


@tap.test
def the_injector_is_killed(lab):
    kill_story(lab, "injector", names_of("injector"))


@tap.test
def the_exporter_is_killed(lab):
    kill_story(lab, "exporter", names_of("exporter"))


@tap.test
def every_stage_killed_at_once_is_back(lab):
    old = {stage: lab.stages.kill(stage) for stage in STAGE_NAMES}
    for stage in STAGE_NAMES:
        wait_until(f"{stage} is back", lambda stage=stage: lab.stages.is_back(stage, old[stage]),
                   2 * BACK_LIMIT_S)
    text = name(45)
    lab.stages.wait_until_watching(len(lab.containers))
    clients.getent(lab.client, text)
    lab.stages.wait_until_known([text])
    with lab.resolver.stopped():
        found = clients.getent(lab.client, text)
        expect_equal(found.addresses, addresses_of(text), found.text)
    lab.wait_until_over()


@tap.test
def with_capture_dead_none_of_our_programs_is_loaded(lab):
    held = programs_held(lab.stages.pids()["capture"]) & programs_loaded()
    expect(held, "capture holds no program that carries our name")
    supervisor = lab.stages.supervisor()
    os.kill(supervisor, signal.SIGSTOP) # or capture would be back too soon
    try:
        lab.stages.kill("capture")
        wait_until("our programs are gone", lambda: not held & programs_loaded(), 1)
        wait_until("no program of ours is left alone", lambda: not programs_left(), 1)
        text = name(46)
        expect_equal(clients.getent(lab.client, text).addresses, addresses_of(text),
                     "DNS while capture is dead")
    finally:
        os.kill(supervisor, signal.SIGCONT)
    wait_until("capture is back", lambda: "capture" in lab.stages.pids(), 2)


tap.main(Lab)
