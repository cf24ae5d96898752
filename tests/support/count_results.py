#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Count results -- single tests over several runs of `meson test`, from their TAP lines.

    count_results.py [--broken="BUILD ..."] TESTLOG_JSON...

A test program that crashed, was stopped, exited with a failure, printed no TAP or fewer
lines than it planned counts as failed. In CI a skipped test does, too, unless listed here.
A test that is expected to fail ("# TODO reason") counts as passed while it does, and is
named; as failed once it passes.
"""

import argparse
import json
import os
import re
import sys

SKIPS_KNOWN_IN_CI = () # regular expressions of "program: sentence"

NOTES_MAX = 60 # lines of what a failed test said

RESULT = re.compile(r"^(not )?ok\b *\d* *-? *(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)(.*)$")
SKIP = re.compile(r"# *skip\b", re.IGNORECASE)
TODO = re.compile(r"# *todo\b", re.IGNORECASE)


def outcome_of(is_ok, sentence):
    if is_ok and SKIP.search(sentence):
        return "skipped"
    if TODO.search(sentence):
        return "failed" if is_ok else "expected"
    return "passed" if is_ok else "failed"


def results_of(program):
    """[(outcome, sentence, what it said)] of one entry of a testlog.json."""
    found = []
    planned = 0
    notes = []
    for line in (program.get("stdout") or "").splitlines():
        result, plan = RESULT.match(line), PLAN.match(line)
        if line.startswith("#"):
            notes.append(line)
        if plan:
            planned = int(plan[1])
            if planned == 0 and SKIP.search(plan[2]):
                found.append(("skipped", plan[2].strip(), []))
        elif result:
            found.append((outcome_of(not result[1], result[2]), result[2], notes))
            notes = []
    missing = planned - len(found)
    found += [("failed", "a test that was planned and did not run", notes)] * max(missing, 0)
    went_well = program["result"] in ("OK", "SKIP")
    if not found:
        found = [("skipped", "the whole program", []) if program["result"] == "SKIP"
                 else ("failed", f"no TAP ({program['result']})", notes)]
    elif not went_well and all(outcome != "failed" for outcome, _, _ in found):
        found.append(("failed", f"ended with {program['result']}, status {program['returncode']}",
                      notes))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broken", default="")
    parser.add_argument("logs", nargs="*")
    arguments = parser.parse_args()
    in_ci = os.environ.get("CI") == "true" or os.environ.get("DNSCACHE_CI") == "1"

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    lines = []
    for build in arguments.broken.split():
        counts["failed"] += 1
        lines.append(f"failed: build {build}")
    for path in arguments.logs:
        label = os.path.basename(path).removesuffix(".json")
        with open(path, encoding="utf-8") as file:
            programs = [json.loads(line) for line in file]
        for program in programs:
            for outcome, sentence, notes in results_of(program):
                text = f"{program['name']}: {sentence}"
                if outcome == "skipped" and in_ci:
                    if not any(re.search(known, text) for known in SKIPS_KNOWN_IN_CI):
                        outcome = "failed"
                counts["passed" if outcome == "expected" else outcome] += 1
                if outcome != "passed":
                    lines.append(f"{outcome}: {label}: {text}")
                if outcome == "failed":
                    lines += [f"    {note}" for note in notes[:NOTES_MAX]]
    print("\n" + "\n".join(lines) if lines else "")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
