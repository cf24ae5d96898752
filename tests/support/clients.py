# SPDX-License-Identifier: BSD-2-Clause
"""Clients -- stock programs that look a name up, as they come with Debian; timed by themselves."""

import collections
import os
import re
import subprocess

# `seconds` is the program's own time, start and end included; of dig, what it measured itself.
Lookup = collections.namedtuple("Lookup", "addresses seconds status text")

QUERY_TIME = re.compile(r"^;; Query time: (\d+) msec", re.MULTILINE)
LOOKUP_SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lookup.c")


def getent(box, name):
    """glibc, both families in one call."""
    result = box.run(["getent", "ahosts", name], wanted=None)
    return Lookup({line.split()[0] for line in result.stdout.splitlines()}, result.seconds,
                  result.status, result.stdout + result.stderr)


def dig(box, name, kind="A", *options):
    return _dig(box, [name, kind, *options])


def dig_both(box, name):
    """One dig for both types, one after the other."""
    return _dig(box, [name, "A", name, "AAAA"])


def _dig(box, arguments):
    result = box.run(["dig", *arguments], wanted=None)
    answers = [line.split() for line in result.stdout.splitlines()
               if line and not line.startswith(";")]
    seconds = result.seconds
    if "timed out" not in result.stdout: # its own figure, without the start of a large program
        seconds = sum(int(text) for text in QUERY_TIME.findall(result.stdout)) / 1000
    return Lookup({words[4] for words in answers if len(words) == 5 and words[3] in ("A", "AAAA")},
                  seconds, result.status, result.stdout + result.stderr)


def musl_in(folder):
    """musl's resolver, both families in one call: a lookup by a program built in `folder`."""
    binary = os.path.join(folder, "lookup-musl")
    if not os.path.exists(binary):
        subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Werror", "-o", binary,
                        LOOKUP_SOURCE], check=True)

    def lookup(box, name):
        result = box.run([binary, name], wanted=None)
        return Lookup(set(result.stdout.split()), result.seconds, result.status,
                      result.stdout + result.stderr)
    return lookup
