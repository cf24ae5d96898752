#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real systemd: what died or stands still comes back, and nobody else notices."""

import errno
import sys

sys.path.append(sys.path[0] + "/../support")
import tap
from machine import Machine, service
from stages import STAGE_NAMES
from tap import expect, expect_equal
from wait import wait_until

CONFIG = "/etc/dnscache/dnscache.conf"
BACK_LIMIT_S = 15
WATCHDOG_S = 2 # shorter than the units', so that a test need not wait for 10 s


class Started(Machine):
    def __init__(self):
        super().__init__()
        for stage in STAGE_NAMES:
            self.write(f"/run/systemd/system/{service(stage)}.d/quick.conf",
                       f"[Service]\nWatchdogSec={WATCHDOG_S}s\n")
        self.systemctl("daemon-reload")
        self.systemctl("start", "dnscache.target")


def comes_back_alone(machine, stage, number):
    before = machine.lives()
    machine.systemctl("kill", "--kill-whom=main", f"--signal={number}", service(stage))
    wait_until(f"{stage} is another process, and running", lambda: (
        machine.is_active(stage)
        and machine.lives()[stage].restarts == before[stage].restarts + 1), BACK_LIMIT_S)
    after = machine.lives()
    expect(after.pop(stage).pid != before.pop(stage).pid, f"{stage} is the same process")
    expect_equal(after, before, f"the others, after {stage} got {number}")


@tap.test
def a_killed_stage_is_back_and_the_others_go_on(machine):
    for stage in STAGE_NAMES:
        comes_back_alone(machine, stage, "SIGKILL")


@tap.test
def a_stage_that_stands_still_is_found_by_the_watchdog(machine):
    for stage in STAGE_NAMES:
        comes_back_alone(machine, stage, "SIGSTOP")
        expect("watchdog" in machine.run(
            ["journalctl", "--no-pager", "--unit", service(stage)]).stdout.lower(),
               f"{stage}: its journal says nothing of a watchdog")


@tap.test
def a_fault_is_tried_again_for_ever(machine):
    """Here: a squatter holds the name of a segment. When it is gone, so is the fault."""
    name = "/dev/shm/dnscache.status.injector.0"
    machine.systemctl("stop", service("injector"))
    machine.run(["rm", name])
    machine.run(["mkdir", name])
    try:
        machine.systemctl("start", service("injector"), wanted=None)
        wait_until("systemd tries again and again",
                   lambda: machine.lives()["injector"].restarts >= 8, BACK_LIMIT_S)
        wait_until("it has told systemd why", # forgotten at the next try
                   lambda: machine.show(service("injector"))["StatusErrno"] == str(errno.EPERM),
                   BACK_LIMIT_S)
    finally:
        machine.run(["rmdir", name])
    wait_until("the injector runs", lambda: machine.is_active("injector"), BACK_LIMIT_S)


def mistakes(machine, stage):
    return machine.journal(service(stage)).count(f"{CONFIG}:2: global.mode")


@tap.test
def a_mistake_in_the_configuration_is_said_once(machine):
    machine.write(CONFIG, "[global]\nmode = panic\n")
    for stage in STAGE_NAMES:
        before = mistakes(machine, stage)
        machine.systemctl("restart", service(stage), wanted=1)
        seen = machine.show(service(stage))
        expect_equal((seen["ActiveState"], seen["NRestarts"]), ("failed", "0"), stage)
        wait_until(f"{stage}'s journal names the mistake",
                   lambda: mistakes(machine, stage) > before, 5)
        expect_equal(mistakes(machine, stage) - before, 1, f"{stage}: lines that name the mistake")
    machine.write(CONFIG, "")
    machine.systemctl("start", "dnscache.target")
    for stage in STAGE_NAMES:
        wait_until(f"{stage} runs", lambda: machine.is_active(stage), BACK_LIMIT_S)


@tap.test
def all_of_them_killed_at_once_are_back(machine):
    before = machine.lives()
    for stage in STAGE_NAMES:
        machine.systemctl("kill", "--signal=SIGKILL", service(stage))
    wait_until("four other processes run", lambda: all(
        machine.is_active(stage) and life.pid not in (0, before[stage].pid)
        for stage, life in machine.lives().items()), BACK_LIMIT_S)


tap.main(Started)
