#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""./run in the foreground: what it says, what it refuses, and what it leaves behind: nothing."""

import glob
import os
import signal
import socket
import subprocess
import sys

sys.path.append(sys.path[0] + "/../support")
import tap
from lab import Lab
from processes import is_alive, programs_held, programs_left, programs_loaded
from stages import STAGE_NAMES, TOP, build_folder
from tap import expect, expect_equal
from wait import wait_until

RUN = os.path.join(TOP, "run")
NOBODY = 65534


def leaves_nothing_after(lab, number):
    stages = lab.new_stages()
    stages.start()
    stages.wait_until_watching(len(lab.containers))
    pids = stages.pids()
    expect_equal(sorted(pids), sorted(STAGE_NAMES), "stages")
    held = programs_held(pids["capture"]) & programs_loaded()
    expect(stages.segments() and held, "nothing to leave behind?")
    stages.stop(number)
    expect_equal(stages.status(), 0, f"exit status of ./run\n{stages.log()}")
    expect_equal([pid for pid in pids.values() if is_alive(pid)], [], "processes")
    expect_equal(stages.segments(), [], "segments")
    expect_equal(glob.glob(f"/run/*{stages.instance}*"), [], "files in /run")
    wait_until("our programs are gone",
               lambda: not held & programs_loaded() and not programs_left(), 1)
    with lab.host.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        expect(probe.connect_ex(("127.0.0.1", 4000)) != 0, "somebody still listens")
    for left in lab.host.run(["ss", "-Hanp"]).stdout.splitlines():
        expect("dnscache" not in left, f"a socket: {left}")


@tap.test
def ctrl_c_leaves_nothing(lab):
    leaves_nothing_after(lab, signal.SIGINT)


@tap.test
def sigterm_leaves_nothing(lab):
    leaves_nothing_after(lab, signal.SIGTERM)


@tap.test
def a_stage_that_will_not_stop_is_killed(lab):
    stages = lab.new_stages()
    stages.start()
    stages.wait_until_watching(len(lab.containers))
    pid = stages.pids()["analyzer"]
    os.kill(pid, signal.SIGSTOP)
    stages.stop(signal.SIGTERM)
    expect(not is_alive(pid), "the stopped analyzer is still there")
    expect_equal(stages.segments(), [], "segments")


@tap.test
def it_says_what_it_watches_and_where_to_look(lab):
    stages = lab.new_stages()
    stages.start()
    stages.wait_until_watching(len(lab.containers))
    wait_until("./run says where to look",
               lambda: "http://127.0.0.1:4000/info" in stages.log(), 5)
    log = stages.log()
    stages.stop()
    for box in lab.containers:
        expect(f"watching {box.edge}" in log, f"no word of {box.edge}:\n{log}")


@tap.test
def interrupted_before_it_knows_where_to_look_it_says_nothing(lab):
    """What reads the address for it is a sed that is a Ctrl-C to all of them."""
    stages = lab.new_stages()
    sed = os.path.join(lab.folder, "sed")
    with open(sed, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nkill -INT 0\n")
    os.chmod(sed, 0o755)
    with open(stages.log_path, "ab") as log:
        run = lab.host.start(
            [RUN, "--no-build", "--build-dir", build_folder(), "--config", stages.config_path],
            stdout=log, stderr=log,
            env=dict(os.environ, DNSCACHE_INSTANCE=stages.instance,
                     PATH=f"{lab.folder}:{os.environ['PATH']}"))
    expect_equal((run.wait(10), stages.log()), (-signal.SIGINT, ""), "status, and what it said")
    expect_equal(stages.segments() + glob.glob(f"/run/*{stages.instance}*"), [], "left behind")


def refuses(arguments, status, words, uid=0, environment=None):
    """./run ends with this status and one line that has these words."""
    argv = [RUN, "--no-build", *arguments]
    if uid:
        argv = ["setpriv", f"--reuid={uid}", "--clear-groups"] + argv
    result = subprocess.run(argv, env=dict(os.environ, **(environment or {})), timeout=10,
                            capture_output=True, encoding="utf-8", check=False)
    expect_equal(result.returncode, status, f"status of {arguments}: {result.stderr}")
    lines = result.stderr.splitlines()
    expect(len(lines) == 1 and all(word in lines[0] for word in words),
           f"{arguments}: wanted one line with {words}, saw {lines}")


@tap.test
def bad_arguments_get_one_clear_line(_):
    refuses(["--bogus"], 2, ["--bogus", "--help"])
    refuses(["--config"], 2, ["--config"])
    refuses(["--config", "/no/such/file"], 2, ["/no/such/file"])
    refuses(["--build-dir", "/no/such/folder"], 1, ["/no/such/folder"])
    refuses([], 2, ["DNSCACHE_INSTANCE"], environment={"DNSCACHE_INSTANCE": "a/b"})


@tap.test
def a_user_who_is_not_root_gets_one_clear_line(_):
    refuses([], 1, ["root"], uid=NOBODY)


@tap.test
def a_mistake_in_the_configuration_is_named_before_anything_starts(lab):
    path = os.path.join(lab.folder, "mistake.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[global]\nmode = rescue\nmodus = rescue\n")
    stages = lab.new_stages()
    refuses(["--config", path, "--build-dir", build_folder()], 2, [f"{path}:3", "modus"],
            environment={"DNSCACHE_INSTANCE": stages.instance})
    expect_equal(stages.segments(), [], "segments")


def open_lab():
    return Lab(with_stages=False)


tap.main(open_lab)
