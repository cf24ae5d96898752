#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A segment of another layout version, a foreign owner or a squatter is refused, not repaired."""

import contextlib
import os
import re
import struct
import sys

sys.path.append(sys.path[0] + "/../support")
import tap
from lab import Lab
from tap import expect, expect_equal
from wait import wait_until

RING = "ring.capture.0-analyzer.0"
STATUS = "status.capture.0"
VERSION_AT = 8 # bytes into every segment, after the magic
OTHER_VERSION = 99
NOBODY = 65534


@contextlib.contextmanager
def left_by_a_crash(lab, segment):
    """Path and bytes of a real segment, its stages killed together with their supervisor."""
    stages = lab.new_stages()
    stages.start()
    stages.wait_until_watching(len(lab.containers))
    stages.kill_all()
    path = f"/dev/shm/dnscache-{stages.instance}.{segment}"
    try:
        yield stages, path, read(path)
    finally:
        stages.close()


def start_and_read_log(stages, pattern):
    """Start on what is there; the first line of the log that matches."""
    before = len(stages.log())
    stages.start()

    def line():
        return next((line for line in stages.log()[before:].splitlines()
                     if re.search(pattern, line)), None)
    found = wait_until(f"a line of the log matches {pattern!r}; it is\n{stages.log()[before:]}",
                       line, 5)
    tap.note(found)
    stages.ignore_deaths() # a stage that cannot have its segment may end
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read()


@tap.test
def a_killed_supervisor_takes_its_stages_with_it(lab):
    with left_by_a_crash(lab, RING) as (stages, path, _):
        stages.start()
        stages.wait_until_watching(len(lab.containers)) # what a crash left is taken over


@tap.test
def a_ring_of_another_layout_version_is_refused(lab):
    with left_by_a_crash(lab, RING) as (stages, path, content):
        poked = poke_version(path, content)
        line = start_and_read_log(stages, rf"{re.escape(RING)}.*version|version.*{re.escape(RING)}")
        ours, = struct.unpack_from("<I", content, VERSION_AT)
        expect(str(OTHER_VERSION) in line and re.search(rf" {ours}\b", line),
               f"the line does not name both versions: {line}")
        expect_equal(read(path) == poked, True, "the segment was left as it was")


def poke_version(path, content):
    poked = content[:VERSION_AT] + struct.pack("<I", OTHER_VERSION) + content[VERSION_AT + 4:]
    with open(path, "r+b") as file:
        file.write(poked)
    return poked


@tap.test
def a_ring_of_a_foreign_owner_is_refused(lab):
    with left_by_a_crash(lab, RING) as (stages, path, content):
        os.chown(path, NOBODY, NOBODY)
        start_and_read_log(stages, re.escape(RING))
        expect_equal((os.stat(path).st_uid, read(path) == content), (NOBODY, True),
                     "owner, and content as before")
        wait_until("dnscache calls itself not ready",
                   lambda: stages.status_of("/-/ready") == 503, 5)


@tap.test
def a_ring_that_everybody_may_write_is_refused(lab):
    with left_by_a_crash(lab, RING) as (stages, path, content):
        os.chmod(path, 0o666)
        start_and_read_log(stages, re.escape(RING))
        expect_equal(read(path) == content, True, "the content is as before")


@tap.test
def a_squatters_file_is_refused(lab):
    with left_by_a_crash(lab, RING) as (stages, path, content):
        os.unlink(path)
        with open(path, "wb") as file:
            file.write(b"squat" * 1000)
        os.chown(path, NOBODY, NOBODY)
        start_and_read_log(stages, re.escape(RING))
        expect_equal(read(path), b"squat" * 1000, "the squatter's file")


@tap.test
def a_squatters_link_is_not_followed(lab):
    victim = os.path.join(lab.folder, "victim")
    with left_by_a_crash(lab, RING) as (stages, path, content):
        with open(victim, "wb") as file:
            file.write(content)
        os.unlink(path)
        os.symlink(victim, path)
        start_and_read_log(stages, re.escape(RING))
        expect_equal(read(victim) == content, True, "the link's target is as before")


@tap.test
def a_status_segment_of_another_layout_version_is_refused(lab):
    stages = lab.new_stages()
    stages.start()
    stages.wait_until_watching(len(lab.containers))
    path = f"/dev/shm/dnscache-{stages.instance}.{STATUS}"
    poke_version(path, read(path)[:VERSION_AT + 4])
    before = len(stages.log())
    old = stages.pids()["exporter"]
    stages.kill("exporter") # its successor looks at every segment anew
    wait_until("the exporter is back and refuses it", lambda: (
        stages.pids().get("exporter") not in (None, old)
        and re.search(rf"{re.escape(STATUS)}.*{OTHER_VERSION}|{OTHER_VERSION}.*{re.escape(STATUS)}",
                      stages.log()[before:])), 5)
    wait_until("capture's figures are not shown", lambda: (
        not stages.metrics().has("dnscache_watched_interfaces")), 3)
    expect_equal(stages.metrics().sum("dnscache_stage_up", stage="capture"), 0,
                 "dnscache_stage_up of capture")
    stages.stop()


def open_lab():
    return Lab(with_stages=False)


tap.main(open_lab)
