#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""./run demo tells its story in under a minute, holds it, and leaves nothing behind."""

import glob
import os
import re
import signal
import subprocess
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import tap
from wait import wait_until
from stages import TOP, build_folder
from tap import expect, expect_equal, expect_within

DEMO = [os.path.join(TOP, "run"), "demo", "--no-build", "--build-dir", build_folder()]
TIME_LIMIT_S = 60
LAB_LINK = re.compile(r"(br0|up0|v-(client|resolver))$") # support/lab.py's names


def traces():
    """Whatever a demo could leave on this machine; not what others do meanwhile."""
    found = set(glob.glob("/run/netns/dnscache*"))
    for folder in ("/dev/shm", "/tmp", "/run"):
        found |= set(glob.glob(f"{folder}/dnscache-demo*"))
    found |= {link for link in os.listdir("/sys/class/net") if LAB_LINK.match(link)}
    with open("/proc/mounts", encoding="ascii") as file:
        found |= {line for line in file.read().splitlines() if "dnscache-demo" in line}
    return found


def the_demo_holds_its_story_in_under_a_minute():
    before = traces()
    started = time.monotonic()
    result = subprocess.run(DEMO, capture_output=True, encoding="utf-8", timeout=120, check=False)
    expect_within(time.monotonic() - started, TIME_LIMIT_S, "the demo")
    expect_equal(result.returncode, 0, f"exit status\n{result.stdout}{result.stderr}")
    expect("\x1b[" not in result.stdout, "colours, although nobody looks")
    for words in ("getent ahosts", "SIGSTOP", "nftables", "rescue is over"):
        expect(words in result.stdout, f"no word of {words}:\n{result.stdout}")
    expect_equal(traces() - before, set(), "left behind")


@tap.test
def the_demo_interrupted_leaves_nothing():
    before = traces()
    demo = subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            start_new_session=True, encoding="utf-8")
    line = next(line for line in demo.stdout if re.search("getent ahosts", line))
    expect(line, "the demo said nothing")
    os.killpg(demo.pid, signal.SIGINT)
    rest = demo.communicate(timeout=10)[0]
    expect(demo.returncode != 0, f"an interrupted story did not hold:\n{rest}")
    expect("Traceback" not in rest, rest)
    wait_until("everything is gone", lambda: traces() <= before, 2)


if not tap.is_short():
    tap.test(the_demo_holds_its_story_in_under_a_minute)
tap.main()
