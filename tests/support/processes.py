# SPDX-License-Identifier: BSD-2-Clause
"""Processes -- who is alive, whose children they are, which BPF programs they hold."""

import glob
import json
import os
import subprocess

PROGRAM_NAME = "dns_tap" # our BPF programs' names begin so


def is_alive(pid):
    """Running, and no corpse that waits for its parent: it has its files until its last thread ends."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            is_corpse = file.read().rpartition(")")[2].split()[0] == "Z"
        return not is_corpse or len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def children(parent):
    """{name of the binary: pid} of a process's living children."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                state, its_parent = file.read().rpartition(")")[2].split()[:2]
            binary = os.path.basename(os.readlink(os.path.dirname(path) + "/exe"))
        except OSError: # it ended meanwhile
            continue
        if state != "Z" and int(its_parent) == parent:
            found[binary] = int(path.split("/")[2])
    return found


def programs_loaded():
    """Ids of all BPF programs on this machine that carry our name."""
    text = subprocess.run(["bpftool", "-j", "prog", "show"], check=True, capture_output=True).stdout
    return {program["id"] for program in json.loads(text)
            if program.get("name", "").startswith(PROGRAM_NAME)}


def programs_held(pid, proc="/proc"):
    """Ids of the BPF programs that a process holds, itself or by a link; `proc`: who counts pids."""
    held = set()
    for path in glob.glob(f"{proc}/{pid}/fdinfo/*"):
        try:
            with open(path, encoding="ascii") as file:
                held |= {int(line.split()[1]) for line in file if line.startswith("prog_id:")}
        except OSError: # closed, or ended, meanwhile
            pass
    return held


def programs_left():
    """Programs of ours without a living capture, of this or another instance, that holds them."""
    left = programs_loaded()
    for exe in glob.glob("/proc/[0-9]*/exe"):
        try:
            if os.path.basename(os.readlink(exe)) == "dnscache-capture":
                left -= programs_held(exe.split("/")[2])
        except OSError:
            pass
    return left
